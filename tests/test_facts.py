"""Every fact of the four documents is found by the query that a person would write, with the source that says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cybercoop.graph import Graph
from cybercoop.sparql.question import as_typed
from cybercoop.terms.names import short

FACTS = Path(__file__).parent / "facts"
NOTICE = (
    "This designation shall not be construed as recognition of a State of Palestine and is without prejudice to the"
    " individual positions of Council of Europe and European Union member States on this issue."
)


def cases() -> Iterator[Any]:
    for path in sorted(FACTS.glob("*.yaml")):
        for case in as_typed(path.read_text(encoding="utf-8")):
            yield pytest.param(case["ask"], case["rows"], id=f"{path.stem}: {case['says']}")


def rows(graph: Graph, query: str) -> list[list[str]]:
    """Return the rows of an answer with things by their short names; an empty cell is `unknown`."""
    answer = graph.sparql(query).to_dicts()
    return [["unknown" if cell is None else short(cell) for cell in row.values()] for row in answer]


@pytest.mark.parametrize(("query", "expected"), list(cases()))
def test_the_graph_says_what_the_source_says(graph: Graph, query: str, expected: list[list[str]]) -> None:
    """A query written by hand gives the fact, and who says it."""
    assert sorted(rows(graph, query)) == sorted(expected)


@pytest.mark.parametrize("form", ["turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml"])
def test_the_designation_notice_leaves_with_the_name(graph: Graph, form: str) -> None:
    """Where an export holds the name Palestine*, it holds the notice too."""
    text = graph.export(form).decode()
    assert "Palestine*" in text
    assert NOTICE in text


def test_no_name_with_an_asterisk_stands_alone(graph: Graph) -> None:
    """A source that uses the name with its notice has both in its own graph; the editors have it in three languages."""
    found = rows(
        graph,
        """
        SELECT DISTINCT ?source (LANG(?notice) AS ?language) WHERE {
          GRAPH ?source { ?country skos:prefLabel ?name ; coop:designationNotice ?notice }
          FILTER(STRENDS(STR(?name), "*") && LANG(?name) = LANG(?notice))
        }""",
    )
    assert sorted(found) == [
        ["source/coe-cybersouth-plus-launch", "en"],
        ["source/coe-cybersouth-plus-page", "en"],
        ["source/cproc-prog", "en"],
        ["source/cybercoop-editors", "ar"],
        ["source/cybercoop-editors", "en"],
        ["source/cybercoop-editors", "fr"],
    ]


def test_the_notice_of_kosovo_is_whole(graph: Graph) -> None:
    """It names the resolution and what the opinion is on, in each language; nothing of it is left out anywhere."""
    said = rows(graph, "SELECT DISTINCT ?n WHERE { country:XK coop:designationNotice ?n }")
    ends = (
        "on the Kosovo Declaration of Independence.",
        "sur la déclaration d’indépendance du Kosovo.",
        "استقلال كوسوفو.",
    )
    assert len(said) == 3
    assert all("1244" in notice and notice.endswith(ends) for [notice] in said)


def test_the_notice_is_word_for_word(graph: Graph, seeds: Path) -> None:
    """The English notice is, letter by letter, that of the two pages of the Council of Europe."""
    said = rows(graph, 'SELECT DISTINCT ?n WHERE { country:PS coop:designationNotice ?n FILTER(LANG(?n) = "en") }')
    assert said == [[NOTICE]]
    for number in ("000", "001"):
        assert NOTICE in next(seeds.glob(f"{number}_*.txt")).read_text(encoding="utf-8")


def test_every_judgement_has_its_reason(graph: Graph) -> None:
    """Whatever serves an output or matches one stands in the editors' graph alone, in a record with a reason."""
    judged = rows(
        graph,
        """
        SELECT ?source ?thing (COUNT(DISTINCT ?reason) AS ?reasons) WHERE {
          VALUES ?link { coop:serves coop:matches }
          GRAPH ?source { ?thing ?link ?output }
          OPTIONAL { ?record coop:source ?source ; coop:about ?thing ; coop:reason ?reason }
        } GROUP BY ?source ?thing""",
    )
    assert len(judged) == 12
    assert {(source, reasons) for source, _, reasons in judged} == {("source/cybercoop-editors", "3")}


def test_a_question_can_leave_judgements_out(graph: Graph) -> None:
    """A question about stated links alone finds no activity that serves an output."""
    stated = """
        SELECT ?activity WHERE {
          GRAPH ?source { ?activity coop:serves ?output }
          FILTER(?source != <https://w3id.org/cybercoop/id/source/cybercoop-editors>)
        }"""
    assert rows(graph, stated) == []
