"""A query of one's own, in SPARQL 1.1: looked at before it runs, run by a worker or another engine, read in blocks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cybercoop.answers.answer import Answer
from cybercoop.problems import Refusal, Where, is_text, refuse
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.sparql.runner import unreadable
from cybercoop.sparql.sorting import UNSORTABLE, sortable
from cybercoop.sparql.streams import Row, Stream, is_limit, limit_met
from cybercoop.sparql.worker import Worker
from cybercoop.workspace import Workspace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cybercoop.asking.ask import Engine

_BLOCK = 1000
_TABLE = ox.QueryResultsFormat.TSV


def stream(
    workspace: Workspace, text: str, limits: Limits, engine: Engine | None = None
) -> AbstractContextManager[Stream]:
    """Give the answer to a query as a stream; the worker or the connection behind it ends with the block.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    if not is_text(text):
        raise refuse("not-text", value="SPARQL")
    return engine.stream(text, limits) if engine else _worked(workspace, text, limits)


def sparql(
    workspace: Workspace, text: str, lang: str = "en", limits: Limits = DEFAULT, engine: Engine | None = None
) -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` as `stream` does, and where a limit is met: an answer is whole.
    """
    with stream(workspace, text, limits, engine) as found:
        rows = [row for block in found.blocks() for row in block]
        things = {term for row in rows for term in row if isinstance(term, ox.NamedNode)}
        named = workspace.labels(found.named(thing.value for thing in things), things)
    if found.kind == "triples":
        rows.sort(key=lambda row: [str(term) for term in row])
    return Answer(found.columns, rows, {}, named, lang, False, {})


@contextlib.contextmanager
def _worked(workspace: Workspace, text: str, limits: Limits) -> Iterator[Stream]:
    """Give the answer of a worker on the store on disk."""
    look(text)
    stored = workspace.stored
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
