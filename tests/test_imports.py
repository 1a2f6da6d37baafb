"""The imports: every row of the reference tables is accounted for, and what follows from it stands in the records."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent
TABLES = ROOT.parent / "shared" / "reference"

SCRIPTS = ["import_countries", "import_instruments", "import_treaties"]


@pytest.fixture(scope="session")
def tables() -> Path:
    """The folder of the reference facts."""
    if not TABLES.is_dir():
        pytest.skip("the reference facts (../shared/reference) are not beside this checkout")
    return TABLES


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "imports" / f"{script}.py", "--check"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_row_is_accounted_for(tables: Path, script: str) -> None:
    """The script finds a record for whatever it takes, and names a reason for what it leaves out."""
    done = run(script)
    assert done.returncode == 0, done.stderr
    name = script.removeprefix("import_")
    assert done.stdout.startswith(f"{name}.csv: {len(table(tables, name))} rows, every one accounted for")


def test_kinds_of_treaty_rows_add_up(tables: Path) -> None:
    """The rows taken, kind by kind, are all rows of the table of treaties."""
    lines = [line.split() for line in run("import_treaties").stdout.splitlines() if "rows of kind" in line]
    taken = {line[-1]: int(line[1]) for line in lines if line[0] == "taken"}
    kinds = [row["kind"] for row in table(tables, "treaties")]
    assert taken == {kind: kinds.count(kind) for kind in set(kinds)}


def test_each_country_has_its_code_and_three_names(graph: Graph, tables: Path) -> None:
    """The countries of the table, Namibia with its NA among them, have their codes and names in the graph."""
    asked = graph.sparql(
        """
        SELECT ?alpha2 ?m49 ?en ?fr ?ar WHERE {
          GRAPH <https://w3id.org/cybercoop/id/source/country-codes-dataset> {
            ?country coop:alpha2 ?alpha2 ; coop:m49 ?m49
          }
          GRAPH <https://w3id.org/cybercoop/id/source/unicode-cldr> { ?country skos:prefLabel ?en , ?fr , ?ar }
          FILTER(LANG(?en) = "en" && LANG(?fr) = "fr" && LANG(?ar) = "ar")
        }"""
    ).to_dicts()
    columns = ("iso2", "m49", "cldr_en", "cldr_fr", "cldr_ar")
    wanted = {tuple(row[column] for column in columns) for row in table(tables, "countries")}
    assert {tuple(row.values()) for row in asked} == wanted
    assert "NA" in {row["alpha2"] for row in asked}


def test_the_chart_of_2015_stands_cell_by_cell(graph: Graph, tables: Path) -> None:
    """Every date of the chart of ETS 185 as of 3 December 2015 stands in the graph of that source, and no other."""
    asked = graph.sparql(
        """
        SELECT ?code ?kind ?date WHERE {
          GRAPH <https://w3id.org/cybercoop/id/source/coe185-2015> {
            ?act coop:actionBy ?country ; coop:actionKind ?kind ; coop:actionDate ?date .
          }
          ?country coop:alpha2 ?code
        }"""
    ).to_dicts()
    said = {(row["code"], str(row["kind"]).rsplit("/", 1)[-1], row["date"]) for row in asked}
    chart = [row for row in table(tables, "treaties") if row["source_id"] == "coe185_2015"]
    kinds = {
        "signature": "signature",
        "ratification_or_accession": "ratification",
        "entry_into_force": "entry-into-force",
    }
    cells = {(row["country_iso2"], kind, row[column]) for row in chart for column, kind in kinds.items() if row[column]}
    assert said == cells
