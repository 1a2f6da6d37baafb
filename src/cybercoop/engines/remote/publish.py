"""Publish the graph on a server, graph by graph, in an order that hides it until it is whole; then read it back."""

from __future__ import annotations

import hashlib
import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import pyoxigraph as ox

from cybercoop.engines.remote import Edition, Endpoint
from cybercoop.engines.remote.http import Remote, Reply
from cybercoop.engines.remote.protocol import read_triples
from cybercoop.problems.problem import Where, refuse
from cybercoop.terms.literals import date_type, first_day, settled
from cybercoop.terms.names import DCT, EDITION, UNION
from cybercoop.terms.term import Term

Facts = tuple[int, str]
"""How many statements a graph has, and their digest."""

_LIST = DCT + "description"

_AT_ONCE, _REQUEST = 48 << 20, 64 << 20
"""How many bytes go in one request that changes everything, and in one of several; Oxigraph takes 128 MiB."""

_LINES = 10_000
"""How many statements one step of a request holds; a statement is at most a few thousand bytes long."""

Progress = Callable[[int], None]
"""Is told how many more statements have been written or read back."""


@dataclass(frozen=True, slots=True)
class Published:
    """What now stands on the server; `hidden` tells that a server with transactions showed nobody a half.

    `merged` counts dates that the server takes for one with another of the same thing: `2024` and `2024-01-01`.
    """

    graphs: int
    statements: int
    digest: str
    hidden: bool
    merged: int


class Target(Protocol):
    """A way of writing to a server."""

    def hides(self, size: int) -> bool:
        """Return whether so many bytes are there from one moment to the next, so that nobody sees a part."""

    def put(self, graph: str | None, lines: list[str]) -> None:
        """Have a graph, or the default graph, hold these lines of N-Triples and nothing else."""

    def drop(self, graph: str) -> None:
        """Remove a graph."""

    def finish(self) -> None:
        """Send what has not been sent."""

    def triples(self, graph: str | None) -> list[ox.Triple]:
        """Return what a graph, or the default graph, holds."""


class GraphStore:
    """A server's address for the SPARQL 1.1 Graph Store HTTP Protocol: one request for each graph."""

    def __init__(self, url: str) -> None:
        """Raise `Refusal` for what is no address, or a server that cannot be reached or wants another log-in."""
        self._remote = Remote(url)
        self._send("GET", EDITION)  # a server that asks for a log-in does so before much is sent

    def hides(self, size: int) -> bool:
        """Return that nothing is hidden."""
        return False

    def put(self, graph: str | None, lines: list[str]) -> None:
        """Have a graph, or the default graph, hold these lines of N-Triples and nothing else."""
        self._send("PUT", graph, "".join(lines).encode())

    def drop(self, graph: str) -> None:
        """Remove a graph."""
        self._send("DELETE", graph)

    def finish(self) -> None:
        """Do nothing: all has been sent."""

    def triples(self, graph: str | None) -> list[ox.Triple]:
        """Return what a graph, or the default graph, holds."""
        reply = self._send("GET", graph)
        return read_triples(reply) if reply.body else []

    def _send(self, method: str, graph: str | None, body: bytes | None = None) -> Reply:
        named = f"graph={urllib.parse.quote(graph, safe='')}" if graph else "default"
        joint = "&" if "?" in self._remote.url else "?"
        headers = {"Accept": "application/n-triples"} if method == "GET" else {}
        if body is not None:
            headers["Content-Type"] = "text/turtle"  # of which N-Triples is a part; every server takes it
        url = f"{self._remote.url}{joint}{named}"
        return self._remote.send(urllib.request.Request(url, body, headers, method=method))  # noqa: S310


class Update:
    """A server's address for SPARQL 1.1 Update: all in one request, which a transaction makes one moment, or in few."""

    def __init__(self, url: str, endpoint: Endpoint) -> None:
        """Raise `Refusal` for what is no address."""
        self._remote = Remote(url)
        self._endpoint = endpoint
        self._steps: list[bytes] = []
        self._size = 0

    def hides(self, size: int) -> bool:
        """Return whether so many bytes go in one request."""
        return size <= _AT_ONCE

    def put(self, graph: str | None, lines: list[str]) -> None:
        """Have a graph, or the default graph, hold these lines of N-Triples and nothing else."""
        self._add(f"DROP SILENT {f'GRAPH <{graph}>' if graph else 'DEFAULT'}")
        for start in range(0, len(lines), _LINES):
            content = "".join(lines[start : start + _LINES])
            named = f"GRAPH <{graph}> {{\n{content}}}" if graph else content
            self._add(f"INSERT DATA {{ {named} }}")

    def drop(self, graph: str) -> None:
        """Remove a graph."""
        self._add(f"DROP SILENT GRAPH <{graph}>")

    def finish(self) -> None:
        """Send the steps that have not been sent as one request."""
        if not self._steps:
            return
        body = b" ;\n".join(self._steps)
        self._steps.clear()
        self._size = 0
        headers = {"Content-Type": "application/sparql-update"}
        self._remote.send(urllib.request.Request(self._remote.url, body, headers, method="POST"))  # noqa: S310

    def triples(self, graph: str | None) -> list[ox.Triple]:
        """Return what a graph, or the default graph, holds."""
        return self._endpoint.triples(graph)

    def _add(self, step: str) -> None:
        """Add a step; where the request becomes too large, send those before."""
        written = step.encode()
        if self._steps and self._size + len(written) > _REQUEST:
            self.finish()
        self._steps.append(written)
        self._size += len(written)


