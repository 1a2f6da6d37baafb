"""CSV tables: the header holds the context's terms, a row is a record, a cell may hold several values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from cybercoop.problems.problem import LANGUAGES, Problem, Where, listed, problem
from cybercoop.records.reading import Fields, Items, Node, Places, Reading, Scalar, made
from cybercoop.records.records import FORM, PASSAGE, read_records
from cybercoop.terms.context import Context

SEPARATOR = "|"
"""Stands between the values of one cell."""

_OTHER_SEPARATORS = re.compile("[;\t|]")


class Cell(NamedTuple):
    """The text of a cell, and where in the file it begins: for a quoted one, at its quotation mark."""

    text: str
    offset: int
    quoted: bool = False

    def at(self, index: int) -> int:
        """Return where in the file the character at `index` of the text stands."""
        return self.offset + index + (1 + self.text.count('"', 0, index) if self.quoted else 0)


def read(text: str, file: str, context: Context, _form: str = "csv") -> Reading:
    """Return what the rows of a CSV table say."""
    trees, problems = documents(text, file)
    if (found := foreign(trees, context)) is not None:
        return Reading(problems=[found])
    reading = read_records(trees, file, context)
    reading.problems += problems
    return reading


def documents(text: str, file: str) -> tuple[list[Node], list[Problem]]:
    """Return the rows of a CSV table (RFC 4180) as trees, and what is wrong with the table itself."""
    place = Places(text, file)
    rows, broken, other = divided(text)
    problems = [] if other is None else [problem("csv-separator", place(other), value=repr(text[other]))]
    if broken is not None:
        return [], [*problems, problem("csv-quote", place(broken))]
    trees, wrong = of_rows(rows, place)
    return trees, problems + wrong


def divided(text: str) -> tuple[list[list[Cell]], int | None, int | None]:
    """Return the cells of a table, and the offsets of two faults, if there are any.

    The one is of a quotation mark that is out of place; the other of the sign that divides the header, where that is
    no comma: all rows are then divided by it.
    """
    rows, broken = cells(text)
    header = [cell for cell in rows[header_of(rows)] if cell.text.strip()] if rows else []
    mark = _OTHER_SEPARATORS.search(header[0].text) if len(header) == 1 else None
    if mark is None:
        return rows, broken, None
    return *cells(text, mark.group()), header[0].at(mark.start())


HEAD = frozenset(("source", "id", "type"))
"""Words of a record's form, by which the header is known; titles may stand above it."""

_ABOVE = 20
_FEW = 2
"""How many cells a row without id and type has at most that is a total or a remark, and no record."""


def header_of(rows: Sequence[Sequence[Cell]]) -> int:
    """Return which of some rows is the header: the first with two words of a record's form, else the first filled."""
    filled = (number for number, row in enumerate(rows) if any(cell.text.strip() for cell in row))
    first = [*islice(filled, _ABOVE)]
    for number in first:
        if len(HEAD & {cell.text.strip().lower() for cell in rows[number]}) > 1:
            return number
    return first[0] if first else 0


def foreign(trees: Sequence[Node], context: Context) -> Problem | None:
    """Return the problem that a table has no word of records in its header: it is somebody else's."""
    known = {word.lower() for word in (*context.terms, *FORM, *PASSAGE)}
    words = {key.text for tree in trees if isinstance(tree, Fields) for key, _ in tree}
    if not words or known.intersection(map(str.lower, words)):
        return None
    first = next(key.where for tree in trees if isinstance(tree, Fields) for key, _ in tree)
    told = {lang: listed(sorted(words), lang) for lang in LANGUAGES}
    return problem("foreign-table", first, value=told, count=str(len(trees)))


def of_rows(rows: Iterable[list[Cell]], place: Callable[[int], Where]) -> tuple[list[Node], list[Problem]]:
    """Return rows of cells below a header as trees, and what is wrong with the table itself."""
    every = list(rows)
    filled = [row for row in every[header_of(every) :] if any(cell.text.strip() for cell in row)]
    if not filled:
        return [], []
    header, *body = filled
    problems = _twice(header, place)
    for row in body:
        if len(row) == len(header):
            continue
        beyond = next((cell for cell in row[len(header) :] if cell.text.strip()), row[-1])
        if (where := place(beyond.offset)).cell:
            problems.append(problem("column-without-heading", where, value=beyond.text))
        else:
            told = {"value": str(len(row)), "expected": str(len(header))}
            problems.append(problem("row-length", place(row[0].offset), **told))
    if problems:
        return [], problems
    words = [_word(cell) for cell in header]
    for row in body if {"id", "type"} <= {*words} else ():
        said = {word: cell for word, cell in zip(words, row, strict=True) if cell.text.strip()}
        if said and not {"id", "type"} & said.keys() and len(said) <= _FEW:
            first = next(iter(said.values()))
            problems.append(problem("row-is-no-record", place(first.offset), value=first.text.strip()))
            body = [other for other in body if other is not row]
    titles = list[_Title]()
    for text, cell in zip(words, header, strict=True):
        (word, _, language), where = text.partition("@"), place(cell.offset)
        titles.append((Scalar(word, where), Scalar(language, where) if "@" in text else None))
    return [_tree(titles, row, place) for row in body], problems


