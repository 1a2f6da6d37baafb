"""Free answers for reading and for spreadsheets: table, Markdown, HTML, CSV, TSV."""

from __future__ import annotations

import csv
import html
from collections.abc import Callable
from itertools import chain

import pyoxigraph as ox

from cybercoop.ask import layouts
from cybercoop.ask.answer import Answer
from cybercoop.ask.results.sheet import Sheet
from cybercoop.documents.csv import safe
from cybercoop.problems.problem import sentence
from cybercoop.sparql.stream import Row
from cybercoop.terms.term import Term


def as_table(sheet: Sheet) -> None:
    """Write a table; the columns of a long one are as wide as its first rows need."""
    first, whole = sheet.opening()
    if whole:
        sheet.write(layouts.as_table(first))
        return
    header = [first.heading(column) for column in first.columns]
    rows = [_shown(first, row) for row in first.rows]
    widths = [max(map(layouts.width, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["─" * width for width in widths], *rows]
    for answer in chain([None], sheet.answers()):
        lines = lines if answer is None else [_shown(answer, row) for row in answer.rows]
        sheet.write("".join(layouts.line(cells, widths) + "\n" for cells in lines))
    foot = [*sheet.notices(), sentence("rows", sheet.lang, count=sheet.stream.given)]
    sheet.write("".join(f"\n{line}\n" for line in foot))


def as_markdown(sheet: Sheet) -> None:
    """Write a Markdown table with the notices below it."""
    columns = sheet.stream.columns
    sheet.write(_markdown(columns) + _markdown(["---"] * len(columns)))
    for answer in sheet.answers():
        sheet.write("".join(_markdown(_shown(answer, row)) for row in answer.rows))
    sheet.write("".join(f"\n\\{notice}\n" for notice in sheet.notices()))


def as_html(sheet: Sheet) -> None:
    """Write an HTML table with the notices below it."""
    head, end, foot = sheet.answer([])._repr_html_().partition("</tbody>")
    sheet.write(head)
    for answer in sheet.answers():
        sheet.write(answer._repr_html_().partition("<tbody>\n")[2].partition("</tbody>")[0])
    notices = "".join(f"<p><small>{html.escape(notice)}</small></p>\n" for notice in sheet.notices())
    sheet.write(end + foot + notices)


def separated(delimiter: str, line_end: str) -> Callable[[Sheet], None]:
    """Return the format of CSV and its like: full IRIs, and a `notice` column where one is needed."""

    def write(sheet: Sheet) -> None:
        columns, blocks = sheet.noticed()
        writer = csv.writer(_Lines(sheet), delimiter=delimiter, lineterminator=line_end)
        writer.writerow(columns)
        for rows in blocks:
            writer.writerows([_cell(term) for term in row] for row in rows)

    return write


class _Lines:
    """A place for the lines of a `csv.writer`."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def write(self, text: str) -> None:
        """Write one line."""
        with self._sheet.stream.clock.paused():
            self._sheet.out.write(text)


def _shown(answer: Answer, row: Row) -> list[str]:
    return [answer.shown(term).replace("\n", " ") for term in row]


def _markdown(cells: list[str]) -> str:
    return f"| {' | '.join(map(layouts.markdown_cell, cells))} |\n"


def _cell(term: Term | None) -> str:
    return "" if term is None else safe(str(term) if isinstance(term, ox.Triple) else term.value)
