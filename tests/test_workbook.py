"""A workbook says what the CSV table of the same cells says, and each problem names its sheet and cell."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.records import table, workbook
from cybercoop.records.reading import Reading
from cybercoop.terms.context import Context

TABLES = sorted((Path(__file__).parent / "readers").glob("*.csv"))
HEAD = ("source", "id", "type", "startDate", "benefits")
ROW = ("example-page", "activity/x", "Activity", "2024-05-21", "MA | NO")


@pytest.fixture(scope="module")
def context(graph: Graph) -> Context:
    return graph.workspace.context


def written(rows: Iterable[Iterable[object]], title: str = "Sheet1") -> bytes:
    """A workbook with one sheet; its =1+1 is a text, any other text that begins so is a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.data_type = "s" if cell.value == "=1+1" else cell.data_type
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(old, new, 1) if part == name else content)
    return out.getvalue()


def read(data: bytes, context: Context) -> Reading:
    return records.read(data, "a.xlsx", context)


def found(reading: Reading) -> list[tuple[str, str]]:
    return [(one.code, str(one.where)) for one in reading.problems]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_the_same_as_csv(path: Path, context: Context) -> None:
    """The cells of a CSV table, in a workbook, give the same statements, each placed at its cell."""
    text = path.read_text("utf-8")
    rows, _ = table.cells(text)
    reading = read(written([[cell.text for cell in row] for row in rows]), context)
    assert not reading.problems
    assert {str(one) for one in reading.quads()} == {
        str(one) for one in records.read(text.encode(), path.name, context).quads()
    }
    for statement in reading.statements:
        where = statement.where
        letter, number = re.fullmatch(r"Sheet1!([A-Z]+)([0-9]+)", where.cell).groups()  # type: ignore[union-attr]
        assert openpyxl.utils.column_index_from_string(letter) == where.column
        assert int(number) == where.line


def test_the_workshop_record(context: Context) -> None:
    """The workshop record in a workbook says what it says in N-Quads."""
    folder = Path(__file__).parent / "readers"
    reading = read((folder / "workshop.xlsx").read_bytes(), context)
    assert not reading.problems
    model = records.read((folder / "workshop.nq").read_bytes(), "workshop.nq", context)
    assert {str(one) for one in reading.quads()} == {str(one) for one in model.quads()}


@pytest.mark.parametrize(
    ("typed", "form", "said"),
    [
        (date(2024, 5, 21), "dd/mm/yyyy", "2024-05-21"),
        (datetime(2024, 5, 21), "yyyy-mm-dd", "2024-05-21"),
        (date(2024, 5, 1), "mmm-yy", "2024-05"),
        (date(2024, 1, 1), "yyyy", "2024"),
        (2024, "General", "2024"),
        (2024.0, "General", "2024"),
    ],
)
def test_a_date_is_what_the_cell_shows(typed: object, form: str, said: str, context: Context) -> None:
    """A day, month or year that a spreadsheet keeps as a number is read as the cell shows it."""
    book = openpyxl.load_workbook(io.BytesIO(written([HEAD, ROW])))
    cell = book["Sheet1"]["D2"]
    cell.value, cell.number_format = typed, form
    out = io.BytesIO()
    book.save(out)
    reading = read(out.getvalue(), context)
    assert not reading.problems
    assert said in {getattr(quad.object, "value", "") for quad in reading.quads()}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([HEAD, (*ROW[:3], "=TODAY()", "MA")], [("workbook-formula", "a.xlsx:Sheet1!D2")]),
        ([HEAD, (*ROW[:3], "2024-13", "MA")], [("bad-literal", "a.xlsx:Sheet1!D2")]),
        ([HEAD, (*ROW[:2], "Activty", "2024", "MA")], [("unknown-class", "a.xlsx:Sheet1!C2")]),
        ([(*HEAD[:3], "startDte", "benefits"), ROW], [("unknown-term", "a.xlsx:Sheet1!D1")]),
        ([HEAD, (*ROW, "beyond")], [("column-without-heading", "a.xlsx:Sheet1!F2")]),
        ([HEAD, (), ROW, ("", *ROW[1:])], [("record-without-source", "a.xlsx:Sheet1!A4")]),
        ([], [("empty-file", "a.xlsx:1:1")]),
    ],
    ids=lambda value: value[0][0] if value and isinstance(value[0][0], str) else "",
)
def test_a_problem_names_its_cell(rows: list[tuple[object, ...]], expected: list[object], context: Context) -> None:
    """What is wrong in a workbook is told with sheet and cell."""
    assert found(read(written(rows), context)) == expected


