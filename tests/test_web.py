"""The pages: every kind of thing in three languages, whole without any script, and nothing else than what was asked."""

from __future__ import annotations

import csv
import gzip
import http.client
import io
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from cybercoop.ask.answer import FORMATS
from cybercoop.documents.csv import plain
from cybercoop.graph import Graph
from cybercoop.interfaces.web import ask
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.cards import apart
from cybercoop.interfaces.web.site import LISTED, Site, class_of
from cybercoop.problems.problem import LANGUAGES, catalogue
from cybercoop.terms import names

ROOT = Path(__file__).parent.parent
WEB = ROOT / "src" / "cybercoop" / "interfaces" / "web"
BASE = "http://testserver/"
_VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Element(NamedTuple):
    """An element with its attributes, and the direction and language that it stands in."""

    tag: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """What a page holds: its elements in order, links, ids, and the texts of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.cells: list[str] = []
        self.unclosed: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes))
        self.links += [attributes[name] for name in ("href", "src", "action") if name in attributes]
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.cells += [""] if tag in ("td", "dd", "th") else []
        if tag not in _VOID:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        if {"td", "dd", "th"} & set(self.unclosed):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


def read(web: TestClient, path: str, status: int = 200) -> Page:
    """Return a page that is well formed, in its language, whole, and under the policy of all pages."""
    answer = web.get(path)
    assert answer.status_code == status, path
    page = Page(answer.text)
    assert not page.unclosed
    lang = path.strip("/")[:2]
    assert page.elements[0].attributes == {"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"}, path
    assert not [cell for cell in page.cells if not cell.strip()], f"{path}: an empty cell"
    assert len(page.ids) == len(set(page.ids)), f"{path}: an id stands twice"
    assert [element.tag for element in page.elements].count("h1") == 1
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    for tag, attributes in page.elements:
        assert tag != "style", path
        assert not [name for name in attributes if name == "style" or name.startswith("on")], path
        assert tag != "script" or attributes.get("type", "").endswith("json") or "src" in attributes
        target = attributes.get("popovertarget")
        assert target is None or target in page.ids, f"{path}: {target} is no note"
    return page


SOME = 1 if os.environ.get("PAGES") == "all" else 29
"""Of how many things one is tried where all would take minutes."""


def every(graph: Graph) -> list[str]:
    """Return the path of every thing that has a page of its own."""
    return [names.short(str(row[0])[1:-1]) for kind in LISTED for row in graph.things(class_of(kind)).rows]


def test_every_thing_has_a_page(graph: Graph, web: TestClient) -> None:
    """Each thing has its page, here one in 29, or all by `PAGES=all`; the languages take turns."""
    for number, path in enumerate(every(graph)[::SOME]):
        page = read(web, f"/{LANGUAGES[number % 3]}/{path}")
        assert len(page.links) > 10


def one_of_each(graph: Graph) -> list[str]:
    """Return the path of the first thing of every kind, and those that hold the most."""
    found = [names.short(str(graph.things(class_of(kind)).rows[0][0])[1:-1]) for kind in LISTED]
    return [*found, "country/MA", "country/PS", "instrument/ets-185", "project/cybersouth-plus", "theme/dark-web"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_page_in_every_language(graph: Graph, web: TestClient, lang: str) -> None:
    """Every kind of thing has a page, and every link and anchor on it leads somewhere."""
    paths = [f"/{lang}/", f"/{lang}/about", f"/{lang}/ask/", f"/{lang}/search?q=budapest"]
    paths += [f"/{lang}/ns", *(f"/{lang}/{kind}/" for kind in LISTED)]
    paths += [f"/{lang}/{path}" for path in one_of_each(graph)]
    known: dict[str, set[str]] = {f"/{other}/{path}": set() for other in LANGUAGES for path in every(graph)}
    for path in paths:
        page = read(web, path)
        known[path] = set(page.ids)
        for link in page.links:
            whole = urlsplit(urljoin(BASE + path[1:], link))
            if f"{whole.scheme}://{whole.netloc}/" != BASE:
                assert whole.scheme in ("http", "https"), f"{path}: {link}"
            elif whole.path not in known and not whole.path.startswith(
                tuple(f"/{each}/" for each in LANGUAGES if each != lang)
            ):
                answer = web.get(f"{whole.path}?{whole.query}" if whole.query else whole.path)
                assert answer.status_code in (200, 301, 303), f"{path}: {link}"
                known[whole.path] = set(Page(answer.text).ids) if "html" in answer.headers["content-type"] else set()
            if whole.fragment and whole.path in known:
                assert unquote(whole.fragment) in known[whole.path], f"{path}: {link}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_answers_as_the_command_line(graph: Graph, web: TestClient, lang: str) -> None:
    """Every question gives the rows of the command line as a file, byte for byte, and a page of as many rows."""
    for name, question in graph.questions.items():
        given = {each.name: each.example or "" for each in question.parameters.values() if not each.optional}
        expected = Graph(graph.workspace, lang).query(name, **given)
        for suffix in ("csv", "tsv", "json", "md"):
            found = web.get(f"/{lang}/ask/{name}.{suffix}", params=given)
            assert found.content == FORMATS[suffix](expected).encode(), f"{name}.{suffix}"
        if lang == "ar" or not question.parameters:
            page = read(web, str(web.build_request("GET", f"/{lang}/ask/{name}", params=given).url)[len(BASE) - 1 :])
            rows = sum((element.tag == "tr") - (element.tag == "thead") for element in page.elements)
            is_matrix = question.plot is not None and question.plot.kind == "matrix"
            assert is_matrix or rows == min(len(expected), ask.MOST), name
        if len(expected) > ask.MOST:
            continue
        sheet = load_workbook(io.BytesIO(web.get(f"/{lang}/ask/{name}.xlsx", params=given).content)).active
        assert sheet is not None
        cells = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert cells == [
            [plain(cell) for cell in row] for row in csv.reader(io.StringIO(FORMATS["csv"](expected), newline=""))
        ]
        assert bool(sheet.sheet_view.rightToLeft) == (lang == "ar")


def test_what_heads_a_part_of_a_table_leads_to_its_page(web: TestClient) -> None:
    """Rows that stand under the position that they share have the link to it, which is no column of theirs."""
    page = read(web, "/en/ask/treaty-positions?instrument=ets-185")
    assert "<details" in web.get("/en/ask/treaty-positions?instrument=ets-185").text
    assert [link for link in page.links if link.endswith("position-kind/in-force")]


def test_the_command_line_says_the_same_bytes(web: TestClient) -> None:
    """A file of the page is what the command prints."""
    command = [sys.executable, "-m", "cybercoop", "query", "treaty-status", "--country", "Maroc", "--as-of", "2018-07"]
    done = subprocess.run([*command, "--format", "csv", "--lang", "fr"], capture_output=True, cwd=ROOT, check=True)
    assert web.get("/fr/ask/treaty-status.csv?country=Maroc&as-of=2018-07").content == done.stdout


def test_a_page_is_kept_packed(graph: Graph) -> None:
    """A page is made and packed once; who takes no packed body has the same page, and a proxy can tell the two."""
    app = made(graph, BASE)
    with TestClient(app, base_url=BASE.rstrip("/")) as client:
        packed, again = client.get("/en/place/rabat"), client.get("/en/place/rabat")
        plain = client.get("/en/place/rabat", headers={"Accept-Encoding": "identity"})
        kept = app.state.kept.get("en/place/rabat")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == again.text == plain.text
    assert gzip.decompress(kept) == plain.content
    assert {each.headers["vary"].lower() for each in (packed, plain)} == {"accept-encoding"}


def test_a_value_stands_in_its_own_language_and_direction(web: TestClient) -> None:
    """An Arabic name on an English page runs from right to left, and a Latin name in it from left to right."""
    page = web.get("/en/project/cybersouth-plus").text
    assert re.search(r'<bdi lang="ar" dir="rtl">مشروع <bdi dir="ltr">CyberSouth\+</bdi></bdi>', page)
    assert apart("صحيفة L’Opinion عن", "ar") == 'صحيفة <bdi dir="ltr">L’Opinion</bdi> عن'
    assert '<bdi lang="en" dir="ltr">CyberSouth+</bdi>' in page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "country/PS",
        "project/cybersouth-plus",
        "country/",
        "ask/project-countries?project=cybersouth-plus",
        "search?q=palestine",
    ],
)
def test_a_starred_name_brings_its_notice(graph: Graph, web: TestClient, path: str, lang: str) -> None:
    """Wherever a name that carries a designation notice stands, the notice stands on the same page, whole."""
    page = read(web, f"/{lang}/{path}")
    iri = names.ID + "country/PS"
    labels = Graph(graph.workspace, lang).things("Country").labels
    assert labels.get(iri, lang) in page.words
    assert labels.notice(iri, lang) in page.words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_is_bound_stands_before_who_is_not(graph: Graph, web: TestClient, lang: str) -> None:
    """On the page of a treaty, positions stand in the order of the law, not of the alphabet."""
    page = web.get(f"/{lang}/instrument/ets-185").text
    labels = Graph(graph.workspace, lang).things("PositionKind").labels
    named = [
        labels.get(f"{names.SCHEME}position-kind/{each}", lang)
        for each in ("in-force", "extended", "consented", "signed")
    ]
    places = [page.index(f">{name}</bdi></b>") for name in named]
    assert places == sorted(places)


def test_a_name_that_is_the_same_in_two_languages_stands_once(web: TestClient) -> None:
    page = web.get("/ar/project/cybersouth-plus").text
    others = re.findall(r'<p class="others">(.*)</p>', page)[0].split(" · ")
    texts = [re.sub("<[^>]*>", "", each) for each in others]
    assert len(texts) == len(set(texts)) > 1


def test_a_picture_is_read_aloud_with_the_marks_of_its_language(web: TestClient) -> None:
    labels = {}
    for lang in LANGUAGES:
        page = read(web, f"/{lang}/ask/parties-over-time?instrument=ets-185")
        [labels[lang]] = [
            each.attributes["aria-label"] for each in page.elements if each.attributes.get("role") == "img"
        ]
    assert "؛ " in labels["ar"]
    assert ";" not in labels["ar"]
    assert "\N{NO-BREAK SPACE}; " in labels["fr"]
    assert "; " in labels["en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_there_is_said_in_the_readers_language(web: TestClient, lang: str) -> None:
    """An address at which there is nothing suggests what is near, a refusal says what is wrong and how to mend it."""
    page = read(web, f"/{lang}/project/cybersouth-pluss", 404)
    assert f"../../{lang}/project/cybersouth-plus" in " ".join(page.links)
    for path in (
        f"/{lang}/ask/no-such-question",
        f"/{lang}/%00",
        f"/{lang}/id/",
        f"/{lang}/country/%2e%2e%2fMA",
    ):
        read(web, path, 404)
    assert web.get(f"/{lang}/country").headers["location"] == f"../{lang}/country/"
    page = read(web, f"/{lang}/ask/treaty-status?country=Atlantis")
    assert "Atlantis" in page.words
    for name in ("nonsense", "with_sources", "limits", "name", "self"):
        assert name in read(web, f"/{lang}/ask/treaty-status?{name}=1").words
        assert web.get(f"/{lang}/ask/treaty-status.csv?{name}=1").status_code == 400
    assert web.post(f"/{lang}/").status_code == 405


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/fr", "/fr/"),
        ("/FR/", "/fr/"),
        ("/fr/contribute", "/fr/contribute/"),
        ("/fr/ask?topic=treaty", "/fr/ask/?topic=treaty"),
        ("/fr/about/", "/fr/about"),
        ("/ar/country/MA/", "/ar/country/MA"),
        ("/ar/country/ma", "/ar/country/MA"),
        ("/en/Project/CyberSouth-Plus", "/en/project/cybersouth-plus"),
        ("/en/country/MA.html", "/en/country/MA"),
        ("/country/MA", "/en/country/MA"),
        ("/country", "/en/country/"),
        ("/about", "/en/about"),
        ("/sparql/", "/sparql"),
        ("/ns/", "/ns"),
        ("/NS", "/ns"),
        ("/SPARQL", "/sparql"),
        ("/fr/Country/MA", "/fr/country/MA"),
        ("/fr-CA/country/MA", "/fr/country/MA"),
        ("/fr//country//MA", "/fr/country/MA"),
        ("/fr/country/MA%20", "/fr/country/MA"),
        ("/fr/country/MA).", "/fr/country/MA"),
        ("/ar/country/MA%D8%8C", "/ar/country/MA"),
        ("/index.html", "/en/"),
        ("/fr/country/index.html", "/fr/country/"),
        ("/fr/ask/Treaty_Status?country=MA", "/fr/ask/treaty-status?country=MA"),
        ("/fr/contribute/activity", "/fr/contribute/Activity"),
    ],
)
def test_an_address_that_is_nearly_right_leads_on(web: TestClient, typed: str, meant: str) -> None:
    """A slash too few or too many, no language, another case: what readers type by hand."""
    answer = web.get(typed, follow_redirects=False)
    assert answer.status_code == 303
    assert urljoin(f"http://testserver{typed}", answer.headers["location"]) == f"http://testserver{meant}"
    assert web.post(typed).status_code in (404, 405)


@pytest.mark.parametrize(
    "typed", ["//evil.example/", "/%2f%2fevil.example", "/en//evil.example/", "/\\evil.example", "/fr/x/"]
)
def test_no_address_leads_elsewhere(web: TestClient, typed: str) -> None:
    """What is nobody's address is answered here, and never by a way to another host."""
    answer = web.get(f"http://testserver{typed}", follow_redirects=False)
    assert answer.status_code == 404


