"""Free answers for reading and for spreadsheets: table, Markdown, HTML, CSV, TSV."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox

from cybercoop.ask import layouts
from cybercoop.ask.results.sheet import Sheet
from cybercoop.documents import csv, html, markdown, text
from cybercoop.problems.problem import sentence
from cybercoop.terms.term import Term


def as_table(sheet: Sheet) -> None:
    """Write a table; the columns of a long one are as wide as its first rows need."""
    first, whole = sheet.opening()
    if whole:
        sheet.write(layouts.as_table(first))
        return
    table = first.table()
    grid = text.Grid(table.headings, table.rows, sheet.lang, text.terminal_width(), whole=False)
    sheet.write(grid.head() + grid.body(table.rows))
    for answer in sheet.answers():
        sheet.write(grid.body(answer.cells()))
    foot = [*sheet.notices(), sentence("rows", sheet.lang, count=sheet.stream.given)]
    sheet.write("".join(f"\n{text.paragraph(line, grid.room)}\n" for line in foot))


def as_markdown(sheet: Sheet) -> None:
    """Write a Markdown table with the notices below it."""
    sheet.write(markdown.head(sheet.stream.columns))
    for answer in sheet.answers():
        sheet.write("".join(map(markdown.row, answer.cells())))
    sheet.write(markdown.foot(sheet.notices()))


def as_html(sheet: Sheet) -> None:
    """Write an HTML table with the notices below it."""
    sheet.write(html.head(sheet.answer([]).table().headings, sheet.lang))
    for answer in sheet.answers():
        sheet.write(html.rows(answer.cells(known=True)))
    sheet.write(html.end(sheet.notices(), sheet.lang))


def separated(delimiter: str, end: str) -> Callable[[Sheet], None]:
    """Return the format of CSV and its like: full IRIs, and a `notice` column where one is needed."""

    def write(sheet: Sheet) -> None:
        columns, blocks = sheet.noticed()
        sheet.write(csv.lines([columns], delimiter, end))
        for rows in blocks:
            sheet.write(csv.lines(([_cell(term) for term in row] for row in rows), delimiter, end))

    return write


def _cell(term: Term | None) -> str:
    return "" if term is None else csv.safe(str(term) if isinstance(term, ox.Triple) else term.value)