def reached(endpoint: str, graph_store: str | None, update: str | None) -> tuple[Endpoint, Target]:
    """Return the server at an address, and how it is written to. Raises `Refusal` where that is not one way alone."""
    if (graph_store is None) == (update is None):
        raise refuse("publish-where")
    queries = Endpoint(endpoint)
    return queries, GraphStore(graph_store) if graph_store is not None else Update(update or "", queries)


def publish(
    quads: Iterable[ox.Quad], endpoint: Endpoint, target: Target, progress: Progress | None = None
) -> Published:
    """Have the server hold these graphs and their union, read them back, and say there that they are whole.

    Graphs that an earlier edition of ours had and this one has not are removed; nothing else there is touched. May be
    repeated at any time, above all after it was interrupted. Raises `Refusal` where the server does not hold in the
    end what was sent.
    """
    told = progress or (lambda _count: None)
    graphs = _graphs(quads)
    facts = {graph: _facts(_parsed(lines)) for graph, lines in graphs.items()}
    gone = [graph for graph in json.loads(endpoint.said(_LIST) or "{}") if graph not in graphs]
    union = _has_union(endpoint, target)
    edition = Edition(True, union, hashlib.sha256(json.dumps(facts).encode()).hexdigest())
    contents: dict[str | None, list[str]] = {UNION if union else None: _union(graphs)}
    contents.update(graphs)
    hidden = target.hides(sum(len(line.encode()) for lines in contents.values() for line in lines))
    if not hidden:
        _say(target, replace(edition, whole=False), {**facts, **dict.fromkeys(gone, (0, ""))})
    for graph in gone:
        target.drop(graph)
    for graph, lines in contents.items():
        target.put(graph, lines)
        told(len(lines))
    if hidden:
        _say(target, edition, facts)
    target.finish()
    merged = 0
    for graph, lines in contents.items():
        there = _read(endpoint, target, graph)
        if _facts(there) != _facts(_parsed(lines)):
            merged += len(lines) - len(there)
            endpoint.hold_against(graph, len(there))
            if _facts(there, _day) != _facts(_parsed(lines), _day):
                _say(target, replace(edition, whole=False), facts)
                count, wanted = str(len(there)), str(len(lines))
                raise refuse(
                    "publish-differs", Where(endpoint.url), value=graph or "DEFAULT", count=count, wanted=wanted
                )
        told(len(lines))
    if not hidden:
        _say(target, edition, facts)
    if endpoint.edition_now() != edition:
        raise refuse("publish-differs", Where(endpoint.url), value=EDITION, count="0", wanted="1")
    return Published(len(graphs), sum(map(len, graphs.values())), edition.digest, hidden, merged)


def size(quads: Iterable[ox.Quad]) -> int:
    """Return how many statements `publish` writes and reads back."""
    graphs = _graphs(quads)
    return 2 * (sum(map(len, graphs.values())) + len(_union(graphs)))


def _graphs(quads: Iterable[ox.Quad]) -> dict[str, list[str]]:
    """Return the lines of each graph, sorted, each once, literals as they were written."""
    found: dict[str, set[str]] = {}
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            found.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")
    return {graph: sorted(lines) for graph, lines in sorted(found.items())}


def _union(graphs: Mapping[str, list[str]]) -> list[str]:
    """Return the lines of all graphs, each once."""
    return sorted(set().union(*graphs.values()), reverse=True)


def _has_union(endpoint: Endpoint, target: Target) -> bool:
    """Return whether each triple must stand once in a graph of that name: the default graph is taken, or is no graph.

    Raises `Refusal` where the server would then hide the sources.
    """
    before = endpoint.edition_now()
    if before is not None and before.digest:
        return before.union
    taken = endpoint.holds("?s ?p ?o")
    _say(target, Edition(False, taken, ""), {})
    ours = f"<{EDITION}> <{_LIST}> ?s"
    if not taken and not endpoint.holds(ours):
        return False
    if not endpoint.holds(f"GRAPH ?g {{ {ours} }} FILTER(?g = <{EDITION}>)", union=True):
        raise refuse("publish-no-union", Where(endpoint.url), value=endpoint.url)
    return True


def _say(target: Target, edition: Edition, facts: Mapping[str, Facts]) -> None:
    """Write down on the server which edition it holds, and what is in each of its graphs."""
    texts = {DCT + "identifier": edition.written(), _LIST: json.dumps(facts)}
    target.put(EDITION, [f"<{EDITION}> <{term}> {ox.Literal(text)} .\n" for term, text in texts.items()])
    target.finish()


def _read(endpoint: Endpoint, target: Target, graph: str | None) -> list[ox.Triple]:
    """Return what a graph on the server holds."""
    try:
        return target.triples(graph)
    except (SyntaxError, ValueError) as error:
        raise refuse("endpoint-no-results", Where(endpoint.url), value=endpoint.url, form=str(error)) from None


def _facts(triples: Iterable[ox.Triple], seen: Callable[[Term], Term] = lambda term: term) -> Facts:
    """Return how many triples these are, and the digest of their sorted lines, objects as they are `seen`."""
    lines = sorted({f"{triple.subject} {triple.predicate} {seen(_settled(triple.object))}" for triple in triples})
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _settled(term: Term) -> Term:
    if not isinstance(term, ox.Literal) or term.language:
        return term
    return ox.Literal(settled(term.value, term.datatype.value), datatype=term.datatype)


def _day(term: Term) -> Term:
    """Return a stated date as its first day, and any other term as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value == date_type(term.value):
        return ox.Literal(first_day(term.value))
    return term


def _parsed(lines: list[str]) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse("".join(lines), format=ox.RdfFormat.N_TRIPLES))
