"""Records typed or pasted into a page: the verdict of the command line in the reader's language, and nothing stored."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import forms, programs
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES, Where, in_language, listed, problem, sentence
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
    for each in report.problems:
        assert " ".join(in_language(each.message, lang).split()) in said
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
        text = forms.written("Activity", [field], {"source": "s", key: hostile})
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
    """The button of a mend sends the form with it; the form then holds what was typed, with it, and all the rest."""
    sourced = {"source": "coe-cybersouth-plus-page", "section": "activities", "startDate": "2025-10-07"}
    names = {"prefLabel@ar": "ورشة عمل", "prefLabel@en": "Workshop: “a”; \\ b", "organiser": "Conseil de l’Europe"}
    page = read_form(web, lang, {**WORKSHOP, **sourced, **names})
    take = next(each.attributes["value"] for each in page.elements if each.attributes.get("name") == "take")
    page = read_form(web, lang, {**WORKSHOP, **sourced, **names, "audience": "judges", "take": take})
    assert "“a”; \\ b" in page.words
    held = {
        each.attributes["name"]: each.attributes.get("value") for each in page.elements if "name" in each.attributes
    }
    assert held["organiser"] == "council-of-europe"
    assert held["audience"] == "judges"
    assert held["id"] == WORKSHOP["id"]
    assert "Atelier « preuve » : Rabat" in page.words
    assert "ورشة عمل" in page.words


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "&a [*a]", "- 1", '["id"]', '{"id": {"a": 1}, "x": "y"}', '{"id": null}', "\x00", '"id"', "1e999"],
)
def test_what_is_no_mend_changes_nothing(web: TestClient, text: str) -> None:
    """Whatever is sent as a mend, the form comes back as it was."""
    page = read_form(web, "fr", {**WORKSHOP, "take": text})
    assert [each.attributes["value"] for each in page.elements if each.attributes.get("name") == "id"] == [
        WORKSHOP["id"]
    ]


GOOD = {
    "source": "coe-cybersouth-plus-page",
    "section": "activities",
    "id": "activity/2024-11-04-tunis-training",
    "prefLabel@en": "Training",
    "prefLabel@fr": "Formation",
    "prefLabel@ar": "تدريب",
    "activityKind": "training",
    "startDate": "2024-11-04",
}
"""A record with nothing wrong."""


def _beside(text: str, name: str) -> str:
    """Return what stands beside an input."""
    return next(box for box in text.split('<div class="box">')[1:] if f'name="{name}"' in box).partition("</div>")[0]


def _takes(text: str) -> list[str]:
    """Return the mends to click in a part of a page."""
    return [html.unescape(each) for each in re.findall(r'name="take" value="([^"]*)"', text)]


def test_the_good_record_is_good(web: TestClient) -> None:
    """Nothing is wrong with what the next tests damage; marks that Arabic is written with are right in a text."""
    for more in ({}, {"prefLabel@ar": "تدريب\u200f (CyberSouth+)\u200f", "section": "\u200fs. 1"}):
        assert 'class="fine-verdict"' in web.post("/fr/contribute/Activity", data={**GOOD, **more}).text


UNSEEN = [
    *((name, f"{GOOD[name]}\u200b", "U+200B") for name in GOOD),
    *((name, f"\ufeff{GOOD[name]}", "U+FEFF") for name in GOOD),
    *((name, f"\u2067{GOOD[name]}\u2069", "U+2067, U+2069") for name in ("prefLabel@ar", "startDate", "source")),
    *((name, f"\u200f{GOOD[name]}\u200f", "U+200F") for name in ("source", "id", "activityKind", "startDate")),
    *((name, f"\u061c{GOOD[name]}", "U+061C") for name in ("source", "id", "activityKind", "startDate")),
    ("prefLabel@fr", "For\xadmation", "U+00AD"),
    ("prefLabel@fr", "Formation\x0bde juges", "U+000B"),
    ("section", "a\u2028b", "U+2028"),
    ("startDate", "2024-11-04\ufe0f", "U+FE0F"),
]
"""Input, what is typed there, and what of that cannot be seen."""


@pytest.mark.parametrize(
    ("lang", "name", "typed", "code"), [(LANGUAGES[n % 3], *each) for n, each in enumerate(UNSEEN)]
)
def test_what_cannot_be_seen_is_said_at_its_field(web: TestClient, lang: str, name: str, typed: str, code: str) -> None:
    """The rest is judged, and a click takes it out: with other faults, in each field, in each language."""
    wrong = {**GOOD, name: typed, "benefits": "Atlantis"}
    text = web.post(f"/{lang}/contribute/Activity", data=wrong).text
    own = _beside(text, name)
    assert in_language(problem("hidden-character", Where(""), value=code).message, lang) in html.unescape(own)
    assert 'class="wrong"' in _beside(text, "benefits")
    assert [each for each in GOOD if 'class="wrong"' in _beside(text, each)] == [name]
    (take,) = _takes(own)
    mended = web.post(f"/{lang}/contribute/Activity", data={**wrong, "benefits": "", "take": take}).text
    assert 'class="fine-verdict"' in mended
    if "\x0b" in typed:
        assert "Formation de juges" in mended


def test_what_turns_a_text_is_told_and_not_mended(web: TestClient) -> None:
    """Where a text was seen in another order than it has, nobody knows which was meant."""
    text = web.post("/fr/contribute/Activity", data={**GOOD, "prefLabel@fr": "\u202eFormation\u202c"}).text
    assert "U+202E" in _beside(text, "prefLabel@fr")
    assert not _takes(text)
    assert 'class="fine-verdict"' not in text


@pytest.mark.parametrize(
    ("name", "typed", "own"),
    [
        ("source", "", "source"),
        ("source", "no-such-source", "source"),
        ("section", "", "section"),
        ("id", "", "id"),
        ("id", "activity/Atelier à Rabat", "id"),
        ("id", "project/foo", "id"),
        ("prefLabel@ar", "", "prefLabel@ar"),
        ("prefLabel@fr", "", "prefLabel@fr"),
        ("startDate", "", "startDate"),
    ],
)
def test_each_problem_stands_at_its_own_field(web: TestClient, name: str, typed: str, own: str) -> None:
    """What is missing or wrong is said where it is to be written, also of source, place, name and language."""
    text = web.post("/ar/contribute/Activity", data={**GOOD, name: typed}).text
    assert [each for each in GOOD if 'class="wrong"' in _beside(text, each)] == [own]


@pytest.mark.parametrize("more", [{}, {"benefits": "Tunisie"}, {"benefits": "FR"}, {"startDate": "04/11/2024"}])
@pytest.mark.parametrize(("typed", "meant"), [("CyberSouth+", "cybersouth-plus"), ("GLACY+", "glacy-plus")])
def test_a_name_that_is_certain_is_taken_by_a_click(
    web: TestClient, typed: str, meant: str, more: dict[str, str]
) -> None:
    """Also where the thing that is meant brings a problem of another field to light, or that has one of its own."""
    given = {**GOOD, **more, "partOf": typed}
    (take,) = _takes(_beside(web.post("/fr/contribute/Activity", data=given).text, "partOf"))
    assert json.loads(take) == {"partOf": f"project/{meant}"}
    mended = web.post("/fr/contribute/Activity", data={**given, "take": take}).text
    assert f'value="project/{meant}"' in _beside(mended, "partOf")


@pytest.mark.parametrize(("typed", "meant"), [("25/11/2026", "2026-11-25"), ("7 octobre 2026", "2026-10-07")])
def test_a_date_that_is_certain_is_taken_by_a_click(web: TestClient, typed: str, meant: str) -> None:
    """Also where the source cannot have told of that day, which the next verdict says; what may be two days is not."""
    given = {**GOOD, "id": "activity/training-of-autumn", "startDate": typed}
    (take,) = _takes(_beside(web.post("/fr/contribute/Activity", data=given).text, "startDate"))
    assert json.loads(take) == {"startDate": meant}
    doubtful = web.post("/fr/contribute/Activity", data={**given, "startDate": "04/11/2026"}).text
    assert not _takes(_beside(doubtful, "startDate"))


@pytest.mark.parametrize("typed", ["CyberSouth±", "UNODC+", "CyberEastq", "Nothing of ours"])
def test_a_name_that_is_not_certain_is_not_taken(web: TestClient, typed: str) -> None:
    """What no thing, or more than one, is called has no mend."""
    assert not _takes(web.post("/fr/contribute/Activity", data={**GOOD, "partOf": typed}).text)


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
