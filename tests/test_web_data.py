"""Permanent names lead to pages or statements, which are those of the exports, in every format."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import data
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.pages import preferred
from cybercoop.interfaces.web.site import SUFFIXES
from cybercoop.terms import names
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH
from tests.test_web import SOME

ROOT = Path(__file__).parent.parent
BASE = "http://testserver/"
READ = {
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
}


Said = dict[str, set[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def told(graph: Graph) -> dict[str, Said]:
    """The statements of the export with sources (`trig`) and without (`nt`), by the thing that they are about.

    Without sources, a thing has one preferred name in a language; what other sources prefer is another name.
    """
    found: dict[str, Said] = {}
    for suffix in ("trig", "nt"):
        said = found[suffix] = {}
        for quad in ox.parse(graph.export(SUFFIXES[suffix][0]), format=READ[suffix]):
            claim = str(quad.predicate), str(quad.object), str(quad.graph_name)
            said.setdefault(str(quad.subject)[1:-1], set()).add(claim)
    return found


def test_the_statements_of_every_thing_are_those_of_the_export(
    graph: Graph, web: TestClient, told: dict[str, Said]
) -> None:
    """From each permanent name a reader comes to what the export says of the thing; the six forms take turns.

    One thing in 29 is tried, or all by `PAGES=all`.
    """
    whole = {"@context": graph.workspace.context.source}
    paths = [path for path in data.every(web.app.state.site) if not path.endswith("/")]  # type: ignore[attr-defined]
    forms = [*READ, "csv"]
    for number, path in enumerate(paths[::SOME]):
        suffix = forms[number % len(forms)]
        iri = names.expand(path)
        first = web.get(iri.removeprefix(names.BASE), headers={"Accept": SUFFIXES[suffix][1]})
        assert first.status_code == 303, iri
        assert "Accept" in first.headers["vary"]
        answer = web.get(first.headers["location"].replace("../", "/").replace("//", "/"))
        assert answer.status_code == 200, first.headers["location"]
        assert answer.headers["content-type"].partition(";")[0] == SUFFIXES[suffix][1]
        assert answer.headers["access-control-allow-origin"] == "*"
        if suffix == "csv":
            rows = list(csv.reader(answer.text.splitlines()))[1:] if "\n" in answer.text else []
            assert {row[3] for row in rows} <= {graph_[1:-1] for _, _, graph_ in told["trig"][iri]}
            continue
        body = answer.content
        if suffix == "jsonld":
            one = json.loads(body)
            assert one["@context"] == [names.CONTEXT, {"@base": names.ID}]
            body = json.dumps({**one, **whole}).encode()
        quads = list(ox.parse(body, format=READ[suffix]))
        assert {str(quad.subject)[1:-1] for quad in quads} == {iri}
        claims = {(str(q.predicate), str(q.object), str(q.graph_name)) for q in quads}
        assert claims == told["trig" if suffix == "trig" else "nt"][iri], f"{iri} {suffix}"


@pytest.mark.parametrize(
    ("accept", "lang", "location"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "fr", "../../fr/country/MA"),
        ("*/*", "", "../../data/country/MA.ttl"),
        ("", "", "../../data/country/MA.ttl"),
        ("application/ld+json, text/turtle;q=0.9", "", "../../data/country/MA.jsonld"),
        ("text/*;q=0.2, application/rdf+xml;q=0.1", "", "../../data/country/MA.ttl"),
        ("text/turtle;q=0, */*;q=0.1", "ar", "../../ar/country/MA"),
        ("application/json", "", "../../data/country/MA.jsonld"),
        ("application/xml;q=0.9, application/json;q=0.5", "", "../../data/country/MA.rdf"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "", "../../en/country/MA"),
    ],
)
def test_a_name_leads_to_what_the_reader_prefers(web: TestClient, accept: str, lang: str, location: str) -> None:
    """The Accept header decides, weights and all (RFC 9110, 12.5.1); the language, that of the browser."""
    answer = web.get("/id/country/MA", headers={"Accept": accept, "Accept-Language": lang})
    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_a_suffix_goes_before_the_header(web: TestClient) -> None:
    """An address that ends in a suffix means that format; what nobody offers is answered with what there is."""
    for suffix in SUFFIXES:
        answer = web.get(f"/id/country/MA.{suffix}", headers={"Accept": "text/html"})
        assert answer.headers["location"] == f"../../data/country/MA.{suffix}"
    assert web.get("/scheme/theme.html").headers["location"] == "../en/theme/"
    refused = web.get("/id/country/MA", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert "id/country/MA.ttl  text/turtle" in refused.text
    for path in (
        "/data/country/XX.ttl",
        "/data/country/XX.csv",
        "/data/country/XX",
        "/data/../x.ttl",
        "/id/",
        "/id/%00",
    ):
        assert web.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *((f"{start}country/MA.{suffix}", f"country/MA.{suffix}") for start in ("/fr/", "/") for suffix in SUFFIXES),
        ("/fr/country/ma.TTL", "country/MA.ttl"),
        ("/FR/Country/MA.ttl/", "country/MA.ttl"),
        ("/fr-CA/country/MA.json", "country/MA.jsonld"),
        ("/ar/id/country/MA.xml", "country/MA.rdf"),
        ("/ar/data/Project/CyberSouth-plus.nt", "project/cybersouth-plus.nt"),
        ("/data/country/ma.ttl", "country/MA.ttl"),
        ("/data/country/MA", "country/MA.ttl"),
        ("/id/country/MA/", "country/MA.ttl"),
        ("/id/country/ma", "country/MA.ttl"),
        ("/fr/theme/dark-web.ttl", "theme/dark-web.ttl"),
        ("/theme.jsonld", "theme.jsonld"),
        ("/en/ns.ttl", "ns.ttl"),
        ("/en/listing/coe-185-parties--ets-185-ad-party.ttl", "listing/coe-185-parties--ets-185-ad-named.ttl"),
        ("/fr/cybercoop.trig", "cybercoop.trig"),
        ("/fr/data/cybercoop.TTL", "cybercoop.ttl"),
        ("/fr/dcat.ttl", "dcat.ttl"),
    ],
)
def test_statements_are_found_by_the_address_of_a_page(web: TestClient, typed: str, meant: str) -> None:
    """A suffix behind the address of a page, with a language or another case, leads to the statements; no loop."""
    where = typed
    for _ in range(4):
        answer = web.get(where)
        if answer.status_code == 200:
            break
        assert answer.status_code in (301, 303), where
        where = urljoin(f"http://testserver{where}", answer.headers["location"]).removeprefix("http://testserver")
    assert (answer.status_code, where) == (200, f"/data/{meant}")


@pytest.mark.parametrize(
    "typed", ["/fr/country/XX.ttl", "/fr/country.ttl", "/fr/country/MA.exe", "/fr/.ttl", "/.ttl", "/fr/id/.ttl"]
)
def test_a_suffix_leads_nowhere_where_nothing_stands(web: TestClient, typed: str) -> None:
    """No statements are promised where there is no thing."""
    assert web.get(typed).status_code == 404


def test_the_vocabulary_is_a_page_and_statements(graph: Graph, web: TestClient) -> None:
    """Its name leads readers to its page, and programs to what is said of every term, in each format."""
    for accept, location in (("text/html", "en/ns"), ("text/turtle", "data/ns.ttl"), ("*/*", "data/ns.ttl")):
        answer = web.get("/ns", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert web.get("/ns.jsonld").headers["location"] == "data/ns.jsonld"
    assert web.get("/ns.exe").status_code == 404
    said = {str(quad.triple) for quad in graph.quads() if quad.graph_name.value == ONTOLOGY_GRAPH}
    read = {str(quad.triple) for quad in ox.parse(web.get("/data/ns.nt").content, format=ox.RdfFormat.N_TRIPLES)}
    assert said <= read
    assert len([*ox.parse(web.get("/data/ns.ttl").content, format=ox.RdfFormat.TURTLE)]) == len(read)


def test_the_whole_graph_is_there_as_files(graph: Graph, web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data set is described, and each of its files is the export in its format, byte for byte.

    One is tried whole; of the others, that what the export gives is what is sent.
    """
    assert web.get("/data/cybercoop.nt").content == graph.export("ntriples")
    monkeypatch.setattr(Graph, "export", lambda self, form: f"all of {self.lang} as {form}\n".encode())
    quads = list(ox.parse(web.get("/.well-known/void").content, format=ox.RdfFormat.TURTLE))
    files = [str(q.object)[1:-1] for q in quads if q.predicate.value.endswith("downloadURL")]
    assert len(files) == 7
    for address in files:
        suffix = address.rpartition(".")[2]
        form = next(form for form in data.FORMATS.values() if form.extension == suffix)
        assert web.get(address).content == graph.export(form.name), address


