"""The command line: one file per command, and the plainest question without any of them."""

from __future__ import annotations

import atexit
import codecs
import contextlib
import gc
import io
import os
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from cybercoop.interfaces.cli.plain import answered
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, Where, in_language, refuse

_DIRECTIONS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x2066, 0x206A)])
"""The marks and isolates of direction, which are nothing to see."""


def spoken(args: list[str]) -> str:
    """Return the language that a command line asks for, even where the rest of it is wrong."""
    joined = " ".join(args).replace("--lang=", "--lang ").split()
    asked = joined[joined.index("--lang") + 1 :][:1] if "--lang" in joined else [os.environ.get("CYBERCOOP_LANG", "")]
    return asked[0] if asked and asked[0] in LANGUAGES else "en"


def main() -> NoReturn:
    """Run the command line; results on stdout, everything else on stderr; 0 fine, 1 problems found, 2 wrong use.

    A result that cannot be written, because a disk is full or standard output is closed, is a failure: 2, whatever
    the verdict. A reader who leaves early is none: the code stays that of the result.
    """
    if sys.argv[1:2] != ["mcp"]:  # a process that ends with its answer leaves nothing to collect
        gc.disable()
        atexit.register(gc.freeze)
    _open_streams()
    warnings.showwarning = _warned
    code = _ended(lambda: _run(sys.argv[1:]))
    code = _ended(lambda: sys.stdout.flush() or code)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    sys.exit(code)


def _run(args: list[str]) -> int:
    if not answered(args):
        from cybercoop.interfaces.cli.app import app

        app(standalone_mode=True)
    return 0


def _ended(step: Callable[[], int]) -> int:
    """Return the exit code of a step; what stops it is said in words."""
    try:
        return step()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    except Refusal as refusal:
        from cybercoop.judge.reports.text import said

        _tell(said(refusal.problem, spoken(sys.argv), refusal.line))
        return 2
    except BrokenPipeError:
        _to_nowhere()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # of what a command reads and writes itself, each is refused in its place
        from cybercoop.judge.reports.text import said

        _to_nowhere()
        unwritten = refuse("cannot-write", Where("stdout"), value="stdout", reason=error.strerror or str(error))
        _tell(said(unwritten.problem, spoken(sys.argv)))
        return 2


def _open_streams() -> None:
    r"""Let standard output and error take every character, and refuse in words where they take nothing.

    What is redirected is written as UTF-8, whatever the code page: a file in which half of an Arabic name became
    question marks is of no use. A terminal keeps its encoding, and shows what it lacks as \u escapes; what only gives
    a text its direction is left out there. Standard input is read as UTF-8 too, and holds nothing where it is closed.
    """
    if sys.stdout is None:  # closed: what is written to a place that is only read ends as on a full disk
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    codecs.register_error("shown", _shown)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="shown")


def _shown(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what an encoding is given for characters that it lacks: nothing for isolates and marks of direction."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_DIRECTIONS)
    return lacking.encode("ascii", "backslashreplace").decode(), error.end


def _to_nowhere() -> None:
    """Drop what waits to be written, so that the interpreter does not try once more as it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    _tell(in_language(message.texts, spoken(sys.argv)) if isinstance(message, Notice) else str(message))
