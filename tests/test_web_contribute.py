"""Records typed or pasted into a page: the verdict of the command line in the reader's language, and nothing stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import contribute, programs
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES, in_language, listed, sentence
from cybercoop.records import Given
from tests.test_web import Page, read

BASE = "http://testserver/"
WORKSHOP = {
    "source": "cybercoop-editors",
    "section": "list: of 2025",
    "id": "activity/2025-10-07-workshop",
    "prefLabel@fr": "Atelier « preuve » : Rabat",
    "activityKind": "workshop",
    "organiser": "Council of Europe",
    "startDate": "7 octobre 2025",
    "audience": "judges; prosecutors",
}


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_class_has_a_form(graph: Graph, web: TestClient, lang: str) -> None:
    """The page names every class with its templates, and a form holds every field of its class."""
    page = read(web, f"/{lang}/contribute/")
    assert all(f"../../{lang}/contribute/{name}" in page.links for name in graph.record_classes())
    form = read(web, f"/{lang}/contribute/Activity?id=activity/x")
    names = {
        each.attributes["name"].partition("@")[0].partition(".")[0]
        for each in form.elements
        if "name" in each.attributes
    }
    assert {field.word for field in graph.fields("Activity")} <= names
    assert [each.attributes["value"] for each in form.elements if each.attributes.get("name") == "id"] == ["activity/x"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_verdict_is_that_of_the_command_line(graph: Graph, web: TestClient, lang: str) -> None:
    """What is typed is judged as the same record in a file is; each problem stands on the page, in the language."""
    answer = web.post(f"/{lang}/contribute/Activity", data=WORKSHOP)
    assert answer.status_code == 200
    text = web.post(f"/{lang}/contribute/Activity", data={**WORKSHOP, "as": "file"}).text
    report = graph.validate(Given("record.yaml", text.encode(), "yaml"), mends=True)
    assert not report.conforms
    from tests.test_web import Page

    said = " ".join(Page(answer.text).words.split())
    for problem in report.problems:
        assert " ".join(in_language(problem.message, lang).split()) in said
    beside = re.search(r'name="startDate".*?</div>', answer.text, re.DOTALL)
    assert beside is not None
    assert "7 octobre 2025" in beside.group()
    assert 'class="wrong"' in beside.group()


def test_the_verdict_stands_above_the_form(web: TestClient) -> None:
    """It leads to each field that it speaks of; what was typed does not come into the search of the page."""
    text = web.post("/fr/contribute/Activity", data=WORKSHOP).text
    above = text[text.index("<section aria-live") : text.index('class="record"')]
    linked = re.findall(r'<a href="#(b-\d+)">', above)
    assert linked
    for box in linked:
        own = text[text.index(f'id="{box}"') :]
        assert '<ul class="wrong">' in own[: own.index("</div>")]
    assert re.search(r'<input type="search" name="q"[^>]* value=""', text)


def test_a_good_record_is_given_back(graph: Graph, web: TestClient, root: Path) -> None:
    """A record of the graph, pasted, has nothing wrong with it."""
    text = (root / "data" / "countries" / "MA.yaml").read_text("utf-8")
    page = web.post("/en/contribute/", data={"text": text, "form": "yaml"}).text
    assert 'class="fine-verdict"' in page
    assert 'class="fine-verdict"' not in web.post("/en/contribute/", data={"text": "id: x", "form": "yaml"}).text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_most_records_say_is_not_folded(graph: Graph, web: TestClient, lang: str) -> None:
    """Who files a workshop sees its day, place, project and host at once; what half of the records have not, folds."""
    text = web.get(f"/{lang}/contribute/Activity").text
    shown, folded = text[: text.index('class="fold"')], text[text.index('class="fold"') :]
    usual = {"startDate", "endDate", "partOf", "heldIn", "organiser"}
    assert {field.word for field in graph.fields("Activity") if field.term.iri in graph.usual("Activity")} > usual
    assert all(f'name="{word}"' in shown for word in usual)
    assert 'name="participation"' in folded
    labels = [in_language(field.label, lang) for field in graph.fields("Activity") if field.word in field.instead]
    assert len(labels) == 2
    assert f"{listed(labels, lang)}." in shown


def test_what_is_typed_is_only_text(graph: Graph, web: TestClient) -> None:
    """Line ends, marks of YAML and of HTML stay inside the value that they were typed into."""
    hostile = "a: b\nsource: x\n# c </textarea><script>alert(1)</script>"
    fields = {f"{field.word}@fr" if field.kind == "texts" else field.word: field for field in graph.fields("Activity")}
    answer = web.post("/en/contribute/Activity", data={**WORKSHOP, **dict.fromkeys(fields, hostile)})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)") >= len(fields)
    for key, field in fields.items():
        text = contribute.written("Activity", [field], {"source": "s", key: hostile})
        assert [line for line in text.splitlines() if line.startswith("source:")] == ["source: s"]
        assert not [line for line in text.splitlines() if line.startswith("#")]


def test_bodies_have_limits(web: TestClient) -> None:
    """What is too long, has fields without end, or is no text, is refused or judged; nothing breaks."""
    assert web.post("/fr/contribute/", data={"text": "x" * (programs.MOST + 1)}).status_code == 413
    assert web.post("/fr/contribute/Activity", data={f"f{number}": "x" for number in range(1000)}).status_code == 413
    assert web.post("/fr/contribute/Activity", content=b"\xff\xfe=%ff%00&source=%00").status_code == 200
    assert web.post("/fr/contribute/Nothing", data=WORKSHOP).status_code == 404
    assert web.get("/fr/contribute/Activity.exe").status_code == 404


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
def test_templates_are_those_of_the_command(graph: Graph, web: TestClient, form: str) -> None:
    """The files beside the forms are the templates, in the language of the page."""
    found = web.get(f"/ar/contribute/Place.{form}")
    assert found.status_code == 200
    if form != "xlsx":
        assert found.content == Graph(graph.workspace, "ar").template("Place", form)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_mend_is_taken_by_a_click(web: TestClient, lang: str) -> None:
    """The button of a mend sends the record with it; the form then holds what was typed, with it, and all the rest."""
    sourced = {"source": "coe-cybersouth-plus-page", "section": "activities", "startDate": "2025-10-07"}
    names = {"prefLabel@ar": "ورشة عمل", "prefLabel@en": "Workshop: “a”; \\ b", "organiser": "Conseil de l’Europe"}
    page = read_form(web, lang, {**WORKSHOP, **sourced, **names})
    take = next(each.attributes["value"] for each in page.elements if each.attributes.get("name") == "take")
    page = read_form(web, lang, {"take": take})
    assert "“a”; \\ b" in page.words
    held = {
        each.attributes["name"]: each.attributes.get("value") for each in page.elements if "name" in each.attributes
    }
    assert held["organiser"] == "council-of-europe"
    assert held["audience"] == "judges; prosecutors"
    assert held["id"] == WORKSHOP["id"]
    assert "Atelier « preuve » : Rabat" in page.words
    assert "ورشة عمل" in page.words


@pytest.mark.parametrize(
    "text", ["[" * 5000, "&a [*a]", "- 1", "a: &x [x, x]\nid: [*x, *x]", "id: {a: b}", "\x00", "id: !!python/name:os x"]
)
def test_what_is_no_record_is_an_empty_form(web: TestClient, text: str) -> None:
    """Whatever is sent as a mended record, a form comes back."""
    answer = web.post("/fr/contribute/Activity", data={"take": text})
    assert answer.status_code == 200
    assert "Traceback" not in answer.text


def read_form(web: TestClient, lang: str, data: dict[str, str]) -> Page:
    answer = web.post(f"/{lang}/contribute/Activity", data=data)
    assert answer.status_code == 200
    return Page(answer.text)


def test_a_field_of_several_classes_lists_the_things_of_each(web: TestClient) -> None:
    """An activity is part of a project or of a programme: both are offered, by the path that a record writes."""
    form = web.get("/fr/contribute/Activity").text
    name = re.search(r'name="partOf"[^>]* list="([^"]+)"', form)
    assert name
    offered = form.partition(f'<datalist id="{name[1]}">')[2].partition("</datalist>")[0]
    assert 'value="project/cybersouth-plus"' in offered
    assert 'value="programme/' in offered


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_what_may_be_meant_is_said_beside_the_field(web: TestClient, lang: str) -> None:
    """A project is found by its name, but is no certain mend while its beneficiaries are unknown: it is asked for."""
    typed = {
        "source": "pogar-casablanca-2007-report",
        "section": "title",
        "id": "activity/2026-11-03-tunis-training",
        "prefLabel@en": "Training",
        "prefLabel@fr": "Formation",
        "prefLabel@ar": "تدريب",
        "activityKind": "training",
        "startDate": "2026-11-03",
        "partOf": "CyberSouth+",
        "benefits": "Tunisie",
    }
    page = web.post(f"/{lang}/contribute/Activity", data=typed).text
    assert sentence("did-you-mean", lang, nearest="project/cybersouth-plus") in page
