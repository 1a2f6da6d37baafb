"""Several files written in one step: whoever is killed at any moment leaves the old state or the new one.

Whoever writes carries on where a killed process stopped; whoever reads looks through the journal, and writes nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from cybercoop.problems.problem import Notice, Refusal, Where, refuse, visible

_WRITTEN = ".accepted"
_JOURNAL = "journal"
_ASIDE = ".accepting-"
_LONGEST = 255
"""Bytes of a file's name that every system takes."""


def write_all(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Write files below a folder, all or none.

    They are written aside with a journal of where they belong. The journal takes effect by one renaming; from then on
    the new state is certain, as `finish` carries on where a killed process stopped. Raises `Refusal` where one of them
    is no plain file below the folder or would be reached through a link, and where nothing can be written.
    """
    import shutil

    finish(folder)
    _sweep(folder)
    targets = {path: _below(folder, path) for path in contents}
    for path, target in targets.items():
        if not _plain(folder, target):
            raise refuse("unsafe-target", Where(str(path)), value=str(path), folder=str(folder))
    aside = folder / f"{_ASIDE}{os.getpid()}"
    try:
        aside.mkdir(parents=True)
        for number, content in enumerate(contents.values()):
            _write(aside / f"{number}.part", content)
        _write(aside / _JOURNAL, json.dumps(list(targets.values())).encode())
        aside.rename(folder / _WRITTEN)
        _sync(folder)
    except OSError as error:
        raise _unwritten(folder, error) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    finish(folder)


def finish(folder: Path) -> bool:
    """Put the files of a journal that took effect in their places; return whether there was one.

    Raises `Refusal` where `write_all` has not written the journal as it is, before anything is put anywhere.
    """
    left = _left(folder)
    if left is None:
        return False
    written = folder / _WRITTEN
    try:
        for target, part in left.items():
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # moved already
                (written / part).replace(path)
        (written / _JOURNAL).unlink(missing_ok=True)
        written.rmdir()
    except FileNotFoundError:  # another process finished first
        pass
    except OSError as error:
        raise _unwritten(folder, error) from None
    return True


def pending(folder: Path) -> dict[str, str]:
    """Return the files that a journal has still to put in their places, each with the file that holds its content.

    Whoever reads the latter in place of the former sees the new state, whole; if it is gone meanwhile, it has been
    put in its place. Warns where there are any. Raises `Refusal` as `finish` does; writes nothing.
    """
    if left := _left(folder):
        warnings.warn(Notice("acceptance-unfinished", folder=visible(str(folder))), stacklevel=1)
    return {str(folder / target): str(folder / _WRITTEN / part) for target, part in (left or {}).items()}


def _left(folder: Path) -> dict[str, str] | None:
    """Return the targets that a journal has still to fill, each with its file in the journal; without a journal None.

    Raises `Refusal` for anything in its place that `write_all` does not write: other files, links, devices, targets
    elsewhere.
    """
    written = folder / _WRITTEN
    try:
        if not stat.S_ISDIR(written.lstat().st_mode):
            raise _forged(written, _WRITTEN)
        found = {entry.name: entry.is_file(follow_symlinks=False) for entry in os.scandir(written)}
        if _JOURNAL not in found:
            return {}
        if odd := [name for name, is_plain in found.items() if not is_plain]:
            raise _forged(written, odd[0])
        targets = json.loads((written / _JOURNAL).read_bytes())
    except (FileNotFoundError, NotADirectoryError):  # there is none, or another process finished it
        return {} if written.is_dir() else None
    except (OSError, ValueError, RecursionError):
        raise _forged(written, _JOURNAL) from None
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        raise _forged(written, _JOURNAL)
    parts = {target: f"{number}.part" for number, target in enumerate(targets)}
    wrong = [target for target in parts if not _plain(folder, target)]
    wrong += sorted(found.keys() - {_JOURNAL, *parts.values()})
    if wrong:
        raise _forged(written, wrong[0])
    return {target: part for target, part in parts.items() if part in found}


def _plain(folder: Path, target: str) -> bool:
    """Return whether a path leads to a plain file below a folder, there or still to be made.

    It goes down through folders only, none of them hidden (`.git`) or a link; on no system does it lead elsewhere.
    """
    steps = target.split("/")
    if "\\" in target or PureWindowsPath(target).anchor or any(step[:1] in ("", ".") for step in steps):
        return False
    path = folder
    try:
        if max(len(os.fsencode(step)) for step in steps) > _LONGEST:
            return False
        for step in steps[:-1]:
            path /= step
            if not stat.S_ISDIR(path.lstat().st_mode):
                return False
        return stat.S_ISREG((path / steps[-1]).lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):  # the latter where the folder itself is none
        return True
    except (OSError, ValueError):  # no path at all, too
        return False


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _forged(written: Path, value: str) -> Refusal:
    return refuse("journal-broken", Where(str(written)), journal=str(written), value=value)


def _unwritten(folder: Path, error: OSError) -> Refusal:
    return refuse("cannot-write", Where(str(folder)), value=str(folder), reason=error.strerror or str(error))


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
