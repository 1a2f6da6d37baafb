"""What a free query may not do, seen before it runs: leave the graph, change it, nest without end."""

from __future__ import annotations

from collections.abc import Iterator

from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.grammar import UPDATES, parse
from cybercoop.sparql.tokens import MAX_DEPTH, IsUpdate, Malformed, Tokens, TooDeep, expanded
from cybercoop.sparql.tree import Dataset, Query, Service, walk
from cybercoop.terms.names import BASE, QUERY_PREFIXES

MAX_CHARACTERS = 100_000
"""The longest query that is read."""

_BEYOND = ("FROM", "SERVICE")
"""What leads out of the graph."""


def look(text: str) -> str:
    """Return a query as every engine reads it: without codepoint escapes, which some know in texts and IRIs only.

    Raises `Refusal` with line and column where it is empty, too long or too deep, or would leave or change the graph.

    A query that our grammar does not have, for the engine to read or to refuse, is looked at word by word. An engine
    may read words where we read none: it is given no such query in which anything that leads out stands anywhere.
    """
    if len(text) > MAX_CHARACTERS:
        raise refuse("query-too-long", Where("query"), value=f"{len(text):,}", limit=f"{MAX_CHARACTERS:,}")
    try:
        for code, offset, value in _harms(parse(text, QUERY_PREFIXES)):
            raise Malformed(text, offset, value, "").refusal("query", code, value)
        return text if r"\\" in text else expanded(text)[0]  # which may be that of a backslash
    except TooDeep as error:
        raise error.refusal("query", "query-too-deep", str(MAX_DEPTH)) from None
    except IsUpdate as error:
        raise error.refusal("query", "query-refused", error.found) from None
    except Malformed as error:
        _look_at_words(text, error)
        return text


def _harms(query: Query) -> Iterator[tuple[str, int, str]]:
    """Yield what a query may not hold: the code, where it stands, and what it is."""
    for node in walk(query):
        if isinstance(node, Service):
            yield "query-refused", node.start, "SERVICE"
        elif isinstance(node, Dataset) and not node.graph.value.startswith(BASE):
            yield "query-from-outside", node.graph.start, query.of(node.graph)


def _look_at_words(text: str, error: Malformed) -> None:
    """Raise `Refusal` where a text that cannot be read has words that no query here may have.

    A keyword needs no space beside it for every parser, so that SERVICE is found inside a longer word too.
    """
    letters = ""
    try:
        tokens = Tokens(text)
        letters = tokens.text.upper()
        if tokens.kind == "end":
            raise refuse("query-empty", Where("query"))
        while tokens.kind != "end":
            word = tokens.at.upper() if tokens.kind in ("word", "name") else ""
            if not (word in UPDATES or "SERVICE" in word or word == "FROMNAMED"):
                tokens.advance()
                continue
            here = tokens.wrong("")
            tokens.advance()
            if word != "FROMNAMED":
                raise here.refusal("query", "query-refused", word if word in UPDATES else "SERVICE")
            raise here.refusal("query", "query-from-outside", tokens.at)
    except TooDeep as deep:
        raise deep.refusal("query", "query-too-deep", str(MAX_DEPTH)) from None
    except Malformed:  # the engine may say more of it
        pass
    if not letters or any(word in letters for word in _BEYOND):
        raise error.refusal("query")
