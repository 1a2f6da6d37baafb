"""A tab of a browser for the tests of pages; what it asks of another host, or has to complain of, fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cybercoop.graph import Graph
from cybercoop.interfaces.web.site import Site


@contextmanager
def opened(browser: Any, base: str = "file:", **settings: Any) -> Iterator[Any]:
    """Give an empty tab; where a page asks another host for something, or the console has a word, the test fails."""
    context = browser.new_context(**settings)
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda request: request.url.startswith((base, "blob:")) or heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield page
    context.close()
    assert heard == [], "\n".join(map(str, heard))


def made(graph: Graph) -> Path:
    """Return where the npm part of the pages is; without it, the test is skipped."""
    folder = Site(graph, "").made
    if folder is None:
        pytest.skip("no npm part of the pages: scripts/browser")
    return folder


def faults(page: Any) -> list[str]:
    """Return what axe finds wrong with the page that is shown: each rule with the element."""
    from axe_playwright_python.base import AXE_FILE_PATH

    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations'], preload: location.protocol !== 'file:'})")[
        "violations"
    ]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]
