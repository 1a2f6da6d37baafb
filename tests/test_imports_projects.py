"""Projects, activities and laws: each row of the reference tables is accounted for, and found among the records."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import importing
import pytest

from cybercoop.graph import Graph
from cybercoop.terms.names import short

TABLES = {
    "projects": "projects.csv",
    "activities": "activities.csv",
    "laws": "national_laws.csv",
}
ROWS_IN_A_FILE = re.compile(r"^  taken +(\d+)  rows in (data/\S+?)(,.*)?$", re.M)


@pytest.fixture(scope="module")
def reference() -> Path:
    """The folder of the reference tables."""
    folder = Path(__file__).parents[2] / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip("the reference facts (../shared/reference) are not beside this checkout")
    return folder


def account(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "imports" / f"import_{script}.py")],
        capture_output=True,
        text=True,
        check=False,
    )


def table(reference: Path, name: str) -> list[dict[str, str]]:
    with (reference / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("script", TABLES)
def test_every_row_is_accounted_for(root: Path, reference: Path, script: str) -> None:
    """The script finds each row in a file of records, and the numbers of rows agree with the table."""
    done = account(root, script)
    assert done.returncode == 0, done.stderr
    expected = len(table(reference, TABLES[script]))
    assert done.stdout.startswith(f"{TABLES[script]}: {expected} rows, every one accounted for")
    found = ROWS_IN_A_FILE.findall(done.stdout)
    assert sum(int(count) for count, _, _ in found) == expected
    assert all((root / file).is_file() for _, file, _ in found)


@pytest.mark.parametrize(
    ("script", "column"),
    [("projects", "project_id"), ("activities", "activity_id")],
)
def test_each_thing_has_one_file(root: Path, reference: Path, script: str, column: str) -> None:
    """The rows of one project, or of one activity, are in one file, and those of two in two."""
    files = {file for _, file, _ in ROWS_IN_A_FILE.findall(account(root, script).stdout)}
    assert len(files) == len({row[column] for row in table(reference, TABLES[script])})


def test_each_source_of_a_row_has_a_card(graph: Graph, reference: Path) -> None:
    """Whatever source a row names is a source of the graph, with its address."""
    cards = {short(row["s"]) for row in graph.sparql("SELECT ?s { ?s a coop:Source ; foaf:page ?page }").to_dicts()}
    named = {row["source_id"] for name in TABLES.values() for row in table(reference, name)}
    lacking = {f"source/{name.replace('_', '-')}" for name in named if not name.startswith("seed")} - cards
    assert not lacking


def test_an_unknown_column_stops_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Path) -> None:
    """A table with a column that nobody knows is refused by name."""
    text = (reference / "projects.csv").read_text("utf-8").replace('"note"', '"note","mood"', 1)
    (tmp_path / "projects.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(importing, "TABLES", tmp_path)
    with pytest.raises(SystemExit, match="unknown or missing columns: mood"):
        importing.rows("projects.csv", table(reference, "projects.csv")[0].keys())


def test_sources_that_disagree_on_a_project_stand_side_by_side(graph: Graph) -> None:
    """Three budgets and four ends of CyberSouth, each with those who state it."""
    budgets = graph.sparql(
        "SELECT ?source ?amount ?currency { GRAPH ?source { project:cybersouth coop:budget ?b ."
        " ?b coop:amount ?amount ; coop:currency ?currency } } ORDER BY ?source"
    ).to_dicts()
    assert [(short(row["source"]), row["amount"], row["currency"]) for row in budgets] == [
        ("source/cs-summary", "5005000", "EUR"),
        ("source/eun-rabat2018", "36000000", "MAD"),
        ("source/meddialogue-cs", "3330000", "EUR"),
    ]
    ends = graph.sparql("SELECT DISTINCT ?end { project:cybersouth schema:endDate ?end } ORDER BY ?end").to_dicts()
    assert sorted(row["end"] for row in ends) == ["2020", "2021", "2021-12", "2023", "2023-12"]


def test_what_each_contributor_gives(graph: Graph) -> None:
    """Shares and sums of contributions, by project."""
    found = graph.sparql(
        "SELECT ?project ?who ?share ?amount ?currency { ?project coop:contribution ?c . ?c coop:contributor ?who"
        " OPTIONAL { ?c coop:share ?share } OPTIONAL { ?c coop:contributed ?sum ."
        " ?sum coop:amount ?amount ; coop:currency ?currency } }"
    ).to_dicts()
    cells = {tuple(short(cell) if cell else "" for cell in row.values()) for row in found}
    assert cells == {
        ("project/cybereast", "organisation/council-of-europe", "10", "", ""),
        ("project/cybereast", "organisation/european-union", "", "4222222", "EUR"),
        ("project/cybereast", "organisation/european-union", "90", "", ""),
        ("project/cybereast-plus", "organisation/european-commission", "", "3500000", "EUR"),
        ("project/global-project-cybercrime-3", "country/GB", "", "100000", "GBP"),
        ("project/iproceeds-2", "organisation/council-of-europe", "10", "", ""),
        ("project/iproceeds-2", "organisation/european-union", "90", "", ""),
    }


def test_a_law_keeps_every_date(graph: Graph) -> None:
    """The Egyptian law of 2018 has three dates of adoption, each with its source."""
    found = graph.sparql(
        "SELECT ?source ?date { GRAPH ?source { instrument:eg-175-2018 coop:adoptedOn ?date } } ORDER BY ?source"
    ).to_dicts()
    assert [(short(row["source"]), row["date"]) for row in found] == [
        ("source/leg-eg-dfs", "2018-08-18"),
        ("source/leg-eg-lexo", "2018-08-14"),
        ("source/octopus-eg", "2018-08"),
    ]


def test_an_activity_without_a_year_has_no_date(graph: Graph) -> None:
    """Where a source gives a day without its year, or no day, nothing is dated and the description says so."""
    found = graph.sparql(
        "SELECT ?activity { ?activity a coop:Activity ; dct:description ?text"
        " FILTER NOT EXISTS { ?activity schema:startDate|schema:endDate ?date } FILTER(LANG(?text) = 'en') }"
    ).to_dicts()
    assert sorted(short(row["activity"]) for row in found) == [
        "activity/amman-basic-judicial-training",
        "activity/amman-legal-framework-training",
        "activity/morocco-training-of-trainers-magistrates",
    ]
