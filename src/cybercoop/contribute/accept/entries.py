"""The records of a contribution one by one: which file each stands in, and which depend on one another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from cybercoop import records
from cybercoop.judge.excerpts import with_excerpts
from cybercoop.problems.problem import Problem
from cybercoop.records.reading import Reading
from cybercoop.records.tree import Fields
from cybercoop.terms.context import Context


@dataclass(eq=False, slots=True)
class Entry:
    """One record of a contribution: its file, its number in that, and what is wrong with it."""

    pile: Pile
    number: int
    problems: list[Problem] = field(default_factory=list)


class Pile(ABC):
    """A file of records that can be read without some of them; every place in it stays as it was."""

    in_own_words = False
    """Whether its records are kept as they are typed, comments and all."""

    def __init__(self, path: Path, shown: str, context: Context) -> None:
        self.path = path
        self.shown = shown
        self.context = context
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []

    def take(self, data: bytes, count: int) -> None:
        """Make as many entries; where there is none, note what the reader says of the file."""
        self.entries = [Entry(self, number) for number in range(count)]
        if not count and not self.problems:
            reading = records.read(data, self.shown, self.context)
            self.problems += with_excerpts(reading.problems, reading.texts)

    @abstractmethod
    def reading(self, kept: Collection[Entry]) -> Reading:
        """Return what the file says with no other records than these."""

    @abstractmethod
    def alone(self, entry: Entry) -> Reading:
        """Return what one record says, wherever it stands."""

    @abstractmethod
    def written(self, entry: Entry) -> tuple[Fields, str] | None:
        """Return a record as a tree and as a document of YAML; None where it cannot be read."""

    @abstractmethod
    def holds(self, entry: Entry, found: Problem) -> bool:
        """Return whether a problem of this file is one of this record."""

    def blamed(self, found: Problem) -> list[Entry]:
        """Return the records that a problem is one of; what is wrong outside of all, as in a header, is so for all."""
        if found.where.file != self.shown:
            return []
        return [entry for entry in self.entries if self.holds(entry, found)] or self.entries


def groups(entries: list[Entry]) -> list[list[Entry]]:
    """Return the records in groups: those that speak of the same thing or refer to each other's are together."""
    said = [_said(entry) for entry in entries]
    group = list(range(len(entries)))
    owner: dict[str, int] = {}
    for number, (own, _) in enumerate(said):
        for thing in own:
            _join(group, owner.setdefault(thing, number), number)
    for number, (_, others) in enumerate(said):
        for thing in others & owner.keys():
            _join(group, owner[thing], number)
    found: dict[int, list[Entry]] = {}
    for number, entry in enumerate(entries):
        found.setdefault(_root(group, number), []).append(entry)
    return list(found.values())


def _said(entry: Entry) -> tuple[set[str], set[str]]:
    """Return the things that a record describes, and those that it refers to."""
    reading = entry.pile.alone(entry)
    own = {subject for record in reading.records for subject in (record.thing, *record.subjects)}
    return own, {str(statement.quad.object)[1:-1] for statement in reading.statements} - own


def _root(group: list[int], number: int) -> int:
    while group[number] != number:
        number = group[number]
    return number


def _join(group: list[int], one: int, other: int) -> None:
    group[_root(group, other)] = _root(group, one)
