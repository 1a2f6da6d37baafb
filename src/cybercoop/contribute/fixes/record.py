"""The countries that a record is about: its beneficiaries, its venue, and where a body or law is of."""

from __future__ import annotations

from functools import lru_cache

from cybercoop import records
from cybercoop.contribute.fixes.certain import OF_COUNTRIES
from cybercoop.contribute.fixes.meanings import Known
from cybercoop.records.reading import Reading
from cybercoop.terms import names

_CLASSES = (names.NS + "Country", names.NS + "Place")


def countries_of(thing: str | None, text: str, file: str, known: Known) -> frozenset[str]:
    """Return the countries of the record that describes a thing, as the text of a file has them and as the graph does.

    A country or place that is not written as it should be counts where it is certain which is meant.
    """
    reading = _read(text, file, known)
    iri = names.expand(thing) if thing else ""
    described = [record for record in reading.records if iri in (record.thing, *record.subjects)]
    subjects = {subject for record in described for subject in (record.thing, *record.subjects)}
    written = {
        str(each.quad.object)[1:-1]
        for each in reading.statements
        if str(each.quad.subject)[1:-1] in subjects and each.quad.predicate.value in OF_COUNTRIES
    }
    shown = {names.short(subject) for subject in subjects}
    written |= {
        found.value
        for found in reading.problems
        if found.value and found.thing in shown and found.property in OF_COUNTRIES
    }
    meant = {
        known.thing(said, kind) or (said if said in known.certain.of(kind).words else "")
        for said in written
        for kind in _CLASSES
    }
    places = {each for each in meant if each.startswith(names.ID + "place/")}
    of_places = (known.certain.countries_of(each) for each in (*places, *subjects))
    return frozenset((meant - places - {""}).union(*of_places))


@lru_cache(maxsize=8)
def _read(text: str, file: str, known: Known) -> Reading:
    return records.read(text.encode(), file, known.workspace.context)
