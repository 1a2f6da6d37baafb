"""CSV tables: the header holds the context's terms, a row is a record, a cell may hold several values."""

from __future__ import annotations

import re

from cybercoop.problems import Problem, Where, problem
from cybercoop.readers.tree import Fields, Items, Node, Scalar

from cybercoop.context import Context
from cybercoop.readers.reading import Reading
from cybercoop.readers.records import read_records

_PLAIN = re.compile(r"[^,\n]*")

SEPARATOR = "|"
"""Stands between the values of one cell."""


def read(text: str, file: str, context: Context, _form: str = "csv") -> Reading:
    """Return what the rows of a CSV table say."""
    trees, problems = documents(text, file)
    reading = read_records(trees, file, context)
    reading.problems += problems
    return reading


def documents(text: str, file: str) -> tuple[list[Node], list[Problem]]:
    """Return the rows of a CSV table (RFC 4180) as trees, and what is wrong with the table itself."""
    rows, problems = cells(text, file)
    rows = [row for row in rows if any(cell.text.strip() for cell in row)]
    if not rows:
        return [], problems
    header, *body = rows
    seen: dict[str, Where] = {}
    for cell in header:
        if cell.text in seen:
            problems.append(problem("duplicate-key", cell.where, value=cell.text, first=str(seen[cell.text].line)))
        seen.setdefault(cell.text, cell.where)
    trees: list[Node] = []
    for row in body:
        if len(row) != len(header):
            problems.append(problem("row-length", row[0].where, value=str(len(row)), expected=str(len(header))))
        else:
            trees.append(_tree(header, row))
    return ([] if problems else trees), problems


def cells(text: str, file: str) -> tuple[list[list[Scalar]], list[Problem]]:
    """Return the cells of a CSV text with the place where each begins."""
    rows: list[list[Scalar]] = []
    row: list[Scalar] = []
    offset, line, start_of_line, end = 0, 1, 0, len(text)
    while offset < end:
        where = Where(file, line, offset - start_of_line + 1)
        if text[offset] == '"':
            parts, offset = [], offset + 1
            while True:
                close = text.find('"', offset)
                if close < 0:
                    return rows, [problem("csv-quote", where)]
                parts.append(text[offset:close])
                offset = close + 1
                if text[offset : offset + 1] != '"':
                    break
                parts.append('"')
                offset += 1
            value = "".join(parts)
            line += value.count("\n")
            if "\n" in value:
                start_of_line = text.rfind("\n", 0, offset) + 1
            if offset < end and text[offset] not in ",\n":
                return rows, [problem("csv-quote", Where(file, line, offset - start_of_line + 1))]
        else:
            plain = _PLAIN.match(text, offset)
            value, offset = (plain.group(), plain.end()) if plain else ("", offset)
            if '"' in value:
                return rows, [problem("csv-quote", Where(file, line, where.column + value.index('"')))]
        row.append(Scalar(value, where, quoted=False))
        if offset >= end or text[offset] == "\n":
            rows.append(row)
            row, offset, line, start_of_line = [], offset + 1, line + 1, offset + 1
        else:
            offset += 1
            if offset >= end or text[offset] == "\n":
                row.append(Scalar("", Where(file, line, offset - start_of_line + 1)))
                rows.append(row)
                row, offset, line, start_of_line = [], offset + 1, line + 1, offset + 1
    return rows, []


def _tree(header: list[Scalar], row: list[Scalar]) -> Fields:
    fields: list[tuple[Scalar, Node]] = []
    texts: dict[str, tuple[Scalar, list[tuple[Scalar, Node]]]] = {}
    section: list[tuple[Scalar, Node]] = []
    for name, cell in zip(header, row, strict=True):
        if not cell.text.strip():
            continue
        word, at, language = name.text.partition("@")
        if word in ("section", "chars", "digest"):
            section.append((Scalar(word, cell.where), cell))
        elif at:
            key, pairs = texts.setdefault(word, (Scalar(word, cell.where), []))
            pairs.append((Scalar(language, cell.where), _values(cell)))
        else:
            fields.append((Scalar(word, cell.where), _values(cell)))
    for key, pairs in texts.values():
        fields.append((key, Fields(tuple(pairs), key.where)))
    if section:
        fields.append((Scalar("at", section[0][1].where), Fields(tuple(section), section[0][1].where)))
    return Fields(tuple(fields), row[0].where)


def _values(cell: Scalar) -> Node:
    if SEPARATOR not in cell.text:
        return Scalar(cell.text.strip(), cell.where, quoted=cell.quoted)
    items, column = [], cell.where.column
    for part in cell.text.split(SEPARATOR):
        lead = len(part) - len(part.lstrip())
        items.append(Scalar(part.strip(), Where(cell.where.file, cell.where.line, column + lead)))
        column += len(part) + 1
    return Items(tuple(items), cell.where)
