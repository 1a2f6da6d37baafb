"""The rows of a free query as they are written while they come, with the notices met on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TextIO

import pyoxigraph as ox

from cybercoop.ask.answer import FORMATS, Answer
from cybercoop.documents import csv, html, markdown, text
from cybercoop.problems.problem import sentence
from cybercoop.sparql.limits import Row, Stream
from cybercoop.terms.context import Context
from cybercoop.terms.labels import Labels
from cybercoop.terms.term import Term

_SHORT = 1000
"""How many rows are read before the head of a long answer is written."""


@dataclass
class Sheet:
    """The rows of a stream and the place they are written to, with the notices met on the way."""

    stream: Stream
    out: TextIO
    labels: Labels
    lang: str
    context: Context
    short: int = _SHORT
    met: dict[tuple[str, str], None] = field(default_factory=dict)

    def answers(self) -> Iterator[Answer]:
        """Yield the rows as they come, as answers, noting the notices of each."""
        for block in self.stream.blocks():
            yield self._noted(block)

    def opening(self) -> tuple[Answer, bool]:
        """Return the first rows, and whether they are all: of a long answer, `short` or somewhat more."""
        rows: list[Row] = []
        for block in self.stream.blocks():
            rows += block
            if len(rows) > self.short:
                return self._noted(rows), False
        return self._noted(rows), True

    def noticed(self) -> tuple[list[str], Iterator[list[Row]]]:
        """Return columns and rows with a column `notice` more, where one is needed.

        A long answer always has it: when its head is written, nobody knows what will come.
        """
        first, whole = self.opening()
        columns = self.stream.columns
        if whole and not self.met:
            return columns, iter([first.rows])
        name = next(
            name for number in count(1) if (name := f"notice{number}"[: 6 if number == 1 else None]) not in columns
        )
        rest = (answer.rows for answer in self.answers())
        return [*columns, name], ([[*row, self._said(row)] for row in rows] for rows in chain([first.rows], rest))

    def answer(self, rows: list[Row]) -> Answer:
        """Return some rows as an answer."""
        return Answer(self.stream.columns, rows, {}, self.labels, self.lang, False, {})

    def write(self, text: str) -> None:
        """Write now; the time that a slow reader takes is not counted."""
        with self.stream.clock.paused():
            self.out.write(text)
            self.out.flush()

    def notices(self) -> list[str]:
        """Return the notices met so far, as sentences."""
        return [sentence("notice", self.lang, name=name, notice=notice) for name, notice in self.met]

    def _noted(self, rows: list[Row]) -> Answer:
        answer = self.answer(rows)
        self.met |= dict.fromkeys(answer.notices())
        return answer

    def _said(self, row: Row) -> ox.Literal | None:
        notices = " ".join(notice for _, notice in self.answer([row]).notices())
        return ox.Literal(notices, language=self.lang) if notices else None


def as_table(sheet: Sheet) -> None:
    """Write a table; the columns of a long one are as wide as its first rows need."""
    first, whole = sheet.opening()
    if whole:
        sheet.write(FORMATS["table"](first))
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
