"""An answer as text: for the terminal, for a spreadsheet, for a program, for a document, for a notebook."""

from __future__ import annotations

import csv
import html
import io
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.cells import safe
from cybercoop.problems import sentence

if TYPE_CHECKING:
    from cybercoop.answer import Answer


def as_table(answer: Answer) -> str:
    """Return a table for reading, as wide as the terminal, or as it needs where there is none."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, highlight=False)
    for column in answer.columns:
        table.add_column(answer.heading(column), overflow="fold")
    for row in answer.rows:
        table.add_row(*(_markup_free(answer.shown(term)) for term in row))
    terminal = sys.stdout.isatty()
    console = Console(file=io.StringIO(), force_terminal=terminal, width=None if terminal else 10_000)
    if not terminal:
        console.width = max(console.measure(table).maximum, 40)
    with console.capture() as capture:
        console.print(table)
    body = "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())
    parts = [body] if answer.rows else [sentence("no-rows", answer.lang)]
    parts += [sentence("notice", answer.lang, name=name, notice=notice) for name, notice in answer.notices()]
    if answer.rows:
        parts.append(sentence("rows", answer.lang, count=len(answer.rows)))
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
    lines = [[answer.heading(column) for column in answer.columns], ["---"] * len(answer.columns)]
    lines += [[answer.shown(term) for term in row] for row in answer.rows]
    text = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"
    notices = [sentence("notice", answer.lang, name=name, notice=notice) for name, notice in answer.notices()]
    return text + "".join(f"\n\\{notice}\n" for notice in notices)


def as_html(answer: Answer) -> str:
    """Return an HTML table whose cells keep the direction of their own script."""
    direction = ' dir="rtl"' if answer.lang == "ar" else ""
    head = "".join(f"<th>{html.escape(answer.heading(column))}</th>" for column in answer.columns)
    rows = "".join(f"<tr>{''.join(_html_cell(answer, term) for term in row)}</tr>\n" for row in answer.rows)
    notices = [sentence("notice", answer.lang, name=name, notice=notice) for name, notice in answer.notices()]
    foot = "".join(f"<p><small>{html.escape(notice)}</small></p>\n" for notice in notices)
    return (
        f'<table lang="{answer.lang}"{direction}>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n{foot}"
    )


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": as_table,
    "csv": as_csv,
    "tsv": as_tsv,
    "json": as_json,
    "md": as_markdown,
    "html": as_html,
}
"""Every way of writing an answer, by the name that people type."""


def _separated(answer: Answer, delimiter: str, line_end: str) -> str:
    notices = answer.notices()
    said = " ".join(notice for _, notice in notices)
    rows = answer.to_dicts()
    columns = list(dict.fromkeys(key for row in rows for key in row)) or list(answer.columns)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow([*columns, *(["notice"] if notices else [])])
    for row in rows:
        writer.writerow([*(safe(row.get(column) or "") for column in columns), *([said] if notices else [])])
    return out.getvalue()


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _html_cell(answer: Answer, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    language = f' lang="{term.language}"' if isinstance(term, ox.Literal) and term.language else ""
    title = f' title="{html.escape(term.value)}"' if isinstance(term, ox.NamedNode) else ""
    return f"<td{title}><bdi{language}>{html.escape(answer.shown(term))}</bdi></td>"


def _markup_free(text: str) -> str:
    return text.replace("[", r"\[")
