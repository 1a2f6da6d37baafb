"""Tables and lines for terminals and plain text: as wide as there is room, words whole, each cell in its own direction.

Where a line mixes directions, each cell stands between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (Unicode
Standard Annex 9, 2.4), so that columns stay in order and dates do not turn.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

from cybercoop.documents import CHOICE, CODE, NAME, Block, Excerpt, Heading, Item, Line, Paragraph, Text, alike

GAP, WIDE = "   ", 100
"""What stands between columns, and the width below which what does not fit is no table any more."""

_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"
_ISOLATE, _POP = "\u2068", "\u2069"
_FROM_RIGHT = "\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_MIXED = f"[{_FROM_RIGHT}]"
_STRONG = rf"{_MIXED}|[^\W\d_]"
_NARROW = "[ -~\xa0-\u02ff\u0370-\u0373\u0386-\u0482\u060c\u061b\u061f\u0620-\u064a\u0660-\u066d\u2010-\u2027]*"
"""Letters and marks of which each takes one column; the library that knows all others takes long to load."""
_ABOVE = "[\u064b-\u065f\u200e\u200f]|(?<=[\u0600-\u08ff])\u200d"
"""Vowels of Arabic, marks of direction, and the joiner between letters, none of which takes a column."""
_LINE_ENDS = str.maketrans("\t\n\r", "   ")


def terminal_width() -> int | None:
    """Return how many columns there are: what COLUMNS says, else as wide as the terminal; None without a terminal."""
    if not os.environ.get("COLUMNS", "").strip("0").isdecimal() and not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def width(text: str) -> int:
    """Return how many columns a text takes in a terminal: wide characters take two, marks none."""
    if text.isascii() or re.fullmatch(_NARROW, text := re.sub(_ABOVE, "", text)):
        return len(text)
    from wcwidth import wcswidth

    return max(int(wcswidth(text)), 0)


def wrapped(text: str, room: int | None) -> list[str]:
    """Return a text on lines of at most `room` columns, broken at spaces only: a longer word stands alone."""
    if room is None or width(text) <= room:
        return [text]
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(longer := f"{lines[-1]} {word}") <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    first, *rest = map(str.rstrip, lines)
    return [first, *filter(None, map(str.lstrip, rest))]


def paragraph(text: str, room: int | None) -> str:
    """Return a text on as many lines as it needs, those after the first further in."""
    return "\n  ".join(wrapped(text, room and room - 2))


def in_direction(text: str, lang: str) -> str:
    """Return a line that begins in the direction of its language."""
    return _RIGHT_TO_LEFT + text if lang == "ar" else text


def apart(text: str, lang: str) -> str:
    """Return a path, code or name that keeps its own direction inside an Arabic line."""
    return f"{_LEFT_TO_RIGHT}{text}{_LEFT_TO_RIGHT}" if lang == "ar" else text


class Grid:
    """How a table stands in `room` columns, known from its first rows; without `room`, as wide as they need.

    A table that does not fit loses its columns of one and the same value, which stand above it. What still does not
    fit is folded between words, or in a narrow terminal becomes a block for each row.
    """

    def __init__(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        lang: str = "en",
        room: int | None = None,
        *,
        whole: bool = True,
    ) -> None:
        self.headings, self.lang, self.room = list(map(_flat, headings)), lang, room
        self.above: list[tuple[str, str]] = []
        self.shown = list(range(len(headings)))
        self.widths: list[int] | None = [
            max(map(width, map(_flat, column))) for column in zip(headings, *rows, strict=True)
        ]
        if room is None or _taken(self.widths) <= room:
            return
        same = alike(rows) if whole else []
        self.above = [(self.headings[index], _flat(rows[0][index])) for index in same]
        self.shown = [index for index in self.shown if index not in same]
        self.widths = _narrowed(
            [self.widths[index] for index in self.shown],
            [max(_longest(_flat(line[index])) for line in (headings, *rows)) for index in self.shown],
            room,
        )

    def head(self) -> str:
        """Return what stands above the rows, line by line."""
        lines = [line for name, value in self.above for line in self._named(name, value, "")]
        lines += [""] if lines else []
        if self.widths is not None:
            lines += self._side_by_side([self.headings[index] for index in self.shown])
            lines.append(in_direction(GAP.join("─" * each for each in self.widths), self.lang))
        return "".join(f"{line}\n" for line in lines)

    def body(self, rows: Iterable[Sequence[str]]) -> str:
        """Return rows, line by line; blocks with an empty line after each."""
        lines: list[str] = []
        for row in rows:
            cells = [_flat(row[index]) for index in self.shown]
            lines += self._block(cells) if self.widths is None else self._side_by_side(cells)
        return "".join(f"{line}\n" for line in lines)

    def whole(self, rows: Iterable[Sequence[str]]) -> str:
        """Return the table without a line end."""
        return (self.head() + self.body(rows)).removesuffix("\n" if self.widths is not None else "\n\n")

    def _side_by_side(self, cells: Sequence[str]) -> list[str]:
        widths, mixed = self.widths or [], self._mixed(cells)
        taken = list(map(width, cells))
        columns = [
            [cell] if self.room is None or own <= each else _pieces(cell, each)
            for cell, own, each in zip(cells, taken, widths, strict=True)
        ]
        lines = []
        for number in range(max(map(len, columns), default=1)):
            pieces = [column[number] if number < len(column) else "" for column in columns]
            taken = taken if pieces == cells else list(map(width, pieces))
            padded = [
                _isolated(piece, mixed) + " " * (each - own)
                for piece, own, each in zip(pieces, taken, widths, strict=True)
            ]
            lines.append(in_direction(GAP.join(padded).rstrip(), self.lang))
        return lines

    def _block(self, cells: Sequence[str]) -> list[str]:
        first, *names = [self.headings[index] for index in self.shown]
        lines = self._named(first, cells[0] or "–", "")
        for name, cell in zip(names, cells[1:], strict=True):
            lines += self._named(name, cell, "  ") if cell else []
        return [*lines, ""]

    def _named(self, name: str, cell: str, margin: str) -> list[str]:
        """Return a cell after its heading; the lines of a long one stand under the first, further in."""
        colon = "\xa0:" if self.lang == "fr" else ":"
        whole = name.replace(" ", "\xa0") + colon
        room = None if self.room is None else self.room - len(margin) - 2
        mixed = self._mixed([name, cell])
        if room is not None and width(whole) > room:
            lines = [_isolated(piece, mixed) for piece in _pieces(f"{name}{colon} {cell}", room)]
            return [in_direction(margin + line, self.lang) for line in lines]
        first, *rest = wrapped(f"{whole} {cell}", room)
        pieces = [first[len(whole) + 1 :], *rest]
        start, *more = [_isolated(_turned(piece, cell), mixed) for piece in pieces]
        lines = [f"{margin}{_isolated(name, mixed)}{colon} {start}".rstrip(), *(f"{margin}  {piece}" for piece in more)]
        return [in_direction(line, self.lang) for line in lines]

    def _mixed(self, cells: Iterable[str]) -> bool:
        return self.lang == "ar" or _from_right("".join(cells))


def _flat(cell: str) -> str:
    return cell if cell.isprintable() else cell.translate(_LINE_ENDS)


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _longest(cell: str) -> int:
    return max(map(width, cell.split(" ")))


def _narrowed(widths: list[int], least: list[int], room: int) -> list[int] | None:
    """Return widths that fit, the widest columns narrowed first, none below `least`; None where there are none."""
    if _taken(widths) <= room:
        return widths
    if room < WIDE or _taken(least) > room:
        return None
    while _taken(widths) > room:
        widest = max((index for index in range(len(widths)) if widths[index] > least[index]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _pieces(cell: str, room: int | None) -> list[str]:
    return [_turned(piece, cell) for piece in wrapped(cell, room)]


def _turned(piece: str, cell: str) -> str:
    """Return a piece of a cell with a mark before it, where alone it would take another direction than the cell."""
    whole, own = re.search(_STRONG, cell), re.search(_STRONG, piece)
    if piece is cell or whole is None or own is None or _from_right(whole[0]) == _from_right(own[0]):
        return piece
    return (_RIGHT_TO_LEFT if _from_right(whole[0]) else _LEFT_TO_RIGHT) + piece


def _from_right(text: str) -> bool:
    return not text.isascii() and re.search(_MIXED, text) is not None


def _isolated(cell: str, mixed: bool) -> str:
    return f"{_ISOLATE}{cell}{_POP}" if mixed and cell else cell


def write(blocks: Iterable[Block], lang: str = "", room: int | None = None) -> str:
    """Return blocks as text, each line of Arabic beginning in its direction; without a `lang`, without marks."""
    lines: list[str] = []
    before: Block | None = None
    for block in blocks:
        near = _near(before, block)
        lines += [*([] if near else [""]), *(line for line in _block(block, lang, room))]
        before = block
    return "".join(f"{line}\n" for line in lines)


def _near(before: Block | None, block: Block) -> bool:
    """Return whether no empty line stands between two blocks."""
    if isinstance(block, Item) and not block.kind:
        return isinstance(before, Item) or (isinstance(before, Heading) and before.level > 2)
    return before is None or (isinstance(block, Paragraph) and isinstance(before, Heading) and before.level == 1)


def _block(block: Block, lang: str, room: int | None) -> Iterable[str]:
    if isinstance(block, Heading):
        return _line(block.line, "  " if block.level > 2 else "", lang, room)
    if isinstance(block, Paragraph):
        return [piece for line in block.lines for piece in _line(line, "", lang, room)]
    margins = ["", "  "] if block.kind else ["    ", "      "]
    return [
        piece
        for number, line in enumerate(block.lines)
        for piece in (
            _excerpt(line, lang) if isinstance(line, Excerpt) else _line(line, margins[number > 0], lang, room)
        )
    ]


def _line(line: Line, margin: str, lang: str, room: int | None) -> list[str]:
    """Return a line after its margin, with the rest of a long one below it and further in."""
    if any(isinstance(text, Text) and text.kind == CHOICE for text in line):
        return [f"{margin}  {''.join(line)}"]
    said = "".join(apart(text, lang) if isinstance(text, Text) and text.kind in (CODE, NAME) else text for text in line)
    first, *rest = wrapped(said, room and room - len(margin) - 2)
    return [margin + in_direction(first, lang), *(f"{margin}  {in_direction(piece, lang)}" for piece in rest)]


def _excerpt(shown: Excerpt, lang: str) -> list[str]:
    """Return a line of a file with a caret under the place."""
    title = [in_direction(f"  {shown.title}", lang)] if shown.title else []
    line = f"{shown.before}{shown.there}{shown.after}".rstrip()
    return [*title, f"    {line}", f"    {' ' * width(shown.before)}^"]
