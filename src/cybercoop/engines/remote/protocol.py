"""The SPARQL 1.1 Protocol: a query goes to a server, and its result comes back whole or is refused."""

from __future__ import annotations

import contextlib
import copy
import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from cybercoop.engines.remote.http import Arriving, Remote, Reply
from cybercoop.engines.remote.replies import UNREADABLE, Result, Rows, read, read_triples
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, Clock, Limits
from cybercoop.sparql.stream import limit_met, within_rows
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Query
from cybercoop.terms.names import QUERY_PREFIXES, UNION

if TYPE_CHECKING:
    import urllib.request

_MANY, _ROUND = 1000, 50
"""Answers that are counted on the server as well: long ones, and those as long as a limit may be."""

_PARTIAL = 206
_MAX_ROWS, _STATE = "X-SPARQL-MaxRows", "X-SQL-State"
"""What Virtuoso says beside an answer of which it has left out rows, or which its limit of time has ended."""


class Server:
    """A server's address for queries; `software` is what it calls itself, once it has answered."""

    def __init__(self, url: str) -> None:
        """Raise `Refusal` for what is no address of a server."""
        self._remote = Remote(url)
        self.url = url
        self.software = ""
        self.limits = DEFAULT
        self._taken: list[int] | None = None

    def within(self, clock: Clock) -> Self:
        """Return the same server, all requests to which together have the seconds of a clock."""
        held = copy.copy(self)
        held._remote = self._remote.within(clock)
        return held

    def allowing(self, limits: Limits) -> Self:
        """Return the same server, all replies of which together have the bytes of some limits, and each the others."""
        held = copy.copy(self)
        held.limits, held._taken = limits, [0]
        return held

    @contextlib.contextmanager
    def answer(self, text: str, union: bool) -> Iterator[Result]:
        """Give the result of a query while it arrives; with `union`, of the graph that holds each triple once.

        After its rows, `Refusal` is raised where a limit of the server cut some off.
        """
        with self._received(text, union) as found:
            yield replace(found, blocks=self._counted(found, text, union))

    def results(self, text: str, union: bool = False) -> Rows:
        """Return the rows of a query; an ASK gives one cell."""
        with self._received(text, union) as found:
            return [row for block in found.blocks for row in block]

    def triples(self, text: str) -> list[ox.Triple]:
        """Return the triples that a query constructs."""
        reply = self._remote.send(self._request(text, False))
        triples = read_triples(reply)
        self._look(reply, len(triples))
        return triples

    @contextlib.contextmanager
    def _received(self, text: str, union: bool) -> Iterator[Result]:
        """Give the result of a query as the server gives it."""
        with self._remote.receive(self._request(text, union)) as reply:
            self.software = reply.headers.get("Server", "")
            with self._understood(reply):
                found = read(self._counted_bytes(reply), self.limits)
            yield replace(found, blocks=self._uncut(reply, within_rows(found.blocks, self.limits)))

    def _counted_bytes(self, reply: Arriving) -> Arriving:
        """Return a reply whose reading raises `Refusal` where it, with those before, has too many bytes."""
        taken = [0] if self._taken is None else self._taken

        def piece() -> bytes:
            found = reply.read()
            taken[0] += len(found)
            if taken[0] > self.limits.bytes:
                raise limit_met("bytes", self.limits)
            return found

        return replace(reply, read=piece)

    def _uncut(self, reply: Arriving, blocks: Iterator[Rows]) -> Iterator[Rows]:
        """Yield rows; raises `Refusal` where they are none, or the server says that it has left some out."""
        count = 0
        with self._understood(reply):
            for block in blocks:
                count += len(block)
                yield block
        self._look(reply, count)

    def _look(self, reply: Arriving | Reply, count: int) -> None:
        """Raise `Refusal` where a server says that it has left something out."""
        if _STATE in reply.headers:
            raise refuse("endpoint-interrupted", Where(self.url), value=self.url)
        if reply.status == _PARTIAL or _MAX_ROWS in reply.headers:
            raise self._cut(count, "?")

    def _counted(self, found: Result, text: str, union: bool) -> Iterator[Rows]:
        """Yield rows, and have the server count them where there are suspiciously many.

        Virtuoso leaves out triples and does not say so; it says so of the rows that they are made from.
        """
        count = 0
        for block in found.blocks:
            count += len(block)
            yield block
        if found.kind == "triples":
            if "virtuoso" in self.software.lower() and (rows := _solutions(text)):
                with self._remote.receive(self._request(rows, union)) as reply:
                    self._look(reply, count)
            return
        if count < _MANY and (not count or count % _ROUND):
            return
        query = _read(text)
        if query and query.form == "SELECT" and not query.datasets:
            self.hold_against(f"{{ {text[query.start :]}\n}}", count, union, text[: query.start])

    def hold_against(self, pattern: str, count: int, union: bool = False, prologue: str = "") -> None:
        """Raise `Refusal` where a pattern has more solutions than came."""
        every = self._count(pattern, union, prologue)
        if every > count:
            raise self._cut(count, str(every))

    def _count(self, pattern: str, union: bool, prologue: str) -> int:
        """Return how many solutions a pattern has; raises `Refusal` for an answer that is no number."""
        rows = self.results(f"{prologue}SELECT (COUNT(*) AS ?all) {{ {pattern} }}", union)
        if [len(row) for row in rows] == [1] and isinstance(rows[0][0], ox.Literal) and rows[0][0].value.isdecimal():
            return int(rows[0][0].value)
        raise refuse("endpoint-no-results", Where(self.url), value=self.url, form="COUNT")

    @contextlib.contextmanager
    def _understood(self, reply: Arriving) -> Iterator[None]:
        """Say as a `Refusal` that a reply is no result."""
        try:
            yield
        except UNREADABLE:
            raise refuse("endpoint-no-results", Where(self.url), value=self.url, form=reply.form) from None

    def _cut(self, count: int, every: str) -> Refusal:
        """Return the refusal of an answer of which so many rows came."""
        return refuse("endpoint-cut", Where(self.url), value=self.url, count=str(count), all=every)

    def _request(self, text: str, union: bool) -> urllib.request.Request:
        """Return the request that SPARQLWrapper makes of a query; sending it is ours (log-in, limits, redirections)."""
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

        wrapper = SPARQLWrapper(self.url)
        wrapper.setMethod(POST)
        logging.getLogger("SPARQLWrapper").setLevel(logging.CRITICAL)  # what a query is worth is for the server to say
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            wrapper.setQuery(text)
        wrapper.setReturnFormat(TURTLE if wrapper.queryType in ("CONSTRUCT", "DESCRIBE") else JSON)
        if union:
            wrapper.addParameter("default-graph-uri", UNION)
        request: urllib.request.Request = wrapper._createRequest()
        return request


def _read(text: str) -> Query | None:
    """Return the tree of a query; none of one that only its server can read."""
    try:
        return parse(text, QUERY_PREFIXES)
    except Malformed:
        return None


def _solutions(text: str) -> str:
    """Return a query for the rows that a CONSTRUCT or DESCRIBE makes its triples from; none where it names things."""
    query = _read(text)
    if query is None or query.where is None:
        return ""
    start = min(node.start for node in (*query.datasets, query.where))
    return f"{text[: query.start]}SELECT (1 AS ?one) {text[start:]}"
