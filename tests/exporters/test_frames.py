"""A frame for each class makes trees of an export, by a JSON-LD processor that is none of ours."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cybercoop.graph import Graph

jsonld = pytest.importorskip("pyld.jsonld", reason="pip install pyld")


@pytest.fixture(scope="module")
def frames(graph: Graph) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(graph.export("frames"))) as archive:
        return {name.removesuffix(".jsonld"): json.loads(archive.read(name)) for name in archive.namelist()}


def tree(graph: Graph, frame: dict[str, Any], thing: str) -> dict[str, Any]:
    """Return a thing as a tree, in our words; whatever else has its class in the export is left aside."""
    made = jsonld.frame(json.loads(graph.export("jsonld", thing=thing, vocabulary=False)), frame)
    return next(each for each in made.get("@graph", [made]) if each["id"] == thing)


def keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()


def test_what_stands_inside_is_whole_and_the_rest_is_named(graph: Graph, frames: dict[str, Any]) -> None:
    """A conference has its participations with role and number, its country by name; nothing is a null."""
    activity = tree(graph, frames["Activity"], "activity/2007-06-19-casablanca-cybercrime-conference")
    assert activity["heldIn"]["prefLabel"]["en"] == "Casablanca"
    assert "latitude" not in activity["heldIn"]
    participations = activity["participation"]
    assert len(participations) > 3
    assert any("headcount" in each for each in participations)
    assert {"prefLabel", "id"} <= keys([each.get("participant") for each in participations])
    assert None not in json.loads(json.dumps(activity)).values()
    assert "null" not in json.dumps(activity).replace('"null"', "")


def test_a_sum_stands_inside_its_contribution(graph: Graph, frames: dict[str, Any]) -> None:
    """A project has its budgets as amounts, and partners by name, each with its notice."""
    project = tree(graph, frames["Project"], "project/cybersouth-plus")
    assert {each["amount"] for each in project["budget"]} == {"3890000", "3900000"}
    palestine = next(each for each in project["partnerCountry"] if each["id"] == "PS")
    assert "Palestine*" in json.dumps(palestine["prefLabel"])
    assert (
        "without prejudice"
        in palestine["coop:designationNotice" if "coop:designationNotice" in palestine else "designationNotice"]["en"]
    )


def test_each_class_with_things_has_its_frame(graph: Graph, frames: dict[str, Any]) -> None:
    """Frames have our context, and are as many as there are classes that sources name."""
    assert {"Activity", "Country", "Project", "Treaty", "TreatyAction", "Theme"} <= frames.keys()
    assert "Agent" not in frames
    for name, frame in frames.items():
        assert frame["type"] == name
        assert frame["@context"] == graph.workspace.context.source
