"""What is said of any thing of a graph, and what it is called, found where it stands in the lines of the graph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import pyoxigraph as ox

from cybercoop.export.facts import literal
from cybercoop.export.statements import Row, Statements
from cybercoop.terms.labels import NAME, NOTICE, Order, chosen, of_quads

_STEP = 1 << 14
"""How many bytes lie between two places that are known: what is read to find one thing."""
_ROOM = 1 << 14
"""How many things are kept with their names."""
_BLOCKS = 64
"""How much of what was read to find things is kept: 1 MB."""


class Told:
    """Statements that are looked up by their things: a place of every few is held in memory, and what has a notice."""

    def __init__(self, said: Statements, order: Order) -> None:
        self._said, self._order, self._file = said, order, said.opened()
        self._names, self._block = lru_cache(_ROOM)(self._named), lru_cache(_BLOCKS)(self._read)
        self._begins, self._places, self._kinds = list[str](), list[int](), set[str]()
        bearers = set[str]()
        for subject, place, lines in said.portions(_STEP):
            self._begins.append(f"{subject}> ")
            self._places.append(place)
            self._kinds.update(map(_kind, _having(NAME, lines)))
            bearers.update(_having(NOTICE, lines))
        self.noticed = of_quads((quad for thing in bearers for quad in self.values(thing)), order)

    def close(self) -> None:
        """Close the file of the statements."""
        self._file.close()

    def __call__(self, iri: str) -> list[Row]:
        """Return what is said of a thing, in order."""
        return self._said.rows(self._lines(iri))

    def values(self, iri: str) -> Iterator[ox.Quad]:
        """Yield the same as values."""
        return self._said.values(self._lines(iri))

    def _lines(self, iri: str, predicate: str = "") -> bytes:
        """Return the lines of a thing, or those of a predicate alone."""
        if not (number := bisect_right(self._begins, f"{iri}> ")):
            return b""
        lines = self._block(number - 1)
        begin = f"<{iri}> {predicate}".encode()
        start = 0 if lines.startswith(begin) else lines.find(b"\n" + begin) + 1
        end = start
        while lines.startswith(begin, end):
            end = lines.index(b"\n", end) + 1
        return lines[start:end]

    def _read(self, number: int) -> bytes:
        place = self._places[number]
        self._file.seek(place)
        return self._file.read(self._places[number + 1] - place if number + 1 < len(self._places) else -1)

    def names(self, thing: str) -> dict[str, str]:
        """Return the names of a thing by their languages."""
        return self._names(thing) if _kind(thing) in self._kinds else {}

    def called(self, said: Mapping[str, Iterable[str]]) -> dict[str, str]:
        """Return the names of a thing by their languages, of each that it has as N-Triples writes it, with sources."""
        named = [(literal(value), sources) for value, sources in said.items() if value[0] == '"']
        found = {tag: form for (form, tag, _), _ in named}
        if len(found) == len(named):
            return {tag: found[tag] for tag in sorted(found)}
        return chosen(((tag, form, source) for (form, tag, _), sources in named for source in sources), self._order)

    def _named(self, thing: str) -> dict[str, str]:
        said: dict[str, list[str]] = {}
        for _, value, source in self._said.rows(self._lines(thing, f"<{NAME}> ")):
            said.setdefault(value, []).append(source)
        return self.called(said)


def _having(predicate: str, lines: bytes) -> Iterator[str]:
    """Yield the things that have a property, by some lines."""
    mark = f"> <{predicate}> ".encode()
    place = lines.find(mark)
    while place >= 0:
        yield lines[lines.rfind(b"\n", 0, place) + 2 : place].decode()
        place = lines.find(mark, place + 1)


def _kind(iri: str) -> str:
    return iri.rpartition("/")[0]
