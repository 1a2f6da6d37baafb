"""The engine in processes of their own: a free query is answered within limits, and read in blocks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from cybercoop.engines.runner import unreadable
from cybercoop.engines.store import Stored
from cybercoop.engines.worker import Worker
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.rewriting import UNSORTABLE, sortable
from cybercoop.sparql.stream import Row, Stream, is_limit, limit_met

_BLOCK = 1000
_TABLE = ox.QueryResultsFormat.TSV


@contextlib.contextmanager
def worked(stored: Stored, text: str, limits: Limits) -> Iterator[Stream]:
    """Give the answer of a worker on the store on disk; the worker ends with the block.

    Raises `Refusal` for a query that cannot be read, that would leave the graph, or that meets a limit.
    """
    text = look(text)
    worker = Worker(stored.folder, text, limits)
    try:
        lines = worker.lines()
        first = next(lines, [])
        if not first and UNSORTABLE in (verdict := worker.verdict()).get("said", ""):
            left = limits._replace(seconds=max(worker.clock.left(), 0.01))
            worker = Worker(stored.folder, sortable(text), left)
            lines = worker.lines()
            first = next(lines, [])
            verdict = {} if first else worker.verdict()
        if not first:
            raise _refusal(verdict, text, limits)
        header: dict[str, Any] = json.loads(first[0])
        rows = _rows(worker, header["columns"], first[1:], lines, text, limits)
        yield Stream(header["kind"], header["columns"], worker.clock, lambda _things: stored.open(), rows)
    finally:
        worker.close()


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
    end = verdict["end"]
    if end == "syntax":
        return unreadable(text, "query", verdict["said"])
    if is_limit(end):
        return limit_met(end, limits)
    return refuse("query-crashed", Where("query"), value=verdict.get("said", ""))
