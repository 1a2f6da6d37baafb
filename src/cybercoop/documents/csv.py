"""How a table is written so that a spreadsheet shows it and never runs it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

BOM = "\ufeff"
SEPARATOR = " | "

_COMMAND = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")


class Table(NamedTuple):
    """A name, a header, and rows of texts as they are, before any escape."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def written(table: Table, *, excel: bool = False) -> bytes:
    """Return the table as CSV after RFC 4180, in UTF-8; for Excel with a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows([safe(cell) for cell in row] for row in table.rows)
    return ((BOM if excel else "") + text.getvalue()).encode()


def safe(cell: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would run it.

    That is where it begins with `= + - @`, one of their full-width forms, a tab or a line end; a plain negative number
    such as -7.6 stays a number. A text that already has apostrophes there gets one more, so that `plain` undoes it.
    """
    return f"'{cell}" if _COMMAND.match(cell) and not _NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """Return the text that `safe` was given."""
    return cell[1:] if cell.startswith("'") and _COMMAND.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """Return several values as one cell."""
    return SEPARATOR.join(values)
