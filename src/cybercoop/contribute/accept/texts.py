"""Files of YAML documents or CSV rows: a record that is refused is blanked out, every line stays where it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

from cybercoop import records
from cybercoop.contribute import folders
from cybercoop.contribute.accept.entries import Entry, Pile
from cybercoop.problems.problem import Problem
from cybercoop.records import table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.reading import Reading
from cybercoop.records.text import Places, decode
from cybercoop.records.tree import Fields
from cybercoop.terms.context import Context

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
    rows, _ = table.cells(text)
    starts = [row[0].offset for row in rows] + [len(text)]
    said = [number for number, row in enumerate(rows) if any(cell.text.strip() for cell in row)]
    for number in said[1:]:
        yield starts[number], starts[number + 1]
