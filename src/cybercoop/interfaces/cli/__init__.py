"""The command line as a process: streams on which all can be written, the words of a line, an exit code in the end."""

from __future__ import annotations

import atexit
import codecs
import contextlib
import gc
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from cybercoop.interfaces.cli.commands import Command, Given, Option, command, find, given, screen
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, Where, in_language, refuse

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


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


_DIRECTIONS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x2066, 0x206A)])
"""The marks and isolates of direction, which are nothing to see."""


class ReaderLeft(SystemExit):
    """The reader of standard output is gone, which is no failure: raised wherever more is written."""


class _Results(io.TextIOWrapper):
    """Standard output; writing raises `ReaderLeft`, and `Refusal` where there is no room."""

    def write(self, text: str) -> int:
        try:
            return super().write(text) if text != "" else 0  # with -u, even nothing is written to a full disk
        except OSError as error:
            raise _end(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _end(error) from None


class _Messages(io.TextIOWrapper):
    """Standard error: where nothing can be said, nothing is said, and no exit code changes."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            _to_nowhere(self)
            return len(text)


def open_streams() -> None:
    """Make the standard streams of this process such that no character and no full disk ends in a traceback.

    What is redirected is UTF-8, whatever the code page: programs read it, and a file in which Arabic names became
    question marks is of no use. A terminal keeps its encoding, with a question mark for what it lacks and nothing for
    marks of direction: people read it.
    """
    for number, name, use in ((0, "stdin", "w"), (1, "stdout", "r"), (2, "stderr", "w")):
        if getattr(sys, name) is None:  # closed: a place that is used the other way fails as soon as it is needed
            os.open(os.devnull, os.O_RDONLY if use == "r" else os.O_WRONLY)
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115
    if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        with contextlib.suppress(io.UnsupportedOperation):  # read from already, by whoever runs us
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    sys.stdout = _as(_Results, sys.stdout)
    sys.stderr = _as(_Messages, sys.stderr)


@contextlib.contextmanager
def results() -> Iterator[None]:
    """Raise what writing to standard output raises, where its bytes are written past its text."""
    try:
        yield
    except OSError as error:
        raise _end(error) from None


def _as(kind: type[io.TextIOWrapper], stream: Any) -> Any:
    if type(stream) is not io.TextIOWrapper:  # put there by whoever runs us as a part of something else
        return stream
    shown = stream.isatty()
    encoding, lines, at_once = stream.encoding if shown else "utf-8", stream.line_buffering, stream.write_through
    codecs.register_error("shown", _shown)
    errors = "shown" if shown else "backslashreplace"
    return kind(stream.detach(), encoding, errors, line_buffering=lines, write_through=at_once)


def _shown(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what a terminal shows of characters that it lacks: nothing of marks of direction, else question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_DIRECTIONS)
    return "?" * len(lacking), error.end


def _end(error: OSError) -> ReaderLeft | Refusal:
    _to_nowhere(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return ReaderLeft(0)
    return refuse("cannot-write", Where("stdout"), value="stdout", reason=error.strerror or str(error))


def _to_nowhere(stream: Any) -> None:
    """Let what waits to be written vanish, so that nothing tries again as the process ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def output(paged: bool) -> Iterator[TextIO]:
    """Give the place to write to; a reader who leaves early ends the block quietly.

    The pager is the command in PAGER, else `less`; it shows at once what fits on the screen.
    """
    pager = _pager() if paged and sys.stdout.isatty() else None
    place = pager.stdin if pager and pager.stdin else sys.stdout
    try:
        yield place  # type: ignore[misc]
        place.flush()
    except (BrokenPipeError, ReaderLeft):
        pass
    finally:
        if pager:
            with contextlib.suppress(BrokenPipeError):
                place.close()
            pager.wait()


def put(content: str | bytes | Path, out: Path | None = None, *, paged: bool = False) -> None:
    """Write a content into a file, or to standard output where none is named; a terminal shows text as it can.

    Where it is large, it stands in the file of a path.
    """
    if out is not None:
        from cybercoop.workspace.files import write_whole

        write_whole(out, content.encode(errors="backslashreplace") if isinstance(content, str) else content)
        return
    if not isinstance(content, str) and sys.stdout.isatty():
        content = content if isinstance(content, bytes) else content.read_bytes()
        with contextlib.suppress(UnicodeDecodeError):  # a picture or a zip
            content = content.decode()
    with output(paged) as place, results():
        if isinstance(content, str):
            place.write(content)
        else:
            import shutil

            place.flush()
            with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as made:
                shutil.copyfileobj(made, sys.stdout.buffer, 1 << 20)
            sys.stdout.buffer.flush()


def _pager() -> subprocess.Popen[str] | None:
    import shlex
    import shutil
    import subprocess

    command = shlex.split(os.environ.get("PAGER", "less"))
    if not command or not shutil.which(command[0]):
        return None
    environment = {"LESS": "FRX", **os.environ}
    own = sys.stdout  # the pager shows on the same terminal
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, text=True, encoding=own.encoding, errors=own.errors, env=environment
    )
