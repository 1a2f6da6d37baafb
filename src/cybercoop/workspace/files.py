"""The files behind the paths that people type, and files written whole."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from cybercoop.problems.problem import Where, one_of, refuse
from cybercoop.problems.progress import watched

if TYPE_CHECKING:
    from cybercoop.records import Given

Stack = contextlib.ExitStack
Content = bytes | Path
"""What a file is to hold; where it is large, the temporary file that holds it."""

_DESCRIPTOR = re.compile(r"/(dev|proc/\w+)/fd/")
_STANDARD_INPUT = 0
_OWN_OUTPUTS = (1, 2)
_AT_ONCE = 1 << 20
_LEFT_BEHIND = ("~$", "._", ".~lock.", "__MACOSX")
"""How files begin that Excel, macOS and LibreOffice put beside others: locks and shadows, no contributions."""


def contributions(paths: Iterable[str | Path | Given], input_format: str | None = None) -> list[Path | Given]:
    """Return the files behind paths, each once; a folder stands for those in it that have a form we read.

    A pattern stands for the files that it fits, a file that is given for itself, `-` for standard input in the format
    `input_format`. Raises `Refusal` for a path that is empty or leads to no file, and for standard input without a
    format that can be read.
    """
    files: dict[str, Path | Given] = {}
    given = list(paths)
    for path in given:
        if isinstance(path, tuple):
            files[path.name] = path
            continue
        if len(given) > 1 and Path(path).name.startswith(_LEFT_BEHIND):  # as a pattern of a shell brings them
            continue
        if not str(path):
            raise refuse("empty-path")
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
    fitting = map(Path, sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207  (a whole pattern)
    return [found for found in fitting if not found.name.startswith(_LEFT_BEHIND)]


def _standard_input(form: str | None) -> Given:
    from cybercoop.records import MAX_BYTES, NAMES, Given

    if form is None:
        raise refuse("input-format-missing", Where("-"), choices={name: {} for name in NAMES})
    form = one_of(form, NAMES)
    try:
        return Given("stdin", sys.stdin.buffer.read(MAX_BYTES + 1), form)
    except OSError:  # closed, or a folder
        raise refuse("file-missing", Where("-"), value="-") from None


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder by path; folders that are hidden or behind a link are left alone."""
    from cybercoop.records import SUFFIXES

    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", *_LEFT_BEHIND)))
        kept = (name for name in sorted(files) if not name.startswith(_LEFT_BEHIND))
        yield from (Path(base, name) for name in kept if Path(name).suffix.lower() in SUFFIXES)


def in_turn(paths: Iterable[Path | Given]) -> Iterator[Path | Given]:
    """Yield files that are read one after the other, and tell how much of them is done."""
    files = list(paths)
    return watched("progress-read", files, lambda: sum(map(_size, files)), _size)


def _size(path: Path | Given) -> int:
    try:
        return len(path.data) if isinstance(path, tuple) else path.stat().st_size
    except (OSError, ValueError):
        return 0


