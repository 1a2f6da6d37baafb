"""A question of the catalogue, rewritten with the same meaning for servers that take less than the standard gives."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from cybercoop.terms.names import BASE, EDITION, UNION

_UNDEF = re.compile(r"VALUES \?(\w+) \{ UNDEF \}")
_GUARD = re.compile(r"\{\s*VALUES \?(?P<name>\w+) \{ UNDEF \}\s*FILTER\((?P<unless>!?)\s*BOUND\(\?(?P=name)\)\)\s*\}")
_SOURCE = re.compile(r"GRAPH (\?\w+)")
_MADE = re.compile(r"^  BIND\((?P<how>(?:(?!^  \S).)*) AS \?(?P<name>\w+)\s*\)$", re.MULTILINE | re.DOTALL)
_FIXED = re.compile(r"GRAPH (source:[\w-]+)")


def portable(text: str) -> str:
    """Return a question without its front matter, and without the parameters that were not given.

    A block `VALUES ?x { UNDEF }` binds nothing and goes; with it go the filters that begin with `!BOUND(?x)`, where
    nothing else speaks of that variable. Of two branches, one for where a parameter was given and one for where it was
    not, each with a group that says so and nothing else, the latter stays.
    """
    query = _chosen("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    idle = sorted({match.group(1) for match in _UNDEF.finditer(query)})
    query = _UNDEF.sub("", query)
    for variable in idle:
        shorter = _without_filters(query, variable)
        query = query if re.search(rf"\?{variable}\b", shorter) else shorter
    return query


def columns_of(text: str) -> list[str]:
    """Return the columns of a question, as its SELECT names them."""
    head = re.search(r"^SELECT(?: DISTINCT)? (.*?)(?: WHERE| \{|$)", text, re.MULTILINE)
    return re.findall(r"\?(\w+)", re.sub(r"\([^?]*\(.*? AS (\?\w+)\)", r"\1", head.group(1))) if head else []


def without_order(query: str, columns: Collection[str]) -> tuple[str, str]:
    """Return a question and its ORDER BY apart, where columns of the answer alone decide on the order.

    A variable that the question makes for its order, by a BIND at its end, stands there as what it is made from.
    """
    asked, words, order = query.rpartition("\nORDER BY ")
    for made in _MADE.finditer(asked):
        if made["name"] not in columns:
            order = " ".join(made["how"].split()).join(re.split(rf"\?{made['name']}\b", order))
    if not words or re.search(r"\b(LIMIT|OFFSET)\b", order) or set(re.findall(r"\?(\w+)", order)) - set(columns):
        return query, ""
    return asked, f"ORDER BY {order}"


def within_sources(query: str) -> str:
    """Return a query whose graphs are those of sources: not the union, not the note of the edition, nobody else's."""
    return _SOURCE.sub(lambda match: source_graph(match.group(1)), query)


def with_variable_graphs(query: str) -> str:
    """Return a query that finds the graph of a known source by a variable.

    With another default graph than its own, Virtuoso finds no graph by its name.
    """
    numbers = itertools.count()
    return _FIXED.sub(lambda match: "FILTER(?g{0} = {1}) GRAPH ?g{0}".format(next(numbers), match.group(1)), query)


def source_graph(variable: str) -> str:
    """Return the words before a pattern that is to be met in the graph of a source."""
    ours = f'STRSTARTS(STR({variable}), "{BASE}")'
    return f"FILTER({ours} && {variable} != <{UNION}> && {variable} != <{EDITION}>) GRAPH {variable}"


def _chosen(query: str) -> str:
    """Return a query without the branches for parameters that were given, where they were not."""
    while match := _GUARD.search(query):
        start, end = match.span()
        if not match["unless"]:
            start = query.rindex("{", 0, start)
            end = _closed(query, start, "{}") + len(" UNION")
        query = query[:start] + query[end:]
    return query


def _without_filters(query: str, variable: str) -> str:
    """Return a query without the filters that are true where a variable is unbound."""
    start = re.compile(rf"FILTER\(!BOUND\(\?{variable}\)(?: \|\||\))")
    while match := start.search(query):
        query = query[: match.start()] + query[_closed(query, match.start() + len("FILTER")) :]
    return query


def _closed(text: str, begin: int, pair: str = "()") -> int:
    """Return the place after the bracket that closes the one at `begin`; brackets in quotation marks are text."""
    depth = 0
    for match in re.finditer(rf'"[^"]*"|[{pair}]', text[begin:]):
        depth += {pair[0]: 1, pair[1]: -1}.get(match.group(), 0)
        if depth == 0:
            return begin + match.end()
    return len(text)
