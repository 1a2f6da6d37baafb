"""The verdict for a terminal: record by record, first causes first, and at the end what to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.documents import text
from cybercoop.documents.blocks import CODE, Heading, Paragraph, Text, filled
from cybercoop.judge.reports.items import item
from cybercoop.judge.reports.summary import by_record, summary
from cybercoop.problems.problem import Excerpt, Problem, help_link, sentence

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as text."""
    parts = []
    for name, _, problems in by_record(report):
        parts.append(text.write([Heading(1, [f"── {name}"])], lang))
        parts += [f"{said(found, lang)}\n" for found in problems]
    promise = [[sentence("try-mends", lang)]] if any(found.mend for found in report.problems) else []
    end = [[summary(report, lang, hidden)], *promise]
    return "\n".join([*parts, text.write([Paragraph(end)], lang)])


def said(found: Problem, lang: str, source_line: str | None = None) -> str:
    """Return a problem as text, and where to read more; `source_line` is the line of a text that was typed.

    Arabic lines carry marks of direction, so that paths and codes stay whole in a terminal that lays out text.
    """
    if found.excerpt is None and source_line:
        found = found._replace(excerpt=Excerpt(source_line, found.where.column))
    see = filled(sentence("see", lang, help="\0"), Text(help_link(found.code), CODE))
    return text.write([item(found, lang, see)], lang).rstrip("\n")
