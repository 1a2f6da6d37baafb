"""A process that answers one query on a store on disk, within limits, and is killed where it goes beyond them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from cybercoop.names import QUERY_PREFIXES, XSD
from cybercoop.sparql.limits import Clock, Limits, Watch

_CHUNK = 1 << 16
_PROMPT_SECONDS = 0.05
_FORKED = sys.platform == "linux"


class Worker:
    """One query in a process of its own: a header, lines of terms, and its last words.

    It is forked where that is safe, else started afresh; the clock starts when the store is open. Close it in any case:
    that kills it.
    """

    def __init__(self, store: Path, text: str, limits: Limits) -> None:
        task = json.dumps({"store": str(store), "text": text, "limits": limits._asdict()})
        start = _fork if _FORKED and len(os.listdir("/proc/self/task")) == 1 else _spawn  # noqa: PTH208
        self._process, self._rows, self._words = start(task)
        self._rows.read(1)
        self.clock = Clock(limits.seconds)
        self._watch = Watch(self.clock, self._process.kill)

    def lines(self) -> Iterator[list[bytes]]:
        """Yield lines in blocks, as they come; a last line that was cut off is not among them."""
        rest: list[bytes] = []
        while block := self._rows.read(_CHUNK):
            *whole, last = block.split(b"\n")
            if whole:
                yield [b"".join([*rest, whole[0]]), *whole[1:]]
                rest = []
            rest.append(last)

    def verdict(self) -> dict[str, Any]:
        """Return how it ended, once there are no more lines: `{"end": "done"}`, or the limit or fault that ended it."""
        words = self._words.read(_CHUNK)
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


_Process = _Child | subprocess.Popen[bytes]


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
    """Start an interpreter afresh, for a platform that cannot fork and a process that has threads."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-m", "cybercoop.sparql.worker"]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise OSError("no pipes")
    with contextlib.suppress(BrokenPipeError), process.stdin as given:
        given.write(task.encode())
    return process, process.stdout, process.stderr  # type: ignore[return-value]


def work(task: dict[str, Any]) -> None:
    """Answer the query of a task on standard output; the last words on standard error say how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits = Limits(**task["limits"])
    try:
        store = ox.Store.read_only(str(Path(task["store"], "store")))
        _confine(limits)
        _write(b"\n")
        words = {"end": _answer(store, task["text"], limits)}
    except SyntaxError as error:
        words = {"end": "syntax", "said": str(error)}
    except BrokenPipeError:
        words = {"end": "done"}
    except MemoryError:
        words = {"end": "memory"}
    except BaseException as error:  # a panic of the engine is no Exception
        words = {"end": "crash", "said": str(error)}
    with contextlib.suppress(BrokenPipeError):
        os.write(2, b"\n" + json.dumps(words).encode())
    os._exit(0)


def _confine(limits: Limits) -> None:
    """Take from this process what no query needs: more memory, more time, new files and connections.

    Windows has no such limits; there the clock, the rows and the bytes remain.
    """
    with contextlib.suppress(ImportError):
        import resource

        seconds = int(limits.seconds) + 2
        wanted = {"CORE": 0, "FSIZE": 0, "CPU": seconds, "AS": _memory_now() + limits.memory, "NOFILE": 0}
        for name, value in wanted.items():
            with contextlib.suppress(ValueError, OSError):  # a platform without this one
                number = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(number)[1]
                value = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (value, value))


def _memory_now() -> int:
    """Return how much address space this process has now; where that is not known, a generous guess."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 1 << 30


def _answer(store: ox.Store, text: str, limits: Limits) -> str:
    """Write header and rows to standard output; return `done`, or the limit that was met."""
    result = store.query(text, prefixes=QUERY_PREFIXES)
    kind, columns, rows = _rows(result)
    _write(json.dumps({"kind": kind, "columns": columns}).encode() + b"\n")
    waiting: list[bytes] = []
    count = size = waiting_size = 0
    written = 0.0
    for row in rows:
        line = "\t".join(["" if term is None else str(term) for term in row]).encode() + b"\n"
        count, size, waiting_size = count + 1, size + len(line), waiting_size + len(line)
        if count > limits.rows or size > limits.bytes:
            _write(b"".join(waiting))
            return "rows" if count > limits.rows else "bytes"
        waiting.append(line)
        if waiting_size >= _CHUNK or time.monotonic() - written > _PROMPT_SECONDS:
            _write(b"".join(waiting))
            waiting, waiting_size, written = [], 0, time.monotonic()
    _write(b"".join(waiting))
    return "done"


def _rows(result: Any) -> tuple[str, list[str], Iterable[Any]]:
    if isinstance(result, ox.QueryBoolean):
        answer = ox.Literal("true" if result else "false", datatype=ox.NamedNode(XSD + "boolean"))
        return "truth", ["answer"], [[answer]]
    if isinstance(result, ox.QueryTriples):
        return "triples", ["subject", "predicate", "object"], result
    return "rows", [variable.value for variable in result.variables], result


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def _cause(words: bytes) -> str:
    """Return what ended a process that could not say so itself."""
    return "memory" if b"memory allocation" in words or b"bad_alloc" in words else "crash"


def _first_line(words: bytes) -> str:
    lines = [line for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("thread", "stack backtrace", "note:"))]
    return (said or lines or [""])[0].strip()


if __name__ == "__main__":
    work(json.loads(sys.stdin.buffer.read()))