def test_what_is_not_there_leads_to_what_is_near(web: TestClient) -> None:
    """A question whose name is mistyped brings the nearest question, not things that have its words."""
    read(web, "/fr/ask/treaty-statu", 404)
    named = re.findall(r'<li><a href="([^"]+)"', web.get("/fr/ask/treaty-statu").text)
    assert named == ["../../fr/ask/treaty-status"]


@pytest.mark.parametrize("held", ["{tag}", "W/{tag}", '"other", W/{tag}', "*"])
def test_what_a_reader_has_is_not_sent_again(web: TestClient, held: str) -> None:
    """Entity tags are compared weakly (RFC 9110, 13.1.2): a proxy may have dropped the sign, and `*` is any."""
    tag = web.get("/fr/about").headers["etag"].removeprefix("W/")
    assert web.get("/fr/about", headers={"If-None-Match": held.format(tag=tag)}).status_code == 304
    assert web.get("/fr/about", headers={"If-None-Match": '"other"'}).status_code == 200


_SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_that_anybody_types_is_markup(graph: Graph, web: TestClient) -> None:
    """Through every parameter of every question, through search, path and headers, a script comes out as text."""
    lang = "ar"
    asked = [
        (f"/{lang}/ask/{name}", {each.name: _SCRIPT})
        for name, question in graph.questions.items()
        for each in question.parameters.values()
    ]
    asked += [
        (f"/{lang}/search", {"q": _SCRIPT}),
        (f"/{lang}/ask/sources", {_SCRIPT: _SCRIPT}),
        (f"/{lang}/{_SCRIPT}", {}),
    ]
    for path, given in asked:
        answer = web.get(path, params=given, headers={"Accept-Language": _SCRIPT, "Host": 'evil.example"><script>'})
        assert answer.status_code in (200, 400, 404), path
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "evil.example" not in answer.text
        Page(answer.text)


