"""Records judged each on its own: the good ones are written where they belong, in one step; the others stay."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cybercoop.contributing.accept.entries import Entry, documents, groups, rows_of
from cybercoop.contributing.accept.folder import Folder
from cybercoop.journal import finish, write_all
from cybercoop.judging.validate import Report, judge
from cybercoop.problems import ERROR, Problem, Where, problem
from cybercoop.readers import SUFFIXES
from cybercoop.readers.text import Places, decode
from cybercoop.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The verdict on each record, and what the accepted ones make of the files."""

    report: Report
    accepted: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    contents: Mapping[Path, bytes]
    folder: Path

    def write(self) -> None:
        """Write the accepted records, all or none."""
        if self.contents:
            write_all(self.folder, self.contents)


def accept(workspace: Workspace, paths: Iterable[Path], into: Path, engine: str | None = None) -> Acceptance:
    """Judge each record of contributions, with those that it depends on, and place the good ones below a folder.

    Nothing is written yet. A record stands or falls with what it refers to in the same contribution: where that is
    refused, the reference leads nowhere, and the record is refused for it.
    """
    into = into.resolve()
    finish(into)
    desk = _Desk(workspace, list(paths), engine)
    report = desk.sort()
    contents = Folder(workspace, into).placed(desk.kept_texts(), desk.kept)
    return Acceptance(report, tuple(desk.kept), tuple(desk.refused), contents, into)


class _Desk:
    """Where contributions are taken apart and judged until only good records are left."""

    def __init__(self, workspace: Workspace, paths: list[Path], engine: str | None) -> None:
        self.workspace = workspace
        self.engine = engine
        self.texts: dict[Path, str] = {}
        self.problems: list[Problem] = []
        self.kept: list[Entry] = []
        self.refused: list[Entry] = []
        for path in paths:
            self._take(path)

    def _take(self, path: Path) -> None:
        shown = self.workspace.relative(path)
        form = SUFFIXES.get(path.suffix.lower())
        if form is None or form.name not in ("yaml", "csv"):
            self.problems.append(problem("accept-format", Where(shown), value=path.suffix or shown))
            return
        if not os.access(path, os.R_OK):
            self.problems.append(problem("file-missing", Where(shown), value=shown))
            return
        text, problems = decode(path.read_bytes(), shown)
        self.problems += problems
        if not problems:
            self.texts[path] = text
            place = Places(text, shown)
            spans = documents(text) if form.name == "yaml" else rows_of(text)
            for start, stop in spans:
                lines = range(place(start).line, place(max(stop - 1, start)).line + 1)
                self.kept.append(Entry(path, start, stop, lines))

    def sort(self) -> Report:
        """Refuse records until the rest is fine; return the report on them all, before any was refused."""
        first = report = self._judged(self.kept)
        while errors := [found for found in report.problems if found.severity == ERROR]:
            bad = self._blamed(errors) or self._bad_alone() or self.kept
            for entry in bad:
                entry.problems += [found for found in errors if self._is_blamed(entry, found)] or errors
            self.refused += bad
            self.kept = [entry for entry in self.kept if entry not in bad]
            if not self.kept:
                break
            report = self._judged(self.kept)
        return replace(first, problems=(*self.problems, *first.problems))

    def kept_texts(self) -> dict[Path, str]:
        """Return the files that still have records, the refused ones blanked out, every line where it was."""
        return {path: self._blanked(path, self.kept) for path in dict.fromkeys(entry.path for entry in self.kept)}

    def _blanked(self, path: Path, kept: list[Entry]) -> str:
        text = self.texts[path]
        for entry in [*self.kept, *self.refused]:
            if entry.path == path and entry not in kept:
                blank = re.sub("[^\n]", " ", text[entry.start : entry.stop])
                text = text[: entry.start] + blank + text[entry.stop :]
        return text

    def _judged(self, kept: list[Entry]) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            staged: dict[str, str] = {}
            copies = []
            for number, path in enumerate(dict.fromkeys(entry.path for entry in kept)):
                copy = Path(folder, str(number), path.name)
                copy.parent.mkdir()
                copy.write_text(self._blanked(path, kept), encoding="utf-8", newline="\n")
                copies.append(copy)
                staged[self.workspace.relative(copy)] = self.workspace.relative(path)
            report = judge(self.workspace, copies, self.engine)
        return replace(report, problems=tuple(_moved(found, staged) for found in report.problems))

    def _blamed(self, errors: list[Problem]) -> list[Entry]:
        return [entry for entry in self.kept if any(self._is_blamed(entry, found) for found in errors)]

    def _is_blamed(self, entry: Entry, found: Problem) -> bool:
        here = found.where.file == self.workspace.relative(entry.path)
        return here and (found.where.line in entry.lines or not found.where.line)

    def _bad_alone(self) -> list[Entry]:
        """Return the records of the groups that have an error when judged without the rest."""
        found = []
        for group in groups(self.workspace, self.kept, self.texts):
            if not self._judged(group).conforms:
                found += group
        return found


def _moved(found: Problem, files: Mapping[str, str]) -> Problem:
    where = replace(found.where, file=files.get(found.where.file, found.where.file))
    return replace(found, where=where, follows=tuple(_moved(each, files) for each in found.follows))
