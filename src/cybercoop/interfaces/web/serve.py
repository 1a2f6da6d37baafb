"""Serve the pages: an address of this machine, as many processes as are asked for, an orderly stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from cybercoop.graph import open as open_graph
from cybercoop.interfaces.web.ahead import making
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.kept import Shelf
from cybercoop.interfaces.web.site import Site, web
from cybercoop.interfaces.web.sparql import LIMITS
from cybercoop.problems.problem import refuse
from cybercoop.sparql.limits import MOST_SECONDS

COMES_SECONDS = 20.0
"""How long the head of a request may take to arrive, from its first byte or the opening of the connection."""

READS_SECONDS = 20.0
"""How long a reader may take no byte of an answer."""


class Connection(H11Protocol):
    """HTTP/1.1 with clocks (RFC 9112, 9.5): uvicorn has one for what comes between two requests only."""

    _coming: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection, which is to bring a request soon."""
        super().connection_made(transport)
        self._await()

    def data_received(self, data: bytes) -> None:
        """Take some bytes: of a request whose clock runs until its head is whole."""
        if self._coming is None and self._is_idle():
            self._await()
        super().data_received(data)
        if not self._is_idle():
            self._stop()

    def pause_writing(self) -> None:
        """Hold back an answer that is not read as fast as it is made, and watch that it is read at all."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Write on."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with a connection."""
        self._stop()
        super().connection_lost(exc)
        if self._reading is not None:
            self._reading.cancel()

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await(self) -> None:
        self._coming = self.loop.call_later(COMES_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None

    def _watch(self, before: int) -> None:
        self._reading = self.loop.call_later(READS_SECONDS, self._look, before)

    def _look(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._watch(left)
        else:
            self.transport.abort()


_BASE, _SECONDS = "CYBERCOOP_WEB_BASE", "CYBERCOOP_WEB_QUERY_SECONDS"
_WAITING = 2048
_STOP_SECONDS = 5
"""How long what is under way may take to end, beside the queries of readers."""

_TURN_SECONDS = 0.001
"""How long one thread computes while others wait: a page waits less for what is computed beside it."""


def application() -> Starlette:
    """Return the application, as each process makes its own."""
    sys.setswitchinterval(_TURN_SECONDS)
    gc.enable()  # which a command that ends soon does without
    graph = open_graph()
    graph.workspace.stored.hold()
    return made(graph, os.environ[_BASE], LIMITS._replace(seconds=float(os.environ[_SECONDS])), ahead=True)


def serve(host: str, port: int, workers: int, base: str, seconds: float, say: Callable[[str], None]) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM), which ends what is under way first.

    `base` is the address that the world knows the pages by, where that is another; a query of a reader may take so many
    `seconds`; `say` is told the address. Port 0 is any that is free. Raises `Refusal` where the address cannot be
    taken, and for a base that is no address.
    """
    if base and (not web(base) or "?" in base or "#" in base):
        raise refuse("base-address", value=base)
    listening = _socket(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    os.environ[_BASE] = base.rstrip("/") + "/" if base else address
    os.environ[_SECONDS] = str(seconds)
    config = uvicorn.Config(
        "cybercoop.interfaces.web.serve:application",
        factory=True,
        http=Connection,
        ws="none",
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_WAITING,
        timeout_graceful_shutdown=_STOP_SECONDS + int(min(seconds, MOST_SECONDS)),
    )
    shelf = Shelf.of(Site(open_graph(), address))
    say(address)
    with contextlib.suppress(KeyboardInterrupt), making(shelf):
        if workers > 1:
            Multiprocess(config, sockets=[listening]).run()
        else:
            uvicorn.Server(config).run(sockets=[listening])


def _socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises `Refusal` where the address is taken, or is none of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address[0], port, *address[2:]))  # the port as it was given: getaddrinfo takes it modulo 65,536
        found.listen(_WAITING)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse("cannot-serve", value=f"{host}:{port}", reason=reason) from None
    found.set_inheritable(True)
    return found
