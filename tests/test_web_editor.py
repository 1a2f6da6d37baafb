"""The form for queries: answers and refusals in three languages, files, and comfort in a browser that has scripts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import app, editor, terms
from cybercoop.interfaces.web.ask import example
from cybercoop.interfaces.web.site import ASSETS, Site
from cybercoop.problems.problem import LANGUAGES
from cybercoop.sparql.limits import Limits
from cybercoop.terms import names
from tests.browser import faults, made, opened
from tests.test_web import Page, read

BASE = "http://testserver/"
SELECT = "SELECT ?c ?name { ?c a coop:Country ; skos:prefLabel ?name } ORDER BY ?c ?name LIMIT 5"


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    served = app.made(graph, BASE, Limits(rows=2000, bytes=1 << 20, seconds=20, memory=256 << 20))
    with TestClient(served, base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


def asked(web: TestClient, lang: str, status: int = 200, **given: str) -> Page:
    address = web.build_request("GET", f"/{lang}/sparql", params=given).url
    return read(web, str(address).removeprefix(BASE.rstrip("/")), status)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_has_a_query_to_begin_with(web: TestClient, lang: str) -> None:
    """The form of a new reader holds a query in the reader's language, and asking it gives rows."""
    page = asked(web, lang)
    assert editor.BEGIN.splitlines()[0] in page.words
    text = editor.BEGIN.replace("LANGUAGE", lang)
    assert text in page.words
    assert sum(each.tag == "tr" for each in asked(web, lang, query=text).elements) == 21


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_is_a_table_with_names_or_iris(graph: Graph, web: TestClient, lang: str) -> None:
    """Things stand by their names in the reader's language, or by their short IRIs, and lead to their pages."""
    query = "SELECT ?c { VALUES ?c { country:MA } }"
    name = graph.sparql(query).labels.get("https://w3id.org/cybercoop/id/country/MA", lang)
    page = asked(web, lang, query=query)
    assert name in page.cells[-1]
    assert f"../{lang}/country/MA" in page.links
    assert asked(web, lang, query=query, iris="1").cells[-1] == "country/MA"
    cells = asked(web, lang, query="SELECT ?x ?y { BIND('' AS ?x) }").cells
    assert all(cell.strip() for cell in cells)


def test_every_question_is_an_example(graph: Graph, web: TestClient) -> None:
    """The query of each question of the catalogue can be had in the form; some are asked and give its rows."""
    for number, (name, question) in enumerate(graph.questions.items()):
        page = web.get("/en/sparql", params={"example": name})
        bound = graph.bound(name, **example(question))
        assert bound.strip() in Page(page.text).words, name
        if number % 10 == 0:
            expected = len(graph.query(name, **example(question)))
            rows = sum(each.tag == "tr" for each in asked(web, "fr", query=bound).elements)
            assert rows == (min(expected, editor.MOST) + 1 if expected else 0), name
    assert web.get("/en/sparql?example=no-such").status_code == 404


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_wrong_is_marked(web: TestClient, lang: str) -> None:
    """A refusal stands on the page with its line, its column and the word marked; the query is kept."""
    page = asked(web, lang, 400, query="SELECT ?c\nWHER { ?c a coop:Country }")
    form = next(each for each in page.elements if "data-line" in each.attributes)
    assert (form.attributes["data-line"], form.attributes["data-column"]) == ("2", "1")
    assert "SELECT ?c\nWHER { ?c" in page.words
    area = next(each for each in page.elements if each.tag == "textarea")
    assert area.attributes["aria-invalid"] == "true"
    assert any(each.tag == "mark" for each in page.elements)
    assert asked(web, lang, 403, query="CLEAR ALL").words


def test_an_answer_as_a_file_is_that_of_the_endpoint(web: TestClient) -> None:
    """Each file beside an answer has the bytes that the endpoint gives in that form."""
    construct = "CONSTRUCT { ?s a coop:Project } WHERE { ?s a coop:Project }"
    for query, forms in ((SELECT, editor.ROWS), (construct, editor.TRIPLES)):
        page = asked(web, "en", query=query)
        for suffix, media in forms.items():
            link = next(each for each in page.links if f"sparql.{suffix}?" in each)
            found = web.get(f"/en/{link}")
            assert found.content == web.get("/sparql", params={"query": query}, headers={"Accept": media}).content
            assert f'"answer.{suffix}"' in found.headers["content-disposition"]
    assert web.get("/en/sparql.exe?query=ASK+%7B%7D").status_code == 404
    assert web.get("/en/sparql.csv").status_code == 404


