"""Things are found by the names that people know them by."""

from __future__ import annotations

from operator import le

import pyoxigraph as ox
import pytest

from cybercoop.ask import catalogue
from cybercoop.ask.near import near
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms.labels import AND, NAMED_BY, distance, fold, words_of
from cybercoop.terms.names import ID, SCHEME
from cybercoop.terms.term import iri_of


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("morocco", "country/MA"),
        ("ALGERIE", "country/DZ"),
        ("المغــرب", "country/MA"),
        ("budapest convention", "instrument/ets-185"),
        ("convention de budapest", "instrument/ets-185"),
        ("اتفاقيه بودابست", "instrument/ets-185"),
        ("justice ministry morocco", "organisation/ministry-of-justice-ma"),
        ("dark web", "theme/dark-web"),
        ("cybersouth-plus", "project/cybersouth-plus"),
        ("project/cybersouth-plus", "project/cybersouth-plus"),
        ("https://w3id.org/cybercoop/id/country/MA", "country/MA"),
    ],
)
def test_the_likeliest_thing_comes_first(graph: Graph, text: str, path: str) -> None:
    """A name in any language finds its thing, without regard to case, accents, Arabic spelling and order of words."""
    rows = graph.search(text).to_dicts()
    assert rows[0]["path"] == path


def test_an_activity_is_found_by_what_is_told_of_it(graph: Graph) -> None:
    """Where no name has all words, its place, kind and audience are looked through, and the name shown is readable."""
    course = "activity/2018-11-12-tunis-introductory-judicial-course"
    for lang, text in (
        ("en", "training judges tunis"),
        ("fr", "Formation juges tunis 2018"),
        ("ar", "تدريب قضاة تونس"),
    ):
        found = {row["path"]: row for row in Graph(graph.workspace, lang).search(text).to_dicts()}
        assert course in found
        assert graph.search(text, "Activity").to_dicts()
    assert not graph.search("training judges tunis", "Country").rows


@pytest.mark.parametrize("words", [["training", "tunis"], ["2018-11"], ["cybercrime", "judges"], ["تدريب"], ["x@y"]])
def test_whatever_has_the_words_told_of_it_is_found(graph: Graph, words: list[str]) -> None:
    """The tables beside the store leave out nothing that is told of things of ours, and add nothing."""
    stored = graph.workspace.stored
    ours = {quad.subject.value for quad in graph.quads() if str(quad.subject).startswith((f"<{ID}", f"<{SCHEME}"))}  # type: ignore[union-attr]
    every = {thing: texts for thing in ours if (texts := catalogue.told(stored, thing))}
    expected = {thing for thing, texts in every.items() if all(word in texts for word in words)}
    assert catalogue._told_all(stored, words) == expected
    assert bool(expected) == (words != ["x@y"])


@pytest.mark.parametrize(
    "text", ["convention", "Tunis", "formation", "تدريب", "algérie", "council of europe", "cyber*"]
)
def test_whatever_has_the_words_in_a_name_is_found(graph: Graph, text: str) -> None:
    """The table of names beside the store leaves out nothing that the statements say, and adds nothing."""
    named: dict[str, set[str]] = {}
    for quad in graph.quads():
        if quad.predicate.value in NAMED_BY and isinstance(quad.object, ox.Literal):
            named.setdefault(iri_of(quad.subject), set()).add(fold(quad.object.value))
    words = fold(text).split()
    wanted = {
        thing
        for thing, names in named.items()
        if thing.startswith((ID, SCHEME)) and any(all(word in name for word in words) for name in names)
    }
    assert {row["thing"] for row in graph.search(text).to_dicts()} == wanted


def test_what_is_found_can_be_asked_about(graph: Graph) -> None:
    """The path of a thing is understood wherever one is asked for."""
    for row in graph.search("cybersouth").to_dicts()[:5]:
        assert graph.explain(row["path"]).thing == row["thing"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("budapst convention", "instrument/ets-185"),
        ("Cybersuoth", "project/cybersouth"),
        ("workshops rabat", "activity/2024-05-23-rabat-first-protocol"),
        ("ministre justice maroc", "organisation/ministry-of-justice-ma"),
        ("الاردنن", "country/JO"),
    ],
)
def test_what_is_nearly_a_name_is_found_where_nothing_else_is(graph: Graph, text: str, path: str) -> None:
    """A letter left out, put in or swapped, and a plural, find what is meant; short words have to be right."""
    found = [row["path"] for row in graph.search(text).to_dicts()]
    assert path in found[:3]
    assert not graph.search("mroc").rows


@pytest.mark.parametrize("words", [["budapst", "convntion"], ["ministre", "justise"], ["العداله"], ["workshops", "de"]])
def test_near_names_are_those_that_each_name_alone_says(graph: Graph, words: list[str]) -> None:
    """Texts are compared many at once, and each word that several names share only once."""
    found = []
    for line in graph.workspace.stored.searched.read_text("utf-8").split("\n")[:-1]:
        compared, thing, value = line.split("\t", 2)
        for name in compared.split(AND):
            changed = [
                0 if word in name else min(distance(word, own) for own in (*words_of(name), "")) for word in words
            ]
            allowed = [sum(len(word) >= size for size in (5, 9)) for word in words]
            if all(map(le, changed, allowed)):
                found.append((thing, value, sum(changed)))
    assert sorted(near(graph.workspace.stored, words)) == sorted(found)
    assert found


def test_a_search_keeps_to_a_class(graph: Graph) -> None:
    """With a class, only its things are found; an unknown one is refused with the nearest."""
    found = graph.search("morocco", "Organisation").to_dicts()
    assert found
    assert all(row["path"].startswith("organisation/") for row in found)
    with pytest.raises(Refusal) as caught:
        graph.search("morocco", "Organization")
    assert caught.value.problem.nearest == "Organisation"


@pytest.mark.parametrize("text", ["", "  ", "*", "xylophone", "\u0640", "\\"])
def test_a_search_for_nothing_finds_nothing(graph: Graph, text: str) -> None:
    """What names nothing gives no row, and no error."""
    assert len(graph.search(text)) == 0
