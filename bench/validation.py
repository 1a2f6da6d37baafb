"""Time validation: one contribution on bases of any size, and whole graphs; write its part of docs/benchmarks.md.

    python -m bench.validation                                  everything, afresh
    python -m bench.validation --largest                        also a base of ten million; 10 GB of disk
    python -m bench.validation --only pyshacl --sizes 200000    again what is named, beside what was measured before

What was measured is kept in build/bench/measured.json; every sentence of the page is made from it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import cybercoop
from bench import jena, validation_page
from bench.graphs import base
from bench.make_graph import make

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "bench"
MEASURED = FOLDER / "measured.json"
LIMIT = 600
FAULTS = 200
LARGEST = 10_000_000
SIZES = {
    "contribution": (10_000, 1_000_000, LARGEST),
    "fast": (10_000, 30_000, 100_000, 200_000, 1_000_000),
    "pyshacl": (10_000, 30_000, 100_000, 200_000),
    "jena": (10_000, 30_000, 100_000, 200_000, 1_000_000),
    "rules": (100_000, 1_000_000),
}
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

Row = dict[str, Any]


def main() -> None:
    """Measure what is asked for, one after the other, and write the page after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--only", choices=SIZES, action="append")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], metavar="SIZE,…")
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="SECONDS")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    again = bool(given.only or given.sizes) and MEASURED.is_file()
    rows: dict[str, Row] = json.loads(MEASURED.read_text("utf-8")) if again else {}
    for part in given.only or SIZES:
        usual = [size for size in SIZES[part] if size < LARGEST or given.largest]
        for size, row in measured(part, given.sizes or usual, given.limit):
            rows[f"{part} {size}"] = {"part": part, "size": size, **row}
            MEASURED.write_text(json.dumps(rows, indent=1), encoding="utf-8")
            validation_page.write(list(rows.values()))
    print(validation_page.text(list(rows.values())))


def measured(part: str, sizes: Iterable[int], limit: int) -> Iterable[tuple[int, Row]]:
    """Yield each size with what was measured, or with why it was not."""
    hindrance = jena.missing() if part == "jena" else ""
    for size in sorted(sizes):
        row: Row = {"date": date.today().isoformat(), "load": os.getloadavg()[0]}
        if hindrance:
            row["failed"] = f"not run: {hindrance}"
        else:
            try:
                row |= contribution(size, limit) if part == "contribution" else whole(part, size, limit)
            except OSError as error:
                row["failed"] = f"failed: {error.strerror}"
        if row.get("failed") == late(limit):
            hindrance = "a smaller graph took too long"
        yield size, row


def contribution(size: int, limit: int) -> Row:
    """Judge one contribution on a base of a size, by both engines in a warm process and by the command line."""
    path = FOLDER / "contribution.yaml"
    path.write_text(CONTRIBUTION, encoding="utf-8")
    on = base(size)
    around = {"CYBERCOOP_CACHE": str(on.cache)}
    found = child(limit, around, "contribution", "fast", str(path))
    slow = child(limit, around, "contribution", "pyshacl", str(path))
    command = [sys.executable, "-m", "cybercoop", "validate", str(path)]
    return {
        "base": int(on.facts["statements"]),
        "slow": slow.get("median"),
        "process": statistics.median(seconds(command, around) for _ in range(7)),
        **found,
    }


def whole(part: str, size: int, limit: int) -> Row:
    """Judge a whole graph of a size by an engine, or ask its rules one by one."""
    path = FOLDER / f"{size}.nt"
    statements = make(cybercoop.open(ROOT).workspace, size, path, FAULTS)
    try:
        arguments = ("rules", str(path)) if part == "rules" else ("whole", part, str(path))
        return {"base": statements, **child(limit, {}, *arguments)}
    finally:
        path.unlink()
        Path(f"{path}.faults").unlink()


def child(limit: int, around: dict[str, str], *arguments: str) -> Row:
    """Return what a process of its own measures, or why it measures nothing; it leaves no process behind."""
    command = [sys.executable, "-m", "bench.judgements", *arguments]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), **around},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            out, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return {"failed": late(limit)}
    if process.returncode:
        said = errors.replace(f"{ROOT}/", "").strip().splitlines()
        return {"failed": f"failed: {said[-1] if said else f'ended with {process.returncode}'}"}
    found: Row = json.loads(out)
    return found


def late(limit: int) -> str:
    """Return what is said of a measurement that takes too long."""
    return f"not within {limit} s"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Return the wall time of a whole process, in seconds."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
