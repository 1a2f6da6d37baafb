"""A server that speaks HTTP: one request at a time, a log-in from the environment, a time limit, plain words."""

from __future__ import annotations

import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse

from cybercoop.problems import Refusal, Where, refuse, visible

USER, PASSWORD, SECONDS = "CYBERCOOP_ENDPOINT_USER", "CYBERCOOP_ENDPOINT_PASSWORD", "CYBERCOOP_ENDPOINT_SECONDS"
"""The variables of the environment that hold a log-in, and how long one request may take."""

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
        self._opener = urllib.request.build_opener(_Stay)
        self._login = _Login(os.environ.get(USER, ""), os.environ.get(PASSWORD, ""))

    def send(self, request: urllib.request.Request) -> Reply:
        """Return the reply to a request; what is not there (404) gives an empty one.

        Raises `Refusal` when the server cannot be reached, takes too long, wants another log-in, or says no.
        """
        try:
            return self._send(request)
        except urllib.error.HTTPError as error:
            if error.code == 401 and self._login.learn(error.headers):
                error.close()
                return self.send(request)
            if error.code == 404 and request.get_method() in ("GET", "DELETE"):
                error.close()
                return Reply(b"", error.headers, error.code)
            raise self._said_no(error) from None

    def _send(self, request: urllib.request.Request) -> Reply:
        limit = _seconds()
        end = time.monotonic() + limit
        self._login.sign(request)
        try:
            with self._opener.open(request, timeout=limit) as response:
                return Reply(self._read(response, end, limit), response.headers, response.status)
        except urllib.error.HTTPError:
            raise
        except TimeoutError:
            raise self._slow(limit) from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._slow(limit) from None
            reason = getattr(error.reason, "strerror", None) or str(error.reason)
            raise refuse("endpoint-unreachable", Where(self.url), value=self.url, reason=reason) from None
        except (HTTPException, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise refuse("endpoint-unreachable", Where(self.url), value=self.url, reason=reason) from None

    def _read(self, response: HTTPResponse, end: float, limit: float) -> bytes:
        """Return the body; a server that keeps sending a little at a time is held to the limit as well."""
        pieces: list[bytes] = []
        while piece := response.read1(_PIECE):
            pieces.append(piece)
            if time.monotonic() > end:
                raise self._slow(limit)
        return b"".join(pieces)

    def _slow(self, limit: float) -> Refusal:
        return refuse("endpoint-slow", Where(self.url), value=self.url, seconds=f"{limit:g}", variable=SECONDS)

    def _said_no(self, error: urllib.error.HTTPError) -> Refusal:
        with error:
            text = _first_words(error.read(_PIECE), error.headers)
        if error.code in (401, 403):
            status = str(error.code)
            return refuse(
                "endpoint-login", Where(self.url), value=self.url, status=status, user=USER, password=PASSWORD
            )
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
