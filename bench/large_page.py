"""What docs/benchmarks.md and docs/scale.md say of whole commands, from what bench/large.py has measured."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.commands import AT_HAND, CASES, LONG, LOOK_UP, Case

DOCS = Path(__file__).parent.parent / "docs"
BENCHMARKS, SCALE = DOCS / "benchmarks.md", DOCS / "scale.md"
OTHERS = re.compile(r"^## (Questions on large graphs|Validation)\n.*", re.MULTILINE | re.DOTALL)
"""The parts of the page that questions.py and validation.py write."""
COSTS = re.compile(r"^## What it costs\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
CLOCK, PROCESSOR, MEMORY = range(3)
QUESTION = ((CLOCK, 2), (PROCESSOR, 2), (MEMORY, 0))
"""What is told of a question, and by how many digits."""
BUILD = Case(LOOK_UP, anew=True)
AHEAD = (10_000_000, 100_000_000, 1_000_000_000)
"""For how many statements costs are worked out where they were not measured."""

Facts = Mapping[str, Any]

INTRODUCTION = """\
Written by `python -m bench.large`. A command is what a user types, as a whole process: Python starts, and all is read,
worked out and written, into a file or nowhere. The graphs are copies of the shipped records under other names, as
N-Quads in `data/`, with the shipped vocabulary, shapes and questions. Countries, organisations, places and sources are
not copied, so that what is said of a country grows with the graph. Figures are medians of runs in turns.

**Processor time is what compares.** Seconds on the clock are those of a machine that did other work as well; the load
says how many processes wanted to run, for so many cores. Memory is the most that a command and the processes that it
starts held together; runs of 30 November 2026 before commit d175ccb counted the largest process alone, of which a free
query has two. A dash: not run, or not ended well. Ratios under 1.3 mean nothing.
"""
BESIDE = """\
Both codes on the same folder: ontology, shapes, questions and copies of the records as they were at the commit of
before. What today's code does more (it finds more, cites more, derives positions) is in its time, and it reads an
older graph here than it was made for. Above 1, today's takes less.

"""
WITHDRAWN = """\
## Withdrawn

