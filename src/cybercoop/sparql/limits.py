"""What one query may use, the clock that holds it to that, and the answer that is read while it is computed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.problems.problem import Refusal


class Limits(NamedTuple):
    """What one query may use: rows and bytes of its answer, seconds of work, bytes of memory beyond the open store.

    >>> import cybercoop
    >>> try:
    ...     cybercoop.open().sparql("SELECT * { ?s ?p ?o }", limits=cybercoop.Limits(rows=10))
    ... except cybercoop.Refusal as refusal:
    ...     print(refusal.problem.code)
    query-limit-rows
    """

    rows: int = 1_000_000
    bytes: int = 256 << 20
    seconds: float = 60.0
    memory: int = 2 << 30


DEFAULT = Limits()
"""What a query may use where nobody says otherwise."""


MOST_SECONDS = 366 * 24 * 3600
"""What limits of seconds are held to: no platform waits for ever, or for what is no time."""


class Clock:
    """The seconds that a query has left; they stand still while its reader is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + min(seconds, MOST_SECONDS)
        self._paused: float | None = None

    def left(self) -> float:
        """Return the seconds left."""
        return self._end - (self._paused or time.monotonic())

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Count no time inside."""
        self._paused = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - self._paused
            self._paused = None


class Watch:
    """Stops something when the seconds of a clock are over; `late` tells that it had to."""

    def __init__(self, clock: Clock, stop: Callable[[], None]) -> None:
        import threading

        self.clock = clock
        self.late = False
        self._stop = stop
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop nothing from now on."""
        self._closed.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._closed.wait(max(self.clock.left(), 0.01)):
            if self.clock.left() <= 0:
                self.late = True
                self._stop()
                return


_LIMITS = {
    "rows": "query-limit-rows",
    "bytes": "query-limit-bytes",
    "seconds": "query-limit-seconds",
    "memory": "query-limit-memory",
}
"""Name of a limit → the problem of meeting it."""

Row = list[Term | None]

Named = Callable[[Iterable[str]], ox.Store]
"""Gives a store with the names and notices of some things, the kinds of all sources, and every notice."""


class Stream:
    """An answer that is read while it is still computed; `kind` is `rows`, `triples` or `truth`.

    `given` counts the rows read so far; `clock` stands still while whoever reads is waited for; `named` tells what the
    things in the rows are called where the rows come from.
    """

    def __init__(self, kind: str, columns: list[str], clock: Clock, named: Named, source: Iterator[list[Row]]) -> None:
        self.kind, self.columns, self.clock, self.named = kind, columns, clock, named
        self.given = 0
        self._source = source

    def blocks(self) -> Iterator[list[Row]]:
        """Yield rows, at most a thousand at a time; raises `Refusal` where a limit is met."""
        for block in self._source:
            self.given += len(block)
            yield block


def is_limit(end: str) -> bool:
    """Return whether that is the name of a limit."""
    return end in _LIMITS


def limit_met(name: str, limits: Limits) -> Refusal:
    """Return the refusal of a query that met the limit of that name."""
    from cybercoop.problems.problem import Where, refuse  # which a worker's process does without

    return refuse(_LIMITS[name], Where("query"), limit=f"{getattr(limits, name):,}")


def limit_of(refusal: Refusal) -> str:
    """Return the name of the limit that a refusal speaks of, else nothing."""
    return next((name for name, code in _LIMITS.items() if code == refusal.problem.code), "")


def within_rows(blocks: Iterable[list[Row]], limits: Limits) -> Iterator[list[Row]]:
    """Yield rows up to their limit; raises `Refusal` where there are more."""
    left = limits.rows
    for block in blocks:
        if block[:left]:
            yield block[:left]
        left -= len(block)
        if left < 0:
            raise limit_met("rows", limits)
