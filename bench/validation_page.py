"""The part of docs/benchmarks.md on validation, made from what bench/validation.py has measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import jena

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN = "## Validation\n"
ENGINES = ("fast", "pyshacl", "jena")
SLOWEST = 6

Row = dict[str, Any]


def write(rows: Sequence[Row]) -> None:
    """Write the part, and leave the rest of the page as it is."""
    before = PAGE.read_text("utf-8").split(BEGIN)[0].rstrip() + "\n\n"
    PAGE.write_text(before + text(rows), encoding="utf-8")


def text(rows: Sequence[Row]) -> str:
    """Return the part as Markdown."""
    parts = (_head(), _contributions(_of(rows, "contribution")), _wholes(rows), _rules(_of(rows, "rules")))
    return "\n\n".join((BEGIN.strip(), *(part for part in parts if part))) + "\n"


def _head() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("pyoxigraph", "shacl", "pyshacl"))
    java = "" if jena.missing() else f", Jena {jena.version()} of Debian"
    return (
        f"Written by `bench/validation.py`; {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{versions}{java}. The graphs are those of `bench/make_graph.py`: the shipped records, copied under other "
        "names, with bad examples among them. Each row says when it was measured, and the load of the machine as it "
        "began: above the number of cores, times are too long, CPU times less so."
    )


def _contributions(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    first = next((row["work"] for row in rows if "work" in row), 1)
    titles = (
        "statements of the base",
        "of the contribution",
        "warm, ms",
        "CPU, ms",
        "times the first",
        "whole process, s",
        "pyshacl on what the footprint reads, warm, ms",
        "found",
        "measured",
    )
    cells = (
        (
            f"{row['base']:,}",
            f"{row['statements']}",
            f"{row['median'] * 1000:.1f}",
            f"{row['work'] * 1000:.1f}",
            f"{row['work'] / first:.2f}",
            f"{row['process']:.2f}",
            f"{row['slow'] * 1000:.0f}" if row["slow"] else "failed",
            ", ".join(row["codes"]),
            _when(row),
        )
        if "work" in row
        else (_statements(row), *[""] * 6, row["failed"], _when(row))
        for row in rows
    )
    return (
        "### One contribution\n\n"
        "Warm: medians of 20 judgements in one process. Whole process: medians of 7.\n\n" + _table(titles, cells)
    )


def _wholes(rows: Sequence[Row]) -> str:
    fast = {row["size"]: row for row in _of(rows, "fast") if "work" in row}
    titles = (
        "engine",
        "statements",
        "seconds",
        "CPU, s",
        "times fast",
        "CPU, times fast",
        "peak memory, MB",
        "faults found, and nothing else",
        "measured",
    )
    cells = [_whole(row, fast.get(row["size"])) for name in ENGINES for row in _of(rows, name)]
    if not cells:
        return ""
    return (
        "### A whole graph\n\n"
        "The engine alone, in a process of its own: N-Triples are read, shapes compiled, and all is judged, rules "
        "across records included. `cybercoop validate` takes longer: it also reads records with their places. Jena "
        "starts its virtual machine in that time, which may use every core.\n\n"
        + "\n\n".join((_table(titles, cells), *_growth(fast)))
    )


def _whole(row: Row, fast: Row | None) -> tuple[str, ...]:
    if "work" not in row:
        return row["part"], _statements(row), *[""] * 5, row["failed"], _when(row)
    exact = "yes" if row["exact"] else "NO"
    return (
        row["part"],
        _statements(row),
        f"{row['seconds']:.1f}",
        f"{row['work']:.1f}",
        f"{row['seconds'] / fast['seconds']:.1f}" if fast else "",
        f"{row['work'] / fast['work']:.1f}" if fast else "",
        f"{row['megabytes']:.0f}",
        f"{row['found']} of {row['known']}, {exact}",
        _when(row),
    )


def _growth(fast: dict[int, Row]) -> Iterable[str]:
    """Yield how the time of the fast engine grows from the second largest graph to the largest."""
    if len(fast) > 1:
        smaller, larger = (fast[size] for size in sorted(fast)[-2:])
        yield (
            f"From {smaller['base']:,} to {larger['base']:,} statements, {larger['base'] / smaller['base']:.1f} times "
            f"as many, `fast` takes {larger['work'] / smaller['work']:.1f} times the CPU time."
        )


def _rules(rows: Sequence[Row]) -> str:
    rows = [row for row in rows if "rules" in row]
    if not rows:
        return ""
    took = rows[-1]["rules"]
    slowest = sorted(took, key=lambda code: -took[code])[:SLOWEST]
    lines = [(f"`{code}`", *(f"{row['rules'][code]:.2f}" for row in rows)) for code in slowest]
    lines.append((f"all {len(took)}", *(f"{sum(row['rules'].values()):.2f}" for row in rows)))
    return (
        "### Rules across records\n\n"
        f"CPU seconds of `fast`, its {SLOWEST} slowest rules on the largest graph, and all of them; measured on "
        f"{'; '.join(dict.fromkeys(map(_when, rows)))}.\n\n"
        + _table(("rule", *(f"{row['base']:,} statements" for row in rows)), lines)
    )


def _of(rows: Iterable[Row], part: str) -> list[Row]:
    return sorted((row for row in rows if row["part"] == part), key=lambda row: int(row["size"]))


def _statements(row: Row) -> str:
    return f"{row['base']:,}" if "base" in row else f"about {row['size']:,}"


def _when(row: Row) -> str:
    return f"{row['date']}, load {row['load']:.1f}"


def _table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    head, *below = (f"| {' | '.join(cells)} |" for cells in (titles, *lines))
    return "\n".join((head, "|---" * len(titles) + "|", *below))
