"""What was worked out before, kept in a folder by the digest of what it was worked out from: it only saves time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def kept(folder: Path, key: str, make: Callable[[], Any]) -> Any:
    """Return what `make` makes of what `key` holds, in values that JSON has; from the folder where it is there.

    A note that cannot be read is made anew; a folder that cannot be written is left alone.
    """
    note = folder / hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    with contextlib.suppress(OSError, ValueError):
        return json.loads(note.read_text("ascii"))
    made = make()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{note.name}.{os.getpid()}"
        aside.write_text(json.dumps(made), "ascii")
        aside.replace(note)
    return made
