"""What people are shown, as values: texts, lines, headings, items, excerpts, tables; other modules here write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CODE, NAME, STRONG, CHOICE, FOREIGN = "code", "name", "strong", "choice", "foreign"
"""What a text is in its line: a place or code; a name in its own direction; what is seen first; what may be written.

A foreign one is in another language than those around it, which its hint names.
"""


class Text(str):
    """A text and what is known of it: its kind in the line, its language, a hint (such as its IRI), where it leads."""

    __slots__ = ("hint", "href", "kind", "lang")
    kind: str
    lang: str
    hint: str
    href: str

    def __new__(cls, text: str, kind: str = "", *, lang: str = "", hint: str = "", href: str = "") -> Text:
        """Return the text; what is not known of it is left empty."""
        made = super().__new__(cls, text)
        made.kind, made.lang, made.hint, made.href = kind, lang, hint, href
        return made


Line = Sequence[str]
"""Texts side by side; a plain `str` among them is of no kind."""


class Heading(NamedTuple):
    """A heading of a level, from 1."""

    level: int
    line: Line


class Paragraph(NamedTuple):
    """Lines that stand by themselves."""

    lines: Sequence[Line]


class Excerpt(NamedTuple):
    """A line of a file: what stands before a place in it, there, and after it; with the title of its column."""

    before: str
    there: str
    after: str
    title: str = ""


class Item(NamedTuple):
    """An entry of a list; one of a `kind` (error, warning) stands by itself, another close to its neighbours."""

    lines: Sequence[Line | Excerpt]
    kind: str = ""


class Table(NamedTuple):
    """The name of a table where it has one, headings, and rows of as many cells."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Heading | Paragraph | Item


def alike(rows: Sequence[Sequence[object]]) -> list[int]:
    """Return the columns that hold one and the same value in all of several rows: it can stand once, above them.

    None of a single row, nor where all columns do.

    >>> alike([("MA", "2018"), ("MA", "2019")])
    [0]
    """
    columns = range(len(rows[0])) if len(rows) > 1 else range(0)
    found = [index for index in columns if all(row[index] == rows[0][index] for row in rows)]
    return found if len(found) < len(columns) else []


def filled(sentence: str, *parts: str) -> Line:
    r"""Return a sentence as a line, with parts in the places of \0, \1, … in it.

    >>> filled("see \0.", "docs")
    ['see ', 'docs', '.']
    """
    line = [sentence]
    for number, part in enumerate(parts):
        mark = chr(number)
        line = [piece for text in line for piece in _parted(text, mark, part)]
    return [text for text in line if text]


def _parted(text: str, mark: str, part: str) -> list[str]:
    if isinstance(text, Text) or mark not in text:
        return [text]
    before, _, after = text.partition(mark)
    return [before, part if isinstance(part, Text) else Text(part), after]
