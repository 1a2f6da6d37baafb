"""Statements on their way into a store: loaded block by block, while those behind them are still read and sorted."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from types import TracebackType
from typing import Self

import pyoxigraph as ox

from cybercoop.problems.progress import going_on, tell

_BLOCK = 200_000
"""How many statements are loaded at once: the engine takes some 250 MB for them, and no less time for more."""
_FIRST = 30_000
"""How many are loaded first, so that loading begins early."""
_AHEAD = 2
"""How many blocks are on their way at most, the one that is loaded among them."""
_GRAPH = re.compile(rb" <[^<>]*> \.\n")
"""The end of a line of N-Quads from its graph on; a line end within a literal is written otherwise."""


class Loading:
    """Loads lines of N-Quads, and in the default graph what they say in any graph, in a thread of its own.

    The engine works on another core than who makes the lines. What is said more than once is stored once. Whoever
    breaks off waits for the block that is being loaded, no longer, so that nothing is written behind his back.
    """

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._ahead: deque[tuple[Future[None], int]] = deque()
        self._total = self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while kind is None and self._ahead:
            self._wait()
        self._thread.shutdown(cancel_futures=True)

    def passed(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines whose terms were checked, and load them. Raises `SyntaxError` for one that is no N-Quads."""
        return chain.from_iterable(self._blocks(iter(lines)))

    def _blocks(self, lines: Iterator[str]) -> Iterator[list[str]]:
        most = _FIRST
        while block := list(islice(lines, most)):
            self._load(block)
            yield block
            most = _BLOCK

    @contextmanager
    def packed(self) -> Iterator[None]:
        """Wait until all is loaded, then have the store packed; it can be read within, and is packed in the end."""
        while self._ahead:
            self._wait()
        packing = self._thread.submit(_pack, self._store)
        with going_on("progress-pack"):
            yield
            packing.result()

    def written(self, count: int) -> None:
        """Take note that so many of the statements were written down as well, which is the other half of the work."""
        self._done += count
        tell("progress-build", self._done, 2 * self._total)

    def _load(self, lines: list[str]) -> None:
        if len(self._ahead) == _AHEAD:
            self._wait()
        self._total += len(lines)
        self._ahead.append((self._thread.submit(_load, self._store, "".join(lines).encode()), len(lines)))

    def _wait(self) -> None:
        loaded, count = self._ahead.popleft()
        loaded.result()
        self.written(count)


def _load(store: ox.Store, quads: bytes) -> None:
    store.bulk_load(input=quads, format=ox.RdfFormat.N_QUADS, lenient=True)
    store.bulk_load(input=_GRAPH.sub(b" .\n", quads), format=ox.RdfFormat.N_TRIPLES, lenient=True)


def _pack(store: ox.Store) -> None:
    store.flush()
    store.optimize()
