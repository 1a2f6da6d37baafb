"""The digest of everything that a graph is made from: its name in the cache."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from cybercoop.workspace.cache import kept

_SETTLED_SECONDS = 2


def digest_of(files: Iterable[str], root: Path, notes: Path) -> str:
    """Return the digest of the files' names, as seen from `root`, and of their contents.

    Where sizes and times of change are those of an earlier call, its result is taken from `notes`; files that were
    changed in the last two seconds are always read, as a second change might leave both the same.
    """
    facts = [(_relative(path, root), path, os.stat(path)) for path in files]  # noqa: PTH116  (paths as text: faster)
    seen = repr([(name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, _, stat in facts])
    recent = time.time() - _SETTLED_SECONDS

    def read() -> str:
        import hashlib

        digest = hashlib.blake2b(digest_size=12)
        for name, path, _ in facts:
            content = Path(path).read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    if any(max(stat.st_mtime, stat.st_ctime) >= recent for _, _, stat in facts):
        return read()
    return str(kept(notes, seen, read))


def _relative(path: str, root: Path) -> str:
    below = path.removeprefix(f"{root}{os.sep}")
    return (os.path.relpath(path, root) if below == path else below).replace(os.sep, "/")
