"""The files that pages are shown with: the stylesheet, the script, the sign."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.pages import sent
from cybercoop.interfaces.web.site import ASSETS

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
NAMES = tuple(sorted(path.name for path in ASSETS.iterdir() if path.suffix[1:] in TYPES))
"""The files, by name: no other is ever read."""


def _asset(name: str) -> Callable[[Request], Response]:
    """Return what answers with a file."""
    return lambda request: sent(request, (ASSETS / name).read_bytes(), TYPES[name.rpartition(".")[2]])


routes = [Route(f"/assets/{name}", _asset(name)) for name in NAMES]
