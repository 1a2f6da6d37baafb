"""A query on a store: its columns and rows, or the place in the text where it cannot be read."""

from __future__ import annotations

import re

import pyoxigraph as ox

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.terms.names import QUERY_PREFIXES, XSD
from cybercoop.terms.term import Term

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def run(store: ox.Store, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
    """Return columns and rows; an ASK gives one cell, triples come as three columns, sorted.

    Raises `Refusal` with line and column in `file` for a query that cannot be read.
    """
    return answered(store, text, file)[1:]


def answered(store: ox.Store, text: str, file: str) -> tuple[str, list[str], list[list[Term | None]]]:
    """Return what kind of answer it is (`rows`, `triples` or `truth`), and what `run` returns."""
    try:
        result = store.query(text, prefixes=QUERY_PREFIXES)
        if isinstance(result, ox.QueryBoolean):
            value = ox.Literal("true" if result else "false", datatype=ox.NamedNode(XSD + "boolean"))
            return "truth", ["answer"], [[value]]
        if isinstance(result, ox.QueryTriples):
            rows = sorted(([t.subject, t.predicate, t.object] for t in result), key=lambda row: [str(t) for t in row])
            return "triples", ["subject", "predicate", "object"], rows
        columns = [variable.value for variable in result.variables]
        return "rows", columns, [list(solution) for solution in result]
    except SyntaxError as error:
        raise unreadable(text, file, str(error)) from None


def parse(text: str, file: str) -> None:
    """Raise `Refusal` with line and column in `file` for a query that cannot be read."""
    try:
        ox.Store().query(text, prefixes=QUERY_PREFIXES)
    except SyntaxError as error:
        raise unreadable(text, file, str(error)) from None


def unreadable(text: str, file: str, said: str) -> Refusal:
    """Return the refusal of a query that cannot be read, at the place that the parser's words name."""
    place = _PLACE.search(said)
    if place is None:
        return refuse("query-syntax", Where(file), value=said)
    line, column = int(place.group(1)), int(place.group(2))
    lines = text.split("\n")
    shown = lines[min(line, len(lines)) - 1]
    return refuse("query-syntax", Where(file, line, column), line=shown, value=_expected(place.group(3)))


def _expected(text: str) -> str:
    """Return the parser's words without the character classes that no person asked for."""
    head, found, rest = text.partition("expected one of ")
    words = [word for word in re.split(r",\s+", rest) if found and not word.startswith("[")]
    return f"{head}{found}{', '.join(words[:12])}" if words else text
