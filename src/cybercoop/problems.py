"""How anything wrong is said: a code, a place, what is wrong and how to mend it, in three languages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "fr", "ar")
ERROR, WARNING, INFO = "error", "warning", "info"

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, separators of lines, overrides of direction, and what has no width.

The joiners and the marks of direction that Arabic and Persian are written with are not among them.
"""

_SHOWN = 160


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file: line and column count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in the text of a file: `length` characters from `where` on become `text`."""

    where: Where
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Mend:
    """A certain cure: edits of one file, and what they do, in three languages."""

    edits: tuple[Edit, ...]
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, ready to be said by any face of the product."""

    code: str
    where: Where
    message: Mapping[str, str]
    cure: Mapping[str, str]
    severity: str = ERROR
    thing: str | None = None
    value: str | None = None
    nearest: str | None = None
    choices: tuple[str, ...] = ()
    mend: Mend | None = None
    follows: tuple[Problem, ...] = ()

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the problem as plain values, with message and cure in `lang`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.where.file,
            "line": self.where.line,
            "column": self.where.column,
            "message": in_language(self.message, lang),
            "cure": in_language(self.cure, lang),
            "thing": self.thing,
            "value": self.value,
            "nearest": self.nearest,
            "choices": list(self.choices),
            "help": f"docs/problems.md#{self.code}",
        }


class Refusal(Exception):
    """A request that cannot be met as it was asked; the problem says why and what to do instead."""

    def __init__(self, problem: Problem, line: str | None = None) -> None:
        super().__init__(problem.message.get("en", problem.code))
        self.problem = problem
        self.line = line


def problem(code: str, where: Where, *, severity: str = ERROR, **values: str) -> Problem:
    """Return the problem of that code from `messages.yaml`, its placeholders filled with `values`.

    The values `thing`, `value` and `nearest` are kept on the problem as well.
    """
    entry = messages()["problems"][code]
    values = {name: visible(value) for name, value in values.items()}
    return Problem(
        code,
        where,
        {lang: text.format(**values) for lang, text in entry["message"].items()},
        {lang: text.format(**values) for lang, text in entry["cure"].items()},
        severity,
        values.get("thing"),
        values.get("value"),
        values.get("nearest") or None,
    )


def refuse(
    code: str,
    where: Where | None = None,
    *,
    line: str | None = None,
    choices: Iterable[str] = (),
    **values: str,
) -> Refusal:
    """Return a `Refusal` to raise, for a request that is wrong in itself.

    `line` is the text that `where` points at, `choices` what may have been meant.
    """
    found = problem(code, where or Where("cybercoop"), **values)
    return Refusal(replace(found, choices=tuple(map(visible, choices))), line)


def sentence(code: str, lang: str, **values: object) -> str:
    """Return a sentence of the user interface in `lang`, from `messages.yaml`."""
    return in_language(messages()["sentences"][code], lang).format(**values)


def in_language(texts: Mapping[str, str], lang: str) -> str:
    """Return the text in `lang`, else in English, else any."""
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def visible(text: str) -> str:
    """Return a text as a terminal may show it: not too long, with a mark for each character that cannot be seen."""
    whole = UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text[:_SHOWN])
    return whole if len(text) <= _SHOWN else whole + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or an empty string when none is alike or the word is no word."""
    if len(word) > _SHOWN:
        return ""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


@cache
def messages() -> dict[str, Any]:
    """Return the catalogue of messages that do not belong to a shape."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8")
    catalogue: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506  (a safe loader)
    return catalogue


def said(found: Problem, lang: str, source_line: str | None = None) -> str:
    """Return a problem as text: place, severity and code; what is wrong; the value; the cure; where to read more."""
    lines = [
        f"{found.where}  {sentence('severity-' + found.severity, lang)}  {found.code}",
        f"  {in_language(found.message, lang)}",
    ]
    if source_line is not None and source_line.strip():
        start = max(found.where.column - _SHOWN // 2, 0)
        shown = visible(source_line[start:].replace("\t", " ").rstrip())
        lines += [f"    {shown}", f"    {' ' * max(found.where.column - 1 - start, 0)}^"]
    if found.value and found.value not in lines[1]:
        lines.append("  " + sentence("value-found", lang, value=visible(found.value)))
    if found.nearest:
        lines.append("  " + sentence("did-you-mean", lang, nearest=found.nearest))
    lines.append(f"  {in_language(found.cure, lang)}")
    lines += [f"    {choice}" for choice in found.choices]
    lines.append("  " + sentence("see", lang, help=f"docs/problems.md#{found.code}"))
    return "\n".join(lines)
