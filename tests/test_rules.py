"""Rules across records are asked in pieces, and mean what they say as a whole."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop.engines.store import union
from cybercoop.graph import Graph
from cybercoop.shapes import Shape
from cybercoop.shapes.engines.rules import apart, violations
from cybercoop.shapes.reads import properties
from cybercoop.terms.names import NS, PREFIXES

ROOT = Path(__file__).parent.parent
NODES = "abcdefgh"
STEPS = "pqr"
OUTER = "SELECT $this ?value WHERE {{ $this coop:p ?value . {} }}"
APART = (
    "FILTER NOT EXISTS { $this coop:q ?value }",
    "FILTER NOT EXISTS { ?other coop:q $this }",
    "FILTER NOT EXISTS { $this coop:q/coop:r ?value . ?value coop:r|^coop:p ?other FILTER(STR(?other) > STR(?value)) }",
    "?value coop:q ?next . FILTER NOT EXISTS { ?next coop:r ?value } FILTER NOT EXISTS { $this coop:r ?next }",
    "?value ?step ?next . FILTER NOT EXISTS { ?next ?step $this } FILTER(?next != $this)",
    "OPTIONAL { ?value coop:q ?next } FILTER NOT EXISTS { $this coop:r ?value }",
    "FILTER NOT EXISTS { $this coop:q ?value } . ?value coop:p ?next .",
    f"?value coop:p ?next\tfilter\nNOT EXISTS{{ # }}\n $this <{NS}q> ?value . }} . ?next coop:q ?more",
    "?value coop:p ?next FILTER NOT EXISTS { $this coop:q ?value . FILTER(STR(?value) != '}\\'{') } ?next coop:q ?more",
)
"""What stands after the first pattern of a rule whose absences can all be asked on their own."""
WHOLE = (
    "OPTIONAL { ?value coop:q ?next } FILTER NOT EXISTS { $this coop:r ?next }",
    "FILTER NOT EXISTS { $this coop:q ?next . FILTER(STR(?next) > STR(?value)) }",
    "FILTER NOT EXISTS { $this coop:q ?next . OPTIONAL { ?next coop:r ?value } }",
    "FILTER NOT EXISTS { $this coop:q ?next . FILTER NOT EXISTS { ?next coop:r ?value } }",
    "FILTER NOT EXISTS { ?value coop:q ?next MINUS { ?next coop:r $this } }",
    "FILTER NOT EXISTS { $this coop:q ?value MINUS { ?value coop:r $this } }",
    "FILTER NOT EXISTS { ?value (coop:q|coop:r*) $this }",
    "FILTER NOT EXISTS { ?one coop:q ?other . ?other coop:r ?one }",
    "FILTER EXISTS { $this coop:q ?value }",
    "MINUS { $this coop:q ?value }",
)
"""The same where an absence cannot, or where there is none."""

LISTED = {
    "$this coop:q ?next . ?other coop:p ?value ; coop:q ?next . FILTER(?other != $this)": 1,
    "$this coop:q ?next . ?other coop:p ?value ; coop:q ?next FILTER NOT EXISTS { $this coop:r ?other }": 1,
    "FILTER NOT EXISTS { $this coop:q ?next ; coop:p ?value . ?other coop:r ?next , ?value . }": 2,
}
"""The same where something meets the rest in two values at once; how much is then listed by itself."""
LOOKED_UP = (
    "$this coop:q ?next . ?other coop:p ?value ; coop:q $this .",
    "$this coop:q ?next . ?other coop:p ?value ; coop:q ?next . ?next coop:r ?other .",
    "$this ?step ?next . ?other ?step ?next .",
)
"""The same where it is better looked up: by `$this`, by its own name, or because it would be everything."""

FEW = (
    "?value ?step ?next . FILTER(?step IN (coop:q, coop:r))",
    "OPTIONAL { ?value ?step coop:a } $this ?step ?next . FILTER(?step IN (coop:q, coop:r) && ?next != $this)"
    " FILTER(?step IN (coop:r))",
    "?value coop:q/coop:r* ?next . FILTER(?next IN (coop:a, coop:b))",
    "FILTER NOT EXISTS { $this ?step ?value . FILTER(?step IN (coop:q, coop:r)) }",
    "?other ?step ?value . FILTER(?other != $this) FILTER(?step IN (coop:p)) FILTER(?step IN (coop:p, coop:q))",
)
"""The same where a filter leaves few values to a property, or to the end of a path of some steps."""
MANY = (
    "?value coop:q ?next . FILTER(?next IN (coop:a, coop:b))",
    "?value ?step ?next . FILTER(?step IN (coop:q, ?next))",
    "?value ?step ?next . FILTER(?step != coop:q)",
)
"""The same where one look is enough, or where what is left is not told."""

OWN = (
    "$this coop:q ?next . FILTER NOT EXISTS { $this coop:q ?other . FILTER(STR(?other) >= STR($this)) }",
    "?value coop:q ?next . FILTER NOT EXISTS { $this coop:p ?value . ?value coop:q ?more . FILTER(STR(?more) > 'x') "
    "FILTER(STR(?value) < STR(?more)) }",
    "?value coop:q ?next . FILTER NOT EXISTS { ?value coop:q ?more . FILTER(?more > ?value) }",
    "?next coop:q $this , ?last . FILTER NOT EXISTS { ?next coop:q ?more . FILTER(STR(?more) > STR(?next)) }",
)
"""The same where a solution can be itself what must not be there; of one, the filter never has an answer."""
OTHERS = (
    "?value coop:q ?next . FILTER NOT EXISTS { ?value coop:r ?more . FILTER(STR(?more) > STR(?value)) }",
    "?value coop:q ?next . FILTER NOT EXISTS { ?next coop:q ?more . FILTER(STR(?more) > STR(?next)) }",
    "?value coop:q ?next . FILTER NOT EXISTS { ?value coop:q ?more . { FILTER(STR(?more) > STR(?value)) } }",
    "OPTIONAL { ?value coop:q ?next } FILTER NOT EXISTS { ?value coop:q ?more . FILTER(STR(?more) > STR(?value)) }",
)
"""The same where it cannot, or where that is not told."""
INSIDE = (
    "{ ?value coop:q ?next . FILTER(STR(?next) > STR(?value)) }",
    "{ ?value coop:q ?next FILTER(STR(?next) > STR(?value)) . } . ?next coop:r ?more",
    "?value coop:r ?more { ?value coop:q ?next . } ?next coop:p ?last",
    "{ ?value coop:q ?next } . { ?next coop:r ?more } FILTER(?more != $this)",
    "FILTER($this != ?next) { ?value ?step ?next . FILTER(?step IN (coop:q, coop:r)) } ?next coop:p ?last .",
)
"""The same with groups in a group that may as well stand in it."""
APART_INSIDE = (
    "?value coop:q ?next . { ?next coop:r ?more . FILTER(BOUND(?value)) }",
    "OPTIONAL { ?value coop:q ?next } { ?next coop:r ?more }",
    "{ } ?value coop:q ?next",
)
"""The same where that would mean another thing, or nothing is in them."""
EVERY = [*APART, *WHOLE, *LISTED, *LOOKED_UP, *FEW, *MANY, *OWN, *OTHERS, *INSIDE, *APART_INSIDE]


@cache
def random_graphs() -> tuple[ox.Store, ...]:
    """Graphs of few things with many statements."""
    graphs = []
    for seed in range(8):
        chance = random.Random(seed)
        graphs.append(ox.Store())
        for _ in range(25):
            subject, value = (ox.NamedNode(NS + chance.choice(NODES)) for _ in "ab")
            graphs[-1].add(ox.Quad(subject, ox.NamedNode(NS + chance.choice(STEPS)), value))
    return tuple(graphs)


def asked_at_once(store: ox.Store, select: str) -> set[tuple[str, str]]:
    """What a query finds, asked as it is written."""
    solutions = store.query(select, prefixes=PREFIXES)
    names = {str(variable)[1:] for variable in solutions.variables}  # type: ignore[union-attr]
    last = "value" if "value" in names else "this"
    return {(str(row["this"]), str(row[last] or row["this"])) for row in solutions}  # type: ignore[index, union-attr]


def asked_in_pieces(store: ox.Store, select: str) -> set[tuple[str, str]]:
    """What the engine finds."""
    rule = Shape(NS + "rule", "error", {}, {}, select, frozenset(), "")
    return {(result.focus, result.value) for result in violations(store, [rule])}


@pytest.mark.parametrize("text", EVERY)
def test_in_pieces_and_at_once_are_the_same(text: str) -> None:
    """A rule asked in pieces finds what the query finds as it is written, in every random graph, and something."""
    select = OUTER.format(text)
    found = [(asked_in_pieces(store, select), asked_at_once(store, select)) for store in random_graphs()]
    assert all(pieces == whole for pieces, whole in found)
    assert any(whole for _, whole in found) or "FILTER(BOUND(?value))" in text


@pytest.mark.parametrize("text", EVERY)
def test_what_a_rule_does_not_look_at_may_be_missing(text: str) -> None:
    """A rule finds the same in a graph that has nothing but the properties that it looks at."""
    select = OUTER.format(text)
    looked_at = properties(select)
    for store in random_graphs():
        some = ox.Store()
        some.bulk_extend(quad for quad in store if looked_at is None or quad.predicate.value in looked_at)
        assert asked_at_once(some, select) == asked_at_once(store, select)


def test_which_properties_a_rule_looks_at(graph: Graph) -> None:
    """Those that it names, in paths and conditions as well; all where one is not told, or where a path may be none."""
    assert properties(OUTER.format(APART[2])) == {NS + "p", NS + "q", NS + "r"}
    assert properties(OUTER.format(FEW[0])) == {NS + "p", NS + "q", NS + "r"}
    assert properties(OUTER.format("?other coop:q* $this")) == {NS + "p", NS + "q"}
    for text in (MANY[2], "?other coop:q* ?next", "?other !coop:q ?next"):
        assert properties(OUTER.format(text)) is None
    assert all(properties(shape.select or "") for shape in graph.workspace.shapes.selects)


@pytest.mark.parametrize("text", APART)
def test_what_is_asked_apart(text: str) -> None:
    """An absence of patterns and filters that binds what it shares is asked apart; nothing of it stays behind."""
    found = apart(OUTER.format(text))
    assert len(found.absences) == text.count("NOT EXISTS")
    assert "EXISTS" not in found.rest


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_asked_whole(text: str) -> None:
    """What may bind nothing, or leads on by itself, is not asked apart."""
    assert not apart(OUTER.format(text)).absences


@pytest.mark.parametrize("text", [*LISTED, *LOOKED_UP])
def test_what_is_asked_in_a_select_of_its_own(text: str) -> None:
    """What meets the rest in two values at once is listed by itself, with what it meets of `$this`; nothing else is."""
    found = apart(OUTER.format(text))
    pieces = [found.rest.removeprefix("SELECT"), *(absence.group for absence in found.absences)]
    assert sum(piece.count("SELECT") for piece in pieces) == LISTED.get(text, 0)


@pytest.mark.parametrize("text", [*FEW, *MANY])
def test_what_is_asked_by_the_few_values_of_a_filter(text: str) -> None:
    """The values that a filter leaves are named before what would be looked through for them, and no others."""
    found = apart(OUTER.format(text))
    pieces = [found.rest, *(absence.group for absence in found.absences)]
    assert sum(piece.count("VALUES") for piece in pieces) == (text in FEW)


@pytest.mark.parametrize("text", [*OWN, *OTHERS])
def test_what_is_itself_what_must_not_be_there(text: str) -> None:
    """Solutions that meet the absence by themselves are left out before it is asked, and no others are."""
    assert ("COALESCE" in apart(OUTER.format(text)).rest) == (text in OWN)


@pytest.mark.parametrize("text", [*INSIDE, *APART_INSIDE])
def test_what_may_as_well_stand_in_the_group_around_it(text: str) -> None:
    """A group in a group is opened where that means the same."""
    rest = apart(OUTER.format(text)).rest
    assert (rest.count("{") == 1 + rest.count("VALUES")) == (text in INSIDE)


def test_our_own_rules_are_all_asked_apart(graph: Graph) -> None:
    """No rule of ours makes the engine look for an absence once for each thing."""
    rules = {shape.code: shape.select or "" for shape in graph.workspace.shapes.selects}
    whole = [code for code, text in rules.items() if "NOT EXISTS" in apart(text).rest]
    assert not whole, "say again inside FILTER NOT EXISTS what binds the variables that it shares with what is outside"
    assert sum(bool(apart(text).absences) for text in rules.values()) > 15


@pytest.mark.parametrize("seed", range(3))
def test_our_own_rules_in_pieces(graph: Graph, seed: int) -> None:
    """In the shipped graph without a quarter of its statements, each rule finds what its query finds."""
    chance = random.Random(seed)
    stated = sorted(union(cybercoop.open(ROOT).workspace.stored.quads()), key=str)
    kept = [quad for quad in stated if chance.random() < 0.75]
    store = ox.Store()
    store.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in kept)
    met = 0
    for shape in graph.workspace.shapes.selects:
        whole = asked_at_once(store, shape.select or "")
        assert asked_in_pieces(store, shape.select or "") == whole, shape.code
        met += bool(whole)
    assert met > 3


def test_what_is_not_shown_is_not_told() -> None:
    """A variable that binds an absence to its rule is no part of the result where the rule does not show it."""
    select = OUTER.format(APART[0]).replace("$this ?value", "$this", 1)
    found = [(asked_in_pieces(store, select), asked_at_once(store, select)) for store in random_graphs()]
    assert all(pieces == whole for pieces, whole in found)
    assert any(whole for _, whole in found)


def test_things_without_a_name() -> None:
    """A thing without a name, which no list of values can hold, is judged as well."""
    store = ox.Store()
    store.add(ox.Quad(ox.BlankNode("one"), ox.NamedNode(NS + "p"), ox.NamedNode(NS + "a")))
    store.add(ox.Quad(ox.BlankNode("two"), ox.NamedNode(NS + "p"), ox.NamedNode(NS + "a")))
    store.add(ox.Quad(ox.BlankNode("two"), ox.NamedNode(NS + "q"), ox.NamedNode(NS + "a")))
    select = OUTER.format(APART[0])
    assert asked_in_pieces(store, select) == asked_at_once(store, select) == {("_:one", f"<{NS}a>")}