def test_crawlers_are_told_every_page(web: TestClient) -> None:
    """The map of the site names pages that are there, and the file for crawlers names the map."""
    assert f"Sitemap: {BASE}sitemap.xml" in web.get("/robots.txt").text
    addresses = [each.text or "" for each in ElementTree.fromstring(web.get("/sitemap.xml").text).iter() if each.text]
    addresses = [each for each in addresses if each.strip()]
    assert len(addresses) > 2000
    assert all(web.get(address).status_code == 200 for address in addresses[:: len(addresses) // 25])


def test_the_rules_of_the_permanent_names_lead_to_routes(web: TestClient) -> None:
    """Each rule of docs/w3id sends a permanent name to an address that the server answers."""
    text = (ROOT / "docs" / "w3id" / ".htaccess").read_text("utf-8")
    rules = re.findall(r"^RewriteRule (\S+) SERVER(\S*) \[R=303,L\]$", text, re.MULTILINE)
    asked = [
        "",
        "id/country/MA",
        "id/instrument/ets-185",
        "scheme/theme/dark-web",
        "scheme/theme",
        "ns",
        "data/country/MA.ttl",
        "context.jsonld",
    ]
    for path in asked:
        fit = [(pattern, target) for pattern, target in rules if re.search(pattern, path)]
        assert len(fit) == 1, path
        target = re.sub(fit[0][0], fit[0][1].replace("$1", r"\1"), path, count=1)
        assert web.get(target).status_code in (200, 303), path


def test_nothing_is_preferred_that_is_refused() -> None:
    """A range that weighs nothing is no offer, and the closest range counts."""
    assert preferred("text/turtle;q=0, text/*;q=0", ("text/turtle", "text/html")) == ""
    assert preferred("*/*;q=0.1, text/html;q=0", ("text/html", "text/csv")) == "text/csv"
    assert preferred(";;,,=;q=", ("text/html",)) == ""
