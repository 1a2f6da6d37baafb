"""Where each stands on a treaty: what the rules in `ontology/rules/` derive, and the verdicts that are read of it."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path

import pytest
import yaml

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.names import ID, short

ROOT = Path(__file__).parent.parent
RULES = sorted((ROOT / "ontology" / "rules").glob("*.rq"))
EXTRAS = ROOT.parent / "shared" / "reference" / "treaty_extras.csv"


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_a_rule_explains_itself(rule: Path) -> None:
    """Each rule is a CONSTRUCT of less than a page, and says in three languages what it derives."""
    lines = rule.read_text("utf-8").splitlines()
    head = yaml.safe_load("\n".join(line[3:] for line in lines if line.startswith("#+")))
    assert list(head["explains"]) == list(LANGUAGES)
    assert len(lines) < 70
    assert any(line.startswith("CONSTRUCT") for line in lines)


VERDICTS = {
    "ets-185-al-in-force": "Party: ratification 2002-06-20, in force since 2004-07-01; 5 sources",
    "ets-185-br-in-force": "Party: accession 2022-11-30, in force since 2023-03-01; 2 sources",
    "ets-185-cw-extended": (
        "Not a Party: applies by extension (Party: Netherlands), in force there since 2024-10-01; 2 sources"
    ),
    "ets-185-cv-invited": "Invited to accede: 2017-09-27; consent no later than 2018-10-01, day not known; 1 source",
    "ets-185-ke-invited": "Invited to accede: 2024-10-09, open until 2029-10-09; 1 source",
    "ets-185-ma-consented": (
        "Consented to be bound: accession 2018-06-29; in force only from 2018-10-01; 5 sources, 1 differs"
    ),
    "ets-185-ma-in-force": "Party: accession 2018-06-29, in force since 2018-10-01; 5 sources, 1 differs",
    "ets-185-mt-in-force": "Party: ratification 2012-04-12 or 2012-04-13, in force since 2012-08-01; 3 sources",
    "ets-185-no-consented": (
        "Party: consent no later than 2008-04-30, day not known; entry into force not dated; 4 sources"
    ),
    "ets-185-pl-in-force": (
        "Party: consent no later than 2015-06-01, day not known, in force since 2015-06-01; 2 sources"
    ),
    "ets-185-pl-signed": (
        "Signatory: no later than 2011-06-01, day not known; consent no later than 2015-06-01, day not known; 1 source"
    ),
    "ets-185-us-in-force": "Party: ratification 2006-09-29, in force since 2007-01-01; 4 sources",
    "cets-224-ma-signed": "Signatory: 2022-05-12; no consent to be bound known; 3 sources",
}
"""Position → what a person read the claims to say."""


@pytest.mark.parametrize(("position", "verdict"), VERDICTS.items())
def test_a_verdict_is_the_one_that_was_read(graph: Graph, position: str, verdict: str) -> None:
    """A verdict says what follows from the claims; each language has its own."""
    rows = graph.sparql(f"SELECT ?name {{ <{ID}position/{position}> skos:prefLabel ?name }}").rows
    names = {row[0].language: row[0].value for row in rows}  # type: ignore[union-attr]
    assert names["en"] == verdict
    assert set(names) == set(LANGUAGES)


def test_every_position_leads_back_to_claims(graph: Graph) -> None:
    """A position follows from records of sources, has evidence and a name in each language; no territory is a Party."""
    odd = """SELECT ?position {
      ?position a coop:Position .
      FILTER(NOT EXISTS { ?position prov:wasDerivedFrom ?record . GRAPH ?source { ?record coop:about ?claim } }
        || NOT EXISTS { ?position coop:evidence ?kind }
        || NOT EXISTS { ?position skos:prefLabel ?name . FILTER(LANG(?name) = "ar") })
    }"""
    assert not graph.sparql(odd).rows
    bound = "SELECT ?kind { ?position coop:positionOf country:CW ; coop:positionKind ?kind }"
    assert {short(row["kind"]) for row in graph.sparql(bound).to_dicts()} == {"position-kind/extended"}


def test_a_first_possible_day_is_not_after_the_last(graph: Graph) -> None:
    """The days of a position stand in order, and what contradicts it does not allow them."""
    rows = graph.sparql("SELECT ?p ?a ?b { ?p coop:noEarlierThan ?a ; coop:noLaterThan ?b FILTER(?a > ?b) }").rows
    assert not rows
    text = """SELECT ?p { ?p coop:contradictedBy ?r ; coop:noEarlierThan ?a ; coop:noLaterThan ?b .
      ?r coop:firstDay ?from ; coop:lastDay ?to . FILTER(?from <= ?b && ?to >= ?a) }"""
    assert not graph.sparql(text).rows


def test_few_parties_have_no_date(graph: Graph) -> None:
    """Of the States that a source names as Parties, at most ten have neither a day of consent nor one of force."""
    rows = graph.query("treaty-positions", instrument="ets-185").to_dicts()
    parties = [row for row in rows if short(row["position"]) in ("position-kind/consented", "position-kind/in-force")]
    assert len(parties) == 79
    assert len([row for row in parties if short(row["evidence"]) == "evidence/list"]) <= 10


def test_what_is_known_of_a_day_holds_from_the_last_that_is_meant(graph: Graph) -> None:
    """A verdict appears on the last day that its dates can mean, at ends of months and years too, and not before."""
    text = """SELECT ?p ?who ?treaty ?day { ?p coop:positionOf ?who ; coop:positionOn ?treaty ; coop:noLaterThan ?day ;
      coop:reachedOn ?date . FILTER(DATATYPE(?date) != xsd:date) }"""
    found = graph.sparql(text).to_dicts()
    assert found
    for row in found[:12]:
        last = datetime.date.fromisoformat(row["day"])
        for day, shown in ((last - datetime.timedelta(days=1), False), (last, True)):
            answer = graph.query("treaty-status", country=row["who"], instrument=row["treaty"], as_of=str(day))
            assert (row["p"] in [line["act"] for line in answer.to_dicts()]) is shown


@pytest.mark.parametrize("date", ["2004-06-18", "2015-12-03", "2025-11-14"])
def test_a_chart_of_a_day_is_rebuilt(graph: Graph, date: str) -> None:
    """Whoever a chart shows as a Party or signatory on its day stands so by the derived positions of that day."""
    chart, treaty = {
        "2004-06-18": ("coe185-2015", "ets-185"),
        "2015-12-03": ("coe185-2015", "ets-185"),
        "2025-11-14": ("nl-013833", "cets-224"),
    }[date]
    rows = graph.query("treaty-chart", instrument=treaty, source=chart, as_of=date).to_dicts()
    stands = {row["country"]: short(row["position"]).split("/")[1] for row in positions(graph, treaty, date)}
    for row in rows:
        wanted = {"in-force"} if row["inForce"] else {"consented"} if row["consent"] else {"signed"}
        assert stands[row["country"]] in wanted | {"in-force", "consented"}, row
        if not row["consent"] and not row["inForce"] and chart == "nl-013833":
            assert stands[row["country"]] == "signed", row


def positions(graph: Graph, treaty: str, date: str) -> list[dict[str, str]]:
    return graph.query("treaty-positions", instrument=treaty, as_of=date).to_dicts()


def test_each_stated_total_is_compared(graph: Graph) -> None:
    """Every total of the reference is a claim, and lies within what is known by name where that is not too few."""
    if not EXTRAS.is_file():
        pytest.skip("the reference facts (../shared/reference) are not beside this checkout")
    with EXTRAS.open(encoding="utf-8", newline="") as stream:
        wanted = [row for row in csv.DictReader(stream) if row["what"].startswith("total")]
    rows = graph.query("stated-totals", language="en").to_dicts()
    assert len(rows) == len(wanted)
    for row in rows:
        if row["certain"] is not None and not int(row["unnamed"]):
            assert int(row["certain"]) <= int(row["stated"]) <= int(row["certain"]) + int(row["undated"])


@pytest.mark.parametrize("country", ["EG", "JP", "MA", "ZA"])
def test_a_profile_counts_the_sources_that_its_verdict_names(graph: Graph, country: str) -> None:
    """The number beside a verdict is the number in its words: the sources of its claims, without that of verdicts."""
    rows = [row for row in graph.query("country-profile", country=country).to_dicts() if "/position/" in row["thing"]]
    assert rows
    for row in rows:
        assert re.search(rf"\b{row['sourceCount']} sources?\b", row["thing_label"])
