"""The rules across records: each `sh:sparql` constraint asked once of the whole graph, as a set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import pyoxigraph as ox

from cybercoop.shapes import Shape
from cybercoop.shapes.engines.absences import Absence, Apart, apart
from cybercoop.shapes.engines.result import Result
from cybercoop.shapes.reads import NotLocal
from cybercoop.terms.names import PREFIXES, SH

COMPONENT = SH + "SPARQLConstraintComponent"


def violations(store: ox.Store, shapes: Iterable[Shape]) -> list[Result]:
    """Return the violations of rules whose query holds its own target pattern."""
    found: set[Result] = set()
    for shape in shapes:
        for row in _met(store, shape.select or ""):
            this = str(row.get("this"))
            found.add(Result(shape.iri, this, str(row.get("path") or ""), str(row.get("value") or this), COMPONENT))
    return sorted(found)


def _met(store: ox.Store, text: str) -> Iterator[dict[str, _Term]]:
    """Yield the rows of a query.

    Oxigraph answers NOT EXISTS anew for every row of what stands around it; asked apart, it is answered once for all.
    """
    rule = _apart(text)
    rows = list(_rows(store, rule.rest))
    for absence in rule.absences:
        there = _there(store, absence, rows) if rows else set()
        rows = [row for row in rows if _key(row, absence) not in there]
    for row in rows:
        yield {name: row[name] for name in rule.shown}


@lru_cache(maxsize=512)
def _apart(text: str) -> Apart:
    try:
        return apart(text)
    except NotLocal:
        shown = ox.Store().query(text, prefixes=PREFIXES).variables  # type: ignore[union-attr]
        return Apart(tuple(variable.value for variable in shown), text, ())


def _there(store: ox.Store, absence: Absence, rows: list[ox.QuerySolution]) -> set[_Key]:
    """Return what is there of that which must not be, at least as far as it bears on some rows."""
    among, name = "", "this" if "this" in absence.shared else absence.shared[0]
    things = {row[name] for row in rows}
    if all(isinstance(thing, ox.NamedNode) for thing in things):
        among = f"VALUES ?{name} {{ {' '.join(sorted(map(str, things)))} }} "
    shown = " ?".join(absence.shared)
    return {_key(row, absence) for row in _rows(store, f"SELECT DISTINCT ?{shown} {{ {among} {absence.group[1:]}")}


def _key(row: ox.QuerySolution, absence: Absence) -> _Key:
    return tuple(row[name] for name in absence.shared)


def _rows(store: ox.Store, text: str) -> ox.QuerySolutions:
    return store.query(text, prefixes=PREFIXES)  # type: ignore[return-value]


_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None
_Key = tuple[_Term, ...]
