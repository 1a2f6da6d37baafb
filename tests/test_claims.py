"""What the tables of reference state, claim by claim, stands among the records; `tests/claims/` holds the claims."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.records.reading import Reading
from cybercoop.terms.names import short, source_of_parts

ROOT = Path(__file__).parent.parent
CLAIMS = sorted((ROOT / "tests" / "claims").glob("*.csv"))
REFERENCE = ROOT.parent / "shared" / "reference"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def reference() -> Path:
    """The folder of the reference facts."""
    if not REFERENCE.is_dir():
        pytest.skip("the reference facts (../shared/reference) are not beside this checkout")
    return REFERENCE


def things(reading: Reading) -> set[ox.Quad]:
    """Return what is said of things, not of records and passages."""
    assert not reading.problems
    said = (statement.quad for statement in reading.statements)
    return {quad for quad in said if source_of_parts(str(quad.subject)[1:-1]) is None}


@pytest.fixture(scope="module")
def said(graph: Graph) -> set[ox.Quad]:
    return things(graph.workspace.data())


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_every_claim_is_made(graph: Graph, said: set[ox.Quad], path: Path) -> None:
    """Each claim stands in the graph of the source that the table names."""
    claimed = things(records.read(path.read_bytes(), path.name, graph.workspace.context))
    assert len(claimed) >= len(table(path))
    assert not claimed - said


@pytest.mark.parametrize(
    ("name", "kinds", "files"),
    [
        ("projects", ("project", "programme"), "data/{kind}s/{slug}.yaml"),
        ("activities", ("activity",), "data/activities/*/{slug}.yaml"),
        ("laws", ("instrument",), "data/instruments/{slug}.yaml"),
    ],
)
def test_each_thing_has_one_file(root: Path, name: str, kinds: tuple[str, ...], files: str) -> None:
    """Each project, activity or law of a table is described in a file of its own, which bears its name."""
    found = [row["id"].partition("/") for row in table(root / "tests" / "claims" / f"{name}.csv")]
    for kind, slug in {(kind, slug) for kind, _, slug in found if kind in kinds}:
        [file] = root.glob(files.format(kind=kind, slug=slug))
        assert f"{kind}/{slug}\n" in file.read_text("utf-8")


def test_codes_names_and_links_of_countries(graph: Graph, said: set[ox.Quad], reference: Path) -> None:
    """Each code, name and link of the table of countries stands in the graph of its source."""
    rows = []
    for row in table(reference / "countries.csv"):
        codes = {word: row[column] for word, column in (("alpha2", "iso2"), ("alpha3", "iso3"), ("m49", "m49"))}
        codes["sameAs"] = " | ".join(filter(None, [row["wikidata_iri"], row["geonames_iri"]]))
        for lang in ("en", "fr", "ar"):
            if row[f"un_name_{lang}"] != row[f"cldr_{lang}"]:
                codes[f"altLabel@{lang}"] = row[f"un_name_{lang}"]
        names = {f"prefLabel@{lang}": row[f"cldr_{lang}"] for lang in ("en", "fr", "ar")}
        of_sources = {
            "country-codes-dataset": codes,
            "unicode-cldr": names,
            "eurovoc-yaml": {"sameAs": row["eurovoc_iri"]},
            "cybercoop-editors": {"sameAs": row["eu_authority_iri"]},
        }
        about = {"id": f"country/{row['iso2']}", "type": "Country"}
        rows += [{"source": source, **about, **cells} for source, cells in of_sources.items() if any(cells.values())]
    text = io.StringIO()
    writer = csv.DictWriter(text, dict.fromkeys(word for row in rows for word in row), restval="")
    writer.writeheader()
    writer.writerows(rows)
    claimed = things(records.read(text.getvalue().encode(), "countries.csv", graph.workspace.context))
    assert len(claimed) > 3 * len(rows)
    assert not claimed - said


def test_each_country_has_its_code_and_three_names(graph: Graph, reference: Path) -> None:
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
    wanted = {tuple(row[column] for column in columns) for row in table(reference / "countries.csv")}
    assert {tuple(row.values()) for row in asked} == wanted
    assert "NA" in {row["alpha2"] for row in asked}


def test_the_chart_of_2015_stands_cell_by_cell(graph: Graph, reference: Path) -> None:
    """Every date of the chart of ETS 185 as of 3 December 2015 stands in the graph of that source, and no other."""
    asked = graph.sparql(
        """
        SELECT ?code ?kind ?date WHERE {
          GRAPH <https://w3id.org/cybercoop/id/source/coe185-2015> {
            { ?act coop:actionBy ?country ; coop:actionKind ?kind ; coop:actionDate ?date }
            UNION { ?entry a ?kind ; coop:entryFor ?country ; coop:entryDate ?date }
          }
          ?country coop:alpha2 ?code
        }"""
    ).to_dicts()
    said = {(row["code"], re.split("[/#]", str(row["kind"]))[-1], row["date"]) for row in asked}
    chart = [row for row in table(reference / "treaties.csv") if row["source_id"] == "coe185_2015"]
    kinds = {
        "signature": "signature",
        "ratification_or_accession": "ratification",
        "entry_into_force": "EntryIntoForce",
    }
    cells = {(row["country_iso2"], kind, row[column]) for row in chart for column, kind in kinds.items() if row[column]}
    assert said == cells


def test_each_source_of_a_row_has_a_card(graph: Graph, reference: Path) -> None:
    """Whatever source a row names is a source of the graph, with its address."""
    cards = {short(row["s"]) for row in graph.sparql("SELECT ?s { ?s a coop:Source ; foaf:page ?page }").to_dicts()}
    named = {
        row["source_id"]
        for name in ("projects", "activities", "national_laws")
        for row in table(reference / f"{name}.csv")
    }
    lacking = {f"source/{name.replace('_', '-')}" for name in named if not name.startswith("seed")} - cards
    assert not lacking


def test_sources_that_disagree_on_a_project_stand_side_by_side(graph: Graph) -> None:
    """Four budgets and five ends of CyberSouth, each with those who state it."""
    budgets = graph.sparql(
        "SELECT ?source ?amount ?currency { GRAPH ?source { project:cybersouth coop:budget ?b ."
        " ?b coop:amount ?amount ; coop:currency ?currency } } ORDER BY ?source"
    ).to_dicts()
    assert [(short(row["source"]), row["amount"], row["currency"]) for row in budgets] == [
        ("source/barlamane2018", "3350000", "EUR"),
        ("source/cs-summary", "5005000", "EUR"),
        ("source/eun-rabat2018", "36000000", "MAD"),
        ("source/kapi-tn2018", "3350000", "EUR"),
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
        *(
            ("project/cybercrime-octopus", f"country/{code}", "", "", "")
            for code in ["EE", "GB", "HU", "JP", "MC", "NL", "RO", "SK", "US"]
        ),
        *(("project/global-project-cybercrime-3", f"country/{code}", "", "", "") for code in ["EE", "JP", "RO"]),
        *(
            ("project/octopus-project", f"country/{code}", "", "", "")
            for code in ["CA", "HU", "IS", "IT", "JP", "NL", "US"]
        ),
        ("project/octopus-project", "country/GB", "", "100000", "GBP"),
        ("project/cybereast", "organisation/council-of-europe", "10", "", ""),
        ("project/cybereast", "organisation/european-union", "", "4222222", "EUR"),
        ("project/cybereast", "organisation/european-union", "90", "", ""),
        ("project/cybereast-plus", "organisation/european-commission", "", "3500000", "EUR"),
        ("project/global-project-cybercrime-3", "country/GB", "", "100000", "GBP"),
        ("project/home-affairs-support-serbia", "organisation/dg-near", "", "8500000", "EUR"),
        ("project/iproceeds-2", "organisation/council-of-europe", "10", "", ""),
        ("project/iproceeds-2", "organisation/european-union", "90", "", ""),
        ("project/justice-reform-support-morocco", "organisation/dg-near", "", "70000000", "EUR"),
        ("project/rule-of-law-support-jordan", "organisation/dg-near", "", "18000000", "EUR"),
        ("project/rule-of-law-support-jordan", "organisation/dg-near", "", "32000000", "EUR"),
    }


def test_a_law_keeps_every_date(graph: Graph) -> None:
    """The Egyptian law of 2018 was issued, ratified by the President and adopted, each by its source."""
    found = graph.sparql(
        """SELECT ?source ?date {
          GRAPH ?source { instrument:eg-175-2018 coop:adoptedOn|coop:issuedOn|coop:ratifiedOn ?date }
        } ORDER BY ?source"""
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
    undated = sorted((ROOT / "data" / "activities" / "undated").glob("*.yaml"))
    assert len(undated) == 56
    assert sorted({short(row["activity"]) for row in found}) == [f"activity/{path.stem}" for path in undated]
