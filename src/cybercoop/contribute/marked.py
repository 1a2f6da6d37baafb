"""A workbook given back to its sender: what is wrong marked in its cells, with words, and what is certain filled in."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cybercoop.contribute.fixes import mend
from cybercoop.documents import csv
from cybercoop.judge.validate import judge
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import ERROR, Problem, Refusal, in_language, sentence
from cybercoop.records import table, workbook
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_FILLS = {"error": "FFFFC7CE", "warning": "FFFFEB9C", "mended": "FFC6EFCE"}
_LONGEST = 2_000
_RIGHT_TO_LEFT = "\u200f"

Address = tuple[str, int, int]
"""A cell: the title of its sheet, its row and its column."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The workbook with its marks, the verdict on it as it was sent, and how many cells are marked and mended."""

    content: bytes
    report: Report
    marked: int
    mended: int


def marked(workspace: Workspace, path: Path, lang: str, engine: str | None = None) -> Marked:
    """Judge a workbook and return it with a comment in each wrong cell; a cell with a certain mend has its new value.

    All other cells stay as they are. Raises `Refusal` for a workbook that cannot be opened.
    """
    import openpyxl

    shown = workspace.relative(path)
    sheets, problems = workbook.sheets(path.read_bytes(), shown)
    if problems:
        raise Refusal(problems[0])
    report = judge(workspace, [path], engine)
    new = dict(_mends(workspace, sheets, engine)) if report.problems else {}
    words: dict[Address, list[Problem]] = {}
    for found in report.problems:  # what follows from one goes with it
        if found.where.file == shown and found.where.cell and (address := _address(found)) not in new:
            words.setdefault(address, []).append(found)
    book = openpyxl.load_workbook(path, rich_text=True)
    for address in {**words, **new}:
        _mark(book[address[0]], address, new.get(address), words.get(address, []), lang)
    content = io.BytesIO()
    book.save(content)
    return Marked(content.getvalue(), report, len(words.keys() - new.keys()), len(new))


def _address(found: Problem) -> Address:
    return found.where.cell.rpartition("!")[0], found.where.line, found.where.column


def _mends(workspace: Workspace, sheets: list[workbook.Sheet], engine: str | None) -> Iterator[tuple[Address, str]]:
    """Yield the cells that are mended with certainty, each with its new text: they are tried as tables of CSV."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.csv") for number, _ in enumerate(sheets)]
        for path, sheet in zip(paths, sheets, strict=True):
            path.write_text(_as_csv(sheet), encoding="utf-8")
        done = mend(workspace, paths, engine)
        for path, sheet in zip(paths, sheets, strict=True):
            before, after = (table.cells(texts[path])[0] for texts in (done.before, done.after))
            if len(before) == len(after):
                for line, pair in enumerate(zip(before, after, strict=True), 1):
                    for column, (old, now) in enumerate(zip(*pair, strict=False), 1):
                        if old.text != now.text:
                            yield (sheet.name, line, column), now.text


def _as_csv(sheet: workbook.Sheet) -> str:
    """Return a sheet as CSV, each row on the line of its number; lines within a cell are divided by a semicolon."""
    width = max((len(row) for row in sheet.rows), default=0)
    texts = {
        number: ["; ".join(cell.text.splitlines()) for cell in row]
        for row, number in zip(sheet.rows, sheet.numbers, strict=True)
    }
    rows = (texts.get(number, []) for number in range(1, max(texts, default=0) + 1))
    return csv.lines([*row, *[""] * (width - len(row))] for row in rows)


def _mark(sheet: Worksheet, address: Address, new: str | None, problems: list[Problem], lang: str) -> None:
    """Write a new value into a cell, or leave it, and say in a comment why it is marked."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    _, row, column = address
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
            row, column = merged.min_row, merged.min_col
    cell: Any = sheet.cell(row, column)
    said = [cell.comment.text] if cell.comment else []
    if new is not None:
        said.append(sentence("mended-cell", lang, old=str(cell.value), new=new))
        cell.value, cell.number_format = new, "@"
    else:
        said += [f"{in_language(each.message, lang)} {each.remedy(lang)}" for each in problems]
    worst = "error" if any(each.severity == ERROR for each in problems) else "warning"
    colour = _FILLS["mended" if new is not None else worst]
    cell.fill = PatternFill("solid", start_color=colour, end_color=colour)
    text = "\n\n".join(said)[:_LONGEST]
    marks = _RIGHT_TO_LEFT if lang == "ar" else ""
    cell.comment = Comment("\n".join(marks + line for line in text.split("\n")), "cybercoop", height=160, width=360)
