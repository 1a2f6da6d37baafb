"""Several files written in one step: whoever is killed at any moment leaves the old state or the new one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cybercoop.problems.problem import Where, refuse

_WRITTEN = ".accepted"
_JOURNAL = "journal"
_ASIDE = ".accepting-"


def write_all(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Write files below a folder, all or none.

    They are written aside with a journal of where they belong. The journal takes effect by one renaming; from then on
    the new state is certain, as `finish` carries on where a killed process stopped.
    """
    import shutil

    finish(folder)
    _sweep(folder)
    aside = folder / f"{_ASIDE}{os.getpid()}"
    try:
        aside.mkdir(parents=True)
        targets = [os.path.relpath(path, folder) for path in contents]
        for number, content in enumerate(contents.values()):
            _write(aside / f"{number}.part", content)
        _write(aside / _JOURNAL, json.dumps(targets).encode())
        aside.rename(folder / _WRITTEN)
        _sync(folder)
    except OSError as error:
        raise refuse(
            "cannot-write", Where(str(folder)), value=str(folder), reason=error.strerror or str(error)
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    finish(folder)


def finish(folder: Path) -> None:
    """Put the files of a journal that took effect in their places; without one, do nothing."""
    written = folder / _WRITTEN
    if not written.is_dir():
        return
    try:
        if (written / _JOURNAL).is_file():
            for number, target in enumerate(json.loads((written / _JOURNAL).read_bytes())):
                path = folder / target
                path.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):  # moved already
                    (written / f"{number}.part").replace(path)
            (written / _JOURNAL).unlink(missing_ok=True)
        written.rmdir()
    except FileNotFoundError:  # another process finished first
        return
    except OSError as error:
        raise refuse(
            "cannot-write", Where(str(folder)), value=str(folder), reason=error.strerror or str(error)
        ) from None


def _sweep(folder: Path) -> None:
    """Remove what processes wrote aside that were killed before it took effect."""
    import shutil

    for aside in folder.glob(f"{_ASIDE}*"):
        if not _runs(aside.name.removeprefix(_ASIDE)):
            shutil.rmtree(aside, ignore_errors=True)


def _runs(process: str) -> bool:
    """Return whether a process may still be there; where this cannot be asked, it may."""
    if os.name != "posix" or not process.isascii() or not process.isdigit():
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a renaming last, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
