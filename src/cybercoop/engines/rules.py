"""The rules across records: each `sh:sparql` constraint run once over the whole graph, as a set."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from cybercoop.engines.result import Result
from cybercoop.names import PREFIXES, SH
from cybercoop.shapes import Shape

COMPONENT = SH + "SPARQLConstraintComponent"


def violations(store: ox.Store, shapes: Iterable[Shape]) -> list[Result]:
    """Return the violations of rules whose query holds its own target pattern."""
    found: set[Result] = set()
    for shape in shapes:
        for row in store.query(shape.select or "", prefixes=PREFIXES):  # type: ignore[union-attr]
            value = _get(row, "value") or _get(row, "this")
            found.add(Result(shape.iri, str(_get(row, "this")), str(_get(row, "path") or ""), str(value), COMPONENT))
    return sorted(found)


def _get(row: ox.QuerySolution, name: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None:
    try:
        value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None = row[name]
    except KeyError:
        return None
    return value
