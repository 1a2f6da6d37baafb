"""The pages as a folder: every link leads to a file of it, and search works without a server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from cybercoop.export import FORMATS
from cybercoop.graph import Graph
from cybercoop.interfaces.web import explained, folder
from cybercoop.interfaces.web.data import SUFFIXES
from cybercoop.interfaces.web.site import Site, thing_of
from cybercoop.problems.problem import LANGUAGES
from tests.browser import opened
from tests.test_web import Page

PATHS = (
    "",
    "about",
    "ask/",
    "ask/treaty-status",
    "ask/project-countries",
    "search",
    "ns",
    "theme/",
    "country/PS",
    "project/cybersouth-plus",
)


@pytest.fixture(scope="module")
def out(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Some pages in a folder, with all that stands in no language but the whole graph."""
    where = tmp_path_factory.mktemp("site")
    folder._site = Site(graph, "", static=True)
    folder._written(where, list(PATHS))
    for name, content in folder._alone(folder._site):
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(content)
    yield where
    folder._site = None


def test_every_link_leads_to_a_file_of_the_folder(graph: Graph, out: Path) -> None:
    """From each page, in each language, links are relative and lead to a file that a whole site has."""
    site = Site(graph, "", static=True)
    paths = list(folder.pages(site))
    files = {f"{lang}/{site.page_file(path)}" for path in paths for lang in LANGUAGES}
    files |= {f"data/{path}.{suffix}" for path in paths for suffix in SUFFIXES}
    files |= {f"data/cybercoop.{form.extension}" for form in FORMATS.values()}
    files |= {path.relative_to(out).as_posix() for path in out.rglob("*.*")}
    for path in out.rglob("*.html"):
        here = f"site:///{path.relative_to(out).as_posix()}".replace("site:", "http://site")
        page = Page(path.read_text("utf-8"))
        assert not [cell for cell in page.cells if not cell.strip()], path
        for link in page.links:
            whole = urlsplit(urljoin(here.replace("http://site///", "http://site/"), link))
            if whole.netloc == "site":
                assert unquote(whole.path[1:]) in files, f"{path}: {link}"
                assert not whole.query, f"{path}: {link}"


def test_many_things_are_asked_about_at_once(graph: Graph) -> None:
    """What pages show of things that were asked about together is what they show of each alone; none is asked again."""
    alone, together = Site(graph, ""), Site(graph, "")
    for name, sections in explained.SECTIONS.items():
        things = [thing_of(row) for row in graph.things(name).rows][:9]
        explained.ask_ahead(together, name, things)
        known = {question for question, _ in together._ahead}
        assert known == {question for question, _ in sections} - {"parties-over-time"}, "it counts over years"
        assert len(together._ahead) >= len(known) * len(things), "nothing is an answer, too"
        for question, parameter in sections:
            for lang, thing in product(LANGUAGES, things):
                one, other = (site.query(question, lang, {parameter: [thing]}) for site in (alone, together))
                assert (one.rows, one.sources, one.about) == (other.rows, other.sources, other.about)
                assert one.notices() == other.notices()


def test_the_same_page_is_served(graph: Graph, out: Path) -> None:
    """A page of the folder says what the page of the server says."""
    written = Page((out / "ar" / "country" / "PS.html").read_text("utf-8"))
    served = Page(folder.maker("country/PS")(Site(graph, "http://testserver/"), "ar", "ar/country/PS"))
    assert written.cells == served.cells


@pytest.mark.parametrize(
    ("lang", "text", "path"),
    [
        ("ar", "اتفاقيه بودابست", "instrument/ets-185.html"),
        ("en", "budapest convention", "instrument/ets-185.html"),
        ("fr", "TUNISIE", "country/TN.html"),
        ("en", "palestine", "country/PS.html"),
        ("en", "training judges tunis", "activity/2018-11-12-tunis-introductory-judicial-course.html"),
    ],
)
def test_search_works_without_a_server(browser: Any, out: Path, lang: str, text: str, path: str) -> None:
    """A browser that opens the file finds a thing by its names, however they are spelt."""
    with opened(browser) as page:
        page.goto(f"{(out / lang / 'search.html').as_uri()}?q={text}")
        assert page.locator("#found a").first.get_attribute("href") == path
        page.goto(f"{(out / lang / 'search.html').as_uri()}?q=<img src=x>qqq")
        assert page.locator("#found a").count() == 0
        assert page.locator("#nothing").is_visible()
