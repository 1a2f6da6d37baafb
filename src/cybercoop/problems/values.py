"""A literal as people read it in their language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cybercoop.problems.problem import listed, seen, sentence

if TYPE_CHECKING:
    import pyoxigraph as ox

TRUTH = {"true": True, "1": True, "false": False, "0": False}
"""The forms of a truth value (XML Schema Part 2, 3.3.2)."""
_DURATION = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?")
"""A time in years and months (XML Schema Part 2, 3.4.26)."""
_NUMBER = re.compile(r"[+-]?([0-9]+)(\.[0-9]+)?")
_GROUPED = 4
"""Digits that a number may have without groups: a year is one, too."""
_IN_FRENCH = {ord(","): "\N{NARROW NO-BREAK SPACE}", ord("."): ","}


def in_words(value: ox.Literal, lang: str) -> str:
    """Return a literal as people read it: a number in groups, a time in years and months, yes or no; else its text.

    >>> import pyoxigraph as ox
    >>> in_words(ox.Literal(3890000), "en"), in_words(ox.Literal("P36M"), "en")
    ('3,890,000', '36 months')
    """
    kind = value.datatype.value.rpartition("#")[2]
    if kind == "boolean" and value.value in TRUTH:
        return sentence("web-yes" if TRUTH[value.value] else "web-no", lang)
    if kind in ("decimal", "integer") and (number := _NUMBER.fullmatch(value.value)):
        grouped = f"{int(number[1]):,}" if len(number[1]) > _GROUPED else number[1]
        whole = f"{value.value[: number.start(1)]}{grouped}{number[2] or ''}"
        return whole.translate(_IN_FRENCH) if lang == "fr" else whole
    if kind == "string" and (lasts := _DURATION.fullmatch(value.value)):
        parts = zip(("value-years", "value-months"), lasts.groups(), strict=True)
        return listed((sentence(code, lang, count=int(count)) for code, count in parts if count), lang)
    return seen(value.value)
