"""A SPARQL 1.1 endpoint that answers in place of the embedded store, and what stands around a thing on it."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self, TypeGuard

import pyoxigraph as ox

from cybercoop.engines.embedded import Engine, check, without_order
from cybercoop.engines.remote.protocol import Rows, Server
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.grammar import columns_of, prefixes_of
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import Clock, Limits, Row, Stream, limit_met, limit_of
from cybercoop.sparql.rewriting import source_graph, with_variable_graphs, within_sources
from cybercoop.terms.labels import NAME, NOTICE, OTHER_NAME
from cybercoop.terms.literals import iri
from cybercoop.terms.names import BASE, DCT, EDITION, NS, QUERY_PREFIXES, RDF_TYPE, RDFS, XSD, candidates, class_path
from cybercoop.terms.term import Term

_NAMES = f"<{NAME}> <{OTHER_NAME}> <{NOTICE}>"
_KIND = NS + "sourceKind"


@dataclass(frozen=True, slots=True)
class Edition:
    """Which edition of the graph a server holds, and whether all of it is there at this moment.

    With `union`, the triples of all graphs stand once in a graph of that name, else in the server's default graph.
    """

    whole: bool
    union: bool
    digest: str

    def written(self) -> str:
        """Return the edition as the text that stands on the server."""
        return json.dumps(asdict(self), sort_keys=True)


class Endpoint:
    """A server's address for queries; what it answers has the forms that the embedded store would give."""

    def __init__(self, url: str) -> None:
        """Raise `Refusal` for what is no address of a server."""
        self._server = Server(url)
        self.url = url

    @cached_property
    def edition(self) -> Edition | None:
        """What we have published there; None where somebody else loaded the graph."""
        return self.edition_now()

    def edition_now(self) -> Edition | None:
        """Return what is published there at this moment. Raises `Refusal` where that cannot be read."""
        text = self.said(DCT + "identifier")
        try:
            return Edition(**json.loads(text)) if text is not None else None
        except (TypeError, ValueError):
            raise refuse("endpoint-no-results", Where(self.url), value=self.url, form=EDITION) from None

    def said(self, predicate: str) -> str | None:
        """Return a text about the edition there, or None where we have published nothing."""
        rows = self._server.results(f"SELECT ?text {{ GRAPH <{EDITION}> {{ <{EDITION}> <{predicate}> ?text }} }}")
        return rows[0][0].value if rows and isinstance(rows[0][0], ox.Literal) else None

    def rows(self, text: str, file: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a question of the catalogue.

        Raises `Refusal` where the graph is being published at this moment, or the answer comes in part only.
        """
        if self.edition is not None and not self.edition.whole:
            raise refuse("endpoint-changing", Where(self.url), value=self.url)
        asked = without_order(self._portable(text))
        columns, rows = self._select(asked.text)
        return asked.rows(columns, [[_thing(term) for term in row] for row in rows])

    def at_hand(self) -> Engine:
        """Return this engine."""
        return self

    def holds(self, pattern: str, *, union: bool = False) -> bool:
        """Return whether a pattern is met there; with `union`, in the graph that holds each triple once."""
        return bool(self._server.results(f"SELECT ?s {{ {pattern} }} LIMIT 1", union))

    def triples(self, graph: str | None) -> list[ox.Triple]:
        """Return the triples of a graph there, or of the default graph."""
        return self._server.triples(f"CONSTRUCT {{ ?s ?p ?o }} {{ {_within(graph)} }}")

    def within(self, limits: Limits) -> Self:
        """Return the same engine, which answers one question within some limits: its seconds are those of each request.

        All replies together have the bytes, each has the rows and the memory.
        """
        held = copy.copy(self)
        held._server = self._server.allowing(limits)
        with held._in_words():
            self.edition, self._server.software = held.edition, held._server.software  # learnt once for all questions
        return held

    def hold_against(self, graph: str | None, count: int) -> None:
        """Raise `Refusal` where so many triples are fewer than a graph there has, as a limit cut off the rest."""
        self._server.hold_against(_within(graph), count)

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own while it arrives; the connection ends with the block.

        Raises `Refusal` where a limit is met, also in the middle of the rows.
        """
        declared = prefixes_of(text)
        known = (f"PREFIX {prefix}: <{iri}>" for prefix, iri in QUERY_PREFIXES.items() if prefix not in declared)
        clock = Clock(limits.seconds)
        held = copy.copy(self)
        held._server = self._server.within(clock)
        try:
            self.edition, self._server.software = held.edition, held._server.software
            with held._server.allowing(limits).answer(" ".join([*known, text]), held._union) as found:
                yield Stream(found.kind, found.columns, clock, held.named, found.blocks)
        except Refusal as refusal:
            if refusal.problem.code == "endpoint-slow":
                raise limit_met("seconds", limits) from None
            if refusal.problem.code == "endpoint-refused":
                _read_here(text)
            raise

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return a store where what each (text, class) means can be found: by its IRI, else by any of its names."""
        wanted = [([text, *text.split(",")], kind) for text, kind in texts]
        store = ox.Store()
        direct = {iri for words, kind in wanted for word in words for iri in _direct(word, kind)}
        if direct:
            _, rows = self._select(f"SELECT ?s ?p ?o {{ {values('s', direct)} VALUES ?p {{ <{RDF_TYPE}> }} ?s ?p ?o }}")
            fill(store, rows)
        known = {quad.subject for quad in store}
        for words, kind in wanted:
            there = [bool(known & _direct(word, kind)) for word in words]
            if not there[0] and not all(there[1:]):
                self._fill_with_class(store, kind)
                self._fill_with_links(store, words[0])
        return store

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return a store with the names and notices of some things, the kinds of all sources, and every notice.

        Raises `Refusal` where the graph has been published anew since the question was asked.
        """
        store, edition = ox.Store(), ox.NamedNode(EDITION)
        texts = f"VALUES ?p {{ {_NAMES} }} {self._from('?g')} {{ ?s ?p ?o }}"
        parts = [
            f"?s <{NOTICE}> ?notice . {texts}",
            f"VALUES ?p {{ <{_KIND}> }} {self._from('?g')} {{ ?s ?p ?o }}",
            f"VALUES ?s {{ {edition} }} VALUES ?p {{ <{DCT}identifier> }} GRAPH ?g {{ ?s ?p ?o }}",
        ]
        for batch in batches({ox.NamedNode(thing) for thing in things}):
            union = " UNION ".join(f"{{ {part} }}" for part in (*parts, f"{values('s', batch)} {texts}"))
            fill(store, self._select(f"SELECT ?s ?p ?o ?g {{ {union} }}")[1])
            parts = []
        said = [q.object.value for q in store.quads_for_pattern(edition, None, None, edition) if _is_text(q.object)]
        if self.edition is not None and said != [self.edition.written()]:
            raise refuse("endpoint-changing", Where(self.url), value=self.url)
        return store

    @property
    def _union(self) -> bool:
        """Whether the union stands in a graph of that name."""
        return self.edition is not None and self.edition.union

    def _select(self, text: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a query, the columns that it names.

        Raises `Refusal` where a limit of the server cut some off, there are more than our limits allow, or others.
        """
        wanted = columns_of(text)
        with self._in_words(), self._server.answer(text, self._union) as found:
            if wanted and sorted(found.columns) != sorted(wanted):
                raise refuse("endpoint-no-results", Where(self.url), value=self.url, form=" ".join(found.columns))
            places = [found.columns.index(column) for column in wanted or found.columns]
            return wanted or found.columns, [
                [row[place] for place in places] for block in found.blocks for row in block
            ]

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say of a limit that a reply has met that a server went beyond it."""
        try:
            yield
        except Refusal as refusal:
            if not (name := limit_of(refusal)):
                raise
            limit = f"{getattr(self._server.limits, name):,}"
            raise refuse(
                "endpoint-too-much", Where(self.url), value=self.url, limit=limit, option=f"--limit-{name}"
            ) from None

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return a store with what is said of a thing and points at it, by which sources and where, and all names."""
        store = ox.Store()
        gather(
            store,
            thing,
            through,
            lambda bound: self._select(f"SELECT ?s ?p ?o ?g {{ {bound} {self._from('?g')} {{ ?s ?p ?o }} }}")[1],
        )
        met = {term.value for quad in store for term in quad if isinstance(term, ox.NamedNode)}
        store.extend(self.named(met))
        return store

    def _fill_with_class(self, store: ox.Store, kind: str | None) -> None:
        """Add everything of a class, or of any, with its names."""
        of_class = f"?class <{RDFS}subClassOf>* <{kind}> . ?s a ?class ." if kind else "?s a ?class ."
        names = f"VALUES ?p {{ {_NAMES} }} {self._from('?g')} {{ ?s ?p ?o }}"
        types = f"VALUES ?p {{ <{RDF_TYPE}> }} ?s ?p ?o ."
        of_kind = f"UNION {{ VALUES ?s {{ <{kind}> }} {names} }}" if kind else ""
        text = f"SELECT ?s ?p ?o ?g {{ {{ {of_class} {{ {types} }} UNION {{ {names} }} }} {of_kind} }}"
        fill(store, self._select(text)[1])
        fill(store, self._select(f"SELECT ?s ?p ?o {{ VALUES ?p {{ <{RDFS}subClassOf> }} ?s ?p ?o }}")[1])

    def _fill_with_links(self, store: ox.Store, word: str) -> None:
        """Add what joins the things whose IRIs end with one word, such as a project and its objective."""
        things = {quad.subject for quad in store if isinstance(quad.subject, ox.NamedNode)}
        alike = {thing for thing in things if thing.value.rsplit("/", 1)[-1].casefold() == word.casefold()}
        if len(alike) > 1:
            _, rows = self._select(f"SELECT ?s ?p ?o {{ {values('s', alike)} {values('o', alike)} ?s ?p ?o }}")
            fill(store, rows)

    def _from(self, graph: str) -> str:
        """Return the words before a pattern that is to be met in the graph of a source."""
        return f"GRAPH {graph}" if self.edition is None else source_graph(graph)

    def _portable(self, text: str) -> str:
        """Return a question of the catalogue as this server takes it."""
        if self.edition is None:
            return text
        query = within_sources(text)
        return with_variable_graphs(query) if self.edition.union else query


def _within(graph: str | None) -> str:
    """Return the pattern of every triple of a graph, or of the default graph."""
    return f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"


def _read_here(text: str) -> None:
    """Raise `Refusal` with the place where a query that a server refused cannot be read."""
    try:
        look(text)
    except Refusal:  # what would leave the store is not even read with the engine
        return
    check(text, "query")


def _thing(term: Term | None) -> Term | None:
    """Return a cell of our graph; an IRI of ours may have become a text on the way through IF or UNION in Virtuoso."""
    if isinstance(term, ox.Literal) and term.datatype.value == XSD + "string" and term.value.startswith(BASE):
        return iri(term.value) or term
    return term


def _direct(word: str, kind: str | None) -> set[ox.NamedNode]:
    """Return the things that a word may mean by IRI, path or code."""
    path = class_path(kind) if kind else None
    found = (iri(text) for text in candidates(word.strip(), path))
    return {thing for thing in found if thing is not None}


def _is_text(term: Term) -> TypeGuard[ox.Literal]:
    return isinstance(term, ox.Literal)


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
    _add(store, _objects(store, records, NS + "passage") | _objects(store, records, NS + "citation"), ask)
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