def test_a_page_that_the_reader_has_is_not_sent_again(web: TestClient) -> None:
    """The entity tag follows from the graph and from what pages are made with (RFC 9110, 13.1.2)."""
    tag = web.get("/en/country/MA").headers["etag"]
    again = web.get("/en/country/MA", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/en/country/MA", headers={"If-None-Match": '"other"'}).status_code == 200
    assert web.head("/en/country/MA").headers["etag"] == tag


@pytest.mark.parametrize(
    ("header", "lang"), [("fr-CA, en;q=0.5", "fr"), ("ar", "ar"), ("de", "en"), ("", "en"), ("fr;q=x, ar;q=0.1", "ar")]
)
def test_the_base_leads_to_the_language_that_is_preferred(web: TestClient, header: str, lang: str) -> None:
    """The first page is that of the language which the browser prefers."""
    answer = web.get("/", headers={"Accept-Language": header})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{lang}/")


def test_behind_a_proxy_pages_lead_to_each_other(graph: Graph) -> None:
    """Under a path of a base, with or without a proxy that takes it away, the same page comes, with relative links."""
    with TestClient(made(graph, "https://example.org/coop/")) as client:
        whole = client.get("/coop/en/country/MA")
        assert whole.content == client.get("/en/country/MA").content
        assert client.get("/coop/healthz").text == "ok\n"


def test_every_sentence_of_the_pages_is_said_somewhere() -> None:
    """A sentence for pages is one that a template or the code of the pages says."""
    said = "".join(path.read_text("utf-8") for path in WEB.rglob("*.*") if path.suffix in (".html", ".py"))
    begun = ("about-", "group-", "kind-", "parameter-", "section-")
    codes = {code.removeprefix("web-") for code in catalogue()["sentences"] if code.startswith("web-")}
    assert not [
        code for code in codes if not code.startswith(begun) and f'"{code}"' not in said and f"web-{code}" not in said
    ]


def test_it_is_served_and_stopped_in_order() -> None:
    """The command says its address, answers there on loopback alone, and ends when it is told to."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
            assert address is not None
            connection = http.client.HTTPConnection(urlsplit(address.group()).netloc, timeout=30)
            connection.request("GET", "/readyz")
            assert connection.getresponse().read().startswith(b"ready ")
            connection.close()
        finally:
            server.terminate()
        assert server.wait(30) in (0, -15)


def test_an_address_that_is_taken_is_refused_in_words() -> None:
    """Where another listens already, nothing is served, and the message says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "cybercoop", "serve", "--port", str(taken.getsockname()[1]), "--lang", "fr"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "Impossible de servir" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "99999"), ("--base", "foo"), ("--base", "https://example.org/a b"), ("--base", "https://x.example/?q")],
)
def test_what_cannot_be_an_address_is_refused(option: str, value: str) -> None:
    """No other port is taken than the one that was named, and no base that would stand in every page as it is."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0", option, value]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert value in done.stderr
    assert "Traceback" not in done.stderr


def test_the_base_without_its_slash_leads_to_the_base(graph: Graph) -> None:
    """Behind a proxy that leaves its path, the path alone is a folder (RFC 3986, 5.2.3)."""
    with TestClient(made(graph, "http://testserver/a/graph/"), base_url="http://testserver") as client:
        answer = client.get("/a/graph", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, "graph/")
        closed = [line for line in client.get("/a/graph/robots.txt").text.splitlines() if line.startswith("Disallow")]
        assert closed
        assert all(line.startswith("Disallow: /a/graph/") for line in closed)
        assert client.get("/a/graph").url.path == "/a/graph/en/"


def test_an_answer_of_another_language_is_the_one_that_would_be_asked_in_it(graph: Graph) -> None:
    """What is asked once for all languages has, in each, the rows, order and sources of the question asked in it."""
    site = Site(graph, "http://testserver/")
    for name, given in (("activity-calendar", {"venue": ["MA"]}), ("treaty-status", {"country": ["MA"]})):
        for lang in LANGUAGES:
            own = Graph(graph.workspace, lang).query(name, with_sources=True, **given)
            found = site.query(name, lang, given)
            assert (found.lang, found.rows, found.sources) == (lang, own.rows, own.sources)


def test_the_statements_about_a_thing_are_found_where_they_stand(graph: Graph) -> None:
    """The first thing, the last, one whose name begins another's, and one that is not there."""
    every: dict[str, list[str]] = {}
    for quad in graph.workspace.stored.each_quad():
        every.setdefault(str(quad.subject)[1:-1], []).append(str(quad))
    for iri in (next(iter(every)), next(reversed(every)), *list(every)[::2000], "https://w3id.org/cybercoop/id/x"):
        assert [str(quad) for quad in graph.workspace.stored.about(iri)] == every.get(iri, [])