def apart(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise `Refusal` where an output is one of the inputs by whatever path, link or spelling, or standard input."""
    numbered: list[Path | int] = [*inputs, _STANDARD_INPUT]
    known = {(found.st_dev, found.st_ino) for path in numbered if (found := _plain(path))}
    for path in outputs:
        found = _plain(path)
        if found and (found.st_dev, found.st_ino) in known:
            raise refuse("output-is-input", Where(str(path)), value=str(path))


def takes_bytes(path: Path) -> bool:
    """Return whether a path stands for a device, a pipe, or standard output or error, wherever these lead."""
    with contextlib.suppress(OSError, ValueError):
        found = path.stat()
        return _open_already(path, found) or not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode))
    return False


def write_whole(path: Path, content: Content) -> None:
    """Write one file as `write_files` writes several."""
    write_files({path: content})


def write_files(contents: Mapping[Path, Content]) -> None:
    """Write files, all or none: where one cannot be written, all are as they were, and no new folder stays.

    Each is written beside its place first, so that an interrupted run leaves the old one. A link stays a link, and
    what it leads to is written; a file keeps its mode and its owner; a device or a pipe is written into. Raises
    `Refusal` where this is not possible, and `BrokenPipeError` where the reader of a pipe is gone.
    """
    place = Path()
    with contextlib.ExitStack() as always, contextlib.ExitStack() as undo:
        try:
            steps, there = {}, cache(partial(_there, undo))
            for place, content in contents.items():
                steps[place] = _prepared(place, content, there, undo, always, several=len(contents) > 1)
            for place in steps:
                steps[place]()
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise refuse("cannot-write", Where(str(place)), value=str(place), reason=reason) from None
        undo.pop_all()


def _there(undo: Stack, folder: Path) -> Path:
    """Return where a folder is, without links; it is made where there is none."""
    real = Path(os.path.realpath(folder))
    for missing in reversed([each for each in (real, *real.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True)
        undo.callback(_tried, missing.rmdir)
    return real


def _prepared(
    path: Path, content: Content, there: Callable[[Path], Path], undo: Stack, always: Stack, *, several: bool
) -> Callable[[], None]:
    """Return the step that puts a content in its place; all that can fail before is done now.

    `there` gives where a folder is, looked up once for all files in it.
    """
    old = None
    with contextlib.suppress(FileNotFoundError):
        old = path.stat()
        if _open_already(path, old) or not stat.S_ISREG(old.st_mode):
            return partial(_into, path, old, content)
    if old and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    target = there(target.parent) / target.name
    if old and old.st_nlink > 1:  # in a new file, its other names would be left with the old content
        return partial(_over, target, content, undo)
    aside = _aside(target)
    undo.callback(_tried, aside.unlink)
    with aside.open("wb") as file:
        _put(content, file)
    if old:
        if hasattr(os, "chown"):
            _tried(partial(os.chown, aside, old.st_uid, old.st_gid))
        aside.chmod(stat.S_IMODE(old.st_mode))
    return partial(_kept_and_replaced if several else _replaced, aside, target, undo, always)


def _replaced(aside: Path, target: Path, *_: Stack) -> None:
    aside.replace(target)


def _kept_and_replaced(aside: Path, target: Path, undo: Stack, always: Stack) -> None:
    """Replace one file of several, and keep what stood there until all are in their places."""
    if target.exists():
        kept = _aside(target)
        always.callback(_tried, kept.unlink)
        _kept(target, kept)
        undo.callback(_tried, partial(kept.replace, target))
    else:
        undo.callback(_tried, target.unlink)
    aside.replace(target)


def _kept(target: Path, kept: Path) -> None:
    """Give a file a second name; where the file system knows none, copy it."""
    import shutil

    try:
        kept.hardlink_to(target)
    except OSError:
        shutil.copy2(target, kept)


def _over(target: Path, content: Content, undo: Stack) -> None:
    """Write over a file that has other names, too."""
    undo.callback(_tried, partial(_filled, target, target.read_bytes()))
    _filled(target, content)


def _filled(target: Path, content: Content) -> None:
    with target.open("r+b") as file:
        _put(content, file)
        file.truncate()


def _put(content: Content, file: IO[bytes]) -> None:
    import shutil

    if isinstance(content, bytes):
        file.write(content)
    else:
        with content.open("rb") as made:
            shutil.copyfileobj(made, file, _AT_ONCE)


def _into(path: Path, old: os.stat_result, content: Content) -> None:
    """Write into what is no plain file, or is open already: /dev/stdout, a pipe; never over a disk."""
    if stat.S_ISBLK(old.st_mode):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    number = _own(old)
    mode = "ab" if stat.S_ISREG(old.st_mode) else "wb"
    with open(path if number is None else number, mode, closefd=number is None) as file:
        _put(content, file)


def _open_already(path: Path, found: os.stat_result) -> bool:
    return _DESCRIPTOR.match(str(path)) is not None or _own(found) is not None


def _own(found: os.stat_result) -> int | None:
    """Return the number of our standard output or error where that is what was found."""
    for number in _OWN_OUTPUTS:
        with contextlib.suppress(OSError):
            if os.path.samestat(found, os.fstat(number)):
                return number
    return None


def _plain(path: Path | int) -> os.stat_result | None:
    with contextlib.suppress(OSError, ValueError):
        found = os.stat(path)  # noqa: PTH116  (a number, too)
        return found if stat.S_ISREG(found.st_mode) else None
    return None


def _aside(target: Path) -> Path:
    return target.with_name(f".{os.urandom(6).hex()}.part")


def _tried(step: Callable[[], object]) -> None:
    with contextlib.suppress(OSError):
        step()


_USUAL = 65536


def content(path: Path, limit: int, part: str | None = None) -> bytes | None:
    """Return what a file begins with, or None where there is no plain file that may be read.

    `part` is the file that holds its content for the time being, if there is one.
    """
    for file in (Path(part), path) if part else (path,):
        with contextlib.suppress(OSError):
            if file.is_file():
                with file.open("rb") as stream:  # asked for all at once, room is made for the limit
                    begin = stream.read(min(limit, _USUAL))
                    return begin if len(begin) < _USUAL else begin + stream.read(limit - _USUAL)
    return None
