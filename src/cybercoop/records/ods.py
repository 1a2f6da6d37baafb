"""ODS workbooks (OpenDocument 1.3, part 3, 9): each visible sheet is a table; a place is a sheet and a cell."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import NamedTuple
from xml.etree import ElementTree

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.reading import Reading
from cybercoop.records.workbook import MAX_CELLS, Marks, Sheet, tables, together, unsafe
from cybercoop.terms.context import Context

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _OFFICE, _STYLE, _TEXT = (_OASIS % name for name in ("table", "office", "style", "text"))
_FAR = 1 << 10
"""Columns and rows beyond which an empty one that is repeated is not written out."""


class _Cell(NamedTuple):
    """A cell as `Sheet` takes it."""

    row: int
    value: str | None
    data_type: str = "s"
    number_format: str = ""


def read(data: bytes, file: str, context: Context, _form: str = "ods") -> Reading:
    """Return what the rows of the visible sheets say; a sheet that is hidden says nothing."""
    return together(sheets(data, file), context)


def sheets(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    """Return the visible sheets of a workbook, or why it cannot be opened; notes beside a table are left out."""
    if found := unsafe(data, file):
        return [], [found]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            root = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314  (declarations were refused above)
    except (KeyError, ElementTree.ParseError) as error:
        return [], [problem("workbook-broken", Where(file, 1, 1), value=str(error))]
    hidden = {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for said in style.iter(f"{_STYLE}table-properties")
        if said.get(f"{_TABLE}display") == "false"
    }
    every = [each for each in root.iter(f"{_TABLE}table") if each.get(f"{_TABLE}style-name") not in hidden]
    made = [_sheet(each, file) for each in every]
    if any(sheet is None for sheet in made):
        return [], [problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_CELLS}")]
    return tables([sheet for sheet in made if sheet is not None]), []


def _sheet(element: ElementTree.Element, file: str) -> Sheet | None:
    """Return the rows of a sheet; None for one that has too many cells."""
    sheet, marks, number, count = Sheet(file, element.get(f"{_TABLE}name", "")), Marks(), 0, 0
    for row in element.iter(f"{_TABLE}table-row"):
        times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
        cells = _cells(row, number + 1, marks)
        if not any(cell.value for cell in cells):
            number += times
            continue
        for _ in range(times):
            number += 1
            count += len(cells)
            if count > MAX_CELLS:
                return None
            sheet.add(tuple(cell._replace(row=number) for cell in cells))
            if row.get(f"{_TABLE}visibility", "visible") != "visible":
                marks.hidden.add(number)
    sheet.heed(marks)
    return sheet


def _cells(row: ElementTree.Element, number: int, marks: Marks) -> list[_Cell]:
    from openpyxl.utils import get_column_letter

    cells: list[_Cell] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        told = _cell(cell, number)
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        down, across = (int(cell.get(f"{_TABLE}number-{way}-spanned", "1")) for way in ("rows", "columns"))
        if down > 1 or across > 1:
            first, last = get_column_letter(len(cells) + 1), get_column_letter(len(cells) + across)
            marks.merged.append(f"{first}{number}:{last}{number + down - 1}")
        cells += [told] * (times if told.value or times < _FAR else 0)
    return cells


def _cell(cell: ElementTree.Element, number: int) -> _Cell:
    shown = "\n".join("".join(part.itertext()) for part in cell.findall(f"{_TEXT}p"))
    if cell.get(f"{_TABLE}formula"):
        return _Cell(number, cell.get(f"{_TABLE}formula"), "f")
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind == "date":
        return _Cell(number, _date(cell.get(f"{_OFFICE}date-value", ""), shown))
    if kind == "boolean":
        return _Cell(number, cell.get(f"{_OFFICE}boolean-value"))
    if kind in ("float", "percentage", "currency"):
        value = cell.get(f"{_OFFICE}value", "")
        return _Cell(number, value.removesuffix(".0"))
    return _Cell(number, shown or None)


def _date(value: str, shown: str) -> str:
    """Return a date at the precision that a cell shows, with an hour if it shows one; without a year, what it shows."""
    try:
        day = date.fromisoformat(value.removesuffix("T00:00:00") if ":" in shown else value.partition("T")[0])
    except ValueError:
        return value
    figures = re.findall("[0-9]+", shown)
    if not {f"{day.year}", f"{day.year % 100:02}"} & set(figures):
        return shown
    if f"{day.year}" in figures:
        figures.remove(f"{day.year}")
    if any(int(each) == day.day for each in figures):
        return day.isoformat()
    return value[:7] if figures or re.search(r"[^\W\d_]", shown) else value[:4]