def _word(cell: Cell) -> str:
    """Return the word of a heading; those of a record's form are known in capitals, too."""
    word = cell.text.strip()
    return word.lower() if word.lower() in (*FORM, *PASSAGE) else word


def cells(text: str, between: str = ",") -> tuple[list[list[Cell]], int | None]:
    """Return the cells of a CSV text, divided by one sign; and, where a quotation mark is out of place, its offset."""
    alone = re.compile(rf"[^{re.escape(between)}\n]*")
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    offset, end = 0, len(text)
    while offset < end or row:
        stop = end if (found := text.find("\n", offset)) < 0 else found
        if not row and '"' not in (line := text[offset:stop]):
            rows.append(_unquoted(line, offset, between))
            offset = stop + 1
            continue
        start, quoted = offset, text.startswith('"', offset)
        if quoted:
            value, offset = _quoted(text, offset)
            if offset < 0:
                return rows, start
        else:
            plain = alone.match(text, offset)
            value, offset = (plain.group(), plain.end()) if plain else ("", offset)
            if '"' in value:
                return rows, start + value.index('"')
        row.append(Cell(value, start, quoted))
        if offset >= end or text[offset] == "\n":
            rows.append(row)
            row = []
        elif text[offset] != between:
            return rows, start if "\n" in value and value.endswith(between) else offset
        offset += 1
    return rows, None


def _unquoted(line: str, offset: int, between: str) -> list[Cell]:
    """Return the cells of a line without a quotation mark, which begins at an offset."""
    row = []
    for value in line.split(between):
        row.append(made(Cell, (value, offset, False)))
        offset += len(value) + 1
    return row


def _quoted(text: str, offset: int) -> tuple[str, int]:
    """Return the text of a quoted cell and the offset after it, which is -1 when nothing closes it."""
    parts: list[str] = []
    while True:
        close = text.find('"', offset + 1)
        if close < 0:
            return "", -1
        parts.append(text[offset + 1 : close])
        offset = close + 1
        if text[offset : offset + 1] != '"':
            return '"'.join(parts), offset


def _twice(header: list[Cell], place: Callable[[int], Where]) -> list[Problem]:
    first: dict[str, Where] = {}
    found = []
    for cell in header:
        word, where = cell.text.strip(), place(cell.offset)
        if word and word in first:
            address = first[word].cell.rpartition("!")[2]
            earlier = address or f"{first[word].line}:{first[word].column}"
            found.append(problem("column-twice", where, value=word, first=earlier))
        first.setdefault(word, where)
    return found


_Title = tuple[Scalar, Scalar | None]
"""The word of a column, and the language that stands behind it."""


def _tree(titles: list[_Title], row: list[Cell], place: Callable[[int], Where]) -> Fields:
    fields: list[tuple[Scalar, Node]] = []
    texts: dict[str, tuple[Scalar, list[tuple[Scalar, Node]]]] = {}
    passage: list[tuple[Scalar, Node]] = []
    for (title, language), cell in zip(titles, row, strict=True):
        if not cell.text or cell.text.isspace():
            continue
        if title.text in PASSAGE:
            passage.append((title, _part(cell, 0, cell.text, place)))
        elif language:
            _, pairs = texts.setdefault(title.text, (title, []))
            pairs.append((language, _values(cell, place)))
        else:
            fields.append((title, _values(cell, place)))
    fields += [(key, Fields(tuple(pairs), key.where)) for key, pairs in texts.values()]
    if passage:
        where = passage[0][1].where
        fields.append((Scalar("at", where), Fields(tuple(passage), where)))
    return Fields(tuple(fields), place(row[0].offset))


def _values(cell: Cell, place: Callable[[int], Where]) -> Node:
    if SEPARATOR not in cell.text:
        return _part(cell, 0, cell.text, place)
    items, start = [], 0
    for part in cell.text.split(SEPARATOR):
        items.append(_part(cell, start, part, place))
        start += len(part) + 1
    return Items(tuple(items), place(cell.offset))


def _part(cell: Cell, start: int, part: str, place: Callable[[int], Where]) -> Scalar:
    """Return one value of a cell without the spaces around it, placed where its first character stands."""
    text = part.lstrip()
    return made(Scalar, (text.rstrip(), place(cell.at(start + len(part) - len(text))), False))
