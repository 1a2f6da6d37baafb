"""Where a record belongs below `data/`, and how it is written there: as a document of YAML or as a row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cybercoop.documents import csv
from cybercoop.records.layout import plain
from cybercoop.records.reading import Fields, Items, Node, Scalar
from cybercoop.records.records import PASSAGE
from cybercoop.records.table import SEPARATOR
from cybercoop.terms import names
from cybercoop.terms.literals import date_type

_FOLDERS = {
    "activity": "activities",
    "completeness": "completeness",
    "contribution": "contributions",
    "country": "countries",
    "instrument": "instruments",
    "listing": "listings",
    "objective": "objectives",
    "organisation": "organisations",
    "output": "outputs",
    "participation": "participations",
    "place": "places",
    "programme": "programmes",
    "project": "projects",
    "reading": "readings",
    "recommendation": "recommendations",
    "region": "regions",
    "series": "series",
    "source": "sources",
    "treaty-action": "treaty-actions",
}
"""Kind of thing, as its id begins → the folder of its records."""

_TABLES = {
    "listing": "listings/{listedFor}.csv",
    "organisation": "organisations/{organisationKind}s.csv",
    "place": "places.csv",
    "reading": "readings.csv",
    "region": "regions.csv",
    "series": "series.csv",
    "treaty-action": "treaty-actions/{actionOn}.csv",
}
"""Kind of thing → the table of its records; a word in braces stands for what the record says under it.

A table that is not there is not begun: of bodies, only those that are publishers have one.
"""

_WIDTH = 130


def table(tree: Fields) -> str | None:
    """Return the table that a record belongs to, or None where its kind has none."""
    pattern = _TABLES.get(_kind(tree))
    if pattern is None:
        return None
    values = {
        key.text: value.text for key, value in tree if isinstance(value, Scalar) and names.SLUG.fullmatch(value.text)
    }
    try:
        return pattern.format_map(values)
    except KeyError:
        return None


def file(tree: Fields) -> str:
    """Return the file of its own that a record belongs to."""
    kind, slug = _kind(tree), _id(tree).rpartition("/")[2]
    folder = _FOLDERS.get(kind, "others")
    if kind == "activity":
        start = tree.get("startDate")
        dated = isinstance(start, Scalar) and date_type(start.text) is not None
        folder += "/" + (start.text[:4] if dated and isinstance(start, Scalar) else "undated")
    name = slug if names.SLUG.fullmatch(slug) else names.slug(_id(tree))
    return f"{folder}/{name}.yaml"


def document(tree: Fields) -> str:
    """Return a record as a document of YAML, what is long on lines of its own."""
    return "".join(f"{line}\n" for key, value in tree for line in _block(key.text, value, ""))


def row(tree: Fields, header: list[str]) -> str | None:
    """Return a record as a row of a table, or None where it says more than the table has columns for."""
    cells = _cells(tree)
    if cells is None or not cells.keys() <= set(header):
        return None
    return csv.lines([[cells.get(word, "") for word in header]])


def _cells(tree: Fields) -> Mapping[str, str] | None:
    found: dict[str, str] = {}
    for key, value in tree:
        for word, node in _columns(key.text, value):
            if (cell := _cell(node)) is None:
                return None
            found[word] = cell
    return found


def _columns(word: str, value: Node) -> list[tuple[str, Node]]:
    if not isinstance(value, Fields):
        return [("section", value)] if word == "at" and isinstance(value, Scalar) else [(word, value)]
    if word == "at":
        return [(key.text if key.text in PASSAGE else f"at {key.text}", part) for key, part in value]
    return [(f"{word}@{key.text}", part) for key, part in value]


def _cell(node: Node) -> str | None:
    if isinstance(node, Scalar):
        fits = node.text == node.text.strip() and not re.search(rf"[{SEPARATOR}\n\r]|^$", node.text)
        return node.text if fits else None
    if isinstance(node, Items):
        parts = [_cell(item) for item in node.items]
        return None if None in parts else f" {SEPARATOR} ".join(part or "" for part in parts)
    return None


def _block(word: str, node: Node, margin: str) -> Iterator[str]:
    """Yield a word with its value: on one line where that is short, else with each part on lines of its own."""
    line = f"{margin}{plain(word)}: {_written(node)}"
    if isinstance(node, Scalar) or (len(line) <= _WIDTH and not _holds_things(node)):
        yield line
        return
    yield f"{margin}{plain(word)}:"
    if isinstance(node, Fields):
        for key, value in node:
            yield from _block(key.text, value, margin + "  ")
        return
    for item in node.items:
        if isinstance(item, Fields) and _holds_things(item):
            lines = [line for key, value in item for line in _block(key.text, value, margin + "    ")]
            yield from (f"{margin}  - {lines[0].lstrip()}", *lines[1:])
        else:
            yield f"{margin}  - {_written(item)}"


def _holds_things(node: Node) -> bool:
    """Return whether a value is a thing with an id, or a list with one."""
    if isinstance(node, Items):
        return any(map(_holds_things, node.items))
    return isinstance(node, Fields) and node.get("id") is not None


def _written(node: Node) -> str:
    if isinstance(node, Scalar):
        return plain(node.text)
    if isinstance(node, Items):
        return "[" + ", ".join(map(_written, node.items)) + "]"
    return "{" + ", ".join(f"{plain(key.text)}: {_written(value)}" for key, value in node) + "}"


def _id(tree: Fields) -> str:
    identity = tree.get("id")
    return identity.text if isinstance(identity, Scalar) else ""


def _kind(tree: Fields) -> str:
    return _id(tree).rpartition("/")[0].rsplit("/", 1)[-1]
