"""A process without threads that forks the workers of one that has threads, so that no query waits for an interpreter.

Only a process without threads may fork safely. This one is started at the first query, holds nothing but code, and ends
with the process that it works for. Linux only: a worker is held by a descriptor of its process (pidfd_open(2)).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from typing import BinaryIO

from cybercoop.engines.work import patient, work

_READY, _ENDS, _SECONDS = b"!", 3, 5


class Ward:
    """A worker that another process has forked, as far as it is needed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        if self._descriptor is not None:
            waited = select.poll()
            waited.register(self._descriptor, select.POLLIN)
            waited.poll()
            os.close(self._descriptor)
            self._descriptor = None


class Nursery:
    """The process that forks, from the side of the one that asks; it is started again where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        atexit.register(self.close)

    def born(self, task: str) -> tuple[Ward, BinaryIO, BinaryIO] | None:
        """Return a new worker on a task, with its rows and its last words; None where there can be none."""
        task_end, given = os.pipe()
        rows, rows_end = os.pipe()
        words, words_end = os.pipe()
        ends = [task_end, rows_end, words_end]
        with self._lock:
            ward = self._asked(ends) or self._asked(ends)
        for end in ends:
            os.close(end)
        if ward is None:
            for end in (given, rows, words):
                os.close(end)
            return None
        with contextlib.suppress(BrokenPipeError), open(given, "wb") as out:  # noqa: PTH123
            out.write(task.encode())
        return ward, open(rows, "rb", buffering=0), open(words, "rb")  # noqa: PTH123

    def close(self) -> None:
        """End the process."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            try:
                self._process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None

    def _asked(self, ends: list[int]) -> Ward | None:
        try:
            if self._control is None or self._owner != os.getpid():
                self._control = self._started()
            socket.send_fds(self._control, [_READY], ends)
            said, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except OSError:
            said, descriptors = b"", []
        if descriptors:
            return Ward(descriptors[0])
        if not said:  # it has ended
            self.close()
        return None

    def _started(self) -> socket.socket:
        ours, its = socket.socketpair()
        self._owner = os.getpid()
        command = [sys.executable, "-P", "-m", "cybercoop.engines.nursery"]
        self._process = subprocess.Popen(command, stdin=its.fileno())
        its.close()
        return ours


nursery = Nursery()
"""The one of this process."""


def tend(control: socket.socket) -> None:
    """Fork a worker for each message, which brings what its task comes from and what its answer goes to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        said, ends, _, _ = socket.recv_fds(control, 1, _ENDS)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not said:
            return
        pid = os.fork()
        if pid == 0:  # the child never comes back from here
            with contextlib.suppress(BaseException):
                _begin(ends)
            os._exit(0)
        for end in ends:
            os.close(end)
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            control.sendall(b"?")
            continue
        socket.send_fds(control, [_READY], [descriptor])
        os.close(descriptor)


def _begin(ends: list[int]) -> None:
    task_end, rows_end, words_end = ends
    with open(task_end, "rb", closefd=False) as given:
        task = json.loads(given.read())
    os.dup2(rows_end, 1)
    os.dup2(words_end, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, max(ends) + 2)
    work(task)


if __name__ == "__main__":
    patient()
    tend(socket.socket(fileno=0))
