"""A query of ours asked in parts, for servers that refuse it as a whole: some turn it into SQL of a limited length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cybercoop.ask.grammar import tokens
from cybercoop.ask.patterns import written
from cybercoop.problems.problem import Refusal
from cybercoop.terms.term import Term

Row = list[Term | None]

Run = Callable[[str], tuple[list[str], list[Row]]]
"""Runs a query of ours: its text → columns and rows."""

_CLOSED = frozenset({"OPTIONAL", "MINUS", "EXISTS"})
"""What stands before a group whose branches cannot be asked one by one."""


def solutions(text: str, run: Run) -> tuple[list[str], list[Row]]:
    """Return the solutions of a query that neither counts nor cuts; where it is refused, those of its branches.

    A solution of two branches may come twice. Raises `Refusal` where a part without branches is refused.
    """
    try:
        return run(text)
    except Refusal as refusal:
        if not _refused(refusal) or not (parts := branches(text)):
            raise
    answers = [solutions(part, run) for part in parts]
    columns = list(dict.fromkeys(column for found, _ in answers for column in found))
    rows = []
    for found, some in answers:
        places = [found.index(column) if column in found else None for column in columns]
        rows += [[None if place is None else row[place] for place in places] for row in some]
    return columns, rows


def matches(values: Sequence[str], asked: Callable[[Sequence[str]], str], run: Run) -> Iterator[Row]:
    """Yield the rows of a query about some values; where it is refused, those for half of them, and for the others."""
    if len(values) == 1:
        yield from solutions(asked(values), run)[1]
        return
    try:
        rows = run(asked(values))[1]
    except Refusal as refusal:
        if not _refused(refusal):
            raise
        middle = len(values) // 2
        yield from matches(values[:middle], asked, run)
        yield from matches(values[middle:], asked, run)
    else:
        yield from rows


def branches(text: str) -> list[str]:
    """Return a query once for each branch of its first UNION whose solutions are solutions of the query; else none."""
    words = list(tokens(text))
    begun: list[tuple[int, bool]] = []
    for place, word in enumerate(words):
        if word == "{":
            begun.append((place, (not begun or begun[-1][1]) and _passes(words, place)))
        elif word == "}":
            first, _ = begun.pop()
            if words[place + 1 : place + 2] == ["UNION"] and begun[-1][1]:
                return _one_by_one(words, first)
    return []


def _one_by_one(words: list[str], first: int) -> list[str]:
    """Return a query with each of the groups that UNION joins, from the one that begins at a place."""
    groups, start = [], first
    while True:
        end = _end(words, start)
        groups.append(words[start:end])
        if words[end : end + 1] != ["UNION"]:
            return [written([*words[:first], *group, *words[end:]]) for group in groups]
        start = end + 1


def _end(words: list[str], start: int) -> int:
    """Return the place behind the group that begins at a place."""
    depth = 0
    for place in range(start, len(words)):
        depth += {"{": 1, "}": -1}.get(words[place], 0)
        if depth == 0:
            return place + 1
    raise ValueError("a group has no end")


def _passes(words: list[str], place: int) -> bool:
    """Return whether what a group finds is found by all that stands around it."""
    return words[place - 1].upper() not in _CLOSED and words[place + 1].upper() != "SELECT"


def _refused(refusal: Refusal) -> bool:
    return refusal.problem.code == "endpoint-refused"
