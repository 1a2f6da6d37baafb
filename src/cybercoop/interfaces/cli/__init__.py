"""The command line: from the words of a line to a function for each command, and from what stops it to an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import NoReturn

from cybercoop.interfaces.cli.commands import Command, Given, Option, command, find, given, screen
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
    gc.disable()  # a process that ends with its answer leaves nothing to collect; what serves enables it again
    atexit.register(gc.freeze)
    open_streams()
    warnings.showwarning = _warned
    if sys.stderr.isatty():
        from cybercoop.interfaces.cli.progress import clear, show

        show(spoken(sys.argv))
        atexit.register(clear)
    code = _code(lambda: run(sys.argv[1:]))
    sys.exit(_code(sys.stdout.flush, code))


def run(line: Sequence[str]) -> None:
    """Do what a line asks for. Raises `Refusal` where it is wrong, and `SystemExit` for a code other than 0."""
    if shell := os.environ.get("_CYBERCOOP_COMPLETE"):
        from cybercoop.interfaces.cli.completion import offer

        return offer(shell, line, start)
    first = next((place for place, word in enumerate(line) if not word.startswith("-")), len(line))
    return _do("cybercoop", start, [*(word for word in line[:first] if word != "--"), "--", *line[first:]])


def _do(name: str, command: Command, line: Sequence[str]) -> None:
    values = given(name, command, line)
    if values.help and not (command.loose and values.name):
        sys.stdout.write(screen(name, command))
    else:
        command.run(values)


@command(
    Option("[COMMAND] [ARGS]...", "", [], list),
    Option("--version", "Print the version and stop."),
    Option("--install-completion", "Install completion for the current shell, or for the one named after it."),
    Option("--show-completion", "Show what would be installed, to copy or change it."),
)
def start(given: Given) -> None:
    """Who cooperates with whom against cybercrime, since when, and on whose word."""
    name, *rest = given.command or [""]
    if given.version:
        from cybercoop import __version__

        print("cybercoop", __version__)
    elif given.install_completion or given.show_completion:
        from cybercoop.interfaces.cli.completion import teach

        teach(name, shown=given.show_completion)
    elif given.command:
        _do(f"cybercoop {name}", find(name), rest)
    else:
        sys.stderr.write(screen("cybercoop", start))
        sys.exit(2)


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
    _clear()
    from cybercoop.judge.reports.people import said

    print(said(refusal.problem, spoken(sys.argv), refusal.line), file=sys.stderr)
    return 2


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    _clear()
    told = in_language(message.texts, spoken(sys.argv)) if isinstance(message, Notice) else message
    print(told, file=sys.stderr)


def _clear() -> None:
    """Take the line of progress away where there is one."""
    if sys.stderr.isatty():
        from cybercoop.interfaces.cli.progress import clear

        clear()
