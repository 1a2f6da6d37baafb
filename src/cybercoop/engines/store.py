"""The embedded store: built once aside, swapped in whole, named by the digest of its inputs, opened read-only."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import pyoxigraph as ox

from cybercoop.problems.problem import Where, refuse
from cybercoop.terms.labels import NAMED_BY, TOLD, alike, write, write_searched
from cybercoop.terms.sorting import in_order, sought

if TYPE_CHECKING:
    from cybercoop.terms.labels import Order

_LAYOUT = f"3-{ox.__version__}"
_KEEP_SECONDS = 24 * 3600
_SAID_SECONDS = 600
"""How often a process says that it uses the graph."""
_AHEAD = 1 << 14
"""How many statements are written at once."""
_READ = 4 << 20
"""How many bytes of a table are looked through at once."""
_HELD = 64 << 20
"""How many bytes of statements are held in memory at most, where they take four times as many."""
_RUN = 1_500_000
"""How many statements are sorted in memory at once: some 500 MB, less than loading takes."""
_NAMING = frozenset(f"<{predicate}>" for predicate in (*NAMED_BY, *TOLD))
_OURS = r"building-\w+|[0-9a-f]{24}-[\w.-]+|[0-9a-f]{8}(\.[0-9]+)?"


class Stored(NamedTuple):
    """A built graph on disk.

    `store` holds every named graph, and their union without repetition as the default graph. Oxigraph rewrites
    literals (`1.50`), so exports read `written`, where every literal stands as its source has it. A long answer reads
    the names of its things from `names`: the dictionary of a store on disk is slow to give many texts.
    """

    folder: Path

    @property
    def written(self) -> Path:
        """The statements as they were written, sorted, as N-Quads."""
        return self.folder / "written.nq"

    @property
    def names(self) -> Path:
        """What things are called, a line for each."""
        return self.folder / "names.tsv"

    @property
    def searched(self) -> Path:
        """What things are looked for by, a line for each name."""
        return self.folder / "searched.tsv"

    @property
    def told(self) -> Path:
        """What is told of things beside their names, a line for each description and day."""
        return self.folder / "told.tsv"

    def open(self) -> ox.Store:
        """Return the store, read-only; opened once in a process, unless it is held in memory there."""
        if (held := _held.get(self.folder)) is not None:
            return held
        store = self.folder / "store"
        return _opened(store, store.stat().st_ino)

    def hold(self) -> None:
        """Read a store that is not too large into memory: who opens it in this process from now on is given that.

        It answers questions of the catalogue in a third of the time.
        """
        if self.folder not in _held and self.written.stat().st_size <= _HELD:
            _held[self.folder] = self.in_memory()

    def in_memory(self) -> ox.Store:
        """Return the store, read into memory."""
        store = ox.Store()
        quads = self.quads()
        store.bulk_extend(quads)
        store.bulk_extend(union(quads))
        return store

    def about(self, iri: str) -> list[ox.Quad]:
        """Return the statements about one thing, with their literals as they were written."""
        return list(ox.parse(self.lines(iri), format=ox.RdfFormat.N_QUADS))

    def lines(self, iri: str) -> bytes:
        """Return the statements about one thing as they were written: its lines of N-Quads, sorted, each once."""
        start = f"<{iri}> ".encode("utf-8", "surrogatepass")
        with self.written.open("rb") as file:
            return b"" if ">" in iri else b"".join(sought(file, start, lambda line: line[: len(start)]))

    def having(self, predicate: str) -> Iterator[ox.Quad]:
        """Yield the statements of one property, as they were written."""
        word = f"> <{predicate}> ".encode()
        with self.written.open("rb") as file:
            for line in file:
                if word in line:
                    yield from (
                        quad
                        for quad in ox.parse(line, format=ox.RdfFormat.N_QUADS)
                        if quad.predicate.value == predicate
                    )

    def quads(self) -> list[ox.Quad]:
        """Return all statements in named graphs, with their literals as they were written."""
        return list(self.each_quad())

    def each_quad(self) -> Iterator[ox.Quad]:
        """Yield what `quads` returns, one after the other."""
        yield from ox.parse(path=str(self.written), format=ox.RdfFormat.N_QUADS)


_held: dict[Path, ox.Store] = {}
"""The stores that this process holds in memory, by their folders."""


@lru_cache(maxsize=4)
def _opened(store: Path, _number: int) -> ox.Store:
    """Return a store on disk; its number among files tells it from another that takes its place."""
    return ox.Store.read_only(str(store))


def stored(
    cache: Path, digest: str, make: Callable[[], Iterable[str]], ranked: Callable[[ox.Store], Order] = lambda _: alike
) -> Stored:
    """Return the graph whose inputs have this digest, building it first of lines of N-Quads where it is not there yet.

    `ranked` gives the order of the sources in a store that name one thing.
    Safe when several processes start at once (the first to finish wins, the others drop theirs) and when one is
    killed (what it leaves behind has another name, and is swept up a day later). Raises `Refusal` where the cache
    cannot be written.
    """
    folder = cache / f"{digest}-{_LAYOUT}"
    if folder.is_dir():
        _used(folder, int(time.time()) // _SAID_SECONDS)
        return Stored(folder)
    said = make()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside(folder, lambda made: build(made, said, ranked))
    except OSError as error:
        raise refuse("cannot-write", Where(str(cache)), value=str(cache), reason=error.strerror or str(error)) from None
    _sweep(cache, folder)
    return Stored(folder)


@lru_cache(maxsize=8)
def _used(folder: Path, _when: int) -> None:
    """Say that a folder is in use, so that it is not swept up; a cache that is only read is never swept."""
    with contextlib.suppress(OSError):
        os.utime(folder)


def built(cache: Path, digest: str) -> Stored | None:
    """Return the graph whose inputs have this digest where it is there already."""
    folder = cache / f"{digest}-{_LAYOUT}"
    return Stored(folder) if folder.is_dir() else None


def build(folder: Path, said: Iterable[str], ranked: Callable[[ox.Store], Order] = lambda _: alike) -> None:
    """Write the store, the statements as written and the names of things into an empty folder.

    `said` are lines of N-Quads, in any order and more than once; only some of them are held in memory. A store that
    cannot be filled is closed, so that nothing is written to its files when they are removed.
    """
    from traceback import clear_frames

    try:
        _fill(folder, said, ranked)
    except BaseException as error:
        clear_frames(error.__traceback__)
        raise


def _fill(folder: Path, said: Iterable[str], ranked: Callable[[ox.Store], Order]) -> None:
    from cybercoop.engines.loading import Loading

    written, naming = folder / "written.nq", folder / "naming.nq"
    store = ox.Store(str(folder / "store"))
    with Loading(store) as loading:
        with _new(written) as quads, _new(naming) as named:
            lines = (line for line, _ in groupby(in_order(loading.passed(said), _RUN, folder)))
            while some := list(islice(lines, _AHEAD)):
                quads.writelines(some)
                named.writelines(line for line in some if line.split(" ", 2)[1] in _NAMING)
                loading.written(len(some))
        with loading.packed():
            name(Stored(folder), naming, ranked(store))
    del store
    naming.unlink()


def name(stored: Stored, naming: Path, order: Order) -> None:
    """Write the tables of names from sorted statements about names, as N-Quads."""
    with naming.open(encoding="utf-8", newline="\n") as lines, _new(stored.names) as out:
        write(lines, out, order)
    with naming.open(encoding="utf-8", newline="\n") as lines, _new(stored.searched) as out, _new(stored.told) as told:
        write_searched(lines, out, told)


def blocks_of(table: Path) -> Iterator[bytes]:
    """Yield the lines of a table, many at once."""
    with table.open("rb") as file:
        while block := file.read(_READ) + file.readline():
            yield block


def lines_with(table: Path, word: str) -> Iterator[str]:
    """Yield the lines of a table in which a word, or a part of one, stands."""
    wanted = word.encode("utf-8", "surrogatepass")
    for block in blocks_of(table):
        at = block.find(wanted)
        while at >= 0:
            end = block.index(b"\n", at)
            yield block[block.rfind(b"\n", 0, at) + 1 : end].decode()
            at = block.find(wanted, end)


def _new(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def union(quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    """Yield each triple of the named graphs once, in the default graph."""
    return dict.fromkeys(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


def aside(folder: Path, fill: Callable[[Path], object]) -> None:
    """Fill a folder beside, then give the whole its name; where another process was faster, leave its work in place."""
    import shutil
    import tempfile

    made = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    try:
        fill(made)
        made.chmod(0o755)
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep(cache: Path, current: Path) -> None:
    """Remove what has our kind of name and was not used for a day."""
    import shutil

    for path in _old(cache, current):
        shutil.rmtree(path, ignore_errors=True)
    for path in _old(cache / "notes", current):
        path.unlink(missing_ok=True)


def _old(folder: Path, current: Path) -> Iterator[Path]:
    limit = time.time() - _KEEP_SECONDS
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            if path != current and re.fullmatch(_OURS, path.name) and path.lstat().st_mtime < limit:
                yield path


def file_of(stored: Stored) -> Path:
    """Return the file of the snapshot of a store; it bears the number of its layout."""
    return stored.folder / "columns-1.duckdb"


class Snapshot(NamedTuple):
    """A file of columns, and how many statements there are of each predicate and class."""

    file: Path

    @property
    def uses(self) -> Mapping[str, int]:
        """The number of statements of a predicate, by its IRI; of all, by no name; of a class, by `a` and its IRI."""
        found: dict[str, int] = json.loads(self.file.with_suffix(".json").read_text("utf-8"))
        return found


def snapshot(stored: Stored) -> Snapshot | None:
    """Return the snapshot of a store where it is there; that of another edition lies beside another store."""
    file = file_of(stored)
    return Snapshot(file) if file.is_file() and file.with_suffix(".json").is_file() else None
