"""The application: every route of the pages behind one server (ASGI 3.0), with its limits and its headers.

To add a page, write a module in this folder with a list `routes` of Starlette routes, and name it in `ROUTES`. An
endpoint finds the graph of each language in `request.app.state.site.graphs`, answers a page with `pages.answered`, any
other body with `pages.sent`, and a `Refusal` with `pages.refused`. Endpoints that work for long are plain functions,
which run in threads; a query of a stranger runs in a worker process (`graph.sparql`, `graph.write`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cybercoop.graph import Graph
from cybercoop.interfaces.web import (
    api,
    ask,
    contribute,
    data,
    editor,
    embed,
    feed,
    pages,
    reconcile,
    report,
    sparql,
    terms,
    things,
)
from cybercoop.interfaces.web.kept import Kept, Shelf
from cybercoop.interfaces.web.pages import POLICY, on_error, on_http
from cybercoop.interfaces.web.site import Site
from cybercoop.interfaces.web.sparql import LIMITS, Desk
from cybercoop.sparql.limits import Limits

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What goes with every answer, unless a page says otherwise."""


async def health(request: Request) -> Response:
    """Answer that the server runs."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


def ready(request: Request) -> Response:
    """Answer with the edition, once the graph can be asked."""
    site: Site = request.app.state.site
    found = len(site.graphs["en"].things("Treaty"))
    return PlainTextResponse(f"ready {site.edition}\n", 200 if found else 503, {"Cache-Control": "no-store"})


own: list[BaseRoute] = [Route("/healthz", health), Route("/readyz", ready)]
_MODULES = (pages, feed, data, ask, terms, contribute, report, embed, sparql, editor, api, reconcile, things)
ROUTES: list[list[BaseRoute]] = [own, *(list(module.routes) for module in _MODULES), list(things.last)]
"""The routes of every module, in the order in which they are tried."""


class Guard:
    """Sends the headers that every answer has, and takes the path of the base away where a proxy leaves it."""

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI 3.0)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.prefix and scope["path"] == self.prefix:
            await RedirectResponse(f"{self.prefix.rpartition('/')[2]}/", 301)(scope, receive, send)
            return
        if self.prefix and scope["path"].startswith(f"{self.prefix}/"):
            raw = scope.get("raw_path") or scope["path"].encode()
            raw = raw.removeprefix(self.prefix.encode())
            scope = {**scope, "path": scope["path"].removeprefix(self.prefix), "raw_path": raw}

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {
                    **message,
                    "headers": [*message["headers"], *(each for each in more if each[0] not in known)],
                }
            await send(message)

        await self.app(scope, receive, headed)


def made(
    graph: Graph, base: str = "http://127.0.0.1:8000/", limits: Limits = LIMITS, *, ahead: bool = False
) -> Starlette:
    """Return the application over a graph; `base` is the address that the world knows it by, ending in `/`.

    `limits` are those of one query of a reader. With `ahead`, pages that `interfaces/web/ahead.py` made are taken.
    """
    site = Site(graph, base)
    prefix = "/" + base.partition("://")[2].partition("/")[2].strip("/")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        assert site.edition and site.cards  # read before the first reader comes
        yield

    app = Starlette(
        routes=[route for routes in ROUTES for route in routes],
        lifespan=lifespan,
        middleware=[Middleware(Guard, prefix=prefix if prefix != "/" else ""), Middleware(GZipMiddleware, 1024)],
        exception_handlers={HTTPException: on_http, 500: on_error},
    )
    app.router.redirect_slashes = False
    app.state.site = site
    app.state.kept = Kept(shelf=Shelf.of(site) if ahead else None)
    app.state.desk = Desk(limits)
    return app
