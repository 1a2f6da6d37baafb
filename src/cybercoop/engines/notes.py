"""Notes of what was worked out before, beside the store, and digests of files: they only save time."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

_SETTLED_SECONDS = 2


def kept(folder: Path, key: str, make: Callable[[], Any], holds: Callable[[], bool] = lambda: True) -> Any:
    """Return what `make` makes of what `key` holds, in values that JSON has; from the folder where it is there.

    Nothing is noted where the key no longer `holds` in the end.
    """
    if (value := noted(folder, key)) is not None:
        return value
    made = make()
    if holds():
        note(folder, key, made)
    return made


def noted(folder: Path, key: str) -> Any:
    """Return what is noted under a key; None where nothing is, or what cannot be read.

    A note holds its key: of two keys that share a name, the latter has it.
    """
    with contextlib.suppress(OSError, TypeError, ValueError):
        known, value = json.loads(_note(folder, key).read_text("utf-8"))
        if known == key:
            return value
    return None


def note(folder: Path, key: str, value: Any) -> None:
    """Note a value that JSON has under a key; a folder that cannot be written is left alone."""
    path = _note(folder, key)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{path.name}.{os.getpid()}"
        with aside.open("x", encoding="utf-8") as file:  # through no link that stands there
            file.write(json.dumps([key, value]))
        aside.replace(path)


def _note(folder: Path, key: str) -> Path:
    return folder / f"{crc32(key.encode()):08x}"


def digest_of(files: Iterable[str], root: Path, notes: Path, left: Mapping[str, str] | None = None) -> str:
    """Return the digest of the files' names, as seen from `root`, and of their contents.

    `left` has the files whose content stands elsewhere for the time being. What is no plain file is left out.
    Where sizes and times of change are those of an earlier call, its result is taken from `notes`; files that were
    changed in the last two seconds are always read, as a second change might leave both the same.
    """
    named = [(_relative(path, root), (left or {}).get(path, path)) for path in files]
    facts = [(name, path, fact) for name, path in named if (fact := _fact(path))]
    seen = repr([(name, fact.st_size, fact.st_mtime_ns, fact.st_ctime_ns) for name, _, fact in facts])
    recent = time.time() - _SETTLED_SECONDS

    def read() -> str:
        import hashlib

        digest = hashlib.blake2b(digest_size=12)
        for name, path, _ in facts:
            content = Path(path).read_bytes()
            digest.update(os.fsencode(f"{name}\0{len(content)}\0"))
            digest.update(content)
        return digest.hexdigest()

    if any(max(fact.st_mtime, fact.st_ctime) >= recent for _, _, fact in facts):
        return read()
    return str(kept(notes, seen, read))


def _fact(path: str) -> os.stat_result | None:
    """Return what the disk knows of a plain file; a device, a pipe or a link that leads nowhere is none."""
    try:
        fact = os.stat(path)  # noqa: PTH116  (paths as text: faster)
    except OSError:
        return None
    return fact if stat.S_ISREG(fact.st_mode) else None


def _relative(path: str, root: Path) -> str:
    below = path.removeprefix(f"{root}{os.sep}")
    return (os.path.relpath(path, root) if below == path else below).replace(os.sep, "/")
