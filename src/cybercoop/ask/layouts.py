"""An answer as text: for the terminal, for a spreadsheet, for a program, for a document, for a notebook."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from unicodedata import combining, east_asian_width

from cybercoop.ask.answer import Answer
from cybercoop.problems.problem import sentence


def as_table(answer: Answer) -> str:
    """Return a table for reading: fitted to the terminal, or as wide as it needs where there is none."""
    header, *rows = _lines(answer)
    body = _fitted(header, rows) if sys.stdout.isatty() else _aligned(header, rows)
    parts = [body if rows else sentence("no-rows", answer.lang)]
    parts += ["\n".join(answer.note(*note) for note in answer.notes())] if answer.sources else []
    parts += [sentence("notice", answer.lang, name=name, notice=notice) for name, notice in answer.notices()]
    if rows:
        parts.append(sentence("rows", answer.lang, count=len(rows)))
    return "\n\n".join(parts) + "\n"


def as_csv(answer: Answer) -> str:
    """Return RFC 4180 CSV: codes with names beside them, a `notice` column where a name carries one."""
    return _separated(answer, ",", "\r\n")


def as_tsv(answer: Answer) -> str:
    """Return tab-separated values with the columns of the CSV."""
    return _separated(answer, "\t", "\n")


def as_json(answer: Answer) -> str:
    """Return the columns with their headings, the rows, and the designation notices."""
    content = {
        "question": answer.question.get(answer.lang) or answer.question.get("en"),
        "columns": [{"name": column, "heading": answer.heading(column)} for column in answer.columns],
        "rows": answer.to_dicts(),
        "notices": [{"name": name, "notice": notice} for name, notice in answer.notices()],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_markdown(answer: Answer) -> str:
    """Return a Markdown table with the notices below it."""
    header, *rows = _lines(answer)
    lines = [header, ["---"] * len(header), *rows]
    text = "\n".join("| " + " | ".join(markdown_cell(cell) for cell in line) + " |" for line in lines) + "\n"
    notices = [sentence("notice", answer.lang, name=name, notice=notice) for name, notice in answer.notices()]
    notes = "".join(f"\n\\{answer.note(*note)}\n" for note in answer.notes())
    return text + notes + "".join(f"\n\\{notice}\n" for notice in notices)


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": as_table,
    "csv": as_csv,
    "tsv": as_tsv,
    "json": as_json,
    "md": as_markdown,
    "html": Answer._repr_html_,
}
"""Every way of writing an answer, by the name that people type."""


def _separated(answer: Answer, delimiter: str, line_end: str) -> str:
    import csv

    from cybercoop.documents.csv import safe

    notices = answer.notices()
    said = " ".join(notice for _, notice in notices)
    texts = answer.to_texts()
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow([*texts, *(["notice"] if notices else [])])
    for row in zip(*texts.values(), strict=True):
        writer.writerow([*(safe(cell or "") for cell in row), *([said] if notices else [])])
    return out.getvalue()


def _lines(answer: Answer) -> list[list[str]]:
    """Return headings and rows as people read them; with a column of notes where the rows have sources."""
    lines = [[answer.heading(column) for column in answer.columns]]
    lines += [[answer.shown(term).replace("\n", " ") for term in row] for row in answer.rows]
    if answer.sources is not None:
        marks = [sentence("explain-sources", answer.lang), *answer.marks()]
        lines = [[*line, mark] for line, mark in zip(lines, marks, strict=True)]
    return lines


def markdown_cell(text: str) -> str:
    """Return a text as it may stand in a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _aligned(header: list[str], rows: list[list[str]]) -> str:
    """Return columns side by side, each as wide as its widest cell; quicker than Rich by a tenth of a second."""
    widths = [max(map(width, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["─" * each for each in widths], *rows]
    return "\n".join(line(cells, widths) for cells in lines)


def line(cells: list[str], widths: list[int]) -> str:
    """Return cells side by side, each as wide as its column."""
    return "   ".join(cell + " " * (each - width(cell)) for cell, each in zip(cells, widths, strict=True)).rstrip()


def width(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _fitted(header: list[str], rows: list[list[str]]) -> str:
    """Return a table that folds its cells to the width of the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in header:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), force_terminal=True)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())
