"""Time validation: one contribution on bases of any size, and whole graphs; write its part of docs/benchmarks.md.

scripts/bench_validate.py              sizes of 10 thousand and a million statements
scripts/bench_validate.py --largest    also ten million; takes some minutes and 10 GB of disk
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from make_graph import FAULT, make

import cybercoop
from cybercoop.shapes.engines import Result, engine

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN = "## Validation\n"
RUNS = 20
FAULTS = 200
LIMIT = 600
WHOLE = {"fast": (30_000, 100_000, 1_000_000), "pyshacl": (30_000, 100_000)}
CONTRIBUTION = """\
source: coe-cybersouth-plus-page
at: {section: activities}
id: activity/2024-06-01-example-workshop
type: Activity
prefLabel: {en: Example workshop, fr: Atelier d’exemple, ar: ورشة عمل نموذجية}
startDate: 1999-06-01
endDate: 1999-06-02
heldIn: rabat
partOf: project/cybersouth-plus
activityKind: training
attendedBy: [country/MA, country/TN]
theme: electronic-evidence
"""


def main() -> None:
    """Run all, one after the other, and write what was measured."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(whole(*sys.argv[3:]) if sys.argv[2] == "whole" else contribution(sys.argv[3])))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "contribution.yaml").write_text(CONTRIBUTION, encoding="utf-8")
    sizes = [10_000, 1_000_000, *([10_000_000] if "--largest" in sys.argv else [])]
    lines = [BEGIN, *head(), "", *contributions(sizes), "", *wholes(), ""]
    before = PAGE.read_text("utf-8").split(BEGIN)[0].rstrip() + "\n\n"
    PAGE.write_text(before + "\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def head() -> list[str]:
    """Return what was measured with, and when."""
    names = ("pyoxigraph", "shacl", "pyshacl")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return [
        f"Written by `scripts/bench_validate.py` on {date.today().isoformat()}; {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {versions}. The graphs are those of `scripts/make_graph.py`: the shipped "
        "records, copied under other names, with bad examples among them. The load of the machine was "
        f"{os.getloadavg()[0]:.1f} at the start: above its number of cores, times are too long, CPU times less so."
    ]


def contributions(sizes: Sequence[int]) -> list[str]:
    """Return a table of one contribution, judged on bases of several sizes."""
    rows, first = [], 0.0
    for size in sizes:
        cache, statements = base(size)
        found = child({"CYBERCOOP_CACHE": str(cache)}, "contribution", "fast")
        slow = child({"CYBERCOOP_CACHE": str(cache)}, "contribution", "pyshacl")
        command = [sys.executable, "-m", "cybercoop", "validate", str(FOLDER / "contribution.yaml")]
        whole = statistics.median(seconds(command, {"CYBERCOOP_CACHE": str(cache)}) for _ in range(7))
        first = first or found["work"]
        cells = (
            f"{statements:,}",
            str(found["statements"]),
            f"{found['median'] * 1000:.1f}",
            f"{found['work'] * 1000:.1f}",
            f"{found['work'] / first:.2f}",
            f"{whole:.2f}",
            f"{slow['median'] * 1000:.0f}",
            ", ".join(found["codes"]),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return [
        f"### One contribution\n\nWarm: medians of {RUNS} judgements in one process. Whole process: medians of 7.\n",
        "| statements of the base | of the contribution | warm, ms | CPU, ms | times the first | whole process, s "
        "| pyshacl on what the footprint reads, warm, ms | found |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
    ]


def wholes() -> list[str]:
    """Return a table of whole graphs, judged by each engine."""
    rows = []
    for name, sizes in WHOLE.items():
        for size in sizes:
            path = FOLDER / f"{size}.nt"
            statements = make(cybercoop.open(ROOT).workspace, size, path, FAULTS)
            found = child({}, "whole", name, str(path))
            if not found:
                rows.append(f"| {name} | {statements:,} | not within {LIMIT} | | |")
                break
            exact = "yes" if found["exact"] else "NO"
            rows.append(
                f"| {name} | {statements:,} | {found['seconds']:.1f} | {found['megabytes']:.0f} "
                f"| {found['found']} of {found['known']}, {exact} |"
            )
    return [
        "### A whole graph\n\nReading, compiling, judging, all rules across records included; "
        f"{FAULTS} bad examples.\n",
        "| engine | statements | seconds | peak memory, MB | faults found, and nothing else |",
        "|---|---|---|---|---|",
        *rows,
    ]


def base(size: int) -> tuple[Path, int]:
    """Build the store of a graph of that size where the library looks for it; return the cache and the size."""
    workspace = cybercoop.open(ROOT).workspace
    cache = FOLDER / f"cache-{size}"
    folder = cache / "store" / workspace.stored.folder.name
    quads = FOLDER / f"{size}.nq"
    if not folder.is_dir():
        shutil.rmtree(cache, ignore_errors=True)
        make(workspace, size, quads, 0)
        folder.mkdir(parents=True)
        store = ox.Store(str(folder / "store"))
        store.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS)
        triples = quads.with_suffix(".nt")
        make(workspace, size, triples, 0)
        store.bulk_load(path=str(triples), format=ox.RdfFormat.N_TRIPLES)
        store.optimize()
        del store
        triples.unlink()
        quads.replace(folder / "written.nq")
    with (folder / "written.nq").open("rb") as lines:
        return cache, sum(1 for _ in lines)


def contribution(name: str) -> dict[str, object]:
    """Judge the contribution again and again in this process."""
    graph = cybercoop.open(ROOT)
    path, times, work = FOLDER / "contribution.yaml", [], []
    for _ in range(RUNS + 2):
        start, begun = time.perf_counter(), time.process_time()
        report = graph.validate(path, engine=name)
        times.append(time.perf_counter() - start)
        work.append(time.process_time() - begun)
    codes = sorted({found.code for found in report.problems})
    return {
        "median": statistics.median(times[2:]),
        "work": statistics.median(work[2:]),
        "statements": report.statements,
        "codes": codes,
    }


def whole(name: str, path: str) -> dict[str, object]:
    """Judge a file of N-Triples in this process, and compare what is found with the list of its faults."""
    shapes = cybercoop.open(ROOT).workspace.shapes
    judge = engine(name)
    start = time.perf_counter()
    found = judge.file(Path(path), shapes)
    took = time.perf_counter() - start
    known = {(code, number) for code, number in map(str.split, Path(f"{path}.faults").read_text("ascii").splitlines())}
    met = {_fault(result) for result in found}
    memory = _peak()
    return {
        "seconds": took,
        "megabytes": memory,
        "found": len(met & known),
        "known": len(known),
        "exact": met == known,
    }


def _peak() -> float:
    """Return the most memory that this process has held, in MB; getrusage would count its parent's as well."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text("ascii"))[1]) / 1024  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fault(result: Result) -> tuple[str, str]:
    number = re.search(rf"{re.escape(FAULT)}(\d+)>$", result.focus)
    return result.shape.rsplit("#")[-1], number.group(1) if number else result.focus


def child(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Return what a process of its own measures, or nothing where it takes too long."""
    command = [sys.executable, __file__, "--one", *arguments]
    try:
        done = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, check=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return {}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Return the wall time of a whole process, in seconds."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
