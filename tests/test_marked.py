"""A workbook comes back to its sender with its wrong cells marked, and is right once these are mended."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from cybercoop.contribute.marked import _changed
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal

NAMES = ("prefLabel@en", "prefLabel@fr", "prefLabel@ar")
HEAD = ["source", "id", "type", "section", *NAMES, "activityKind", "startDate", "heldIn", "benefits"]
ROW = ["coe-cybersouth-plus-page", "activity/2024-06-11-rabat-x", "Activity", "x"]
ROW += ["One x", "Un x", "واحد", "workshop"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook as an office sends it: a merged title, fonts, a date; of three wrong cells two are clear."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Ateliers"
    for row in (
        ["Ateliers de juin"],
        HEAD,
        [*ROW, "11 juin 2024", "rabat", "Maroc; TN"],
        [*ROW, "soon", "rabat", "MA"],
    ):
        sheet.append(row)
    sheet.append([*ROW, date(2024, 6, 13), "rabat", "MA"])
    for line, day in ((4, "12"), (5, "13")):
        sheet.cell(line, 2).value = ROW[1].replace("11", day)
        for column in (5, 6, 7):
            sheet.cell(line, column).value = f"{ROW[column - 1]} {day}"
    sheet.merge_cells("A1:K1")
    sheet["A2"].font = Font(bold=True, name="Calibri")
    sheet["K4"].comment = Comment("to be asked", "office")
    sheet.column_dimensions["B"].width = 44
    notes = made.create_sheet("notes")
    notes["A1"], notes["B2"] = "=1+1", 3.5
    made.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def shown(sheet: Any) -> dict[str, tuple[object, ...]]:
    """The cells of a sheet: value, format, font and comment."""
    return {
        cell.coordinate: (cell.value, cell.number_format, cell.font.b, cell.comment and cell.comment.text)
        for row in sheet.iter_rows()
        for cell in row
    }


@pytest.mark.parametrize(("lang", "word"), [("en", "form"), ("fr", "forme"), ("ar", "صيغة")])
def test_wrong_cells_are_marked_and_mended(lang: str, word: str, graph: Graph, book: Path) -> None:
    """Certain mends are filled in, what is left has a comment in the sender's language, all else is as it was."""
    marked = Graph(graph.workspace, lang).mark(book)
    assert (marked.marked, marked.mended) == (1, 2)
    assert not marked.report.conforms
    before, after = openpyxl.load_workbook(book), openpyxl.load_workbook(io.BytesIO(marked.content))
    old, new = shown(before["Ateliers"]), shown(after["Ateliers"])
    assert {name for name in new if new[name] != old[name]} == {"I3", "K3", "I4"}
    assert (new["I3"][0], new["K3"][0], new["I4"][0]) == ("2024-06-11", "MA | TN", "soon")
    assert "11 juin 2024" in str(new["I3"][3])
    assert word in str(new["I4"][3])
    assert str(new["I4"][3]).startswith("\u200f") == (lang == "ar")
    fills = {name: after["Ateliers"][name].fill.start_color.rgb for name in ("I3", "K3", "I4", "I5")}
    assert fills["I3"] == fills["K3"] != fills["I4"] != fills["I5"]
    assert shown(before["notes"]) == shown(after["notes"])
    assert after["Ateliers"].column_dimensions["B"].width == 44
    assert [str(each) for each in after["Ateliers"].merged_cells.ranges] == ["A1:K1"]


def test_mended_and_sent_in_again_it_passes(graph: Graph, book: Path, tmp_path: Path) -> None:
    """Once the marked cell is mended by hand, the workbook is judged to be right, and can be accepted."""
    (tmp_path / "marked.xlsx").write_bytes(graph.mark(book).content)
    again = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    again["Ateliers"]["I4"].value = "2024-06-12"
    again.save(tmp_path / "again.xlsx")
    assert not graph.validate(tmp_path / "again.xlsx").problems
    assert len(graph.accept(tmp_path / "again.xlsx", into=tmp_path / "data").accepted) == 3