def test_a_hidden_sheet_says_nothing(context: Context) -> None:
    """Sheets that are hidden, such as the lists behind drop-downs, are not read; every visible one is."""
    book = openpyxl.load_workbook(io.BytesIO(written([HEAD, ROW])))
    for title, state in (("lists", "hidden"), ("more", "visible")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        sheet.append(HEAD)
        sheet.append(("example-page", f"activity/{title}", "Activity", "2024-13", "MA"))
    out = io.BytesIO()
    book.save(out)
    assert found(read(out.getvalue(), context)) == [("bad-literal", "a.xlsx:more!D2")]


def test_rows_beyond_the_stated_size_are_read(context: Context) -> None:
    """What a workbook says of its own size is not believed: a row beyond it is read, and loses nothing."""
    good = written([HEAD, ROW, ("example-page", "activity/y", "Activity", "2024-13", "MA")])
    small = changed(good, "xl/worksheets/sheet1.xml", b'ref="A1:E3"', b'ref="A1:E1"')
    assert small != good
    assert found(read(small, context)) == [("bad-literal", "a.xlsx:Sheet1!D3")]


BOMBS = {
    "elements without end": ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<row/>" * 110_000),
    "elements in elements": ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<a>" * 300_000),
    "styles without end": ("xl/styles.xml", b"</styleSheet>", b"<a/>" * 200_000),
    "a row beyond all rows": (
        "xl/worksheets/sheet1.xml",
        b"</sheetData>",
        b'<row r="999999999999"><c><v>1</v></c></row>',
    ),
    "a column beyond all columns": (
        "xl/worksheets/sheet1.xml",
        b"</sheetData>",
        b'<row r="9"><c r="ZZZZZZZ9"><v>1</v></c></row>',
    ),
    "many rows": ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<row><c><v>1</v></c></row>" * 6_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_workbook_that_grows_without_end(name: str, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes that would unpack to rows or elements without end are refused before they are taken in."""
    monkeypatch.setattr(workbook, "MAX_CELLS", 100_000)
    monkeypatch.setattr(workbook, "MAX_ELEMENTS", 100_000)
    part, before, more = BOMBS[name]
    data = changed(written([HEAD, ROW]), part, before, more + before)
    assert [code for code, _ in found(read(data, context))] in (["workbook-too-large"], ["workbook-broken"])


def test_workbooks_that_are_none(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no workbook, is damaged, unpacks without end or declares entities is refused with a problem."""
    good = written([HEAD, ROW])
    part = "xl/worksheets/sheet1.xml"
    bomb = changed(good, part, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet')
    assert found(read(b"source,id\n", context)) == [("workbook-broken", "a.xlsx:1:1")]
    assert found(read(good[: len(good) // 2], context)) == [("workbook-broken", "a.xlsx:1:1")]
    assert found(read(changed(good, part, b"<sheetData>", b"<sheetDta>"), context)) == [
        ("workbook-broken", "a.xlsx:1:1")
    ]
    assert found(read(bomb, context)) == [("xml-doctype", "a.xlsx:1:1")]
    monkeypatch.setattr(workbook, "MAX_CELLS", 5)
    assert found(read(good, context)) == [("workbook-too-large", "a.xlsx:1:1")]
    monkeypatch.setattr(workbook, "MAX_BYTES", 100)
    assert found(read(good, context)) == [("workbook-too-large", "a.xlsx:1:1")]
