"""What ids say: the kind of a thing, a name that is a file everywhere, and parts that the record states as well."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from cybercoop.judge.diagnosis import Known
from cybercoop.problems.problem import ERROR, WARNING, Problem, Where, problem
from cybercoop.records.reading import Reading, Statement
from cybercoop.terms import names
from cybercoop.terms.names import NS, PREFIXES
from cybercoop.terms.term import iri_of

_LONGEST = 120
"""How many characters the last part of an id has at most: it names a file, and a record names two."""
_FORM = re.compile(r"[a-z0-9]+(?:[.-]+[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_RESERVED = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])(?:\..*)?")
"""Names that Windows keeps for devices, whatever follows their first dot."""
_BODY = names.ID + "organisation/"
"""Bodies go by what they are called for short: eu, not european-union."""
_FORMER = ox.NamedNode(NS + names.FORMER)
_DAY = re.compile(r"([0-9]{4}(?:-[0-9]{2}){0,2})(?:-|$)")
_START, _PLACE = PREFIXES["schema"] + "startDate", NS + "heldIn"
_PARTS = {
    "treaty-action": (NS + "actionOn", NS + "actionBy", NS + "actionKind"),
    "listing": (NS + "listedFor", NS + "listedCountry", NS + "listedAs"),
}
"""Kind of thing → the properties of whose values, by their slugs, its id is made."""

Said = Mapping[str, list[tuple[str, Where]]]
"""What is said of a thing: values, as texts, by property."""


def misnamed(reading: Reading, known: Known) -> list[Problem]:
    """Return a problem for each thing whose id is of another kind, no good name, or at odds with its record."""
    places = {subject: record.where for record in reading.records for subject in record.subjects}
    said: dict[str, dict[str, list[tuple[str, Where]]]] = {thing: defaultdict(list) for thing in places}
    for statement in reading.statements:
        if (about := said.get(iri_of(statement.quad.subject))) is not None and not isinstance(
            value := statement.quad.object, ox.BlankNode | ox.Triple
        ):
            about[statement.quad.predicate.value].append((value.value, statement.where))
    ids = _ids(reading)
    found = []
    for thing, where in places.items():
        if names.UNSAID.search(thing):
            continue
        at = ids.get(thing, where)
        found += [one._replace(record=where) for one in _of_thing(thing, at, said[thing], known)]
    return found


def _ids(reading: Reading) -> dict[str, Where]:
    """Return where the id of each thing stands: where a record says that it is about it, else at the thing itself."""
    named = reversed([statement for statement in reading.statements if _is_about(statement)])
    heads = {thing[1:-1]: where for thing, where in reading.heads.items()}
    return heads | {iri_of(statement.quad.object): statement.where for statement in named}


def _is_about(statement: Statement) -> bool:
    """Whether a record says here what it is about: in the words of records, that is where the id stands."""
    return statement.quad.predicate.value == NS + "about"


def moved(reading: Reading, known: Known) -> list[Problem]:
    """Return a problem for each address that a thing had before, where a record speaks of it or refers to it."""
    kept = {iri_of(quad.subject) for quad in reading.quads() if quad.object == _FORMER}
    about = {subject: record.where for record in reading.records for subject in record.subjects}
    ids = _ids(reading)
    used = [(thing, ids.get(thing, where), where) for thing, where in about.items() if thing not in kept]
    for statement in reading.statements:
        value, subject = statement.quad.object, iri_of(statement.quad.subject)
        if isinstance(value, ox.NamedNode) and value.value not in kept and not names.source_of_parts(subject):
            used.append((value.value, statement.where, about.get(subject, statement.where)))
    found = []
    for thing, where, record in dict.fromkeys(used):
        for now in sorted(known.now(thing)):
            one = problem("address-replaced", where, value=names.short(thing), nearest=names.short(now))
            found.append(one._replace(record=record))
    return found


def _of_thing(thing: str, where: Where, said: Said, known: Known) -> Iterator[Problem]:
    bases = {base for kind in known.types(thing) if (base := names.class_path(kind)) and base.startswith(names.ID)}
    if not bases:
        return
    value, local = names.short(thing), thing.rpartition("/")[2]
    base = next((base for base in bases if thing.startswith(base)), "")
    if not base:
        meant = min(bases)
        near = names.short(meant + local) if thing.startswith(names.ID) and _FORM.fullmatch(local) else ""
        yield problem("id-of-another-kind", where, value=value, form=names.short(meant), nearest=near, thing=value)
        return
    slug = thing.removeprefix(base)
    form = _COUNTRY if base.endswith("/country/") else _FORM
    if not form.fullmatch(slug) or _RESERVED.fullmatch(slug) or len(slug) > _LONGEST:
        yield problem("id-form", where, value=value, nearest=_settled(base, slug, form), thing=value)
        return
    kind = base.removeprefix(names.ID).rstrip("/")
    for severity, property_, stated, at in _otherwise(kind, slug, said, known):
        told = {"thing": value, "value": names.short(stated), "term": names.short(property_)}
        yield problem("id-says-otherwise", at, severity=severity, **told)._replace(property=property_)


def _settled(base: str, slug: str, form: re.Pattern[str]) -> str:
    """Return the id in the form that it should have, where letters of another case are all that is wrong."""
    meant = slug.upper() if form is _COUNTRY else slug.lower()
    fits = form.fullmatch(meant) and not _RESERVED.fullmatch(meant) and len(meant) <= _LONGEST
    return names.short(base + meant) if fits else ""


def _otherwise(kind: str, slug: str, said: Said, known: Known) -> Iterator[tuple[str, str, str, Where]]:
    """Yield what a record states that its id denies: how bad that is, the property, its value and the place."""
    made = slug.rpartition("--")[2].split("-")
    if any(known.types(f"{names.ID}instrument/{'-'.join(made[:count])}") for count in range(1, len(made))):
        for property_ in _PARTS.get(kind, ()):
            values = [
                pair for pair in said.get(property_, []) if known.types(pair[0]) and not pair[0].startswith(_BODY)
            ]
            if values and not any(f"-{_last(value)}-" in f"-{slug}-" for value, _ in values):
                yield (ERROR, property_, *values[0])
    if kind != "activity" or not (day := _DAY.match(slug)):
        return
    starts = said.get(_START, [])
    if starts and not any(start.startswith(day[1]) or day[1].startswith(start) for start, _ in starts):
        yield (WARNING, _START, *starts[0])
    held, words = said.get(_PLACE, []), slug[day.end() :].split("-")
    for count in (3, 2, 1):
        place = f"{names.ID}place/{'-'.join(words[:count])}"
        if known.types(place):
            if held and all(value != place for value, _ in held):
                yield (WARNING, _PLACE, *held[0])
            return


def _last(iri: str) -> str:
    return iri.rpartition("/")[2].lower()
