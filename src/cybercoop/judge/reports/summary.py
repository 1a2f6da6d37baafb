"""A verdict in a sentence or two that a person can act on, and its problems record by record."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cybercoop.judge.root_causes import group
from cybercoop.problems.problem import ERROR, Problem, Where, sentence

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report


def summary(report: Report, lang: str, hidden: int = 0) -> str:
    """Return how many problems there are, in how many records, and where to begin."""
    if not report.problems:
        counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
        return sentence("conforms", lang, **counts)
    bad = {group(found) for found in report.problems}
    said = sentence(
        "found",
        lang,
        problems=len(report.problems) + hidden,
        errors=sum(found.severity == ERROR for found in report.problems),
        warnings=sum(found.severity != ERROR for found in report.problems),
        bad=len(bad),
        records=max(report.fine + len(bad), report.records),
        fine=report.fine,
        first=report.problems[0].where,
    )
    more = sentence("found-more", lang, count=hidden, shown=len(report.problems))
    return f"{said} {more}" if hidden else said


def by_record(report: Report) -> list[tuple[str, Where, list[Problem]]]:
    """Return the problems of each record with its name, or that of its file, and where it begins."""
    found = []
    for where, problems in groupby(report.problems, key=group):
        every = list(problems)
        things = [one.thing for one in every if one.thing and one.record]
        found.append((things[0] if things else where.file, where, every))
    return found
