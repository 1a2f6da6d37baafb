"""XLSX workbooks, where they may be unpacked at all: each visible sheet is a table; a place is a sheet and a cell."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any
from xml.parsers import expat

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

from cybercoop.documents import csv
from cybercoop.problems.problem import WARNING, Problem, Where, problem
from cybercoop.records.reading import Node, Reading
from cybercoop.records.records import read_records
from cybercoop.records.table import HEAD, Cell, foreign, header_of, of_rows
from cybercoop.terms.context import Context

MAX_CELLS = 2_000_000
"""Number of cells above which a workbook is refused; a row that says anything counts for no fewer than twenty."""

_CELL = 1 << 16
_ROW = 20
_COLUMNS = 1 << 14
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read(data: bytes, file: str, context: Context, _form: str = "xlsx") -> Reading:
    """Return what the rows of the visible sheets say; a sheet that is hidden says nothing."""
    return together(sheets(data, file), context)


def together(opened: tuple[list[Sheet], list[Problem]], context: Context) -> Reading:
    """Return what the rows of sheets say, with what was wrong when they were opened."""
    found, problems = opened
    reading = Reading(problems=problems)
    for sheet in found:
        reading.add(sheet.reading(context))
    return reading


def sheets(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible sheets of a workbook, or why it cannot be opened; notes beside a table are left out."""
    marks: dict[str, Marks] = {}
    if found := unsafe(data, file, marks):
        return [], [found]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _sheets(data, file, marks)
    except Exception as error:  # whatever a broken workbook makes its library raise
        return [], [problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)]


def _sheets(data: bytes, file: str, marks: Mapping[str, Marks]) -> tuple[list[Sheet], list[Problem]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    found: list[Sheet] = []
    count = 0
    for page in book.worksheets:
        if page.sheet_state != "visible":
            continue
        sheet = Sheet(file, str(page.title))
        page.reset_dimensions()  # what a workbook says of its size may be too little
        for row in page.iter_rows():
            count += max(len(row), _ROW) if any(cell.value is not None for cell in row) else max(len(row), 1)
            if count > MAX_CELLS:
                return [], [problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_CELLS}")]
            sheet.add(row)
        sheet.heed(marks.get(getattr(page, "_worksheet_path", ""), Marks()))
        found.append(sheet)
    return tables(found), []


def tables(found: list[Sheet]) -> list[Sheet]:
    """Return the sheets that have a header of records; all of them where none has one."""
    return [sheet for sheet in found if sheet.is_table] or found


@dataclass
class Marks:
    """What a sheet says beside its cells: ranges of cells that are one (`K2:K3`), and rows that are hidden."""

    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)


class Sheet:
    """The rows of one sheet as texts, and where each cell stands."""

    def __init__(self, file: str, name: str) -> None:
        self.file = file
        self.name = name
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.rows: list[list[Cell]] = []
        self.numbers: list[int] = []

    @property
    def page(self) -> str:
        """What rows are counted in: the file and the sheet."""
        return f"{self.file}:{self.name}"

    @property
    def records(self) -> list[int]:
        """The numbers of the rows below the header that say something."""
        return [
            number
            for row, number in zip(self.rows[self.head + 1 :], self.numbers[self.head + 1 :], strict=True)
            if _filled(row)
        ]

    @property
    def head(self) -> int:
        """Which of the rows is the header."""
        return header_of(self.rows)

    @property
    def is_table(self) -> bool:
        """Whether it has a header of records."""
        return bool(self.rows) and len(HEAD & {cell.text.strip() for cell in self.rows[self.head]}) > 1

    def heed(self, marks: Marks) -> None:
        """Give the rows of a merged range its value, and note what cannot be told of it, and rows that are hidden."""
        head = self.head
        first = self.numbers[head] if self.rows else 0
        at = {number: row for row, number in zip(self.rows, self.numbers, strict=True)}
        for text in marks.merged:
            left, top, right, bottom = (edge or 0 for edge in range_boundaries(text))
            if bottom < first:
                continue
            if right > left:
                told = {"value": text, "first": f"{get_column_letter(left)}{top}"}
                self.problems.append(problem("workbook-merged", self.place((top * _COLUMNS + left) * _CELL), **told))
                continue
            value = next((cell.text for cell in at.get(top, [])[left - 1 : left]), "")
            for number in range(max(top + 1, first + 1), bottom + 1):
                row = at.get(number)
                if row is not None and value:
                    offset = number * _COLUMNS
                    row += [Cell("", (offset + column) * _CELL) for column in range(len(row) + 1, left + 1)]
                    row[left - 1] = row[left - 1]._replace(text=value)
        if hidden := [number for number in self.numbers if number in marks.hidden and number > first]:
            where = self.place((hidden[0] * _COLUMNS + 1) * _CELL)
            self.notes.append(problem("workbook-hidden-rows", where, severity=WARNING, count=str(len(hidden))))

    def place(self, offset: int) -> Where:
        """Return the cell that an offset stands for."""
        row, column = divmod(offset // _CELL, _COLUMNS)
        return Where(self.file, row, column, f"{self.name}!{get_column_letter(max(column, 1))}{row}")

    def at(self, row: int, column: int) -> Where:
        """Return the place of the cell in a row and a column."""
        return self.place((row * _COLUMNS + column) * _CELL)

    def add(self, row: tuple[Any, ...]) -> None:
        """Take one row as the workbook has it, and note what is no value in it."""
        found: list[Cell] = []
        number = next((cell.row for cell in row if cell.value is not None), 0)
        for column, cell in enumerate(row, 1):
            offset = (number * _COLUMNS + column) * _CELL
            text = "" if cell.value is None else _text(cell)
            if text and cell.data_type in ("f", "e"):
                self.problems.append(problem("workbook-formula", self.place(offset), value=text))
            found.append(Cell(text[: _CELL - 1], offset))
        if number:
            self.rows.append(found)
            self.numbers.append(number)

    def trees(self, without: Collection[int] = ()) -> tuple[list[Node], list[Problem]]:
        """Return the rows as trees, but for those of some numbers; and what is wrong with the table."""
        return of_rows(self._even(without), self.place)

    def reading(self, context: Context, without: Collection[int] = ()) -> Reading:
        """Return what the rows say, but for those of some numbers; with a formula among them, only where it stands."""
        formulas = [found for found in self.problems if found.where.line not in without]
        trees, problems = self.trees(without)
        strange = foreign(trees, context)
        reading = Reading() if formulas or strange else read_records(trees, self.file, context)
        reading.problems += [strange] if strange else [*formulas, *problems, *self.notes]
        reading.texts[self.page] = self.text()
        return reading

    def _even(self, without: Collection[int]) -> Iterator[list[Cell]]:
        """Yield the rows, each as long as the header where nothing stands beyond it."""
        width = _filled(self.rows[self.head]) if self.rows else 0
        for row, number in zip(self.rows[self.head :], self.numbers[self.head :], strict=True):
            if number in without:
                continue
            kept = row[: max(width, _filled(row))]
            first = number * _COLUMNS + 1
            yield [*kept, *(Cell("", (first + column) * _CELL) for column in range(len(kept), width))]

    def text(self, between: str = " ", width: int = 0) -> str:
        """Return the sheet as CSV, each row on the line of its number; `between` stands between lines within a cell."""
        texts = {
            number: [between.join(cell.text.splitlines()) for cell in row]
            for row, number in zip(self.rows, self.numbers, strict=True)
        }
        rows = (texts.get(number, []) for number in range(1, max(texts, default=0) + 1))
        return csv.lines([*row, *[""] * (width - len(row))] for row in rows)


def _filled(row: list[Cell]) -> int:
    return max((number for number, cell in enumerate(row, 1) if cell.text.strip()), default=0)


def _text(cell: Any) -> str:
    """Return what a person sees in a cell: a day, month or year as its format shows it, 70 and not 70.0.

    Where the format shows no year, none was typed: the program added that of the day on which it was.
    """
    value = cell.value
    shown = _LITERAL.sub("", str(cell.number_format)).lower() if isinstance(value, (date, datetime)) else ""
    timed = isinstance(value, datetime) and (value.hour or value.minute) and "h" in shown
    if isinstance(value, (date, datetime)) and not timed:
        if "y" not in shown and re.search("[dm]", shown):
            return f"{value.day} {value:%B}" if "d" in shown else f"{value:%B}"
        return f"{value:%Y-%m-%d}"[: 10 if "d" in shown else 7 if "m" in shown else 4]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value)


