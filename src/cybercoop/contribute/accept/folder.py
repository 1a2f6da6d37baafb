"""The folder that accepted records are placed in: each in its file, in the place of what its source said before."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

import pyoxigraph as ox

from cybercoop.contribute import folders
from cybercoop.contribute.accept.claims import claims
from cybercoop.contribute.accept.entries import Entry
from cybercoop.contribute.accept.texts import documents, rows_of
from cybercoop.records import table
from cybercoop.records.layout import tidied
from cybercoop.records.text import decode
from cybercoop.records.tree import Fields, Scalar
from cybercoop.terms import names
from cybercoop.workspace.workspace import Workspace

_SUFFIXES = (".yaml", ".csv")


class Folder:
    """The folder of records that accepted ones are placed in."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder
        self.pages: dict[Path, _Page] = {}
        self.homes: dict[tuple[str, str], tuple[Path, int]] = {}
        self.files: dict[str, Path] = {}
        self.said: dict[tuple[str, str], frozenset[ox.Quad]] = {}

    def placed(self, entries: list[Entry]) -> dict[Path, bytes]:
        """Return the contents of the files that change once the accepted records stand in them, formatted.

        A record that is not typed in our words, and says what stands there already, changes nothing.
        """
        if entries:
            self._look()
        for entry in entries:
            if (written := entry.pile.written(entry)) is not None and not self._stands(entry, written[0]):
                self._place(*written)
        context, place = self.workspace.context, self.workspace.place
        texts = {path: page.text() for path, page in self.pages.items() if page.changed}
        return {path: tidied(text.encode(), str(path), context, place)[0] for path, text in texts.items()}

    def _look(self) -> None:
        paths = [path for path in sorted(self.folder.rglob("*")) if path.suffix in _SUFFIXES and path.is_file()]
        shown = {self.workspace.relative(path): path for path in paths}
        reading = self.workspace.read(paths)
        for record in reading.records:
            path = shown[record.where.file]
            self.homes.setdefault((record.source, record.thing), (path, record.where.line))
            if path.suffix == ".yaml":
                self.files.setdefault(record.thing, path)
        self.said = {claim.node: claim.quads for claim in claims(reading)}

    def _stands(self, entry: Entry, tree: Fields) -> bool:
        source, thing = _identity(tree)
        before = None if entry.pile.in_own_words else self.said.get((source, names.record(source, thing)))
        return before is not None and before == frozenset(entry.pile.alone(entry).quads())

    def _place(self, tree: Fields, text: str) -> None:
        source, thing = _identity(tree)
        path, line = self.homes.get((source, thing), (None, 0))
        if path is not None and path.suffix == ".yaml":
            self._page(path).put(line, text.strip("\n") + "\n")
            return
        if path is not None:
            self._page(path).put(line, "")
        name = folders.table(tree)
        page = self._page(path or self.folder / name) if name is not None else None
        row = folders.row(tree, page.header) if page is not None and page.header else None
        if page is not None and row is not None:
            page.added.append(row)
            return
        self._page(self.files.setdefault(thing, self.folder / folders.file(tree))).added.append(text)

    def _page(self, path: Path) -> _Page:
        if path not in self.pages:
            text = decode(path.read_bytes(), str(path))[0] if path.is_file() else ""
            self.pages[path] = _Page(text, is_table=path.suffix == ".csv")
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

    def put(self, line: int, text: str) -> None:
        """Put a text in the place of the record that stands on a line of the file as it was."""
        self.new[2 * bisect_right(self.lines, line) - 1] = text

    def text(self) -> str:
        """Return the whole as it is now."""
        text = "".join(self.new.get(number, part) for number, part in enumerate(self.parts))
        if self.is_table:
            return text.rstrip("\n") + "\n" + "".join(self.added) if self.added else text
        for added in self.added:
            text = f"{text.rstrip()}\n---\n{added}" if text.strip() else added
        return text


def _header(text: str) -> list[table.Cell]:
    rows, _ = table.cells(text.partition("\n")[0])
    return rows[0] if rows else []


def _identity(tree: Fields) -> tuple[str, str]:
    source, identity = tree.get("source"), tree.get("id")
    thing = identity.text if isinstance(identity, Scalar) else ""
    slug = source.text if isinstance(source, Scalar) else ""
    return names.source(slug), thing if "://" in thing else names.ID + thing