def test_a_name_brings_its_notice(graph: Graph, web: TestClient) -> None:
    """The page of an answer holds the designation notice of what stands in it."""
    notice = graph.things("Country").labels.notice("https://w3id.org/cybercoop/id/country/PS", "fr")
    assert notice
    for iris in ("", "1"):
        assert notice in asked(web, "fr", query="SELECT ?c { VALUES ?c { country:PS } }", iris=iris).words


def test_the_words_are_those_of_the_vocabulary(graph: Graph, web: TestClient) -> None:
    """Who types is offered classes, properties and prefixes, each with what it is called."""
    known, other = ({word: (name, kind) for word, name, kind in _words(web, lang)} for lang in ("fr", "ar"))
    assert known["coop:Country"] == ("pays", "class")
    assert known["coop:heldIn"][1] == known["skos:prefLabel"][1] == "property"
    assert known["country:"] == ("https://w3id.org/cybercoop/id/country/", "prefix")
    assert known["coop:Country"] != other["coop:Country"]
    assert {f"coop:{word}" for word in terms.words(Site(graph, ""))} == {
        word for word in known if word[:5] == "coop:"
    } - {"coop:"}


def _words(web: TestClient, lang: str) -> list[tuple[str, str, str]]:
    text = web.get(f"/{lang}/sparql").text.partition('id="words">')[2].partition("</script>")[0]
    return [(word, name, kind) for word, name, kind in json.loads(text)]


@pytest.fixture
def plain(browser: Any, base: str) -> Iterator[Any]:
    """A tab of a reader for whom the npm part is not built: the form with its own small script."""
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.route("**/assets/editor.js", lambda route: route.fulfill(path=ASSETS / "sparql.js"))
        yield page


def test_without_javascript_it_is_whole(browser: Any, base: str) -> None:
    """A query is typed, asked and mended without any script."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}en/sparql")
        page.fill("#query", "SELECT ?c { VALUES ?c { country:MA } }")
        page.click(".editor button:not([type])")
        assert page.locator("td").inner_text().strip() == "Morocco"


def test_a_script_helps_who_types(plain: Any, base: str) -> None:
    """Ctrl+Enter asks, a word is completed, without a word in the console."""
    plain.goto(f"{base}ar/sparql")
    plain.fill("#query", "")
    plain.locator("#query").press_sequentially("ASK { ?c a coop:Countr")
    plain.get_by_role("button", name="coop:Country", exact=True).click()
    plain.locator("#query").press_sequentially(" }")
    assert plain.input_value("#query") == "ASK { ?c a coop:Country }"
    plain.keyboard.press("Control+Enter")
    plain.wait_for_selector("td")
    assert plain.locator("td").inner_text().strip() == "نعم"
    assert plain.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_cursor_stands_at_what_is_wrong(browser: Any, base: str) -> None:
    """After a refusal the wrong word is selected in the form."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/assets/editor.js", lambda route: route.fulfill(path=ASSETS / "sparql.js"))
    page.goto(f"{base}en/sparql?query=SELECT+*%0AWHER+%7B+%7D")
    selected = "(() => { const a = document.querySelector('#query'); "
    selected += "return a.value.slice(a.selectionStart, a.selectionEnd); })()"
    assert page.evaluate(selected) == "WHER"
    assert page.evaluate("document.activeElement.id") == "query"
    context.close()


