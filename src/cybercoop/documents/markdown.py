"""Blocks and tables as Markdown (GitHub Flavored Markdown), in which nothing that anybody wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cybercoop.documents import CODE, FOREIGN, STRONG, Block, Excerpt, Heading, Item, Line, Table, Text

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_IN_CELL = re.compile(r"([\\`<|]|\](?=[(\[]))")
"""What would end a cell, or begin an element, code or a link in it."""


def write(blocks: Iterable[Block | Table], lang: str = "") -> str:
    """Return blocks and tables as Markdown; Arabic stands in a block that runs from right to left."""
    text = ""
    before: Block | Table | None = None
    for block in blocks:
        close = all(isinstance(each, Item) and not each.kind for each in (before, block))
        text += ("\n" if close else "\n\n" if before else "") + _block(block)
        before = block
    return f'<div dir="rtl" lang="ar">\n\n{text}\n\n</div>' if lang == "ar" else text


def row(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(map(_cell, cells))} |\n"


def head(headings: Line) -> str:
    """Return the first row of a table, with the line below it."""
    return row(headings) + row(["---"] * len(headings))


def foot(notes: Iterable[str]) -> str:
    r"""Return what stands below a table; the first mark of each note (`[1]`, `*`) is none of Markdown."""
    return "".join(f"\n\\{_cell(note)}\n" for note in notes)


def _cell(text: str) -> str:
    shown = _IN_CELL.sub(r"\\\1", text).replace("\n", " ")
    if isinstance(text, Text) and text.kind == FOREIGN:
        direction = "rtl" if text.lang == "ar" else "ltr"
        return f'<span lang="{text.lang}" dir="{direction}">{shown}</span> ({text.hint})'
    return shown


def _block(block: Block | Table) -> str:
    if isinstance(block, Table):
        return (head(block.headings) + "".join(map(row, block.rows))).rstrip("\n")
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_said(block.line)}"
    lines = list(map(_said, block.lines))
    if not isinstance(block, Item):
        return "\n\n".join(lines)
    return "- " + ("  \n  " if block.kind else "\n      ").join(lines)


def _said(line: Line | Excerpt) -> str:
    if isinstance(line, Excerpt):
        return _code(f"{line.before}{line.there}{line.after}".strip())
    return "".join(map(_text, line)).strip()


def _text(text: str) -> str:
    if not isinstance(text, Text):
        return _escaped(text)
    shown = _code(text) if text.kind == CODE else _escaped(text)
    shown = f"**{shown}**" if text.kind == STRONG else shown
    return f"[{shown}]({text.href})" if text.href else shown


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _code(text: str) -> str:
    """Return a text as code, between more backticks than it holds in a row."""
    marks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"
