"""Columns give what the store gives, row by row, or refuse by name; nothing but the snapshot is read."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path as Folder
from typing import Any

import pyoxigraph as ox
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from cybercoop.ask.ask import ask
from cybercoop.engines.embedded import run
from cybercoop.engines.store import Stored
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Graph as Tree
from cybercoop.sparql.tree import Iri, Literal, Minus, Path, Triple, Triples, walk
from tests import test_w3c_sparql as suite
from tests.random_patterns import Maker, data
from tests.test_queries import CASES, read

duckdb = pytest.importorskip("duckdb", reason="the extra lake is not installed: pip install cybercoop[lake]")
pytest.importorskip("sqlglot", reason="the extra lake is not installed: pip install cybercoop[lake]")

from cybercoop.engines.columns import answers, functions, snapshot  # noqa: E402
from cybercoop.engines.columns.choice import Local  # noqa: E402
from cybercoop.engines.columns.coding import Unsupported  # noqa: E402

DEVIATIONS = Folder(__file__).with_name("w3c_sparql11_columns_deviations.yaml")


def lake_of(store: ox.Store, folder: Folder) -> Any:
    """A connection to the columns of a store."""
    lines = folder / "lines.nq"
    with lines.open("wb") as out:
        store.dump(out, ox.RdfFormat.N_QUADS)
    lake = duckdb.connect(":memory:", config={"threads": "1", "temp_directory": ""})
    lake.create_function("unescaped", snapshot._unescaped)
    functions.teach(lake)
    lake.execute("ATTACH ':memory:' AS lake")
    lake.execute("USE lake")
    snapshot.fill(lake, lines)
    return lake


@pytest.fixture(scope="module")
def stored(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The shipped graph with a snapshot, apart from that which everybody uses."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "store").symlink_to(graph.workspace.stored.folder / "store")
    made = Stored(folder)
    snapshot.build(made)
    return made


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> tuple[ox.Store, Any]:
    """A small graph in both engines."""
    store = data()
    return store, lake_of(store, tmp_path_factory.mktemp("little"))


@pytest.mark.parametrize("name", CASES)
def test_a_question_has_the_same_rows_in_the_same_order(name: str, graph: Graph, stored: Stored) -> None:
    """Every case of every question: rows and their order are those of the store, with its sources where it has any."""
    for case in [{"params": {}}, *read(CASES[name])]:
        given_ = {key: str(value) for key, value in case["params"].items()}
        try:
            expected = ask(graph.workspace, name, given_, engine=Local(stored, "store"))
        except Refusal:  # a parameter is needed
            continue
        found = ask(graph.workspace, name, given_, engine=Local(stored, "columns"))
        assert found.columns == expected.columns
        assert found.rows == expected.rows, given_


def test_sources_of_rows_are_the_same(graph: Graph, stored: Stored) -> None:
    """What rows rest on is asked of columns as well."""
    for name, parameters in (("project-dates", {"project": "cybersouth-plus"}), ("treaty-status", {"country": "MA"})):
        one, other = (
            ask(graph.workspace, name, parameters, engine=Local(stored, engine), with_sources=True)
            for engine in ("store", "columns")
        )
        assert one.sources == other.sources


def agrees(case: suite.Case, folder: Folder) -> bool:
    """Whether a test of the suite has the rows that it expects."""
    there, here = "test:///", "http://suite.example/"  # a base that every reader of IRIs knows how to resolve
    store = ox.Store()
    lines = "".join(f"{quad} .\n" for quad in suite.store(case)).replace(there, here)
    store.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    text = f"BASE <{here}{case.query}>\n{suite.files()[case.query].decode()}"
    _, columns, blocks = answers.answered(lake_of(store, folder), text)
    rows = [row for block in blocks for row in block]
    if case.result.endswith(".csv"):
        expected = suite.csv.DictReader(suite.io.StringIO(suite.files()[case.result].decode()))
        return suite._csv_rows(columns, rows) == Counter(map(suite._named, expected))
    found = suite._dataset(columns, rows)
    return sorted(line.replace(here, there) for line in found) == sorted(suite._expected(case.result))


def test_the_suite_of_w3c_agrees_but_for_the_known_ones(tmp_path: Folder) -> None:
    """Tests that deviate, or that are refused, are exactly those of the list; what is refused is named there."""
    if not suite.ARCHIVE.is_file():
        pytest.skip("the W3C suite (../shared/w3c) is not beside this checkout")
    found: dict[str, str] = {}
    for case in suite.cases():
        try:
            if not agrees(case, tmp_path):
                found[case.name] = "other rows"
        except Unsupported as error:
            found[case.name] = f"refused: {error}"
    known = yaml.safe_load(DEVIATIONS.read_text("utf-8"))
    assert {name: said.partition(";")[0] for name, said in known.items()} == found


def compared(text: str, little: tuple[ox.Store, Any]) -> str:
    """How the answers of both engines to a query compare: `same`, `refused` or `unlike`."""
    store, lake = little
    try:
        columns, expected = run(store, text, "query")
    except Refusal:
        return "refused"
    try:
        kind, names, blocks = answers.answered(lake, text)
        rows = [row for block in blocks for row in block]
    except Unsupported:
        return "refused"
    assert set(names) == set(columns)
    places = [names.index(column) for column in columns]
    found = Counter(tuple(map(str, (row[place] for place in places))) for row in rows)
    wanted = Counter(tuple(map(str, row)) for row in expected)
    return "same" if (set(found) == set(wanted) if kind == "triples" else found == wanted) else "unlike"


def by_design(text: str) -> bool:
    """Whether the store itself deviates from the standard at what a query holds (w3c_sparql11_deviations.yaml).

    It has no path of length zero from a term that is in no triple, MINUS within GRAPH takes away too much, a GRAPH
    without a pattern has no rows, and a negated property set gives a pair as often as the plan has it.
    """
    for node in walk(parse(text)):
        still = any(isinstance(part, Path) and part.kind in ("*", "?") for part in walk(node))
        if still and isinstance(node, Triple) and {type(node.subject), type(node.object)} & {Iri, Literal}:
            return True
        if isinstance(node, Path) and node.kind == "!":
            return True
        if isinstance(node, Tree) and (
            any(isinstance(part, Minus) for part in walk(node)) or not isinstance((*node.group.elements, 0)[0], Triples)
        ):
            return True
    return False


@given(seed=some.integers(0, 1 << 32))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(seed=1)
def test_queries_at_random_have_the_same_rows(seed: int, little: tuple[ox.Store, Any]) -> None:
    """A query at random has other rows in columns than in the store."""
    text = Maker(random.Random(seed)).query()
    try:
        excused = by_design(text)
    except Malformed:  # an aggregate where the engine allows one and the grammar does not
        excused = True
    if not excused:
        assert compared(text, little) != "unlike", text
