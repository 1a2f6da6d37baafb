"""Pages that were made before: as many in memory as there is room for, and a shelf of all on disk."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

if TYPE_CHECKING:
    from cybercoop.interfaces.web.site import Site

ROOM = 64 << 20
"""How many bytes of pages are kept in memory."""

ANYWHERE = "https://anywhere.invalid/"
"""What stands in pages on disk for the address that the world knows them by (RFC 6761, 6.4)."""


class Shelf(NamedTuple):
    """Packed pages on disk, each in a file that is called after its address."""

    folder: Path
    base: str = ""

    @classmethod
    def of(cls, site: Site) -> Shelf:
        """Return the shelf of an edition, beside its store."""
        return cls(site.graphs["en"].workspace.stored.folder / "pages" / site.edition, site.base)

    @property
    def mark(self) -> Path:
        """The file that says that all pages are there."""
        return self.folder / "whole"

    @property
    def whole(self) -> bool:
        """Whether all pages are there."""
        return self.mark.exists()

    def file(self, key: str) -> Path:
        """Return where the page of an address is; whatever the address is, it lies in the folder."""
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.gz"

    def get(self, key: str) -> bytes | None:
        """Return the packed page of an address, with the base of who serves it."""
        try:
            packed = self.file(key).read_bytes()
        except OSError:
            return None
        page = gzip.decompress(packed)
        if (anywhere := ANYWHERE.encode()) not in page:
            return packed
        return gzip.compress(page.replace(anywhere, escape(self.base).encode()), 1, mtime=0)


class Kept:
    """Bodies by address, those that were asked for last; an empty address is never kept."""

    def __init__(self, room: int = ROOM, shelf: Shelf | None = None) -> None:
        self._room = room
        self._size = 0
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._shelf = shelf

    def get(self, key: str) -> bytes | None:
        """Return the body that is kept for an address."""
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        found = self._shelf.get(key) if key and self._shelf else None
        return found and self.put(key, found)

    def put(self, key: str, body: bytes) -> bytes:
        """Keep a body, in place of those that were not asked for the longest; return it."""
        if key:
            with self._lock:
                self._size += len(body) - len(self._pages.pop(key, b""))
                self._pages[key] = body
                while self._size > self._room:
                    self._size -= len(self._pages.popitem(last=False)[1])
        return body
