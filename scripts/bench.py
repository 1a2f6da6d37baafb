"""Time one question as a whole process, beside a script that does the same with rdflib; write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import cybercoop

ROOT = Path(__file__).parent.parent
QUESTION, PARAMETERS = "country-profile", {"country": "MA"}
RUNS = 10

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


def main() -> None:
    """Run all, one after the other, RUNS times, and write the medians."""
    graph = cybercoop.open(ROOT)
    text = graph.questions[QUESTION].text
    options = [part for name, value in PARAMETERS.items() for part in (f"--{name}", value)]
    rows = len(graph.query(QUESTION, **PARAMETERS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = {
            "cybercoop": [sys.executable, "-m", "cybercoop", "query", QUESTION, *options],
            "rdflib, exported TriG": with_rdflib(folder, "trig", text),
            "rdflib, exported Turtle, sources left out": with_rdflib(
                folder, "turtle", text.replace("GRAPH ?source", "")
            ),
        }
        for form in ("trig", "turtle"):
            graph.export(form, folder / f"graph.{form}")
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS + 1):
            for name, command in commands.items():
                times[name].append(seconds(command))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    lines = [
        "# Benchmarks",
        "",
        "Written by `scripts/bench.py`; ratios under 1.3 mean nothing.",
        "",
        f"## One question, whole process: `cybercoop query {QUESTION} {' '.join(options)}`",
        "",
        f"Store built; medians of {RUNS} runs, taken in turns; {rows} rows; {date.today().isoformat()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, pyoxigraph {version('pyoxigraph')}, "
        f"rdflib {version('rdflib')}. The rdflib scripts read the export, run the same query and print names; Turtle "
        "has no named graphs, so there the query is asked without its sources.",
        "",
        "| | median, s | range, s | times cybercoop |",
        "|---|---|---|---|",
        *(
            f"| {name} | {medians[name]:.2f} | {min(values[1:]):.2f} to {max(values[1:]):.2f} "
            f"| {medians[name] / medians['cybercoop']:.1f} |"
            for name, values in times.items()
        ),
        "",
    ]
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def with_rdflib(folder: Path, form: str, text: str) -> list[str]:
    """Return the command of a script that reads the export of that format and asks the query with rdflib."""
    script, query = folder / f"{form}.py", folder / f"{form}.rq"
    holder = "rdflib.Dataset(default_union=True)" if form == "trig" else "rdflib.Graph()"
    script.write_text(RDFLIB.format(holder=holder, form=form), encoding="utf-8")
    query.write_text(text, encoding="utf-8")
    return [sys.executable, str(script), str(folder / f"graph.{form}"), str(query)]


def seconds(command: list[str]) -> float:
    """Return the wall time of a whole process, in seconds; raises `CalledProcessError` when it fails."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
