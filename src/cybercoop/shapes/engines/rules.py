"""The rules across records: each `sh:sparql` constraint asked once of the whole graph, as a set.

A rule is asked in pieces, each of which Oxigraph answers in time that grows with the graph and not with its square.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.shapes import Shape
from cybercoop.shapes.engines import Result
from cybercoop.shapes.paths import Step
from cybercoop.shapes.reads import Block, NotLocal, Said, read, said_variables
from cybercoop.sparql.tree import (
    Change,
    Filter,
    Group,
    Minus,
    Node,
    Optional,
    Query,
    Triples,
    Variable,
    splice,
    variables,
    walk,
    without,
)
from cybercoop.terms.names import PREFIXES, RDF_TYPE, SH
from cybercoop.terms.term import Term

COMPONENT = SH + "SPARQLConstraintComponent"

_Key = tuple[Term | None, ...]
_THIS, _TYPE = ox.Variable("this"), ox.NamedNode(RDF_TYPE)
_MANY, _OF_EACH, _TAKEN = 20_000, 4, 25
"""How many rows of a rule are taken whatever they are of, how many more for each thing that there is, and how many of
each thing where there are more than that."""


class Absence(NamedTuple):
    """What must not be there, as a group, and the variables that it shares with what stands around it."""

    group: str
    shared: tuple[str, ...]


class Apart(NamedTuple):
    """A SELECT in pieces: a row of `rest` stands where no absence has one with the same values of what it shares.

    `rest` has a column for all that is shared, beside what the SELECT has shown.
    """

    shown: tuple[str, ...]
    rest: str
    absences: tuple[Absence, ...]


def violations(store: ox.Store, shapes: Iterable[Shape]) -> list[Result]:
    """Return the violations of rules whose query holds its own target pattern."""
    found: set[Result] = set()
    for shape in shapes:
        for row in _met(store, shape.select or ""):
            this = str(row.get("this"))
            found.add(Result(shape.iri, this, str(row.get("path") or ""), str(row.get("value") or this), COMPONENT))
    return sorted(found)


def _met(store: ox.Store, text: str) -> Iterator[dict[str, Term | None]]:
    """Yield the rows of a query.

    Oxigraph answers NOT EXISTS anew for every row of what stands around it; asked apart, it is answered once for all.
    Where things stand beside one another in so many pairs that most are of a few things, such as thousands with one
    name, each thing is asked about, and no more than some of its rows are taken.
    """
    rule = _asked(text)
    ahead = _rows(store, rule.rest)
    rows, cut = list(islice(ahead, _MANY)), set[Term]()
    if len(rows) == _MANY:
        things = {quad.subject for quad in store.quads_for_pattern(None, _TYPE, None)}
        rows += islice(ahead, _OF_EACH * len(things))
        if next(ahead, None) is not None:
            some = {thing: list(islice(_rows(store, rule.rest, thing), _TAKEN)) for thing in things}
            rows = list(chain.from_iterable(some.values()))
            cut = {thing for thing, found in some.items() if len(found) == _TAKEN}
    for absence in rule.absences:
        there = _there(store, absence, rows, few=bool(cut)) if rows else set()
        rows = [row for row in rows if _key(row, absence) not in there]
    for thing in cut.difference(row[_THIS] for row in rows):
        rows += islice(_rows(store, text, thing), _TAKEN)
    for row in rows:
        yield {name: row[name] for name in rule.shown}


def _there(store: ox.Store, absence: Absence, rows: list[ox.QuerySolution], *, few: bool) -> set[_Key]:
    """Return what is there of that which must not be, at least as far as it bears on some rows.

    Of a `few` rows all values are named, as theirs may be a small part of those that stand beside one another.
    """
    shown, among = " ?".join(absence.shared), ""
    plain = [name for name in absence.shared if all(isinstance(row[name], ox.NamedNode) for row in rows)]
    named = plain if few else ["this"] if "this" in plain else plain[:1]
    values = {tuple(row[name] for name in named) for row in rows}
    if named:
        listed = " ".join(sorted(f"({' '.join(map(str, each))})" for each in values))
        among = f"VALUES (?{' ?'.join(named)}) {{ {listed} }} "
    return {_key(row, absence) for row in _rows(store, f"SELECT DISTINCT ?{shown} {{ {among} {absence.group[1:]}")}


def _key(row: ox.QuerySolution, absence: Absence) -> _Key:
    return tuple(row[name] for name in absence.shared)


def _rows(store: ox.Store, text: str, this: Term | None = None) -> ox.QuerySolutions:
    known = {_THIS: this} if this is not None else None
    return store.query(text, prefixes=PREFIXES, substitutions=known)  # type: ignore[return-value]


@lru_cache(maxsize=512)
def _asked(text: str) -> Apart:
    """Return a rule in pieces; one that is not understood here is asked as it is."""
    try:
        return apart(text)
    except NotLocal:
        shown = ox.Store().query(text, prefixes=PREFIXES).variables  # type: ignore[union-attr]
        return Apart(tuple(variable.value for variable in shown), text, ())


def apart(select: str) -> Apart:
    """Return a SELECT with each NOT EXISTS set apart that can be asked on its own.

    Both sides must bind what they share in every solution, and the inner one must be patterns and filters only.
    Raises `NotLocal` for a query that cannot be read.
    """
    query, outer = read(select)
    absent = [inner for inner in outer.inner if inner.absent]
    places = {inner.element for inner in absent}
    outside = variables(tuple(element for element in outer.group.elements if element not in places))
    shown = tuple(query.names)
    absences, left_out, own = [], [], list[str]()
    for inner in absent:
        shared = variables(inner.group) & {*shown, *outside}
        if inner.is_plain and shared and shared <= outer.bound & inner.bound:
            absences.append(Absence(_text(query, inner), tuple(sorted(shared))))
            left_out.append(inner.element)
            own += _unless(query, outer, inner, shared)
    columns = dict.fromkeys(chain(shown, *(absence.shared for absence in absences)))
    rest = f"SELECT DISTINCT ?{' ?'.join(columns)} WHERE {_text(query, outer, left_out, own)}"
    return Apart(shown, rest, tuple(absences))


def _unless(query: Query, outer: Block, inner: Block, shared: set[str]) -> Iterator[str]:
    """Yield a filter for the solutions that are themselves what must not be there, where an absence can be one.

    That is so where all of its patterns stand around it, too, under other names for the variables that it does not
    share: where its filters hold for a solution under these names, the absence is met by that.
    """
    filters = [part for part in inner.group.elements if isinstance(part, Filter)]
    said = [each for told in inner.said.values() for each in told]
    around = [each for told in outer.said.values() for each in told]
    if not filters or any(isinstance(part, Group) for part in inner.group.elements):
        return
    if (meant := _meant(said, around, {name: name for name in shared})) is None:
        return
    held = [_renamed(query, part.condition, meant) for part in filters]
    yield f" FILTER(!COALESCE({' && '.join(f'({each})' for each in held)}, false))"


def _meant(said: list[Said], around: list[Said], known: dict[str, str]) -> dict[str, str] | None:
    """Return for each variable of what is said the one under which all of it stands among what is said around it."""
    if not said:
        return known
    for other in around:
        found = dict(known)
        for own, there in zip(said[0], other, strict=True):
            if isinstance(own, str) != isinstance(there, str):
                break
            if (found.setdefault(own, there) if isinstance(own, str) else own) != there:  # type: ignore[arg-type]
                break
        else:
            if (whole := _meant(said[1:], around, found)) is not None:
                return whole
    return None


def _renamed(query: Query, node: Node, names: Mapping[str, str]) -> str:
    """Return the text of an expression with other names for its variables."""
    met = (part for part in walk(node) if isinstance(part, Variable) and part.name in names)
    changes = [(part.start - node.start, part.end - node.start, f"?{names[part.name]}") for part in met]
    return splice(query.of(node), changes)


def _text(query: Query, block: Block, left_out: Collection[Node] = (), own: Iterable[str] = ()) -> str:
    """Return a group without some of those in it, with the values of what has few, and with what is listed in a SELECT.

    Its `own` filters stand at its end.


    Oxigraph joins a SELECT by all that it shares at once. What stands in the group itself it looks up by one variable
    and tries by the next, which takes time with the square of all that have the first one in common.
    """
    changes = [*without(block.group, left_out), *_listed(query, block), *_of_few(block), *_opened(block.group)]
    start, end = block.group.start, block.group.end - 1
    changes += [(end, end, each) for each in own]
    return splice(query.of(block.group), [(begin - start, end - start, instead) for begin, end, instead in changes])


def _opened(group: Group) -> Iterator[Change]:
    """Yield the changes that take the braces from the groups in one: Oxigraph answers these apart, from end to end.

    That means the same where nothing is optional, and where their filters know no other variables.
    """
    if any(isinstance(part, Optional | Minus) for part in group.elements):
        return
    parted = True
    for part, stop in zip(group.elements, group.stops, strict=True):
        ended = stop > part.end
        if isinstance(part, Group) and part.elements:
            inner = [each for each in part.elements if isinstance(each, Triples)]
            last, last_stop = part.elements[-1], part.stops[-1]
            if all(variables(each) <= variables(tuple(inner)) for each in part.elements):
                yield part.start, part.start + 1, " " if parted else " . "
                yield last.end, last_stop, ""
                yield part.end - 1, part.end, " " if ended or not isinstance(last, Triples) else " . "
        parted = ended or not isinstance(part, Triples)


def _listed(query: Query, block: Block) -> Iterator[Change]:
    """Yield what is said of something in a SELECT of its own, where the thing and the rest of a group meet twice.

    It shares two values or more with the rest, none of them `$this` or itself, and it can be listed: it says of a
    variable what it has by properties that are named. What is said of `$this` and shares two of these is listed, too.
    """
    listed: set[str] = set()
    for triples, said in block.said.items():
        bound = said_variables(said)
        others = set().union(*(said_variables(other) for each, other in block.said.items() if each != triples))
        is_list = all(isinstance(start, str) and isinstance(path, Step) for start, path, _ in said)
        if is_list and "this" not in bound and said[0][0] not in others and len(bound & others) > 1:
            listed |= bound
            yield triples.start, triples.end, _select(query, triples, bound)
    for triples, said in block.said.items():
        bound = said_variables(said)
        if "this" in bound and len(bound & listed) > 1:
            yield triples.start, triples.end, _select(query, triples, bound)


def _select(query: Query, triples: Node, bound: set[str]) -> str:
    return f"{{ SELECT ?{' ?'.join(sorted(bound))} {{ {query.of(triples)} }} }}"


def _of_few(block: Block) -> Iterator[Change]:
    """Yield, before a pattern, the values that a filter leaves its property, or the end of its path of some steps.

    Oxigraph looks up what has them; by the filter alone it looks through all that has any value.
    """
    for triples, said in block.said.items():
        open_ends = (path if isinstance(path, str) else end for _, path, end in said if not isinstance(path, Step))
        for name in dict.fromkeys(end for end in open_ends if isinstance(end, str) and end in block.domains):
            values = " ".join(sorted(map(str, block.domains[name])))
            yield triples.start, triples.start, f"VALUES ?{name} {{ {values} }} "
