"""XLSX workbooks: each visible sheet is a table like a CSV one; a place is a sheet and a cell."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from cybercoop.context import Context
from cybercoop.problems import Problem, Where, problem
from cybercoop.readers.reading import Reading
from cybercoop.readers.records import read_records
from cybercoop.readers.table import Cell, of_rows

MAX_BYTES = 256 * 1024 * 1024
"""Size, in bytes, above which a workbook is refused unpacked."""

MAX_CELLS = 2_000_000
"""Number of cells above which a workbook is refused."""

_CHUNK = 1 << 20
_CELL = 1 << 16
_COLUMNS = 1 << 14
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read(data: bytes, file: str, context: Context, _form: str = "xlsx") -> Reading:
    """Return what the rows of the visible sheets say; a sheet that is hidden says nothing."""
    if found := _unsafe(data, file):
        return Reading(problems=[found])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(data, file, context)
    except Exception as error:  # whatever a broken workbook makes its library raise
        return Reading(
            problems=[problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)]
        )


def _read(data: bytes, file: str, context: Context) -> Reading:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    reading = Reading()
    count = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = _Rows(file, str(sheet.title))
        for row in sheet.iter_rows():
            count += len(row)
            if count > MAX_CELLS:
                return Reading(problems=[problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_CELLS}")])
            rows.add(row)
        trees, problems = of_rows(rows.even(), rows.place)
        if not rows.problems:
            reading.add(read_records(trees, file, context))
        reading.problems += [*rows.problems, *problems]
        reading.texts[f"{file}:{sheet.title}"] = rows.text()
    return reading


class _Rows:
    """The rows of one sheet as texts, and where each cell stands."""

    def __init__(self, file: str, sheet: str) -> None:
        self.file = file
        self.sheet = sheet
        self.problems: list[Problem] = []
        self.rows: list[list[Cell]] = []
        self.numbers: list[int] = []

    def place(self, offset: int) -> Where:
        """Return the cell that an offset stands for."""
        row, column = divmod(offset // _CELL, _COLUMNS)
        return Where(self.file, row, column, f"{self.sheet}!{get_column_letter(max(column, 1))}{row}")

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

    def even(self) -> Iterator[list[Cell]]:
        """Yield the rows, each as long as the header where nothing stands beyond it."""
        width = _filled(self.rows[0]) if self.rows else 0
        for row, number in zip(self.rows, self.numbers, strict=True):
            kept = row[: max(width, _filled(row))]
            first = number * _COLUMNS + 1
            yield [*kept, *(Cell("", (first + column) * _CELL) for column in range(len(kept), width))]

    def text(self) -> str:
        """Return the sheet as CSV, each row on the line of its number."""
        lines = {
            number: [" ".join(cell.text.splitlines()) for cell in row]
            for row, number in zip(self.rows, self.numbers, strict=True)
        }
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        for number in range(1, max(lines, default=0) + 1):
            writer.writerow(lines.get(number, []))
        return out.getvalue()


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


def _unsafe(data: bytes, file: str) -> Problem | None:
    """Return why a workbook must not be opened: it is none, is locked, unpacks without end, or declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > _COLUMNS:
                return problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_BYTES // 2**20} MB")
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")) and _declares(archive, part):
                    return problem("xml-doctype", Where(file, 1, 1), value=part.filename)
    except Exception as error:  # a damaged archive raises many kinds of errors
        return problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)
    return None


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Return whether an XML part declares a document type, or is in an encoding in which that cannot be seen."""
    with archive.open(part) as stream:
        before = b""
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk or _DECLARATION.search(before + chunk):
                return True
            before = chunk[-16:]
    return False
