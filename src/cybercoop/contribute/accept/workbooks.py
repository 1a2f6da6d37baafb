"""Workbooks: each filled row of a visible sheet is a record; a row that is refused is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path

from cybercoop import records
from cybercoop.contribute import folders
from cybercoop.contribute.accept.entries import Entry, Pile
from cybercoop.problems.problem import Problem
from cybercoop.records import workbook
from cybercoop.records.reading import Fields, Reading
from cybercoop.records.records import read_records
from cybercoop.terms.context import Context


class Book(Pile):
    """A workbook whose records are rows."""

    def __init__(self, path: Path, shown: str, data: bytes, context: Context) -> None:
        super().__init__(path, shown, context)
        small = len(data) <= records.MAX_BYTES
        self.sheets, self.problems = _sheets(path)(data, shown) if small else ([], [])
        self.rows = [(sheet, number) for sheet in self.sheets for number in sheet.records]
        self.take(data, len(self.rows))

    def reading(self, kept: Collection[Entry]) -> Reading:
        """Return what the sheets say without the other rows."""
        rows = {self.rows[entry.number] for entry in kept}
        reading = Reading()
        for sheet in dict.fromkeys(sheet for sheet, _ in self.rows):
            if any(own is sheet for own, _ in rows):
                reading.add(sheet.reading(self.context, [n for n in sheet.records if (sheet, n) not in rows]))
        return reading

    def alone(self, entry: Entry) -> Reading:
        """Return what a row says below the header of its sheet."""
        sheet, number = self.rows[entry.number]
        tree = self._trees[sheet.page].get(number)
        return read_records([tree] if tree else [], self.shown, self.context)

    def written(self, entry: Entry) -> tuple[Fields, str] | None:
        """Return a row as a document."""
        sheet, number = self.rows[entry.number]
        tree = self._trees[sheet.page].get(number)
        return (tree, folders.document(tree)) if tree is not None else None

    def holds(self, entry: Entry, found: Problem) -> bool:
        """Return whether a problem stands in a row, or is told of it elsewhere, as in a header."""
        sheet, number = self.rows[entry.number]
        places = (found.where, found.record or found.where)
        return any((where.page, where.line) == (sheet.page, number) for where in places)

    @cached_property
    def _trees(self) -> dict[str, dict[int, Fields]]:
        """Sheet → number of a row → its tree; a row that does not fit the header has none."""
        return {sheet.page: _trees(sheet) for sheet in self.sheets}


def _sheets(path: Path) -> Callable[[bytes, str], tuple[list[workbook.Sheet], list[Problem]]]:
    """Return what takes a workbook apart."""
    if path.suffix.lower() != ".ods":
        return workbook.sheets
    from cybercoop.records import ods

    return ods.sheets


def _trees(sheet: workbook.Sheet) -> dict[int, Fields]:
    unfit = {found.where.line for found in sheet.trees()[1]} & set(sheet.records)
    return {tree.where.line: tree for tree in sheet.trees(unfit)[0] if isinstance(tree, Fields)}
