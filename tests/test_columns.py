"""Columns give what the store gives, row by row, or refuse by name; nothing but the snapshot is read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml

from cybercoop.ask.ask import ask
from cybercoop.engines.store import Stored
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from tests import test_w3c_sparql as suite
from tests.test_queries import CASES, read

duckdb = pytest.importorskip("duckdb", reason="the extra lake is not installed: pip install cybercoop[lake]")
pytest.importorskip("sqlglot", reason="the extra lake is not installed: pip install cybercoop[lake]")

from cybercoop.engines.columns import answers, functions, snapshot  # noqa: E402
from cybercoop.engines.columns.choice import Local  # noqa: E402
from cybercoop.engines.columns.coding import Unsupported  # noqa: E402

DEVIATIONS = Path(__file__).with_name("w3c_sparql11_columns_deviations.yaml")


def lake_of(store: ox.Store, folder: Path) -> Any:
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


def agrees(case: suite.Case, folder: Path) -> bool:
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


def test_the_suite_of_w3c_agrees_but_for_the_known_ones(tmp_path: Path) -> None:
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