What stood here until 30 November 2026 was of 22 November: eight engines on graphs of 10 thousand to 10 million
statements, loading, cold starts, and validation by three engines. It is withdrawn. It timed engines inside a process,
where users type commands that do more; the graph had half of its records, with fewer questions and constraints; and
the code has changed since. `python -m bench.questions` and `python -m bench.validation` measure engines again, and
write their parts below.
"""
EVERY = """\
As its help types it, with no more than it needs, `--format csv`. A snapshot in columns is at hand, from which long
answers come. A dash is a refusal: more than a million rows, with the options that narrow the question.
"""
ALONE = """\
The same work by the engine alone, as a whole process of its own, in turns with the command: the bulk load of N-Quads
and of their union; the rows of a query without names and sources; SHACL on N-Triples, without places and causes;
Oxigraph's own writer, without order, prefixes that are ours, or context.
"""


def write(found: Mapping[str, Any]) -> None:
    """Write the page, but for the parts of others, and what costs are in docs/scale.md."""
    sizes = [found["sizes"][size] for size in sorted(found["sizes"], key=int)]
    parts = [
        "# Benchmarks\n",
        INTRODUCTION,
        *_commands(sizes),
        *_questions(sizes),
        *map(_beside, found["beside"].values()),
        WITHDRAWN,
    ]
    others = OTHERS.search(BENCHMARKS.read_text("utf-8"))
    BENCHMARKS.write_text("\n".join(parts) + (f"\n{others.group()}" if others else ""), "utf-8")
    text = SCALE.read_text("utf-8")
    costs = "\n".join(_costs(sizes)) + "\n"
    SCALE.write_text(COSTS.sub(lambda _: costs, text), "utf-8")


def median(facts: Facts, shown: str, code: str, part: int) -> float | None:
    """Return the median of what the runs of a command took; None where there are none."""
    runs = facts["cases"].get(shown, {}).get(code)
    return statistics.median(run[part] for run in runs) if runs else None


def growth(sizes: Sequence[Facts], shown: str, part: int) -> float | None:
    """Return the exponent by which a cost grows with the records, between the two largest graphs that have it."""
    known = [(facts["records"], cost) for facts in sizes if (cost := median(facts, shown, "this", part))]
    if len(known) < 2:
        return None
    (fewer, less), (more, cost) = known[-2:]
    return math.log(cost / less) / math.log(more / fewer)


def _commands(sizes: Sequence[Facts]) -> Iterator[str]:
    last = sizes[-1]
    heads = [f"{facts['records']:,}" for facts in sizes]
    yield "## What a command takes\n"
    yield f"{last['versions']}; {last['cores']} cores. The graphs, and what was around the runs:\n"
    yield _table(
        ["statements in records", "day, commit", "load, from and to", "store and columns on disk, MB"],
        [
            [
                f"{each['records']:,}",
                f"{each['day']}, {each['commit']}.{_again(each)}",
                "–".join(map(str, each["load"])),
                f"{each['disk']:,.0f}",
            ]
            for each in sizes
        ],
    )
    yield "Seconds of processor time by statements in records, growth between the largest two, runs on the largest:\n"
    yield _table(
        ["command", *heads, "grows as n to the", "runs"],
        [
            [
                case.shown,
                *(_cell(median(each, case.shown, "this", PROCESSOR)) for each in sizes),
                _cell(growth(sizes, case.shown, PROCESSOR), 1),
                str(len(last["cases"].get(case.shown, {}).get("this", ()))),
            ]
            for case in CASES
        ],
    )
    yield "Seconds on the clock, and memory in MB:\n"
    yield _table(
        ["command", *(f"{head}: s" for head in heads), *(f"{head}: MB" for head in heads)],
        [
            [
                case.shown,
                *(_cell(median(each, case.shown, "this", CLOCK)) for each in sizes),
                *(_cell(median(each, case.shown, "this", MEMORY), 0) for each in sizes),
            ]
            for case in CASES
        ],
    )
    yield "### Engines beside commands\n"
    yield ALONE
    for beside in list(filter(_timed_alone, sizes))[-2:]:
        yield from _engines(beside)


def _timed_alone(facts: Facts) -> bool:
    return any(median(facts, case.shown, "alone", PROCESSOR) for case in CASES)


def _engines(last: Facts) -> Iterator[str]:
    """Yield what engines alone take beside commands on a graph."""
    yield f"{last['records']:,} statements:\n"
    rows = []
    for case in CASES:
        if median(last, case.shown, "alone", PROCESSOR):
            cells = [case.shown]
            for part in (CLOCK, PROCESSOR, MEMORY):
                ours, theirs = (median(last, case.shown, code, part) for code in ("this", "alone"))
                cells += [_cell(each, 0 if part == MEMORY else 2) for each in (ours, theirs)]
                cells += [f"{ours / theirs:.2f}" if ours and theirs else "–"] if part != MEMORY else []
            rows.append(cells)
    heads = [
        "clock, s",
        "engine alone, s",
        "times",
        "processor, s",
        "engine alone, s",
        "times",
        "MB",
        "engine alone, MB",
    ]
    yield _table(["command", *heads], rows)


def _questions(sizes: Sequence[Facts]) -> Iterator[str]:
    """Yield what each question of the catalogue took on the largest graph of which all were asked."""
    known = {case.shown for case in CASES}
    for facts in reversed(sizes):
        asked = sorted(shown for shown in facts["cases"] if shown.endswith(AT_HAND))
        if not known.issuperset(asked):
            rows = [
                [
                    shown.removesuffix(AT_HAND),
                    *(_cell(median(facts, shown, "this", part), digits) for part, digits in QUESTION),
                ]
                for shown in asked
            ]
            yield f"## Every question, {facts['records']:,} statements\n"
            yield EVERY
            yield _table(["command", "clock, s", "processor, s", "MB"], rows)
            return


def _again(facts: Facts) -> str:
    later = (f"commit {commit}: {told}" for commit, told in facts.get("again", {}).items())
    return "".join(f" Run later: {each}." for each in later)


def _beside(facts: Facts) -> str:
    start, end = facts["load"]
    told = f"{facts['day']}, commit {facts['ours']} beside {facts['commit']}; load {start} to {end}.{_again(facts)}\n"
    rows = []
    for shown in facts["cases"]:
        cells = []
        for part, digits in ((PROCESSOR, 2), (CLOCK, 2), (MEMORY, 0)):
            now, before = (median(facts, shown, code, part) for code in ("this", "before"))
            cells += [_cell(before, digits), _cell(now, digits), f"{before / now:.1f}" if now and before else "–"]
        rows.append([shown, *cells, " and ".join(str(len(facts["cases"][shown][code])) for code in ("before", "this"))])
    heads = [
        f"{what}{unit}" for unit in ("processor, s", "clock, s", "MB") for what in ("before: ", "now: ", "times: ")
    ]
    title = f"## Beside the code of before, {facts['records']:,} statements\n\n"
    return f"{title}{BESIDE}{told}\n" + _table(
        ["command", *(head if "times" not in head else "times" for head in heads), "runs"], rows
    )


COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("build the store: processor, s", BUILD.shown, PROCESSOR),
    ("MB", BUILD.shown, MEMORY),
    ("a look-up: processor, s", Case(LOOK_UP).shown, PROCESSOR),
    ("judge one record: processor, s", Case("validate {one} --no-cache").shown, PROCESSOR),
    ("a long answer: processor, s", Case(LONG).shown, PROCESSOR),
    ("judge all: processor, s", Case("validate --no-cache").shown, PROCESSOR),
    ("MB", Case("validate --no-cache").shown, MEMORY),
    ("N-Quads: processor, s", Case("export nquads").shown, PROCESSOR),
)


def _costs(sizes: Sequence[Facts]) -> Iterator[str]:
    """Yield what graphs cost: as measured, then worked out by how costs grew between the two largest."""
    last, before = sizes[-1], sizes[-2] if len(sizes) > 1 else sizes[-1]
    yield "## What it costs\n"
    yield (
        "Whole commands, written by `python -m bench.large`; all are [here](benchmarks.md#what-a-command-takes)\n"
        f"with the load of the machine. Rows marked ≈ were **not tried**: they are the costs at {last['records']:,}\n"
        f"statements, grown as they grew from {before['records']:,} to there, by their first digit. A long answer is\n"
        f"`{LONG}`, which lists what all countries did.\n"
    )
    rows = [
        [
            f"{each['records']:,}",
            f"{each['disk']:,.0f}",
            *(_cell(median(each, shown, "this", part), 0 if part == MEMORY else 2) for _, shown, part in COLUMNS),
        ]
        for each in sizes
    ]
    for size in AHEAD:
        if size > 1.5 * last["records"] and len(sizes) > 1:
            times = size / last["records"]
            grown = [_worked(sizes, shown, part, times) for _, shown, part in COLUMNS]
            rows.append([f"≈ {size:,}", f"≈ {_rounded(last['disk'] * times)}", *grown])
    yield _table(["statements in records", "disk, MB", *(head for head, *_ in COLUMNS)], rows)


def _worked(sizes: Sequence[Facts], shown: str, part: int, times: float) -> str:
    exponent, cost = growth(sizes, shown, part), median(sizes[-1], shown, "this", part)
    return f"≈ {_rounded(cost * times ** max(exponent, 0))}" if cost and exponent is not None else "–"


def _rounded(value: float) -> str:
    """Return a figure that nobody measured by its first digit."""
    digits = math.floor(math.log10(value))
    return f"{round(value, -digits):,.{max(0, -digits)}f}"


def _cell(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
