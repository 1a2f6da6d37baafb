"""JSON-LD that a person reads and a program uses without a processor."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.export.facts import ExportError
from cybercoop.terms.names import ID, NS


@pytest.fixture
def things(quads: list[ox.Quad], exported: Any) -> dict[tuple[str, str], dict[str, Any]]:
    document = json.loads(exported("jsonld", quads))
    return {(graph["id"], thing["id"]): thing for graph in document["@graph"] for thing in graph["@graph"]}


def test_the_context_stands_first_and_unchanged(quads: list[ox.Quad], context: dict[str, Any], exported: Any) -> None:
    """A reader needs no second document."""
    document = json.loads(exported("jsonld", quads))
    assert list(document) == ["@context", "@graph"]
    assert document["@context"] == context


def test_values_have_the_form_that_a_person_would_write(things: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Slugs for countries, places and themes, texts by language, numbers and truth values as such."""
    activity = things["source/launch-page", "activity/2024-05-21-casablanca-dark-web"]
    assert activity["type"] == "Activity"
    assert activity["benefits"] == ["MA", "PS"]
    assert activity["heldIn"] == "casablanca"
    assert activity["startDate"] == "2024-05-21"
    assert activity["prefLabel"] == {"en": "Judicial training on the dark web"}
    project = things["source/launch-page", "project/cybersouth-plus"]
    assert project["altLabel"] == {"en": ["-5 countries", "=CyberSouth"]}
    participation = things["source/cybercoop-editors", "participation/casablanca-all"]
    assert participation == {
        "id": "participation/casablanca-all",
        "type": "Participation",
        "estimated": True,
        "headcount": 70,
    }


def test_values_that_the_word_does_not_expect_say_what_they_are(things: dict[tuple[str, str], dict[str, Any]]) -> None:
    """A year under a date word, a text under a link and a text without a language are written out in full."""
    assert things["source/launch-page", "project/cybersouth-plus"]["startDate"] == {
        "@value": "2024",
        "@type": "xsd:gYear",
    }
    awkward = things["source/cybercoop-editors", "thing/awkward"]
    assert awkward["heldIn"] == {"@value": "a place in words", "@language": "en"}
    assert awkward["headcount"] == {"@value": "seventy"}
    assert awkward["prefLabel"] == ["no language"]
    assert things["source/cybercoop-editors", "participation/casablanca-odd"]["headcount"] == "070"


def test_an_iri_that_looks_prefixed_is_refused(exported: Any) -> None:
    """JSON-LD would read `schema:x` as another IRI, so it is refused with the place."""
    quad = ox.Quad(
        ox.NamedNode(ID + "a/b"), ox.NamedNode(NS + "budget"), ox.NamedNode("schema:x"), ox.NamedNode(ID + "s/c")
    )
    with pytest.raises(ExportError, match="a/b coop:budget: JSON-LD would read schema:x as a prefixed name"):
        exported("jsonld", [quad])
