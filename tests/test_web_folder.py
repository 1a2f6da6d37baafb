"""The pages as a folder: every link leads to a file of it, and search works without a server."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urljoin, urlsplit

import pytest

from cybercoop.export import ABOUT, FORMATS
from cybercoop.graph import Graph
from cybercoop.interfaces.web import explained, folder, report, things
from cybercoop.interfaces.web.site import SUFFIXES, Site, thing_of
from cybercoop.problems.problem import LANGUAGES, sentence
from cybercoop.terms import names
from tests.browser import faults, made, opened
from tests.conftest import ROOT
from tests.test_web import Page

_TICKS = 10
"""Hundredths of a second that a new process is let work: its handler of signals is there, and its modules are not."""

PATHS = (
    "",
    "about",
    "ask/",
    "ask/treaty-status",
    "ask/project-countries",
    "search",
    "sparql",
    "ns",
    "theme/",
    "country/PS",
    "project/cybersouth-plus",
    "position/ets-189-mt-in-force",
    "citation/cs-summary--project-cybersouth--countries-objective-and-results",
)


@pytest.fixture(scope="module")
def out(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Some pages in a folder, with all that stands in no language."""
    where = tmp_path_factory.mktemp("site")
    folder._site = Site(graph, "", static=True)
    folder._written(where, [path for path in PATHS if path != "sparql" or folder._site.made])
    folder._gathered(where)
    whole = [folder._exported(where, form) for form in FORMATS]
    for name, content in (*folder._alone(folder._site), *folder._described(graph, whole)):
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
    files |= {path.relative_to(out).as_posix() for path in out.rglob("*.*")}
    for path in out.rglob("*.html"):
        here = f"site:///{path.relative_to(out).as_posix()}".replace("site:", "http://site")
        page = Page(path.read_text("utf-8"))
        assert not [cell for cell in page.cells if not cell.strip()], path
        for link in page.links:
            assert not link.startswith("/"), f"{path}: {link} leads out of a folder below a host"
            whole = urlsplit(urljoin(here.replace("http://site///", "http://site/"), link))
            if whole.netloc == "site":
                assert unquote(whole.path[1:]) in files, f"{path}: {link}"
                assert not whole.query or whole.path.endswith("/sparql.html"), f"{path}: {link}"


def test_a_former_address_leads_on(graph: Graph, out: Path) -> None:
    """At each former address stands a page, in each language, that leads to the present one."""
    site = Site(graph, "", static=True)
    every = set(folder.pages(site))
    assert site.former
    for old, now in site.former.items():
        assert names.short(now) in every
        for lang in LANGUAGES:
            here = f"{lang}/{names.short(old)}.html"
            text = (out / here).read_text("utf-8")
            [away] = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', text)
            assert urljoin(f"http://site/{here}", away) == f"http://site/{lang}/{names.short(now)}.html"
            assert names.short(old) in text


def test_the_data_set_is_described(out: Path) -> None:
    """VoID and DCAT stand where the server has them, with the size and digest of the files that lie beside them."""
    told = (out / ".well-known/void").read_bytes()
    assert told == (out / "data/dcat.ttl").read_bytes()
    for form in FORMATS.values():
        content = (out / f"data/cybercoop.{form.extension}").read_bytes()
        assert hashlib.sha256(content).hexdigest().encode() in told
    assert all((out / f"data/{name}.{extension}").is_file() for name, (_, extension, _) in ABOUT.items())
    assert "@context" in json.loads((out / "context.jsonld").read_bytes())


def test_the_names_for_the_search_stand_in_one_order(out: Path) -> None:
    """The shortest name of a thing stands first, and those of one length A to Z: the same bytes on every run."""
    text = (out / "assets/names.js").read_text("utf-8")
    for _, _, _, alike, _ in json.loads(text.removeprefix("window.cybercoopNames = ").removesuffix(";\n")):
        assert alike == sorted(alike, key=lambda name: (len(name), name))


