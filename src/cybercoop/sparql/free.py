"""A query of one's own, in SPARQL 1.1: looked at before it runs, run by a worker, read in blocks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from cybercoop.answers.answer import Answer, Term
from cybercoop.problems import Refusal, Where, refuse
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.sparql.runner import unreadable
from cybercoop.sparql.worker import Clock, Worker
from cybercoop.workspace import Workspace

_BLOCK = 1000
_TABLE = ox.QueryResultsFormat.TSV
_LIMITS = {
    "rows": "query-limit-rows",
    "bytes": "query-limit-bytes",
    "seconds": "query-limit-seconds",
    "memory": "query-limit-memory",
}
"""Name of a limit → the problem of meeting it."""

Row = list[Term | None]


@dataclass
class Stream:
    """An answer that is read while it is still computed; `kind` is `rows`, `triples` or `truth`.

    `given` counts the rows read so far; `clock` stands still while whoever reads is waited for.
    """

    kind: str
    columns: list[str]
    clock: Clock
    _source: Iterator[list[Row]]
    given: int = field(default=0)

    def blocks(self) -> Iterator[list[Row]]:
        """Yield rows, at most a thousand at a time; raises `Refusal` where a limit is met."""
        for block in self._source:
            self.given += len(block)
            yield block


@contextlib.contextmanager
def stream(workspace: Workspace, text: str, limits: Limits) -> Iterator[Stream]:
    """Give the answer to a query as a stream; the worker behind it ends with the block.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    look(text)
    worker = Worker(workspace.stored.folder, text, limits)
    try:
        lines = worker.lines()
        first = next(lines, [])
        if not first:
            raise _refusal(worker.verdict(), text, limits)
        header: dict[str, Any] = json.loads(first[0])
        columns = header["columns"]
        yield Stream(header["kind"], columns, worker.clock, _rows(worker, columns, first[1:], lines, text, limits))
    finally:
        worker.close()


def sparql(workspace: Workspace, text: str, lang: str = "en", limits: Limits = DEFAULT) -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` as `stream` does, and where a limit is met: an answer is whole.
    """
    with stream(workspace, text, limits) as found:
        rows = [row for block in found.blocks() for row in block]
    if found.kind == "triples":
        rows.sort(key=lambda row: [str(term) for term in row])
    store = workspace.stored.open()
    named = workspace.labels(store, (term for row in rows for term in row))
    return Answer(found.columns, rows, {}, named, lang, False, {})


def _rows(
    worker: Worker, columns: list[str], first: list[bytes], rest: Iterator[list[bytes]], text: str, limits: Limits
) -> Iterator[list[Row]]:
    header = "\t".join(f"?{column}" for column in columns).encode()
    if first:
        yield from _parsed(header, first, len(columns))
    for lines in rest:
        yield from _parsed(header, lines, len(columns))
    verdict = worker.verdict()
    if verdict["end"] != "done":
        raise _refusal(verdict, text, limits)


def _parsed(header: bytes, lines: list[bytes], width: int) -> Iterator[list[Row]]:
    """Yield the terms of some lines; a row without columns is an empty line."""
    for start in range(0, len(lines), _BLOCK):
        part = lines[start : start + _BLOCK]
        if not width:
            yield [[] for _ in part]
            continue
        data = b"\n".join([header, *part, b""])
        parsed = ox.parse_query_results(data, format=_TABLE)
        yield [[solution[index] for index in range(width)] for solution in parsed]  # type: ignore[union-attr]


def _refusal(verdict: dict[str, Any], text: str, limits: Limits) -> Refusal:
    """Return why a query was not answered, or not to its end."""
    end, where = verdict["end"], Where("query")
    if end == "syntax":
        return unreadable(text, "query", verdict["said"])
    if end in _LIMITS:
        return refuse(_LIMITS[end], where, limit=f"{getattr(limits, end):,}")
    return refuse("query-crashed", where, value=verdict.get("said", ""))
