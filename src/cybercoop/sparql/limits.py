"""What one query may use, and the clock and the watch that hold it to its seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple


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
