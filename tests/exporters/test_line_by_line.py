"""One new fact is one new line."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cybercoop.terms.names import ID, NS, SKOS

BY_SOURCE = ("nquads", "trig")
SOURCE = ox.NamedNode(ID + "source/a-new-page")


def added(before: bytes, after: bytes) -> list[str]:
    """Return the lines that came in, in one place; fail where any line went or changed."""
    old, new = before.decode().split("\n"), after.decode().split("\n")
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    count = len(new) - len(old)
    assert count >= 0, "lines went"
    assert old[same:] == new[same + count :], "lines changed"
    return new[same : same + count]


def without_source(quad: ox.Quad) -> str:
    return str(quad.triple)


@pytest.mark.parametrize("name", ["nquads", "ntriples", "rdfxml", "trig", "turtle"])
def test_each_fact_of_the_graph_is_one_line(name: str, quads: list[ox.Quad], exported: Any) -> None:
    """Taking any one fact away takes one line away, where the thing has other facts."""
    whole = exported(name, quads)
    for fact in quads:
        rest = [quad for quad in quads if quad != fact]
        if name in BY_SOURCE:
            twin = False
            others = sum(quad.subject == fact.subject and quad.graph_name == fact.graph_name for quad in rest)
        else:
            twin = any(quad.triple == fact.triple for quad in rest)
            others = sum(quad.subject == fact.subject for quad in rest)
        if others or name in ("nquads", "ntriples"):
            assert len(added(exported(name, rest), whole)) == (0 if twin else 1), str(fact)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(), language=st.sampled_from([None, "en", "ar"]), position=st.integers(min_value=0))
def test_one_new_fact_is_one_new_line(
    text: str, language: str | None, position: int, quads: list[ox.Quad], exported: Any
) -> None:
    """Whatever text is added to whatever thing, line ends and quotes included, one line is added."""
    known = quads[position % len(quads)]
    value = ox.Literal(text, language=language) if language else ox.Literal(text)
    fact = ox.Quad(known.subject, ox.NamedNode(NS + "section"), value, known.graph_name)
    if fact not in quads:
        for name in ("nquads", "ntriples", "trig", "turtle"):
            assert len(added(exported(name, quads), exported(name, [*quads, fact]))) == 1


def test_a_new_thing_is_one_new_block(quads: list[ox.Quad], exported: Any) -> None:
    """A thing of which nothing was said comes in with its name, its fact and its dot, and moves no other line."""
    fact = ox.Quad(
        ox.NamedNode(ID + "country/JO"), ox.NamedNode(SKOS + "prefLabel"), ox.Literal("Jordan", language="en"), SOURCE
    )
    block = added(exported("turtle", quads), exported("turtle", [*quads, fact]))
    assert sorted(block) == ["", '    skos:prefLabel "Jordan"@en ;', ".", "<id/country/JO>"]


def test_a_second_source_for_a_fact_is_a_line_where_sources_are_told(quads: list[ox.Quad], exported: Any) -> None:
    """The union does not change when one more source says the same."""
    fact = ox.Quad(quads[0].subject, quads[0].predicate, quads[0].object, SOURCE)
    assert exported("turtle", [*quads, fact]) == exported("turtle", quads)
    assert len(added(exported("nquads", quads), exported("nquads", [*quads, fact]))) == 1


def test_things_stand_by_kind_and_then_by_name_with_numbers_in_order(quads: list[ox.Quad], exported: Any) -> None:
    """A reader finds a thing where its kind and its slug say, `cairo-2` before `cairo-12`."""
    heads = [line for line in exported("turtle", quads).decode().splitlines() if line.startswith("<")]
    assert heads.index("<id/recommendation/cairo-2>") < heads.index("<id/recommendation/cairo-12>")
    kinds = [head.split("/")[1] for head in heads if head.startswith("<id/")]
    assert kinds == sorted(kinds)


def test_turtle_reads_like_hand_written_turtle(exported: Any) -> None:
    """Prefixed names, `a`, bare numbers, one fact a line, the dot alone."""
    thing = ox.NamedNode(ID + "participation/all")
    integer = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    quads = [
        ox.Quad(thing, ox.NamedNode(NS + "headcount"), ox.Literal("70", datatype=integer), SOURCE),
        ox.Quad(
            thing,
            ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
            ox.NamedNode(NS + "Participation"),
            SOURCE,
        ),
    ]
    prefixes, _, block = exported("turtle", quads).decode().partition("\n\n")
    assert block == "<id/participation/all>\n    a coop:Participation ;\n    coop:headcount 70 ;\n.\n"
    lines = [line for line in prefixes.splitlines() if not line.startswith("#")]
    assert lines[0] == "@base <https://w3id.org/cybercoop/> ."
    assert lines[1:] == sorted(lines[1:])
