"""The wire of one request: its connection, which another thread may cut at any moment."""

from __future__ import annotations

import contextlib
import socket
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any


class Wire:
    """A connection that can be cut; whoever reads from it then meets its end at once."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []
        self._is_cut = False

    def opener(self, *handlers: type[urllib.request.BaseHandler]) -> urllib.request.OpenerDirector:
        """Return what opens requests by this wire."""
        return urllib.request.build_opener(_Plain(self), _Secure(self), *handlers)

    def hold(self, connected: socket.socket) -> None:
        """Keep hold of a connection, whatever is made of it above."""
        self._held.append(connected.dup())
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """Cut the connection, and any that may be made from now on."""
        self._is_cut = True
        while self._held:
            with self._held.pop() as held, contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Held(HTTPConnection):
    """A connection that its wire keeps hold of from the moment it stands."""

    wire: Wire

    def connect(self) -> None:
        super().connect()
        self.wire.hold(self.sock)


class _HeldSecure(HTTPSConnection, _Held):
    """The same with TLS; it is held before the two sides agree on a key."""


def _by(wire: Wire, kind: type[_Held]) -> Callable[..., _Held]:
    def made(*given: Any, **named: Any) -> _Held:
        connection = kind(*given, **named)
        connection.wire = wire
        return connection

    return made


class _Plain(urllib.request.HTTPHandler):
    """Opens addresses that begin with http."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._made = _by(wire, _Held)

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._made, req)


class _Secure(urllib.request.HTTPSHandler):
    """Opens addresses that begin with https."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._made = _by(wire, _HeldSecure)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._made, req)