MAX_BYTES = 256 * 1024 * 1024
"""Size, in bytes, above which a workbook is refused unpacked."""

MAX_PARTS = 1 << 14
"""Number of files in a workbook above which it is refused."""

MAX_ELEMENTS = 2_000_000
"""Number of elements in a sheet or in the list of texts above which a workbook is refused."""

_MAX_OTHERS = 100_000
_MAX_DEPTH = 100
_CHUNK = 1 << 20
_LARGE = ("worksheet", "sst", "document-content")
_RANGE = re.compile("[A-Z]{1,3}[1-9][0-9]{0,6}:[A-Z]{1,3}[1-9][0-9]{0,6}")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


def unsafe(data: bytes, file: str, marks: dict[str, Marks] | None = None) -> Problem | None:
    """Return why a workbook must not be opened; on the way, note by its part what a sheet says beside its cells.

    It is none, is locked, unpacks without end, declares entities, or makes whoever parses it run out of memory.
    """
    noted = {} if marks is None else marks
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > MAX_PARTS:
                return problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_BYTES // 2**20} MB")
            for part in parts:
                with archive.open(part) as stream:
                    noted[part.filename] = _scan(part.filename, stream)
    except _Unsafe as found:
        return problem(found.code, Where(file, 1, 1), value=found.value)
    except Exception as error:  # a damaged archive raises many kinds of errors
        return problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)
    return None


class _Unsafe(Exception):
    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value


def _scan(name: str, stream: IO[bytes]) -> Marks:
    """Go through a part that is XML; return its marks. Raises `_Unsafe` for one that must not be parsed."""
    chunk = stream.read(_CHUNK)
    if chunk.startswith(_MARKS):  # an encoding in which declarations cannot be seen
        raise _Unsafe("xml-doctype", name)
    if not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return Marks()
    counter = _Counter(name)
    while chunk:
        counter.parser.Parse(chunk, False)
        chunk = stream.read(_CHUNK)
    counter.parser.Parse(b"", True)
    return counter.marks


class _Counter:
    """Counts the elements of a part, and how deep they stand in one another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.marks = Marks()
        self.left = _MAX_OTHERS
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        raise _Unsafe("xml-doctype", self.name)

    def _start(self, word: str, said: dict[str, str]) -> None:
        local = word.rpartition(" ")[2]
        if not self.depth and local in _LARGE:
            self.left = MAX_ELEMENTS
        if local == "mergeCell" and _RANGE.fullmatch(ref := said.get("ref", "")):
            self.marks.merged.append(ref)
        elif local == "row" and said.get("hidden") in ("1", "true") and said.get("r", "").isdecimal():
            self.marks.hidden.add(int(said["r"]))
        self.depth += 1
        self.left -= 1
        if self.left < 0 or self.depth > _MAX_DEPTH:
            raise _Unsafe("workbook-too-large", self.name)

    def _end(self, _: str) -> None:
        self.depth -= 1
