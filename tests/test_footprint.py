"""A contribution is judged by all that decides: the verdict is that of the whole graph."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop.engines.store import build
from cybercoop.graph import Graph
from cybercoop.judge.change import Change
from cybercoop.judge.validate import brought
from cybercoop.shapes import Shape, Shapes
from cybercoop.shapes.engines import Result, engine
from cybercoop.shapes.footprint import Footprint
from cybercoop.shapes.reads import NotLocal, groups, names
from cybercoop.terms.names import DERIVED, NS, RDFS, SH, SHAPES
from cybercoop.workspace.derive import derive

ROOT = Path(__file__).parent.parent
THING = "<https://w3id.org/cybercoop/id/"


@cache
def stated() -> tuple[ox.Quad, ...]:
    """What sources and vocabulary state, nothing derived."""
    return tuple(
        quad for quad in cybercoop.open(ROOT).workspace.stored.quads() if str(quad.graph_name)[1:-1] != DERIVED
    )


def part(chance: random.Random) -> list[ox.Quad]:
    """Some things of the shipped graph, what they lead to in two steps, and the classes: pyshacl is quick on that."""
    about: dict[str, list[ox.Quad]] = {}
    for quad in stated():
        about.setdefault(str(quad.subject), []).append(quad)
    reached = set(chance.sample(sorted(thing for thing in about if thing.startswith(THING)), 8))
    for _ in range(2):
        reached |= {str(quad.object) for node in reached for quad in about.get(node, ())}
    return [quad for quad in stated() if str(quad.subject) in reached or quad.predicate.value == RDFS + "subClassOf"]


def edited(base: list[ox.Quad], chance: random.Random) -> tuple[list[ox.Quad], set[tuple[str, str]]]:
    """What some sources say anew of some things: statements dropped, with other values, or taken from elsewhere."""
    facts = [quad.triple for quad in base if str(quad.subject).startswith(THING)]
    keys = sorted({(str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]) for quad in base if quad.triple in facts})
    chosen = set(chance.sample(keys, chance.randint(1, 4)))
    said: list[ox.Quad] = []
    for quad in base:
        if (str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]) not in chosen:
            continue
        luck = chance.random()
        if luck < 0.7 or luck > 0.9:
            said.append(quad)
        if luck > 0.8:
            said.append(ox.Quad(quad.subject, quad.predicate, chance.choice(facts).object, quad.graph_name))
        if luck > 0.85:
            other = chance.choice(facts)
            said.append(ox.Quad(quad.subject, other.predicate, other.object, quad.graph_name))
    return said, chosen


def whole(quads: list[ox.Quad], shapes: Shapes) -> set[Result]:
    """What pyshacl finds in a whole graph, with what is derived from it."""
    every = {str(quad.triple): quad.triple for quad in (*quads, *derive(quads))}
    return set(engine("pyshacl")(every.values(), shapes))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("further", [0, 1000])
def test_a_change_brings_what_the_whole_graph_shows(
    further: int, graph: Graph, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problems that a random edit brings are the difference of two full validations by pyshacl.

    So it is where what can be affected is judged, and where all is, as for a contribution that is large.
    """
    monkeypatch.setattr("cybercoop.judge.validate._FURTHER", further)
    chance = random.Random(seed)
    shapes, base = graph.workspace.shapes, part(chance)
    build(tmp_path, (f"{quad} .\n" for quad in (*base, *derive(base))))
    store = ox.Store.read_only(str(tmp_path / "store"))
    before = whole(base, shapes)
    for _ in range(4):
        said, chosen = edited(base, chance)
        kept = [quad for quad in base if (str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]) not in chosen]
        after = whole([*kept, *said], shapes)
        own = {f"<{thing}>" for _, thing in chosen}
        found = set(brought(Change(store, said, chosen), graph.workspace.footprint, engine("fast"), shapes, own))
        assert found - before == after - before
        assert {result for result in found if result.focus in own} == {
            result for result in after if result.focus in own
        }


def test_every_rule_says_how_far_it_reaches(graph: Graph) -> None:
    """Each rule of ours is judged from its things; none needs the whole graph."""
    assert not graph.workspace.footprint.far
    assert graph.workspace.shapes.selects


