"""The part of docs/benchmarks.md on questions, and its picture, from what was measured."""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from bench.engines import RUNS
from bench.graphs import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "benchmarks-questions.svg"
BEGIN = "## Questions on large graphs\n"
NEXT = "## Validation\n"
OURS, ANEW, ALONE, RAW = "cybercoop", "cybercoop, names anew", "cybercoop, rows alone", "pyoxigraph"
_SHARED = (OURS, ANEW, ALONE, RAW, "oxrdflib", "oxigraph serve")
"""Those that work on the store that ours has loaded."""

SLOW = 1.0
_APART = 1.35
"""How many times as high as the name below it a name stands in the picture."""

Found = Mapping[str, Any]
Measured = Mapping[int, Mapping[str, Found]]
"""Size → engine, or `cold` → what was measured."""


def write(measured: Measured, engines: Sequence[str]) -> None:
    """Write the part of the page, leaving all others as they are, and the picture."""
    lines = [BEGIN, *head(measured), *ratios(measured, engines), *loading(measured, engines)]
    lines += [*cold(measured), *slow(measured), *counts(measured), *questions(measured, engines)]
    before, there, rest = PAGE.read_text("utf-8").partition(BEGIN)
    if not there:
        before, mark, rest = before.partition(NEXT)
        rest = f"\n{mark}{rest}"
    own = "\n".join(lines).rstrip() + "\n"
    _, mark, after = rest.partition("\n## ")
    PAGE.write_text(f"{before.rstrip()}\n\n{own}{mark}{after}", encoding="utf-8")
    print(own)
    draw(measured, engines)