@pytest.mark.parametrize(
    ("lang", "question", "amount"),
    [
        ("en", "contradictions", "3,330,000 · EUR"),
        ("fr", "contradictions", "3\u202f330\u202f000 · EUR"),
    ],
)
def test_what_has_no_name_is_shown_by_what_it_consists_of(
    web: TestClient, lang: str, question: str, amount: str
) -> None:
    """An amount or a head count stands on the page of a question as people read it, and never as its address."""
    text = web.get(f"/{lang}/ask/{question}").text
    assert amount in text
    assert not re.findall(r"<bdi[^>]*>((?:amount|participation|completeness|listing)/[^<]*)</bdi>", text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_parameter_that_a_question_has_not_is_told(web: TestClient, lang: str) -> None:
    """Also of a question that needs another: it is there, and says what it takes."""
    page = read(web, f"/{lang}/ask/treaty-chart?country=MA")
    assert "country" in page.words
    assert [each for each in page.elements if each.attributes.get("name") == "instrument"]


def test_a_search_says_how_many_it_leaves_out(web: TestClient) -> None:
    """Of more things than a page shows, the number of the rest stands below."""
    page = read(web, "/fr/search?q=convention cybercriminalité")
    found = int(re.findall(r"Entrées : (\d+)", page.words)[0])
    shown = web.get("/fr/search?q=convention cybercriminalité").text.count('<span class="kind">')
    assert found > shown == 200
    assert f"et {found - shown} autres" in page.words
