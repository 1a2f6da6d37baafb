"""A SPARQL 1.1 endpoint that answers in place of the embedded store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard

import pyoxigraph as ox

from cybercoop.answers.answer import Term
from cybercoop.asking.parameters import candidates
from cybercoop.labels import NAME, NOTICE, OTHER_NAME
from cybercoop.literals import iri
from cybercoop.names import BASE, DCT, EDITION, NS, QUERY_PREFIXES, RDF_TYPE, RDFS, UNION, XSD, class_path
from cybercoop.problems import Refusal, Where, refuse
from cybercoop.servers.portable import (
    columns_of,
    portable,
    source_graph,
    with_variable_graphs,
    within_sources,
    without_order,
)
from cybercoop.servers.remote import Remote
from cybercoop.servers.replies import Rows, read, read_triples
from cybercoop.sparql.runner import run

if TYPE_CHECKING:
    import urllib.request

_BATCH = 300
"""How many things one query asks the names of."""

_MANY, _ROUND = 1000, 50
"""Answers that are counted on the server as well: long ones, and those as long as a limit may be."""

_NAMES = f"<{NAME}> <{OTHER_NAME}> <{NOTICE}>"
_KIND = NS + "sourceKind"
_PARTIAL = 206
_PROLOGUE = re.compile(r"(?:\s*(?:PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>|#[^\n]*\n))*\s*", re.IGNORECASE)
_DECLARED = re.compile(r"PREFIX\s+([\w-]*):", re.IGNORECASE)


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
        self._remote = Remote(url)
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
        _, rows = self._results(f"SELECT ?text {{ GRAPH <{EDITION}> {{ <{EDITION}> <{predicate}> ?text }} }}")
        return rows[0][0].value if rows and isinstance(rows[0][0], ox.Literal) else None

    def rows(self, text: str, file: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a question of the catalogue.

        Raises `Refusal` where the graph is being published at this moment, or the answer comes in part only.
        """
        if self.edition is not None and not self.edition.whole:
            raise refuse("endpoint-changing", Where(self.url), value=self.url)
        query, order = without_order(self._portable(text), columns_of(text))
        columns, rows = self._select(query)
        return columns, _ordered(columns, [[_thing(term) for term in row] for row in rows], order)

    def holds(self, pattern: str, *, union: bool = False) -> bool:
        """Return whether a pattern is met there; with `union`, in the graph that holds each triple once."""
        return bool(self._results(f"SELECT ?s {{ {pattern} }} LIMIT 1", union)[1])

    def triples(self, graph: str | None) -> list[ox.Triple]:
        """Return the triples of a graph there, or of the default graph."""
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        return read_triples(self._remote.send(self._request(f"CONSTRUCT {{ ?s ?p ?o }} {{ {pattern} }}", False)))

    def sparql(self, text: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a query of one's own; triples come as three columns."""
        declared = set(_DECLARED.findall(text))
        known = (f"PREFIX {prefix}: <{iri}>" for prefix, iri in QUERY_PREFIXES.items() if prefix not in declared)
        return self._select(" ".join([*known, text]))

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return a store where what each (text, class) means can be found: by its IRI, else by any of its names."""
        wanted = [([text, *text.split(",")], kind) for text, kind in texts]
        store = ox.Store()
        direct = {iri for words, kind in wanted for word in words for iri in _direct(word, kind)}
        if direct:
            _, rows = self._select(
                f"SELECT ?s ?p ?o {{ {_values('s', direct)} VALUES ?p {{ <{RDF_TYPE}> }} ?s ?p ?o }}"
            )
            _fill(store, rows)
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
        for batch in _batches({ox.NamedNode(thing) for thing in things}):
            union = " UNION ".join(f"{{ {part} }}" for part in (*parts, f"{_values('s', batch)} {texts}"))
            _fill(store, self._select(f"SELECT ?s ?p ?o ?g {{ {union} }}")[1])
            parts = []
        said = [q.object.value for q in store.quads_for_pattern(edition, None, None, edition) if _is_text(q.object)]
        if self.edition is not None and said != [self.edition.written()]:
            raise refuse("endpoint-changing", Where(self.url), value=self.url)
        return store

    def _fill_with_class(self, store: ox.Store, kind: str | None) -> None:
        """Add everything of a class, or of any, with its names."""
        of_class = f"?class <{RDFS}subClassOf>* <{kind}> . ?s a ?class ." if kind else "?s a ?class ."
        names = f"VALUES ?p {{ {_NAMES} }} {self._from('?g')} {{ ?s ?p ?o }}"
        types = f"VALUES ?p {{ <{RDF_TYPE}> }} ?s ?p ?o ."
        _fill(store, self._select(f"SELECT ?s ?p ?o ?g {{ {of_class} {{ {types} }} UNION {{ {names} }} }}")[1])
        _fill(store, self._select(f"SELECT ?s ?p ?o {{ VALUES ?p {{ <{RDFS}subClassOf> }} ?s ?p ?o }}")[1])

    def _fill_with_links(self, store: ox.Store, word: str) -> None:
        """Add what joins the things whose IRIs end with one word, such as a project and its objective."""
        things = {quad.subject for quad in store if isinstance(quad.subject, ox.NamedNode)}
        alike = {thing for thing in things if thing.value.rsplit("/", 1)[-1].casefold() == word.casefold()}
        if len(alike) > 1:
            _, rows = self._select(f"SELECT ?s ?p ?o {{ {_values('s', alike)} {_values('o', alike)} ?s ?p ?o }}")
            _fill(store, rows)

    def _from(self, graph: str) -> str:
        """Return the words before a pattern that is to be met in the graph of a source."""
        return f"GRAPH {graph}" if self.edition is None else source_graph(graph)

    def _portable(self, text: str) -> str:
        """Return a question of the catalogue as this server takes it."""
        query = portable(text)
        if self.edition is None:
            return query
        query = within_sources(query)
        return with_variable_graphs(query) if self.edition.union else query

    def _select(self, text: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a query. Raises `Refusal` where a limit of the server cut some off."""
        union = self.edition is not None and self.edition.union
        columns, rows = self._results(text, union)
        if len(rows) >= _MANY or (rows and len(rows) % _ROUND == 0):
            prologue = _PROLOGUE.match(text).group()  # type: ignore[union-attr]
            inner = text[len(prologue) :]
            if inner[:6].upper() == "SELECT" and not re.search(r"\bFROM\b", inner, re.IGNORECASE):
                counted = self._results(f"{prologue}SELECT (COUNT(*) AS ?all) {{ {{ {inner}\n}} }}", union)[1][0][0]
                if isinstance(counted, ox.Literal) and int(counted.value) > len(rows):
                    raise self._cut(len(rows), counted.value)
        return columns, rows

    def _results(self, text: str, union: bool = False) -> tuple[list[str], Rows]:
        """Return columns and rows as the server gives them; an ASK gives one cell, triples come sorted."""
        reply = self._remote.send(self._request(text, union))
        try:
            columns, rows = read(reply)
        except (SyntaxError, ValueError, KeyError, TypeError, AttributeError):
            raise refuse("endpoint-no-results", Where(self.url), value=self.url, form=reply.form) from None
        if reply.status == _PARTIAL or "X-SPARQL-MaxRows" in reply.headers:
            raise self._cut(len(rows), "?")
        return columns, rows

    def _cut(self, count: int, every: str) -> Refusal:
        return refuse("endpoint-cut", Where(self.url), value=self.url, count=str(count), all=every)

    def _request(self, text: str, union: bool) -> urllib.request.Request:
        """Return the request that SPARQLWrapper makes of a query; sending it is ours (log-in, limits, redirections)."""
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

        wrapper = SPARQLWrapper(self.url)
        wrapper.setMethod(POST)
        wrapper.setQuery(text)
        wrapper.setReturnFormat(TURTLE if wrapper.queryType in ("CONSTRUCT", "DESCRIBE") else JSON)
        if union:
            wrapper.addParameter("default-graph-uri", UNION)
        request: urllib.request.Request = wrapper._createRequest()
        return request


def _thing(term: Term | None) -> Term | None:
    """Return a cell of our graph; an IRI of ours may have become a text on the way through IF or UNION in Virtuoso."""
    if isinstance(term, ox.Literal) and term.datatype.value == XSD + "string" and term.value.startswith(BASE):
        return iri(term.value) or term
    return term


def _ordered(columns: list[str], rows: Rows, order: str) -> Rows:
    """Return rows in the order of the embedded engine; servers sort unbound cells and IRIs as they like."""
    if not order or not rows or any(isinstance(term, ox.BlankNode) for row in rows for term in row):
        return rows
    names = " ".join(f"?{column}" for column in columns)
    cells = (" ".join("UNDEF" if term is None else str(term) for term in row) for row in rows)
    values = "\n".join(f"({row})" for row in cells)
    return run(ox.Store(), f"SELECT {names} {{ VALUES ({names}) {{ {values} }} }} {order}", "query")[1]


def _fill(store: ox.Store, rows: Rows) -> None:
    """Add rows of subject, predicate, object and perhaps graph; what has a graph stands in the union as well."""
    for subject, predicate, value, *graph in rows:
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode) and value is not None:
            store.add(ox.Quad(subject, predicate, value))
            if graph and isinstance(graph[0], ox.NamedNode):
                store.add(ox.Quad(subject, predicate, value, graph[0]))


def _direct(word: str, kind: str | None) -> set[ox.NamedNode]:
    """Return the things that a word may mean by IRI, path or code."""
    path = class_path(kind) if kind else None
    found = (iri(text) for text in candidates(word.strip(), path))
    return {thing for thing in found if thing is not None}


def _values(variable: str, things: Iterable[ox.NamedNode]) -> str:
    return f"VALUES ?{variable} {{ {' '.join(sorted(map(str, things)))} }}"


def _batches(things: set[ox.NamedNode]) -> Iterator[list[ox.NamedNode]]:
    """Yield some things at a time; at least once, though there be none."""
    ordered = sorted(things, key=str)
    for start in range(0, max(len(ordered), 1), _BATCH):
        yield ordered[start : start + _BATCH]


def _is_text(term: Term) -> TypeGuard[ox.Literal]:
    return isinstance(term, ox.Literal)
