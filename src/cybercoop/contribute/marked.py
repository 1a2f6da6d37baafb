"""The mends of workbooks, tried as tables; a workbook given back with its cells marked, and mended where certain."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cybercoop.contribute.fixes import applied, mend, offered, tries
from cybercoop.judge.validate import judge
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import ERROR, Edit, Mend, Problem, Refusal, Where, in_language, sentence
from cybercoop.records import SUFFIXES, Given, table, workbook
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
    problems = workbook.sheets(path.read_bytes(), shown)[1]
    if problems:
        raise Refusal(problems[0])
    report = judge(workspace, [path], engine)
    new: dict[Address, str] = {}
    for sheet, before, after in cells_of(workspace, path, engine) if report.problems else ():
        new |= {(sheet.name, *address): text for address, text in _changed(before, after)}
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


def with_cells(
    workspace: Workspace, files: Iterable[Path | Given], report: Report, engine: str | None = None
) -> Report:
    """Return a report in which the problems of workbooks have their certain mends: the cells with their new texts."""
    wrong = {found.where.file for found in report.problems if found.where.cell}
    told: dict[tuple[str, Where], Mend] = {}
    for path in files:
        if isinstance(path, Path) and (shown := workspace.relative(path)) in wrong:
            sheets = opened(path, shown)[0]
            with _tables(sheets) as tables:
                if not tries((each.read_text(encoding="utf-8") for each in tables), report):
                    continue
                names = {workspace.relative(each): each for each in tables}
                judged = offered(workspace, [*tables], judge(workspace, tables, engine), engine)
                for found in judged.problems:
                    if found.mend is not None:
                        told |= _in_cells(found, found.mend, tables[names[found.where.file]], names[found.where.file])
    mended = (found._replace(mend=told.get((found.code, found.where))) for found in report.problems)
    return replace(
        report, problems=tuple(new if new.mend else old for new, old in zip(mended, report.problems, strict=True))
    )


def _in_cells(found: Problem, mend: Mend, sheet: workbook.Sheet, path: Path) -> dict[tuple[str, Where], Mend]:
    """Return the mend of a problem in the table of a sheet as one of its cells, by the code and the cell."""
    text = path.read_text(encoding="utf-8")
    row = table.cells(text)[0][found.where.line - 1]
    offset = len("".join(text.splitlines(keepends=True)[: found.where.line - 1])) + found.where.column - 1
    column = sum(cell.offset <= offset for cell in row)
    edits = tuple(Edit(sheet.at(*address), 1, new) for address, new in _changed(text, applied(text, mend.edits)))
    return {(found.code, sheet.at(found.where.line, column)): mend._replace(edits=edits)}


def cells_of(workspace: Workspace, path: Path, engine: str | None = None) -> list[tuple[workbook.Sheet, str, str]]:
    """Return the sheets of a workbook that can be mended with certainty, as CSV before and after."""
    sheets = opened(path, workspace.relative(path))[0]
    with _tables(sheets) as tables:
        done = mend(workspace, [*tables], engine)
        return [(tables[each], done.before[each], done.after[each]) for each in done.changed]


def opened(path: Path, shown: str) -> tuple[list[workbook.Sheet], list[Problem]]:
    """Return the sheets of a workbook that are read, or why it cannot be opened; none of another file."""
    form = SUFFIXES.get(path.suffix.lower())
    return form.imported().sheets(path.read_bytes(), shown) if form and form.name in WORKBOOKS else ([], [])


WORKBOOKS = ("xlsx", "ods")
"""The formats that are workbooks."""


@contextmanager
def _tables(sheets: list[workbook.Sheet]) -> Iterator[dict[Path, workbook.Sheet]]:
    """Write sheets as tables of CSV for as long as these are tried."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {Path(folder, f"{number}.csv"): sheet for number, sheet in enumerate(sheets)}
        for path, sheet in paths.items():
            text = sheet.text("; ", width=max(map(len, sheet.rows), default=0))
            path.write_text(text, encoding="utf-8")
        yield paths


def _changed(before: str, after: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield row, column and new text of each cell that differs between two tables; nothing where rows came or went."""
    old_rows, new_rows = (table.cells(text)[0] for text in (before, after))
    if len(old_rows) != len(new_rows):
        return
    for line, pair in enumerate(zip(old_rows, new_rows, strict=True), 1):
        for column, (old, now) in enumerate(zip(*pair, strict=False), 1):
            if old.text != now.text:
                yield (line, column), now.text


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
