"""An answer as text: for the terminal, for a spreadsheet, for a program, for a document, for a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from cybercoop.ask.answer import Answer
from cybercoop.documents import text
from cybercoop.problems.problem import sentence


def as_table(answer: Answer) -> str:
    """Return a table for reading: fitted to the terminal, or as wide as it needs where there is none."""
    table, room = answer.table(), text.terminal_width()
    grid = text.Grid(table.headings, table.rows, answer.lang, room)
    parts = [grid.whole(table.rows) if table.rows else sentence("no-rows", answer.lang)]
    parts += ["\n".join(text.paragraph(note, room) for note in answer.said_notes())] if answer.sources else []
    parts += [text.paragraph(notice, room) for notice in answer.said_notices()]
    if table.rows:
        parts.append(sentence("rows", answer.lang, count=len(table.rows)))
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
    from cybercoop.documents import markdown

    table = answer.table()
    foot = markdown.foot([*answer.said_notes(), *answer.said_notices()])
    return markdown.head(table.headings) + "".join(map(markdown.row, table.rows)) + foot


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": as_table,
    "csv": as_csv,
    "tsv": as_tsv,
    "json": as_json,
    "md": as_markdown,
    "html": Answer._repr_html_,
}
"""Every way of writing an answer, by the name that people type."""


def as_xlsx(answer: Answer, name: str) -> bytes:
    """Return a workbook with the columns of the CSV under their headings; the question's name is that of the sheet."""
    from cybercoop.documents.xlsx import write

    columns, rows, more = _columns(answer)
    return write([*columns, *more], ([*row, *more.values()] for row in rows), name, answer.lang)


def _columns(answer: Answer) -> tuple[list[str], Iterator[list[str]], dict[str, str]]:
    """Return the columns, their rows, and what stands behind each row under a heading of its own: the notices."""
    notices = answer.notices()
    texts = answer.to_texts()
    more = {answer.beside("notice"): " ".join(notice for _, notice in notices)} if notices else {}
    return [*texts], ([cell or "" for cell in row] for row in zip(*texts.values(), strict=True)), more


def _separated(answer: Answer, delimiter: str, end: str) -> str:
    from cybercoop.documents.csv import lines, safe

    columns, rows, more = _columns(answer)
    head = lines([[*columns, *more]], delimiter, end)
    return head + lines((map(safe, row) for row in rows), delimiter, end, [*map(safe, more.values())])
