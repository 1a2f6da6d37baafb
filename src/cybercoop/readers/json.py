"""JSON read with the place of every value; names may stand only once in an object."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from cybercoop.problems import Problem, problem
from cybercoop.readers.text import Places
from cybercoop.readers.tree import MAX_DEPTH, Fields, Items, Node, Scalar

_SPACE = re.compile(r"[ \t\n]*")
_WORD = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


class _Wrong(Exception):
    def __init__(self, offset: int, expected: str) -> None:
        super().__init__(expected)
        self.offset = offset


def document(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """Return the value of a JSON text as a tree, or the one problem that stops its reading."""
    parser = _Parser(text, file)
    try:
        node, offset = parser.value(parser.space(0), 0)
        if parser.space(offset) < len(text):
            raise _Wrong(parser.space(offset), "the end of the file")
    except _Wrong as error:
        return None, [problem("json-syntax", parser.place(error.offset), value=str(error))]
    return node, parser.problems


class _Parser:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.place = Places(text, file)
        self.problems: list[Problem] = []

    def space(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def value(self, offset: int, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise _Wrong(offset, f"no more than {MAX_DEPTH} levels of nesting")
        mark = self.text[offset : offset + 1]
        if mark == '"':
            return self.string(offset)
        if mark == "[":
            return self.items(offset, depth)
        if mark == "{":
            return self.fields(offset, depth)
        word = _WORD.match(self.text, offset)
        if not word:
            raise _Wrong(offset, "a value")
        return Scalar(word.group(), self.place(offset)), word.end()

    def string(self, offset: int) -> tuple[Scalar, int]:
        if self.text[offset : offset + 1] != '"':
            raise _Wrong(offset, 'a name in "quotes"')
        try:
            value, end = scanstring(self.text, offset + 1, True)
        except JSONDecodeError as error:
            raise _Wrong(error.pos, "a string that is closed and escaped as JSON asks") from None
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise _Wrong(offset, "whole characters (this string has half of a surrogate pair)")
        return Scalar(value, self.place(offset), quoted=True), end

    def items(self, offset: int, depth: int) -> tuple[Items, int]:
        where, items = self.place(offset), []
        offset = self.space(offset + 1)
        while self.text[offset : offset + 1] != "]":
            item, offset = self.value(offset, depth + 1)
            items.append(item)
            offset = self.after(offset, "]")
        return Items(tuple(items), where), offset + 1

    def fields(self, offset: int, depth: int) -> tuple[Fields, int]:
        where, fields = self.place(offset), {}
        offset = self.space(offset + 1)
        while self.text[offset : offset + 1] != "}":
            key, offset = self.string(offset)
            offset = self.space(offset)
            if self.text[offset : offset + 1] != ":":
                raise _Wrong(offset, "a colon after the name")
            item, offset = self.value(self.space(offset + 1), depth + 1)
            if key.text in fields:
                first = str(fields[key.text][0].where.line)
                self.problems.append(problem("duplicate-key", key.where, value=key.text, first=first))
            fields[key.text] = (key, item)
            offset = self.after(offset, "}")
        return Fields(tuple(fields.values()), where), offset + 1

    def after(self, offset: int, close: str) -> int:
        offset = self.space(offset)
        mark = self.text[offset : offset + 1]
        if mark == close:
            return offset
        if mark != ",":
            raise _Wrong(offset, f"a comma or {close}")
        offset = self.space(offset + 1)
        if self.text[offset : offset + 1] == close:
            raise _Wrong(offset, "another value after the comma")
        return offset
