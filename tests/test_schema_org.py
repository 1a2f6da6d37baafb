"""Single things leave in the words of schema.org, by our alignment with it, with the notices of their names."""

from __future__ import annotations

import io
import json
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.export.schema_org import thing, words, write_things
from cybercoop.export.statements import Statements
from cybercoop.export.whole import Whole
from cybercoop.graph import Graph
from cybercoop.interfaces.web import explained
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.names import ID, NS

SCHEMA = "https://schema.org/"


@pytest.fixture(scope="module")
def made(graph: Graph) -> dict[str, dict[str, Any]]:
    """Every thing of the export, by its IRI."""
    whole = json.loads(graph.export("schema-org-things"))
    assert whole["@context"] == "https://schema.org"
    return {each["@id"]: each for each in whole["@graph"]}


@pytest.mark.parametrize(
    ("path", "types"),
    [
        ("activity/2024-05-21-casablanca-dark-web", {"Event", "EducationEvent"}),
        ("activity/2018-03-21-tunis-cybersouth-launch", {"Event"}),
        ("country/MA", {"Country"}),
        ("instrument/cets-224", {"Legislation"}),
        ("instrument/ets-185", {"Legislation"}),
        ("organisation/council-of-europe", {"Organization"}),
        ("organisation/ministry-of-justice-ma", {"Organization", "GovernmentOrganization"}),
        ("place/rabat", {"Place"}),
        ("project/cybersouth-plus", {"Project"}),
        ("source/coe-cybersouth-plus-page", {"CreativeWork"}),
    ],
)
def test_a_thing_has_the_types_of_its_class_and_kind(made: dict[str, Any], path: str, types: set[str]) -> None:
    """What a class and a kind stand against in the alignment are the types of a thing."""
    assert set(made[ID + path]["@type"]) == types


def test_every_class_with_a_type_is_there(graph: Graph, made: dict[str, Any]) -> None:
    """Each named thing of such a class is exported with its names."""
    told = words(graph.workspace.alignment("schema-org"))
    classes = " ".join(f"<{iri}>" for iri in told.types if iri.startswith(NS))
    named = "?t a ?c ; skos:prefLabel ?n FILTER(!CONTAINS(STR(?t), '/scheme/'))"
    rows = graph.sparql(f"SELECT DISTINCT ?t {{ VALUES ?c {{ {classes} }} {named} }}").rows
    assert {row[0].value for row in rows if row[0]} == {iri for iri in made if "/scheme/" not in iri}  # type: ignore[union-attr]
    assert all(each["name"] for each in made.values())


def test_an_event_has_days_place_and_bodies(made: dict[str, Any]) -> None:
    """What is narrower than a property of schema.org is told by that one; links lead to things of ours."""
    event = made[ID + "activity/2024-05-21-casablanca-dark-web"]
    assert (event["startDate"], event["endDate"]) == (["2024-05-21"], ["2024-05-23"])
    assert event["location"] == [{"@id": ID + "place/casablanca"}]
    assert made[ID + "project/cybersouth-plus"]["funder"]


def test_a_name_leaves_with_its_notice(made: dict[str, Any]) -> None:
    """A thing whose name has a star, and one whose text holds such a name, has the notice in three languages."""
    for each in made.values():
        starred = "Palestine*" in json.dumps(each, ensure_ascii=False)
        notices = each.get("disambiguatingDescription", [])
        assert not starred or {notice["@language"] for notice in notices} == {*LANGUAGES}, each["@id"]
    assert "without prejudice" in json.dumps(made[ID + "country/PS"])


def test_the_alignment_alone_says_which_types(graph: Graph) -> None:
    """With another alignment, things have other types: none is written in the code."""
    triple = ox.Triple(
        *map(ox.NamedNode, (NS + "Place", "http://www.w3.org/2000/01/rdf-schema#seeAlso", SCHEMA + "City"))
    )
    stored, out = graph.workspace.stored, io.BytesIO()
    write_things(Whole(Statements.within(stored.written), stored.lines, stored.open()), words([triple]), out)
    found = json.loads(out.getvalue())["@graph"]
    assert {tuple(each["@type"]) for each in found} == {("City",)}
    assert all("location" not in each for each in found)


def test_a_page_says_what_the_export_says(graph: Graph, made: dict[str, Any]) -> None:
    """The JSON-LD of a page is that of the export: the same types, names and notices, the same words."""
    site = Site(graph, "http://testserver/")
    for path in ("country/PS", "activity/2024-05-21-casablanca-dark-web", "organisation/ministry-of-justice-ma"):
        told = explained.explained(site, "en", path)
        said = {entry.iri: [stated.value for stated in entry.values] for entry in told.properties}
        one, other = thing(told.thing, said, told.labels, site.schema_words), made[ID + path]
        assert one.keys() == other.keys()
        assert {*one["@type"]} == {*other["@type"]}
        assert one["name"] == other["name"]
        assert one.get("disambiguatingDescription") == other.get("disambiguatingDescription")
