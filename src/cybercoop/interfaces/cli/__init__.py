"""The command line: one function per command, and the plainest question without any of them."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from cybercoop.interfaces.cli.plain import answered
from cybercoop.interfaces.cli.streams import ReaderLeft, open_streams
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, Where, in_language, refuse


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
    open_streams()
    warnings.showwarning = _warned
    code = _code(_run)
    sys.exit(_code(sys.stdout.flush, code))


def _run() -> None:
    if not answered(sys.argv[1:]):
        from cybercoop.interfaces.cli.app import app

        app(standalone_mode=True)


def _code(step: Callable[[], object], fine: int = 0) -> int:
    """Return the exit code of a step: `fine`, or that of what stops it, which is said in words."""
    try:
        step()
    except ReaderLeft:
        pass
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Refusal as refusal:
        return _refused(refusal)
    except OSError as error:  # a temporary folder that is full
        place = str(error.filename or os.curdir)
        return _refused(refuse("cannot-write", Where(place), value=place, reason=error.strerror or str(error)))
    except KeyboardInterrupt:
        return 130
    return fine


def _refused(refusal: Refusal) -> int:
    from cybercoop.judge.reports.people import said

    print(said(refusal.problem, spoken(sys.argv), refusal.line), file=sys.stderr)
    return 2


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    told = in_language(message.texts, spoken(sys.argv)) if isinstance(message, Notice) else message
    print(told, file=sys.stderr)
