"""The records of a contribution one by one: where each stands, and which depend on one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cybercoop.problems import Problem
from cybercoop.readers import SUFFIXES, table
from cybercoop.readers.reading import Reading
from cybercoop.workspace import Workspace

_MARK = re.compile(r"^---(?:[ \t].*)?$\n?", re.MULTILINE)


@dataclass(eq=False, slots=True)
class Entry:
    """One record of a contribution: a document or a row, with its lines, and what is wrong with it."""

    path: Path
    start: int
    stop: int
    lines: range
    problems: list[Problem] = field(default_factory=list)


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
    rows, _ = table.cells(text)
    starts = [row[0].offset for row in rows] + [len(text)]
    said = [number for number, row in enumerate(rows) if any(cell.text.strip() for cell in row)]
    for number in said[1:]:
        yield starts[number], starts[number + 1]


def groups(workspace: Workspace, entries: list[Entry], texts: Mapping[Path, str]) -> list[list[Entry]]:
    """Return the records in groups: those that speak of the same thing or refer to each other's are together."""
    said = [_said(workspace, entry, texts[entry.path]) for entry in entries]
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


def _said(workspace: Workspace, entry: Entry, text: str) -> tuple[set[str], set[str]]:
    """Return the things that a record describes, and those that it refers to."""
    is_yaml = entry.path.suffix.lower() != ".csv"
    header = "" if is_yaml else text[: next(rows_of(text), (0, 0))[0]]
    form = SUFFIXES[entry.path.suffix.lower()]
    reading: Reading = form.reader()(header + text[entry.start : entry.stop], "", workspace.context, form.name)
    own = {subject for record in reading.records for subject in (record.thing, *record.subjects)}
    return own, {str(statement.quad.object)[1:-1] for statement in reading.statements} - own


def _root(group: list[int], number: int) -> int:
    while group[number] != number:
        number = group[number]
    return number


def _join(group: list[int], one: int, other: int) -> None:
    group[_root(group, other)] = _root(group, one)