def test_reports_stand_for_the_years_that_have_something(graph: Graph, out: Path) -> None:
    """A project and a country have a report of each year in which an activity was, the same as the server's."""
    served = Site(graph, "http://testserver/")
    for path in ("project/cybersouth-plus", "country/PS"):
        years = report.years_of(served, path)
        found = sorted(file.stem for file in (out / "fr" / path).iterdir())
        assert found == ["report", *(f"report-{year}" for year in years)]
        assert len(years) > 1
        for year in ("", years[-1]):
            here = f"fr/{report.path_of(path, year)}"
            written = Page((out / f"{here}.html").read_text("utf-8"))
            assert written.cells == Page(report.page(served, "fr", here, path, year)).cells
    without = things.page(folder._site or served, "en", "en/country/AQ", "country/AQ")
    assert "report" not in without, "nothing is dated there"


def test_many_things_are_asked_about_at_once(graph: Graph) -> None:
    """What pages show of things that were asked about together is what they show of each alone; none is asked again."""
    alone, together = Site(graph, ""), Site(graph, "")
    for name, sections in explained.SECTIONS.items():
        some = [thing_of(row) for row in graph.things(name).rows][:9]
        explained.ask_ahead(together, name, some)
        known = {question for question, _ in together._ahead}
        assert known == {question for question, _ in sections} - {"parties-over-time", "project-activities"}, (
            "they count, and look for the first"
        )
        assert len(together._ahead) >= len(known) * len(some), "nothing is an answer, too"
        for question, parameter in sections:
            for lang, thing in product(LANGUAGES, some):
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
        assert page.locator("#more").is_hidden()
        page.goto(f"{(out / lang / 'search.html').as_uri()}?q=a")
        left_out = page.evaluate("document.getElementById('more').textContent.match(/\\d+/)[0]")
        assert page.locator("#more").is_visible()
        assert page.locator("#found li").count() == 200
        assert int(left_out) > 0


