"""The rules across records: each `sh:sparql` constraint asked once of the whole graph, as a set.

A rule is asked in pieces, each of which Oxigraph answers in time that grows with the graph and not with its square.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.shapes import Shape
from cybercoop.shapes.engines import Result
from cybercoop.shapes.paths import Step
from cybercoop.shapes.reads import Block, NotLocal, read, said_variables
from cybercoop.sparql.tree import Change, Node, Query, splice, variables, without
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
    named = absence.shared if few else ("this" if "this" in absence.shared else absence.shared[0],)
    values = {tuple(row[name] for name in named) for row in rows}
    if all(isinstance(node, ox.NamedNode) for each in values for node in each):
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
    absences, left_out = [], []
    for inner in absent:
        shared = variables(inner.group) & {*shown, *outside}
        if inner.is_plain and shared and shared <= outer.bound & inner.bound:
            absences.append(Absence(_text(query, inner), tuple(sorted(shared))))
            left_out.append(inner.element)
    columns = dict.fromkeys(chain(shown, *(absence.shared for absence in absences)))
    rest = f"SELECT DISTINCT ?{' ?'.join(columns)} WHERE {_text(query, outer, left_out)}"
    return Apart(shown, rest, tuple(absences))


def _text(query: Query, block: Block, left_out: Collection[Node] = ()) -> str:
    """Return a group without some of those in it, with the values of what has few, and with what is listed in a SELECT.

    Oxigraph joins a SELECT by all that it shares at once. What stands in the group itself it looks up by one variable
    and tries by the next, which takes time with the square of all that have the first one in common.
    """
    changes = [*without(block.group, left_out), *_listed(query, block), *_of_few(block)]
    start = block.group.start
    return splice(query.of(block.group), [(begin - start, end - start, instead) for begin, end, instead in changes])


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
