"""XLSX workbooks, where they may be unpacked at all: each visible sheet is a table; a place is a sheet and a cell."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import IO, Any
from xml.parsers import expat

import openpyxl
from openpyxl.utils import get_column_letter

from cybercoop.documents import csv
from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.reading import Node, Reading
from cybercoop.records.records import read_records
from cybercoop.records.table import Cell, of_rows
from cybercoop.terms.context import Context

MAX_CELLS = 2_000_000
"""Number of cells above which a workbook is refused; a row that says anything counts for no fewer than twenty."""

_CELL = 1 << 16
_ROW = 20
_COLUMNS = 1 << 14
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read(data: bytes, file: str, context: Context, _form: str = "xlsx") -> Reading:
    """Return what the rows of the visible sheets say; a sheet that is hidden says nothing."""
    found, problems = sheets(data, file)
    reading = Reading(problems=problems)
    for sheet in found:
        reading.add(sheet.reading(context))
    return reading


def sheets(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible sheets of a workbook, or why it cannot be opened."""
    if found := unsafe(data, file):
        return [], [found]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _sheets(data, file)
    except Exception as error:  # whatever a broken workbook makes its library raise
        return [], [problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)]


def _sheets(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
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
        found.append(sheet)
    return found, []


class Sheet:
    """The rows of one sheet as texts, and where each cell stands."""

    def __init__(self, file: str, name: str) -> None:
        self.file = file
        self.name = name
        self.problems: list[Problem] = []
        self.rows: list[list[Cell]] = []
        self.numbers: list[int] = []

    @property
    def page(self) -> str:
        """What rows are counted in: the file and the sheet."""
        return f"{self.file}:{self.name}"

    @property
    def records(self) -> list[int]:
        """The numbers of the rows below the header that say something."""
        said = [number for row, number in zip(self.rows, self.numbers, strict=True) if _filled(row)]
        return said[1:]

    def place(self, offset: int) -> Where:
        """Return the cell that an offset stands for."""
        row, column = divmod(offset // _CELL, _COLUMNS)
        return Where(self.file, row, column, f"{self.name}!{get_column_letter(max(column, 1))}{row}")

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
        reading = Reading() if formulas else read_records(trees, self.file, context)
        reading.problems += [*formulas, *problems]
        reading.texts[self.page] = self.text()
        return reading

    def _even(self, without: Collection[int]) -> Iterator[list[Cell]]:
        """Yield the rows, each as long as the header where nothing stands beyond it."""
        width = _filled(self.rows[0]) if self.rows else 0
        for row, number in zip(self.rows, self.numbers, strict=True):
            if number in without:
                continue
            kept = row[: max(width, _filled(row))]
            first = number * _COLUMNS + 1
            yield [*kept, *(Cell("", (first + column) * _CELL) for column in range(len(kept), width))]

    def text(self) -> str:
        """Return the sheet as CSV, each row on the line of its number."""
        texts = {
            number: [" ".join(cell.text.splitlines()) for cell in row]
            for row, number in zip(self.rows, self.numbers, strict=True)
        }
        return csv.lines(texts.get(number, []) for number in range(1, max(texts, default=0) + 1))


def _filled(row: list[Cell]) -> int:
    return max((number for number, cell in enumerate(row, 1) if cell.text.strip()), default=0)


def _text(cell: Any) -> str:
    """Return what a person sees in a cell: a day, month or year as its format shows it, 70 and not 70.0."""
    value = cell.value
    if isinstance(value, (date, datetime)) and not (value.hour or value.minute if isinstance(value, datetime) else 0):
        shown = _LITERAL.sub("", str(cell.number_format)).lower()
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
_LARGE = ("worksheet", "sst")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


def unsafe(data: bytes, file: str) -> Problem | None:
    """Return why a workbook must not be opened.

    It is none, is locked, unpacks without end, declares entities, or makes whoever parses it run out of memory.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > MAX_PARTS:
                return problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_BYTES // 2**20} MB")
            for part in parts:
                with archive.open(part) as stream:
                    _scan(part.filename, stream)
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


def _scan(name: str, stream: IO[bytes]) -> None:
    """Go through a part that is XML. Raises `_Unsafe` for one that must not be parsed."""
    chunk = stream.read(_CHUNK)
    if chunk.startswith(_MARKS):  # an encoding in which declarations cannot be seen
        raise _Unsafe("xml-doctype", name)
    if not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return
    counter = _Counter(name)
    while chunk:
        counter.parser.Parse(chunk, False)
        chunk = stream.read(_CHUNK)
    counter.parser.Parse(b"", True)


class _Counter:
    """Counts the elements of a part, and how deep they stand in one another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.left = _MAX_OTHERS
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        raise _Unsafe("xml-doctype", self.name)

    def _start(self, word: str, _: object) -> None:
        if not self.depth and word.rpartition(" ")[2] in _LARGE:
            self.left = MAX_ELEMENTS
        self.depth += 1
        self.left -= 1
        if self.left < 0 or self.depth > _MAX_DEPTH:
            raise _Unsafe("workbook-too-large", self.name)

    def _end(self, _: str) -> None:
        self.depth -= 1
