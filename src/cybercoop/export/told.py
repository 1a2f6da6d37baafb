"""What is said of any thing of a graph, and what it is called, found where it stands in the lines of the graph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
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
        self._begins, self._places, noticed = list[str](), list[int](), list[ox.Quad]()
        self._kinds: set[str] = set()
        name, notice = f"> <{NAME}> ".encode(), f"> <{NOTICE}> ".encode()
        for subject, place, lines in said.placed():
            if not self._places or place >= self._places[-1] + _STEP:
                self._begins.append(f"{subject}> ")
                self._places.append(place)
            if name in lines:
                self._kinds.add(_kind(subject))
            if notice in lines:
                noticed += said.values(lines)
        self.noticed = of_quads(noticed, order)
        self._names, self._block = lru_cache(_ROOM)(self._named), lru_cache(_BLOCKS)(self._read)

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
        if not lines.startswith(begin, start):
            return b""
        end = lines.find(b"\n", max(start, lines.rfind(b"\n" + begin) + 1)) + 1
        return lines[start:end]

    def _read(self, number: int) -> bytes:
        place = self._places[number]
        self._file.seek(place)
        return self._file.read(self._places[number + 1] - place if number + 1 < len(self._places) else -1)

    def names(self, thing: str) -> dict[str, str]:
        """Return the names of a thing by their languages."""
        return self._names(thing) if _kind(thing) in self._kinds else {}

    def named(self, thing: str, rows: Iterable[Row]) -> dict[str, str]:
        """Return the same from what is said of it."""
        if _kind(thing) not in self._kinds:
            return {}
        named = [(value, source) for predicate, value, source in rows if predicate == NAME and value[0] == '"']
        said = ((language, form, source) for value, source in named for form, language, _ in (literal(value),))
        return chosen(said, self._order)

    def _named(self, thing: str) -> dict[str, str]:
        return self.named(thing, self._said.rows(self._lines(thing, f"<{NAME}> ")))


def _kind(iri: str) -> str:
    return iri.rpartition("/")[0]
