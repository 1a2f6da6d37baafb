"""The form for queries: answers and refusals in three languages, files, and comfort in a browser that has scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import editor
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.ask import example
from cybercoop.problems.problem import LANGUAGES
from cybercoop.sparql.limits import Limits
from tests.browser import opened
from tests.test_web import Page, read

BASE = "http://testserver/"
SELECT = "SELECT ?c ?name { ?c a coop:Country ; skos:prefLabel ?name } ORDER BY ?c ?name LIMIT 5"


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    app = made(graph, BASE, Limits(rows=2000, bytes=1 << 20, seconds=20, memory=256 << 20))
    with TestClient(app, base_url=BASE.rstrip("/"), follow_redirects=False) as client:
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


def test_the_words_are_those_of_the_vocabulary(web: TestClient) -> None:
    """Who types is offered classes, properties and prefixes, each with what it is called."""
    known = dict(web.get("/fr/sparql/words").json())
    assert known["coop:Country"]
    assert known["country:"] == "https://w3id.org/cybercoop/id/country/"
    assert known["coop:Country"] != dict(web.get("/ar/sparql/words").json())["coop:Country"]


def test_without_javascript_it_is_whole(browser: Any, base: str) -> None:
    """A query is typed, asked and mended without any script."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}en/sparql")
        page.fill("#query", "SELECT ?c { VALUES ?c { country:MA } }")
        page.click(".editor button:not([type])")
        assert page.locator("td").inner_text().strip() == "Morocco"


def test_a_script_helps_who_types(browser: Any, base: str) -> None:
    """Ctrl+Enter asks, a word is completed, and the cursor stands at what is wrong, without a word in the console."""
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}ar/sparql")
        page.fill("#query", "")
        page.locator("#query").press_sequentially("ASK { ?c a coop:Countr")
        page.get_by_role("button", name="coop:Country", exact=True).click()
        page.locator("#query").press_sequentially(" }")
        assert page.input_value("#query") == "ASK { ?c a coop:Country }"
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("td")
        assert page.locator("td").inner_text().strip() == "نعم"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_cursor_stands_at_what_is_wrong(browser: Any, base: str) -> None:
    """After a refusal the wrong word is selected in the form."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}en/sparql?query=SELECT+*%0AWHER+%7B+%7D")
    selected = "(() => { const a = document.querySelector('#query'); "
    selected += "return a.value.slice(a.selectionStart, a.selectionEnd); })()"
    assert page.evaluate(selected) == "WHER"
    assert page.evaluate("document.activeElement.id") == "query"
    context.close()
