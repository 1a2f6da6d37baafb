"""Time whole commands, as users type them, on graphs of many sizes; write docs/benchmarks.md and half of docs/scale.md.

python -m bench.large                              20 thousand, 100 thousand and a million statements
python -m bench.large --beside ../before           a million also in turns with the command of another checkout
python -m bench.large --sizes 10000000 --runs 1    one more size, beside what was measured before
python -m bench.large --questions …                every question of the catalogue as well, as its help types it
python -m bench.large --write                      the pages again, of what was measured before

Each command runs in turns with the engine that does its work, alone, where one does. A command whose runs have taken
a minute is not run again. With `--beside`, both codes work on the graph of that checkout: its ontology, shapes,
questions, and copies of its records. This process holds little: what a child has of its parent counts as its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from bench.commands import CASES, LOOK_UP, Case
from bench.large_page import write

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "bench"
MEASURED = FOLDER / "commands.json"
OURS = Path(sys.executable).with_name("cybercoop")
ONE = Path("data/activities/2024/2024-05-21-casablanca-dark-web.yaml")
"""The record that is judged alone, of the checkout whose graph it is."""
ENOUGH = 60.0
"""From how many seconds on the clock on, of all its runs on a graph, a command is not run again."""
LOOK, SELDOM = 0.25, 20
"""After how many seconds what a command and its processes hold is looked at again, and after how many times as long as
that took: the larger they are, the longer it holds them up."""
LIMIT, MOST = 1200.0, 12_000.0
"""How many seconds and how many MB a command may take before it is ended."""

Run = tuple[float, float, float]
"""Seconds on the clock, seconds of processor time, the most MB of all its processes together."""


NEEDED = """
import cybercoop
for name, question in cybercoop.open().workspace.questions.items():
    needed = (each for each in question.parameters.values() if not each.optional)
    print(name, *(f"--{each.name} {each.example}" for each in needed))
"""
"""What prints each question as it is typed with no more than it needs."""


def main() -> None:
    """Measure, keep it, and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[20_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5, help="of each command, at the most")
    parser.add_argument("--beside", type=Path, help="another checkout, with its .venv")
    parser.add_argument("--beside-size", type=int, help="of the graph for both; else the largest size")
    parser.add_argument("--folder", type=Path, help="keep graph and stores there, and use those that are there")
    parser.add_argument("--only", default=[""], nargs="+", help="commands that begin so")
    parser.add_argument("--questions", action="store_true", help="measure every question of the catalogue, too")
    parser.add_argument("--write", action="store_true", help="measure nothing")
    given = parser.parse_args()
    every = [*dict.fromkeys([*CASES, *(questions() if given.questions else ())])]
    cases = [case for case in every if case.line.startswith(tuple(given.only))]
    if given.folder and (given.folder / "this").is_dir():
        given.folder, cases = given.folder.resolve(), [case for case in cases if not case.anew]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for size in [] if given.write else given.sizes:
        keep("sizes", str(size), measured(size, cases, given.runs, {"this": OURS}, ROOT, given.folder))
    if given.beside and not given.write:
        codes = {"this": OURS, "before": given.beside.resolve() / ".venv" / "bin" / "cybercoop"}
        ours = [case._replace(alone="") for case in cases if case.beside]
        size = given.beside_size or max(given.sizes)
        keep("beside", str(size), measured(size, ours, given.runs, codes, given.beside.resolve(), None))
    found = kept()
    if not found["sizes"]:
        parser.exit(message="Kept; the pages are written once there are --sizes.\n")
    write(found)


def questions() -> Iterator[Case]:
    """Yield each question of the catalogue, with the examples of what it needs; the library is not loaded here."""
    told = subprocess.run([sys.executable, "-c", NEEDED], cwd=ROOT, check=True, capture_output=True, text=True)
    for line in told.stdout.splitlines():
        yield Case(f"query {line} --format csv", beside=False, at_hand=True)


