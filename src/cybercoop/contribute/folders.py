"""Where a record belongs below `data/`, and how it is written there: as a document of YAML or as a row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cybercoop.documents import csv
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.layout import plain
from cybercoop.records.reading import Fields, Items, Node, Scalar, listed
from cybercoop.records.records import FORM, PASSAGE, SAYS
from cybercoop.records.table import SEPARATOR
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, Context
from cybercoop.terms.literals import date_type

_FOLDERS = {"activity": "activities", "completeness": "completeness", "country": "countries", "series": "series"}
"""Kind of thing, as its id begins → the folder of its records, where that has no `s` more."""

_REGULAR = frozenset(
    """
    contribution instrument listing objective organisation output participation place programme project reading
    recommendation region source treaty-action
    """.split()  # noqa: SIM905
)
"""The kinds of things whose records lie in a folder with an `s` more; those of any other lie in `others`."""

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
    folder = _FOLDERS.get(kind, f"{kind}s" if kind in _REGULAR else "others")
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


_ONE = ("source", "id")


def added(text: str, more: Fields, context: Context) -> str:
    """Return a document of YAML with all that another record of its source says of the same thing.

    A word that is new stands at the end; one whose values grow is written anew; no other line is touched.
    """
    trees, _ = yaml_reader.documents(text, "")
    tree = next(each for each in trees if isinstance(each, Fields))
    grown: dict[str, Node] = {}
    for key, value in more:
        old = tree.get(key.text)
        new = _cited(value, more, tree) if key.text == "at" and old is not None else value
        joined = new if old is None else _joined(key.text, old, new, context)
        if key.text not in _ONE and (old is None or _plain(joined) != _plain(old)):
            grown[key.text] = joined
    lines = text.rstrip("\n").split("\n")
    keys = [(key.text, key.where.line - 1) for key, _ in tree]
    if len({line for _, line in keys}) < len(keys):  # several words on one line
        whole = [(key, grown.pop(key.text, value)) for key, value in tree]
        return document(Fields((*whole, *_fields(grown)), tree.where))
    for (word, begin), end in reversed([*zip(keys, [line for _, line in keys[1:]] + [len(lines)], strict=True)]):
        if word in grown:
            while end - 1 > begin and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
                end -= 1
            lines[begin:end] = _lines({word: grown.pop(word)}, tree)
    return "\n".join([*lines, *_lines(grown, tree)]) + "\n"


def _lines(words: dict[str, Node], tree: Fields) -> list[str]:
    return document(Fields(_fields(words), tree.where)).rstrip("\n").split("\n") if words else []


def _fields(words: dict[str, Node]) -> tuple[tuple[Scalar, Node], ...]:
    return tuple((Scalar(word, value.where), value) for word, value in words.items())


def _joined(word: str, old: Node, new: Node, context: Context) -> Node:
    """Return two values of a word as one: texts by language, things by their ids, all else as a list."""
    if isinstance(old, Fields) and isinstance(new, Fields):
        term = context.terms.get(word)
        texts = word == "because" or (term is not None and term.kind == LANGUAGE)
        if texts or (_named(old) and _plain(old.get("id")) == _plain(new.get("id"))):
            inside = {key.text: value for key, value in old}
            for key, value in new:
                kept = inside.get(key.text)
                inside[key.text] = value if kept is None else _joined(key.text, kept, value, context)
            return Fields(_fields(inside), old.where)
    items = list(listed(old))
    for each in listed(new):
        same = next((at for at, one in enumerate(items) if _same(one, each)), None)
        if same is None:
            items.append(each)
        elif isinstance(each, Fields) and _named(each):
            items[same] = _joined(word, items[same], each, context)
    return items[0] if len(items) == 1 else Items(tuple(items), old.where)


def _same(one: Node, other: Node) -> bool:
    if isinstance(one, Fields) and isinstance(other, Fields) and _named(one):
        return _plain(one.get("id")) == _plain(other.get("id"))
    return _plain(one) == _plain(other)


def _named(node: Fields) -> bool:
    return node.get("id") is not None


def _cited(at: Node, more: Fields, tree: Fields) -> Node:
    """Return places in the source, each saying which words that the document has not yet are read there."""
    fresh = [key for key, _ in more if key.text not in FORM and tree.get(key.text) is None]
    known = [_plain(each) for each in listed(tree.get("at") or at)]
    places: list[Node] = []
    for each in listed(at):
        place = Fields(((Scalar("section", each.where), each),), each.where) if isinstance(each, Scalar) else each
        if isinstance(place, Fields) and fresh and place.get(SAYS) is None and _plain(place) not in known:
            says = Items(tuple(Scalar(key.text, key.where) for key in fresh), place.where)
            place = Fields((*place.fields, (Scalar(SAYS, place.where), says)), place.where)
        places.append(place)
    return places[0] if len(places) == 1 else Items(tuple(places), at.where)


def _plain(node: Node | None) -> object:
    """Return a value without its places, as it is compared."""
    if isinstance(node, Fields):
        return {key.text: _plain(value) for key, value in node}
    if isinstance(node, Items):
        return [_plain(each) for each in node.items]
    return node.text if node is not None else None
