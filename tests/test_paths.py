"""Paths of any length that are followed here join what an engine joins that loses nothing."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybercoop.sparql.paths import with_paths_followed

THINGS = [f"<x:t{number}>" for number in range(5)]
PROPERTIES = ["<x:p>", "<x:q>"]

edges = st.sets(st.tuples(st.sampled_from(THINGS), st.sampled_from(PROPERTIES), st.sampled_from(THINGS)), max_size=8)
paths = st.recursive(
    st.sampled_from(PROPERTIES),
    lambda part: st.one_of(
        part.map(lambda one: f"({one})+"),
        part.map(lambda one: f"({one})*"),
        part.map(lambda one: f"({one})?"),
        part.map(lambda one: f"^({one})"),
        st.tuples(part, part).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]}/{two[1]})"),
    ),
    max_leaves=3,
)
ends = st.sampled_from(["?a", "?b", *THINGS[:2]])
FORMS = (
    "SELECT * {{ {0} {1} {2} }}",
    "SELECT * {{ ?a <x:p> ?b ; <x:q> ?c . {0} {1} {2} }}",
    "SELECT * {{ ?a <x:p> ?b FILTER NOT EXISTS {{ {0} {1} {2} }} }}",
    "SELECT * {{ ?a <x:p> ?b FILTER(?a = ?b || EXISTS {{ {0} {1} {2} }}) }}",
    "SELECT * {{ ?a <x:p> ?b OPTIONAL {{ {0} {1} {2} }} }}",
    "SELECT * {{ ?a <x:p>/{1} {2} }}",
    "SELECT DISTINCT*{{ ?a <x:p>/{1} {2} . {{ SELECT * # all\nWHERE {{ ?b <x:q>/{1} ?a }} }} }}",
    "SELECT ?a ?b {{ ?a <x:p>/{1} {2} . ?b <x:q> ?a }}",
)


@given(edges=edges, path=paths, start=ends, end=ends, form=st.sampled_from(FORMS))
@settings(max_examples=500, deadline=None)
def test_rows_are_those_of_the_path(
    edges: set[tuple[str, str, str]], path: str, start: str, end: str, form: str
) -> None:
    """Each row comes as often as from the path itself, in a pattern, in what may be there and in conditions."""
    lines = [*(" ".join(each) for each in edges), *(f"{thing} <x:is> {thing}" for thing in THINGS), ""]
    store = ox.Store()  # which joins a thing to itself where it is in the graph only; all are
    store.load(" .\n".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES)

    def rows(text: str) -> Counter[str]:
        found = store.query(text)
        assert isinstance(found, ox.QuerySolutions)
        names = sorted(str(variable)[1:] for variable in found.variables)
        return Counter(" ".join(f"{name}={row[name]}" for name in names) for row in found)

    text = form.format(start, path, end)
    followed = with_paths_followed(text, lambda name: [(s, o) for s, p, o in edges if p == f"<{name}>"])
    once = "|" in path or start == end  # where the engine gives one row for two ways, and the standard two
    here, there = rows(followed), rows(text)
    assert (set(here) == set(there)) if once else (here == there), followed


def test_it_does_follow() -> None:
    """Paths of a question are followed, also where a server has a word of its own before it."""
    text = (
        'DEFINE sql:select-option "order"\nSELECT ?x { ?x a <x:C> ; <x:p>* <x:t0> '
        "FILTER NOT EXISTS { ?x ^<x:p>+ <x:t1> } }"
    )
    assert with_paths_followed(text, lambda _: [("<x:t1>", "<x:t0>")]) == (
        'DEFINE sql:select-option "order"\nSELECT ?x { VALUES (?x) { (<x:t0>) (<x:t1>) } . ?x a <x:C> '
        "FILTER (!(?x IN (<x:t0>))) }"
    )


def test_what_lies_between_steps_is_no_column() -> None:
    """A `SELECT *` names its columns where a path is followed whose steps meet in a thing that it does not show."""
    followed = with_paths_followed("SELECT * { ?a <x:q>/<x:p>+ ?b }", lambda _: [("<x:t1>", "<x:t0>")])
    assert followed == "SELECT ?a ?b { ?a <x:q> ?step0 . VALUES (?step0 ?b) { (<x:t1> <x:t0>) } }"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?a <x:p>* ?b }",
        "SELECT * { GRAPH ?g { ?a <x:p>+ <x:t0> } }",
        "SELECT * { ?a (!<x:p>)+ <x:t0> }",
        "SELECT * { <x:t1> <x:q>/<x:p>+ <x:t0> }",
        "SELECT * { [] <x:p>+ <x:t0> }",
        'SELECT * { ?a <x:p>+ "text" }',
        "SELECT * { ?a <x:p>+ ",
    ],
)
def test_what_cannot_be_followed_stays(text: str) -> None:
    """Ends that may be any thing, graphs, what has no name or would be a column, and no query stay as they are."""
    assert with_paths_followed(text, lambda _: [("<x:t1>", "<x:t0>")]) == text


def test_too_much_stays() -> None:
    """What joins more than can be sent stays as it is."""
    text = "SELECT * { ?a <x:p>+ <x:t0> }"
    assert with_paths_followed(text, lambda _: None) == text
    assert with_paths_followed(text, lambda _: [(f"<x:{n}>", "<x:t0>") for n in range(3000)]) == text
