"""What stands around a thing on a server, brought by a few queries into a small store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyoxigraph as ox

from cybercoop.sparql.stream import Row
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import DCT, NS, RDF_TYPE

_BATCH = 300
"""How many things one query asks about."""

_STEPS = 8
"""How far a chain of bodies and projects is followed."""

Ask = Callable[[str], Iterable[Row]]
"""Gives subject, predicate, object and graph of the triples in which `?s ?p ?o` of a pattern is met, in a source."""


def gather(store: ox.Store, thing: ox.NamedNode, through: Iterable[str], ask: Ask) -> None:
    """Add what is said of a thing and points at it, the records of it with their places, and the sources behind them.

    What bears no name comes with all that is said of it, publishers with what they are linked to by some properties.
    """
    fill(store, ask(values("s", [thing])))
    fill(store, ask(values("o", [thing])))
    about = store.quads_for_pattern(None, ox.NamedNode(NS + "about"), thing, None)
    records = {quad.subject for quad in about if isinstance(quad.subject, ox.NamedNode)}
    _add(store, records, ask)
    _add(store, _objects(store, records, NS + "passage"), ask)
    sources = {quad.graph_name for quad in store if isinstance(quad.graph_name, ox.NamedNode)}
    _add(store, sources, ask, f"{NS}sourceKind", f"{DCT}publisher", f"{DCT}issued", RDF_TYPE)
    met = {term for quad in store for term in (quad.subject, quad.object) if isinstance(term, ox.NamedNode)}
    _add(store, met, ask, RDF_TYPE, NAME)
    named = {quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(NAME), None, None)}
    _add(store, met - named, ask)
    _follow(store, {thing, *_objects(store, sources, f"{DCT}publisher")}, list(through), ask)


def _follow(store: ox.Store, things: set[ox.NamedNode], through: list[str], ask: Ask) -> None:
    """Add what things lead to by some properties, and what that leads to."""
    seen: set[ox.NamedNode] = set()
    for _ in range(_STEPS):
        things, seen = things - seen, seen | things
        if not things or not through:
            return
        _add(store, things, ask, *through)
        things = set().union(*(_objects(store, things, predicate) for predicate in through))


def _objects(store: ox.Store, things: Iterable[ox.NamedNode], predicate: str) -> set[ox.NamedNode]:
    """Return the things that some things have by a property."""
    found = (
        quad.object for thing in things for quad in store.quads_for_pattern(thing, ox.NamedNode(predicate), None, None)
    )
    return {term for term in found if isinstance(term, ox.NamedNode)}


def _add(store: ox.Store, things: set[ox.NamedNode], ask: Ask, *predicates: str) -> None:
    """Add what is said of some things, by some properties or by any."""
    by = values("p", map(ox.NamedNode, predicates)) if predicates else ""
    for batch in batches(things) if things else ():
        fill(store, ask(f"{values('s', batch)} {by}"))


def fill(store: ox.Store, rows: Iterable[Row]) -> None:
    """Add rows of subject, predicate, object and perhaps graph; what has a graph stands in the union as well."""
    for subject, predicate, value, *graph in rows:
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode) and value is not None:
            store.add(ox.Quad(subject, predicate, value))
            if graph and isinstance(graph[0], ox.NamedNode):
                store.add(ox.Quad(subject, predicate, value, graph[0]))


def values(variable: str, things: Iterable[ox.NamedNode]) -> str:
    """Return the words that bind a variable to some things."""
    return f"VALUES ?{variable} {{ {' '.join(sorted(map(str, things)))} }}"


def batches(things: set[ox.NamedNode]) -> Iterator[list[ox.NamedNode]]:
    """Yield some things at a time; at least once, though there be none."""
    ordered = sorted(things, key=str)
    for start in range(0, max(len(ordered), 1), _BATCH):
        yield ordered[start : start + _BATCH]
