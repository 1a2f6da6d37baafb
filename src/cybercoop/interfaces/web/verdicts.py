"""What is said of a text or a file that was sent: judged by a process of its own (`uploads.judged`)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cybercoop.documents import Excerpt
from cybercoop.graph import open as open_graph
from cybercoop.judge.reports.people import folded, pointed, summary
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import Mend, Problem, Refusal, Where, in_language, listed, sentence
from cybercoop.records import SUFFIXES
from cybercoop.records.reading import decode

_PLACES = 3
"""How many of the places of like problems are named."""


class Said(NamedTuple):
    """A problem as it stands on a page; `take` is what the form holds with its mend, for who clicks on that."""

    severity: str
    place: str
    message: str
    excerpt: Excerpt | None
    cure: str
    mend: str
    choices: Sequence[str]
    rest: str = ""
    take: str = ""


def said(problem: Problem, lang: str, take: str = "", mend: Mend | None = None) -> Said:
    """Return a problem of a record that was typed into a form, where its line is seen."""
    mend = problem.mend or mend
    title = in_language(mend.title, lang) if mend else ""
    message, cure = in_language(problem.message, lang), "" if problem.mend else problem.remedy(lang)
    if problem.nearest and not problem.mend:
        cure = f"{sentence('did-you-mean', lang, nearest=problem.nearest)} {cure}"
    severity = sentence(f"severity-{problem.severity}", lang)
    place = _place(problem.where, lang)
    return Said(severity, place, message, None, cure, title, problem.chosen(lang), take=take)


def verdict(root: str, lang: str, name: str, file: str, *, take: bool) -> dict[str, Any]:
    """Judge a file that is called `name` where it was sent from, and return what a page says of it, as plain values.

    With `take` it is mended first, where that is certain; `text` is what it holds then, if it is a text, `mends` how
    many certain mends there are, and `marked` a workbook with marks, where it is one with wrong cells.
    """
    path, graph = Path(file), open_graph(root, lang)
    told: dict[str, Any] = {
        "text": "",
        "mends": 0,
        "mended": 0,
        "marked": "",
        "problems": [],
        "summary": "",
        "code": "",
    }
    try:
        if take:
            done = graph.mend(path)
            told["mended"] = done.count
            for content in done.contents().values():
                path.write_bytes(content)
        report = graph.validate(path, mends=True)
        if path.suffix == ".xlsx" and any(found.where.cell for found in report.problems):
            told["marked"] = base64.b64encode(graph.mark(path).content).decode()
    except Refusal as refusal:
        report = Report((refusal.problem,), "", 1, 0, 0, 0, 0, 0)
    told["text"] = _text(path)
    told["mends"] = len({found.mend.edits for found in report.problems if found.mend}) if told["text"] else 0
    report = replace(report, problems=tuple(_called(found, name) for found in report.problems))
    short, others = folded(report)
    told["problems"] = [_whole(found, lang, others.get(id(found), ())) for found in short.problems]
    told["summary"] = summary(report, lang) if report.problems else ""
    told["code"] = report.problems[0].code if report.problems else ""
    return told


def _whole(problem: Problem, lang: str, rest: Sequence[Problem]) -> dict[str, Any]:
    """Return a problem with its line, and where else there are such."""
    own = said(problem, lang)
    places = listed((_place(each.where, lang) for each in rest[:_PLACES]), lang, ";")
    more = sentence("and-as-often", lang, count=len(rest), places=places) if rest else ""
    line = pointed(problem, lang) if problem.excerpt and problem.excerpt.line.strip() else None
    return {**own._replace(rest=more)._asdict(), "excerpt": line._asdict() if line else None}


def _place(where: Where, lang: str) -> str:
    return where.cell or (sentence("web-place", lang, line=where.line, column=where.column) if where.line else "")


def _called(problem: Problem, name: str) -> Problem:
    """Return a problem of the file by the name that its sender knows it by."""
    record = problem.record and problem.record._replace(file=name)
    return problem._replace(where=problem.where._replace(file=name), record=record)


def _text(path: Path) -> str:
    """Return what a file holds, if it is a text that can be shown."""
    form = SUFFIXES[path.suffix]
    if form.binary and form.name != "tsv":
        return ""
    text, problems = decode(path.read_bytes(), path.name)
    return "" if problems else text


def _confine(seconds: int, memory: int) -> None:
    """Take no more processor time and memory than a verdict may, where the platform has such limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        os.nice(5)


if __name__ == "__main__":
    task = json.load(sys.stdin)
    _confine(task.pop("seconds"), task.pop("memory"))
    json.dump(verdict(**task), sys.stdout)
