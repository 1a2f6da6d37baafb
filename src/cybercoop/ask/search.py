"""Search the things of the graph by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.problems import messages
from cybercoop.problems.problem import one_of
from cybercoop.terms import names
from cybercoop.terms.folding import fold
from cybercoop.terms.labels import NAME, OTHER_NAME
from cybercoop.terms.names import DCT, RDF_TYPE
from cybercoop.terms.term import Term
from cybercoop.workspace.workspace import Workspace

_NAMES = (NAME, OTHER_NAME, DCT + "title", names.SKOS + "notation")
_NO_MATCH = 4
_BRACKETS = re.compile(r"\(([^()]+)\)")
_SOURCES = names.ID + "source/"
_COLUMNS = ("thing", "kind", "name", "path")


def search(workspace: Workspace, text: str, kind: str | None = None, lang: str = "en") -> Answer:
    """Return the things that have all words of a text in one name; raises `Refusal` for an unknown class.

    A name that is the text goes first, also in brackets; then one that begins with it, then names that have its words
    at the beginning of theirs; sources go last, the shorter name before the longer. Each thing stands once, with its
    best name.
    """
    if kind is not None:
        one_of(kind.removeprefix("coop:"), names.KINDS)
    store = workspace.stored.open()
    wanted = fold(text)
    best: dict[str, tuple[tuple[int, bool, int, str], ox.Literal]] = {}
    for thing, name in _named(store) if wanted else ():
        rank = min(_rank(wanted, fold(part)) for part in (name.value, *_BRACKETS.findall(name.value)))
        place = (rank, thing.startswith(_SOURCES), len(name.value), name.value)
        if rank < _NO_MATCH and (thing not in best or place < best[thing][0]):
            best[thing] = (place, name)
    rows: list[list[Term | None]] = []
    for thing, (_, name) in sorted(best.items(), key=lambda item: (item[1][0], item[0])):
        classes = _classes(store, thing)
        if classes and (kind is None or names.NS + kind.removeprefix("coop:") in classes):
            rows.append([ox.NamedNode(thing), ox.NamedNode(classes[0]), name, ox.Literal(names.short(thing))])
    headings = {column: messages.entry("sentences", f"search-{column}") for column in _COLUMNS}
    found = workspace.labels(store, (term for row in rows for term in row))
    return Answer(list(_COLUMNS), rows, headings, found, lang, True, messages.entry("sentences", "search-question"))


def _rank(wanted: str, name: str) -> int:
    """Return how well a name answers a text, both folded; 4 where it does not."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    words = wanted.split()
    if not all(word in name for word in words):
        return _NO_MATCH
    return 2 if all(f" {word}" in f" {name}" for word in words) else 3


def _named(store: ox.Store) -> Iterator[tuple[str, ox.Literal]]:
    """Yield the things of ours with each of their names."""
    for predicate in _NAMES:
        for quad in store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph()):
            thing = str(quad.subject)[1:-1]
            if isinstance(quad.object, ox.Literal) and thing.startswith((names.ID, names.SCHEME)):
                yield thing, quad.object


def _classes(store: ox.Store, thing: str) -> list[str]:
    """Return the classes of ours that a thing has."""
    found = store.quads_for_pattern(ox.NamedNode(thing), ox.NamedNode(RDF_TYPE), None, ox.DefaultGraph())
    return sorted(iri for quad in found if (iri := str(quad.object)[1:-1]).startswith(names.NS))
