"""A query of one's own, in SPARQL 1.1."""

from __future__ import annotations

import re

from cybercoop.answer import Answer
from cybercoop.problems import Where, refuse
from cybercoop.runner import run
from cybercoop.workspace import Workspace

_QUIET = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'''
    r"""|'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n]|\\.)*'"""
    r"""|<[^\s<>"{}|\\^`]*>|\#[^\n]*""",
    re.DOTALL,
)
"""Strings, IRIs and comments, in one pass from left to right: what stands in them is no keyword."""


def sparql(workspace: Workspace, text: str, lang: str = "en") -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    refuse_outside(text)
    store = workspace.stored.open()
    columns, rows = run(store, text, "query")
    return Answer(columns, rows, {}, workspace.labels(store, (term for row in rows for term in row)), lang, False, {})


def refuse_outside(text: str) -> None:
    """Raise `Refusal` where a query has SERVICE outside strings, IRIs and comments: Oxigraph would send the request."""
    bare = _QUIET.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    if match := re.search(r"(?<![\w?$:-])SERVICE(?![\w:-])", bare, re.IGNORECASE):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        raise refuse("query-refused", Where("query", line, column), line=text.splitlines()[line - 1], value="SERVICE")
