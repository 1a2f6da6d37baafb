"""The embedded store: built once aside, swapped in whole, named by the digest of its inputs, opened read-only."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

_LAYOUT = "1"
_KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Stored:
    """A built graph on disk.

    `store` holds every named graph, and their union without repetition as the default graph. Oxigraph rewrites
    literals (`1.50`), so exports read `written`, where every literal stands as its source has it.
    """

    folder: Path

    @property
    def written(self) -> Path:
        """The statements as they were written, sorted, as N-Quads."""
        return self.folder / "written.nq"

    def open(self) -> ox.Store:
        """Return the store, read-only."""
        return ox.Store.read_only(str(self.folder / "store"))

    def quads(self) -> list[ox.Quad]:
        """Return all statements in named graphs, with their literals as they were written."""
        return list(ox.parse(path=str(self.written), format=ox.RdfFormat.N_QUADS))


def stored(cache: Path, digest: str, make: Callable[[], Iterable[ox.Quad]]) -> Stored:
    """Return the graph whose inputs have this digest, building it first where it is not there yet.

    Safe when several processes start at once (the first to finish wins, the others drop theirs) and when one is
    killed (what it leaves behind has another name, and is swept up a day later).
    """
    folder = cache / f"{digest}-{_LAYOUT}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
        try:
            build(aside, make())
            aside.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _sweep(cache, folder)
    return Stored(folder)


def digest_of(files: Iterable[Path], root: Path, notes: Path) -> str:
    """Return the digest of the files' names below `root` and of their contents.

    Where sizes and times of change are those of an earlier call, its result is taken from `notes`; files that were
    changed in the last two seconds are always read, as a second change might leave both the same.
    """
    facts = [(path.relative_to(root).as_posix(), path, path.stat()) for path in files]
    seen = hashlib.blake2b(repr([(name, s.st_size, s.st_mtime_ns) for name, _, s in facts]).encode(), digest_size=12)
    note = notes / seen.hexdigest()
    settled = all(stat.st_mtime < time.time() - 2 for _, _, stat in facts)
    if settled and note.is_file():
        return note.read_text("ascii")
    digest = hashlib.blake2b(digest_size=12)
    for name, path, _ in facts:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    if settled:
        notes.mkdir(parents=True, exist_ok=True)
        aside = notes / f"{note.name}.{os.getpid()}"
        aside.write_text(digest.hexdigest(), "ascii")
        aside.replace(note)
    return digest.hexdigest()


def build(folder: Path, quads: Iterable[ox.Quad]) -> None:
    """Write the store and the statements as written into an empty folder."""
    lines = sorted({str(quad): quad for quad in quads}.items())
    with (folder / "written.nq").open("wb") as out:
        ox.serialize((quad for _, quad in lines), out, format=ox.RdfFormat.N_QUADS)
    store = ox.Store(str(folder / "store"))
    store.bulk_extend(quad for _, quad in lines)
    store.bulk_extend(union(quad for _, quad in lines))
    store.flush()
    store.optimize()
    del store


def union(quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    """Yield each triple of the named graphs once, in the default graph."""
    return {str(quad.triple): ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads}.values()


def _sweep(cache: Path, current: Path) -> None:
    old = time.time() - _KEEP_SECONDS
    for folder in cache.iterdir():
        if folder != current and folder.is_dir() and folder.stat().st_mtime < old:
            shutil.rmtree(folder, ignore_errors=True)
