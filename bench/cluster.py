"""A cluster of Apache Spark on the loopback interface: a master, workers and a Connect server, each a process.

`python -m bench.cluster LAKE` starts one, says how it is asked, and stops it at Ctrl-C; `scripts/cluster start` has
installed what it needs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from bench.serving import free_port

HOME = Path(__file__).parent.parent / "build" / "spark" / "pyspark"
"""Where the distribution lies that `.ci/run` installs; SPARK_HOME goes before."""
INSTALL = "scripts/cluster install, with a JRE 17 (apt-get install default-jre-headless)"
_SECONDS = 300
_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
"""What ends a process with the one that started it, however that ends."""
_BEGUN, _FINISHED = (re.compile(rf"{word} task \S+ in stage \S+ \(TID (\d+)\)") for word in ("Running", "Finished"))
_JAVA = (
    "-XX:+UseSerialGC -XX:MetaspaceSize=128m -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
"""A short life on a small machine: little is worth being compiled twice, nor Spark's own classes being verified.

There is room for all that is compiled, as Java has it where it compiles twice: in less, a server throws code away after
some hundred questions, and compiles it again.
"""


def home() -> Path | None:
    """Return where Spark is, with its Connect server; None where it, or Java, is not."""
    found = Path(os.environ.get("SPARK_HOME", HOME))
    there = (found / "bin" / "spark-class").is_file() and any((found / "jars").glob("spark-connect_*.jar"))
    return found if there and shutil.which("java") else None


class Cluster:
    """A cluster that is started and stopped here; the Connect server is told where the lake lies.

    Where what is done with it breaks off, the logs of all processes go to `keep`.
    """

    def __init__(
        self,
        lake: Path,
        workers: int = 2,
        cores: int = 1,
        memory: str = "900m",
        port: int = 0,
        settings: Mapping[str, object] | None = None,
        keep: Path | None = None,
    ) -> None:
        self.keep = keep
        self.settings = settings or {}
        self.lake, self.cores, self.memory = lake, cores, memory
        self.port = port or free_port()
        self.url = f"sc://127.0.0.1:{self.port}"
        self._master, self.folder = free_port(), Path(tempfile.mkdtemp(prefix="cluster-"))
        self.workers: list[subprocess.Popen[bytes]] = []
        self._others: list[subprocess.Popen[bytes]] = []
        self._wanted = workers

    def __enter__(self) -> Self:
        try:
            host = "127.0.0.1"
            self._others.append(
                self._class("deploy.master.Master", "--host", host, "--port", self._master, "--webui-port", free_port())
            )
            _listens(self._master, self._others[-1])
            for _ in range(self._wanted):
                self.add_worker()
            self.serve()
        except OSError as error:
            said = self.said()
            self.__exit__()
            raise OSError(f"{error}: {said}") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def serve(self) -> None:
        """Start the Connect server, and wait until it listens."""
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            "spark.cybercoop.lake": self.lake,
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.driver.extraJavaOptions": f"{_JAVA} -Xmn300m",  # most of what it makes is of one question
            "spark.executor.extraJavaOptions": _JAVA,
            "spark.executor.memory": self.memory,
            "spark.local.dir": self.folder / "local",
            "spark.sql.shuffle.partitions": 4,
            "spark.sql.warehouse.dir": self.folder / "warehouse",
            "spark.task.reaper.enabled": "true",  # a task that goes on when its question is over ends with its executor
            "spark.task.reaper.killTimeout": "5s",
            "spark.task.reaper.pollingInterval": "1s",
            "spark.ui.enabled": "false",
            **self.settings,
        }
        told = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        server = ("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal")
        self._others.append(
            self._class("deploy.SparkSubmit", "--master", f"spark://127.0.0.1:{self._master}", *told, *server)
        )
        _listens(self.port, self._others[-1])

    def add_worker(self) -> None:
        """Start a worker."""
        place = self.folder / f"worker-{len(self.workers)}"
        self.workers.append(
            self._class(
                "deploy.worker.Worker",
                *("--host", "127.0.0.1", "--webui-port", free_port(), "--cores", self.cores, "--memory", self.memory),
                *("--work-dir", place, f"spark://127.0.0.1:{self._master}"),
            )
        )

    def kill_worker(self, place: int = 0) -> None:
        """Kill a worker and its executor at once, as when a machine fails."""
        _end(self.workers[place], signal.SIGKILL)

    def kill_at_work(self, asking: threading.Thread, others: int = 0) -> bool:
        """Kill a worker in the middle of a task, when more than so many were begun; False where it was over before.

        Its executor is stopped first, and then looked at: one that has just finished its task goes on.
        """
        before = set[str]().union(*(begun for begun, _ in self.tasks()))
        while asking.is_alive():
            time.sleep(0.1)
            tasks = self.tasks()
            if len(set[str]().union(*(begun for begun, _ in tasks)) - before) <= others:
                continue
            for place, (begun, finished) in enumerate(tasks):
                if begun - finished - before and self.workers[place].poll() is None:
                    with _stopped(self.workers[place]):
                        begun, finished = self.tasks()[place]
                        if begun - finished - before:
                            self.kill_worker(place)
                            return True
        return False

    def tasks(self) -> list[tuple[set[str], set[str]]]:
        """Return the tasks that the executors of each worker have begun, and those that they have finished."""
        found = []
        for place in range(len(self.workers)):
            logs = (self.folder / f"worker-{place}").glob("*/*/stderr")
            text = "\n".join(path.read_text("utf-8", "replace") for path in logs)
            found.append((set(_BEGUN.findall(text)), set(_FINISHED.findall(text))))
        return found

    def said(self) -> str:
        """Return the last words of all processes."""
        return "\n".join(path.read_text("utf-8", "replace")[-4000:] for path in sorted(self.folder.glob("*.log")))

    def __exit__(self, kind: object = None, *_: object) -> None:
        if kind is not None and self.keep:
            shutil.copytree(
                self.folder,
                self.keep,
                ignore=shutil.ignore_patterns("artifacts-*", "local", "spark-*", "*.jar", "*.so*"),
                dirs_exist_ok=True,
            )
        for process in [*reversed(self._others), *self.workers]:
            _end(process, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _class(self, name: str, *arguments: object) -> subprocess.Popen[bytes]:
        place = home()
        assert place is not None, INSTALL
        env = {
            **os.environ,
            "SPARK_HOME": str(place),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
            "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={self.folder}",
            "SPARK_DAEMON_JAVA_OPTS": f"{_JAVA} -Dspark.master.rest.enabled=false",
            **({} if "Submit" in name else {"SPARK_DAEMON_MEMORY": "256m"}),
            "PYSPARK_PYTHON": sys.executable,
        }
        command = [*_WITH_US, str(place / "bin" / "spark-class"), f"org.apache.spark.{name}", *map(str, arguments)]
        with (self.folder / f"{name}-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                command,
                env=env,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


@contextlib.contextmanager
def _stopped(worker: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop what a worker has started, and give it the time to write down what that has said."""
    import psutil

    executors = psutil.Process(worker.pid).children()
    for each in executors:
        each.suspend()
    time.sleep(0.3)
    try:
        yield
    finally:
        for each in executors:
            with contextlib.suppress(psutil.Error):
                each.resume()


def _end(process: subprocess.Popen[bytes], how: int) -> None:
    """End a process with all that it has started, and nothing else: of one that was waited for, the number is free."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait()


def _listens(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process listens at a port."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise OSError(f"nothing listens at {port}")


def _is_taken(port: int) -> bool:
    """Whether somebody listens at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """Run a cluster until it is interrupted."""
    line = argparse.ArgumentParser(prog="python -m bench.cluster")
    line.add_argument("lake", type=Path, help="the folder of the lake, which is made by `cybercoop lake build`")
    line.add_argument("--port", type=int, default=15002)
    line.add_argument("--workers", type=int, default=2)
    line.add_argument("--cores", type=int, default=1, help="of each worker")
    line.add_argument("--memory", default="900m", help="of each worker")
    given = line.parse_args()
    if home() is None:
        sys.exit(f"Apache Spark is not here: {INSTALL}")
    if _is_taken(given.port):
        sys.exit(f"Port {given.port} is taken, perhaps by another cluster: --port takes another one.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        Cluster(given.lake.absolute(), given.workers, given.cores, given.memory, given.port) as running,
    ):
        print(f"{running.url} (Ctrl-C ends it)", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
