"""The verdict as Markdown, for a comment on a change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cybercoop.judge.reports.summary import by_record, summary
from cybercoop.problems.problem import Problem, help_link, in_language, sentence, visible

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as Markdown; Arabic stands in a block that runs from right to left."""
    parts = [_plain(summary(report, lang, hidden))]
    for name, where, problems in by_record(report):
        parts.append(f"### {_plain(name)} ({_code(str(where))})")
        parts += [_item(found, lang) for found in problems]
    text = "\n\n".join(parts)
    return f'<div dir="rtl" lang="ar">\n\n{text}\n\n</div>' if lang == "ar" else text


def _item(found: Problem, lang: str) -> str:
    severity = sentence("severity-" + found.severity, lang)
    link = f"[{_code(found.code)}]({help_link(found.code)})"
    lines = [f"- **{severity}** {link} {_code(str(found.where))}: {_plain(in_language(found.message, lang))}"]
    if found.excerpt is not None and found.excerpt.line.strip():
        lines.append(_code(visible(found.excerpt.line.strip())))
    if found.value and found.value not in in_language(found.message, lang):
        lines.append(_plain(sentence("value-found", lang, value=visible(found.value))))
    if found.nearest:
        lines.append(_plain(sentence("did-you-mean", lang, nearest=found.nearest)))
    lines.append(_plain(in_language(found.cure, lang)))
    for after in found.follows:
        message = in_language(after.message, lang)
        lines.append(_plain(sentence("follows", lang, where=after.where, name=after.code, message=message)))
    return "  \n  ".join(lines)


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _code(text: str) -> str:
    """Return a text as code, between more backticks than it holds in a row."""
    marks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"
