"""The graphs of a benchmark: files and embedded stores of many sizes, made once and kept in build/bench."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph as ox

import cybercoop
from bench.make_graph import make
from cybercoop.engines.store import Stored
from cybercoop.engines.store import name as name_things
from cybercoop.terms.labels import NAMED_BY
from cybercoop.terms.names import DERIVED
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "bench"
MEGABYTE = 1 << 20
BYTES = 55_000_000
"""How large a file of records becomes: less than what is read at once."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What it took to load a graph: seconds, the most memory in MB, and MB on disk (none for what lives in memory)."""

    seconds: float
    memory: float
    disk: float | None


@dataclass(frozen=True, slots=True)
class Base:
    """A graph of about `size` statements: as N-Quads, and as the store that the library opens."""

    size: int
    folder: Path

    @property
    def cache(self) -> Path:
        """The folder that `CYBERCOOP_CACHE` is to name for the library to work on this graph."""
        return self.folder / "cache"

    @property
    def stored(self) -> Path:
        """The folder where the library looks for its store; another edition of the graph has another."""
        return self.cache / "store" / cybercoop.open(ROOT).workspace.stored.folder.name

    @property
    def quads(self) -> Path:
        """The statements, as N-Quads."""
        return self.stored / "written.nq"

    @property
    def store(self) -> Path:
        """The store: every named graph, and their union in the default graph."""
        return self.stored / "store"

    @property
    def facts(self) -> dict[str, float]:
        """How many statements there are, and what it took to load them."""
        facts: dict[str, float] = json.loads((self.folder / "facts.json").read_text("ascii"))
        return facts

    @property
    def loaded(self) -> Loaded:
        """What it took to load the embedded store."""
        return Loaded(self.facts["seconds"], self.facts["memory"], self.facts["disk"])

    def union(self) -> Path:
        """Write the triples of all graphs as N-Triples, sources left out; the caller removes them."""
        path = self.folder / "union.nt"
        make(cybercoop.open(ROOT).workspace, self.size, path, 0)
        Path(f"{path}.faults").unlink()
        return path


def base(size: int) -> Base:
    """Return the graph of a size, made first where it is not there whole."""
    made = Base(size, FOLDER / f"graph-{size}")
    if not ((made.folder / "facts.json").is_file() and made.quads.is_file()):
        shutil.rmtree(made.folder, ignore_errors=True)
        made.stored.mkdir(parents=True)
        statements = make(cybercoop.open(ROOT).workspace, size, made.quads, 0)
        Path(f"{made.quads}.faults").unlink()
        triples = made.union()
        done = subprocess.run(
            [sys.executable, "-m", "bench.graphs", made.store, made.quads, triples],
            capture_output=True,
            check=True,
            text=True,
            cwd=ROOT,
        )
        triples.unlink()
        order = cybercoop.open(ROOT).workspace.name_order(ox.Store.read_only(str(made.store)))
        naming = made.folder / "naming.nq"
        with made.quads.open(encoding="utf-8") as lines, naming.open("w", encoding="utf-8") as out:
            out.writelines(line for line in lines if line.split(" ", 2)[1][1:-1] in NAMED_BY)
        name_things(Stored(made.stored), naming, order)
        naming.unlink()
        facts = {"statements": statements, **json.loads(done.stdout)}
        (made.folder / "facts.json").write_text(json.dumps(facts), "ascii")
    return made


def load(store: Path, quads: Path, triples: Path) -> Loaded:
    """Load a store in this process with the graphs of the library's: the named ones, their union as the default."""
    start = time.perf_counter()
    opened = ox.Store(str(store))
    opened.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS)
    opened.bulk_load(path=str(triples), format=ox.RdfFormat.N_TRIPLES)
    opened.flush()
    opened.optimize()
    del opened
    return Loaded(time.perf_counter() - start, peak("self"), disk(store))


def peak(process: int | str) -> float:
    """Return the most memory that a process has held so far, in MB; 0 where the platform does not tell."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text("ascii")) if status.is_file() else None
    return int(found.group(1)) / 1024 if found else 0.0


def disk(folder: Path) -> float:
    """Return how much a folder takes, in MB; what a file holds no data for does not count."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / MEGABYTE


def finished(command: Sequence[str | Path], limit: float, folder: Path | None = None) -> tuple[str, float, float]:
    """Run a command; return what it printed, its seconds and its most memory in MB.

    One that takes longer than `limit` is killed; what it has printed so far is returned. Raises `OSError` with its
    last words where it fails by itself.
    """
    start, most, late = time.perf_counter(), 0.0, False
    words = FOLDER / "words.txt"
    with words.open("wb+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        while process.poll() is None:
            most = max(most, peak(process.pid))
            late = late or time.perf_counter() - start > limit
            if late:
                process.kill()
            time.sleep(0.01)
        seconds = time.perf_counter() - start
    said = words.read_text("utf-8", errors="replace")
    if process.returncode and not late:
        raise OSError(" ".join(said.split()[-40:]))
    return said, seconds, most


def records(home: Path, size: int, root: Path = ROOT) -> int:
    """Write a folder of a graph whose records are N-Quads of about `size` statements; return how many are in it.

    What they are copies of, and all else of the folder, is that of a checkout.
    """
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(root / name, home / name)
    (home / "data").mkdir()
    shutil.copy(root / "data" / "policy.yaml", home / "data")
    every = home.parent / "every.nq"
    make(cybercoop.open(root).workspace, size, every, 0)
    others = tuple(f"<{graph}> .\n" for graph in (ONTOLOGY_GRAPH, SCHEME_GRAPH, DERIVED))
    count, number, written, before = 0, 0, 0, ""
    out = (home / "data" / "part-0.nq").open("w", encoding="utf-8", newline="\n")
    with every.open(encoding="utf-8", newline="\n") as said:
        for line in said:
            if line.endswith(others):
                continue
            subject = line.partition(" ")[0]
            if written > BYTES and subject != before:
                out.close()
                number, written = number + 1, 0
                out = (home / "data" / f"part-{number}.nq").open("w", encoding="utf-8", newline="\n")
            before = subject
            written += out.write(line)
            count += 1
    out.close()
    every.unlink()
    Path(f"{every}.faults").unlink()
    return count


if __name__ == "__main__":
    if sys.argv[1] == "records":
        print(records(Path(sys.argv[2]), int(sys.argv[3]), *map(Path, sys.argv[4:])))
    else:
        print(json.dumps(asdict(load(*map(Path, sys.argv[1:4])))))
