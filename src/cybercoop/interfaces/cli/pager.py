"""Where results go: to a pager on a terminal, else straight to standard output."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from cybercoop.interfaces.cli.streams import ReaderLeft, results

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


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
            import io
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
