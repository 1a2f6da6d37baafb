"""What ids say: the kind of a thing, a name that is a file everywhere, and parts that the record states as well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import chain

from cybercoop.judge.consistency import Said, merged
from cybercoop.judge.diagnosis import Known
from cybercoop.problems.problem import ERROR, WARNING, Problem, Where, problem, sentences
from cybercoop.records.reading import Reading
from cybercoop.terms import names
from cybercoop.terms.names import NS, PREFIXES, RDF_TYPE

_LONGEST = 120
"""How many characters the last part of an id has at most: it names a file, and a record names two."""
_FORM = re.compile(r"[a-z0-9]+(?:[.-]+[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_RESERVED = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])(?:\..*)?")
"""Names that Windows keeps for devices, whatever follows their first dot."""
_BODY = names.ID + "organisation/"
"""Bodies go by what they are called for short: eu, not european-union."""
_ABOUT, _FORMER = NS + "about", f"<{NS}{names.FORMER}>"
_DAY = re.compile(r"([0-9]{4}(?:-[0-9]{2}){0,2})(?:-|$)")
_START, _PLACE = PREFIXES["schema"] + "startDate", NS + "heldIn"
_PARTS = {
    "treaty-action": (NS + "actionOn", NS + "actionBy", NS + "actionKind"),
    "listing": (NS + "listedFor", NS + "listedCountry", NS + "listedAs"),
}
"""Kind of thing → the properties of whose values, by their slugs, its id is made."""

_AT_ITS_ID = Where("")
"""What stands for the place of an id, which is looked up where something is wrong with it."""

Told = Callable[[str], list[tuple[str, Where]]]
"""Gives the values of a property of a thing, as texts."""


def misnamed(reading: Reading, said: Said, known: Known) -> list[Problem]:
    """Return a problem for each thing whose id is of another kind, no good name, or at odds with its record."""
    places = {subject: record.where for record in reading.records for subject in record.subjects}
    ids = cache(partial(_ids, reading, said))
    found = []
    for thing, where in places.items():
        if "~" in thing and names.UNSAID.search(thing):
            continue
        for one in _of_thing(thing, partial(merged, said, thing), known):
            at = ids().get(f"<{thing}>", where) if one.where == _AT_ITS_ID else one.where
            found.append(one._replace(where=at, record=where))
    return found


def _ids(reading: Reading, said: Said) -> dict[str, Where]:
    """Return where the id of each thing stands: where a record says that it is about it, else at the thing itself."""
    found: dict[str, Where] = {}
    for values in said.of.values():
        for value, where in values.of(_ABOUT):
            found[value] = min(where, found.get(value, where))
    return {**reading.heads, **found}


def moved(reading: Reading, said: Said, known: Known) -> list[Problem]:
    """Return a problem for each address that a thing had before, where a record speaks of it or refers to it."""
    about = {subject: record.where for record in reading.records for subject in record.subjects}
    now: dict[str, list[str]] = {}
    for value in chain(said.statements.values(), (f"<{thing}>" for thing in about)):
        if value.startswith("<") and (others := known.now(thing := value[1:-1])) and not _is_former(thing, said):
            now[value] = sorted(others)
    if not now:
        return []
    ids = _ids(reading, said)
    used = [(node, ids.get(node, where), where) for thing, where in about.items() if (node := f"<{thing}>") in now]
    for _, subject, _, value, where in said.statements.rows():
        if value in now and not names.source_of_parts(subject[1:-1]):
            used.append((value, where, about.get(subject[1:-1], where)))
    found = []
    for value, where, record in dict.fromkeys(used):
        for other in now[value]:
            one = problem("address-replaced", where, value=names.short(value[1:-1]), nearest=names.short(other))
            found.append(one._replace(record=record))
    return found


def _is_former(thing: str, said: Said) -> bool:
    """Return whether a reading says of an address itself that it is one of before."""
    stated = (said.of[source, thing].of(RDF_TYPE) for source in said.by_thing.get(thing, ()))
    return any(kind == _FORMER for kinds in stated for kind, _ in kinds)


def _of_thing(thing: str, told: Told, known: Known) -> Iterator[Problem]:
    bases = {base for kind in known.types(thing) if (base := names.class_path(kind)) and base.startswith(names.ID)}
    if not bases:
        return
    value = names.short(thing)
    base = next((base for base in bases if thing.startswith(base)), "")
    if not base:
        meant, local = min(bases), thing.rpartition("/")[2]
        near = names.short(meant + local) if thing.startswith(names.ID) and _FORM.fullmatch(local) else ""
        yield problem("id-of-another-kind", _AT_ITS_ID, value=value, form=names.short(meant), nearest=near, thing=value)
        return
    slug = thing.removeprefix(base)
    form = _COUNTRY if base.endswith("/country/") else _FORM
    if not form.fullmatch(slug) or _RESERVED.fullmatch(slug) or len(slug) > _LONGEST:
        yield problem("id-form", _AT_ITS_ID, value=value, nearest=_settled(base, slug, form), thing=value)
        return
    kind = base.removeprefix(names.ID).rstrip("/")
    meant = _by_parts(kind, told)
    for severity, property_, stated, at in _otherwise(kind, slug, told, known):
        words = {"thing": value, "value": names.short(stated), "term": names.short(property_)}
        one = problem("id-says-otherwise", at, severity=severity, **words)._replace(property=property_)
        yield one._replace(cure=sentences("id-by-parts", id=f"{kind}/{meant}")) if meant and meant != slug else one


def _by_parts(kind: str, told: Told) -> str:
    """Return the end of an id as what a record states makes it; an empty text where it is not made so."""
    if kind == "listing":
        return ""  # which begins with its list
    parts = [{value.rpartition("/")[2].lower() for value, _ in told(property_)} for property_ in _PARTS.get(kind, ())]
    return "-".join(part.pop() for part in parts) if parts and all(len(part) == 1 for part in parts) else ""


def _settled(base: str, slug: str, form: re.Pattern[str]) -> str:
    """Return the id in the form that it should have, where letters of another case are all that is wrong."""
    meant = slug.upper() if form is _COUNTRY else slug.lower()
    fits = form.fullmatch(meant) and not _RESERVED.fullmatch(meant) and len(meant) <= _LONGEST
    return names.short(base + meant) if fits else ""


def _otherwise(kind: str, slug: str, told: Told, known: Known) -> Iterator[tuple[str, str, str, Where]]:
    """Yield what a record states that its id denies: how bad that is, the property, its value and the place."""
    if kind not in (*_PARTS, "activity"):
        return
    for property_ in _PARTS.get(kind, ()):
        stated = told(property_)
        if all(_is_in(value, slug) for value, _ in stated) or not _of_instrument(slug, known):
            continue
        values = [pair for pair in stated if known.types(pair[0]) and not pair[0].startswith(_BODY)]
        if values and not any(_is_in(value, slug) for value, _ in values):
            yield (ERROR, property_, *values[0])
    if kind != "activity" or not (day := _DAY.match(slug)):
        return
    starts = told(_START)
    if starts and not any(start.startswith(day[1]) or day[1].startswith(start) for start, _ in starts):
        yield (WARNING, _START, *starts[0])
    held, words = told(_PLACE), slug[day.end() :].split("-")
    for count in (3, 2, 1):
        place = f"{names.ID}place/{'-'.join(words[:count])}"
        if known.types(place):
            if all(value != place and known.types(value) for value, _ in held) and held:
                yield (WARNING, _PLACE, *held[0])
            return


def _of_instrument(slug: str, known: Known) -> bool:
    """Return whether an id, behind what stands before its last `--`, begins with that of an instrument."""
    made = slug.rpartition("--")[2].split("-")
    return any(known.types(f"{names.ID}instrument/{'-'.join(made[:count])}") for count in range(1, len(made)))


def _is_in(iri: str, slug: str) -> bool:
    return f"-{iri.rpartition('/')[2].lower()}-" in f"-{slug}-"
