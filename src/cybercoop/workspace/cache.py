"""What was worked out before, kept in a folder with what it was worked out from: it only saves time."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32


def kept(folder: Path, key: str, make: Callable[[], Any]) -> Any:
    """Return what `make` makes of what `key` holds, in values that JSON has; from the folder where it is there.

    A note holds its key: of two keys that share a name, the latter has it. A note that cannot be read is made anew; a
    folder that cannot be written is left alone.
    """
    note = folder / f"{crc32(key.encode()):08x}"
    with contextlib.suppress(OSError, TypeError, ValueError):
        known, value = json.loads(note.read_text("utf-8"))
        if known == key:
            return value
    made = make()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{note.name}.{os.getpid()}"
        with aside.open("x", encoding="utf-8") as file:  # through no link that stands there
            file.write(json.dumps([key, made]))
        aside.replace(note)
    return made
