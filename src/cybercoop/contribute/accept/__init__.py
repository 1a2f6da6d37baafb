"""Records judged each on its own: the good ones are written where they belong, in one step; the others stay."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cybercoop.contribute.accept.entries import Entry, Pile, groups
from cybercoop.contribute.accept.folder import Folder
from cybercoop.contribute.accept.texts import Text
from cybercoop.judge.validate import Report, judge_reading
from cybercoop.problems.problem import ERROR, Notice, Problem, Where, problem, visible
from cybercoop.records import MAX_BYTES, SUFFIXES
from cybercoop.records.reading import Reading
from cybercoop.workspace.journal import content, finish, write_all
from cybercoop.workspace.workspace import Workspace


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

    Nothing is written yet, but that an acceptance which was interrupted is finished, with a warning. A record stands
    or falls with what it refers to in the same contribution: where that is refused, the reference leads nowhere, and
    the record is refused for it.
    """
    into = into.resolve()
    if finish(into):
        warnings.warn(Notice("acceptance-finished", folder=visible(str(into))), stacklevel=1)
    desk = _Desk(workspace, list(paths), engine)
    report = desk.sort()
    contents = Folder(workspace, into).placed(desk.kept)
    return Acceptance(report, tuple(desk.kept), tuple(desk.refused), contents, into)


class _Desk:
    """Where contributions are taken apart and judged until only good records are left."""

    def __init__(self, workspace: Workspace, paths: list[Path], engine: str | None) -> None:
        self.workspace = workspace
        self.engine = engine
        self.piles: list[Pile] = []
        self.problems: list[Problem] = []
        self.refused: list[Entry] = []
        for path in paths:
            self._take(path)
        self.kept = [entry for pile in self.piles for entry in pile.entries]

    def _take(self, path: Path) -> None:
        shown = self.workspace.relative(path)
        data = content(path, MAX_BYTES + 1)
        if data is None:
            self.problems.append(problem("file-missing", Where(shown), value=shown))
            return
        pile = _pile(path, shown, data, self.workspace)
        self.piles.append(pile)
        self.problems += pile.problems

    def sort(self) -> Report:
        """Refuse records until the rest is fine; return the report on them all, before any was refused."""
        first = report = self._judged(self.kept)
        self._refuse([entry for entry in self.kept if entry.problems])
        if self.refused and self.kept:
            report = self._judged(self.kept)
        while self.kept and (errors := [found for found in report.problems if found.severity == ERROR]):
            blamed = self._blamed(errors)
            bad = [entry for entry in self.kept if id(entry) in blamed] or self._bad_alone() or self.kept
            for entry in bad:
                entry.problems += blamed.get(id(entry), errors)
            self._refuse(bad)
            report = self._judged(self.kept)
        return replace(first, problems=(*self.problems, *first.problems))

    def _refuse(self, bad: list[Entry]) -> None:
        self.refused += bad
        refused = set(map(id, bad))
        self.kept = [entry for entry in self.kept if id(entry) not in refused]

    def _judged(self, kept: list[Entry]) -> Report:
        own: dict[int, list[Entry]] = {}
        for entry in kept:
            own.setdefault(id(entry.pile), []).append(entry)
        reading = Reading()
        for entries in own.values():
            reading.add(entries[0].pile.reading(entries))
        return judge_reading(self.workspace, reading, len(own), self.engine)

    def _blamed(self, errors: list[Problem]) -> dict[int, list[Problem]]:
        """Return the errors of each record that has one."""
        blamed: dict[int, list[Problem]] = {}
        for found in errors:
            for entry in (entry for pile in self.piles for entry in pile.blamed(found)):
                blamed.setdefault(id(entry), []).append(found)
        return blamed

    def _bad_alone(self) -> list[Entry]:
        """Return the records of the groups that have an error when judged without the rest."""
        return [entry for group in groups(self.kept) if not self._judged(group).conforms for entry in group]


def _pile(path: Path, shown: str, data: bytes, workspace: Workspace) -> Pile:
    """Return the records of a file; what takes workbooks and statements apart is imported only for these."""
    form = SUFFIXES.get(path.suffix.lower())
    if form is None or form.name in ("yaml", "csv"):
        return Text(path, shown, data, workspace.context, form.name if form else "")
    if form.name == "xlsx":
        from cybercoop.contribute.accept.workbooks import Book

        return Book(path, shown, data, workspace.context)
    from cybercoop.contribute.accept.statements import Statements

    return Statements(path, shown, data, workspace.context, workspace.place)
