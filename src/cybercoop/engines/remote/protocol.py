"""The SPARQL 1.1 Protocol: a query goes to a server, and its result is read as it arrives, whole or refused."""

from __future__ import annotations

import codecs
import contextlib
import copy
import json
import logging
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import pyoxigraph as ox

from cybercoop.engines.remote.http import Arriving, Remote, Reply
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, Clock, Limits, Row, limit_met, within_rows
from cybercoop.sparql.paths import MOST, with_paths_followed
from cybercoop.sparql.rewriting import DIALECTS, in_dialect
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Query
from cybercoop.terms.literals import settled
from cybercoop.terms.names import QUERY_PREFIXES, UNION, XSD
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    import urllib.request

Rows = list[Row]

UNREADABLE = (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading raises where a reply is no result, or half of one."""

_BLOCK = 1000
_PROMPT_SECONDS = 0.05
_HEAD = 1 << 20
"""How much may stand before the first row and after the last, and how much is read again and again for one row."""

_OF_MEMORY = 16
"""A row, or a reply that must be there as a whole, may take this part of the memory; what is made of it takes more."""

_TRIPLES = (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES)
"""The formats of triples that are asked for; of others, RDF/XML lets a kilobyte become gigabytes."""

_ROWS = re.compile(r'"bindings"\s*:\s*\[')
_VARIABLE = re.compile(r"[\w\u00b7]+")
_GAP = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Result:
    """A result whose rows come in blocks, as they arrive; `kind` is `rows`, `triples` or `truth`."""

    kind: str
    columns: list[str]
    blocks: Iterator[Rows]


def read(reply: Arriving, limits: Limits) -> Result:
    """Return a result whose head has come; here or at its rows, what is none raises one of `UNREADABLE`.

    Raises `Refusal` where it needs more memory than the limits allow.
    """
    pieces = _Pieces(reply.read)
    form = ox.RdfFormat.from_media_type(reply.form)
    if form not in _TRIPLES:
        return _bindings(_Text(pieces, limits))
    triples = (quad.triple for quad in ox.parse(pieces, format=form))  # type: ignore[arg-type]
    rows: Iterable[Row] = ([triple.subject, triple.predicate, triple.object] for triple in triples)
    return Result("triples", ["subject", "predicate", "object"], _blocks(rows))


def read_triples(reply: Reply) -> list[ox.Triple]:
    """Return the triples of a reply; raises `SyntaxError` or `ValueError` where there are none to read."""
    form = ox.RdfFormat.from_media_type(reply.form)
    if form not in _TRIPLES:
        raise ValueError(reply.form)
    return [quad.triple for quad in ox.parse(reply.body, format=form)]


class _Pieces:
    """The bytes of a reply, as a file gives them."""

    def __init__(self, source: Callable[[], bytes]) -> None:
        self.next = source
        self._rest = b""

    def read(self, most: int = -1) -> bytes:
        """Return some bytes, as files do."""
        piece = self._rest or self.next()
        cut = len(piece) if most < 0 else most
        self._rest = piece[cut:]
        return piece[:cut]


class _Text:
    """The text of a reply, as much of it as has come and has not been taken."""

    def __init__(self, pieces: _Pieces, limits: Limits) -> None:
        self.held = ""
        self.at = 0
        self._pieces = pieces
        self._limits = limits
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode

    def more(self, wanted: int = 1) -> bool:
        """Wait for some more characters; return whether any came. Raises `Refusal` where too much is held."""
        parts, count = [self.held[self.at :]], 0
        while count < wanted and (piece := self._pieces.next()):
            parts.append(self._decode(piece))
            count += len(piece)
            if len(parts[0]) + count > self._limits.memory // _OF_MEMORY:
                raise limit_met("memory", self._limits)
        self.held, self.at = "".join(parts), 0
        return count > 0

    def rest(self) -> str:
        """Return all that is still to come."""
        while self.more(max(len(self.held), 1)):
            pass
        return self.held

    def row(self) -> Mapping[str, Any] | None:
        """Return the next object of a list, or None at the end of the list; raises `ValueError` where there is none."""
        while True:
            self.at = _GAP.match(self.held, self.at).end()  # type: ignore[union-attr]
            first = self.held[self.at : self.at + 1]
            if first == "]":
                return None
            if first not in ("{", ""):
                raise ValueError(first)
            try:
                found, self.at = _DECODER.raw_decode(self.held, self.at)
            except ValueError:
                length = len(self.held) - self.at
                if not self.more(length if length > _HEAD else 1):
                    raise
            else:
                row: Mapping[str, Any] = found
                return row


def _bindings(text: _Text) -> Result:
    """Return the result in a text of SPARQL Query Results JSON."""
    while not (start := _ROWS.search(text.held)) and text.more():
        if len(text.held) > _HEAD:
            raise ValueError("no rows")
    if start is None:
        return _truth(bool(json.loads(text.held)["boolean"]))
    text.at = start.end()
    before = text.held[: text.at]
    known = json.loads(before + "]}}")
    if "head" not in known:  # a server may say last what the columns are
        text.at = 0
        known = json.loads(text.rest())
        columns, found = known["head"]["vars"], iter(known["results"]["bindings"])
    else:
        columns, found = known["head"]["vars"], _found(text, before)
    if not all(_VARIABLE.fullmatch(name) for name in columns):
        raise ValueError("no variables")
    rows = ([_term(row[name]) if name in row else None for name in columns] for row in found)
    if columns == ["__ASK_RETVAL"]:  # Virtuoso
        return _truth(any(str(row[0]).startswith('"1"') for row in rows))
    return Result("rows", columns, _blocks(rows))


def _found(text: _Text, before: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a text; raises `ValueError` where it does not end as it must."""
    while (row := text.row()) is not None:
        yield row
    while text.more():
        if len(text.held) > _HEAD:
            raise ValueError("no end")
    json.loads(before + text.held[text.at :])


def _truth(value: bool) -> Result:
    return Result("truth", ["answer"], iter([[[ox.Literal(value)]]]))


def _blocks(rows: Iterable[Row]) -> Iterator[Rows]:
    """Yield rows by the thousand, or by the moment where they come slowly; those before a refusal as well."""
    waiting: Rows = []
    given = time.monotonic()
    try:
        for row in rows:
            waiting.append(row)
            if len(waiting) == _BLOCK or time.monotonic() - given > _PROMPT_SECONDS:
                yield waiting
                waiting, given = [], time.monotonic()
    except Refusal:
        if waiting:
            yield waiting
        raise
    if waiting:
        yield waiting


def _term(cell: Mapping[str, str]) -> Term:
    """Return the term in a cell of JSON results, of this day or of 2007 (`typed-literal`), in its settled form."""
    kind, value = cell["type"], cell["value"]
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(re.sub(r"[^A-Za-z0-9]", "-", value))
    if language := cell.get("xml:lang"):
        return ox.Literal(value, language=language)
    datatype = cell.get("datatype", XSD + "string")
    return ox.Literal(settled(value, datatype), datatype=ox.NamedNode(datatype))


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

    @property
    def kind(self) -> str:
        """Which of the servers that want queries of their own this is, by what it says of itself; "" for any other."""
        return next((name for name in DIALECTS if name in self.software.lower()), "")

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
            if self.kind == "virtuoso" and (rows := _solutions(text)):
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

    def _pairs(self, name: str, union: bool) -> list[tuple[str, str]] | None:
        """Return what a property joins; None where these are too many, or not things alone."""
        rows = self.results(f"SELECT DISTINCT ?s ?o {{ ?s <{name}> ?o }} LIMIT {MOST + 1}", union)
        things = [(str(s), str(o)) for s, o in rows if isinstance(s, ox.NamedNode) and isinstance(o, ox.NamedNode)]
        return things if len(things) == len(rows) <= MOST else None

    def _request(self, text: str, union: bool) -> urllib.request.Request:
        """Return what SPARQLWrapper makes of a query in the server's dialect; log-in, limits and sending are ours."""
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

        wrapper = SPARQLWrapper(self.url)
        wrapper.setMethod(POST)
        logging.getLogger("SPARQLWrapper").setLevel(logging.CRITICAL)  # what a query is worth is for the server to say
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            wrapper.setQuery(text)
        wrapper.queryString = in_dialect(text, self.kind)
        if self.kind == "virtuoso":
            wrapper.queryString = with_paths_followed(wrapper.queryString, lambda name: self._pairs(name, union))
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
