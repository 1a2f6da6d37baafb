"""One project as an IATI activity, or the list of what the standard demands and no source says.

See the [activity standard 2.03](https://iatistandard.org/en/iati-standard/203/activity-standard/); elements stand in
the order of its schema. Partners stand as locations beside one region, because shares of countries, which the standard
asks for where there are several, are stated by no source. Our own regions and themes stand in vocabulary 99.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from cybercoop.terms.iati import Codes
from cybercoop.terms.names import DCT, ID, NS, PREFIXES, RDF_TYPE, SCHEME, SKOS
from cybercoop.terms.term import iri_of

Said = Mapping[str, Sequence[ox.NamedNode | ox.Literal]]
"""The values of one thing by property, of several the one that goes first first."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ORGANISATION = re.compile(r"(?:[A-Z]{2}-)?[A-Z]+(?:-[A-Za-z0-9_]+)+")
"""An identifier as [org-id.guide](https://org-id.guide/) makes them: of a list, then of the organisation in it."""
_START, _END = (PREFIXES["schema"] + word for word in ("startDate", "endDate"))
_WRITTEN = {
    *(NS + word for word in ("status", "funder", "implementer", "partnerCountry", "region", "theme")),
    *(_START, _END, DCT + "identifier", DCT + "description", SKOS + "prefLabel", RDF_TYPE),
}


class Demanded(Exception):
    """What IATI demands and no source says: elements of the standard."""

    def __init__(self, elements: Iterable[str]) -> None:
        super().__init__(", ".join(elements))
        self.elements = tuple(elements)


class Activity(NamedTuple):
    """A project, what is said of it and of what it names, their names and notices by language, and our codes."""

    thing: str
    said: Said
    others: Mapping[str, Said]
    names: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, str]
    codes: Codes

    def things(self, word: str) -> list[str]:
        """Return the things that the project has by a property."""
        return [iri_of(value) for value in self.said.get(NS + word, ()) if isinstance(value, ox.NamedNode)]

    def texts(self, thing: str, word: str) -> list[str]:
        """Return the texts that something has by a property, such as its identifiers."""
        said = self.said if thing == self.thing else self.others.get(thing, {})
        return [value.value for value in said.get(word, ()) if isinstance(value, ox.Literal)]

    def code(self, kind: str, iri: str) -> str:
        """Return the code of a list that stands against one of our concepts, or nothing."""
        return next((code for (name, code), known in self.codes.items() if name == kind and iri in known), "")


def write(activity: Activity, identifier: str = "") -> tuple[bytes, tuple[str, ...]]:
    """Return the file of one activity, and what is known of it that has no place there: our words and the sector.

    `identifier` is what its reporting organisation gives to the activity where no source does. Raises `Demanded`.
    """
    bodies = [*activity.things("implementer"), *activity.things("funder"), *activity.things("initiator")]
    refs = {body: ref for body in bodies if (ref := _reference(activity, body))}
    own = [identifier] if identifier else activity.texts(activity.thing, DCT + "identifier")
    reporter, own_id = next(
        ((body, each) for each in own for body, ref in refs.items() if each.startswith(ref + "-") and " " not in each),
        (next(iter(refs), ""), ""),
    )
    sector = _sector(activity)
    parts = {
        "iati-identifier": [f"<iati-identifier>{escape(own_id)}</iati-identifier>"] if own_id else [],
        "reporting-org": _organisation(activity, "reporting-org", reporter, typed=True) if reporter else [],
        "title": [_element("title", _narratives(activity.names.get(activity.thing, {})))],
        "description": _description(activity),
        "participating-org": [
            line
            for word, role in (("funder", "1"), ("implementer", "4"))
            for body in activity.things(word)
            for line in _organisation(activity, "participating-org", body, role=role)
        ],
        "other-identifier": [
            f'<other-identifier ref={quoteattr(each)} type="A1"/>'
            for each in activity.texts(activity.thing, DCT + "identifier")
            if each != own_id
        ],
        "activity-status": [
            f'<activity-status code="{code}"/>' for code in _codes(activity, "ActivityStatus", "status")[:1]
        ],
        "activity-date": list(_dates(activity)),
        "recipient-country": list(_places(activity)),
        "sector": [_coded("sector", sector, "1", _narratives({"en": _NEAREST}))] if sector else [],
        "tag": [
            _coded("tag", iri.rpartition("/")[2], "99", _narratives(activity.names.get(iri, {})), SCHEME + "theme/")
            for iri in sorted(activity.things("theme"))
        ],
    }
    if missing := [name for name, lines in parts.items() if not lines and name not in ("other-identifier", "tag")]:
        raise Demanded(missing)
    inside = "".join(f"    {line}\n" for lines in parts.values() for line in lines)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n'
        f'  <iati-activity xml:lang="en" linked-data-uri={quoteattr(activity.thing)}>\n{inside}  </iati-activity>\n'
        "</iati-activities>\n"
    )
    left = tuple(sorted(re.split("[/#]", iri)[-1] for iri in activity.said.keys() - _WRITTEN))
    return text.encode(), left


