"""Feeds: the sources that were read last, of all and of one thing, as readers of Atom take them (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, "http://testserver/")) as client:
        yield client


def entries(web: TestClient, path: str) -> list[ElementTree.Element]:
    """Return the entries of a feed, once it holds what RFC 4287 asks for: id, title, updated, author; each a link."""
    answer = web.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    assert all(root.findtext(ATOM + each) for each in ("id", "title", "updated"))
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    found = root.findall(ATOM + "entry")
    days = [entry.findtext(ATOM + "updated") or "" for entry in found]
    assert days == sorted(days, reverse=True)
    assert all(len(day) == len("2026-11-30T00:00:00Z") for day in days)
    assert len({entry.findtext(ATOM + "id") for entry in found}) == len(found)
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_feed_names_what_was_read(web: TestClient, graph: Graph, lang: str) -> None:
    """The feed of all names the sources read last, in the language, each with a page that is there."""
    found = entries(web, f"/{lang}/feed.atom")
    answer = graph.query("sources").to_dicts()
    last = max(row["readOn"] or "" for row in answer)
    assert (found[0].findtext(ATOM + "updated") or "").startswith(last)
    for entry in found[:5]:
        link = entry.find(ATOM + "link")
        assert link is not None
        page = web.get(link.attrib["href"])
        assert page.status_code == 200
        assert f'lang="{lang}"' in page.text


def test_a_thing_has_a_feed_of_its_own(web: TestClient, graph: Graph) -> None:
    """The feed of a country names the sources that speak of it or name it, and no other; its page names the feed."""
    found = {entry.findtext(ATOM + "id") for entry in entries(web, "/ar/country/MA/feed.atom")}
    thing = "<https://w3id.org/cybercoop/id/country/MA>"
    asked = f"SELECT DISTINCT ?s {{ {{ GRAPH ?s {{ {thing} ?p ?o }} }} UNION {{ GRAPH ?s {{ ?o ?p {thing} }} }} }}"
    assert found
    assert found <= {row["s"] for row in graph.sparql(asked).to_dicts()}
    assert "country/MA/feed.atom" in web.get("/en/country/MA").text
    assert web.get("/en/country/XX/feed.atom").status_code == 404
