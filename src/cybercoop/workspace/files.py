"""The files behind the paths that people type, and files written whole."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cybercoop.problems.problem import Where, one_of, refuse

if TYPE_CHECKING:
    from cybercoop.records import Given


def contributions(paths: Iterable[str | Path], input_format: str | None = None) -> list[Path | Given]:
    """Return the files behind paths, each once; a folder stands for those in it that have a form we read.

    A pattern stands for the files that it fits, `-` for standard input in the format `input_format`. Raises `Refusal`
    for a path that leads to no file, and for standard input without a format that can be read.
    """
    files: dict[str, Path | Given] = {}
    for path in paths:
        if str(path) == "-":
            files.setdefault("-", _standard_input(input_format))
            continue
        found = _files(Path(path)) or [file for one in _fitting(str(path)) for file in _files(one)]
        if not found:
            raise refuse("file-missing", Where(str(path)), value=str(path))
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return list(files.values())


def on_disk(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files behind paths where they are to be changed. Raises `Refusal` for standard input, too."""
    found = contributions(path for path in paths if str(path) != "-" or _no_file())
    return [file for file in found if isinstance(file, Path)]


def _no_file() -> NoReturn:
    raise refuse("not-a-file")


def _files(path: Path) -> list[Path]:
    try:
        return list(_inside(path)) if path.is_dir() else [path] if path.is_file() else []
    except (OSError, ValueError):
        return []


def _fitting(pattern: str) -> list[Path]:
    """Return the paths that a pattern fits, for shells that leave it as it is."""
    import glob

    if not glob.has_magic(pattern) or "\0" in pattern:
        return []
    return [Path(found) for found in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207  (a whole pattern)


def _standard_input(form: str | None) -> Given:
    from cybercoop.records import MAX_BYTES, NAMES, Given

    if form is None:
        raise refuse("input-format-missing", Where("-"), choices={name: {} for name in NAMES})
    return Given("stdin", sys.stdin.buffer.read(MAX_BYTES + 1), one_of(form, NAMES))


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder by path; folders that are hidden or behind a link are left alone."""
    from cybercoop.records import SUFFIXES

    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(base, name) for name in sorted(files) if Path(name).suffix.lower() in SUFFIXES)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that an interrupted run leaves the old one: beside it first, then in its place."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        raise refuse("cannot-write", Where(str(path)), value=str(path), reason=error.strerror or str(error)) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
