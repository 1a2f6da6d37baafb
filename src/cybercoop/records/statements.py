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


class Told(Lines):
    """The statements of a file as texts."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows = [*rows]

    def take(self, other: Told) -> None:
        """Take all that another says."""
        self._rows += other._texts()

    def _texts(self) -> list[Row]:
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Statement]:
        quads = ox.parse("".join(self.lines()), format=ox.RdfFormat.N_QUADS)
        return (Statement(quad, row[4]) for quad, row in zip(quads, self._rows, strict=True))

    def rows(self, words: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the statements, or those that have one of some properties."""
        return (row for row in self._texts() if words is None or row[2] in words)

    def spoken(self, words: Collection[str], things: Collection[str] | None = None) -> Iterator[Spoken]:
        """Yield the same without their places."""
        return (row[:4] for row in self.rows(words) if things is None or row[1] in things)

    def begun(self) -> Iterator[tuple[str, str]]:
        """Yield each source and thing of which it says something."""
        yield from dict.fromkeys(row[:2] for row in self._texts())

    def words(self) -> Collection[str]:
        """Return the properties."""
        return {row[2] for row in self._texts()}

    def values(self) -> Iterator[str]:
        """Yield the different values."""
        return iter(dict.fromkeys(row[3] for row in self._texts()))

    def triples(self) -> Iterator[str]:
        """Yield the statements without their sources as lines of N-Triples."""
        return (f"{subject} {word} {value} .\n" for _, subject, word, value, _ in self._texts())

    def lines(self) -> Iterator[str]:
        """Yield the statements as lines of N-Quads."""
        return (f"{subject} {word} {value} {graph} .\n" for graph, subject, word, value, _ in self._texts())


class _Values(Told):
    """The statements of files as values; their texts are made once, when they are first asked for."""

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        super().__init__()
        self.statements = [*statements]
        self._known: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.statements)

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements)

    def _texts(self) -> list[Row]:
        alike = self._known.setdefault  # what stands in many statements is kept once
        for quad, where in self.statements[len(self._rows) :]:
            subject, word, rest = str(quad).split(" ", 2)
            value, _, graph = rest.rpartition(" ")
            self._rows.append((alike(graph, graph), alike(subject, subject), alike(word, word), value, where))
        return self._rows

    def lines(self) -> Iterator[str]:
        return (f"{statement.quad} .\n" for statement in self.statements)


class Stated(Sequence[Statement]):
    """The statements of some files, in order: those of most as values, those of large ones as lines."""

    def __init__(self, *parts: Iterable[Statement] | Lines) -> None:
        self._parts = [part if isinstance(part, Lines) else _Values(part) for part in parts]

    def append(self, statement: Statement) -> None:
        """Take a statement that was read."""
        if not self._parts or not isinstance(last := self._parts[-1], _Values):
            self._parts.append(last := _Values())
        last.statements.append(statement)

    def add(self, other: Stated) -> None:
        """Take over all that another holds."""
        for part in other._parts:
            last = self._parts[-1] if self._parts else None
            if isinstance(part, _Values) and isinstance(last, _Values):
                last.statements += part.statements
            elif type(part) is type(last) is Told:
                last.take(part)
            else:
                own = _Values(part) if isinstance(part, _Values) else Told(part.rows()) if type(part) is Told else part
                self._parts.append(own)  # which no other reading shares

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
        return (only.statements if isinstance(only, _Values) else list(self))[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stated) and list(self) == list(other)

    def __reversed__(self) -> Iterator[Statement]:
        return reversed(list(self))

    __hash__ = None  # type: ignore[assignment]

    def rows(self, words: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the statements as texts; where `words` are given, those that have one of these properties."""
        return chain.from_iterable(part.rows(words) for part in self._parts)

    def spoken(self, words: Collection[str], things: Collection[str] | None = None) -> Iterator[Spoken]:
        """Yield those that have one of these properties, of one of these `things` if given, without their places."""
        return chain.from_iterable(part.spoken(words, things) for part in self._parts)

    def begun(self) -> Iterator[tuple[str, str]]:
        """Yield each source and thing of which a part says something, in the order of the first statements."""
        return chain.from_iterable(part.begun() for part in self._parts)

    def words(self) -> set[str]:
        """Return the properties."""
        return {word for part in self._parts for word in part.words()}

    def values(self) -> Iterator[str]:
        """Yield the values; those of one part once."""
        return chain.from_iterable(part.values() for part in self._parts)

    def triples(self) -> Iterator[str]:
        """Yield the statements without their sources as lines of N-Triples; of equal ones in a row, at least one."""
        return chain.from_iterable(part.triples() for part in self._parts)

    def lines(self) -> Iterator[str]:
        """Yield the statements as lines of N-Quads."""
        return chain.from_iterable(part.lines() for part in self._parts)
