"""The fast engine is held to pyshacl: on the shipped graph, on every fixture, on generated violations."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop.engines.store import union
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.shapes.engines import ENGINES, Result, engine
from cybercoop.shapes.engines.fast import _parts
from cybercoop.workspace.derive import days

ROOT = Path(__file__).parent.parent
THING = "<https://w3id.org/cybercoop/id/"
APART = ".fixture-"
FIXTURES = sorted(path for kind in ("invalid", "valid") for path in (ROOT / "tests" / "fixtures" / kind).iterdir())


@cache
def triples() -> tuple[ox.Triple, ...]:
    """The shipped graph with its vocabulary, each triple once."""
    return tuple(quad.triple for quad in union(cybercoop.open(ROOT).workspace.stored.quads()))


def both(graph: Graph, data: list[ox.Triple]) -> tuple[list[Result], list[Result]]:
    """The results of the fast engine and of pyshacl on the same triples."""
    shapes = graph.workspace.shapes
    return engine("fast")(data, shapes), engine("pyshacl")(data, shapes)


def test_both_engines_agree_on_the_shipped_graph(graph: Graph) -> None:
    """Both engines find the same about shipped things: what is there without fixtures, and what these bring."""
    fast, reference = ([found for found in results if APART not in found.focus] for results in results_on_fixtures())
    assert fast == reference
    alone = set(engine("fast")(triples(), graph.workspace.shapes))
    assert alone <= set(reference)
    broken = {path.name.partition(".")[0] for path in FIXTURES}
    assert {found.shape.rpartition("#")[2] for found in set(reference) - alone} <= broken


@cache
def results_on_fixtures() -> tuple[list[Result], list[Result]]:
    """What both engines find in the shipped graph with all fixtures beside it, the things of each named apart."""
    graph = cybercoop.open(ROOT)
    data = list(triples())
    for number, path in enumerate(FIXTURES):
        reading = graph.workspace.read([path])
        own = {str(statement.quad.subject) for statement in reading.statements}
        quads = list(reading.quads())
        for quad in (*quads, *days(quads)):
            parts = [apart(term, number) if str(term) in own else term for term in (quad.subject, quad.object)]
            data.append(ox.Triple(parts[0], quad.predicate, parts[1]))  # type: ignore[arg-type]
    return both(graph, list({str(triple): triple for triple in data}.values()))


def apart(term: object, number: int) -> ox.NamedNode:
    """The same name with the number of a fixture, so that one fixture does not mend another."""
    return ox.NamedNode(f"{str(term)[1:-1]}{APART}{number}")


@pytest.mark.parametrize(
    "number", range(len(FIXTURES)), ids=lambda number: f"{FIXTURES[number].parent.name}/{FIXTURES[number].stem}"
)
def test_both_engines_agree_on_a_fixture(number: int) -> None:
    """Both engines find the same about the things of a fixture, and something where it is a bad one."""
    fast, reference = (
        [result for result in results if result.focus.removesuffix(">").endswith(f"{APART}{number}")]
        for results in results_on_fixtures()
    )
    assert fast == reference
    assert fast or FIXTURES[number].parent.name == "valid"


def test_both_engines_agree_on_all_fixtures_together() -> None:
    """Nothing is found by one engine alone, neither in the fixtures nor in what they point at."""
    fast, reference = results_on_fixtures()
    assert fast == reference


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_agree_on_a_damaged_graph(graph: Graph, seed: int) -> None:
    """Both engines find the same in a part of the shipped graph after thirty random deletions and distortions."""
    chance = random.Random(seed)
    things = sorted({str(triple.subject) for triple in triples() if str(triple.subject).startswith(THING)})
    data = neighbourhood(list(triples()), set(chance.sample(things, 25)))
    facts = [triple for triple in data if str(triple.subject).startswith(THING)]
    for triple in chance.sample(facts, 30):
        data.remove(triple)
        if chance.random() < 0.6:
            data.append(ox.Triple(triple.subject, triple.predicate, distorted(triple.object, facts, chance)))
    fast, reference = both(graph, list({str(triple): triple for triple in data}.values()))
    assert fast == reference
    assert fast


def distorted(
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, facts: list[ox.Triple], chance: random.Random
) -> ox.NamedNode | ox.Literal:
    """A well-formed term that is probably wrong where `term` stood."""
    if isinstance(term, ox.Literal) and term.language is None and chance.random() < 0.5:
        return ox.Literal("0", datatype=term.datatype) if "integer" in term.datatype.value else ox.Literal("?")
    other = chance.choice(facts)
    choices = [other.subject, other.object, ox.NamedNode("https://w3id.org/cybercoop/id/activity/nowhere")]
    picked = chance.choice(choices)
    return picked if isinstance(picked, (ox.NamedNode, ox.Literal)) else ox.Literal("?")


def neighbourhood(data: list[ox.Triple], subjects: set[str]) -> list[ox.Triple]:
    """All about some subjects and what they point at, in two steps, with the classes: pyshacl is quick on that."""
    about: dict[str, list[ox.Triple]] = {}
    for triple in data:
        about.setdefault(str(triple.subject), []).append(triple)
    reached = set(subjects)
    for _ in range(2):
        reached |= {
            str(t.object) for node in reached for t in about.get(node, ()) if isinstance(t.object, ox.NamedNode)
        }
    kept = [t for t in data if str(t.subject) in reached or t.predicate.value.endswith("#subClassOf")]
    return list({str(triple): triple for triple in kept}.values())


def test_an_unknown_engine_is_refused_with_the_nearest() -> None:
    """A misspelt engine is refused, and the nearest one is named."""
    with pytest.raises(Refusal) as caught:
        engine("fsat")
    assert caught.value.problem.nearest == "fast"


def test_without_the_rust_engine_pyshacl_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the fast engine has no wheel, pyshacl judges, and its name stands in the report."""
    monkeypatch.setitem(ENGINES, "fast", "cybercoop.shapes.engines.not_there")
    assert engine().name.startswith("pyshacl")
    with pytest.raises(Refusal):
        engine("fast")


