"""Weaken or delete each constraint of shapes/ in turn: some fixture must notice. Writes docs/mutation.md."""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import yaml

import cybercoop
from bench.mutants.cases import Case, Judge, Surroundings, Verdict, once
from bench.mutants.shapes import Mutant, ShapesGraph, mutants, superclasses
from cybercoop.terms.names import SHAPES
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SURVIVORS = ROOT / "tests" / "mutation-survivors.yaml"
OPEN = ROOT / "tests" / "mutation-open.txt"
PAGE = ROOT / "docs" / "mutation.md"


class Trial:
    """One set of shapes, the fixtures that hold it, and what they find in it unharmed."""

    def __init__(self, graph: ShapesGraph, above: dict[str, list[str]], cases: list[Case]) -> None:
        self.graph = graph
        self.cases = cases
        self.mutants = list(mutants(graph, above))
        self.unharmed: dict[str, tuple[list[ox.Triple], Judge, list[Case], dict[str, Verdict]]] = {}

    def survives(self, mutant: Mutant) -> bool:
        """Whether no fixture notices a mutant; those named after the harmed constraint look first, then small ones."""
        if mutant.constraint not in self.unharmed:
            triples = self.graph.concerned(mutant.constraint)
            judge = Judge(triples)
            looking = [case for case in self.cases if judge.rules or case.is_looked_at(judge.shapes)]
            near = {str(triple.subject)[1:-1].removeprefix(SHAPES) for triple in triples}
            looking.sort(key=lambda case: (case.code != mutant.constraint, case.code not in near, len(case.triples)))
            self.unharmed[mutant.constraint] = triples, judge, looking, {}
        triples, judge, looking, verdicts = self.unharmed[mutant.constraint]
        harmed = Judge(mutant.applied(triples))
        for case in looking:
            if case.name not in verdicts:
                verdicts[case.name] = case.verdict(judge)
            if case.verdict(harmed) != verdicts[case.name]:
                return False
        return True


def trials(workspace: Workspace) -> list[Trial]:
    """Return the shapes of records with their fixtures, and those of style with theirs."""
    ontology = [path for path in workspace.files("ontology", ".ttl") if path.parent.name != "alignments"]
    house = [path for path in workspace.files("shapes", ".ttl") if path.stem.startswith("house-style")]
    shapes = [path for path in workspace.files("shapes", ".ttl") if not path.stem.startswith("house-style")]
    words, ours = triples_of(*ontology), triples_of(*shapes)
    around = Surroundings(workspace)
    records = [around.case(path) for kind in ("invalid", "valid") for path in sorted((FIXTURES / kind).iterdir())]
    stanzas = sorted((FIXTURES / "house-style").iterdir())
    styles = [Case(path.name, once([*words, *ours, *triples_of(path)]), None) for path in stanzas]
    above = superclasses(words)
    return [Trial(ShapesGraph(ours), above, records), Trial(ShapesGraph(triples_of(*house)), above, styles)]


def triples_of(*paths: Path) -> list[ox.Triple]:
    """Return the triples of Turtle files."""
    return [quad.triple for path in paths for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]


