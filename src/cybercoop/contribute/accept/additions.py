"""A record added to what its source says of the same thing: nothing of that goes, comments and layout stay."""

from __future__ import annotations

from cybercoop.contribute import folders
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.reading import Fields, Items, Node, Scalar, listed
from cybercoop.records.records import FORM, SAYS
from cybercoop.terms.context import LANGUAGE, Context

_ONE = ("source", "id")


def added(document: str, more: Fields, context: Context) -> str:
    """Return a document of YAML with all that another record of its source says of the same thing.

    A word that is new stands at the end; one whose values grow is written anew; no other line is touched.
    """
    trees, _ = yaml_reader.documents(document, "")
    tree = next(each for each in trees if isinstance(each, Fields))
    grown: dict[str, Node] = {}
    for key, value in more:
        old = tree.get(key.text)
        new = _cited(value, more, tree) if key.text == "at" and old is not None else value
        joined = new if old is None else _joined(key.text, old, new, context)
        if key.text not in _ONE and (old is None or _plain(joined) != _plain(old)):
            grown[key.text] = joined
    lines = document.rstrip("\n").split("\n")
    keys = [(key.text, key.where.line - 1) for key, _ in tree]
    if len({line for _, line in keys}) < len(keys):  # several words on one line
        whole = [(key, grown.pop(key.text, value)) for key, value in tree]
        return folders.document(Fields((*whole, *_fields(grown)), tree.where))
    for (word, begin), end in reversed([*zip(keys, [line for _, line in keys[1:]] + [len(lines)], strict=True)]):
        if word in grown:
            while end - 1 > begin and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
                end -= 1
            lines[begin:end] = _lines({word: grown.pop(word)}, tree)
    return "\n".join([*lines, *_lines(grown, tree)]) + "\n"


def _lines(words: dict[str, Node], tree: Fields) -> list[str]:
    return folders.document(Fields(_fields(words), tree.where)).rstrip("\n").split("\n") if words else []


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
