"""ORDER BY over values of different kinds, which the engine cannot sort as it stands: written so that it can."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cybercoop.sparql.guard import Token, tokens

UNSORTABLE = "total order"
"""Stands in what the engine says as it breaks off: to it 9 < 10 < "1z" < 9."""

_KEYS = ("isLITERAL({0})", "isNUMERIC({0})", "IF(isNUMERIC({0}), {0}, STR({0}))")
"""What a variable is sorted by: things before texts before numbers, numbers by value, all else by its text."""


def sortable(text: str) -> str:
    """Return a query in which every variable of an ORDER BY is sorted by kind, then by value or text."""
    found = list(tokens(text))
    parts, end = [], 0
    for index, (first, second) in enumerate(pairwise(found)):
        if first.group().upper() == "ORDER" and second.group().upper() == "BY":
            for start, stop, keys in _conditions(found[index + 2 :]):
                parts += [text[end:start], keys]
                end = stop
    return "".join([*parts, text[end:]])


def _conditions(rest: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Yield each condition that is a variable alone: from where to where it stands, and what is to stand there."""
    depth = 0
    for index, token in enumerate(rest):
        word, after = token.group().upper(), rest[index + 1 : index + 4]
        if token.lastgroup == "close" and depth == 0:
            return
        if depth == 0 and token.lastgroup == "variable":
            yield token.start(), token.end(), _keys(token.group(), "ASC")
        elif depth == 0 and word in ("ASC", "DESC") and [each.lastgroup for each in after] == _BRACKETED:
            yield token.start(), after[-1].end(), _keys(after[1].group(), word)
        elif depth == 0 and word in _AFTER:
            return
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")


_AFTER = frozenset({"LIMIT", "OFFSET", "VALUES"})
_BRACKETED = ["open", "variable", "close"]


def _keys(variable: str, direction: str) -> str:
    return " ".join(f"{direction}({key.format(variable)})" for key in _KEYS)
