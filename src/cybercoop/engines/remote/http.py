"""A server that speaks HTTP: one request at a time, which another thread may cut; a log-in, a limit, plain words."""

from __future__ import annotations

import contextlib
import copy
import os
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Self

from cybercoop.problems.problem import Refusal, Where, refuse, visible
from cybercoop.sparql.limits import Clock, Watch


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


USER, PASSWORD, SECONDS = "CYBERCOOP_ENDPOINT_USER", "CYBERCOOP_ENDPOINT_PASSWORD", "CYBERCOOP_ENDPOINT_SECONDS"
"""The variables of the environment that hold a log-in, and how long one request may take."""

_BUSY = (429, 503)
_STOPPED = re.compile(rb"Virtuoso S1T(AT|00) Error")
"""What Virtuoso says of a query that its limit of time has ended, perhaps in the middle of rows."""

_TRIES = 2
"""How often a request is sent again with a log-in: when it is asked for, and when that has become stale."""

_SECONDS = 60.0
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent back."""

    body: bytes
    headers: Message
    status: int

    @property
    def form(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get_content_type()


@dataclass(frozen=True, slots=True)
class Arriving:
    """A reply of which only the head is there; `read` gives the next piece of its body, nothing at its end."""

    read: Callable[[], bytes]
    headers: Message
    status: int

    @property
    def form(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get_content_type()


class Remote:
    """A server at an address; it is told the log-in only when it asks for one, and never sent on to another."""

    def __init__(self, url: str) -> None:
        """Raise `Refusal` for what is no address of a server, or holds a password."""
        try:
            parts = urllib.parse.urlsplit(url)
            holds_login = "@" in parts.netloc
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            holds_login, usable = "@" in url, False
        if holds_login:
            raise refuse("endpoint-login-in-address", value=url.rpartition("@")[2], user=USER, password=PASSWORD)
        if not usable:
            raise refuse("endpoint-address", value=url)
        self.url = url
        self._clock: Clock | None = None
        self._login = _Login(os.environ.get(USER, ""), os.environ.get(PASSWORD, ""))

    def within(self, clock: Clock) -> Self:
        """Return the same server, all requests to which together have the seconds of a clock."""
        held = copy.copy(self)
        held._clock = clock
        return held

    def send(self, request: urllib.request.Request) -> Reply:
        """Return the reply to a request; what is not there (404) gives an empty one.

        Raises `Refusal` when the server cannot be reached, takes too long, wants another log-in, or says no.
        """
        with self.receive(request) as reply:
            return Reply(b"".join(iter(reply.read, b"")), reply.headers, reply.status)

    @contextlib.contextmanager
    def receive(self, request: urllib.request.Request) -> Iterator[Arriving]:
        """Give the reply to a request while it arrives; the connection is cut with the block, or when time is over.

        Raises `Refusal` as `send` does, also while the body is read.
        """
        clock = self._clock or Clock(_seconds())
        wire = Wire()
        watch = Watch(clock, wire.cut)
        try:
            with self._opened(request, wire, watch) as response:
                if isinstance(response, HTTPResponse):
                    yield Arriving(lambda: self._piece(response, watch), response.headers, response.status)
                else:
                    yield Arriving(bytes, response.headers, response.code)
        finally:
            watch.close()
            wire.cut()

    def _opened(
        self, request: urllib.request.Request, wire: Wire, watch: Watch, tries: int = _TRIES
    ) -> HTTPResponse | urllib.error.HTTPError:
        """Return the reply whose head has come, after a log-in where the server asks for one, and once for another."""
        self._login.sign(request)
        try:
            with self._in_words(watch):
                response: HTTPResponse = wire.opener(_Stay).open(request, timeout=max(watch.clock.left(), 0.01))
                return response
        except urllib.error.HTTPError as error:
            if error.code == 401 and tries and self._login.learn(error.headers):
                error.close()
                return self._opened(request, wire, watch, tries - 1)
            if error.code == 404 and request.get_method() in ("GET", "DELETE"):
                return error
            raise self._said_no(error) from None

    def _piece(self, response: HTTPResponse, watch: Watch) -> bytes:
        """Return the next piece of a body; a body that ends before its length is no body."""
        with self._in_words(watch):
            piece = response.read1(_PIECE)
            if not piece and (watch.late or response.length):
                raise HTTPException
            return piece

    @contextlib.contextmanager
    def _in_words(self, watch: Watch) -> Iterator[None]:
        """Say as a `Refusal` what goes wrong on the way to a server."""
        try:
            yield
        except urllib.error.HTTPError:
            raise
        except (HTTPException, OSError) as error:
            cause = error.reason if isinstance(error, urllib.error.URLError) else error
            if watch.late or isinstance(cause, TimeoutError):
                raise self._slow(watch.clock.seconds) from None
            if isinstance(error, HTTPException):
                raise refuse("endpoint-broke-off", Where(self.url), value=self.url) from None
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            raise refuse("endpoint-unreachable", Where(self.url), value=self.url, reason=reason) from None

    def _slow(self, limit: float) -> Refusal:
        return refuse("endpoint-slow", Where(self.url), value=self.url, seconds=f"{limit:g}", variable=SECONDS)

    def _said_no(self, error: urllib.error.HTTPError) -> Refusal:
        body = b""
        with error, contextlib.suppress(HTTPException, OSError):
            body = error.read1(_PIECE)
        text = _first_words(body, error.headers)
        if error.code in (401, 403):
            status = str(error.code)
            return refuse(
                "endpoint-login", Where(self.url), value=self.url, status=status, user=USER, password=PASSWORD
            )
        if error.code in _BUSY:
            wait = visible(error.headers.get("Retry-After") or "–")
            return refuse("endpoint-busy", Where(self.url), value=self.url, status=str(error.code), wait=wait)
        if _STOPPED.search(body):
            return refuse("endpoint-interrupted", Where(self.url), value=self.url)
        reason = f"{error.code} {text or error.headers.get('Location') or error.reason}"
        return refuse("endpoint-refused", Where(self.url), value=self.url, reason=reason)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: a query, and a log-in with it, goes where it was sent or nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Login:
    """A name and a password, said as the server asked for them: Basic or Digest."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._digest: dict[str, str] | None = None
        self._basic = False
        self._passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        self._handler = urllib.request.HTTPDigestAuthHandler(self._passwords)

    @property
    def _known(self) -> bool:
        return self._basic or self._digest is not None

    def learn(self, headers: Message) -> bool:
        """Take in what a refusal asks for; return whether a second try makes sense."""
        asked = ", ".join(headers.get_all("WWW-Authenticate", []))
        if not self._user or not asked or (self._known and "stale=true" not in asked.lower().replace(chr(34), "")):
            return False
        if match := re.search(r"\bdigest\s+(.*)", asked, re.IGNORECASE):
            wanted = urllib.request.parse_http_list(match.group(1))
            self._digest = urllib.request.parse_keqv_list([part for part in wanted if "=" in part])
        else:
            self._basic = bool(re.search(r"\bbasic\b", asked, re.IGNORECASE))
        return self._known

    def sign(self, request: urllib.request.Request) -> None:
        """Add the log-in to a request where the server has asked for it."""
        if self._basic:
            import base64

            pair = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {pair}")
        elif self._digest is not None:
            self._passwords.add_password(None, request.full_url, self._user, self._password)
            with contextlib.suppress(ValueError, OSError):  # a way of counting that is not known here
                if answer := self._handler.get_authorization(request, self._digest):
                    request.add_unredirected_header("Authorization", f"Digest {answer}")


def _seconds() -> float:
    """Return how long one request may take."""
    text = os.environ.get(SECONDS, "")
    try:
        return float(text) if text and 0 < float(text) < 86400 else _SECONDS
    except ValueError:
        return _SECONDS


def _first_words(body: bytes, headers: Message) -> str:
    """Return the first line of text in what a server says beside its refusal; a page of HTML says nothing."""
    if headers.get_content_subtype() in ("html", "xhtml+xml"):
        return ""
    return visible(next((line.strip() for line in body.decode("utf-8", "replace").splitlines() if line.strip()), ""))