def kept() -> dict[str, dict[str, Any]]:
    """Return what was measured before, of this code and beside another: size → facts."""
    known: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text("utf-8")) if MEASURED.is_file() else {}
    return {"sizes": {}, "beside": {}} | known


def keep(part: str, size: str, steps: Iterable[dict[str, Any]]) -> None:
    """Keep what is measured, step by step; commands that are not run again stay as they were, with what was around."""
    for facts in steps:
        found = kept()
        before = found[part].get(size, {})
        others = {shown: runs for shown, runs in before.get("cases", {}).items() if shown not in facts["cases"]}
        if others:
            around = f"{len(facts['cases'])} commands, load {'–'.join(map(str, facts['load']))}"
            again = before.get("again", {}) | {facts["ours"]: around}
            facts = before | {"again": again, "cases": others | facts["cases"]}
        found[part][size] = facts
        aside = MEASURED.with_suffix(".new")
        aside.write_text(json.dumps(found, indent=1), "utf-8")
        aside.replace(MEASURED)


def measured(
    size: int, cases: list[Case], most: int, codes: Mapping[str, Path], root: Path, kept_in: Path | None
) -> Iterator[dict[str, Any]]:
    """Yield what each case so far took on a graph, for each code and the engine alone, and what was around it."""
    facts: dict[str, Any] = {"day": date.today().isoformat(), "commit": commit(root), "ours": commit(ROOT)}
    facts |= {"cores": os.cpu_count(), "versions": versions(), "load": [load()]}
    taken: dict[str, dict[str, list[Run]]] = {}
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        folder = kept_in or Path(name)
        facts["records"] = made(folder, size, root)
        for each, path in codes.items() if not any(case.anew for case in cases) else ():
            for _ in range(2):  # what the first time alone takes: the store, and what is noted of files that are new
                command(folder, Case(LOOK_UP), each, path)
        for case in cases:
            found: dict[str, list[Run]] = {each: [] for each in (*codes, *(["alone"] if case.alone else []))}
            taken[case.shown] = found
            for _ in range(most):
                for each, runs in found.items():
                    if run := alone(folder, case) if each == "alone" else command(folder, case, each, codes[each]):
                        runs.append(run)
                if not any(found.values()) or any(sum(run[0] for run in runs) > ENOUGH for runs in found.values()):
                    break
            print(size, case.shown, {each: len(runs) for each, runs in found.items()}, flush=True)
            stores = [path for path in (folder / "this" / "store").glob("*-*") if path.is_dir()]
            facts["disk"] = sum(file.stat().st_blocks * 512 for each in stores for file in each.rglob("*")) / 2**20
            yield {**facts, "load": [*facts["load"], load()], "cases": taken}


def made(folder: Path, size: int, root: Path) -> int:
    """Make the graph in a process of its own, where it is not there; return how many statements its records are."""
    count = folder / "records.txt"
    if not count.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        line = [sys.executable, "-m", "bench.graphs", "records", str(folder / "home"), str(size), str(root)]
        around = {**os.environ, "CYBERCOOP_CACHE": str(FOLDER / "sources")}
        shutil.copy(root / ONE, folder)
        count.write_bytes(subprocess.run(line, cwd=ROOT, env=around, check=True, capture_output=True).stdout)
    return int(count.read_text("ascii"))


def command(folder: Path, case: Case, code: str, path: Path) -> Run | None:
    """Run a command; None where it was ended, or failed."""
    if case.anew:
        shutil.rmtree(folder / code, ignore_errors=True)
    line = case.line if code == "this" else case.line.replace(" --no-cache", "")  # that of before keeps no verdict
    with out_of_sight(() if case.at_hand else folder.glob(f"{code}/store/*/columns-*")):
        return timed([str(path), *words(line, folder)], around(folder, code))