@pytest.fixture
def host(out: Path) -> Iterator[str]:
    """The folder at a port of this machine."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=out)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


COUNTED = "SELECT ?kind (COUNT(*) AS ?n) { ?a coop:activityKind ?kind } GROUP BY ?kind ORDER BY ?n ?kind"
QUERIES = (
    COUNTED,
    "SELECT ?g ?o { GRAPH ?g { country:MA skos:prefLabel ?o } } ORDER BY ?g ?o",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "ASK { country:MA a coop:Country }",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("opening", ["host", "file"])
def test_a_query_is_answered_in_the_browser(
    graph: Graph, browser: Any, out: Path, host: str, lang: str, opening: str
) -> None:
    """From a host and from the folder itself: the rows of the endpoint, names, a chart, files; nothing goes out."""
    made(graph)
    base = host if opening == "host" else out.as_uri()
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}/{lang}/sparql.html")
        for query in QUERIES:
            page.goto(f"{base}/{lang}/sparql.html?{urlencode({'query': query})}")
            page.locator(".answer td").first.wait_for(timeout=60_000)
            page.locator("[name=iris]").check()
            page.locator("#status:empty").wait_for(state="attached")
            rows = [row.split("\t") for row in page.locator(".answer tbody tr").all_inner_texts()]
            shown = [[text.strip() for text in " ".join(row).split("\n") if text.strip()] for row in rows]
            answer = graph.sparql(query)
            expected = [[names.short(term.value) if term else "" for term in row] for row in answer.rows]
            if query.startswith("ASK"):
                expected = [[sentence("web-yes", lang)]]
            assert shown == expected, query
        page.goto(f"{base}/{lang}/sparql.html?{urlencode({'query': COUNTED})}")
        page.locator(".bars li").first.wait_for(timeout=60_000)
        name = graph.sparql(COUNTED).labels.get(names.SCHEME + "activity-kind/workshop", lang)
        assert name in page.locator(".bars").inner_text()
        with page.expect_download() as taken:
            page.locator("#files button", has_text="CSV").click()
        whole, _ = graph.whole(COUNTED, lambda _: "csv")[::-1]
        assert Path(taken.value.path()).read_text("utf-8").splitlines() == whole.splitlines()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert parse_qs(urlsplit(page.url).query) == {"query": [COUNTED]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_query_in_the_browser_has_an_end(graph: Graph, browser: Any, out: Path, lang: str) -> None:
    """What lasts is stopped, what cannot be read is marked, SERVICE and updates reach nothing; then it goes on."""
    made(graph)
    base = out.as_uri()
    with opened(browser, base) as page:
        page.goto(f"{base}/{lang}/sparql.html")
        page.evaluate("document.querySelector('.editor').dataset.seconds = '2'")
        for query, mark in (
            ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", False),
            ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", False),
            ("CLEAR ALL", True),
            ("SELECT ?x WHERE { ?x a }", True),
        ):
            page.locator(".cm-content").click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(query)
            page.keyboard.press("Control+Enter")
            page.locator("#wrong:visible").wait_for(timeout=60_000)
            assert page.locator("#wrong .message").inner_text()
            assert page.locator(".cm-lintRange-error, .cm-lintPoint-error").count() == mark, query
            page.evaluate("document.querySelector('#wrong').hidden = true")
        page.evaluate("document.querySelector('.editor').dataset.seconds = '15'")
        page.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("ASK {}")
        page.keyboard.press("Control+Enter")
        page.locator(".answer td").wait_for(timeout=60_000)


_NO_WORKER = "delete window.Worker"
_NO_WEBASSEMBLY = """Object.defineProperty(window, 'cybercoopEngine', {
  get() { return this.engine; },
  set(engine) { this.engine = { ...engine, worker: 'WebAssembly = undefined;' + engine.worker }; },
})"""


@pytest.mark.parametrize(("lang", "lacking"), [("en", _NO_WORKER), ("fr", _NO_WEBASSEMBLY), ("ar", _NO_WEBASSEMBLY)])
def test_a_browser_that_cannot_is_told_so(graph: Graph, browser: Any, out: Path, lang: str, lacking: str) -> None:
    """Where a browser has no worker or no WebAssembly, the page says in words what to do instead."""
    made(graph)
    with opened(browser, out.as_uri()) as page:
        page.add_init_script(lacking)
        page.goto(f"{out.as_uri()}/{lang}/sparql.html")
        page.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        page.locator("#wrong:visible").wait_for(timeout=60_000)
        assert page.locator("#wrong .message").inner_text() == sentence("web-sparql-failed", lang)
        assert page.locator("#status").inner_text() == ""


def test_only_the_page_of_queries_may_run_webassembly(graph: Graph, out: Path) -> None:
    """Its policy permits files of the folder, a worker that it made, and WebAssembly, and no address to ask."""
    made(graph)
    for path in out.rglob("*.html"):
        text = path.read_text("utf-8")
        assert ("wasm-unsafe-eval" in text) is (path.name == "sparql.html")
    policy = (out / "en" / "sparql.html").read_text("utf-8").partition('content="default-src')[2].partition('"')[0]
    assert "connect-src" not in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert policy.startswith(" 'none';")


def _has_worked(process: str) -> bool:
    """Whether a process that writes pages has had some time of a processor: its modules are being read."""
    folder_ = Path("/proc", process)
    if b"spawn_main" not in (folder_ / "cmdline").read_bytes():
        return False
    return sum(map(int, (folder_ / "stat").read_text().rpartition(")")[2].split()[11:13])) >= _TICKS


def test_ctrl_c_ends_the_work_without_a_word(tmp_path: Path) -> None:
    """Ctrl-C, while the processes that write are just beginning, ends all of them without a traceback."""
    command = [sys.executable, "-m", "cybercoop", "site", "build", "-o", str(tmp_path / "site")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        begun = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not begun.exists():
            process.kill()
            pytest.skip("this system does not say which processes a process began: /proc is needed")
        while process.poll() is None and not any(map(_has_worked, begun.read_text().split())):
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 130
    assert said == ""
