"""What a SPARQL server sends back, read while it arrives: columns, and rows of terms in their settled form."""

from __future__ import annotations

import codecs
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from cybercoop.engines.remote.http import Arriving, Reply
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.stream import Row, limit_met
from cybercoop.terms.literals import settled
from cybercoop.terms.names import XSD
from cybercoop.terms.term import Term

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
