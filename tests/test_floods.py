"""Many rows with one fault: judged without reading what they share anew for each, and told as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cybercoop.contribute.fixes import candidates, meanings
from cybercoop.graph import Graph
from cybercoop.judge import validate
from cybercoop.judge.change import Change, TooFar
from cybercoop.shapes.engines import rules

HEADER = "source,section,id,type,prefLabel@en,prefLabel@fr,prefLabel@ar,"
BODY = "coe-cybersouth-plus-page,a,organisation/example-{0},Organisation,Office of Examples,Bureau,مكتب,{1}\n"
MEETING = (
    "coe-cybersouth-plus-page,a,activity/2024-05-{0:02}-example-{0},Activity,Workshop {0},Atelier {0},ورشة {0},"
    "workshop,2024-05-{0:02},{1}\n"
)


def bodies(folder: Path, count: int) -> Path:
    """Bodies of one name: those of one country, and those of none, may be the same one."""
    path = folder / "bodies.csv"
    rows = (BODY.format(number, ("MA", "JO", "")[number % 3]) for number in range(count))
    path.write_text(f"{HEADER}inCountry\n{''.join(rows)}", encoding="utf-8")
    return path


def told(graph: Graph, path: Path) -> set[tuple[str, str | None]]:
    """What is found of each thing, whatever it was told beside or under."""
    return {(each.code, each.thing) for found in graph.validate(path).problems for each in (found, *found.follows)}


@pytest.mark.parametrize("count", [2, 9, 40])
def test_many_of_one_name_are_told_one_by_one(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Where a rule has too many rows, each thing is asked about: none of those that it finds is left out."""
    path = bodies(tmp_path, count)
    before = told(graph, path)
    assert len([code for code, _ in before if code == "thing-name-is-its-own"]) == (count if count > 2 else 0)
    monkeypatch.setattr(rules, "_MANY", 1)
    monkeypatch.setattr(rules, "_OF_EACH", 0)
    for taken in (1, 3, 25):
        monkeypatch.setattr(rules, "_TAKEN", taken)
        assert told(graph, path) == before


def test_what_is_shared_by_many_is_judged_with_the_whole(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Look-ups that would read more than the graph are given up, and the verdict is that of the whole graph."""
    path = bodies(tmp_path, 9)
    before = graph.validate(path).problems
    monkeypatch.setattr(validate, "_MANY", 0)
    monkeypatch.setattr(validate, "_AHEAD", 0)
    with pytest.raises(TooFar):
        nothing = Change(graph.workspace.stored.open(), graph.workspace.read([path]).quads(), ())
        validate._near(nothing, graph.workspace.footprint, _none, graph.workspace.shapes, set())
    assert graph.validate(path).problems == before


def _none(*_: Any) -> list[Any]:
    return []


def test_a_text_is_looked_through_once_for_all_its_mends(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pieces, its places and the countries of its records are found once, however many problems there are."""
    path, count = tmp_path / "meetings.csv", 20
    rows = (MEETING.format(number, "rabatt") for number in range(1, count + 1))
    path.write_text(f"{HEADER}activityKind,startDate,heldIn\n{''.join(rows)}", encoding="utf-8")
    calls: list[str] = []

    def counted(module: Any, name: str) -> None:
        whole = getattr(module, name)

        def called(*given: Any) -> Any:
            calls.append(name)
            return whole(*given)

        monkeypatch.setattr(module, name, called)

    counted(candidates, "spots")
    counted(candidates, "Places")
    counted(meanings.records, "read")
    report = graph.validate(path, mends=True)
    assert len([found for found in report.problems if found.value == "place/rabatt"]) == count
    assert calls.count("spots") <= 1
    assert calls.count("Places") <= 1
    assert calls.count("read") <= 2  # by the judge, and by who looks for mends
