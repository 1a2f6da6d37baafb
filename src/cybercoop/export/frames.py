"""A JSON-LD frame for each class, by which a processor makes a tree of each thing (https://www.w3.org/TR/json-ld11-framing/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from cybercoop.export.statements import Row
from cybercoop.export.whole import Whole
from cybercoop.terms.context import Context
from cybercoop.terms.names import DERIVED, RDF_TYPE, short, source_of_parts

_INSIDE = {"@embed": "@always", "@omitDefault": True}
_ANY = {"@omitDefault": True}
_NAMED = {**_INSIDE, "@explicit": True, "skos:prefLabel": _ANY, "coop:designationNotice": _ANY}
"""What is shown of a thing that is only pointed at; prefixed, as a map of languages takes no pattern for any."""

_DEPTH = 3
"""How many things may stand one inside the other."""
_ROOM = 1 << 12
"""How many things are kept with what stands inside of them."""

_Tree: TypeAlias = "dict[str, _Tree | None]"
"""What points from a thing at others: where these stand inside of it, what points from them in turn."""


def frames(whole: Whole, context: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of a frame for each class of ours that things are stated to be of.

    By it a JSON-LD processor makes a tree of each thing: what stands inside of it whole, and whatever else it points at
    by name, with its notice.
    """
    known = Context.of(context)
    classes = {f"<{iri}>": name for name, iri in known.classes.items()}
    words = {term.iri: term.name for term in known.terms.values()}
    trees, of = dict[str, _Tree](), _Trees(whole).of
    for thing, rows in whole.said.blocks():
        kinds = {value for predicate, value, source in rows if predicate == RDF_TYPE and source != DERIVED}
        if own := kinds & classes.keys():
            tree = of(thing, rows, _DEPTH)
            for kind in own:
                _join(trees.setdefault(classes[kind], {}), tree)
    for name, tree in sorted(trees.items()):
        frame = {"@context": context, "type": name, **_written(tree, words)}
        yield f"{name}.jsonld", (json.dumps(frame, ensure_ascii=False, indent=1) + "\n").encode()


class _Trees:
    """What points from things at others."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._below = lru_cache(_ROOM)(lambda thing, depth: self.of(thing, whole.of(thing), depth))

    def of(self, thing: str, rows: Iterable[Row], depth: int) -> _Tree:
        """Return what points from a thing at others, by what is said of it; so many may stand one inside the other."""
        found: _Tree = {}
        links = {(predicate, value[1:-1]) for predicate, value, _ in rows if value[0] == "<" and predicate != RDF_TYPE}
        inside = self._whole.inside({thing}) - {thing} if links else ()
        for predicate, value in links:
            tree = found.setdefault(predicate, None)
            if depth and (value in inside or source_of_parts(value) is not None):
                if tree is None:
                    tree = found[predicate] = {}
                _join(tree, self._below(value, depth - 1))
        return found


def _join(tree: _Tree, other: _Tree) -> None:
    """Add what another tree has to a tree."""
    for predicate, below in other.items():
        own = tree.setdefault(predicate, None)
        if below is not None:
            if own is None:
                own = tree[predicate] = {}
            _join(own, below)


def _written(tree: _Tree, words: Mapping[str, str]) -> dict[str, Any]:
    """Return what a frame says of the properties of a tree."""
    named = sorted(tree, key=lambda predicate: words.get(predicate, predicate))
    return {
        words.get(predicate, short(predicate)): _NAMED if below is None else {**_INSIDE, **_written(below, words)}
        for predicate in named
        for below in (tree[predicate],)
    }
