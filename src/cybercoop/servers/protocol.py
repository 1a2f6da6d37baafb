"""The SPARQL 1.1 Protocol: a query goes to a server, and its result comes back whole or is refused."""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from cybercoop.names import UNION
from cybercoop.problems import Refusal, Where, refuse
from cybercoop.servers.remote import Arriving, Remote
from cybercoop.servers.replies import UNREADABLE, Result, Rows, read, read_triples
from cybercoop.sparql.limits import Clock, Limits

if TYPE_CHECKING:
    import urllib.request

EVERYTHING = Limits(sys.maxsize, sys.maxsize, memory=sys.maxsize)
"""The limits of an answer that is wanted as a whole; it has the seconds of one request."""

_MANY, _ROUND = 1000, 50
"""Answers that are counted on the server as well: long ones, and those as long as a limit may be."""

_PARTIAL = 206
_PROLOGUE = re.compile(r"(?:\s*(?:PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>|#[^\n]*\n))*\s*", re.IGNORECASE)


class Server:
    """A server's address for queries; `software` is what it calls itself, once it has answered."""

    def __init__(self, url: str) -> None:
        """Raise `Refusal` for what is no address of a server."""
        self._remote = Remote(url)
        self.url = url
        self.software = ""

    def within(self, clock: Clock) -> Self:
        """Return the same server, all requests to which together have the seconds of a clock."""
        held = copy.copy(self)
        held._remote = self._remote.within(clock)
        return held

    @contextlib.contextmanager
    def answer(self, text: str, union: bool, limits: Limits = EVERYTHING) -> Iterator[Result]:
        """Give the result of a query while it arrives; with `union`, of the graph that holds each triple once.

        After its rows, `Refusal` is raised where a limit of the server cut some off.
        """
        with self._received(text, union, limits) as found:
            yield replace(found, blocks=self._counted(found.blocks, text, union))

    def results(self, text: str, union: bool = False) -> Rows:
        """Return the rows of a query; an ASK gives one cell."""
        with self._received(text, union, EVERYTHING) as found:
            return [row for block in found.blocks for row in block]

    def triples(self, text: str) -> list[ox.Triple]:
        """Return the triples that a query constructs."""
        return read_triples(self._remote.send(self._request(text, False)))

    @contextlib.contextmanager
    def _received(self, text: str, union: bool, limits: Limits) -> Iterator[Result]:
        """Give the result of a query as the server gives it."""
        with self._remote.receive(self._request(text, union)) as reply:
            self.software = reply.headers.get("Server", "")
            with self._understood(reply):
                found = read(reply, limits)
            yield replace(found, blocks=self._uncut(reply, found.blocks))

    def _uncut(self, reply: Arriving, blocks: Iterator[Rows]) -> Iterator[Rows]:
        """Yield rows; raises `Refusal` where they are none, or the server says that it has left some out."""
        count = 0
        with self._understood(reply):
            for block in blocks:
                count += len(block)
                yield block
        if reply.status == _PARTIAL or "X-SPARQL-MaxRows" in reply.headers:
            raise self._cut(count, "?")

    def _counted(self, blocks: Iterator[Rows], text: str, union: bool) -> Iterator[Rows]:
        """Yield rows, and have the server count them where there are suspiciously many."""
        count = 0
        for block in blocks:
            count += len(block)
            yield block
        if count < _MANY and (not count or count % _ROUND):
            return
        prologue = _PROLOGUE.match(text).group()  # type: ignore[union-attr]
        inner = text[len(prologue) :]
        if inner[:6].upper() == "SELECT" and not re.search(r"\bFROM\b", inner, re.IGNORECASE):
            [[counted]] = self.results(f"{prologue}SELECT (COUNT(*) AS ?all) {{ {{ {inner}\n}} }}", union)
            if isinstance(counted, ox.Literal) and int(counted.value) > count:
                raise self._cut(count, counted.value)

    @contextlib.contextmanager
    def _understood(self, reply: Arriving) -> Iterator[None]:
        """Say as a `Refusal` that a reply is no result."""
        try:
            yield
        except UNREADABLE:
            raise refuse("endpoint-no-results", Where(self.url), value=self.url, form=reply.form) from None

    def _cut(self, count: int, every: str) -> Refusal:
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
