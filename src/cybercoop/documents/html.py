"""Blocks and tables as HTML: nothing that anybody wrote is markup, and each text keeps the direction of its script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from cybercoop.documents import CODE, NAME, STRONG, Block, Excerpt, Heading, Item, Line, Table, Text

_ELEMENTS = {CODE: "code", NAME: "bdi", STRONG: "strong"}


def directed(lang: str) -> str:
    """Return the attribute of an element whose language runs from right to left."""
    return ' dir="rtl"' if lang == "ar" else ""


def page(title: str, style: str, body: str, lang: str) -> str:
    """Return a page without anything from elsewhere."""
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>"
    )


def preformatted(text: str) -> str:
    """Return a text as it stands, each line of it in the direction that it begins in."""
    return f'<pre dir="auto">{escape(text)}</pre>'


def write(blocks: Iterable[Block], top: int = 1) -> str:
    """Return blocks as elements; a heading of level 1 is `<h1>`, or `<h3>` where `top` is 3."""
    parts = []
    for kind, group in groupby(blocks, lambda block: isinstance(block, Item) and bool(block.kind)):
        if kind:
            parts.append("<ul>\n" + "\n".join(_listed(item) for item in group if isinstance(item, Item)) + "\n</ul>")
        else:
            parts += [line for block in group for line in _lines(block, top)]
    return "\n".join(parts)


def table(shown: Table, foot: Iterable[str], lang: str) -> str:
    """Return a table, and notes below it."""
    return head(shown.headings, lang) + rows(shown.rows) + end(foot, lang)


def head(headings: Line, lang: str) -> str:
    """Return the beginning of a table."""
    cells = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f'<table lang="{lang}"{directed(lang)}>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n'


def rows(lines: Iterable[Line]) -> str:
    """Return rows of a table, each cell in the direction of its script."""
    return "".join(f"<tr>{''.join(map(_cell, line))}</tr>\n" for line in lines)


def end(foot: Iterable[str], lang: str) -> str:
    """Return the end of a table, and notes below it."""
    notes = (f"<p{directed(lang)}><small><bdi>{escape(note)}</bdi></small></p>\n" for note in foot)
    return "</tbody>\n</table>\n" + "".join(notes)


def _cell(cell: str) -> str:
    if not isinstance(cell, Text):
        return f"<td>{escape(cell)}</td>"
    title = f' title="{escape(cell.hint)}"' if cell.hint else ""
    language = f' lang="{cell.lang}"' if cell.lang else ""
    return f"<td{title}><bdi{language}>{escape(cell)}</bdi></td>"


def _lines(block: Block, top: int) -> list[str]:
    if isinstance(block, Heading):
        return [f"<h{block.level + top - 1}>{_said(block.line)}</h{block.level + top - 1}>"]
    return [_paragraph(line) for line in block.lines]


def _listed(item: Item) -> str:
    lines = "\n".join(map(_paragraph, item.lines))
    return f'<li class="{item.kind}">\n{lines}\n</li>'


def _paragraph(line: Line | Excerpt) -> str:
    if not isinstance(line, Excerpt):
        return f"<p>{_said(line)}</p>"
    title = f"<b>{escape(line.title)}</b>\n" if line.title else ""
    return f"<pre>{title}{escape(line.before)}<mark>{escape(line.there or ' ')}</mark>{escape(line.after)}</pre>"


def _said(line: Line) -> str:
    return "".join(map(_text, line)).strip()


def _text(text: str) -> str:
    if not isinstance(text, Text) or not text:
        return escape(text)
    element = _ELEMENTS.get(text.kind)
    shown = f"<{element}>{escape(text)}</{element}>" if element else escape(text)
    return f'<a href="{escape(text.href)}">{shown}</a>' if text.href else shown
