"""Servers of SPARQL that run on the loopback interface for a while, with the settings of Virtuoso."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

OXIGRAPH = Path(sys.executable).with_name("oxigraph")
_SECONDS = 60

_VIRTUOSO = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0
DirsAllowed = {files}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = {seconds}
"""


class Running:
    """A server that was started in a folder and listens at a port; it is stopped by its own number."""

    def __init__(self, command: Sequence[str | Path], port: int, folder: Path) -> None:
        """Raise `OSError` where it does not listen in time."""
        with (folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        begun = time.perf_counter()
        while time.perf_counter() - begun < _SECONDS and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.close()
        raise OSError(f"{command[0]} does not listen")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server."""
        self.process.terminate()
        try:
            self.process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def virtuoso(
    folder: Path, sql: int, http: int, *, buffers: int, rows: int, seconds: int = 0, files: Path | str = "."
) -> list[str] | None:
    """Write the settings of Virtuoso in a folder and return the command that starts it there; None without Virtuoso.

    It answers at two ports with at most so many rows, after at most so many seconds (0: without end), and may read
    `files`.
    """
    binary = shutil.which("virtuoso-t")
    if binary is None:
        return None
    dirty = buffers * 3 // 4
    settings = _VIRTUOSO.format(
        sql=sql, http=http, buffers=buffers, dirty=dirty, rows=rows, seconds=seconds, files=files
    )
    (folder / "virtuoso.ini").write_text(settings, "utf-8")
    return [binary, "-f", "+configfile", "virtuoso.ini"]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
