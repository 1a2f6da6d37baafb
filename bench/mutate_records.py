"""Break one fact in each of many copies of real records, judge them, and write docs/diagnostics.md with the figures."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cybercoop
from bench.mutants import breakages
from bench.mutants.breakages import FORMS, Broken, Copy
from cybercoop.graph import Graph
from cybercoop.problems.problem import Problem

ROOT = Path(__file__).parent.parent
SEED = 4
PER_FORM = 150
TOGETHER = 1
_TITLES = {"yaml": "YAML", "csv": "CSV", "turtle": "Turtle", "jsonld": "JSON-LD"}


@dataclass
class Score:
    """What the reports on the faults of one group were worth."""

    faults: int = 0
    found: int = 0
    line: int = 0
    record: int = 0
    problems: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, broken: Broken, problems: list[Problem]) -> None:
        """Count one report: its first problem should stand on the line of the fault."""
        self.faults += 1
        self.problems += len(problems)
        first = problems[0] if problems else None
        self.found += first is not None
        exact = first is not None and first.where.line in broken.lines
        own = first is not None and (first.thing == broken.thing or first.where.line in broken.record)
        self.line += exact
        self.record += own
        if not exact or not own or len(problems) > 1:
            said = "; ".join(f"{one.where.line}:{one.where.column} {one.code}" for one in problems) or "nothing"
            self.missed.append(f"{broken.kind} in {broken.copy.name} at {sorted(broken.lines)}: {said}")


def chosen(broken: Iterable[Broken], count: int, chance: random.Random) -> list[Broken]:
    """Return so many faults: each kind as often as another while it lasts, each time in another record."""
    kinds: dict[str, list[Broken]] = defaultdict(list)
    for one in broken:
        kinds[one.kind].append(one)
    for faults in kinds.values():
        chance.shuffle(faults)
    used: Counter[str] = Counter()
    found: list[Broken] = []
    while len(found) < count and kinds:
        for kind in sorted(kinds):
            best = min(kinds[kind], key=lambda one: used[one.copy.name])
            kinds[kind].remove(best)
            used[best.copy.name] += 1
            found.append(best)
            if not kinds[kind]:
                del kinds[kind]
    return found[:count]


def apart(faults: Iterable[Broken], most: int) -> Iterator[list[Broken]]:
    """Yield the faults in groups of which none describes what another describes or points at."""
    waiting = list(faults)
    while waiting:
        group: list[Broken] = []
        rest: list[Broken] = []
        described: set[str] = set()
        mentioned: set[str] = set()
        for one in waiting:
            own, others = one.copy.describes, one.copy.mentions
            if len(group) < most and not own & (described | mentioned) and not others & described:
                group.append(one)
                described |= own
                mentioned |= others
            else:
                rest.append(one)
        yield group
        waiting = rest


def reports(graph: Graph, group: list[Broken]) -> Iterator[tuple[Broken, list[Problem]]]:
    """Judge a group of faults together, each in a file of its own; harm done elsewhere counts for the first."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, one in enumerate(group):
            path = Path(folder) / f"{number}{FORMS[one.copy.form]}"
            path.write_text(one.text, encoding="utf-8")
            files[str(path)] = one
        said: dict[str, list[Problem]] = defaultdict(list)
        for found in graph.validate(*files).problems:
            said[found.where.file if found.where.file in files else next(iter(files))].append(found)
        yield from ((one, said[path]) for path, one in files.items())


def scores(
    graph: Graph, copies: Mapping[str, list[Copy]], count: int, together: int, seed: int = SEED
) -> dict[str, dict[str, Score]]:
    """Return the scores by form and kind of fault."""
    chance = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    rules = breakages.Rules.of(graph.workspace)
    found: dict[str, dict[str, Score]] = {}
    for form in FORMS:
        faults = chosen((one for copy in copies[form] for one in breakages.broken(copy, rules)), count, chance)
        kinds = found.setdefault(form, defaultdict(Score))
        for group in apart(faults, together):
            for one, problems in reports(graph, group):
                kinds[one.kind].add(one, problems)
    return found


def total(parts: Iterable[Score]) -> Score:
    """Return the sum of several scores."""
    whole = Score()
    for part in parts:
        whole.faults += part.faults
        whole.found += part.found
        whole.line += part.line
        whole.record += part.record
        whole.problems += part.problems
        whole.missed += part.missed
    return whole


def page(found: Mapping[str, Mapping[str, Score]], seed: int = SEED) -> str:
    """Return docs/diagnostics.md."""
    lines = [
        "<!-- Made by bench/mutate_records.py; do not edit. -->\n",
        "# Diagnostics\n",
        "`bench/mutate_records.py` breaks one fact in each of many copies of records of `data/` and reads what",
        "`cybercoop validate` says first: whether anything is found, whether it names the exact line of the fact (for",
        "a fact that was removed, the line of its record), whether it names the right record, and how many problems",
        "one fault makes. What follows from a problem is folded under it and not counted. The choice of records and",
        f"faults is that of seed {seed}.\n",
        "| format | faults | found | exact line | right record | problems per fault |",
        "|---|---|---|---|---|---|",
    ]
    whole = {_TITLES[form]: total(kinds.values()) for form, kinds in found.items()}
    for title, score in (*whole.items(), ("all", total(whole.values()))):
        lines.append(f"| {title} | {_row(score)} |")
    lines += [
        "\n## By kind of fault\n",
        "| format | fault | faults | found | exact line | right record | problems per fault |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for form, kinds in found.items():
        lines += [f"| {_TITLES[form]} | {kind} | {_row(score)} |" for kind, score in sorted(kinds.items())]
    return "\n".join(lines) + "\n"


def _row(score: Score) -> str:
    shares = (f"{100 * part / score.faults:.1f} %" for part in (score.found, score.line, score.record))
    return " | ".join([str(score.faults), *shares, f"{score.problems / score.faults:.2f}"])


def main() -> int:
    """Run the whole, print what was not exact, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-form", type=int, default=PER_FORM, help="faults in each format")
    parser.add_argument("--together", type=int, default=TOGETHER, help="copies judged at once; 1 judges each alone")
    parser.add_argument("--seed", type=int, default=SEED, help="another choice of records and faults")
    parser.add_argument("--dry", action="store_true", help="print the page instead of writing it")
    asked = parser.parse_args()
    graph = cybercoop.open(ROOT)
    found = scores(graph, breakages.copies(graph.workspace), asked.per_form, asked.together, asked.seed)
    for form, kinds in found.items():
        for missed in total(kinds.values()).missed:
            print(f"{_TITLES[form]}: {missed}", file=sys.stderr)
    text = page(found, asked.seed)
    if asked.dry:
        print(text)
    else:
        (ROOT / "docs" / "diagnostics.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
