"""What reading a file gives: statements with their places, records, and problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from cybercoop.problems import Problem, Where


Key = tuple[str, ...]
"""(subject, predicate, object), (subject, predicate) or (subject,), each as N-Triples writes it."""


@dataclass(frozen=True, slots=True)
class Statement:
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
    """All that was found in one or more files."""

    statements: list[Statement] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Reading) -> None:
        """Take over everything that `other` holds."""
        self.statements += other.statements
        self.records += other.records
        self.problems += other.problems

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements without their places."""
        return (statement.quad for statement in self.statements)