def circumstances() -> str:
    """Return when, at which commit and on what figures are taken."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{date.today().isoformat()}, commit {commit}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} as it ended, Python {platform.python_version()}"
    )


def head(measured: Measured) -> Iterator[str]:
    """Yield what was measured, with what, and when."""
    versions = ", ".join(
        f"{name} {found}" for name in (RAW, "rdflib", "oxrdflib", "oxigraph") if (found := _version(name))
    )
    loads = [found["load"] for size in measured.values() for found in size.values() if "load" in found]
    yield (
        f"Written by `bench/questions.py` on {circumstances()}, {versions}; Virtuoso 7 and Jena 4 as "
        "Debian packs them. The graphs are those of `bench/make_graph.py`: the shipped records, copied under other "
        "names; countries, organisations and sources "
        "are not copied, so that answers about a country grow with the graph. Every question of the catalogue with the "
        "parameters of its first case in `tests/queries`, and those in `bench/free_queries`. Medians of "
        f"{RUNS} runs after one that does not count, fewer where they do not fit in the time that a query has: "
        f"{_limits(measured)}; what is not answered by then was not finished. `{OURS}` is the library: parameters "
        "found, rows in order, names and notices of all things in them, kept from the run that does not count "
        f"(`{ANEW}` forgets them each time); for a free query, a process of its own with limits. All others give bare "
        f"rows, `{ALONE}` among them, which does the same work as they do. Servers are "
        "asked over HTTP, their answers read and counted; Jena's own clock tells its times. The "
        f"load of the machine was {max(loads, default=0):.1f} at most: above its number of cores, times are too long."
    )
    yield ""
    absent = {found["absent"] for size in measured.values() for found in size.values() if found.get("absent")}
    yield from (f"{words}\n" for words in sorted(absent))
    yield f"![Geometric means by size of the graph]({PICTURE.name})\n"


def _limits(measured: Measured) -> str:
    """Return how many seconds a query had, by the size of the graph where that differs."""
    had = {size: {each["limit"] for each in found.values() if "limit" in each} for size, found in measured.items()}
    every = {limit for limits in had.values() for limit in limits}
    if len(every) == 1:
        return f"{every.pop():.0f} s"
    return ", ".join(f"{max(limits):.0f} s at {_statements(measured[size], size):,}" for size, limits in had.items())


def ratios(measured: Measured, engines: Sequence[str]) -> Iterator[str]:
    """Yield a table of each engine beside ours, on what both finished."""
    yield "### Each engine beside ours\n"
    yield (
        "How many times as long as `cybercoop` an engine takes: geometric mean over the questions that both finished "
        f"(below 1, the engine is quicker); “beside rows alone” is the same, beside `{ALONE}`. “Within {SLOW:.0f} s” "
        "counts questions of the catalogue.\n"
    )
    yield (
        "| statements | engine | catalogue | beside rows alone | free queries | finished | within 1 s | catalogue, ms "
        "| peak memory, MB |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for size, found in measured.items():
        ours, alone = medians(found, OURS), medians(found, ALONE)
        for name in engines:
            if not (own := medians(found, name)):
                continue
            both = [case for case in own if case in ours]
            catalogue = [own[case] / ours[case] for case in both if not _free(case)]
            free = [own[case] / ours[case] for case in both if _free(case)]
            beside = [own[case] / alone[case] for case in own if case in alone and not _free(case)]
            quick = sum(value <= SLOW for case, value in own.items() if not _free(case))
            memory = max(case["memory"] for case in found[name]["cases"].values())
            yield _row(
                f"{_statements(found, size):,}", name, _times(catalogue), _times(beside), _times(free),
                f"{len(own)} of {len(found[name]['cases'])}", str(quick),
                f"{1000 * mean(value for case, value in own.items() if not _free(case)):.1f}", f"{memory:.0f}",
            )  # fmt: skip
    yield ""


def loading(measured: Measured, engines: Sequence[str]) -> Iterator[str]:
    """Yield a table of what it took to load each graph."""
    yield "### Loading\n"
    yield (
        f"`{OURS}` is Oxigraph's bulk load of N-Quads and of their union. A build from records takes more time and "
        f"memory: it reads, derives and sorts every statement as a value of Python. `{RAW}`, `oxrdflib` and "
        f"`oxigraph serve` work on the store that was loaded.\n"
    )
    yield "| statements | engine | seconds | peak memory, MB | disk, MB |"
    yield "|---|---|---|---|---|"
    for size, found in measured.items():
        for name in (OURS, *(name for name in engines if name not in _SHARED)):
            if facts := found.get(name, {}).get("loaded"):
                disk = "–" if facts["disk"] is None else f"{facts['disk']:.0f}"
                statements = f"{_statements(found, size):,}"
                yield _row(statements, name, f"{facts['seconds']:.1f}", f"{facts['memory']:.0f}", disk)
    yield ""


def cold(measured: Measured) -> Iterator[str]:
    """Yield a table of whole processes that answer one look-up."""
    yield "### Cold start: a whole process, one look-up\n"
    yield "Store built or loaded, but for rdflib, which reads the N-Quads; medians, and the range, of runs in turns.\n"
    yield "| statements | question | engine | median, s | range, s |"
    yield "|---|---|---|---|---|"
    for size, found in measured.items():
        for question, engines in found.get("cold", {}).items():
            for name, times in engines.items():
                span = f"{min(times):.2f} to {max(times):.2f}"
                yield _row(f"{_statements(found, size):,}", question, name, f"{statistics.median(times):.2f}", span)
    yield ""


def slow(measured: Measured) -> Iterator[str]:
    """Yield the questions that take us long, with how many rows they have."""
    yield f"### What takes `{OURS}` over {SLOW:.0f} s\n"
    for size, found in measured.items():
        cases = found.get(OURS, {}).get("cases", {})
        asked = {name: case for name, case in cases.items() if not case["fault"]}
        late = {name: case for name, case in asked.items() if case["median"] is None or case["median"] > SLOW}
        said = [
            f"{name} ({case['median']:.1f} s, {case['rows']:,} rows)" if case["median"] else f"{name} (not finished)"
            for name, case in sorted(late.items(), key=lambda pair: pair[1]["median"] or math.inf)
        ]
        yield f"- {_statements(found, size):,} statements: {', '.join(said) or 'nothing'}"
    yield ""


def counts(measured: Measured) -> Iterator[str]:
    """Yield where an engine has another number of rows than the embedded engine, which is an error of one of them."""
    wrong = []
    for size, found in measured.items():
        right = found.get(RAW, {}).get("cases", {})
        for name, engine in found.items():
            for case, times in engine.get("cases", {}).items():
                rows = right.get(case, {}).get("rows", -1)
                if times["median"] is not None and -1 not in (rows, times["rows"]) and times["rows"] != rows:
                    wrong.append(
                        f"- {_statements(found, size):,}, {name}, {case}: {times['rows']:,} rows, not {rows:,}"
                    )
    yield "### Rows\n"
    yield "Every answer has as many rows as that of the embedded engine." if not wrong else "Other numbers of rows:\n"
    yield from wrong
    yield ""


def questions(measured: Measured, engines: Sequence[str]) -> Iterator[str]:
    """Yield a table of every question, at the largest size that ours and another engine were asked at."""
    sizes = [size for size, found in measured.items() if len([name for name in engines if medians(found, name)]) > 1]
    if not sizes:
        return
    size = 1_000_000 if 1_000_000 in sizes else max(sizes)
    found = measured[size]
    shown = [name for name in engines if medians(found, name)]
    yield f"### Every question, {_statements(found, size):,} statements, ms\n"
    yield f"| question | rows | {' | '.join(shown)} |"
    yield "|---" * (len(shown) + 2) + "|"
    for case, ours in found[shown[0]]["cases"].items():
        cells = (_cell(found[name]["cases"].get(case)) for name in shown)
        yield _row(case, f"{ours['rows']:,}" if ours["rows"] >= 0 else "–", *cells)


def draw(measured: Measured, engines: Sequence[str]) -> None:
    """Draw the geometric mean of the catalogue by size, over the questions that all engines finished there."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "cybercoop"
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    colours = ("#0072B2", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#999999")
    compared = {
        size: found for size, found in measured.items() if sum(bool(medians(found, name)) for name in engines) > 1
    }
    ends: list[tuple[int, float, str, str]] = []
    drawn = [name for name in engines if name != ANEW]
    for name, colour, marker in zip(drawn, colours, "oshv^DPX", strict=False):
        points = [
            (_statements(found, size), value) for size, found in compared.items() if (value := _shared(found, name))
        ]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, linewidth=2 if name == OURS else 1)
            ends.append((*points[-1], name, colour))
    below: dict[int, float] = {}
    for statements, value, name, colour in sorted(ends):
        height = max(value, _APART * below.get(statements, 0))
        below[statements] = height
        axes.annotate(name, (statements, value), (1.15 * statements, height), color=colour, va="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("statements")
    axes.set_ylabel("geometric mean over the questions\nthat all engines finished, ms")
    axes.margins(x=0.28)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


def medians(found: Mapping[str, Found], name: str) -> dict[str, float]:
    """Return the median of each query that an engine finished."""
    cases = found.get(name, {}).get("cases", {})
    return {case: times["median"] for case, times in cases.items() if times["median"] is not None}


def mean(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    logarithms = [math.log(max(value, 1e-5)) for value in values]
    return math.exp(statistics.fmean(logarithms)) if logarithms else 0.0


def _shared(found: Mapping[str, Found], name: str) -> float:
    asked = [set(cases) for other in found if (cases := medians(found, other))]
    own = medians(found, name)
    common = set.intersection(*asked) if asked else set()
    return 1000 * mean(own[case] for case in common if not _free(case)) if own and common else 0.0


def _free(case: str) -> bool:
    return case.startswith("free: ")


def _times(values: Collection[float]) -> str:
    return f"{mean(values):.2f} ({len(values)})" if values else "–"


def _statements(found: Mapping[str, Found], size: int) -> int:
    return next((int(engine["size"]) for engine in found.values() if "size" in engine), size)


def _cell(times: Found | None) -> str:
    if times is None:
        return "–"
    return (
        ("refused" if times["fault"] else "not finished")
        if times["median"] is None
        else f"{1000 * times['median']:.1f}"
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
