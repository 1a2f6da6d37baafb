"""Run the queries that mean harm one after the other, by the clock on the wall, and print how far they went.

    python -m bench.hostile --seconds 0.5

After each a question of the catalogue and a free query are asked, which must be answered in under a second. What
`tests/test_hostile.py` checks in processor time, so as not to depend on the machine, is measured here: run it where
nothing else runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cybercoop
from cybercoop.ask.results import stream
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits

ROOT = Path(__file__).parent.parent
CORPUS = sorted((ROOT / "tests" / "hostile").glob("*.rq"))
ROWS, BYTES, MEMORY = 10_000, 1 << 20, 128 << 20
CANARY = "SELECT ?n { country:MA skos:prefLabel ?n }"


@dataclass(frozen=True, slots=True)
class Run:
    """How one query went: how it ended, rows, seconds by the clock, and those of the two questions after it."""

    name: str
    expected: bool
    rows: int
    seconds: float
    canaries: tuple[float, float]


def main() -> None:
    """Run the corpus and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="what each query may take")
    limits = Limits(ROWS, BYTES, parser.parse_args().seconds, MEMORY)
    graph = cybercoop.open(ROOT)
    graph.query("treaty-status", country="MA", instrument="ets-185")
    before = os.getloadavg()[0]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        alone = min(asked(graph, CANARY, limits)[2] for _ in range(5))
        runs = [run(graph, path, port, limits) for path in CORPUS]
        try:
            listener.accept()[0].close()
            called = True
        except BlockingIOError:
            called = False
    report(runs, limits, alone, called, before)


def run(graph: Graph, path: Path, port: int, limits: Limits) -> Run:
    """Run one query and the two questions after it."""
    text = written_out(path, port)
    end, rows, seconds = asked(graph, text, limits)
    expected = text.splitlines()[0].removeprefix("# expects: ").split()
    named = timed(lambda: graph.query("treaty-status", country="MA", instrument="ets-185"))
    return Run(path.stem, end in expected, rows, seconds, (named, asked(graph, CANARY, limits)[2]))


def written_out(path: Path, port: int) -> str:
    """Return a query of the corpus: `⟪text⟫20` stands for twenty times the text, `{port}` for the server."""
    text = path.read_bytes().decode().replace("{port}", str(port))
    return re.sub("⟪(.*?)⟫([0-9]+)", lambda match: match.group(1) * int(match.group(2)), text)


def asked(graph: Graph, text: str, limits: Limits) -> tuple[str, int, float]:
    """Return how a free query ended, how many rows came, and the seconds by the clock on the wall."""
    rows, end, begin = 0, "answer", time.monotonic()
    try:
        with stream(graph.workspace, text, limits) as found:
            for block in found.blocks():
                rows += len(block)
    except Refusal as refusal:
        end = refusal.problem.code
    return end, rows, time.monotonic() - begin


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def report(runs: list[Run], limits: Limits, alone: float, called: bool, load: float) -> None:
    """Print what was measured."""
    slowest = max(runs, key=lambda run: run.seconds)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    late = slowest.seconds - limits.seconds
    named, free = (max(run.canaries[which] for run in runs) for which in (0, 1))
    print(
        f"{len(runs)} queries, each with {limits.seconds:g} s, {limits.rows:,} rows, {limits.memory >> 20} MiB\n"
        f"load at the start {load:.1f}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"threads {threading.active_count()}\n"
        f"ended otherwise than expected: {[run.name for run in runs if not run.expected] or 'none'}\n"
        f"slowest: {slowest.seconds:.2f} s ({slowest.name}), {late:.2f} s beyond its limit; "
        f"a query that is answered at once takes {alone:.2f} s\n"
        f"more than half a second beyond: {sum(run.seconds > limits.seconds + 0.5 for run in runs)}\n"
        f"most rows: {max(run.rows for run in runs):,}\n"
        f"largest process: {peak >> 20} MiB, of which {limits.memory >> 20} may be the query's\n"
        f"the question after: at most {named:.2f} s; the free query after: at most {free:.2f} s\n"
        f"the server that nobody may call was called: {'yes' if called else 'no'}"
    )


if __name__ == "__main__":
    main()