@pytest.mark.parametrize(
    "text",
    [
        "SELECT $this (COUNT(?x) AS ?n) WHERE { $this coop:partOf ?x } GROUP BY $this HAVING (COUNT(?x) > 1)",
        "SELECT $this WHERE { $this coop:partOf ?x } LIMIT 1",
        "SELECT $this WHERE { $this coop:partOf ?x . { SELECT ?y WHERE { ?y coop:partOf ?z } LIMIT 1 } }",
        "SELECT $this WHERE { $this coop:partOf ?x . ?other coop:scope ?scope }",
        "SELECT $this WHERE { $this coop:partOf ?x . FILTER(?x = ?y && NOT EXISTS { ?y coop:scope ?z }) }",
        "SELECT $this WHERE { { $this coop:partOf ?x } UNION { $this coop:scope ?x } }",
        "SELECT $this WHERE { GRAPH ?source { $this coop:partOf ?x } }",
        "SELECT $this WHERE { $this coop:partOf [ coop:scope ?x ] }",
        "SELECT $this WHERE { $this unknown:partOf ?x }",
        "SELECT $this WHERE { $this coop:partOf",
    ],
)
def test_a_rule_whose_reach_is_not_plain_is_not_taken_for_local(text: str) -> None:
    """Sub-selects, aggregates, limits, unions, graphs, and patterns apart from `$this` are never judged in part."""
    with pytest.raises(NotLocal):
        groups(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("select  distinct\n$this{?this  coop:partOf\n?x # ?y }\n}", "SELECT $this WHERE { $this coop:partOf ?x }"),
        (f"SELECT $this {{ $this <{NS}partOf> ?x ; ; . }}", "SELECT $this WHERE { $this coop:partOf ?x }"),
        ("SELECT $this { $this coop:code 'a\\u0062' }", 'SELECT $this WHERE { $this coop:code "ab" }'),
        ("SELECT $this { $this ^(coop:partOf|^coop:scope) ?x }", "SELECT $this { $this ^coop:partOf|coop:scope ?x }"),
        (
            "SELECT $this { $this ?p ?x FILTER ( ( ?p in\n(coop:partOf) ) ) }",
            "SELECT $this { $this ?p ?x . FILTER(?p IN (coop:partOf)) }",
        ),
    ],
)
def test_a_rule_reads_the_same_however_it_is_written(text: str, plain: str) -> None:
    """Spaces, lines, comments, full IRIs, quotation marks and brackets change nothing of what a rule reads."""
    assert groups(text) == groups(plain)
    assert names(text) == names(plain)


@pytest.mark.parametrize("further", [0, 10])
def test_a_rule_without_reach_sees_the_whole_graph(
    further: int, graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that counts over the whole graph is asked of all of it, as the contribution changes it.

    So it is where the graph is judged in part, and where it is so small beside the contribution that all of it is.
    """
    monkeypatch.setattr("cybercoop.judge.validate._FURTHER", further)
    count = "{ SELECT (COUNT(?y) AS ?n) WHERE { ?y coop:scope ?z } } FILTER(?n > 1)"
    rule = f"SELECT $this WHERE {{ $this coop:scope ?x . {count} }}"
    shape = Shape(SHAPES + "one-scope", "error", {"en": "-"}, {"en": "-"}, rule, frozenset(), "")
    footprint = Footprint((), (shape,))
    graph_name, scope = ox.NamedNode("https://example.org/source"), ox.NamedNode(NS + "scope")
    old, new = (ox.Quad(ox.NamedNode(f"https://example.org/{name}"), scope, graph_name, graph_name) for name in "ab")
    build(tmp_path, [f"{old} .\n"])
    store = ox.Store.read_only(str(tmp_path / "store"))
    found = brought(
        Change(store, [new], {(graph_name.value, new.subject.value)}),
        footprint,
        engine("fast"),
        graph.workspace.shapes,
        {str(new.subject)},
    )
    assert {result.focus for result in found} == {str(old.subject), str(new.subject)}


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ("ex:s sh:targetClass ex:A ; sh:property ex:p . ex:p sh:path ex:p ; sh:mincount 1 .", "sh:mincount"),
        ("ex:s sh:targetClass ex:A ; sh:property ex:p . ex:p sh:path ex:p ; sh:node ex:s .", "refers to itself"),
    ],
)
def test_a_constraint_of_unknown_reach_is_refused(shape: str, problem: str) -> None:
    """A word of SHACL that is not known, or a shape that refers to itself, is never passed over."""
    with pytest.raises(ValueError, match=problem):
        Footprint.of(shapes_of(shape))


def shapes_of(turtle: str) -> Shapes:
    """The shapes that a text holds."""
    prefixes = f"PREFIX sh: <{SH}> PREFIX ex: <https://example.org/> "
    return Shapes(quad.triple for quad in ox.parse((prefixes + turtle).encode(), format=ox.RdfFormat.TURTLE))


def test_every_shipped_rule_is_local(graph: Graph) -> None:
    """No rule that ships is asked of the whole graph for one record: a record takes as long in a large graph."""
    assert not [shape.iri for shape in graph.workspace.footprint.far]
