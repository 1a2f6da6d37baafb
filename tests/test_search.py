"""Things are found by the names that people know them by."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cybercoop.ask import catalogue
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal


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


def test_what_is_found_can_be_asked_about(graph: Graph) -> None:
    """The path of a thing is understood wherever one is asked for."""
    for row in graph.search("cybersouth").to_dicts()[:5]:
        assert graph.explain(row["path"]).thing == row["thing"]


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


def test_first_searches_at_once_gather_the_names_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight readers who come together wait for one who gathers."""
    gathered, together, named = [], Barrier(8), catalogue._named
    monkeypatch.setattr(catalogue, "_named", lambda store: gathered.append(store) or named(store))
    catalogue._names.cache_clear()

    def search(_: int) -> int:
        together.wait()
        return len(graph.search("morocco"))

    with ThreadPoolExecutor(8) as readers:
        assert len(set(readers.map(search, range(8)))) == 1
    assert len(gathered) == 1
