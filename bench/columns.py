"""Time long answers, from the store and from columns in turns, and print a table for docs/scale.md.

Whole commands name and write what they show; with `--rows`, rows and their order alone are timed.

python -m bench.columns                          a million statements, the long answers, five runs each
python -m bench.columns --size 100000 --runs 3
python -m bench.columns --rows --questions where-stated
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cybercoop
from bench.graphs import ROOT, base
from cybercoop.engines.columns.choice import Local
from cybercoop.engines.store import Stored

LONG = ("single-source-things", "laws-enacted-during-projects", "inferred-links", "treaty-status")
ENGINES = ("store", "columns")
OURS = Path(sys.executable).with_name("cybercoop")
LIMIT = 120


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="statements")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--questions", nargs="+", default=LONG, help="names of questions, with their parameters")
    parser.add_argument("--rows", action="store_true", help="rows and their order alone")
    parser.add_argument("--one", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    on = base(given.size)
    if given.one:
        alone(on.stored, given.one, given.questions[0])
        return
    environment = {**os.environ, "CYBERCOOP_CACHE": str(on.cache)}
    seconds, processor, memory, said = run([str(OURS), "lake", "build"], environment)
    print(f"lake build: {seconds:.1f} s, {processor:.1f} s of processor time, {memory:.0f} MB; {said.strip()}\n")
    heads = (
        "question",
        "rows",
        *(f"{part}: {engine}" for part in ("seconds", "processor", "MB") for engine in ENGINES),
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    start = os.getloadavg()[0]
    for question in given.questions:
        found: dict[str, list[tuple[float, float, float, str]]] = {engine: [] for engine in ENGINES}
        for _ in range(given.runs):
            for engine in ENGINES:
                line = [str(OURS), "query", *question.split(), "--engine", engine, "--format", "csv"]
                if given.rows:
                    line = [sys.executable, "-m", "bench.columns", "--size", str(given.size), "--one", engine]
                    line += ["--questions", question]
                found[engine].append(run(line, environment))
        answers = {one[3].partition("\0")[0] for runs in found.values() for one in runs}
        for runs in found.values() if given.rows else ():
            told = [one[3].rpartition("\0")[2].split() for one in runs]
            runs[:] = [(float(times[0]), float(times[1]), one[2], "") for times, one in zip(told, runs, strict=True)]
        rows = f"{answers.pop().count(chr(10)) - 1:,}" if len(answers) == 1 else "unlike"
        medians = [
            [statistics.median(part) for part in zip(*(one[:3] for one in found[each]), strict=True)]
            for each in ENGINES
        ]
        pairs = list(zip(*medians, strict=True))
        cells = [*(f"{value:.2f}" for pair in pairs[:2] for value in pair), *(f"{value:.0f}" for value in pairs[2])]
        print(f"| {question} | {rows} | {' | '.join(cells)} |", flush=True)
    print(f"\nload {start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end; {given.runs} runs each, medians")


def alone(folder: Path, engine: str, question: str) -> None:
    """Print the rows of a question, a line each behind that of the columns, then what they took behind a NUL."""
    gc.disable()
    stored = Stored(folder)
    text = cybercoop.open(ROOT).question(question).bind({})
    local = Local(stored, engine)
    start, before = time.perf_counter(), time.process_time()
    columns, rows = local.rows(text, question)
    seconds, processor = time.perf_counter() - start, time.process_time() - before
    print(columns)
    for row in rows:
        print(*map(repr, map(str, row)))
    print(f"\0{seconds} {processor}")


def run(line: list[str], environment: dict[str, str]) -> tuple[float, float, float, str]:
    """Return the seconds, the seconds of processor time and the most MB of a command, and what it printed."""
    start = time.perf_counter()
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.read().decode() or process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        return LIMIT, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said[:200]
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said


if __name__ == "__main__":
    main()
