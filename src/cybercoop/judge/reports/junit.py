"""The verdict as JUnit XML: a suite for each file, a test for each record with a problem."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from cybercoop.judge.reports.summary import by_record, summary
from cybercoop.judge.reports.text import said
from cybercoop.problems.problem import ERROR, Problem, Where, in_language, seen

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_Case = tuple[str, Where, list[Problem]]


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as XML; what is fine is one test that passes."""
    suites = [
        _suite(file, list(cases), lang) for file, cases in groupby(by_record(report), key=lambda case: case[1].file)
    ]
    wrong = [found for found in report.problems if found.severity == ERROR]
    failed = len({(found.where.file, found.record) for found in wrong})
    fine = f'    <testcase classname="cybercoop" name={_quoted(summary(report, lang, hidden))}/>'
    suites.append(f'  <testsuite name="cybercoop" tests="1" failures="0" errors="0">\n{fine}\n  </testsuite>')
    count = len(by_record(report)) + 1
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="cybercoop" tests="{count}" failures="{failed}">'
    return "\n".join([head, *suites, "</testsuites>"])


def _suite(file: str, cases: list[_Case], lang: str) -> str:
    failures = sum(any(found.severity == ERROR for found in problems) for _, _, problems in cases)
    lines = [f'  <testsuite name={_quoted(file)} tests="{len(cases)}" failures="{failures}" errors="0">']
    for name, where, problems in cases:
        lines.append(
            f"    <testcase classname={_quoted(file)} name={_quoted(name)} file={_quoted(file)}{_line(where)}>"
        )
        grave = [found for found in problems if found.severity == ERROR]
        if grave:
            title = in_language(grave[0].message, lang)
            text = "\n\n".join(said(found, lang) for found in grave)
            lines.append(
                f"      <failure type={_quoted(grave[0].code)} message={_quoted(title)}>{_text(text)}</failure>"
            )
        light = "\n\n".join(said(found, lang) for found in problems if found.severity != ERROR)
        lines += [f"      <system-out>{_text(light)}</system-out>"] if light else []
        lines.append("    </testcase>")
    return "\n".join([*lines, "  </testsuite>"])


def _line(where: Where) -> str:
    return f' line="{where.line}"' if where.line else ""


def _text(text: str) -> str:
    return escape(seen(text))


def _quoted(text: str) -> str:
    return quoteattr(seen(text))
