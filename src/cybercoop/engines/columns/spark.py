"""A server of Spark Connect, asked by the thin client: what goes wrong there is said in words.

https://spark.apache.org/docs/latest/spark-connect-overview.html
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import re
import socket
import threading
import warnings
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.limits import Clock, Limits, Watch, limit_met

if TYPE_CHECKING:
    import pyarrow

SCHEME = "sc://"
_PORT = 15002
_REACHED_SECONDS, _GRACE_SECONDS, _LEFT_SECONDS = 5, 10, 2
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}

_DETAILS = re.compile(r'details = "([^"\n]*)"')
_LOST = re.compile(r"(?<=Reason: )\S[^\n]*")
"""What the client says of a request that broke off, and Spark of a worker that is lost."""


class Spark:
    """The address of a server, `sc://host:port`, with the parameters of its client after `/;`.

    Raises `Refusal` where it is none, where the client is not installed, or nobody answers there.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            self._place = parts.hostname or "", parts.port or _PORT
        except ValueError:
            self._place = "", 0
        if not url.startswith(SCHEME) or not self._place[0] or parts.username or parts.password:
            raise refuse("cluster-address", Where("cybercoop"), value=url)
        self.url = url
        self._taught = set[str]()

    @property
    def shown(self) -> str:
        """The address without its parameters, of which one may be secret."""
        return f"{SCHEME}{self._place[0]}:{self._place[1]}"

    @cached_property
    def session(self) -> Any:
        """A session there, opened when it is asked for."""
        try:
            with warnings.catch_warnings(), _some_home():
                warnings.simplefilter("ignore", FutureWarning)
                from pyspark.sql.connect.client.retries import DefaultPolicy
                from pyspark.sql.connect.session import SparkSession
        except ImportError:
            raise refuse("extra-missing", value="spark") from None
        for name in ("SQLQueryContextLogger", "pyspark.sql.connect.logging", "pyspark.sql.connect.client.logging"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            socket.create_connection(self._place, _REACHED_SECONDS).close()
        except OSError as error:
            reason = error.strerror or str(error)
            raise refuse("endpoint-unreachable", Where(self.shown), value=self.shown, reason=reason) from None
        warnings.filterwarnings("ignore", module="pyspark")  # of what it tries again, a refusal says more
        try:
            made = SparkSession.builder.remote(self.url).create()
            made.client.set_retry_policies([DefaultPolicy(max_retries=4, max_backoff=2000)])
            for name, value in _SETTINGS.items():
                made.conf.set(name, value)
        except Exception as error:  # whatever the client makes of a server that is another
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise refuse("endpoint-unreachable", Where(self.shown), value=self.shown, reason=reason) from None
        atexit.register(_leave, weakref.ref(made.client))
        return made

    def setting(self, name: str) -> str | None:
        """Return a setting of the server; None where it has none of that name."""
        found: str | None = self.session.conf.get(name, None)
        return found

    def table(self, sql: str, given: Mapping[str, Any] | None = None) -> pyarrow.Table:
        """Return the rows of a query, columns by name: in one request, where `session.sql` makes three."""
        from pyspark.sql.connect.functions import lit
        from pyspark.sql.connect.plan import SQL

        client = self.session.client
        words = SQL(sql, named_args={name: lit(value) for name, value in (given or {}).items()})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: pyarrow.Table = client.to_table(words.to_proto(client), {})[0]
        return found

    def teach(self, functions: set[str]) -> None:
        """Give the session functions that its workers compute in Python.

        Their type is no text: the client has texts read by the server that the program asked first, which may be gone.
        """
        from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined,unused-ignore]
        from pyspark.sql.pandas.functions import ArrowUDFType
        from pyspark.sql.types import StringType

        from cybercoop.engines.columns import functions as ours

        for name in functions - self._taught:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if name == "cc_fold":
                    self.session.udf.register(name, ours.folded, StringType())
                else:
                    self.session.udf.register(name, arrow_udf(ours.embedded_rows, StringType(), ArrowUDFType.SCALAR))
            self._taught.add(name)

    @contextlib.contextmanager
    def held(self, limits: Limits, file: str = "query") -> Iterator[Clock]:
        """Hold what is asked inside to its seconds, and say in words what goes wrong there."""
        session, clock = self.session, Clock(limits.seconds)
        done, closing = threading.Event(), threading.Lock()

        def close() -> None:
            with closing:
                if not done.is_set():
                    self.__dict__.pop("session", None)  # first: who is let go by the close asks a session anew
                    self._taught.clear()
                    session.client._channel.close()

        def stop() -> None:
            closer = threading.Timer(_GRACE_SECONDS, close)
            closer.daemon = True
            closer.start()
            with contextlib.suppress(Exception):
                session.interruptAll()

        watch = Watch(clock, stop)
        try:
            yield clock
        except Refusal:
            raise
        except Exception as error:
            raise limit_met("seconds", limits) if watch.late else self._words(error, limits, file) from None
        finally:
            with closing:
                done.set()
            watch.close()

    def _words(self, error: Exception, limits: Limits, file: str) -> Refusal | Exception:
        """Return the refusal for what the client raises; the error itself where it is none of Spark's."""
        from grpc import RpcError
        from pyspark.errors import PySparkException

        said = str(error)
        if isinstance(error, RpcError) or "UNAVAILABLE" in said or "hannel closed" in said or "closed channel" in said:
            return self._broke_off(said)
        if not isinstance(error, PySparkException):
            return error
        if any(sign in said for sign in ("No module named", "ModuleNotFoundError", "PYTHON_VERSION_MISMATCH")):
            return refuse("cluster-without-python", Where(self.shown), value=self.shown)
        if any(sign in said for sign in ("maxResultSize", "OutOfMemory", "OUT_OF_MEMORY", "MemoryError")):
            return limit_met("memory", limits)
        first = said.strip().splitlines()[0] if said.strip() else type(error).__name__
        if "PATH_NOT_FOUND" in first:
            return refuse(
                "file-missing", Where(self.shown), value=first.partition("exist: ")[2].split(" ")[0].rstrip(".")
            )
        if any(
            sign in said for sign in ("Executor heartbeat", "ExecutorLost", "lost executor", "SparkContext was shut")
        ):
            return self._broke_off(said)
        if any(sign in first for sign in ("UNSUPPORTED", "NOT_SUPPORTED", "DATATYPE_MISMATCH")):
            return refuse("not-on-cluster", Where(file), value=first)
        return refuse("query-crashed", Where(file), value=first)

    def _broke_off(self, said: str) -> Refusal:
        """Return the refusal for what the server, or all workers that had the same task, did not live to answer."""
        details = _DETAILS.search(said)
        reason = details[1] if details else said.strip().partition("\n")[0]
        if cause := _LOST.search(said):
            reason = f"{reason.partition(', most recent failure')[0]}: {cause[0]}"
        return refuse("cluster-broke-off", Where(self.shown), value=self.shown, reason=reason)


def _leave(held: weakref.ref[Any]) -> None:
    """End a session with the program: the server would keep it for an hour, and what closes it later waits for ever."""
    from pyspark.sql.connect.proto import ReleaseSessionRequest

    client = held()
    if client is None or client.is_closed:
        return
    asked = ReleaseSessionRequest(session_id=client._session_id, client_type=client._builder.userAgent)
    asked.user_context.user_id = client._user_id or ""
    with contextlib.suppress(Exception):
        client._stub.ReleaseSession(asked, metadata=client._builder.metadata(), timeout=_LEFT_SECONDS)
    with contextlib.suppress(Exception):
        client.close()


@contextlib.contextmanager
def _some_home() -> Iterator[None]:
    """Name a home of Spark while the client is loaded: it looks for one where a program has no file (`python -c`)."""
    known = "SPARK_HOME" in os.environ
    os.environ.setdefault("SPARK_HOME", "")
    try:
        yield
    finally:
        if not known:
            del os.environ["SPARK_HOME"]
