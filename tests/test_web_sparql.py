"""The SPARQL endpoint: the protocol and its W3C tests, every form of an answer, limits, refusals with their place."""

from __future__ import annotations

import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import yaml
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import programs, sparql
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.sparql import ROWS, TRIPLES, Desk
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.sparql.limits import Limits
from cybercoop.terms import names

BASE = "http://testserver/"
ARCHIVE = Path(__file__).parent.parent.parent / "shared" / "w3c" / "sparql11-tests.tar.gz"
DEVIATIONS = Path(__file__).parent / "w3c_sparql11_protocol_deviations.yaml"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
SD = "http://www.w3.org/ns/sparql-service-description#"
SELECT = "SELECT ?c ?name { ?c a coop:Country ; skos:prefLabel ?name } ORDER BY ?c ?name LIMIT 5"
CONSTRUCT = "CONSTRUCT { ?c skos:prefLabel ?name } WHERE { ?c a coop:Project ; skos:prefLabel ?name }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    app = made(graph, BASE, Limits(rows=2000, bytes=1 << 20, seconds=20, memory=256 << 20))
    with TestClient(app, base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


def rows_of(text: bytes, form: ox.QueryResultsFormat) -> list[list[Any]]:
    found = ox.parse_query_results(text, format=form)
    assert isinstance(found, ox.QuerySolutions)
    return [list(row) for row in found]


def test_a_query_comes_in_three_ways(graph: Graph, web: TestClient) -> None:
    """GET, a form and a body of its own give the same rows, those of the library (2.1.1 to 2.1.3)."""
    expected = graph.sparql(SELECT).rows
    answers = [
        web.get("/sparql", params={"query": SELECT}),
        web.post("/sparql", data={"query": SELECT}),
        web.post("/sparql", content=SELECT, headers={"Content-Type": "application/sparql-query; charset=utf-8"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/sparql-results+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert rows_of(answer.content, ox.QueryResultsFormat.JSON) == expected
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("media", ROWS)
def test_rows_come_in_every_form(graph: Graph, web: TestClient, media: str) -> None:
    """Each media type for rows and truths is given when it is asked for, and read back."""
    answer = web.get("/sparql", params={"query": SELECT}, headers={"Accept": f"{media}, */*;q=0.1"})
    assert answer.headers["content-type"].partition(";")[0] == media
    assert "Accept" in answer.headers["vary"]
    forms = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML, "csv": None}
    form = forms.get(ROWS[media], ox.QueryResultsFormat.TSV)
    expected = graph.sparql(SELECT).rows
    if form is None:
        assert answer.text.splitlines()[0] == "c,name"
        assert len(answer.text.splitlines()) == len(expected) + 1
    else:
        assert rows_of(answer.content, form) == expected
    truth = web.get("/sparql", params={"query": "ASK {}"}, headers={"Accept": media})
    assert truth.headers["content-type"].partition(";")[0] == media
    assert "true" in truth.text


@pytest.mark.parametrize("media", TRIPLES)
def test_triples_come_in_every_form(graph: Graph, web: TestClient, media: str) -> None:
    """Each media type for triples is given when it is asked for, and read back."""
    answer = web.post("/sparql", data={"query": CONSTRUCT}, headers={"Accept": media})
    assert answer.headers["content-type"].partition(";")[0] == media
    parsed = {str(quad.triple) for quad in ox.parse(answer.content, format=sparql._WRITTEN[TRIPLES[media]])}
    assert parsed == {str(ox.Triple(*row)) for row in graph.sparql(CONSTRUCT).rows}  # type: ignore[arg-type]
    assert parsed


@pytest.mark.parametrize("accept", ["text/turtle", "image/png", "", "*/*;q=0", "text/html"])
def test_what_an_answer_has_no_form_for_is_given_in_the_first(web: TestClient, accept: str) -> None:
    """Nobody is refused for the sake of an Accept header: rows are JSON then, triples Turtle."""
    for query, first in ((SELECT, next(iter(ROWS))), (CONSTRUCT, next(iter(TRIPLES)))):
        answer = web.post("/sparql", data={"query": query}, headers={"Accept": accept})
        expected = accept if query == CONSTRUCT and accept in TRIPLES else first
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, expected)


def test_a_notice_stands_only_where_a_name_carries_one(web: TestClient) -> None:
    """Of many rows, none of which carries a notice, none has a column for it; the row that carries one has it."""
    many = web.get("/sparql", params={"query": "SELECT ?p { ?s ?p ?o } LIMIT 1500"}).json()
    assert many["head"]["vars"] == ["p"]
    assert len(many["results"]["bindings"]) == 1500
    one = web.get("/sparql", params={"query": "SELECT ?n { country:PS skos:prefLabel ?n }"}).json()
    assert one["head"]["vars"] == ["n", "notice"]


@pytest.mark.parametrize(
    ("query", "status", "place"),
    [
        ("SELEC * {}", 400, (1, 1)),
        ("SELECT *\n{ ?s ?p }", 400, (2, 9)),
        ("SELECT * {\n SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 400, (2, 2)),
        ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", 400, (1, 15)),
        ("DELETE WHERE { ?s ?p ?o }", 403, (1, 1)),
        ("INSERT DATA { <x:a> <x:b> 1 }", 403, (1, 1)),
        ("", 400, ()),
        ("#" * 100_001, 413, ()),
        ("SELECT * { ?s ?p ?o }", 400, ()),
    ],
)
def test_a_refusal_says_where_and_why(web: TestClient, query: str, status: int, place: tuple[int, int]) -> None:
    """What cannot be asked has its status, its place and its cure, in the language of who asks (RFC 9457)."""
    for lang in LANGUAGES:
        answer = web.post("/sparql", data={"query": query}, headers={"Accept-Language": lang})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.headers["access-control-allow-origin"] == "*"
        told = answer.json()
        assert told["status"] == status
        assert told["detail"]
        assert told["cure"]
        assert "--limit" not in told["cure"]
        assert (told.get("line"), told.get("column")) == (place or (None, None))
        with pytest.raises(Refusal) as found:
            web.app.state.site.graphs[lang].sparql(query, Limits(rows=2000))  # type: ignore[attr-defined]
        assert told["detail"] == found.value.problem.message[lang]


def test_a_person_gets_a_page(web: TestClient) -> None:
    """Who prefers HTML is led to the form, or told in words."""
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "fr"}
    assert web.get("/sparql", headers=headers).headers["location"] == "fr/sparql"
    assert web.get("/sparql?query=ASK+%7B%7D", headers=headers).headers["location"] == "fr/sparql?query=ASK+%7B%7D"
    answer = web.post("/sparql", data={"update": "CLEAR ALL"}, headers=headers)
    assert answer.status_code == 403
    assert '<html lang="fr"' in answer.text


@pytest.mark.parametrize(
    ("method", "address", "kind", "body", "status"),
    [
        ("POST", "/sparql", "application/sparql-update", b"CLEAR ALL", 403),
        ("GET", "/sparql?update=CLEAR+ALL", "", b"", 403),
        ("POST", "/sparql", "application/x-www-form-urlencoded", b"update=CLEAR+ALL", 403),
        ("POST", "/sparql", "application/json", b"{}", 415),
        ("POST", "/sparql", "", b"ASK {}", 415),
        ("POST", "/sparql", "application/sparql-query; charset=UTF-16", "ASK {}".encode("utf-16"), 415),
        ("POST", "/sparql", "application/sparql-query", b"\xff\xfeA", 400),
        ("POST", "/sparql", "application/x-www-form-urlencoded", b"", 400),
        ("POST", "/sparql", "application/x-www-form-urlencoded", b"query=%ff", 400),
        ("GET", "/sparql?query=%ff", "", b"", 400),
        ("GET", "/sparql?query=ASK+%7B%7D&query=ASK+%7B%7D", "", b"", 400),
        ("POST", "/sparql?query=ASK+%7B%7D", "application/sparql-query", b"ASK {}", 400),
        ("POST", "/sparql", "application/x-www-form-urlencoded", b"&x=1" * 601, 413),
        ("POST", "/sparql", "application/sparql-query", b"#" * (programs.MOST + 1), 413),
        ("GET", "/sparql?query=ASK+%7B%7D&default-graph-uri=file%3A///etc/passwd", "", b"", 400),
        ("GET", "/sparql?query=ASK+%7B%7D&named-graph-uri=https%3A//w3id.org/cybercoop/%3E%20%7B", "", b"", 400),
        ("PUT", "/sparql?query=ASK+%7B%7D", "", b"", 405),
        ("DELETE", "/sparql", "", b"", 405),
        ("PATCH", "/sparql", "application/sparql-query", b"ASK {}", 405),
    ],
)
def test_what_is_no_query_is_refused(
    web: TestClient, method: str, address: str, kind: str, body: bytes, status: int
) -> None:
    """Updates, other types and methods, several queries, and graphs of others have a status that says so."""
    answer = web.request(method, address, content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == status


def test_a_dataset_may_be_named(graph: Graph, web: TestClient) -> None:
    """The graphs that a request names are the dataset, whatever FROM says (2.1.4)."""
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g LIMIT 2"
    first, second = (row[0].value for row in graph.sparql(query).rows)  # type: ignore[union-attr]
    given = {"query": query.replace("{ GRAPH", f"FROM NAMED <{first}> {{ GRAPH", 1), "named-graph-uri": second}
    assert [row["g"]["value"] for row in web.get("/sparql", params=given).json()["results"]["bindings"]] == [second]
    counts = {
        graphs: web.post("/sparql", data={"query": "SELECT (COUNT(*) AS ?n){?s ?p ?o}", "default-graph-uri": graphs})
        for graphs in ((first,), (second,), (first, second))
    }
    one, two, both = (int(each.json()["results"]["bindings"][0]["n"]["value"]) for each in counts.values())
    assert 0 < max(one, two) <= both <= one + two


def test_an_answer_is_kept_as_long_as_it_holds(web: TestClient) -> None:
    """An answer has an entity tag by its form; one that is another each time has none (RFC 9110, 8.8.3)."""
    asked = {"query": SELECT}
    tags = {media: web.get("/sparql", params=asked, headers={"Accept": media}).headers["etag"] for media in ROWS}
    assert len(set(tags.values())) == len(ROWS)
    again = web.get("/sparql", params=asked, headers={"Accept": "text/csv", "If-None-Match": tags["text/csv"]})
    assert (again.status_code, again.content) == (304, b"")
    other = web.get("/sparql", params=asked, headers={"Accept": "text/xml", "If-None-Match": tags["text/csv"]})
    assert other.status_code == 200
    for function in ("NOW()", "RAND()", "UUID()", "STRUUID()"):
        answer = web.get("/sparql", params={"query": f"SELECT ?x {{ BIND({function} AS ?x) }}"})
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_program_in_any_page_may_ask(web: TestClient) -> None:
    """A preflight is answered with the methods and headers that are taken (Fetch, 3.3.2)."""
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    answer = web.options("/sparql", headers=asked)
    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


def test_a_query_that_takes_too_long_is_ended(graph: Graph) -> None:
    """A query is ended at its limit with 503, and pages and short queries are answered after it."""
    with TestClient(made(graph, BASE, Limits(rows=10, bytes=10_000, seconds=0.5, memory=256 << 20))) as web:
        answer = web.get("/sparql", params={"query": ENDLESS})
        assert answer.status_code == 503
        assert answer.json()["code"] == "query-limit-seconds"
        assert "0.5" in answer.json()["cure"]
        assert web.get("/en/about").status_code == 200
        assert web.get("/sparql", params={"query": "ASK {}"}).json() == {"head": {}, "boolean": True}


def test_where_all_places_are_taken_a_query_may_come_again(graph: Graph, web: TestClient) -> None:
    """With every worker at work, one more query is told when to come again, and a page is answered all the same."""
    desk: Desk = web.app.state.desk  # type: ignore[attr-defined]
    held, ready, done = [], threading.Semaphore(0), threading.Event()

    def hold() -> None:
        with desk.place():
            ready.release()
            done.wait(60)

    for _ in range(desk.at_once):
        held.append(threading.Thread(target=hold))
        held[-1].start()
        assert ready.acquire(timeout=60)
    answer = web.get("/sparql", params={"query": "ASK {}"})
    page = web.get("/en/about")
    done.set()
    for each in held:
        each.join()
    assert (answer.status_code, answer.json()["code"]) == (429, "query-busy")
    assert int(answer.headers["retry-after"]) > 0
    assert page.status_code == 200
    assert web.get("/sparql", params={"query": "ASK {}"}).status_code == 200


@pytest.mark.parametrize("media", TRIPLES)
def test_the_service_is_described(graph: Graph, web: TestClient, media: str) -> None:
    """Without a query, a program is told what the service is, in every form (SPARQL 1.1 Service Description)."""
    answer = web.get("/sparql", headers={"Accept": media})
    assert answer.headers["content-type"].partition(";")[0] == media
    triples = [quad.triple for quad in ox.parse(answer.content, format=sparql._WRITTEN[TRIPLES[media]])]
    services = [each.subject for each in triples if str(each.object) == f"<{SD}Service>"]
    assert len(services) == 1
    said = {str(each.predicate)[1:-1]: each.object for each in triples if each.subject == services[0]}
    assert said[f"{SD}endpoint"] == ox.NamedNode(f"{BASE}sparql")
    assert "2,000 rows" in said["http://www.w3.org/2000/01/rdf-schema#comment"].value
    graphs = {each.object.value for each in triples if each.predicate.value == f"{SD}name"}  # type: ignore[union-attr]
    assert graphs == {quad.graph_name.value for quad in graph.quads() if isinstance(quad.graph_name, ox.NamedNode)}


def test_a_library_of_others_can_ask(web: TestClient) -> None:
    """The forms of answers are read by a client that is none of ours, as it asks for them: SPARQLWrapper."""
    from SPARQLWrapper import SPARQLWrapper

    for form in ("json", "xml", "csv", "tsv", "turtle"):
        wrapper = SPARQLWrapper(f"{BASE}sparql")
        wrapper.setQuery(CONSTRUCT if form == "turtle" else SELECT)
        wrapper.setReturnFormat(form)
        request = wrapper._createRequest()
        answer = web.get(request.full_url, headers=dict(request.header_items()))
        assert answer.status_code == 200, answer.text
        found = answer.headers["content-type"].partition(";")[0]
        assert found in {"json": ROWS, "xml": ROWS, "csv": ROWS, "tsv": ROWS, "turtle": TRIPLES}[form]


class Sent(NamedTuple):
    """A request of the suite, and what is expected of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    expected: dict[str, list[str]]


def suite() -> dict[str, list[Sent]]:
    """Return the requests of each test of the W3C suite of the protocol."""
    if not ARCHIVE.is_file():
        return {}
    with tarfile.open(ARCHIVE) as archive:
        manifest = archive.extractfile("sparql11/protocol/manifest.ttl")
        assert manifest is not None
        store = ox.Store()
        store.load(manifest.read(), format=ox.RdfFormat.TURTLE, base_iri="test:///")
    found: dict[str, list[Sent]] = {}
    for quad in store.quads_for_pattern(None, None, ox.NamedNode(MF + "ProtocolTest")):
        action = one(store, quad.subject, MF + "action")
        name = str(quad.subject)[1:-1].rpartition("#")[2]
        found[name] = [_sent(store, each) for each in listed(store, one(store, action, HT + "requests"))]
    return found


def one(store: ox.Store, subject: Any, predicate: str) -> Any:
    return next((quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)), None)


def listed(store: ox.Store, head: Any) -> Iterator[Any]:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    while head is not None and head.value != rdf + "nil":
        yield one(store, head, rdf + "first")
        head = one(store, head, rdf + "rest")


def _sent(store: ox.Store, request: Any) -> Sent:
    headers = {}
    for each in listed(store, one(store, request, HT + "headers")):
        headers[one(store, each, HT + "fieldName").value] = one(store, each, HT + "fieldValue").value
    content = one(store, request, HT + "body")
    body = b""
    if content is not None:
        charset = one(store, content, CNT + "characterEncoding").value
        body = one(store, content, CNT + "chars").value.encode(charset)
    expected: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(one(store, request, HT + "resp"), None, None):
        name = quad.predicate.value.rpartition("#")[2]
        expected.setdefault(name, []).append(getattr(quad.object, "value", "").rpartition("#")[2])
    path = one(store, request, HT + "absolutePath").value.replace("/sparql/", "/sparql", 1)
    return Sent(one(store, request, HT + "methodName").value, path, headers, body, expected)


SUITE = suite()
OURS = names.ID + "source/"
THEIRS = "http://kasei.us/2009/09/sparql/data/"


@pytest.fixture(scope="module")
def suite_web(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The endpoint over the three graphs of the suite, which are called as sources of ours are."""
    folder = tmp_path_factory.mktemp("suite")
    store = ox.Store(str(folder / "store"))
    for number in (1, 2, 3):
        name = ox.NamedNode(f"{OURS}data{number}.rdf")
        kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        document = ox.NamedNode("http://xmlns.com/foaf/0.1/Document")
        store.add(ox.Quad(name, kind, document, name))
    store.flush()
    stored = graph.workspace.stored
    held = SimpleNamespace(folder=folder, open=stored.open, in_memory=stored.in_memory)
    workspace = SimpleNamespace(
        stored=held, context=graph.workspace.context, labels=graph.workspace.labels, questions={}, digest=""
    )
    app = made(graph, BASE)
    app.state.site.graphs = {lang: Graph(workspace, lang) for lang in LANGUAGES}  # type: ignore[arg-type]
    app.state.site.edition = "x"
    yield TestClient(app, base_url=BASE.rstrip("/"), follow_redirects=False)


def test_the_suite_is_read() -> None:
    """All 34 tests of the suite are tried, and each deviation is one of them."""
    if not SUITE:
        pytest.skip("the W3C suite (../shared/w3c) is not beside this checkout")
    assert len(SUITE) == 34
    assert yaml.safe_load(DEVIATIONS.read_text("utf-8")).keys() <= SUITE.keys()


@pytest.mark.parametrize("name", sorted(SUITE))
def test_w3c_protocol(suite_web: TestClient, name: str) -> None:
    """Each request of the W3C suite is answered as it expects, but where a deviation is listed with its reason.

    Its graphs lie on somebody's server; here they are called as sources of this graph, since no others are read.
    """
    fits = all(_fits(suite_web, sent) for sent in SUITE[name])
    assert fits is (name not in yaml.safe_load(DEVIATIONS.read_text("utf-8")))


def _fits(web: TestClient, sent: Sent) -> bool:
    path = sent.path.replace(quote(THEIRS, safe=""), quote(OURS, safe=""))
    body = sent.body.replace(THEIRS.encode(), OURS.encode())
    answer = web.request(sent.method, path, content=body, headers=sent.headers)
    status = {f"StatusCode{answer.status_code // 100}xx"} <= set(sent.expected["expectedStatus"])
    media = answer.headers.get("content-type", "").partition(";")[0]
    form = sent.expected.get("expectedFormat", [""])[0]
    if not status or not form:
        return status
    if form == "RDF":
        return media in TRIPLES
    wanted = sent.expected.get("expectedBoolean")
    found = json.loads(answer.text)
    if form == "tabular":
        return media in ROWS and "results" in found
    return media in ROWS and found.get("boolean") is (wanted == ["true"] if wanted else found.get("boolean"))
