"""The records of a contribution one by one; in files of YAML documents or CSV rows, every line stays where it was."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cybercoop import records
from cybercoop.contribute import folders
from cybercoop.judge.diagnosis import with_excerpts
from cybercoop.problems.problem import Problem
from cybercoop.records import table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.reading import Fields, Places, Reading, decode
from cybercoop.records.records import read_records
from cybercoop.terms.context import Context
from cybercoop.terms.term import iri_of

if TYPE_CHECKING:
    from cybercoop.records.workbook import Sheet


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
    return own, {iri_of(statement.quad.object) for statement in reading.statements} - own


def _root(group: list[int], number: int) -> int:
    while group[number] != number:
        number = group[number]
    return number


def _join(group: list[int], one: int, other: int) -> None:
    group[_root(group, other)] = _root(group, one)


_MARK = re.compile(r"^---(?:[ \t].*)?$\n?", re.MULTILINE)


class Text(Pile):
    """A file whose records are pieces of its text."""

    def __init__(self, path: Path, shown: str, data: bytes, context: Context, form: str) -> None:
        super().__init__(path, shown, context)
        self.form = form
        self.in_own_words = form == "yaml"
        self.text = decode(data, shown)[0] if form and len(data) <= records.MAX_BYTES else ""
        self.spans = list(documents(self.text) if self.in_own_words else rows_of(self.text))
        self.take(data, len(self.spans))
        place = Places(self.text, shown)
        self.lines = [range(place(start).line, place(max(stop - 1, start)).line + 1) for start, stop in self.spans]

    def reading(self, kept: Collection[Entry]) -> Reading:
        """Return what the file says with the other records blanked out."""
        numbers = {entry.number for entry in kept}
        parts, done = [], 0
        for number, (start, stop) in enumerate(self.spans):
            if number not in numbers:
                parts += [self.text[done:start], re.sub("[^\n]", " ", self.text[start:stop])]
                done = stop
        return self._read("".join([*parts, self.text[done:]]))

    def alone(self, entry: Entry) -> Reading:
        """Return what a record says below the header, if there is one."""
        header = "" if self.in_own_words else self.text[: self.spans[0][0]]
        start, stop = self.spans[entry.number]
        return self._read(header + self.text[start:stop])

    def written(self, entry: Entry) -> tuple[Fields, str] | None:
        """Return a document as it is typed; a row as a document."""
        tree = next((self._trees[line] for line in self.lines[entry.number] if line in self._trees), None)
        if tree is None:
            return None
        start, stop = self.spans[entry.number]
        return tree, self.text[start:stop] if self.in_own_words else folders.document(tree)

    def holds(self, entry: Entry, found: Problem) -> bool:
        """Return whether a problem stands on a line of a record, or is told of it elsewhere, as in a header."""
        lines = self.lines[entry.number]
        return found.where.line in lines or (found.record is not None and found.record.line in lines)

    @cached_property
    def _trees(self) -> dict[int, Fields]:
        """First line of a record → its tree; a record that cannot be read has none."""
        trees: dict[int, Fields] = {}
        module = yaml_reader if self.in_own_words else table
        whole, problems = module.documents(self.text, self.shown)
        if not problems:
            return {tree.where.line: tree for tree in whole if isinstance(tree, Fields)}
        header = "" if self.in_own_words else self.text[: self.spans[0][0]]
        for (start, stop), lines in zip(self.spans, self.lines, strict=True):
            found, wrong = module.documents(header + self.text[start:stop], self.shown)
            if not wrong and found and isinstance(found[0], Fields):
                trees[lines[0]] = found[0]
        return trees

    def _read(self, text: str) -> Reading:
        return records.read(text.encode(), self.shown, self.context, self.form)


def documents(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each document of a YAML text that says something begins and ends."""
    marks = [*((match.start(), match.end()) for match in _MARK.finditer(text)), (len(text), len(text))]
    start = 0
    for before, after in marks:
        if any(line.strip() and not line.lstrip().startswith("#") for line in text[start:before].split("\n")):
            yield start, before
        start = after


def rows_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each row below the header of a CSV text begins and ends."""
    rows, _, _ = table.divided(text)
    starts = [row[0].offset for row in rows] + [len(text)]
    head = table.header_of(rows)
    for number in [at for at in range(head + 1, len(rows)) if any(cell.text.strip() for cell in rows[at])]:
        yield starts[number], starts[number + 1]


class Book(Pile):
    """A workbook whose records are rows."""

    def __init__(self, path: Path, shown: str, data: bytes, context: Context) -> None:
        super().__init__(path, shown, context)
        small = len(data) <= records.MAX_BYTES
        self.sheets: list[Sheet]
        self.sheets, self.problems = (
            records.SUFFIXES[path.suffix.lower()].imported().sheets(data, shown) if small else ([], [])
        )
        self.rows = [(sheet, number) for sheet in self.sheets for number in sheet.records]
        self.take(data, len(self.rows))

    def reading(self, kept: Collection[Entry]) -> Reading:
        """Return what the sheets say without the other rows."""
        rows = {self.rows[entry.number] for entry in kept}
        reading = Reading()
        for sheet in dict.fromkeys(sheet for sheet, _ in self.rows):
            if any(own is sheet for own, _ in rows):
                reading.add(sheet.reading(self.context, [n for n in sheet.records if (sheet, n) not in rows]))
        return reading

    def alone(self, entry: Entry) -> Reading:
        """Return what a row says below the header of its sheet."""
        sheet, number = self.rows[entry.number]
        tree = self._trees[sheet.page].get(number)
        return read_records([tree] if tree else [], self.shown, self.context)

    def written(self, entry: Entry) -> tuple[Fields, str] | None:
        """Return a row as a document."""
        sheet, number = self.rows[entry.number]
        tree = self._trees[sheet.page].get(number)
        return (tree, folders.document(tree)) if tree is not None else None

    def holds(self, entry: Entry, found: Problem) -> bool:
        """Return whether a problem stands in a row, or is told of it elsewhere, as in a header."""
        sheet, number = self.rows[entry.number]
        places = (found.where, found.record or found.where)
        return any((where.page, where.line) == (sheet.page, number) for where in places)

    @cached_property
    def _trees(self) -> dict[str, dict[int, Fields]]:
        """Sheet → number of a row → its tree; a row that does not fit the header has none."""
        return {sheet.page: _trees(sheet) for sheet in self.sheets}


def _trees(sheet: Sheet) -> dict[int, Fields]:
    unfit = {found.where.line for found in sheet.trees()[1]} & set(sheet.records)
    return {tree.where.line: tree for tree in sheet.trees(unfit)[0] if isinstance(tree, Fields)}
