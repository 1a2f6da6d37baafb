"""The line that a problem points into, cut out of the text that was read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cache

from cybercoop.problems.problem import Excerpt, Problem, Where
from cybercoop.records.table import Cell, cells

_NEAR = 200
"""How many characters before and after a place are shown at most."""


def with_excerpts(problems: Iterable[Problem], texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return the problems, and what follows from them, each with the line that it points into.

    `texts` holds by its name each file that was read, and by `file:sheet` each sheet of a workbook as CSV.
    """

    @cache
    def lines(name: str) -> list[str]:
        return texts.get(name, "").split("\n")

    @cache
    def table(name: str) -> tuple[list[int], list[tuple[Cell, int]], list[Cell]]:
        rows, _ = cells(texts.get(name, ""))
        every = [(cell, number) for row in rows for number, cell in enumerate(row)]
        return (
            [cell.offset for cell, _ in every],
            every,
            next((row for row in rows if any(cell.text for cell in row)), []),
        )

    @cache
    def starts(name: str) -> list[int]:
        found = [0]
        for line in lines(name):
            found.append(found[-1] + len(line) + 1)
        return found

    def excerpt(where: Where) -> Excerpt | None:
        name = where.page
        if not 0 < where.line <= len(lines(name)):
            return None
        line = lines(name)[where.line - 1]
        if not where.cell and not name.lower().endswith(".csv"):
            return _cut(line, where.column)
        offsets, every, header = table(name)
        if where.cell:
            first = bisect_right(offsets, starts(name)[where.line - 1] - 1)
            at = min(first + where.column - 1, len(every) - 1)
        else:
            at = bisect_right(offsets, starts(name)[where.line - 1] + where.column - 1) - 1
        if at < 0:
            return _cut(line, where.column)
        cell, number = every[at]
        title = header[number].text.strip() if where.line > 1 and number < len(header) else ""
        column = cell.offset - starts(name)[where.line - 1] + 1 if where.cell else where.column
        return _cut(line, column, title)

    def shown(found: Problem) -> Problem:
        return found._replace(excerpt=excerpt(found.where), follows=tuple(map(shown, found.follows)))

    return tuple(map(shown, problems))


def _cut(line: str, column: int, title: str = "") -> Excerpt:
    """Return the piece of a line that is near a column: lines have no end in some files."""
    start = max(column - 1 - _NEAR, 0)
    return Excerpt(line[start : column + _NEAR], column - start, title)
