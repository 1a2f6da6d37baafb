"""The verdict for a terminal: record by record, first causes first, and at the end what to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.judge.reports.summary import by_record, summary
from cybercoop.problems.problem import sentence
from cybercoop.problems.terminal import in_direction, said

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as text."""
    parts = []
    for name, _, problems in by_record(report):
        parts.append(in_direction(f"── {name}", lang))
        parts += [said(found, lang) for found in problems]
    parts.append(in_direction(summary(report, lang, hidden), lang))
    if report.problems:
        parts[-1] += "\n" + in_direction(sentence("try-mends", lang), lang)
    return "\n\n".join(parts) + "\n"
