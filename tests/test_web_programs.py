"""What programs ask: questions as JSON, their description in OpenAPI, names of a table matched with things."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cybercoop.ask.answer import FORMATS
from cybercoop.graph import Graph
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.ask import example
from cybercoop.problems.problem import LANGUAGES, sentence
from tests.test_web import Page

BASE = "http://testserver/"
NOTICED = "https://w3id.org/cybercoop/id/country/PS"


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_has_the_bytes_of_the_command_line(graph: Graph, web: TestClient, lang: str) -> None:
    """Every question of the catalogue is listed, and its address gives what `--format json` prints."""
    listed = web.get("/api/questions").json()["questions"]
    assert [each["name"] for each in listed] == list(graph.questions)
    for number, each in enumerate(listed):
        if number % 5 == LANGUAGES.index(lang):
            given = example(graph.questions[each["name"]])
            found = web.get(each["url"], params={**given, "lang": lang})
            expected = Graph(graph.workspace, lang).query(each["name"], **given)
            assert found.content == FORMATS["json"](expected).encode()
            assert found.headers["access-control-allow-origin"] == "*"


def test_a_row_may_come_with_its_sources(graph: Graph, web: TestClient) -> None:
    """What rows rest on comes where it is asked for; several values of a parameter, and the language of the reader."""
    address = "/api/questions/treaty-status?country=MA&country=TN&with-sources=true"
    found = web.get(address, headers={"Accept-Language": "fr"})
    assert found.headers["content-language"] == "fr"
    rows = found.json()["rows"]
    assert {row["country_label"] for row in rows} >= {"Maroc", "Tunisie"}
    assert all(row["sources"] for row in rows)
    assert "sources" not in web.get("/api/questions/treaty-status?country=MA").json()["rows"][0]


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("no-such-question", 404, "no-such-question"),
        ("treaty-status?country=Atlantis", 400, "no-such-thing"),
        ("treaty-status?nonsense=1", 400, "unknown-parameter"),
        ("project-countries", 400, "parameter-missing"),
        ("treaty-status?lang=de", 400, "unknown-choice"),
        ("treaty-status?with-sources=yes", 400, "unknown-choice"),
        ("treaty-status?country=MA&as-of=2017,2019", 400, "one-value"),
        ("treaty-status?country=MA&as-of=2017&as-of=2019", 400, "one-value"),
        ("activity-calendar?from=2017,2019", 400, "one-value"),
        ("treaty-status?country=MA&as-of=01/07/2018", 400, "no-such-day"),
    ],
)
def test_a_refusal_is_told_to_a_program(web: TestClient, address: str, status: int, code: str) -> None:
    """What cannot be asked has its status and its code (RFC 9457)."""
    answer = web.get(f"/api/questions/{address}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_all_that_can_be_asked_is_described(graph: Graph, web: TestClient) -> None:
    """The description is right by the rules of OpenAPI 3.1, and names every question with all that it takes."""
    from openapi_spec_validator import validate

    told = web.get("/api/openapi.json").json()
    validate(told)
    assert told["openapi"].startswith("3.1")
    for name, question in graph.questions.items():
        taken = {each["name"]: each for each in told["paths"][f"/api/questions/{name}"]["get"]["parameters"]}
        assert taken.keys() == {*question.parameters, "lang", "with-sources"}
        assert all(taken[each.name]["required"] is not each.optional for each in question.parameters.values())


def test_answers_are_as_they_are_described(graph: Graph, web: TestClient) -> None:
    """An answer, a refusal and the catalogue fit the schemas that the description gives for them."""
    from jsonschema import Draft202012Validator

    schemas = web.get("/api/openapi.json").json()["components"]["schemas"]
    for schema, address in (
        ("Catalogue", ""),
        ("Answer", "/treaty-status?country=PS&with-sources=true"),
        ("Problem", "/treaty-status?country=Atlantis"),
    ):
        Draft202012Validator(schemas[schema]).validate(web.get(f"/api/questions{address}").json())


def reconciled(web: TestClient, lang: str = "", **query: Any) -> list[dict[str, Any]]:
    answer = web.post(f"{lang and '/'}{lang}/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["q0"]["result"]
    return found


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("Morocco", "Country", "country/MA"),
        ("ALGERIE", "Country", "country/DZ"),
        ("المغــرب", "Country", "country/MA"),
        ("اتفاقيه بودابست", "", "instrument/ets-185"),
        ("convention de budapest", "", "instrument/ets-185"),
        ("Council of Europe", "Organisation", "organisation/council-of-europe"),
        ("CyberSouth+", "Project", "project/cybersouth-plus"),
        ("MAR", "", "country/MA"),
        ("http://www.wikidata.org/entity/Q1028", "", "country/MA"),
        ("Ministère de la Justice du Maroc", "Organisation", "organisation/ministry-of-justice-ma"),
        ("preuve électronique", "Theme", "theme/electronic-evidence"),
    ],
)
def test_a_name_in_any_language_is_matched(web: TestClient, text: str, kind: str, path: str) -> None:
    """What is called so, in any of the three languages and any spelling, is sure; its page is there."""
    for lang in ("", *LANGUAGES):
        found = reconciled(web, lang, query=text, **({"type": kind} if kind else {}))
        assert found[0]["id"] == path
        assert found[0]["match"] is True
        assert found[0]["score"] == 100
        assert [each["match"] for each in found].count(True) == 1
        assert found == sorted(found, key=lambda each: -each["score"])
    view = web.get("/reconcile").json()["view"]["url"].replace("{{id}}", path)
    assert web.get(view).status_code == 200


def test_what_is_not_sure_is_no_match(web: TestClient) -> None:
    """A name that several things bear, or that only begins so, is offered and not taken; nonsense has no candidates."""
    assert not any(each["match"] for each in reconciled(web, query="Ministry of Justice"))
    assert not any(each["match"] for each in reconciled(web, query="Moroc", type="Country"))
    assert reconciled(web, query="xyzzy no such thing") == []
    assert reconciled(web, query="") == []
    assert len(reconciled(web, query="ministry", limit=3)) == 3
    assert reconciled(web, query="Morocco", type=["Project", "Country"])[0]["id"] == "country/MA"
    assert reconciled(web, query="Morocco", type=["Project", "Country"], type_strict="all") == []
    assert reconciled(web, query="Morocco", type="Project", type_strict="should")[-1]["score"] < 100


def test_properties_tell_namesakes_apart(web: TestClient) -> None:
    """A property that a candidate has, by any name of its value, puts it above the others."""
    asked = {"query": "Council of Europe", "type": "Organisation"}
    for value in ("international-organisation", {"id": "organisation-kind/international-organisation"}):
        [first, *_] = reconciled(web, **asked, properties=[{"pid": "organisationKind", "v": value}])
        assert first["id"] == "organisation/council-of-europe"
        assert {each["id"]: each["value"] for each in first["features"]}.keys() == {"name", "organisationKind"}
    [other, *_] = reconciled(web, **asked, properties=[{"pid": "organisationKind", "v": "nonsense"}])
    assert other["match"] is False
    assert other["score"] < 100


def test_a_name_brings_its_notice(graph: Graph, web: TestClient) -> None:
    """A candidate whose name carries a designation notice comes with it, in the language that was asked."""
    for lang in LANGUAGES:
        notice = graph.things("Country").labels.notice(NOTICED, lang)
        assert notice
        found = reconciled(web, lang, query="PS", type="Country")[0]
        assert found["id"] == "country/PS"
        assert notice in found["description"]
        assert notice in Page(web.get(f"/{lang}/reconcile/preview?id=country/PS").text).words


@pytest.mark.parametrize("lang", ["", "fr", "ar"])
def test_the_service_says_what_it_can(web: TestClient, lang: str) -> None:
    """The manifest leads to what it names: suggestions of things, types and properties, and a preview."""
    told = web.get(f"{lang and '/'}{lang}/reconcile").json()
    assert told["versions"] == ["0.2"]
    for kind, begun, expected in (
        ("entity", "budapest conv", "instrument/ets-185"),
        ("type", "Coun", "Country"),
        ("property", "startD", "startDate"),
    ):
        service = told["suggest"][kind]
        found = web.get(service["service_url"] + service["service_path"], params={"prefix": begun}).json()["result"]
        assert expected in [each["id"] for each in found]
        assert all(each["name"] for each in found)
    framed = web.get(told["preview"]["url"].replace("{{id}}", "project%2Fcybersouth-plus"))
    assert framed.status_code == 200
    assert "CyberSouth+" in framed.text
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in web.get("/en/about").headers["content-security-policy"]


def test_a_batch_is_answered_by_its_names(web: TestClient) -> None:
    """Each query of a batch has its own result, by GET and POST alike."""
    batch = {"queries": json.dumps({"a": {"query": "Tunisia"}, "b": {"query": "Tunisie", "type": "Country"}})}
    found = web.get("/reconcile", params=batch)
    assert found.json() == web.post("/reconcile", data=batch).json()
    assert {name: each["result"][0]["id"] for name, each in found.json().items()} == dict.fromkeys("ab", "country/TN")
    assert found.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", '{"q": 1}', "[" * 100_000, json.dumps({str(number): {} for number in range(101)})]
)
def test_what_is_no_batch_is_refused(web: TestClient, text: str) -> None:
    """What is no batch of queries, or holds too many, is refused in words."""
    answer = web.post("/reconcile", data={"queries": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "reconcile-unread")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"query": 1},
        {"query": "x" * 100_000},
        {"query": "Morocco", "limit": "many"},
        {"query": "Morocco", "limit": -1},
        {"query": "Morocco", "type": None, "properties": "x"},
        {"query": "Morocco", "properties": [1, {}, {"pid": 1, "v": None}, {"pid": "x:y", "v": [{}, [], True]}]},
    ],
)
def test_a_strange_query_has_a_result(web: TestClient, query: dict[str, Any]) -> None:
    """A member of another type than the standard has is passed over."""
    assert all(each["id"] for each in reconciled(web, **query))


@pytest.mark.parametrize(
    "path", ["/id/country/MA", "/data/country/MA.ttl", "/api/questions", "/en/", "/fr/contribute/"]
)
def test_what_may_be_asked_of_an_address_is_told(web: TestClient, path: str) -> None:
    """OPTIONS is answered everywhere, also for programs in pages of other sites that send a header of their own."""
    answer = web.options(path)
    assert answer.status_code == 204
    assert "GET" in answer.headers["allow"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "*"
    assert web.delete(path).status_code == 405


@pytest.mark.parametrize("path", ["/sparql", "/reconcile", "/fr/contribute/Activity"])
def test_a_packed_body_is_refused_as_such(web: TestClient, path: str) -> None:
    """What comes with Content-Encoding is no text that is broken: the answer says what to do."""
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    answer = web.post(path, content=gzip.compress(b"query=ASK{}"), headers=packed)
    assert answer.status_code == 415
    assert "Content-Encoding" in answer.text
    plain = {"Content-Encoding": "identity", "Content-Type": "application/x-www-form-urlencoded"}
    assert web.post("/sparql", content=b"query=ASK{}", headers=plain).status_code == 200


def test_a_batch_that_does_not_come_as_a_form_is_refused(web: TestClient) -> None:
    """What the service does not read is not answered as if nothing had been asked."""
    answer = web.post("/reconcile", json={"queries": {"q0": {"query": "Maroc"}}})
    assert (answer.status_code, answer.json()["code"]) == (400, "reconcile-unread")
    assert web.get("/reconcile").json()["versions"] == ["0.2"]


@pytest.mark.parametrize("query", ["lang=fr&lang=en", "with-sources=true&with-sources=false"])
def test_what_is_said_twice_is_refused(web: TestClient, query: str) -> None:
    """Of two languages nobody knows which is meant."""
    answer = web.get(f"/api/questions/treaty-status?country=MA&{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "one-value")


def test_a_preview_of_nothing_is_missing(web: TestClient) -> None:
    """An address that stands for itself never leads to itself."""
    for end in ("?id=nope", "", "?id=country/XX"):
        assert web.get(f"/reconcile/preview{end}", follow_redirects=False).status_code == 404


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_a_parameter_is_called_as_where_it_is_written(web: TestClient, lang: str) -> None:
    """On a page by its label, for programs by its name; options of a terminal are for the terminal."""
    for path in (f"/{lang}/ask/treaty-status?as-of=2018-13", f"/{lang}/country/MA?as-of=hier"):
        text = web.get(path).text
        assert sentence("web-parameter-as-of", lang) in text
        assert "--as-of" not in text
    told = web.get("/api/questions/treaty-status?as-of=2018-13", headers={"Accept-Language": lang}).json()
    assert "as-of" in told["detail"]
    assert "--" not in told["detail"]
    missing = web.get("/api/questions/treaty-chart", headers={"Accept-Language": lang}).json()
    assert "--" not in missing["detail"] + missing["cure"]