def test_a_large_file_is_judged_in_a_process_of_its_own(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the process fails, the file is judged here; and a file is judged the same however its lines are written."""
    rest = [triple for number, triple in enumerate(triples()) if number % 40]
    file = tmp_path / "union.nt"
    file.write_text("".join(f"{triple} .\n" for triple in rest), "utf-8")
    judge, shapes = engine("fast"), graph.workspace.shapes
    expected = judge.file(file, shapes)
    assert {found.component.endswith("SPARQLConstraintComponent") for found in expected} == {True, False}
    assert not list(tmp_path.glob("*.json"))
    monkeypatch.setattr("cybercoop.shapes.engines.fast._LARGE", 0)
    assert judge.begin(file, shapes)() == expected
    assert [path.name for path in tmp_path.glob("*.json")] == ["results.json"]
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert judge.begin(file, shapes)() == expected
    for separator, end in (("\t", " .\n"), (" ", " .\r")):
        written = (f"{one.subject}{separator}{one.predicate}{separator}{one.object}{end}" for one in rest)
        file.write_text("".join(written), "utf-8", newline="")
        assert judge.file(file, shapes) == expected


def test_what_is_loaded_in_parts_is_judged_as_a_whole(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules find the same where a file is loaded by few lines at a time; what is said of blank nodes stays together."""
    file, judge, shapes = tmp_path / "union.nt", engine("fast"), graph.workspace.shapes
    file.write_text("".join(f"{triple} .\n" for number, triple in enumerate(triples()) if number % 40), "utf-8")
    expected = judge.file(file, shapes)
    monkeypatch.setattr("cybercoop.shapes.engines.fast._AT_ONCE", 100)
    assert judge.file(file, shapes) == expected
    lines = [
        b"_:b <a:p> <a:v> .\n",
        *(b"<a:%d> <a:p> <a:v> .\n" % number for number in range(250)),
        b"<a:a> <a:p> _:b .\n",
    ]
    *parts, last = _parts(lines)
    assert len(parts) > 1
    assert last == lines[0] + lines[-1]
    assert sorted(b"".join([*parts, last]).splitlines(keepends=True)) == sorted(lines)
