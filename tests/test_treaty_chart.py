"""The chart of a treaty is rebuilt from its acts, cell by cell, as of any day."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent
TREATIES = ROOT.parent / "shared" / "reference" / "treaties.csv"
CHART, SOURCE = "coe185_2015", "coe185-2015"
DAY = "2015-12-03"
BASE = "https://w3id.org/cybercoop/"
CELLS = ("signature", "consent", "kind", "inForce")


@pytest.fixture(scope="module")
def chart() -> dict[str, tuple[str | None, ...]]:
    """The rows of the chart of 3 December 2015 that were read: country code → cells, None where the copy has none."""
    if not TREATIES.is_file():
        pytest.skip("the facts of the domain (../shared/reference) are not beside this checkout")
    with TREATIES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source_id"] == CHART]
    named = ("signature", "ratification_or_accession", "kind", "entry_into_force")
    return {row["country_iso2"]: tuple(row[name] or None for name in named) for row in rows}


def rebuilt(graph: Graph, **given: str) -> list[tuple[str, str, tuple[str | None, ...]]]:
    """The rows of the question: country code, English name, cells."""
    answer = graph.query("treaty-chart", instrument="ets-185", **given)
    return [
        (str(row["country"]).rsplit("/", 1)[-1], str(row["country_label"]), tuple(cell(row[name]) for name in CELLS))
        for row in answer.to_dicts()
        if row["source"] == f"{BASE}id/source/{SOURCE}"
    ]


def cell(value: str | None) -> str | None:
    return value and value.removeprefix(f"{BASE}scheme/treaty-action-kind/")


def test_the_chart_of_2015_is_rebuilt(graph: Graph, chart: dict[str, tuple[str | None, ...]]) -> None:
    """Every cell of every row that was read comes back on that day, and the source gives no other row."""
    rows = rebuilt(graph, as_of=DAY)
    assert {country: cells for country, _, cells in rows} == chart
    assert len(rows) == len(chart) == 16


def test_rows_stand_by_english_name(graph: Graph) -> None:
    """Countries come in the order of their English names, not of their codes."""
    names = [name for _, name, _ in rebuilt(graph, as_of=DAY)]
    assert names == sorted(names)
    assert names.index("Bosnia and Herzegovina") < names.index("Bulgaria") < names.index("Croatia")


def test_one_source_can_be_asked_alone(graph: Graph) -> None:
    """With a source, the chart holds its rows and no others."""
    alone = graph.query("treaty-chart", instrument="ets-185", as_of=DAY, source=SOURCE)
    assert len(alone) == len(rebuilt(graph, as_of=DAY))


@pytest.mark.parametrize("day", ["2001-11-22", "2001-11-23", "2004-06-30", "2004-07-01", "2008", "2012-12-01"])
def test_acts_after_the_day_are_not_shown(graph: Graph, chart: dict[str, tuple[str | None, ...]], day: str) -> None:
    """On another day the chart shows exactly the acts up to that day, and the States that had performed one."""
    last = f"{day}-12-31"[:10]
    expected = {}
    for country, (signature, consent, kind, in_force) in chart.items():
        dates = [date if date and date <= last else None for date in (signature, consent, in_force)]
        if any(dates):
            expected[country] = (dates[0], dates[1], kind if dates[1] else None, dates[2])
    assert {country: cells for country, _, cells in rebuilt(graph, as_of=day)} == expected
