"""The pieces of a text that a mend can replace: each with its place, its value, and how a new one is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

import yaml

from cybercoop.documents import csv
from cybercoop.problems.problem import UNSEEN
from cybercoop.records import SUFFIXES
from cybercoop.records.layout import plain, span
from cybercoop.records.reading import MAX_DEPTH, Places
from cybercoop.records.table import SEPARATOR, Cell, divided, header_of
from cybercoop.records.turtle import Token, tokens
from cybercoop.records.yaml import events

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_COLON = re.compile(r"\s*:")
_REFERENCE = re.compile(rf'(\{{\s*"@?id"\s*:\s*)({_STRING.pattern})\s*\}}')


@dataclass(frozen=True, slots=True)
class Spot:
    """A value or a key: where its text begins, how long it is, and under which words it stands, outermost first."""

    start: int
    length: int
    value: str
    write: Callable[[str], str]
    path: tuple[str, ...] = ()
    is_key: bool = False
    tail: tuple[Token, ...] = ()


def spots(text: str, file: str) -> dict[tuple[int, int], Spot]:
    """Return the spots of a text by line and column; none for a text or a format that cannot be taken apart."""
    form = SUFFIXES.get(PurePath(file).suffix.lower())
    find = _BY_FORMAT.get(form.module if form else "")
    place = Places(text, file)
    found: dict[tuple[int, int], Spot] = {}
    unseen = re.search(UNSEEN, text) is not None
    for spot in find(text) if find else ():
        where = place(spot.start)
        if unseen:
            spot = replace(spot, path=tuple(re.sub(UNSEEN, "", word) for word in spot.path))
        found.setdefault((where.line, where.column), spot)
    return found


def _yaml(text: str) -> Iterator[Spot]:
    path: list[str | None] = []
    mapping: list[bool] = []
    try:
        for event in events(text):
            if isinstance(event, yaml.ScalarEvent):
                start, stop = span(event)
                is_key = bool(mapping) and mapping[-1] and path[-1] is None
                length = len(text[start:stop].rstrip(" \t\n")) if not event.style else stop - start
                above = tuple(word for word in path if word)
                if event.style not in ("|", ">"):
                    yield Spot(start, length, event.value, plain, above, is_key)
                if is_key:
                    path[-1] = event.value
                elif mapping and mapping[-1]:
                    path[-1] = None
            elif isinstance(event, yaml.CollectionStartEvent):
                if len(path) >= MAX_DEPTH:
                    return
                mapping.append(isinstance(event, yaml.MappingStartEvent))
                path.append(None)
            elif isinstance(event, yaml.CollectionEndEvent):
                mapping.pop()
                path.pop()
                if mapping and mapping[-1]:
                    path[-1] = None
    except yaml.YAMLError:
        return


def _csv(text: str) -> Iterator[Spot]:
    rows, _, _ = divided(text)
    rows = [row for row in rows[header_of(rows) :] if any(cell.text.strip() for cell in row)]
    header = rows[0] if rows else []
    for cell in header:
        yield Spot(cell.offset, _raw(cell), cell.text.strip(), _cell, (), True)
    for row in rows[1:]:
        for name, cell in zip(header, row, strict=False):
            index = 0
            for part in cell.text.split(SEPARATOR):
                lead = len(part) - len(part.lstrip())
                word = tuple(name.text.strip().split("@"))
                if part.strip() and cell.quoted:
                    yield Spot(cell.at(index + lead), len(part.strip()), part.strip(), _quoted, word)
                elif part.strip():
                    yield Spot(cell.at(index + lead), len(part.strip()), part.strip(), _cell, word)
                index += len(part) + 1


def _raw(cell: Cell) -> int:
    return len(cell.text) + (2 + cell.text.count('"') if cell.quoted else 0)


def _cell(text: str) -> str:
    return csv.lines([[text]], end="")


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _turtle(text: str) -> Iterator[Spot]:
    every = list(tokens(text))
    for number, token in enumerate(every):
        if token.kind in ("string", "long"):
            after = every[number + 1 : number + 3]
            typed = len(after) == 2 and after[0].kind == "type"
            tail = tuple(after) if typed else tuple(after[:1]) if after and after[0].kind == "at" else ()
            yield Spot(token.offset, len(token.text), token.value, _turtle_string, (), tail=tail)
        elif token.kind in ("iri", "name"):
            value = token.value if token.kind == "iri" else token.text
            yield Spot(token.offset, len(token.text), value, _turtle_name)


def _turtle_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _turtle_name(text: str) -> str:
    return f"<{text}>" if "://" in text or ":" not in text else text


def _json(text: str) -> Iterator[Spot]:
    key = ""
    for match in _STRING.finditer(text):
        value = json.loads(match.group())
        is_key = _COLON.match(text, match.end()) is not None
        if is_key and (whole := _REFERENCE.match(text, text.rfind("{", 0, match.start()))):
            yield _reference(whole, (key,))
        path = () if is_key else (key,)
        yield Spot(match.start(), len(match.group()), value, _json_string, path, is_key)
        key = value if is_key and not value.startswith("@") else key


def _reference(match: re.Match[str], path: tuple[str, ...]) -> Spot:
    """Return the spot of a node object that is nothing but a reference, which a problem is found at as a whole."""

    def write(text: str) -> str:
        return match[1] + _json_string(text) + match[0][len(match[1]) + len(match[2]) :]

    return Spot(match.start(), len(match[0]), json.loads(match[2]), write, path)


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_BY_FORMAT: dict[str, Callable[[str], Iterator[Spot]]] = {
    "yaml": _yaml,
    "table": _csv,
    "turtle": _turtle,
    "jsonld": _json,
}