_NEAREST = "The nearest code: none of this list means cybercrime"


def _reference(activity: Activity, body: str) -> str:
    found = activity.texts(body, DCT + "identifier")
    return next((each for each in found if _ORGANISATION.fullmatch(each)), "")


def _organisation(activity: Activity, name: str, body: str, role: str = "", *, typed: bool = False) -> list[str]:
    """Return an organisation with its reference, type and role; nothing where a type is demanded and not known."""
    kinds = [iri_of(value) for value in activity.others.get(body, {}).get(NS + "organisationKind", ())]
    kind = next(filter(None, (activity.code("OrganisationType", each) for each in kinds)), "")
    if typed and not kind:
        return []
    given = {"ref": _reference(activity, body), "role": role, "type": kind}
    marks = "".join(f" {key}={quoteattr(value)}" for key, value in given.items() if value)
    return [_element(name, _narratives(activity.names.get(body, {})), marks)]


def _description(activity: Activity) -> list[str]:
    texts: dict[str, str] = {}
    for value in activity.said.get(DCT + "description", ()):
        if isinstance(value, ox.Literal) and value.language:
            texts.setdefault(value.language, value.value)
    if not texts:
        return []
    noticed = [_element("description", _narratives(activity.notices), ' type="4"')] if activity.notices else []
    return [_element("description", _narratives(texts), ' type="1"'), *noticed]


def _codes(activity: Activity, kind: str, word: str) -> list[str]:
    return [code for iri in activity.things(word) if (code := activity.code(kind, iri))]


def _dates(activity: Activity) -> Iterator[str]:
    """Yield start and end where they are days: the start as actual once it is under way, the end once it is closed."""
    status = next(iter(_codes(activity, "ActivityStatus", "status")), "")
    kinds = ((_START, "2" if status in ("2", "3", "4") else "1"), (_END, "4" if status == "4" else "3"))
    days = [(kind, next(filter(_DAY.fullmatch, activity.texts(activity.thing, word)), "")) for word, kind in kinds]
    if days[0][1]:
        yield from (f'<activity-date iso-date="{day}" type="{kind}"/>' for kind, day in days if day)


def _places(activity: Activity) -> Iterator[str]:
    """Yield the one country; of several, the first region and each country as a location."""
    countries = sorted(activity.things("partnerCountry"))
    regions = activity.things("region")
    if len(countries) == 1:
        yield f'<recipient-country code="{countries[0].rpartition("/")[2]}"/>'
    elif regions:
        said = _narratives(activity.names.get(regions[0], {}))
        yield _coded("recipient-region", regions[0].rpartition("/")[2], "99", said, ID + "region/")
        for country in countries:
            place = f'<location-reach code="1"/><location-id code="{country.rpartition("/")[2]}" vocabulary="A4"/>'
            yield _element("location", place + _element("name", _narratives(activity.names.get(country, {}))))


def _sector(activity: Activity) -> str:
    """Return the code of five digits that most themes are near to, of several the lowest; or nothing."""
    found = Counter(code for iri in activity.things("theme") if (code := activity.code("Sector", iri)))
    return min(found, key=lambda code: (-found[code], code), default="")


def _coded(name: str, code: str, vocabulary: str, inside: str, address: str = "") -> str:
    where = f" vocabulary-uri={quoteattr(address)}" if address else ""
    return _element(name, inside, f' code={quoteattr(code)} vocabulary="{vocabulary}"{where}')


def _narratives(texts: Mapping[str, str]) -> str:
    return "".join(f'<narrative xml:lang="{lang}">{escape(text)}</narrative>' for lang, text in sorted(texts.items()))


def _element(name: str, inside: str, marks: str = "") -> str:
    return f"<{name}{marks}>{inside}</{name}>"
