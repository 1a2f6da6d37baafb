"""Records judged each on its own: the good ones are written where they belong, in one step; the others stay."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cybercoop.contribute import folders
from cybercoop.contribute.accept.entries import Entry, Pile, Text, documents, groups, rows_of
from cybercoop.contribute.accept.statements import Statements, claims
from cybercoop.contribute.folders import added
from cybercoop.contribute.template import without_skeleton
from cybercoop.documents import csv
from cybercoop.judge.consistency import Said, doubled
from cybercoop.judge.diagnosis import with_excerpts
from cybercoop.judge.replaced import goes
from cybercoop.judge.validate import judge_reading
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import ERROR, WARNING, Notice, Problem, Where, problem, visible
from cybercoop.records import MAX_BYTES, NAMES, SUFFIXES, table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.layout import tidied
from cybercoop.records.reading import Fields, Reading, Scalar, decode
from cybercoop.records.statements import Stated
from cybercoop.terms import names
from cybercoop.workspace.files import content
from cybercoop.workspace.journal import finish, write_all
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


def accept(
    workspace: Workspace,
    paths: Iterable[Path],
    into: Path,
    engine: str | None = None,
    *,
    replaces: bool = False,
    adds: bool = False,
) -> Acceptance:
    """Judge each record of contributions, with those that it depends on, and place the good ones below a folder.

    They are judged as what the folder then holds, in the context of the graph. A record stands or falls with what it
    refers to in the same contribution: where that is refused, the reference leads nowhere, and the record is refused
    for it. One that takes the place of statements which it does not repeat is refused, unless it `replaces` them, or
    `adds` to them. Nothing is written yet, but that an acceptance which was interrupted is finished, with a warning.
    """
    into = into.resolve()
    if finish(into):
        warnings.warn(Notice("acceptance-finished", folder=visible(str(into))), stacklevel=1)
    folder = Folder(workspace, into, adds=adds)
    desk = _Desk(workspace, list(paths), engine, folder, asks=not (replaces or adds))
    report = desk.sort()
    return Acceptance(report, tuple(desk.kept), tuple(desk.refused), folder.placed(desk.kept), into)


class _Desk:
    """Where contributions are taken apart and judged until only good records are left."""

    def __init__(
        self, workspace: Workspace, paths: list[Path], engine: str | None, folder: Folder, *, asks: bool
    ) -> None:
        self.workspace = workspace
        self.engine = engine
        self.folder = folder
        self.asks = asks
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
        self._told_what_goes()
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

    def _told_what_goes(self) -> None:
        """Note what records take the place of: as a problem of these where it is to be asked for, else of the whole.

        Of what is added, note where a second value comes to stand beside one.
        """
        for pile in self.piles if self.folder.said and self.folder.adds else ():
            self.problems += self.folder.doubled(pile.reading(pile.entries))
        for pile in self.piles if self.folder.said and not self.folder.adds else ():
            if not pile.entries:
                continue
            found = self.folder.replaced(pile.reading(pile.entries), ERROR if self.asks else WARNING)
            if not self.asks:
                self.problems += found
            for each in found if self.asks else ():
                for entry in pile.blamed(each):
                    entry.problems.append(each)

    def _judged(self, kept: list[Entry]) -> Report:
        own: dict[int, list[Entry]] = {}
        for entry in kept:
            own.setdefault(id(entry.pile), []).append(entry)
        reading, folder = Reading(), self.folder
        for entries in own.values():
            reading.add(entries[0].pile.reading(entries))
        return judge_reading(self.workspace, reading, len(own), self.engine, folder.beside, adds=folder.adds)

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
    """Return the records of a file; what takes workbooks apart is imported only for these."""
    form = SUFFIXES.get(path.suffix.lower())
    if form is None or form.name in ("yaml", "csv"):
        return Text(path, shown, data, workspace.context, form.name if form else "")
    if form.name in ("csv.gz", "tsv"):
        from cybercoop.records.packed import unpacked

        text, inner, problems = unpacked(data, shown, form.name)
        if inner in ("csv", "yaml") or problems:
            pile = Text(path, shown, text.encode(), workspace.context, inner)
            pile.problems = problems or pile.problems
            return pile
    if form.name in ("ods", "xlsx"):
        from cybercoop.contribute.accept.entries import Book

        return Book(path, shown, data, workspace.context)
    return Statements(path, shown, data, workspace.context, workspace.place)


def _is(form: str, path: Path) -> bool:
    return path.suffix.lower() in NAMES[form].suffixes


class Folder:
    """The folder of records that accepted ones are placed in."""

    def __init__(self, workspace: Workspace, folder: Path, *, adds: bool) -> None:
        self.workspace = workspace
        self.folder = folder
        self.adds = adds
        self.pages: dict[Path, _Page] = {}
        self.homes: dict[tuple[str, str], tuple[Path, int]] = {}
        self.files: dict[str, Path] = {}
        every = [path for path in sorted(folder.rglob("*")) if path.is_file() and not workspace.is_policy(path)]
        paths = [path for path in every if _is("yaml", path) or _is("csv", path)]
        shown = {workspace.relative(path): path for path in paths}
        reading = workspace.read(paths)
        for record in reading.records:
            path = shown[record.where.file]
            self.homes.setdefault((record.source, record.thing), (path, record.where.line))
            if _is("yaml", path):
                self.files.setdefault(record.thing, path)
        self.said = {claim.node: claim for claim in claims(reading)}
        self.beside = Reading() if folder == (workspace.root / "data").resolve() else reading
        """What it holds beside the graph."""

    def replaced(self, reading: Reading, severity: str) -> list[Problem]:
        """Return a problem for each record that takes the place of statements which it does not repeat."""
        new = {claim.node: claim.quads for claim in claims(reading)}
        found = []
        for record in reading.records:
            node = record.source, names.record(record.source, record.thing)
            before, now = self.said.get(node), new.get(node, frozenset())
            lost = [each for each in before.statements if each.quad not in now] if before is not None else []
            found.append(goes(record, lost, self.workspace.context, severity))
        return list(with_excerpts((each for each in found if each is not None), reading.texts))

    def doubled(self, reading: Reading) -> list[Problem]:
        """Return a problem for each second value of a property that has one, where records are added to what stands."""
        found = []
        for claim in claims(reading):
            before = self.said.get(claim.node)
            both = Said(Stated([*(before.statements if before else ()), *claim.statements]))
            told = (each for (_, thing), values in both.of.items() for each in doubled(thing, values))
            found += [each for each in told if before and each.where.file in reading.texts]
        return list(with_excerpts(found, reading.texts))

    def placed(self, entries: list[Entry]) -> dict[Path, bytes]:
        """Return the contents of the files that change once the accepted records stand in them, formatted.

        A record that is not typed in our words, and says what stands there already, changes nothing.
        """
        for entry in entries:
            if (written := entry.pile.written(entry)) is not None and not self._stands(entry, written[0]):
                tree, text = written
                own = entry.pile.in_own_words
                self._place(tree, without_skeleton(text, tree, self.workspace) if own else text)
        context, place = self.workspace.context, self.workspace.place
        texts = {path: page.text() for path, page in self.pages.items() if page.changed}
        return {path: tidied(text.encode(), str(path), context, place)[0] for path, text in texts.items()}

    def _stands(self, entry: Entry, tree: Fields) -> bool:
        source, thing = _identity(tree)
        before = None if entry.pile.in_own_words else self.said.get((source, names.record(source, thing)))
        return before is not None and before.quads == frozenset(entry.pile.alone(entry).quads())

    def _place(self, tree: Fields, text: str) -> None:
        source, thing = _identity(tree)
        path, line = self.homes.get((source, thing), (None, 0))
        if path is not None and self.adds:
            text = added(self._page(path).document(line), tree, self.workspace.context)
            tree = next(each for each in yaml_reader.documents(text, "")[0] if isinstance(each, Fields))
        if path is not None and _is("yaml", path):
            self._page(path).put(line, text.strip("\n") + "\n")
            return
        name = folders.table(tree)
        page = self._page(path or self.folder / name) if name is not None else None
        row = folders.row(tree, page.header) if page is not None and page.header else None
        if path is not None:
            self._page(path).put(line, row or "")
        elif page is not None and row is not None:
            page.added.append(row)
        if row is None:
            self._page(self.files.setdefault(thing, self.folder / folders.file(tree))).added.append(text)

    def _page(self, path: Path) -> _Page:
        if path not in self.pages:
            text = decode(path.read_bytes(), str(path))[0] if path.is_file() else ""
            self.pages[path] = _Page(text, is_table=_is("csv", path))
        return self.pages[path]


class _Page:
    """A file of records taken apart, to be put together again with other ones."""

    def __init__(self, text: str, *, is_table: bool) -> None:
        self.is_table = is_table
        self.header = [cell.text.strip() for cell in _header(text)] if is_table else []
        self.parts: list[str] = []
        self.lines: list[int] = []
        self.added: list[str] = []
        self.new: dict[int, str] = {}
        done, line = 0, 1
        for start, stop in rows_of(text) if is_table else documents(text):
            line += text.count("\n", done, start)
            self.lines.append(line)
            line += text.count("\n", start, stop)
            self.parts += [text[done:start], text[start:stop]]
            done = stop
        self.parts.append(text[done:])

    @property
    def changed(self) -> bool:
        """Whether anything was put or added."""
        return bool(self.added or self.new)

    def document(self, line: int) -> str:
        """Return the record that stands on a line of the file as it was, as a document of YAML."""
        number = self._number(line)
        text = self.new.get(number, self.parts[number])
        if not self.is_table:
            return text
        trees, _ = table.documents(csv.lines([self.header]) + text, "")
        return folders.document(next(each for each in trees if isinstance(each, Fields)))

    def put(self, line: int, text: str) -> None:
        """Put a text in the place of the record that stands on a line of the file as it was."""
        self.new[self._number(line)] = text

    def _number(self, line: int) -> int:
        return 2 * bisect_right(self.lines, line) - 1

    def text(self) -> str:
        """Return the whole as it is now."""
        text = "".join(self.new.get(number, part) for number, part in enumerate(self.parts))
        if self.is_table:
            return _with_rows(text, self.added, self.header) if self.added else text
        for each in self.added:
            text = f"{text.rstrip()}\n---\n{each}" if text.strip() else each
        return text


def _with_rows(text: str, added: list[str], header: list[str]) -> str:
    """Return a table with more rows, each in its place where the table goes by ids, else below those of its thing."""
    columns = [header.index(word) for word in ("id", "source")]

    def key(row: str) -> tuple[str, ...]:
        cells = table.cells(row)[0][0]
        return tuple(cells[column].text for column in columns)

    spans = list(rows_of(text))
    head = text[: spans[0][0]] if spans else text.rstrip("\n") + "\n"
    rows = [text[start:stop].rstrip("\n") + "\n" for start, stop in spans]
    keys = [key(row) for row in rows]
    for row in added:
        own = key(row)
        near = max((at for at, (thing, _) in enumerate(keys, 1) if thing == own[0]), default=len(keys))
        at = bisect_right(keys, own) if keys == sorted(keys) else near
        rows.insert(at, row)
        keys.insert(at, own)
    return head + "".join(rows)


def _header(text: str) -> list[table.Cell]:
    rows, _ = table.cells(text.partition("\n")[0])
    return rows[0] if rows else []


def _identity(tree: Fields) -> tuple[str, str]:
    source, identity = tree.get("source"), tree.get("id")
    thing = identity.text if isinstance(identity, Scalar) else ""
    slug = source.text if isinstance(source, Scalar) else ""
    return names.source(slug), thing if "://" in thing else names.ID + thing
