"""How far work has come, told to whoever watches: a terminal, or nobody."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Watcher = Callable[[str, int, int], object]
"""Is told which work it is, how much of it is done, and of how much: `UNKNOWN` where nobody can say."""
UNKNOWN = -1
_EVERY = 0.2
"""Seconds from one word on a work to the next, where nobody knows how much of it is done."""

_watching: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Have a watcher told of all work of this process from now on."""
    _watching[:] = [watcher]


def is_watched() -> bool:
    """Return whether anybody is told of work."""
    return bool(_watching)


def tell(work: str, done: int, total: int) -> None:
    """Say how much of a work is done."""
    for watcher in _watching:
        watcher(work, done, total)


def watched(
    work: str, items: Iterable[Item], total: Callable[[], int], size: Callable[[Item], int] = lambda _: 1
) -> Iterator[Item]:
    """Yield what a work goes through, and tell when each is done; a work within another is a part of that.

    Where nobody watches, this costs nothing. `total` is the sum of all sizes.
    """
    if not _watching:
        return iter(items)
    return _told(work, items, total(), size)


def _told(work: str, items: Iterable[Item], total: int, size: Callable[[Item], int]) -> Iterator[Item]:
    kept, done = _watching[:], 0
    _watching.clear()
    try:
        for item in items:
            yield item
            done += size(item)
            for watcher in kept:
                watcher(work, done, total)
    finally:
        _watching[:] = kept
        tell(work, total, total)


@contextlib.contextmanager
def going_on(work: str) -> Iterator[None]:
    """Tell from time to time that a work goes on, of which nobody knows how much is done; work within it is a part.

    Where nobody watches, this costs nothing. The work may be one long call of an engine, so a thread tells.
    """
    if not _watching:
        yield
        return
    from threading import Event, Thread

    kept, ended = _watching[:], Event()

    def say() -> None:
        while True:
            for watcher in kept:
                watcher(work, 0, UNKNOWN)
            if ended.wait(_EVERY):
                return

    telling = Thread(target=say, daemon=True)
    _watching.clear()
    telling.start()
    try:
        yield
    finally:
        ended.set()
        telling.join()
        _watching[:] = kept
        tell(work, 0, 0)
