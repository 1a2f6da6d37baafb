"""The verdict for a terminal: record by record, first causes first, and at the end what to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.problems import in_direction, said
from cybercoop.reports.summary import by_record, summary

if TYPE_CHECKING:
    from cybercoop.validate import Report


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as text."""
    parts = []
    for name, _, problems in by_record(report):
        parts.append(in_direction(f"── {name}", lang))
        parts += [said(found, lang) for found in problems]
    return "\n\n".join([*parts, in_direction(summary(report, lang, hidden), lang)]) + "\n"
