"""The statements of files, in order: as values with their places, and of large files as lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, overload

import pyoxigraph as ox

from cybercoop.problems.problem import Where

Row = tuple[str, str, str, str, Where]
"""Source, thing, property and value, each as N-Triples writes it, and the place of the value."""

Spoken = tuple[str, str, str, str]
"""The same without the place."""


class Statement(NamedTuple):
    """One triple that one source says, and the place in the file where it stands."""

    quad: ox.Quad
    where: Where


class Lines:
    """The statements of a file that are made into values only when they are asked for."""

    def __len__(self) -> int:
        """Return how many there are."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Statement]:
        """Yield the statements."""
        raise NotImplementedError

    def rows(self, words: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the statements as texts; where `words` are given, those that have one of these properties."""
        raise NotImplementedError

    def spoken(self, words: Collection[str], things: Collection[str] | None = None) -> Iterator[Spoken]:
        """Yield the same without their places; where `things` are given, those of one of these."""
        raise NotImplementedError

    def begun(self) -> Iterator[tuple[str, str]]:
        """Yield each source and thing of which it says something, in the order of the first statements."""
        raise NotImplementedError

    def words(self) -> Collection[str]:
        """Return the properties."""
        raise NotImplementedError

    def values(self) -> Iterator[str]:
        """Yield the different values."""
        raise NotImplementedError

    def triples(self) -> Iterator[str]:
        """Yield the statements without their sources as lines of N-Triples; of equal ones in a row, the first."""
        raise NotImplementedError

    def lines(self) -> Iterator[str]:
        """Yield the statements as lines of N-Quads."""
        raise NotImplementedError


class Stated(Sequence[Statement]):
    """The statements of some files, in order: those of most as values, those of large ones as lines."""

    def __init__(self, *parts: list[Statement] | Lines) -> None:
        self._parts = list(parts)

    def append(self, statement: Statement) -> None:
        """Take a statement that was read."""
        if not self._parts or isinstance(self._parts[-1], Lines):
            self._parts.append([])
        self._parts[-1].append(statement)  # type: ignore[union-attr]

    def add(self, other: Stated) -> None:
        """Take over all that another holds."""
        for part in other._parts:
            if isinstance(part, Lines) or not self._parts or isinstance(self._parts[-1], Lines):
                self._parts.append(part if isinstance(part, Lines) else [*part])
            else:
                self._parts[-1] += part

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Statement]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, place: int) -> Statement: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Statement]: ...
    def __getitem__(self, place: int | slice) -> Statement | Sequence[Statement]:
        only = self._parts[0] if len(self._parts) == 1 else None
        return (only if isinstance(only, list) else list(self))[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stated) and list(self) == list(other)

    def __reversed__(self) -> Iterator[Statement]:
        return reversed(list(self))

    __hash__ = None  # type: ignore[assignment]

    def rows(self, words: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the statements as texts; where `words` are given, those that have one of these properties."""
        for part in self._parts:
            if isinstance(part, Lines):
                yield from part.rows(words)
            else:
                for quad, where in part:
                    word = str(quad.predicate)
                    if words is None or word in words:
                        yield str(quad.graph_name), str(quad.subject), word, str(quad.object), where

    def spoken(self, words: Collection[str], things: Collection[str] | None = None) -> Iterator[Spoken]:
        """Yield those that have one of these properties, of one of these `things` if given, without their places."""
        for part in self._parts:
            if isinstance(part, Lines):
                yield from part.spoken(words, things)
            else:
                rows = Stated(part).rows(words)
                yield from (row[:4] for row in rows if things is None or row[1] in things)

    def begun(self) -> Iterator[tuple[str, str]]:
        """Yield each source and thing of which a part says something, in the order of the first statements."""
        for part in self._parts:
            if isinstance(part, Lines):
                yield from part.begun()
            else:
                yield from dict.fromkeys((str(each.quad.graph_name), str(each.quad.subject)) for each in part)

    def words(self) -> set[str]:
        """Return the properties."""
        return {word for part in self._parts for word in (part.words() if isinstance(part, Lines) else _words(part))}

    def values(self) -> Iterator[str]:
        """Yield the values; those of a part of lines once."""
        for part in self._parts:
            yield from part.values() if isinstance(part, Lines) else (str(each.quad.object) for each in part)

    def triples(self) -> Iterator[str]:
        """Yield the statements without their sources as lines of N-Triples; of equal ones in a row, at least one."""
        for part in self._parts:
            yield from part.triples() if isinstance(part, Lines) else (f"{each.quad.triple} .\n" for each in part)

    def lines(self) -> Iterator[str]:
        """Yield the statements as lines of N-Quads."""
        for part in self._parts:
            yield from part.lines() if isinstance(part, Lines) else (f"{statement.quad} .\n" for statement in part)


def _words(statements: Iterable[Statement]) -> set[str]:
    return {str(each.quad.predicate) for each in statements}
