"""A free query in a process of its own, killed where it goes beyond its limits, and its answer read in blocks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import pyoxigraph as ox

from cybercoop.engines.embedded import unreadable
from cybercoop.engines.store import Stored
from cybercoop.engines.work import CHUNK, work
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.problems.progress import going_on
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import Clock, Limits, Row, Stream, Watch, is_limit, limit_met
from cybercoop.sparql.rewriting import UNSORTABLE, sortable

if TYPE_CHECKING:
    from cybercoop.engines.nursery import Ward

_FORKED = sys.platform == "linux"


class Worker:
    """One query in a process of its own: a header, lines of terms, and its last words.

    It is forked where that is safe, by this process or by one that is kept for that, else started afresh. The clock
    starts when the store is open. Close it in any case: that kills it.
    """

    def __init__(self, store: Path, text: str, limits: Limits, columns: str = "") -> None:
        place = str(store / "store")
        task = json.dumps({"store": place, "text": text, "limits": limits._asdict(), "columns": columns})
        self._process, self._rows, self._words = _started(task)
        self._rows.read(1)
        self.clock = Clock(limits.seconds)
        self._watch = Watch(self.clock, self._process.kill)

    def lines(self) -> Iterator[list[bytes]]:
        """Yield lines in blocks, as they come; a last line that was cut off is not among them."""
        rest: list[bytes] = []
        while block := self._rows.read(CHUNK):
            *whole, last = block.split(b"\n")
            if whole:
                yield [b"".join([*rest, whole[0]]), *whole[1:]]
                rest = []
            rest.append(last)

    def verdict(self) -> dict[str, Any]:
        """Return how it ended, once there are no more lines: `{"end": "done"}`, or the limit or fault that ended it."""
        words = self._words.read(CHUNK)
        self.close()
        if self._watch.late:
            return {"end": "seconds"}
        last = words.strip().rpartition(b"\n")[2]
        with contextlib.suppress(ValueError):
            return dict(json.loads(last))
        return {"end": _cause(words), "said": _first_line(words)}

    def close(self) -> None:
        """End the process, whatever it does."""
        self._watch.close()
        self._process.kill()
        self._process.wait()
        self._rows.close()
        self._words.close()


class _Child:
    """A forked process, as far as it is needed."""

    def __init__(self, pid: int) -> None:
        self._pid: int | None = pid

    def kill(self) -> None:
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> None:
        if self._pid is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)
            self._pid = None


_Process: TypeAlias = "_Child | Ward | subprocess.Popen[bytes]"


def _started(task: str) -> tuple[_Process, BinaryIO, BinaryIO]:
    if not _FORKED:
        return _spawn(task)
    if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208
        return _fork(task)
    from cybercoop.engines.nursery import nursery

    return nursery.born(task) or _spawn(task)


def _fork(task: str) -> tuple[_Process, BinaryIO, BinaryIO]:
    rows, rows_end = os.pipe()
    words, words_end = os.pipe()
    pid = os.fork()
    if pid == 0:  # the child never comes back from here
        with contextlib.suppress(BaseException):
            os.dup2(rows_end, 1)
            os.dup2(words_end, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.closerange(3, max(rows, rows_end, words, words_end) + 1)
            work(json.loads(task))
        os._exit(0)
    os.close(rows_end)
    os.close(words_end)
    return _Child(pid), open(rows, "rb", buffering=0), open(words, "rb")  # noqa: PTH123


def _spawn(task: str) -> tuple[_Process, BinaryIO, BinaryIO]:
    """Start an interpreter afresh, for a platform that cannot fork."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-m", "cybercoop.engines.work"]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise OSError("no pipes")
    with contextlib.suppress(BrokenPipeError), process.stdin as given:
        given.write(task.encode())
    return process, process.stdout, process.stderr  # type: ignore[return-value]


def _cause(words: bytes) -> str:
    """Return what ended a process that could not say so itself."""
    return "memory" if b"memory allocation" in words or b"bad_alloc" in words else "crash"


def _first_line(words: bytes) -> str:
    lines = [line for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("thread", "stack backtrace", "note:"))]
    return (said or lines or [""])[0].strip()


_BLOCK = 1000
_TABLE = ox.QueryResultsFormat.TSV


@contextlib.contextmanager
def worked(stored: Stored, text: str, limits: Limits, *, in_columns: bool = False) -> Iterator[Stream]:
    """Give the answer of a worker on the store on disk, or `in_columns` on its snapshot; it ends with the block.

    Raises `Refusal` for a query that cannot be read, that would leave the graph, or that meets a limit.
    """
    text, columns = look(text), _snapshot(stored) if in_columns else ""
    worker = Worker(stored.folder, text, limits, columns)
    try:
        lines = worker.lines()
        with going_on("progress-ask"):
            first = next(lines, [])
        if not first and UNSORTABLE in (verdict := worker.verdict()).get("said", ""):
            left = limits._replace(seconds=max(worker.clock.left(), 0.01))
            worker = Worker(stored.folder, sortable(text), left)
            lines = worker.lines()
            first = next(lines, [])
            verdict = {} if first else worker.verdict()
        if not first:
            raise _refusal(verdict, text, limits)
        header: dict[str, Any] = json.loads(first[0])
        rows = _rows(worker, header["columns"], first[1:], lines, text, limits)
        yield Stream(header["kind"], header["columns"], worker.clock, lambda _things: stored.open(), rows)
    finally:
        worker.close()


def _snapshot(stored: Stored) -> str:
    """Return the file of a snapshot; raises `Refusal` where it or what reads it is not there."""
    from cybercoop.engines.columns.snapshot import there

    return str(there(stored).file)


def _rows(
    worker: Worker, columns: list[str], first: list[bytes], rest: Iterator[list[bytes]], text: str, limits: Limits
) -> Iterator[list[Row]]:
    header = "\t".join(f"?{column}" for column in columns).encode()
    if first:
        yield from _parsed(header, first, len(columns))
    for lines in rest:
        yield from _parsed(header, lines, len(columns))
    verdict = worker.verdict()
    if verdict["end"] != "done":
        raise _refusal(verdict, text, limits)


def _parsed(header: bytes, lines: list[bytes], width: int) -> Iterator[list[Row]]:
    """Yield the terms of some lines; a row without columns is an empty line."""
    for start in range(0, len(lines), _BLOCK):
        part = lines[start : start + _BLOCK]
        if not width:
            yield [[] for _ in part]
            continue
        data = b"\n".join([header, *part, b""])
        parsed = ox.parse_query_results(data, format=_TABLE)
        yield [[solution[index] for index in range(width)] for solution in parsed]  # type: ignore[union-attr]


def _refusal(verdict: dict[str, Any], text: str, limits: Limits) -> Refusal:
    """Return why a query was not answered, or not to its end."""
    end = verdict["end"]
    if end == "syntax":
        return unreadable(text, "query", verdict["said"])
    if end == "untranslated":
        return refuse("not-in-columns", Where("query"), value=verdict["said"])
    if is_limit(end):
        return limit_met(end, limits)
    return refuse("query-crashed", Where("query"), value=verdict.get("said", ""))
