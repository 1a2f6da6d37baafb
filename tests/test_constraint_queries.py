"""The constraints as queries find what the engines for SHACL find, on every fixture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox
import pytest

from cybercoop.engines.embedded import Embedded, run
from cybercoop.graph import Graph
from cybercoop.judge.validate import judge_graph
from cybercoop.problems import progress
from cybercoop.problems.problem import Refusal
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import Result, engine
from cybercoop.shapes.engines.rules import COMPONENT
from cybercoop.shapes.queries import Unasked, queries
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, limit_met
from cybercoop.terms.literals import settled
from cybercoop.terms.term import Term
from cybercoop.workspace.constraints import every, met, violations
from tests import test_engines

TIME = """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT (NOW() = NOW() AS ?one) (DATATYPE(NOW()) AS ?kind) (isLiteral(NOW()) && TZ(NOW()) = "Z" AS ?utc)
  ("1 " < STR(YEAR(NOW()) + 16) AS ?text) (NOW() > "2020-01-01T00:00:00+14:00"^^xsd:dateTime AS ?late)
  (STR(NOW()) < "2026" || NOW() > "9999-01-01T00:00:00Z"^^xsd:dateTime AS ?not) ?x {
  VALUES ?x { "2020-01-01" "9999-12-31" "?" }
  FILTER(xsd:dateTime(CONCAT(?x, "T00:00:00+14:00")) > NOW() || STR(?x) < STR(NOW()))
}"""
"""What is asked of the time that is the same at any two moments."""


def written(text: str) -> str:
    """A term as the store keeps it."""
    if not text.startswith('"'):
        return text
    (quad,) = ox.parse(f"<x:> <x:> {text} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    term: Term = quad.object
    assert isinstance(term, ox.Literal)
    if term.language:
        return text
    return str(ox.Literal(settled(term.value, term.datatype.value), datatype=term.datatype))


def on_fixtures(monkeypatch: pytest.MonkeyPatch) -> list[ox.Triple]:
    """The shipped graph with every fixture beside it."""
    found: list[list[ox.Triple]] = []
    monkeypatch.setattr(test_engines, "both", lambda _, data: found.append(data) or ([], []))
    test_engines.results_on_fixtures.__wrapped__()
    return found[0]


def test_queries_find_what_the_engine_finds(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every core constraint and every rule, on every fixture: shape, thing, path, value and component are the same."""
    data = on_fixtures(monkeypatch)
    store = ox.Store()
    store.bulk_extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in data)
    expected = {result._replace(value=written(result.value)) for result in engine("fast")(data, graph.workspace.shapes)}
    found = set(violations(Embedded(store), graph.workspace.shapes))
    assert found == expected
    some = every(graph.workspace.shapes)[2::25]
    assert met(Embedded(store), some, together=6) == met(Embedded(store), some)
    assert len(found) > 700


def test_how_many_constraints_were_asked_is_told(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who watches is told after each query, as all of them take minutes where there is much."""
    told = list[tuple[str, int, int]]()
    monkeypatch.setattr(progress, "_watching", [lambda *said: told.append(said)])
    met(Embedded(ox.Store()), every(graph.workspace.shapes)[:3])
    assert told[-1] == ("progress-judge", 3, 3)
    assert len(told) >= 3


@pytest.mark.parametrize("limit", ["rows", "seconds", "memory"])
def test_a_constraint_that_meets_a_limit_is_named(limit: str, graph: Graph) -> None:
    """Without the advice to allow more, for which `validate` has no option."""

    class Stopped(Embedded):
        def rows(self, *_: str) -> NoReturn:
            raise limit_met(limit, DEFAULT)

    asked = next(each for each in queries(graph.workspace.shapes) if each.shape.endswith("activity-has-start-date"))
    with pytest.raises(Refusal) as refused:
        met(Stopped(ox.Store()), [asked])
    assert refused.value.problem.code == "constraint-stopped"
    assert "activity-has-start-date" in refused.value.problem.message["en"]


def test_columns_find_what_the_store_finds(graph: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every query and rule, on every fixture: the rows of both engines are the same."""
    pytest.importorskip("duckdb", reason="the extra lake is not installed: pip install cybercoop[lake]")
    from cybercoop.engines.columns.columns import answered
    from tests.test_columns import lake_of

    store = ox.Store()
    store.bulk_extend(ox.Quad(each.subject, each.predicate, each.object) for each in on_fixtures(monkeypatch))
    lake = lake_of(store, tmp_path)
    for select in {asked.select for asked in every(graph.workspace.shapes)}:
        columns, expected = run(store, select, "query")
        _, names, blocks = answered(lake, select, in_blocks=True)
        places = [names.index(column) for column in columns]
        found = {tuple(str(row[place]) for place in places) for block in blocks for row in block}
        assert found == {tuple(map(str, row)) for row in expected}, select


def test_every_rule_can_be_asked_of_columns_and_of_a_cluster(graph: Graph) -> None:
    """None holds a form that the translator refuses; core constraints are all written alike."""
    pytest.importorskip("sqlglot", reason="the extra lake is not installed: pip install cybercoop[lake]")
    from cybercoop.engines.columns.spark_sql import spark_sql
    from cybercoop.engines.columns.translation import translated

    for asked in [each for each in every(graph.workspace.shapes) if each.component == COMPONENT]:
        made = translated(
            parse(asked.select),
            lambda texts: {text: place for place, text in enumerate(texts)},
            closed=lambda *_: "closure",
        )
        words = spark_sql(made.sql, made.parameters, unlike=True).sql
        tables = re.findall(r"\b(t[0-9]+) AS \(", words)  # common ones, all at the top
        assert len(tables) == len(set(tables)), asked.shape


def test_each_part_of_the_shapes_is_a_query(graph: Graph) -> None:
    """No shape of ours holds a part that is none; one of another kind is named."""
    asked = queries(graph.workspace.shapes)
    core = {shape.iri for shape in graph.workspace.shapes.constraints.values() if shape.select is None}
    assert core <= {each.shape for each in asked}
    text = "@prefix sh: <http://www.w3.org/ns/shacl#> . <x:s> sh:targetClass <x:c> ; sh:closed true ."
    other = Shapes(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
    with pytest.raises(Unasked, match="sh:closed"):
        queries(other)


def test_the_whole_graph_is_judged_in_columns(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems are those of the other engine, with their places; without a snapshot that is said."""
    pytest.importorskip("duckdb", reason="the extra lake is not installed: pip install cybercoop[lake]")
    found = [
        Result(
            asked.shape, "<https://w3id.org/cybercoop/id/activity/2024-05-21-casablanca-dark-web>", asked.path, "", ""
        )
        for asked in queries(graph.workspace.shapes)
        if asked.shape.endswith("activity-has-start-date")
    ]
    monkeypatch.setattr("cybercoop.workspace.constraints.violations", lambda *_: found)
    monkeypatch.setattr("cybercoop.engines.columns.snapshot.snapshot", lambda stored: stored)
    report = judge_graph(graph.workspace, "columns")
    assert report.engine == "columns"
    (problem,) = [each for each in report.problems if each.code == "activity-has-start-date"]
    assert problem.where.line
    monkeypatch.setattr("cybercoop.engines.columns.snapshot.snapshot", lambda _: None)
    with pytest.raises(Refusal) as refused:
        judge_graph(graph.workspace, "columns")
    assert refused.value.problem.code == "lake-missing"