def test_the_command_line_gives_it_back(
    root: Path, book: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-o marked.xlsx` writes the workbook, shows the verdict on what was sent, and ends with 1."""
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    out = tmp_path / "marked.xlsx"
    done = command("validate", str(book), "-o", str(out), "--lang", "fr")
    assert done.code == 1
    assert "Ateliers!I4" in done.text
    assert openpyxl.load_workbook(out)["Ateliers"]["I3"].value == "2024-06-11"
    for wrong in ([str(book), str(book)], [str(tmp_path / "data.csv")], []):
        with pytest.raises(Refusal) as refused:
            command("validate", *wrong, "-o", str(out))
        assert refused.value.problem.code in ("marked-of-a-workbook", "file-missing")
    (tmp_path / "none.xlsx").write_text("x", encoding="utf-8")
    with pytest.raises(Refusal):
        command("validate", str(tmp_path / "none.xlsx"), "-o", str(out))


def converted(path: Path, form: str) -> Path:
    """Open a file in LibreOffice and save it in another format; skip where the program is not installed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    out = path.parent / form
    command = [program, profile, "--headless", "--convert-to", form, "--outdir", str(out), str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (out / f"{path.stem}.{form}").is_file(), done.stdout + done.stderr
    return out / f"{path.stem}.{form}"


def test_a_marked_workbook_opens_in_libreoffice(book: Path, graph: Graph, tmp_path: Path) -> None:
    """Opened and saved by LibreOffice, marks, mends, comments in Arabic and sheets from right to left are there."""
    sheet_of = openpyxl.load_workbook(book)
    sheet_of.worksheets[0].sheet_view.rightToLeft = True
    sheet_of.save(book)
    marked = tmp_path / "marked.xlsx"
    marked.write_bytes(Graph(graph.workspace, "ar").mark(book).content)
    before = openpyxl.load_workbook(marked).worksheets[0]
    after = openpyxl.load_workbook(converted(converted(marked, "ods"), "xlsx")).worksheets[0]
    assert after.sheet_view.rightToLeft
    noted = {cell.coordinate: cell for row in before.iter_rows() for cell in row if cell.comment}
    assert set(noted) == {"I3", "K3", "I4", "K4"}
    for address, cell in noted.items():
        again = after[address]
        assert (again.value, again.fill.start_color.rgb[2:]) == (cell.value, cell.fill.start_color.rgb[2:])
        assert again.comment.text.split() == cell.comment.text.split()
    assert [after[address].value for address in ("I3", "K3", "G3")] == ["2024-06-11", "MA | TN", "واحد"]
    assert "كُتب هنا" in after["K3"].comment.text
    assert after.merged_cells.ranges == before.merged_cells.ranges
    assert "2024-06-11" in converted(marked, "csv").read_text("utf-8")


def test_an_id_of_another_kind_is_filled_in(book: Path, graph: Graph, tmp_path: Path) -> None:
    """An id with the plural of its kind is mended in its cell, one that may be meant is marked there."""
    sheets = openpyxl.load_workbook(book)
    sheet = sheets.worksheets[0]
    sheet["B3"].value = "activities/2024-06-11-rabat-x"
    sheet["B5"].value = "country/ZZ"
    sheets.save(book)
    marked = openpyxl.load_workbook(io.BytesIO(graph.mark(book).content)).worksheets[0]
    assert [marked[cell].value for cell in ("B3", "B5")] == ["activity/2024-06-11-rabat-x", "country/ZZ"]
    assert marked["B5"].comment is not None


def test_cells_are_compared_where_rows_are_the_same() -> None:
    """A changed cell is told by row and column; where a row was added or went, no cell is taken for another."""
    assert list(_changed("a,b\nc,d\n", "a,b\nc,e\n")) == [((2, 2), "e")]
    assert not list(_changed("a,b\nc,d\n", "c,d\n"))
