"""One measurement of a judgement, in a process of its own, printed as JSON.

python -m bench.judgements contribution fast contribution.yaml
python -m bench.judgements whole pyshacl graph.nt
python -m bench.judgements rules graph.nt
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox

import cybercoop
from bench import jena
from bench.make_graph import FAULT
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import engine
from cybercoop.shapes.engines.rules import violations

ROOT = Path(__file__).parent.parent
RUNS = 20


def main() -> None:
    """Measure what the arguments ask for."""
    print(json.dumps(MEASURES[sys.argv[1]](*sys.argv[2:])))


def contribution(name: str, path: str) -> dict[str, object]:
    """Judge a contribution again and again in this process."""
    graph = cybercoop.open(ROOT)
    times, work = [], []
    for _ in range(RUNS + 2):
        start, begun = time.perf_counter(), time.process_time()
        report = graph.validate(path, engine=name)
        times.append(time.perf_counter() - start)
        work.append(time.process_time() - begun)
    return {
        "median": statistics.median(times[2:]),
        "work": statistics.median(work[2:]),
        "statements": report.statements,
        "codes": sorted({found.code for found in report.problems}),
    }


def whole(name: str, path: str) -> dict[str, object]:
    """Judge a file of N-Triples, and compare what is found with the list of its faults."""
    shapes = cybercoop.open(ROOT).workspace.shapes
    judge = _judge(name)
    start, begun = time.perf_counter(), _work()
    found = {_fault(code, thing) for code, thing in judge(Path(path), shapes)}
    took, work = time.perf_counter() - start, _work() - begun
    known = {(code, number) for code, number in map(str.split, Path(f"{path}.faults").read_text("ascii").splitlines())}
    return {
        "seconds": took,
        "work": work,
        "megabytes": _peak(),
        "found": len(found & known),
        "known": len(known),
        "exact": found == known,
    }


def rules(path: str) -> dict[str, object]:
    """Ask the fast engine's rules across records of a file of N-Triples, one by one."""
    store, took = ox.Store(), {}
    store.bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES)
    for shape in cybercoop.open(ROOT).workspace.shapes.selects:
        begun = time.process_time()
        violations(store, [shape])
        took[shape.code] = time.process_time() - begun
    return {"rules": took}


def _judge(name: str) -> Callable[[Path, Shapes], Iterable[tuple[str, str]]]:
    if name == "jena":
        return jena.validate
    judge = engine(name)
    return lambda path, shapes: ((result.shape.rsplit("#")[-1], result.focus) for result in judge.file(path, shapes))


def _fault(code: str, thing: str) -> tuple[str, str]:
    number = re.search(rf"{re.escape(FAULT)}(\d+)>$", thing)
    return code, number.group(1) if number else thing


def _work() -> float:
    """Return the CPU seconds of this process and of those that it has waited for."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def _peak() -> float:
    """Return the most memory that this process or one that it has waited for has held, in MB.

    For itself, getrusage would count its parent's as well.
    """
    status = Path("/proc/self/status")
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if status.is_file():
        own = int(re.search(r"VmHWM:\s+(\d+)", status.read_text("ascii"))[1]) / 1024  # type: ignore[index]
    else:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return max(own, others)


MEASURES: dict[str, Callable[..., dict[str, object]]] = {"contribution": contribution, "whole": whole, "rules": rules}

if __name__ == "__main__":
    main()