class Survivors:
    """The mutants known to be unnoticed: those that need not be, with the reason, and those without a fixture."""

    def __init__(self, path: Path = SURVIVORS) -> None:
        self.reasons: list[dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
        self.open = OPEN.read_text("utf-8").splitlines()

    def reason(self, mutant: str) -> str:
        """Return why a mutant may live, or an empty text."""
        return next((one["because"] for one in self.reasons if re.fullmatch(one["mutants"], mutant)), "")

    def knows(self, mutant: str) -> bool:
        """Whether a mutant is known to live, for a reason or for want of a fixture."""
        return bool(self.reason(mutant)) or mutant in self.open

    def idle(self, alive: list[str]) -> list[str]:
        """Return the entries that no living mutant needs."""
        return [one["mutants"] for one in self.reasons if not any(re.fullmatch(one["mutants"], name) for name in alive)]


def report(tried: list[Mutant], alive: list[str], survivors: Survivors) -> str:
    """Return the page of the score."""
    lived = set(alive)
    explained = [name for name in alive if survivors.reason(name)]
    noticed = len(tried) - len(alive)
    rows = []
    for kind in sorted({mutant.kind for mutant in tried}):
        these = [mutant for mutant in tried if mutant.kind == kind]
        rows.append(f"| {kind} | {len(these)} | {sum(mutant.name in lived for mutant in these)} |")
    return "\n".join(
        [
            "# How the shapes are held to account",
            "",
            "Written by `bench/mutate_shapes.py`, which weakens or deletes each part of each constraint and rule in "
            "`shapes/` in turn, and judges the fixtures again. A mutant is noticed when some fixture has another set "
            "of codes and things.",
            "",
            f"**{noticed} of {len(tried)} mutants are noticed ({noticed / len(tried):.1%}); "
            f"{len(explained)} need not be, for a reason; {len(alive) - len(explained)} have no fixture yet.**",
            "",
            "| what is changed | mutants | unnoticed |",
            "|---|---|---|",
            *rows,
            "",
            "## Unnoticed, with the reason",
            "",
            "The reasons stand in `tests/mutation-survivors.yaml`.",
            "",
            *(f"- `{name}`: {survivors.reason(name).strip()}" for name in sorted(explained)),
            "",
            "## Unnoticed for want of a fixture",
            "",
            "They stand in `tests/mutation-open.txt`, which may only become shorter.",
            "",
            *(f"- `{name}`" for name in sorted(lived - set(explained))),
            "",
        ]
    )


def survival(tried: list[tuple[Trial, Mutant]], workers: int) -> Iterator[bool]:
    """Yield whether each mutant lives, in order; each worker of several is a fork of this process."""
    if workers < 2:
        yield from (trial.survives(mutant) for trial, mutant in tried)
        return
    _tried[:] = tried
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(_lives, range(len(tried)), chunksize=20)


_tried: list[tuple[Trial, Mutant]] = []


def _lives(number: int) -> bool:
    trial, mutant = _tried[number]
    return trial.survives(mutant)


def main() -> int:
    """Try all mutants, or a sample of them, and print who lives without a reason; 1 if any does."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, help="try that many, chosen by --seed, and write nothing")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument(
        "--only", nargs="+", default=[""], help="try constraints whose name begins so; write nothing"
    )
    arguments.add_argument("--page", action="store_true", help="with --only: write the page, the rest of it as it is")
    arguments.add_argument("--workers", type=int, default=1, help="try so many at a time, each in a process of its own")
    options = arguments.parse_args()
    start = time.perf_counter()
    workspace = cybercoop.open(ROOT).workspace
    tried = [(trial, mutant) for trial in trials(workspace) for mutant in trial.mutants]
    whole = [mutant for _, mutant in tried]
    tried = [pair for pair in tried if pair[1].constraint.startswith(tuple(options.only))]
    if options.sample:
        tried = random.Random(options.seed).sample(tried, options.sample)  # noqa: S311  (a sample, no secret)
    alive: list[str] = []
    survivors = Survivors()
    for number, ((_, mutant), lives) in enumerate(zip(tried, survival(tried, options.workers), strict=True), 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(tried)}", end="", file=sys.stderr)
        if lives:
            alive.append(mutant.name)
            if not survivors.knows(mutant.name):
                print(f"lives: {mutant.name}", flush=True)
    unknown = [name for name in alive if not survivors.knows(name)]
    explained = sum(bool(survivors.reason(name)) for name in alive)
    print(
        f"{len(tried)} mutants, {len(tried) - len(alive)} noticed, {explained} explained, "
        f"{len(alive) - explained} without a fixture, {len(unknown)} of these new, {time.perf_counter() - start:.0f} s"
    )
    if len(tried) < len(whole) and not options.page:
        return bool(unknown)
    again, lived = {mutant.name for _, mutant in tried}, re.findall("^- `(.+?)`(?:: |$)", PAGE.read_text("utf-8"), re.M)
    alive += [name for name in lived if name in {mutant.name for mutant in whole} - again]
    PAGE.write_text(report(whole, alive, survivors), encoding="utf-8")
    for entry in survivors.idle(alive):
        print(f"{SURVIVORS.name}: no mutant needs {entry}")
    return bool(unknown or survivors.idle(alive))


if __name__ == "__main__":
    sys.exit(main())
