"""The verdict for programs, as `docs/schemas/report-1.json` describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cybercoop.judge.reports.summary import summary
from cybercoop.terms.names import BASE

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

SCHEMA = BASE + "schemas/report-1.json"
"""The name of the schema; a change that breaks programs gets a new number."""


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as JSON."""
    plain = report.to_dict(lang)
    problems = plain.pop("problems")
    document = {"$schema": SCHEMA, "language": lang, "summary": summary(report, lang, hidden), "hidden": hidden}
    return json.dumps({**document, **plain, "problems": problems}, ensure_ascii=False, indent=2)
