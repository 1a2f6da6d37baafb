"""A sheet: what every format of a free answer is given, and writes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TextIO

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.problems.problem import sentence
from cybercoop.sparql.stream import Row, Stream
from cybercoop.terms.labels import Labels

_SHORT = 1000


@dataclass
class Sheet:
    """The rows of a stream and the place they are written to, with the notices met on the way."""

    stream: Stream
    out: TextIO
    labels: Labels
    lang: str
    met: dict[tuple[str, str], None] = field(default_factory=dict)

    def answers(self) -> Iterator[Answer]:
        """Yield the rows as they come, as answers, noting the notices of each."""
        for block in self.stream.blocks():
            yield self._noted(block)

    def opening(self) -> tuple[Answer, bool]:
        """Return the first rows, and whether they are all: of a long answer, a thousand or somewhat more."""
        rows: list[Row] = []
        for block in self.stream.blocks():
            rows += block
            if len(rows) > _SHORT:
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
