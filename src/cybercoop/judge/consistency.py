"""What one source cannot say at once, and what it must say beside: no shape sees who says a thing (SHACL 1.3)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property, partial
from sys import intern

from cybercoop.problems.problem import WARNING, Problem, Where, problem
from cybercoop.records.statements import Stated
from cybercoop.terms import names
from cybercoop.terms.context import LINK, Context
from cybercoop.terms.literals import date_type, first_day, last_day, well_formed
from cybercoop.terms.names import NS, PREFIXES, RDF_TYPE, RDFS, XSD
from cybercoop.terms.term import plain


class Values(tuple[str | Where, ...]):
    """What a source says of a thing, in the least room: property, value as N-Triples writes it, place; the next.

    No value is the name of a property.
    """

    __slots__ = ()

    def of(self, word: str) -> list[tuple[str, Where]]:
        """Return the values of a property, each with its place."""
        if word not in self:
            return []
        return [self[at + 1 : at + 3] for at in range(0, len(self), 3) if self[at] == word]  # type: ignore[misc]


_NOTHING = Values()


class Said:
    """What a reading says by source and thing, in the order in which they were first met.

    `of` holds of each the values of the properties that are asked of all things; what is asked of few is looked up
    among all `statements`.
    """

    def __init__(self, statements: Stated) -> None:
        self.statements = statements
        self.of: dict[tuple[str, str], Values] = {}
        for graph, subject in statements.begun():
            self.of.setdefault((intern(graph[1:-1]), subject[1:-1]), _NOTHING)
        before, values = ("", ""), list[str | Where]()
        for graph, subject, predicate, value, where in statements.rows(_ASKED):
            if graph != before[0] or subject != before[1]:
                self._take(before, values)
                before, values = (graph, subject), []
            values += (_ASKED[predicate], value, where)
        self._take(before, values)

    def _take(self, about: tuple[str, str], values: list[str | Where]) -> None:
        if values:
            graph, subject = about
            known = self.of[each := (graph[1:-1], subject[1:-1])]
            self.of[each] = Values((*known, *values) if known else values)

    @cached_property
    def at(self) -> dict[tuple[str, str], Where]:
        """The place of the first value that a source gives of a thing."""
        found: dict[tuple[str, str], Where] = {}
        for graph, subject, _, _, where in self.statements.rows():
            found.setdefault((graph[1:-1], subject[1:-1]), where)
        return found

    @cached_property
    def by_thing(self) -> dict[str, tuple[str, ...]]:
        """The sources that speak of each thing."""
        found: dict[str, tuple[str, ...]] = {}
        joined = cache(lambda known, source: (*known, source))  # things of the same sources share them
        for source, thing in self.of:
            found[thing] = joined(found.get(thing, ()), source)
        return found

    def pairs(self, source: str, thing: str, word: str) -> list[tuple[str, Where]]:
        """Return the values of a property as texts without marks, each with its place."""
        return [(plain(value), where) for value, where in self.of.get((source, thing), _NOTHING).of(word)]

    def further(self, wanted: Collection[tuple[str, str]], words: Iterable[str]) -> dict[tuple[str, str], set[str]]:
        """Return the values that some sources give of some things by properties that are not asked of all."""
        found: dict[tuple[str, str], set[str]] = {}
        things = {f"<{thing}>" for _, thing in wanted}
        rows = self.statements.spoken({f"<{word}>" for word in words}, things) if wanted else ()
        for graph, subject, _, value in rows:
            if (each := (graph[1:-1], subject[1:-1])) in wanted:
                found.setdefault(each, set()).add(plain(value))
        return found

    def facts(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, Where]]:
        """Return the first of the facts that some sources state of some things, as its property and place."""
        found: dict[tuple[str, str], tuple[str, Where]] = {}
        for graph, subject, predicate, _, where in self.statements.rows(_FACTS) if wanted else ():
            if (each := (graph[1:-1], subject[1:-1])) in wanted:
                found.setdefault(each, (predicate[1:-1], where))
        return found


def merged(said: Said, thing: str, word: str) -> list[tuple[str, Where]]:
    """Return the values of a property of a thing, whatever source says them, in the order of the files."""
    found = [pair for source in said.by_thing.get(thing, ()) for pair in said.pairs(source, thing, word)]
    return sorted(found, key=lambda pair: pair[1]) if len(found) > 1 else found


_START, _END = PREFIXES["schema"] + "startDate", PREFIXES["schema"] + "endDate"
_ABOUT, _REASON = NS + "about", NS + "reason"
_LASTS, _GIVEN = NS + "duration", NS + "contribution"
_DURATION = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?")
_SLACK = 62
"""Days by which a stated duration may differ from the stated dates: months are counted in more than one way."""
_TOLD = """
actionDate actionKind actionOn activityKind agendaTopic attendedBy benefits budget contribution extendsTo headcount
heldIn host organiser participation partOf partnerCountry serves status supportedBy
"""
_FACTS = frozenset(f"<{word}>" for word in (*(NS + word for word in _TOLD.split()), _START, _END))
"""Properties that tell when, where, by whom and for whom: what the editors say of these is a judgement."""
_SCHEMA = PREFIXES["schema"]
_ONCE = frozenset(
    (
        *(_START, _END, f"{_SCHEMA}latitude", f"{_SCHEMA}longitude", f"{PREFIXES['dct']}issued"),
        *(NS + word for word in ("adoptedOn", "asOf", "duration", "headcount")),
    )
)
"""Properties of which a source states one value of a thing, and of which no shape says so."""
_OF_ITS_ID = ("heldIn", "actionBy", "actionKind", "actionOn", "listedAs", "listedCountry", "listedFor")
_ASKED = {
    f"<{word}>": word
    for word in (
        *(_ABOUT, _REASON, _GIVEN, NS + "share", *_ONCE, *(NS + word for word in _OF_ITS_ID)),
        *(RDF_TYPE, names.REPLACED, RDFS + "subClassOf"),
    )
}
"""The properties that are asked of all things."""
_INSIDE = tuple(names.class_path(NS + kind) or "" for kind in ("Contribution", "MonetaryAmount", "Participation"))


def at_odds(said: Said, context: Context) -> list[Problem]:
    """Return what no single statement shows: durations, shares, second values, judgements, things apart."""
    recorded: dict[tuple[str, str], bool] = {}
    found: list[Problem] = []
    several: dict[tuple[str, str], set[str]] = {}
    for (source, part), values in said.of.items():
        if _ABOUT not in values:
            continue
        about = said.pairs(source, part, _ABOUT)
        for thing, _ in about:
            recorded[source, thing] = recorded.get((source, thing), False) or _REASON in values
        if len(about) > 1:
            several[source, part] = {thing for thing, _ in about if names.record(source, thing) == part}
    holding = [term.iri for term in context.terms.values() if term.kind == LINK and term.base == names.ID]
    owned = {each: own for each, own in several.items() if len(said.of[each].of(_ABOUT)) > len(own) > 0}
    told = {(source, thing) for (source, part) in owned for thing, _ in said.pairs(source, part, _ABOUT)}
    held = said.further(told, holding)
    for (source, part), own in several.items():
        about = said.pairs(source, part, _ABOUT)
        there = (held.get((source, thing), ()) for thing, _ in about) if (source, part) in owned else ()
        inside = own.union(*there)
        for thing, where in about:
            if own and thing not in inside and not _part(thing):
                words = {"thing": names.short(part), "term": names.short(_ABOUT), "value": names.short(thing)}
                found.append(problem("accept-no-place", where, **words))
    records = names.ID + "record/"
    headless = {source for (source, part), each in said.of.items() if part.startswith(records) and _ABOUT not in each}
    headless |= {source for source in {source for source, _ in said.of} if names.UNSAID.search(source)}
    judged = {each for each in said.of if each[0] == names.EDITORS and not recorded.get(each, True)}
    facts = said.facts(judged)
    for each, values in said.of.items():
        source, thing = each
        if _LASTS in values or _GIVEN in values:
            found += _of_thing(source, thing, said)
        if not _ONCE.isdisjoint(values[::3]):
            found += doubled(thing, values)
        if each in judged:
            found += _judged(thing, *facts[each]) if each in facts else ()
        elif each not in recorded and source not in headless and not _part(thing):
            where = said.at[each]
            found.append(problem("accept-no-record", where, value=names.short(thing), thing=names.short(thing)))
    return found


def doubled(thing: str, values: Values) -> Iterator[Problem]:
    """Yield a warning for each property of which one source states a second value, where there is one."""
    for property_ in sorted(_ONCE.intersection(values[::3])):
        places: dict[str, Where] = {}
        for value, where in values.of(str(property_)):
            places.setdefault(value, where)
        first, *others = places.items()
        for value, where in others:
            told = {"thing": names.short(thing), "term": names.short(property_), "value": plain(value)}
            one = problem("stated-twice", where, severity=WARNING, first=f"{plain(first[0])} ({first[1]})", **told)
            yield one._replace(property=property_)


def _part(thing: str) -> bool:
    """Return whether a thing stands inside another: a part of a record, a participation, a contribution, an amount."""
    return thing.startswith(_INSIDE) or names.source_of_parts(thing) is not None


def _judged(thing: str, property_: str, where: Where) -> list[Problem]:
    """Return the problem that the editors state a fact of a thing without a reason."""
    told = {"thing": names.short(thing), "term": names.short(property_)}
    return [problem("judgement-without-reason", where, **told)._replace(property=property_)]


def _of_thing(source: str, thing: str, said: Said) -> Iterator[Problem]:
    name, told = names.short(thing), partial(said.pairs, source, thing)
    dates = [(start, end) for start, _ in told(_START) for end, _ in told(_END)]
    spans = [span for start, end in dates if (span := _span(start, end))]
    for duration, where in told(_LASTS):
        days = _days(duration)
        if days and spans and all(not least - _SLACK <= days <= most + _SLACK for least, most in spans):
            yield problem("duration-differs", where, value=duration, thing=name)
    shares = [share for part, _ in told(_GIVEN) for share in said.pairs(source, part, NS + "share")]
    whole = sum(float(share) for share, _ in shares if well_formed(share, XSD + "decimal"))
    if whole > 100 and len(shares) > 1:
        yield problem("shares-beyond-whole", shares[-1][1], value=f"{whole:g}", thing=name)


def _days(duration: str) -> int:
    """Return about how many days a duration has, or 0 where it has years, months or days in no plain form."""
    if not (found := _DURATION.fullmatch(duration)):
        return 0
    years, months, days = (int(part or 0) for part in found.groups())
    return round(years * 365.25 + months * 30.44) + days


def _span(start: str, end: str) -> tuple[int, int] | None:
    """Return the least and the most days from a stated start to a stated end."""
    if date_type(start) is None or date_type(end) is None:
        return None
    day = datetime.date.fromisoformat
    least = (day(first_day(end)) - day(last_day(start))).days
    return least, (day(last_day(end)) - day(first_day(start))).days
