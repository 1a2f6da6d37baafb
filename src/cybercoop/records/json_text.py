"""The text of JSON (RFC 8259) as a tree whose values have places."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from cybercoop.problems.problem import Problem, problem
from cybercoop.records.reading import MAX_DEPTH, Fields, Items, Node, Places, Scalar, hidden

_HALF = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\n]*")
_WORD = re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+-])")


class _Wrong(Exception):
    def __init__(self, offset: int, value: str, code: str = "json-syntax") -> None:
        super().__init__(value)
        self.code = code
        self.offset = offset


def tree_of(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """Return the value of a JSON text as a tree, or the one problem that stops its reading."""
    parser = _Parser(text, file)
    try:
        start = parser.space(0)
        if start == len(text):
            return None, []
        node, offset = parser.value(start, 0)
        if parser.space(offset) < len(text):
            raise _Wrong(parser.space(offset), "", "json-trailing")
    except _Wrong as error:
        return None, [problem(error.code, parser.place(error.offset), value=str(error))]
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
            raise _Wrong(offset, str(MAX_DEPTH), "too-deep")
        mark = self.text[offset : offset + 1]
        if mark == '"':
            return self.string(offset)
        if mark == "[":
            return self.items(offset, depth)
        if mark == "{":
            return self.fields(offset, depth)
        word = _WORD.match(self.text, offset)
        if not word:
            raise _Wrong(offset, '{ [ "…" 0 true false null')
        return Scalar(word.group(), self.place(offset)), word.end()

    def string(self, offset: int) -> tuple[Scalar, int]:
        if self.text[offset : offset + 1] != '"':
            raise _Wrong(offset, '"…"')
        try:
            value, end = scanstring(self.text, offset + 1, True)
        except JSONDecodeError as error:
            raise _Wrong(min(error.pos, len(self.text)), '"') from None
        if half := _HALF.search(value):
            raise _Wrong(offset, f"\\u{ord(half.group()):04X}", "half-character")
        if character := hidden(value):
            self.problems.append(problem("hidden-character", self.place(offset), value=character))
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
        where, fields = self.place(offset), dict[str, tuple[Scalar, Node]]()
        offset = self.space(offset + 1)
        while self.text[offset : offset + 1] != "}":
            key, offset = self.string(offset)
            offset = self.space(offset)
            if self.text[offset : offset + 1] != ":":
                raise _Wrong(offset, ":")
            item, offset = self.value(self.space(offset + 1), depth + 1)
            if key.text in fields:
                first = str(fields[key.text][0].where.line)
                self.problems.append(problem("duplicate-key", key.where, value=key.text, first=first))
            fields[key.text] = (key, item)
            offset = self.after(offset, "}")
        return Fields(tuple(fields.values()), where), offset + 1

    def after(self, offset: int, close: str) -> int:
        end, offset = offset, self.space(offset)
        mark = self.text[offset : offset + 1]
        if mark == close:
            return offset
        if mark != ",":
            raise _Wrong(end if offset < len(self.text) else offset, f", {close}")
        comma, offset = offset, self.space(offset + 1)
        if self.text[offset : offset + 1] == close:
            raise _Wrong(comma, close)
        return offset
