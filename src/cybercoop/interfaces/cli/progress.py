"""Progress on a terminal: one line that is written over, from the second on that a work takes, and gone in the end."""

from __future__ import annotations

import sys
import time

from cybercoop.problems.problem import sentence
from cybercoop.problems.progress import UNKNOWN, watch

AFTER, EVERY = 1.0, 0.2
"""Seconds from the begin of a work to its line, and from one line to the next."""
_CLEAR = "\r\x1b[K"


class Shown:
    """Shows on standard error how much of a work is done, in a language, and about how long the rest will take."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._work, self._start, self._last, self._is_shown = "", 0.0, 0.0, False

    def __call__(self, work: str, done: int, total: int) -> None:
        """Show how much of a work is done, or for how long it goes on; where all is, show nothing any more."""
        now = time.monotonic()
        if work != self._work:
            self._work, self._start = work, now
        if done >= total != UNKNOWN:
            self.clear()
            self._work = ""
        elif now - self._start >= AFTER and now - self._last >= EVERY and (done or total == UNKNOWN):
            took = now - self._start
            left = took if total == UNKNOWN else took * (total - done) / done
            said = sentence(work, self.lang, percent=100 * done // total, seconds=round(left))
            print(f"{_CLEAR}{said}", end="", file=sys.stderr, flush=True)
            self._last, self._is_shown = now, True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
            self._is_shown = False


_shown: list[Shown] = []


def show(lang: str) -> None:
    """Show the progress of all work of this process."""
    _shown[:] = [Shown(lang)]
    watch(_shown[0])


def clear() -> None:
    """Take the line away, before anything else is said."""
    for shown in _shown:
        shown.clear()
