"""Time every question of the catalogue and ten free queries on every engine, and write that part of docs/benchmarks.md.

python -m bench.questions                                     everything; 15 GB of disk
python -m bench.questions --sizes 10000 100000                these graphs only
python -m bench.questions --engines cybercoop Virtuoso --questions treaty-status --again
python -m bench.questions --page                              write the page from what was measured before

What was measured is kept in build/bench: a run that was stopped goes on where it was; `--again` measures anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cybercoop
from bench.cases import Case, case, cases
from bench.engines import INSIDE, Absent, Engine
from bench.graphs import FOLDER, ROOT, Base, base, finished
from bench.questions_page import write
from bench.servers import SERVERS, jena
from bench.serving import OXIGRAPH

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST = {
    "rdflib": 100_000,
    "oxrdflib": 1_000_000,
    "oxigraph serve": 1_000_000,
    "Virtuoso": 1_000_000,
    "Jena TDB2": 1_000_000,
}
ENGINES: dict[str, Engine] = {engine.name: engine for engine in (*INSIDE, *SERVERS)}
LIMIT = 8.0
OURS = Path(sys.executable).with_name("cybercoop")
COLD_RUNS = 5
COLD = (
    ("project-countries", {"project": "cybersouth-plus"}),
    ("treaty-status", {"country": "MA", "instrument": "ets-185"}),
    ("treaty-status", {"country": "MA"}),
)

RDFLIB = """
import sys, rdflib
graph = rdflib.Dataset(default_union=True)
graph.parse(sys.argv[1], format="nquads")
for row in graph.query(open(sys.argv[2], encoding="utf-8").read()):
    print(*row)
"""

Found = dict[str, Any]
"""What is kept of one engine at one size."""


def main() -> None:
    """Measure what has not been measured, and write the page."""
    given = arguments()
    if given.one:
        measure(ENGINES[given.engines[0]], base(given.sizes[0]), given.questions, given.limit)
        return
    for size in [] if given.page else given.sizes:
        for name in given.engines or [name for name in ENGINES if size <= LARGEST.get(name, size)]:
            if given.again:
                forget(name, size, given.questions)
            run(name, size, given)
        if not given.questions and (given.again or not kept("cold", size)):
            keep("cold", size, cold(base(size), given.engines))
    write(every(), list(ENGINES))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="statements")
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=[])
    parser.add_argument("--questions", nargs="+", default=[], help="names of questions, or of free queries")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds that a query may take, repeated or not")
    parser.add_argument("--again", action="store_true", help="measure anew what was measured before")
    parser.add_argument("--page", action="store_true", help="measure nothing")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(name: str, size: int, given: argparse.Namespace) -> None:
    """Measure one engine on one graph in a process of its own; whatever befalls it, the others follow."""
    base(size)
    command = [
        sys.executable,
        "-m",
        "bench.questions",
        "--one",
        "--sizes",
        str(size),
        "--engines",
        name,
        "--limit",
        str(given.limit),
    ]
    command += ["--questions", *given.questions] if given.questions else []
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    print(f"{size:>10,} {name:16} {time.perf_counter() - start:6.0f} s", flush=True)
    if done.returncode:
        found = kept(name, size)
        found["absent"] = f"failed: {done.stderr.strip().splitlines()[-1][:200]}"
        keep(name, size, found)


def measure(engine: Engine, on: Base, questions: Collection[str], limit: float) -> None:
    """Load a graph into an engine and ask it everything; what was measured is kept after each query."""
    found = {"size": on.facts["statements"], "cases": {}, **kept(engine.name, on.size)}
    found.pop("absent", None)
    wanted = [known for known in asked(questions) if known.name not in found["cases"]]
    if not wanted:
        return
    found |= {"load": os.getloadavg()[0], "limit": limit}
    try:
        found["loaded"] = asdict(engine.load(on))
        for known in wanted:
            times = engine.times(known, limit)
            median = statistics.median(times.seconds) if times.seconds else None
            found["cases"][known.name] = {**asdict(times), "median": median}
            keep(engine.name, on.size, found)
    except Absent as absent:
        keep(engine.name, on.size, {"absent": str(absent)})
    finally:
        engine.close()


def asked(questions: Collection[str]) -> Iterator[Case]:
    """Yield the cases of that name, or all."""
    every_case = cases(cybercoop.open(ROOT).workspace)
    if unknown := set(questions) - {known.name for known in every_case}:
        raise SystemExit(f"no such question: {' '.join(sorted(unknown))}")
    return (known for known in every_case if not questions or known.name in questions)


def cold(on: Base, engines: Collection[str]) -> Found:
    """Return the seconds of whole processes that answer one look-up each: median of some runs, taken in turns."""
    found: Found = {}
    for question, given in COLD:
        query = on.folder / "cold.rq"
        query.write_text(case(cybercoop.open(ROOT).workspace, question, given).text, "utf-8")
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        commands = {"cybercoop": [str(OURS), "query", question, *options]}
        if OXIGRAPH.is_file():
            form = ["--results-format", "tsv"]
            commands["oxigraph query"] = [
                str(OXIGRAPH),
                "query",
                "-l",
                str(on.store),
                "--query-file",
                str(query),
                *form,
            ]
        if on.size <= LARGEST["rdflib"]:
            commands["rdflib"] = [sys.executable, "-c", RDFLIB, str(on.quads), str(query)]
        if (on.folder / "jena").is_dir():
            commands["Jena TDB2"] = jena(on, query)
        chosen = {key: command for key, command in commands.items() if not engines or key in engines}
        found[" ".join([question, *options])] = in_turns(chosen, on)
    return found


def in_turns(commands: dict[str, list[str]], on: Base) -> dict[str, list[float]]:
    """Return the seconds of some commands, run one after the other again and again; a first round does not count."""
    os.environ["CYBERCOOP_CACHE"] = str(on.cache)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(COLD_RUNS + 1):
        for name, command in commands.items():
            _, seconds, _ = finished(command, 120, ROOT)
            if turn:
                times[name].append(seconds)
    del os.environ["CYBERCOOP_CACHE"]  # what is asked at the next size is looked up in the graph of the checkout
    return times


def kept(name: str, size: int) -> Found:
    """Return what was measured before."""
    path = FOLDER / f"questions-{size}-{name.replace(' ', '-')}.json"
    found: Found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def keep(name: str, size: int, found: Found) -> None:
    """Keep what was measured."""
    path = FOLDER / f"questions-{size}-{name.replace(' ', '-')}.json"
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(found, indent=1), "utf-8")
    aside.replace(path)


def forget(name: str, size: int, questions: Collection[str]) -> None:
    """Forget what was measured of some questions, or of all."""
    found = kept(name, size)
    if found and questions:
        keep(name, size, {**found, "cases": {k: v for k, v in found["cases"].items() if k not in questions}})
    elif found:
        keep(name, size, {})


def every() -> dict[int, dict[str, Found]]:
    """Return all that is kept: size → engine, or `cold` → what was measured."""
    known = sorted({int(path.name.split("-")[1]) for path in FOLDER.glob("questions-*-*.json")})
    return {size: {name: found for name in (*ENGINES, "cold") if (found := kept(name, size))} for size in known}


if __name__ == "__main__":
    main()
