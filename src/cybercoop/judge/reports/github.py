"""The verdict as workflow commands, which annotate the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.judge.reports import with_followers
from cybercoop.judge.reports.summary import summary
from cybercoop.problems.problem import ERROR, INFO, WARNING, in_language, sentence

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_COMMANDS = {ERROR: "error", WARNING: "warning", INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(report: Report, lang: str, hidden: int) -> str:
    """Return one command per first cause, which counts what follows from it, and the summary."""
    lines = []
    for found in report.problems:
        properties = {"file": found.where.file, "title": found.code}
        if found.where.line:
            properties |= {"line": str(found.where.line), "col": str(found.where.column)}
        said = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
        cell = f"{found.where.cell}: " if found.where.cell else ""
        certain = found.certain(lang)
        said_of_it = [cell + in_language(found.message, lang), *([certain] if certain else [])]
        said_of_it.append(in_language(found.cure, lang))
        if found.follows:
            said_of_it.append(sentence("followers", lang, count=len(with_followers(found.follows))))
        message = "\n".join(said_of_it)
        lines.append(f"::{_COMMANDS[found.severity]} {said}::{message.translate(_DATA)}")
    return "\n".join([*lines, summary(report, lang, hidden)])
