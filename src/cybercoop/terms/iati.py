"""Codes of the IATI standard, and which of our terms stand against them.

The codes are those of IATI 2.03 (https://iatistandard.org/en/iati-standard/203/codelists/); what files of version 1.x
wrote in their place is taken too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from cybercoop.terms.names import SKOS
from cybercoop.terms.term import iri_of

Codes = dict[tuple[str, str], list[str]]
"""IRIs of ours by the name of a code list and a code in it."""

CHANNELS = {"47138": "council-of-europe", "41128": "unodc"}
"""Codes of the OECD for the bodies of the field through which aid is channelled, and our slugs for them."""

DATES = {"start-planned": "1", "start-actual": "2", "end-planned": "3", "end-actual": "4"}
"""ActivityDateType of 1.x and of 2.x."""

ROLES = {"funding": "1", "accountable": "2", "extending": "3", "implementing": "4"}
"""OrganisationRole of 1.x and of 2.x."""

COMMITMENTS = {"2", "c"}
"""TransactionType of a commitment, in 2.x and in 1.x."""

DAC5 = {"", "1", "dac"}
"""SectorVocabulary of the codes of five digits, in 2.x and in 1.x; without one, they are meant."""

_NOTE = re.compile(r"IATI 2\.03: ([A-Za-z-]+) ([0-9A-Za-z.]+)\b")


def aligned(alignment: Iterable[ox.Triple]) -> Codes:
    """Return what our notes say of each code: `("Sector", "15130")` → the themes that it is nearest to."""
    found: Codes = {}
    for triple in alignment:
        note = triple.object.value if isinstance(triple.object, ox.Literal) else ""
        if triple.predicate.value == SKOS + "note" and (code := _NOTE.match(note)):
            found.setdefault((code[1], code[2]), []).append(iri_of(triple.subject))
    return found