@contextmanager
def out_of_sight(files: Iterable[Path]) -> Iterator[None]:
    """Call some files otherwise for a while; where one of the name came meanwhile, they go."""
    aside = {file: file.rename(file.with_name(f"aside-{file.name}")) for file in [*files]}
    try:
        yield
    finally:
        for file, kept_as in aside.items():
            kept_as.unlink() if file.exists() else kept_as.rename(file)


def alone(folder: Path, case: Case) -> Run | None:
    """Run the engine that a command uses, on what the library has built; None where it was ended, or failed."""
    (quads,) = (folder / "this" / "store").glob("*/written.nq")
    triples = folder / "union.nt"
    if not triples.is_file():
        union(quads, triples)
    if "{query}" in case.alone and "--file" not in case.line:
        line = case.line.replace(" --with-sources", "").replace(" --format csv", "").split()
        asked = subprocess.run(
            [str(OURS), *line, "--show-sparql"], env=around(folder, "this"), check=True, capture_output=True
        )
        (folder / "query.rq").write_bytes(asked.stdout)
        query = folder / "query.rq"
    else:
        query = ROOT / "bench" / "free_queries" / "count-by-group.rq"
    shutil.rmtree(folder / "new", ignore_errors=True)
    places = {
        "new": folder / "new",
        "quads": quads,
        "triples": triples,
        "store": quads.parent / "store",
        "query": query,
    }
    line = [sys.executable, "-m", "bench.alone", *words(case.alone, folder, **places)]
    return timed(line, around(folder, "this"))


def words(line: str, folder: Path, **places: Path) -> list[str]:
    """Return the words of a line, with the places that it names."""
    known = {"out": folder / "out", "free": ROOT / "bench" / "free_queries", "one": folder / ONE.name, **places}
    return [word.format(**known) for word in line.split()]


def around(folder: Path, code: str) -> dict[str, str]:
    """Return the environment in which a code works on the graph of a folder."""
    return {**os.environ, "CYBERCOOP_HOME": str(folder / "home"), "CYBERCOOP_CACHE": str(folder / code)}


def union(quads: Path, triples: Path) -> None:
    """Write each triple of sorted N-Quads once."""
    before = ""
    with quads.open(encoding="utf-8", newline="\n") as lines, triples.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            if (triple := line[: line.rindex(" <")]) != before:
                out.write(f"{triple} .\n")
                before = triple


def timed(line: list[str], environment: Mapping[str, str]) -> Run | None:
    """Return what a whole process took; None where it had to be ended, or ended with anything but a result (0 or 1)."""
    start = time.perf_counter()
    process = subprocess.Popen(
        line, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    most, looked, pause = 0.0, start, LOOK
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        if (now := time.perf_counter()) - looked > pause:
            most, looked = max(most, held(process.pid)), time.perf_counter()
            pause = max(LOOK, SELDOM * (looked - now))
        if now - start > LIMIT or most > MOST:
            process.kill()
        time.sleep(0.02)
    seconds, (_, status, used) = time.perf_counter() - start, ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        return None
    peak = used.ru_maxrss if used.ru_maxrss > getrusage(RUSAGE_SELF).ru_maxrss else 0  # else it may be that of us
    return seconds, used.ru_utime + used.ru_stime, max(most, peak / 1024)


def held(process: int) -> float:
    """Return the MB that a process and those that it has started hold now; what they share counts once."""
    folder = Path(f"/proc/{process}")
    try:
        own = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text("ascii"), re.MULTILINE)
        started = (folder / "task" / str(process) / "children").read_text("ascii").split()
    except OSError:
        return 0.0
    return (int(own[1]) / 1024 if own else 0.0) + sum(held(int(each)) for each in started)


def load() -> float:
    """Return how many processes wanted to run in the last minute."""
    return round(os.getloadavg()[0], 1)


def versions() -> str:
    """Return what runs the commands."""
    packages = ("pyoxigraph", "shacl", "duckdb")
    return f"Python {platform.python_version()}, {', '.join(f'{each} {version(each)}' for each in packages)}"


def commit(root: Path) -> str:
    """Return the commit of a checkout."""
    asked = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
