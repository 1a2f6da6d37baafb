"""A problem as text for a terminal: its line with a caret, and each language in its own direction."""

from __future__ import annotations

import unicodedata

from cybercoop.problems.problem import SHOWN, Excerpt, Problem, help_link, in_language, sentence, visible

_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"


def said(found: Problem, lang: str, source_line: str | None = None) -> str:
    """Return a problem as text: place, severity and code; what is wrong; the value; the cure; where to read more.

    Arabic lines carry marks of direction, so that paths and codes stay whole in a terminal that lays out text.
    """
    excerpt = found.excerpt or (Excerpt(source_line, found.where.column) if source_line else None)
    message, cure = in_language(found.message, lang), in_language(found.cure, lang)
    severity = sentence("severity-" + found.severity, lang)
    lines = [in_direction(f"{_apart(str(found.where), lang)}  {severity}  {_apart(found.code, lang)}", lang)]
    lines.append("  " + in_direction(message, lang))
    lines += _quoted(excerpt, lang) if excerpt else []
    said_again = [found.value] if found.value and found.value not in message else []
    lines += ["  " + in_direction(sentence("value-found", lang, value=visible(value)), lang) for value in said_again]
    if found.nearest:
        lines.append("  " + in_direction(sentence("did-you-mean", lang, nearest=_apart(found.nearest, lang)), lang))
    lines.append("  " + in_direction(cure, lang))
    lines += [f"    {choice}" for choice in found.chosen(lang)]
    lines += ["  " + in_direction(_follows(after, lang), lang) for after in found.follows]
    lines.append("  " + in_direction(sentence("see", lang, help=_apart(help_link(found.code), lang)), lang))
    return "\n".join(lines)


def _quoted(excerpt: Excerpt, lang: str) -> list[str]:
    """Return the line of an excerpt with a caret under the place, and the title of its column in a table."""
    if not excerpt.line.strip():
        return []
    start = max(excerpt.column - SHOWN // 2, 0)
    shown = visible(excerpt.line[start:].replace("\t", " ").rstrip())
    before = shown[: max(excerpt.column - 1 - start, 0)]
    title = (
        [in_direction("  " + sentence("in-column", lang, title=visible(excerpt.title)), lang)] if excerpt.title else []
    )
    return [*title, f"    {shown}", f"    {' ' * _width(before, excerpt.column - 1 - start)}^"]


def _width(before: str, count: int) -> int:
    """Return how many columns of a terminal a text takes: wide characters take two, marks none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in before)
    none = sum(unicodedata.combining(character) != 0 for character in before)
    return max(count + wide - none, 0)


def _follows(found: Problem, lang: str) -> str:
    place, code = _apart(str(found.where), lang), _apart(found.code, lang)
    return sentence("follows", lang, where=place, name=code, message=in_language(found.message, lang))


def in_direction(text: str, lang: str) -> str:
    """Return a line that begins in the direction of its language."""
    return _RIGHT_TO_LEFT + text if lang == "ar" else text


def _apart(text: str, lang: str) -> str:
    """Return a path, code or name that keeps its own direction inside an Arabic line."""
    return f"{_LEFT_TO_RIGHT}{text}{_LEFT_TO_RIGHT}" if lang == "ar" else text
