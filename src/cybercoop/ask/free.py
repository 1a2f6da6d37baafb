"""A query of one's own, in SPARQL 1.1: looked at before it runs, run by a worker or another engine, read in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.engines.workers import worked
from cybercoop.problems.problem import is_text, refuse
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.sparql.stream import Stream
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cybercoop.engines.engine import Engine


def stream(
    workspace: Workspace, text: str, limits: Limits, engine: Engine | None = None
) -> AbstractContextManager[Stream]:
    """Give the answer to a query as a stream; the worker or the connection behind it ends with the block.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    if not is_text(text):
        raise refuse("not-text", value="SPARQL")
    return engine.stream(text, limits) if engine else worked(workspace.stored, text, limits)


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
