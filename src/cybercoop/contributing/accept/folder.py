"""The folder that accepted records are placed in: each in its file, in the place of what its source said before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cybercoop import names
from cybercoop.contributing import homes
from cybercoop.contributing.accept.entries import Entry, documents, rows_of
from cybercoop.contributing.tidy import tidied
from cybercoop.readers import table
from cybercoop.readers import yaml as yaml_reader
from cybercoop.readers.text import decode
from cybercoop.readers.tree import Fields, Scalar
from cybercoop.workspace import Workspace


class Folder:
    """The folder of records that accepted ones are placed in."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder
        self.texts: dict[Path, str] = {}
        self.homes: dict[tuple[str, str], tuple[Path, int]] = {}
        self.files: dict[str, Path] = {}

    def placed(self, texts: Mapping[Path, str], entries: list[Entry]) -> dict[Path, bytes]:
        """Return the contents of the files that change once the accepted records stand in them, formatted."""
        if entries:
            self._look()
        for path, text in texts.items():
            is_yaml = path.suffix.lower() != ".csv"
            trees, _ = (yaml_reader.documents if is_yaml else table.documents)(text, str(path))
            by_line = {tree.where.line: tree for tree in trees if isinstance(tree, Fields)}
            for entry in [entry for entry in entries if entry.path == path]:
                tree = next((by_line[line] for line in entry.lines if line in by_line), None)
                if tree is not None:
                    self._place(tree, text[entry.start : entry.stop] if is_yaml else homes.document(tree))
        return {path: tidied(text.encode(), str(path), self.workspace.context)[0] for path, text in self.texts.items()}

    def _look(self) -> None:
        paths = [path for path in sorted(self.folder.rglob("*")) if path.suffix in (".yaml", ".csv") and path.is_file()]
        shown = {self.workspace.relative(path): path for path in paths}
        for record in self.workspace.read(paths).records:
            path = shown[record.where.file]
            self.homes.setdefault((record.source, record.thing), (path, record.where.line))
            if path.suffix == ".yaml":
                self.files.setdefault(record.thing, path)

    def _place(self, tree: Fields, text: str) -> None:
        source, thing = _identity(tree)
        path, line = self.homes.get((source, thing), (None, 0))
        if path is not None and path.suffix == ".yaml":
            self._replace(path, line, text)
            return
        if path is not None:
            self._drop(path, source, thing)
        name = homes.table(tree)
        if name is not None and self._append_row(path or self.folder / name, tree):
            return
        own = self.files.setdefault(thing, self.folder / homes.file(tree))
        before = self._text(own)
        self.texts[own] = f"{before.rstrip()}\n---\n{text}" if before.strip() else text

    def _text(self, path: Path) -> str:
        if path not in self.texts and path.is_file():
            self.texts[path] = decode(path.read_bytes(), str(path))[0]
        return self.texts.get(path, "")

    def _replace(self, path: Path, line: int, new: str) -> None:
        """Put a document in the place of the one that begins on a line; later lines stay where they were found."""
        original = decode(path.read_bytes(), str(path))[0]
        number = _at_line(original, list(documents(original)), line)
        text = self._text(path)
        start, stop = list(documents(text))[number]
        self.texts[path] = text[:start] + new.strip("\n") + "\n" + text[stop:]

    def _drop(self, path: Path, source: str, thing: str) -> None:
        text = self._text(path)
        trees, _ = table.documents(text, str(path))
        found = next(tree for tree in trees if isinstance(tree, Fields) and _identity(tree) == (source, thing))
        spans = list(rows_of(text))
        start, stop = spans[_at_line(text, spans, found.where.line)]
        self.texts[path] = text[:start] + text[stop:]

    def _append_row(self, path: Path, tree: Fields) -> bool:
        text = self._text(path)
        rows, _ = table.cells(text)
        row = homes.row(tree, [cell.text.strip() for cell in rows[0]]) if rows else None
        if row is not None:
            self.texts[path] = text.rstrip("\n") + "\n" + row
        return row is not None


def _at_line(text: str, spans: list[tuple[int, int]], line: int) -> int:
    lines = [text.count("\n", 0, start) + 1 for start, _ in spans]
    return max(number for number, first in enumerate(lines) if first <= line)


def _identity(tree: Fields) -> tuple[str, str]:
    source, identity = tree.get("source"), tree.get("id")
    thing = identity.text if isinstance(identity, Scalar) else ""
    slug = source.text if isinstance(source, Scalar) else ""
    return names.source(slug), thing if "://" in thing else names.ID + thing
