"""What a worker's process does: it answers one query within limits. It loads little, as each query waits for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from cybercoop.sparql.limits import MOST_SECONDS, Limits
from cybercoop.terms.names import QUERY_PREFIXES, XSD

CHUNK = 1 << 16
_PROMPT_SECONDS = 0.05


def work(task: dict[str, Any]) -> None:
    """Answer the query of a task on standard output; the last words on standard error say how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits = Limits(**task["limits"])
    try:
        if task["columns"]:
            from cybercoop.engines.columns.columns import THREADS, worked

            processors = limits._replace(seconds=limits.seconds * THREADS)
            words = worked(Path(task["columns"]), task["text"], limits, lambda: _begun(processors), _told)
        else:
            store = ox.Store.read_only(task["store"])
            _begun(limits, _files(task["store"]))
            words = {"end": _told(*_rows(store.query(task["text"], prefixes=QUERY_PREFIXES)), limits)}
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


def _begun(limits: Limits, files: int = 0) -> None:
    """Say that the work begins, within limits."""
    _confine(limits, files)
    _write(b"\n")


def _files(store: str) -> int:
    """Return how many files must be open at most for all tables of a store: 0 where they are open already.

    The engine opens those of a large store when it looks into them (RocksDB, `max_open_files`).
    """
    tables, most = sum(file.suffix == ".sst" for file in Path(store).iterdir()), 0
    with contextlib.suppress(OSError):
        for held in Path("/dev/fd").iterdir():
            most = max(most, int(held.name))
            with contextlib.suppress(OSError):  # that of the folder itself, and where they are no links
                tables -= held.readlink().suffix == ".sst"
    return most + 1 + tables if tables > 0 else 0


def _confine(limits: Limits, files: int) -> None:
    """Take from this process what no query needs: more memory, more time, new connections, files but so many.

    Windows has no such limits; there the clock, the rows and the bytes remain.
    """
    with contextlib.suppress(ImportError):
        import resource

        seconds = int(min(limits.seconds, MOST_SECONDS)) + 2
        memory = min(_memory_now() + limits.memory, sys.maxsize)
        wanted = {"CORE": 0, "FSIZE": 0, "CPU": seconds, "AS": memory, "NOFILE": files}
        for name, value in wanted.items():
            with contextlib.suppress(ValueError, OSError):  # a platform without this one
                number = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(number)[1]
                value = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (value, value))


def _memory_now() -> int:
    """Return how much address space this process has now; where that is not known, a generous guess."""
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as facts:  # noqa: PTH123  (pathlib loads slowly)
        return int(facts.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 1 << 30


def _told(kind: str, columns: list[str], rows: Iterable[Any], limits: Limits) -> str:
    """Write header and rows to standard output; return `done`, or the limit that was met."""
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
        if waiting_size >= CHUNK or time.monotonic() - written > _PROMPT_SECONDS:
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


def patient() -> None:
    """Let a process that has more to do than to wait for an answer go before (nice, POSIX.1)."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)


if __name__ == "__main__":
    patient()
    work(json.loads(sys.stdin.buffer.read()))
