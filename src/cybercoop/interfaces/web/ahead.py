"""Pages made before anybody asks for them: by a process that lets every other go first, kept beside the store.

They are made once for an edition, so that a server that is started again has them at once.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from cybercoop.graph import open as open_graph
from cybercoop.interfaces.web import explained, folder
from cybercoop.interfaces.web.kept import ANYWHERE, Shelf
from cybercoop.interfaces.web.site import LISTED, Site, class_of
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms import names
from cybercoop.workspace.files import write_files

_KEEP_SECONDS = 3600
"""How long pages of another edition stay after they were made."""


@contextlib.contextmanager
def making(shelf: Shelf) -> Iterator[None]:
    """Have the pages of a shelf made beside what is done here, unless all are there; its process ends with it."""
    if shelf.whole:
        yield
        return
    command = [sys.executable, "-P", "-m", "cybercoop.interfaces.web.ahead"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def make(site: Site, shelf: Shelf) -> None:
    """Make every page that is not on a shelf, the largest first; one process does so at a time.

    Raises `Refusal` or `OSError` where the shelf cannot be written.
    """
    shelf.folder.mkdir(parents=True, exist_ok=True)
    _sweep(shelf.folder)
    with (shelf.folder / "making").open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for part in folder.parts(site):
            missing = [path for path in part if not all(shelf.file(f"{lang}/{path}").exists() for lang in LANGUAGES)]
            write_files(dict(_made(site, shelf, missing)))
    shelf.mark.touch()


def _made(site: Site, shelf: Shelf, paths: list[str]) -> Iterator[tuple[Path, bytes]]:
    """Yield the pages at some paths, packed, each with its file."""
    kind = paths[0].partition("/")[0] if paths else ""
    things = [names.expand(path) for path in paths if kind in LISTED and not path.endswith("/")]
    explained.ask_ahead(site, class_of(kind) if things else "", things)
    for path in paths:
        for lang in LANGUAGES:
            page = folder.maker(path)(site, lang, f"{lang}/{path}")
            yield shelf.file(f"{lang}/{path}"), gzip.compress(page.encode(), mtime=0)


def _sweep(own: Path) -> None:
    """Remove the pages of other editions."""
    for path in own.parent.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if path != own and path.stat().st_mtime < time.time() - _KEEP_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _last() -> None:
    """Let every other process go before, and end with the one that began this."""
    Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(19)
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    _last()
    graph = open_graph()
    graph.workspace.stored.hold()
    site = Site(graph, ANYWHERE)
    with contextlib.suppress(OSError, Refusal):
        make(site, Shelf.of(site))
