"""Lines of text in order, however many: runs that fit into memory are sorted, laid down and merged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path


def in_order(lines: Iterable[str], folder: Path, most: int) -> Iterator[str]:
    """Yield lines in the order of their characters, equal ones of a run once.

    `most` of them are held in memory at once; runs that are sorted lie in the folder until they are merged.
    """
    import heapq

    ahead = iter(lines)
    runs: list[Path] = []
    while some := list(islice(ahead, most)):
        run = sorted(set(some))
        if not runs and len(some) < most:
            yield from run
            return
        runs.append(folder / f"run-{len(runs)}")
        with runs[-1].open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(run)
    with contextlib.ExitStack() as opened:
        files = [opened.enter_context(run.open(encoding="utf-8", newline="\n")) for run in runs]
        yield from heapq.merge(*files)
    for each in runs:
        each.unlink()
