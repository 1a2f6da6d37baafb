"""The files that pages are shown with: the stylesheet, scripts, the sign; what npm brings, where it is built."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.pages import missing, sent
from cybercoop.interfaces.web.site import ASSETS, Site

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
TYPES["txt"] = "text/plain; charset=utf-8"
NAMES = tuple(sorted(path.name for path in ASSETS.iterdir() if path.suffix[1:] in TYPES))
"""The files, by name: no other is ever read."""


MADE = ("editor.js", "third-party.txt")
"""The files of the npm part that a server sends (`scripts/browser`)."""


def _asset(name: str) -> Callable[[Request], Response]:
    """Return what answers with a file."""
    return lambda request: sent(request, (ASSETS / name).read_bytes(), TYPES[name.rpartition(".")[2]])


def _made(request: Request) -> Response:
    """Answer with a file of the npm part, where it is built."""
    site: Site = request.app.state.site
    name = request.url.path.rpartition("/")[2]
    if site.made is None:
        return missing(request)
    return sent(request, (site.made / name).read_bytes(), TYPES[name.rpartition(".")[2]])


routes = [Route(f"/assets/{name}", _asset(name)) for name in NAMES]
routes += [Route(f"/assets/{name}", _made) for name in MADE]
