"""How a table is written so that a spreadsheet shows it and never runs it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import SimpleNamespace

from cybercoop.documents import Table

BOM = "\ufeff"
SEPARATOR = " | "

_COMMAND = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_RISKY = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_BLOCK = 10_000
"""How many lines are put together at once."""
_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")


def written(table: Table, *, excel: bool = False) -> bytes:
    """Return the table as CSV after RFC 4180, in UTF-8; for Excel with a byte order mark."""
    text = lines([table.headings, *(map(safe, row) for row in table.rows)], end="\r\n")
    return ((BOM if excel else "") + text).encode()


def lines(rows: Iterable[Iterable[str]], delimiter: str = ",", end: str = "\n") -> str:
    """Return rows as lines of CSV, their cells as they are but for the quotation marks that RFC 4180 (2) asks for."""
    written: list[str] = []
    csv.writer(SimpleNamespace(write=written.append), delimiter=delimiter, lineterminator=end).writerows(rows)
    return "".join(written)


def of_columns(columns: Iterable[Sequence[str | None]], delimiter: str, end: str) -> Iterator[str]:
    """Yield the lines of CSV, in blocks, that `lines` makes of the `safe` cells of columns of the same length."""
    every = [*columns]
    alone = len(every) == 1
    rows = map(delimiter.join, zip(*(_cells(column, delimiter, alone=alone) for column in every), strict=True))
    while block := [*islice(rows, _BLOCK)]:
        yield end.join([*block, ""])


def _cells(column: Sequence[str | None], delimiter: str, *, alone: bool) -> Iterable[str]:
    """Return the cells of a column as they are written; what is the same is looked at once."""
    whole = "".join(filter(None, column))
    is_apart = any(mark in whole for mark in ('"', delimiter, "\n", "\r"))
    if not (is_apart or alone) and _RISKY.isdisjoint({cell[:1] for cell in column if cell}):
        return [cell or "" for cell in column] if None in column else column  # type: ignore[return-value]
    known = {cell: quoted(safe(cell or ""), delimiter) or ('""' if alone else "") for cell in set(column)}
    return map(known.__getitem__, column)


def quoted(cell: str, delimiter: str = ",") -> str:
    """Return a cell as `lines` writes it where it does not stand alone."""
    if '"' in cell or delimiter in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def safe(cell: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would run it.

    That is where it begins with `= + - @`, one of their full-width forms, a tab or a line end; a plain negative number
    such as -7.6 stays a number. A text that already has apostrophes there gets one more, so that `plain` undoes it.
    """
    return f"'{cell}" if cell[:1] in _RISKY and _COMMAND.match(cell) and not _NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """Return the text that `safe` was given."""
    return cell[1:] if cell.startswith("'") and _COMMAND.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """Return several values as one cell."""
    return SEPARATOR.join(values)
