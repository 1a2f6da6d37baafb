"""`explain` prints every claim about a thing, who makes it and where, and which value is shown first and why."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cybercoop.ask.explanation import FORMATS, Explanation, Property
from cybercoop.graph import Graph
from cybercoop.interfaces.cli import run
from cybercoop.problems.problem import LANGUAGES, Refusal, sentence
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import EDITORS, ID, NS, PREFIXES
from cybercoop.workspace.workspace import Workspace

END, START = PREFIXES["schema"] + "endDate", PREFIXES["schema"] + "startDate"
LAUNCH, PAGE = ID + "source/coe-cybersouth-plus-launch", ID + "source/coe-cybersouth-plus-page"
ACCESSION = "treaty-action/ets-185-ma-accession"


def by(told: Explanation, iri: str) -> Property:
    return next(entry for entry in told.properties if entry.iri == iri)


def claims(told: Explanation) -> set[tuple[str, str, str]]:
    return {
        (entry.iri, str(stated.value), source)
        for entry in told.properties
        for stated in entry.values
        for source in stated.sources
    }


@pytest.fixture(scope="module")
def project(graph: Graph) -> Explanation:
    return graph.explain("project/cybersouth-plus")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("cybersouth", "project/cybersouth"),
        ("CyberSouth", "project/cybersouth"),
        ("cybersouth-plus", "project/cybersouth-plus"),
        ("CyberSouth+", "project/cybersouth-plus"),
        ("مشروع CyberSouth+", "project/cybersouth-plus"),
        ("project/cybersouth-plus", "project/cybersouth-plus"),
        (ID + "project/cybersouth-plus", "project/cybersouth-plus"),
        ("MA", "country/MA"),
        ("maroc", "country/MA"),
        ("المغرب", "country/MA"),
        ("ets-185", "instrument/ets-185"),
        ("unicode-cldr", "source/unicode-cldr"),
    ],
)
def test_a_thing_is_found_by_what_people_type(graph: Graph, text: str, path: str) -> None:
    """A code, a slug, a name in three languages, a path and an IRI, without saying what kind of thing is meant."""
    assert graph.explain(text).thing == ID + path


def test_a_word_of_a_name_gives_the_things_to_choose_from(graph: Graph) -> None:
    """A word that no thing bears as its name is answered with those whose name holds it."""
    with pytest.raises(Refusal) as refusal:
        graph.explain("dark web and crypto")
    found = refusal.value.problem
    assert found.code == "nothing-called"
    assert any(choice.startswith("activity/2024-05-21-casablanca-dark-web") for choice in found.choices)


def test_a_misspelt_name_gives_the_nearest(graph: Graph) -> None:
    """As everywhere, the nearest name is offered."""
    with pytest.raises(Refusal) as refusal:
        graph.explain("Marocco")
    assert (refusal.value.problem.code, refusal.value.problem.nearest) == ("nothing-called", "Morocco")


def test_a_name_of_several_things_is_not_guessed(small: Graph) -> None:
    """Where two things bear a name, both are listed and none is taken."""
    with pytest.raises(Refusal) as refusal:
        small.explain("Ministry of Justice")
    found = refusal.value.problem
    assert found.code == "several-things"
    assert [choice.split("  ")[0] for choice in found.choices] == ["organisation/ministry-a", "organisation/ministry-b"]


def test_every_claim_is_there(graph: Graph, project: Explanation) -> None:
    """What is explained is what the graphs of the sources say, no more and no less."""
    thing = f"<{project.thing}>"
    said = {
        (quad.predicate.value, str(quad.object), str(quad.graph_name)[1:-1])
        for quad in graph.workspace.stored.quads()
        if str(quad.subject) == thing
    }
    assert claims(project) == said


def test_a_source_comes_with_its_place_and_the_editors_with_their_reason(project: Explanation) -> None:
    """The launch page is cited by section and characters, our own judgement by its reason."""
    places = project.witnesses[LAUNCH].places()
    assert "paragraph 3 (906–955)" in map(str, places)
    assert "continuation" in project.witnesses[EDITORS].reason["en"]
    assert project.witnesses[PAGE].publishers == (ID + "organisation/council-of-europe",)


def test_a_value_names_the_places_that_hold_it(project: Explanation) -> None:
    """Of five places of the launch page one gives the number of partners; a source with one place needs no number."""
    text = FORMATS["text"](project)
    assert [str(place) for place in project.witnesses[LAUNCH].places(NS + "partnerCount")] == ["title (7–85)"]
    page = re.search(r"has this many partners\n +8 +\[(\d+)\.1\]", text)
    assert page
    assert f"{page[1]}.1 title (7–85); {page[1]}.2 paragraph 1 (243–307)" in text
    assert re.search(r"36 months +\[\d+\.1\]", text)
    assert re.search(r"3 years +\[\d+\]", text)


def test_the_precise_date_goes_first(project: Explanation) -> None:
    """The day that one page gives goes before the year that others give, and they do not contradict each other."""
    first, *others = by(project, END).values
    assert (first.value.value, first.preferred) == ("2026-12-31", True)
    assert PAGE in first.sources
    assert not any(stated.preferred for stated in others)
    assert "more precise" in project.why(first.reason)


def test_the_gazette_goes_before_the_press(graph: Graph) -> None:
    """The day of the accession is that of the gazette; the day in the newspaper stands behind, contradicted."""
    entry = by(told := graph.explain(ACCESSION), NS + "actionDate")
    assert entry.contradicted
    assert entry.values[0].value.value == "2018-06-29"
    assert entry.values[0].sources[0] == ID + "source/legilux-ma"
    assert entry.values[-1].value.value == "2018-10-01"
    assert "press item" in told.why(entry.values[-1].reason)


def test_another_policy_changes_only_what_is_preferred(root: Path) -> None:
    """With the ranks of kinds turned round the newspaper goes first; every claim stays."""
    workspace = Workspace(root)
    before = Graph(workspace).explain(ACCESSION)
    vars(workspace)["policy"] = replace(workspace.policy, kinds=workspace.policy.kinds[::-1])
    after = Graph(workspace).explain(ACCESSION)
    assert by(after, NS + "actionDate").values[0].value.value == "2018-10-01"
    assert claims(after) == claims(before)


def test_the_name_shown_is_the_preferred_one(graph: Graph) -> None:
    """In each language one name is preferred, and it is the one that tables show."""
    for text in ("PS", "MA", "DZ", "cybersouth", "ets-185"):
        told = graph.explain(text)
        preferred = [stated.value for stated in by(told, NAME).values if stated.preferred]
        assert {name.language for name in preferred} >= set(LANGUAGES)  # type: ignore[union-attr]
        for name in preferred:
            assert told.labels.own(told.thing, name.language or "") == name.value  # type: ignore[union-attr]


def test_explain_and_the_question_see_the_same_contradictions(graph: Graph) -> None:
    """`contradictions` and `explain` follow one rule."""
    asked: dict[str, set[str]] = {}
    for thing, iri, *_ in graph.query("contradictions").rows:
        asked.setdefault(str(thing)[1:-1], set()).add(str(iri)[1:-1])
    for thing in [*asked, ID + "project/cybersouth-plus", ID + "activity/2024-05-21-casablanca-dark-web"]:
        told = graph.explain(thing)
        assert {entry.iri for entry in told.properties if entry.contradicted} == asked.get(thing, set()), thing


def test_what_points_at_a_thing(graph: Graph) -> None:
    """The second part holds what names the thing, without the records that are about it."""
    pointers = {pointer.iri: dict(pointer.things) for pointer in graph.explain("CyberSouth").pointing}
    assert ID + "project/cybersouth-plus" in pointers[NS + "follows"]
    assert NS + "about" not in pointers


@pytest.mark.parametrize("word", ["endDate", "schema:endDate", END, "ends on", "finit le", "ينتهي في"])
def test_one_property(graph: Graph, word: str) -> None:
    """A property is meant by its word, its prefixed name, its IRI or its label in three languages."""
    told = graph.explain("cybersouth-plus", word)
    assert [entry.iri for entry in told.properties] == [END]
    assert not told.pointing


def test_a_misspelt_property_gives_the_nearest(graph: Graph) -> None:
    """The nearest is looked for among the properties that the thing has."""
    with pytest.raises(Refusal) as refusal:
        graph.explain("cybersouth-plus", "endate")
    assert refusal.value.problem.nearest == "endDate"


def test_a_literal_stands_as_its_source_has_it(project: Explanation) -> None:
    """36 months are not made three years."""
    assert by(project, NS + "duration").values[0].value.value == "P36M"


def test_a_thing_without_a_name_is_told_in_one_language(graph: Graph) -> None:
    """What a reading or a record consists of is told without its texts in three languages, and to its last part."""
    told = graph.explain("reading/jp-ipa--cybercrime-ipa")
    assert told.named(told.thing).startswith("2013-06 · CyberCrime@IPA · ")
    position = graph.explain("position/ets-185-ma-in-force")
    shown = FORMATS["text"](position)
    assert "legilux-ma--notice" not in shown
    assert "octopus-ma--" not in shown


def test_what_is_pointed_at_is_not_said_to_be_unknown(graph: Graph) -> None:
    """Where things name the one that was asked for by a property, that is the answer."""
    told = graph.explain("organisation/european-union", "funder")
    assert told.pointing and not told.properties
    assert sentence("no-rows", "en") not in FORMATS["json"](told) + FORMATS["md"](told)


def test_an_amount_is_shown_by_what_it_consists_of(project: Explanation) -> None:
    """A thing without a name is shown by its values."""
    shown = [project.shown(stated.value) for stated in by(project, NS + "budget").values]
    assert "3,890,000 · EUR" in shown


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_format_in_each_language(form: str, lang: str, command: Any) -> None:
    """Each way of writing names the sources, and carries the notice of a name."""
    done = command("explain", "PS", "--format", form, "--lang", lang)
    assert done.code == 0
    told = Graph(Workspace.find(), lang).explain("PS")
    notice = told.notices()[0][1]
    assert notice in done.text
    assert told.labels.get(ID + "source/unicode-cldr", lang) in done.text
    assert "Palestin" in done.text


def test_json_holds_it_all(graph: Graph, project: Explanation) -> None:
    """JSON holds the claims with IRIs and labels, the cards of the sources and the version of the policy."""
    content: dict[str, Any] = json.loads(FORMATS["json"](project))
    entry = next(entry for entry in content["properties"] if entry["iri"] == START)
    assert entry["values"][0] | {"why": None} == {
        "value": "2024-01-01",
        "label": None,
        "language": None,
        "datatype": PREFIXES["xsd"] + "date",
        "preferred": True,
        "why": None,
        "sources": entry["values"][0]["sources"],
        "places": {PAGE: [{"section": "paragraph 1", "first": 0, "end": 255}]},
    }
    launch = next(source for source in content["sources"] if source["iri"] == LAUNCH)
    assert {"section": "paragraph 3", "first": 906, "end": 955} in launch["places"]
    assert content["policy"]["version"] == graph.workspace.policy.version


#### A small graph ####


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A graph with two ministries of one name."""
    folder = tmp_path_factory.mktemp("small")
    for name in ("ontology", "queries", "shapes"):
        (folder / name).symlink_to(root / name)
    (folder / "data").mkdir()
    facts = "source: cybercoop-editors\ntype: Organisation\nprefLabel: {en: Ministry of Justice}\n"
    records = "---\n".join(f"id: organisation/ministry-{name}\n{facts}" for name in "ab")
    (folder / "data" / "two.yaml").write_text(records, encoding="utf-8")
    return Graph(Workspace(folder))


def test_a_graph_without_cards_and_policy_is_explained(small: Graph) -> None:
    """A source without a card, and a graph without a policy, leave nothing out."""
    told = small.explain("ministry-a")
    assert [stated.value.value for stated in by(told, NAME).values] == ["Ministry of Justice"]
    assert "[1]" in FORMATS["text"](told)


@pytest.mark.parametrize(
    ("args", "code", "nearest"),
    [
        (("Marocco",), "nothing-called", "Morocco"),
        (("MA", "--format", "jsn"), "unknown-choice", "json"),
        (("MA", "--property", "alpha22"), "no-such-thing", "alpha2"),
    ],
)
def test_wrong_use(args: tuple[str, ...], code: str, nearest: str) -> None:
    """Wrong use is refused, with the nearest right word."""
    with pytest.raises(Refusal) as raised:
        run(["explain", *args])
    assert (raised.value.problem.code, raised.value.problem.nearest) == (code, nearest)


def test_a_word_of_the_ontology_is_explained(graph: Graph) -> None:
    """What a class is has no name with us, and is among its own parts."""
    assert "coop:Activity" in FORMATS["text"](graph.explain("Activity"))
