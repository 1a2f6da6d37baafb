"""What reading a file gives: statements with their places, records, and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, nearest

_LOOKED_FOR = 100


class Statement(NamedTuple):
    """One triple that one source says, and the place in the file where it stands."""

    quad: ox.Quad
    where: Where


@dataclass(frozen=True, slots=True)
class Record:
    """What one source says of one thing, and of the things that stand inside it."""

    source: str
    thing: str
    where: Where
    subjects: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """All that was found in one or more files; `texts` holds what each file, or sheet of a workbook, looks like."""

    statements: list[Statement] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    _alike: dict[str, str] = field(default_factory=dict, repr=False)

    def add(self, other: Reading) -> None:
        """Take over everything that `other` holds."""
        self.statements += other.statements
        self.records += other.records
        self.problems += other.problems
        self.texts |= other.texts

    def alike(self, word: str, known: Iterable[str]) -> str:
        """Return the known word nearest to a wrong one; it is looked for no more after a hundred different ones."""
        if word not in self._alike and len(self._alike) < _LOOKED_FOR:
            self._alike[word] = nearest(word, known)
        return self._alike.get(word, "")

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements without their places."""
        return (statement.quad for statement in self.statements)
