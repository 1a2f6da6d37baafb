"""An answer that cites names what each row rests on: no less, and nothing beside."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.ask.answer import FORMATS
from cybercoop.ask.citations import branches, cite, claims, stated
from cybercoop.ask.parameters import resolve
from cybercoop.ask.trace import trace
from cybercoop.engines.embedded import run
from cybercoop.engines.store import union
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal, refuse
from cybercoop.sparql.question import as_typed
from cybercoop.terms import names
from cybercoop.terms.names import DCT, DERIVED, NS, QUERY_PREFIXES, RDF_TYPE, RDFS, record
from cybercoop.terms.places import Cited
from cybercoop.terms.term import Term
from cybercoop.workspace.derive import days, follow, general
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH, Workspace

ROOT = Path(__file__).parent.parent
FILES = {path.stem: path for path in sorted((ROOT / "tests" / "queries").glob("*.yaml"))}
DAYS, ABOUT, POSITION = (ox.NamedNode(iri) for iri in (DERIVED, NS + "about", NS + "positionKind"))
TYPE, ABOVE = ox.NamedNode(RDF_TYPE), ox.NamedNode(RDFS + "subClassOf")

_TRIED = 3
"""How many sources of a row are looked at one by one; rows that count have dozens."""

_ORDERS = 12
"""In how many orders what the others say is taken out: the way to a row that is looked for must once stay last."""

_LONG = 300
"""From how many rows on one is looked at, instead of two."""

Row = Sequence[Term | None]


@cache
def read(name: str) -> list[dict[str, Any]]:
    """Return the cases of a question."""
    cases: list[dict[str, Any]] = as_typed(FILES[name].read_text("utf-8"))
    return cases


CASES = [
    pytest.param(name, index, id=" ".join([name, *(f"{key}={value}" for key, value in (case["params"] or {}).items())]))
    for name in FILES
    for index, case in enumerate(read(name))
    if case["rows"]
]


class Held:
    """A store from which statements can be taken out, with what follows from them, and put back."""

    def __init__(self, quads: Iterable[ox.Quad], workspace: Workspace) -> None:
        every = set(quads)
        placed = {quad.subject for quad in every if quad.predicate == POSITION}
        self.quads = {
            quad
            for quad in every
            if quad.subject not in placed and (quad.graph_name != DAYS or quad.predicate.value not in names.COMPUTED)
        }
        self.store = ox.Store()
        self.store.bulk_extend(self.quads)
        self.store.bulk_extend(union([*self.quads, *days(self.quads)]))
        self.store.bulk_extend(days(self.quads))
        self.rules = {path.name: path.read_text("utf-8") for path in workspace.files("ontology", ".rq")}
        self.policy, self.followed, self.stale = workspace.policy, list[ox.Quad](), True

    def change(self, quads: Iterable[ox.Quad], *, there: bool) -> None:
        """Put statements in or take them out; the union and the derived days follow."""
        changed = set(quads)
        self.stale = True
        for quad in changed:
            (self.store.add if there else self.store.remove)(quad)
        touched = {quad.subject for quad in changed}
        records = {ox.NamedNode(record(str(quad.graph_name)[1:-1], str(quad.subject)[1:-1])) for quad in changed}
        for thing in touched | records:
            for name in ("firstDay", "lastDay"):
                day = ox.NamedNode(f"https://w3id.org/cybercoop/ns#{name}")
                for old in list(self.store.quads_for_pattern(thing, day, None, None)):
                    self.store.remove(old)
        things = touched | {
            quad.object for thing in touched for quad in self.store.quads_for_pattern(thing, ABOUT, None)
        }
        for thing in things:
            about = self.store.quads_for_pattern(thing, None, None, None)  # type: ignore[arg-type]
            for quad in days(quad for quad in about if quad.graph_name != ox.DefaultGraph()):
                self.store.add(quad)
                self.store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
        self.classify(touched)
        for quad in changed:
            alone = ox.Quad(quad.subject, quad.predicate, quad.object)
            others = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
            if any(other.graph_name != ox.DefaultGraph() for other in others):
                self.store.add(alone)
            else:
                self.store.remove(alone)

    def classify(self, things: Iterable[Any]) -> None:
        """Give some things the general classes that follow from what is stated of them now."""
        for thing in things:
            for old in list(self.store.quads_for_pattern(thing, TYPE, None, DAYS)):
                self.store.remove(old)
                if not list(self.store.quads_for_pattern(thing, TYPE, old.object, None))[1:]:
                    self.store.remove(ox.Quad(thing, TYPE, old.object))
            every = self.store.quads_for_pattern(thing, TYPE, None)
            kinds = [quad for quad in every if quad.graph_name != ox.DefaultGraph()]
            above = self.store.quads_for_pattern(None, ABOVE, None, ox.DefaultGraph())
            found = [*general({TYPE.value: kinds, ABOVE.value: above})]
            self.store.extend([*found, *union(found)])

    def rows(self, text: str) -> list[list[Term | None]]:
        """Return the rows of a query; what rules derive follows only where they are asked for."""
        if self.stale and "coop:position" in text:
            for quad in self.followed:
                self.store.remove(quad)
                self.store.remove(ox.Quad(quad.subject, quad.predicate, quad.object))
            named = (quad for quad in self.store if quad.graph_name != ox.DefaultGraph())
            self.followed = follow(named, self.rules, self.policy)
            self.store.extend([*self.followed, *union(self.followed)])
            self.stale = False
        return run(self.store, text, "test")[1]


@pytest.fixture(scope="module")
def whole(graph: Graph) -> Held:
    return Held(graph.workspace.stored.quads(), graph.workspace)


@pytest.fixture(scope="module")
def words(graph: Graph) -> Held:
    """The vocabulary alone, which no row cites, and of what kind and of when sources are, which ranks their claims."""
    kept = (f"<{ONTOLOGY_GRAPH}>", f"<{SCHEME_GRAPH}>")
    cards = (NS + "sourceKind", NS + "readOn", DCT + "issued")
    quads = graph.workspace.stored.quads()
    return Held(
        (quad for quad in quads if str(quad.graph_name) in kept or quad.predicate.value in cards), graph.workspace
    )


@cache
def case(name: str, index: int, graph: Graph) -> tuple[str, list[Row], list[tuple[Cited, ...]], list[set[ox.Quad]]]:
    """Return a question with its parameters bound, some rows of its answer, what they cite and what that says."""
    given = read(name)[index]["params"] or {}
    question = graph.questions[name]
    store = graph.workspace.stored.open()
    text = question.bind(
        resolve(
            question.parameters,
            {"language": "en", **given} if "language" in question.parameters else given,
            store,
        )
    )

    def asked(query: str) -> tuple[list[str], list[list[Term | None]]]:
        return run(store, query, "test")

    columns, rows = asked(text)
    chosen = [rows[place] for place in sorted({0, len(rows) // 2} if len(rows) < _LONG else {0})]
    cited = cite(text, columns, chosen, asked)
    matched = claims(text, columns, chosen, asked)
    known = stated({claim for found in matched for claim in found}, asked)
    said = [
        {
            quad
            for claim in found
            for quad in known[claim]
            if str(quad.graph_name)[1:-1] in {entry.source for entry in sources}
        }
        for found, sources in zip(matched, cited, strict=True)
    ]
    return text, list(chosen), cited, said


@pytest.mark.parametrize(("name", "index"), CASES)
def test_without_what_it_cites_a_row_is_not_there(name: str, index: int, graph: Graph, whole: Held) -> None:
    """Every row cites something, and without the statements that it cites it is gone or another."""
    text, rows, cited, said = case(name, index, graph)
    for row, sources, quads in zip(rows, cited, said, strict=True):
        assert sources
        whole.change(quads, there=False)
        try:
            assert list(row) not in whole.rows(text)
        finally:
            whole.change(quads, there=True)
    assert list(rows[0]) in whole.rows(text)


@pytest.mark.parametrize(("name", "index"), CASES)
def test_no_cited_source_is_beside_the_point(name: str, index: int, graph: Graph, words: Held) -> None:
    """What a row cites suffices for it, and each source is needed where the others say no more than they must.

    A row that counts cites all that it counted, though half of it might have given the same number; so does a position
    on a treaty, which tells how many sources it follows from.
    """
    text, rows, cited, said = case(name, index, graph)
    for row, sources, quads in zip(rows, cited, said, strict=True):
        by_source = {
            entry.source: {quad for quad in quads if str(quad.graph_name) == f"<{entry.source}>"} for entry in sources
        }
        words.change(quads, there=True)
        try:
            assert list(row) in words.rows(text), "what it cites does not suffice"
            for source in (
                ()
                if "GROUP BY" in text or "coop:position" in text
                else sorted(by_source, key=lambda source: len(by_source[source]))[:_TRIED]
            ):
                assert any(
                    needed(source, by_source, list(row), text, words, random.Random(seed)) for seed in range(_ORDERS)
                ), f"{source} is not needed for {row}"
        finally:
            words.change(quads, there=False)


def needed(source: str, said: dict[str, set[ox.Quad]], row: Row, text: str, words: Held, order: random.Random) -> bool:
    """Whether a row falls with a source, once each statement of the others that it can do without is taken out.

    What can be done without hangs on the order: of several ways to a row that the others give, the last one stays.
    """
    out: list[ox.Quad] = []
    others = [quad for other, quads in sorted(said.items()) if other != source for quad in sorted(quads, key=str)]
    for quad in order.sample(others, len(others)):
        words.change({quad}, there=False)
        if row in words.rows(text):
            out.append(quad)
        else:
            words.change({quad}, there=True)
    words.change(said[source], there=False)
    gone = row not in words.rows(text)
    words.change([*out, *said[source]], there=True)
    return gone


SHORTEST = [
    min(
        (param for param in CASES if param.values[0] == name),
        key=lambda param: len(read(name)[param.values[1]]["rows"]),
    )
    for name in FILES
]
"""One case of each question: that with the fewest rows."""

_AT_ONCE = 20


@pytest.mark.parametrize(("name", "index"), SHORTEST)
def test_in_parts_a_row_cites_the_same(name: str, index: int, graph: Graph) -> None:
    """A server that takes neither a UNION nor many values in one query gives the same sources, asked in parts."""
    text, rows, cited, _ = case(name, index, graph)
    store = graph.workspace.stored.open()

    def narrow(query: str) -> tuple[list[str], list[list[Term | None]]]:
        if query.count(") (") > _AT_ONCE or ("cited" in query and branches(query)):
            raise refuse("endpoint-refused", value="a server", reason="too long")
        return run(store, query, "test")

    columns, _ = run(store, text, "test")
    assert cite(text, columns, rows, narrow) == cited


def test_what_is_refused_in_parts_too_is_refused(graph: Graph) -> None:
    """A server that refuses everything is asked a few times, not for ever, and its words are passed on."""
    text, rows, *_ = case("activity-organisers", 0, graph)
    asked: list[str] = []

    def refusing(query: str) -> tuple[list[str], list[list[Term | None]]]:
        asked.append(query)
        raise refuse("endpoint-refused", value="a server", reason="never")

    with pytest.raises(Refusal, match="never"):
        cite(text, list(graph.questions["activity-organisers"].columns), rows, refusing)
    assert len(asked) < 10


def test_a_row_of_which_nothing_is_said_is_no_row_without_sources(graph: Graph) -> None:
    """A server that gives a row and then does not say what it rests on is told so, instead of citing nothing."""
    text, rows, *_ = case("activity-organisers", 0, graph)
    columns = list(graph.questions["activity-organisers"].columns)
    with pytest.raises(Refusal) as refusal:
        cite(text, columns, rows, lambda query: (columns if "cited" in query else [], []))
    assert refusal.value.problem.code == "not-all-cited"


def test_every_layout_carries_the_sources(graph: Graph) -> None:
    """Table, Markdown and HTML have notes; CSV, TSV and DataFrames two columns; JSON the places by their characters."""
    answer = graph.query("project-activities", project="cybersouth-plus", with_sources=True)
    for form in ("table", "md", "html"):
        assert "[1] News of the launch" in FORMATS[form](answer)
        assert "(167–375)" in FORMATS[form](answer)
    first = next(csv.DictReader(io.StringIO(FORMATS["csv"](answer))))
    assert first["sources"].endswith("/source/coe-cybersouth-plus-launch")
    assert first["places"].startswith("paragraph 1 (167–375); ")
    assert next(iter(answer.to_pandas()["sources"])) == first["sources"]
    said = json.loads(FORMATS["json"](answer))["rows"][0]["sources"][0]
    assert said["places"][0] == {"section": "paragraph 1", "first": 167, "end": 375}


def test_without_being_asked_for_no_source_is_looked_up(graph: Graph) -> None:
    """An answer has no sources unless they are asked for."""
    answer = graph.query("project-activities", project="cybersouth-plus")
    assert answer.sources is None
    assert "sources" not in answer.to_dicts()[0]
    assert "sources" not in answer.to_texts()


FORMS = [
    ("SELECT ?a { ?a coop:actionKind ?k ; coop:actionBy country:MA }", ""),
    (
        "SELECT ?n { country:MA skos:prefLabel ?n FILTER(LANG(?n) = 'fr') }",
        'SELECT ?n { country:MA skos:prefLabel ?n FILTER(LANG(?n) = "fr") }',
    ),
    (
        "SELECT ?c { ?c skos:prefLabel 'Maroc'@fr }",
        'SELECT ?c { ?c skos:prefLabel ?n FILTER(?n = "Maroc"@fr) }',
    ),
    (
        "SELECT ?k { [] coop:actionKind ?k ; coop:actionBy country:MA }",
        "SELECT ?k { ?x coop:actionKind ?k ; coop:actionBy country:MA }",
    ),
    (
        "SELECT ?k { [ coop:actionKind ?k ; coop:actionBy country:MA ] }",
        "SELECT ?k { _:x coop:actionKind ?k . _:x coop:actionBy country:MA }",
    ),
    (
        "SELECT ?a { GRAPH ?g { ?a coop:heldIn [ coop:inCountry ?c ] } VALUES (?c) { (country:MA) } }",
        "SELECT ?a { GRAPH ?g { ?a coop:heldIn ?p . ?p coop:inCountry ?c } FILTER(?c = country:MA) }",
    ),
    (
        "SELECT ?a { ?a coop:heldIn/coop:inCountry ?c } VALUES ?c { country:MA }",
        "SELECT ?a { VALUES ?c { country:MA } ?a coop:heldIn/coop:inCountry ?c }",
    ),
    (
        "select *\nwhere { ?a coop:heldIn/coop:inCountry country:MA } # all",
        "SELECT ?a { ?a coop:heldIn/coop:inCountry country:MA }",
    ),
    (
        "SELECT ?b { country:MA ^coop:inCountry ?p . ?b coop:within?/coop:inCountry ?c . FILTER(?b = ?p) }",
        "SELECT ?b { ?p coop:inCountry country:MA . FILTER(?b = ?p)"
        " { ?b coop:within ?w . ?w coop:inCountry ?c } UNION { ?b coop:inCountry ?c } }",
    ),
    (
        "SELECT ?a (1 AS ?one) { ?a coop:heldIn ?p ."
        " { SELECT ?p { ?p coop:inCountry ?c } ORDER BY ?p } FILTER(?d || true) }",
        "SELECT ?a (1 AS ?one)\n{\n  ?a coop:heldIn ?p .\n  { SELECT ?p { ?p coop:inCountry ?c } }\n}",
    ),
    (
        "SELECT ?a { ?a coop:heldIn ?p FILTER(EXISTS { ?p coop:inCountry ?c } && EXISTS { ?a a ?c }) }",
        "SELECT ?a { ?a coop:heldIn ?p FILTER EXISTS { ?p coop:inCountry ?c } FILTER EXISTS { ?a a ?k } }",
    ),
    (
        "SELECT ?a { ?a coop:heldIn ?p FILTER EXISTS { ?a coop:heldIn ?q FILTER EXISTS { ?q coop:inCountry ?c } } }",
        "SELECT ?a { ?a coop:heldIn ?p . ?p coop:inCountry ?c }",
    ),
    (
        "SELECT ?a { ?a coop:heldIn ?p"
        " FILTER NOT EXISTS { ?a coop:heldIn ?q FILTER NOT EXISTS { ?q coop:inCountry ?c } } }",
        "SELECT ?a { ?a coop:heldIn ?p . ?p coop:inCountry ?c }",
    ),
    (
        "SELECT ?a { ?a coop:heldIn ?p FILTER(?a = ?p || NOT EXISTS"
        " { { GRAPH ?g { ?a coop:heldIn ?q } FILTER(?q = ?a || !EXISTS { ?q coop:inCountry ?c }) } }) }",
        "SELECT ?a { ?a coop:heldIn ?p . ?p coop:inCountry ?c }",
    ),
    (
        "SELECT ?a { ?a coop:heldIn ?p FILTER NOT EXISTS"
        " { ?a coop:heldIn ?q FILTER(?q = ?a || EXISTS { ?q coop:inCountry country:ZZ }) } }",
        "SELECT ?a { ?a coop:heldIn ?p }",
    ),
    (
        "SELECT ?a ?x { ?a coop:heldIn ?p BIND(EXISTS { ?p coop:inCountry ?c } AS ?x) }",
        "SELECT ?a (true AS ?x) { ?a coop:heldIn ?p . ?p coop:inCountry ?c }",
    ),
    (
        "SELECT ?a (IF(EXISTS { ?p coop:inCountry ?c }, 1, 2) AS ?x) { ?a coop:heldIn ?p }",
        "SELECT ?a (1 AS ?x) { ?a coop:heldIn ?p . ?p coop:inCountry ?c }",
    ),
]
"""Queries in all that the grammar has, and what they mean in the forms that questions have."""


@pytest.mark.parametrize(("text", "plain"), FORMS)
def test_whatever_its_form_a_query_cites(text: str, plain: str, graph: Graph) -> None:
    """Texts in either quotation marks, brackets, paths, values at the end: all cite what they rest on."""
    store = graph.workspace.stored.open()

    def asked(query: str) -> tuple[list[str], list[list[Term | None]]]:
        return run(store, query, "test")

    def cited(query: str) -> dict[str, tuple[Cited, ...]]:
        whole = "".join(f"PREFIX {name}: <{QUERY_PREFIXES[name]}> " for name in ("coop", "country", "skos")) + query
        columns, rows = asked(whole)
        return {str(row): found for row, found in zip(rows, cite(whole, columns, rows, asked), strict=True)}

    found = cited(text)
    assert found
    assert all(found.values())
    assert found == cited(plain or text)


@pytest.mark.parametrize(
    "text", ["ASK { ?s ?p ?o }", "SELECT ?s { ?s !a ?o }", "SELECT ?s { ?s (<p>/<q>)+ ?o }", "SELECT ?s { ?s ?p }"]
)
def test_what_cannot_be_followed_says_so(text: str) -> None:
    """What gives no rows, leaves out properties or repeats several, and what cannot be read, is not guessed at."""
    with pytest.raises(ValueError, match=r"."):
        trace(text)
