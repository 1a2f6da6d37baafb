"""Pages that were made before, as many as there is room for."""

from __future__ import annotations

import threading
from collections import OrderedDict

ROOM = 64 << 20
"""How many bytes of pages are kept."""


class Kept:
    """Bodies by address, those that were asked for last; an empty address is never kept."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._size = 0
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """Return the body that is kept for an address."""
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def put(self, key: str, body: bytes) -> bytes:
        """Keep a body, in place of those that were not asked for the longest; return it."""
        if key:
            with self._lock:
                self._size += len(body) - len(self._pages.pop(key, b""))
                self._pages[key] = body
                while self._size > self._room:
                    self._size -= len(self._pages.popitem(last=False)[1])
        return body
