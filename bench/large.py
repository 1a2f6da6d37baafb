"""Time whole commands on a large graph of records in N-Quads, in turns with those of another checkout; print a table.

python -m bench.large                                a million statements, three runs of each command
python -m bench.large --size 10000000 --runs 1
python -m bench.large --beside ../before             also with the command of another checkout, on the same records

What a command takes includes all that it reads, works out and writes. The load of the machine stands below.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import cybercoop
from bench.columns import run
from bench.graphs import FOLDER, ROOT
from bench.make_graph import make
from cybercoop.terms.names import DERIVED
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH

COMMANDS = {
    "validate": (["validate"], False),
    "first question, with the build of the store": (
        ["query", "project-countries", "--project", "cybersouth-plus"],
        True,
    ),
    "the same question again": (["query", "project-countries", "--project", "cybersouth-plus"], False),
    **{
        f"export {form}": (["export", form, "-o", f"{{out}}.{form}"], False)
        for form in ("turtle", "jsonld", "nquads", "csv")
    },
}
"""What is shown → the command, and whether the store is built anew."""
BYTES = 55_000_000


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="statements, with those that are not records")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--beside", type=Path, help="another checkout, with its .venv")
    given = parser.parse_args()
    codes = {"this": Path(sys.executable).with_name("cybercoop")}
    if given.beside:
        codes["beside"] = given.beside.resolve() / ".venv" / "bin" / "cybercoop"
    start = os.getloadavg()[0]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        home = Path(folder) / "home"
        print(f"{records(home, given.size):,} statements in records\n")
        print("| command | code | seconds | processor | MB |\n|---|---|---|---|---|")
        for shown, (words, anew) in COMMANDS.items():
            found: dict[str, list[tuple[float, float, float, str]]] = {name: [] for name in codes}
            for _ in range(given.runs):
                for name, command in codes.items():
                    cache = Path(folder) / name
                    if anew:
                        shutil.rmtree(cache, ignore_errors=True)
                    line = [word.format(out=Path(folder) / "out") for word in words]
                    around = {**os.environ, "CYBERCOOP_HOME": str(home), "CYBERCOOP_CACHE": str(cache)}
                    found[name].append(run([str(command), *line], around))
            for name, runs in found.items():
                taken = (statistics.median(part) for part in list(zip(*runs, strict=True))[:3])
                cells = [f"{value:,.{digits}f}" for value, digits in zip(taken, (1, 1, 0), strict=True)]
                print(f"| {shown} | {name} | {' | '.join(cells)} |", flush=True)
    print(f"\nload {start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end; {given.runs} runs each, medians")


def records(home: Path, size: int) -> int:
    """Write a folder of a graph whose records are N-Quads of about `size` statements; return how many are in it."""
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(ROOT / name, home / name)
    (home / "data").mkdir()
    shutil.copy(ROOT / "data" / "policy.yaml", home / "data")
    every = home.parent / "every.nq"
    make(cybercoop.open(ROOT).workspace, size, every, 0)
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
    return count


if __name__ == "__main__":
    main()
