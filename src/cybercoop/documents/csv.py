"""How a table is written so that a spreadsheet shows it and never runs it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from types import SimpleNamespace

from cybercoop.documents import Table

BOM = "\ufeff"
SEPARATOR = " | "

_COMMAND = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")


def written(table: Table, *, excel: bool = False) -> bytes:
    """Return the table as CSV after RFC 4180, in UTF-8; for Excel with a byte order mark."""
    text = lines([table.headings, *(map(safe, row) for row in table.rows)], end="\r\n")
    return ((BOM if excel else "") + text).encode()


def lines(rows: Iterable[Iterable[str]], delimiter: str = ",", end: str = "\n", last: Sequence[str] = ()) -> str:
    """Return rows as lines of CSV, their cells as they are but for the quotation marks that RFC 4180 (2) asks for.

    The cells `last` stand at the end of every row.
    """
    written: list[str] = []
    into = csv.writer(SimpleNamespace(write=written.append), delimiter=delimiter, lineterminator=end)
    into.writerows(rows)
    if last:
        into.writerow(["", *last])
        tail = written.pop()
        written = [line.removesuffix(end) + tail for line in written]
    return "".join(written)


def safe(cell: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would run it.

    That is where it begins with `= + - @`, one of their full-width forms, a tab or a line end; a plain negative number
    such as -7.6 stays a number. A text that already has apostrophes there gets one more, so that `plain` undoes it.
    """
    return f"'{cell}" if cell and _COMMAND.match(cell) and not _NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """Return the text that `safe` was given."""
    return cell[1:] if cell.startswith("'") and _COMMAND.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """Return several values as one cell."""
    return SEPARATOR.join(values)
