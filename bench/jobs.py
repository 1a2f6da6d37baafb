"""Time the three jobs and one question as whole processes, the question beside rdflib; write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import cybercoop

ROOT = Path(__file__).parent.parent
QUESTION, PARAMETERS = "project-countries", {"project": "cybersouth-plus"}
OTHERS = r"^## (Questions on large graphs|Validation)\n.*"
"""The parts of the page that questions.py and validation.py write."""
RUNS = 10
JOBS = {
    "validate the graph": ["validate"],
    "validate one record": ["validate", "data/activities/2024/2024-05-21-casablanca-dark-web.yaml"],
    "query country-profile": ["query", "country-profile", "--country", "MA"],
    f"query {QUESTION}": ["query", QUESTION, "--project", "cybersouth-plus"],
    "query treaty-chart": ["query", "treaty-chart", "--instrument", "ets-185"],
    "query contradictions": ["query", "contradictions"],
    "export turtle": ["export", "turtle"],
    "export jsonld": ["export", "jsonld"],
}

RDFLIB = """
import sys, rdflib
graph = {holder}
graph.parse(sys.argv[1], format="{form}")
name = rdflib.URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")
def shown(term):
    if isinstance(term, rdflib.URIRef):
        labels = dict((label.language, str(label)) for label in graph.objects(term, name))
        return labels.get("en") or str(term)
    return "" if term is None else str(term)
for row in graph.query(open(sys.argv[2], encoding="utf-8").read()):
    print("   ".join(shown(term) for term in row))
"""


class Times(NamedTuple):
    """Seconds on the clock, and of processor time, of each run of a command."""

    wall: list[float]
    cpu: list[float]

    def cells(self) -> str:
        """Return the cells of a table: the median, the range, and the median of processor time."""
        span = f"{min(self.wall):.2f} to {max(self.wall):.2f}"
        return f"{statistics.median(self.wall):.2f} | {span} | {statistics.median(self.cpu):.2f}"


def main() -> None:
    """Measure, and write what was measured."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `bench/jobs.py`; ratios under 1.3 mean nothing. Where the load is above the number of cores, times "
        "on the clock are too long, processor time less so.",
        "",
        *jobs(),
        *question(),
    ]
    page = ROOT / "docs" / "benchmarks.md"
    others = re.search(OTHERS, page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    page.write_text("\n".join(lines) + (others.group() if others else ""), encoding="utf-8")
    print("\n".join(lines))


def jobs() -> list[str]:
    """Return the section on the three jobs, on the graph as it is shipped."""
    records = cybercoop.open(ROOT).validate().records
    times = in_turns({name: [sys.executable, "-m", "cybercoop", *args] for name, args in JOBS.items()})
    return [
        "## The three jobs, whole process",
        "",
        f"The shipped graph of {records} records, its store built; medians of {RUNS} runs, taken in turns; "
        f"{circumstances()}.",
        "",
        "| `cybercoop …` | median, s | range, s | CPU, s | ms of CPU per record of the graph |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {found.cells()} | {1000 * statistics.median(found.cpu) / records:.2f} |"
            for name, found in times.items()
        ),
        "",
    ]


def question() -> list[str]:
    """Return the section on one question, beside scripts that do the same with rdflib."""
    graph = cybercoop.open(ROOT)
    text = graph.bound(QUESTION, **PARAMETERS)
    options = [part for name, value in PARAMETERS.items() for part in (f"--{name}", value)]
    rows = len(graph.query(QUESTION, with_sources=False, limits=None, **PARAMETERS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form in ("trig", "turtle"):
            graph.export(form, folder / f"graph.{form}")
        times = in_turns(
            {
                "cybercoop": [sys.executable, "-m", "cybercoop", "query", QUESTION, *options],
                "rdflib, exported TriG": with_rdflib(folder, "trig", text),
                "rdflib, exported Turtle, sources left out": with_rdflib(
                    folder, "turtle", text.replace("GRAPH ?source", "")
                ),
            }
        )
    medians = {name: statistics.median(found.cpu) for name, found in times.items()}
    return [
        f"## One question, whole process: `cybercoop query {QUESTION} {' '.join(options)}`",
        "",
        f"Store built; {rows} rows; medians of {RUNS} runs, taken in turns; {circumstances()}, pyoxigraph "
        f"{version('pyoxigraph')}, rdflib {version('rdflib')}. "
        "The rdflib scripts read the export, run the same query and print names; Turtle has no named graphs, so there "
        "the query is asked without its sources.",
        "",
        "| | median, s | range, s | CPU, s | CPU, times cybercoop |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {found.cells()} | {medians[name] / medians['cybercoop']:.1f} |"
            for name, found in times.items()
        ),
        "",
    ]


def circumstances() -> str:
    """Return when, at which commit and on what figures are taken."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{date.today().isoformat()}, commit {commit}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} as it ended, Python {platform.python_version()}"
    )


def in_turns(commands: dict[str, list[str]]) -> dict[str, Times]:
    """Return the times of commands, run one after the other, RUNS times after a first one that does not count."""
    times = {name: Times([], []) for name in commands}
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            wall, cpu = seconds(command)
            if turn:
                times[name].wall.append(wall)
                times[name].cpu.append(cpu)
    return times


def with_rdflib(folder: Path, form: str, text: str) -> list[str]:
    """Return the command of a script that reads the export of that format and asks the query with rdflib."""
    script, query = folder / f"{form}.py", folder / f"{form}.rq"
    holder = "rdflib.Dataset(default_union=True)" if form == "trig" else "rdflib.Graph()"
    script.write_text(RDFLIB.format(holder=holder, form=form), encoding="utf-8")
    query.write_text(text, encoding="utf-8")
    return [sys.executable, str(script), str(folder / f"graph.{form}"), str(query)]


def seconds(command: list[str]) -> tuple[float, float]:
    """Return the seconds of a whole process, on the clock and of processor time.

    Raises `CalledProcessError` when it fails.
    """
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