class Editor:
    """The field of a query, where the npm part is built, as a person uses it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.field = page.locator(".cm-content")

    def write(self, text: str) -> None:
        self.field.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)


@pytest.mark.parametrize(
    ("lang", "typed", "offered", "name"),
    [
        ("en", "coop:Countr", "coop:Country", "country"),
        ("fr", "pay", "coop:Country", "pays"),
        ("ar", "بلد", "coop:Country", "بلد"),
        ("en", "prefL", "skos:prefLabel", ""),
    ],
)
def test_a_word_is_completed(
    graph: Graph, browser: Any, base: str, lang: str, typed: str, offered: str, name: str
) -> None:
    """Words are offered by what they are and by what they are called, with the name in the reader’s language."""
    made(graph)
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}{lang}/sparql")
        editor = Editor(page)
        editor.write(typed)
        option = page.locator(".cm-tooltip-autocomplete li").filter(has_text=offered).first
        assert name in option.inner_text()
        option.click()
        assert page.locator("#query").input_value() == offered
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_wrong_word_is_underlined(graph: Graph, browser: Any, base: str, lang: str) -> None:
    """What the server says of line and column is marked in the editor, where the cursor stands."""
    made(graph)
    context = browser.new_context()
    page = context.new_page()
    for query, wrong in (("SELEC * {}", "SELEC"), ("SELECT * # 𝒜 é\nWHER { }", "WHER")):
        page.goto(f"{base}{lang}/sparql?{urlencode({'query': query})}")
        page.locator(".cm-lintRange-error").wait_for()
        assert page.locator(".cm-lintRange-error").all_inner_texts() == [wrong]
        assert page.evaluate("document.activeElement.className") == "codemirror"
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_editor_asks(graph: Graph, browser: Any, base: str, lang: str) -> None:
    """A question of the catalogue is taken, asked by Ctrl+Enter, shown with names, then IRIs; it has an address."""
    made(graph)
    with opened(browser, base) as page:
        page.goto(f"{base}{lang}/sparql")
        page.select_option("#example", "parties-over-time")
        page.click(".example button")
        text = page.locator("#query").input_value()
        assert graph.bound("parties-over-time", **example(graph.question("parties-over-time"))) == text
        editor = Editor(page)
        editor.write("SELECT ?c { VALUES ?c { country:MA } }")
        page.keyboard.press("Control+Enter")
        page.locator("td").wait_for()
        assert graph.things("Country").labels.get(names.expand("country/MA"), lang) in page.locator("td").inner_text()
        page.locator(".forms a[href*='sparql?']").click()
        assert page.locator("#query").input_value() == "SELECT ?c { VALUES ?c { country:MA } }"
        page.locator("[name=iris]").check()
        page.wait_for_url("**iris=1*")
        assert page.locator("td").inner_text().strip() == "country/MA"
        assert faults(page) == []
        with page.expect_download() as taken:
            page.locator(".forms a", has_text="CSV").click()
        assert names.expand("country/MA") in Path(taken.value.path()).read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_columns_are_a_chart(graph: Graph, browser: Any, base: str, lang: str) -> None:
    """Bars are as long as their numbers, stand beside the table with the same texts, and follow what is chosen."""
    made(graph)
    query = 'SELECT ?name ?one ?two { VALUES (?name ?one ?two) { ("ab" 10 1) ("cd" 5 4) ("ef" 0 2) } }'
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}{lang}/sparql?{urlencode({'query': query})}")
        bars = page.locator(".bars li")

        def widths() -> list[int]:
            boxes = [bar.bounding_box() or {} for bar in page.locator(".bars .bar").all()]
            return [round(10 * box["width"] / max(each["width"] for each in boxes)) for box in boxes]

        assert [text.split() for text in bars.all_inner_texts()] == [["ab", "1"], ["cd", "4"], ["ef", "2"]]
        assert widths() == [2, 10, 5]
        page.select_option(".chart select >> nth=1", "1")
        assert widths() == [10, 5, 0]
        assert page.locator(".answer tbody tr").count() == 3
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.goto(f"{base}{lang}/sparql?{urlencode({'query': 'SELECT ?c { ?c a coop:Country } LIMIT 3'})}")
        assert page.locator(".chart").count() == 0


def test_what_npm_brings_has_digests_and_no_address() -> None:
    """Each package is pinned by its digest; no registry is named; no script of a package runs."""
    folder = ASSETS.parent / "browser"
    lock = json.loads(text := (folder / "package-lock.json").read_text("utf-8"))
    assert all("integrity" in package for path, package in lock["packages"].items() if path)
    assert "resolved" not in text
    assert "://" not in text
    pinned = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert all(version[0].isdigit() for version in pinned.values())
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(
        (folder / ".npmrc").read_text().split()
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELEC",
        "SELECT ?x {",
        "SELECT (COUNT(*) AS ?n) ?x { ?x a ?y } GROUP BY ?y",
        "SELECT * { VALUES (?a ?b) { (1) } }",
        "SELECT * { FILTER } ",
    ],
)
@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_what_is_wrong_with_a_query_is_said_in_the_language(web: TestClient, lang: str, query: str) -> None:
    """Also what stands there and what is expected, on the page and for programs."""
    told = web.get("/sparql", params={"query": query}, headers={"Accept-Language": lang}).json()["detail"]
    assert not re.findall("[a-z]{3,}", told if lang == "ar" else "")
    assert not re.findall(r"\b(?:stands|where|expected|the|or|of)\b", told)
    shown = html.unescape(re.sub("<[^>]+>", "", web.get(f"/{lang}/sparql", params={"query": query}).text))
    assert told in shown
