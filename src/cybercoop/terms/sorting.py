"""Lines of text in order, however many: runs that fit into memory are sorted, laid down and merged."""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, groupby, islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from mmap import mmap

_APART = 4096
"""How many bytes apart a file is looked into."""
_BEYOND = b"\xff\xff"
"""What is behind every text in UTF-8."""


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


def sought(file: BinaryIO | mmap, wanted: bytes, key: Callable[[bytes], bytes]) -> Iterator[bytes]:
    r"""Yield the lines of a file whose key is what is wanted, by which they are sorted.

    They are sought by halves in the file. Mapped, they are found sooner, but what is looked at counts as memory then.

    >>> import io
    >>> list(sought(io.BytesIO(b"a 1\nb 1\nb 2\n"), b"b", lambda line: line[:1]))
    [b'b 1\n', b'b 2\n']
    """

    def key_behind(place: int) -> bytes:
        """Return the key of the first line that begins behind a place; there is one more than any where none does."""
        file.seek(place * _APART)
        file.readline()
        line = file.readline()
        return key(line) if line else _BEYOND

    file.seek(0, os.SEEK_END)
    place = bisect_left(range(file.tell() // _APART + 1), wanted, key=key_behind)
    file.seek(max(place - 1, 0) * _APART)
    if place > 1:
        file.readline()
    ahead = dropwhile(lambda line: key(line) < wanted, iter(file.readline, b""))
    yield from takewhile(lambda line: key(line) == wanted, ahead)
