"""Lines of text in order, however many: runs that fit into memory are sorted, laid down and merged."""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap


def in_order(lines: Iterable[str], most: int, folder: Path | None = None) -> Iterator[str]:
    """Yield lines in the order of their characters, equal ones of a run once.

    `most` of them are held in memory at once; where there are more, runs that are sorted lie in a passing folder inside
    of `folder`, or of that for temporary files, until they are merged.
    """
    ahead = iter(lines)
    some = list(islice(ahead, most))
    if len(some) < most:
        yield from _each_once(some)
        return
    import heapq
    import tempfile

    with tempfile.TemporaryDirectory(dir=folder) as aside, contextlib.ExitStack() as opened:
        runs: list[Path] = []
        while some:
            runs.append(Path(aside) / f"run-{len(runs)}")
            with runs[-1].open("w", encoding="utf-8", newline="\n") as out:
                out.writelines(_each_once(some))
            some = list(islice(ahead, most))
        yield from heapq.merge(*(opened.enter_context(run.open(encoding="utf-8", newline="\n")) for run in runs))


def _each_once(lines: list[str]) -> Iterator[str]:
    """Return lines in order; those that are in order already, piece by piece, are sorted twenty times as fast."""
    lines.sort()
    return map(itemgetter(0), groupby(lines))


def sought(lines: bytes | mmap, wanted: bytes, key: Callable[[bytes], bytes]) -> int:
    r"""Return where the first of sorted lines begins whose key is not before what is wanted, found by halves.

    >>> sought(b"a 1\nb 1\nb 2\n", b"b", lambda line: line[:1])
    4
    """

    def key_at(place: int) -> bytes:
        start = lines.rfind(b"\n", 0, place) + 1
        return key(lines[start : lines.find(b"\n", start)])

    return bisect_left(range(len(lines)), wanted, key=key_at)
