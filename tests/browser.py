"""A tab of a browser for the tests of pages; what it asks of another host, or has to complain of, fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def opened(browser: Any, base: str = "file:", **settings: Any) -> Iterator[Any]:
    """Give an empty tab; where a page asks another host for something, or the console has a word, the test fails."""
    context = browser.new_context(**settings)
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda request: request.url.startswith(base) or heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield page
    context.close()
    assert heard == [], "\n".join(map(str, heard))
