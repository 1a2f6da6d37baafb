"""The fixtures hold the shapes: what a constraint loses, some fixture notices."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
import pytest

from bench.mutants.rules import weaker_rules
from bench.mutants.shapes import weaker_patterns
from bench.mutate_shapes import triples_of
from cybercoop.terms.names import PREFIXES, SH

ROOT = Path(__file__).parent.parent


def test_a_sample_of_the_mutants_is_noticed() -> None:
    """Of a sample of weakened constraints, each is noticed by some fixture, or its survival is explained."""
    command = [sys.executable, "-m", "bench.mutate_shapes", "--sample", "40", "--seed", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 mutants" in done.stdout


def test_a_blunt_fixture_is_noticed() -> None:
    """With nothing to look at, every mutant lives: the trial can fail."""
    from bench.mutants.shapes import ShapesGraph
    from bench.mutate_shapes import Trial

    graph = ShapesGraph(triples_of(ROOT / "shapes" / "places.ttl"))
    trial = Trial(graph, {}, [])
    assert all(trial.survives(mutant) for mutant in random.Random(1).sample(trial.mutants, 5))


@pytest.mark.parametrize(
    ("pattern", "weaker"),
    [
        ("^[A-Z]{2}$", ["[A-Z]{2}$", "^[A-Z]{2}", "^[A-Z]{2,}$", "^[A-Z]{1,2}$", "^.{2}$"]),
        ("a(b|c)", ["a(c)", "a(b)"]),
        ("[0-9]+x", [".+x", "[0-9]*x"]),
        ("a{1,3}", ["a{1,}"]),
    ],
)
def test_weaker_patterns(pattern: str, weaker: list[str]) -> None:
    """A pattern is weakened at its anchors, bounds, characters and alternatives."""
    assert weaker_patterns(pattern) == weaker


def test_weaker_rules() -> None:
    """A rule is weakened at each pattern but its first, at each filter, and at the parts of a filter."""
    select = "SELECT $this WHERE { $this a/rdfs:subClassOf* c:A ; c:b ?x . FILTER(?x IN (c:y, c:z)) ?x c:d* $this }"
    assert [what for what, _ in weaker_rules(select)] == [
        "without $this c:b ?x",
        "without FILTER(?x IN(c:y, c:z))",
        "FILTER(?x IN(c:y, c:z)) → FILTER(?x IN(c:z))",
        "FILTER(?x IN(c:y, c:z)) → FILTER(?x IN(c:y))",
        "without ?x c:d*$this",
        "?x c:d*$this → ?x c:d $this",
    ]


def test_weaker_groups() -> None:
    """A group that stands without a keyword is weakened inside, as the others are."""
    select = (
        "SELECT $this WHERE { $this a c:A . { $this ?p ?x . FILTER(?p IN (c:y, c:z)) } FILTER EXISTS { ?x c:b c:c } }"
    )
    assert [what for what, _ in weaker_rules(select)] == [
        "without { $this ?p ?x . FILTER(?p IN(c:y, c:z))}",
        "group: without $this ?p ?x",
        "group: without FILTER(?p IN(c:y, c:z))",
        "group: FILTER(?p IN(c:y, c:z)) → FILTER(?p IN(c:z))",
        "group: FILTER(?p IN(c:y, c:z)) → FILTER(?p IN(c:y))",
        "without FILTER EXISTS { ?x c:b c:c . }",
        "FILTER EXISTS: without ?x c:b c:c",
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "shapes").glob("*.ttl")), ids=lambda path: path.stem)
def test_each_weaker_rule_can_be_asked(path: Path) -> None:
    """A mutant that is no SPARQL would be no mutant: nothing could notice it but its own fault."""
    selects = [triple.object.value for triple in triples_of(path) if triple.predicate.value == SH + "select"]
    for _, weaker in chain.from_iterable(map(weaker_rules, selects)):
        ox.Store().query(weaker, prefixes=PREFIXES)
