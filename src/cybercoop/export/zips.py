"""Zips of files, whose bytes depend on the names and contents of these alone."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

_AHEAD = 1 << 20


def pack(files: Iterable[tuple[str, bytes | Path]], out: BinaryIO) -> None:
    """Write a zip of files by name; their contents stand in memory or in a file. Nothing is compressed."""
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sorted(files, key=itemgetter(0)):
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system = 3
                entry.external_attr = 0o644 << 16
                if isinstance(content, bytes):
                    archive.writestr(entry, content)
                else:
                    entry.file_size = content.stat().st_size
                    with content.open("rb") as source, archive.open(entry, "w") as target:
                        shutil.copyfileobj(source, target, _AHEAD)
        made.seek(0)
        for part in iter(partial(made.read, _AHEAD), b""):
            out.write(part)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files by name."""
    packed = io.BytesIO()
    pack(files, packed)
    return packed.getvalue()


def unpacked(packed: Path, folder: Path) -> list[Path]:
    """Return the files in a zip, put into a folder."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
        return [folder / name for name in archive.namelist()]
