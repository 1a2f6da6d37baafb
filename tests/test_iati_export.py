"""A project leaves as IATI that the standard's own schema and rules accept, or with the list of what is lacking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms.names import NS
from tests.conftest import SHARED, Done
from tests.test_iati import records

STANDARD = SHARED / "realdata" / "iati" / "standard"
OWN = "XM-DAC-47138-EXAMPLE"


@cache
def schema() -> Any:
    path = STANDARD / "schema-2.03" / "iati-activities-schema.xsd"
    if not path.exists():
        pytest.skip("the standard's own files are not beside the checkout")
    return etree.XMLSchema(etree.parse(path))


def broken_rules(document: Any) -> Iterator[str]:
    """What the published rule set finds wrong, by the conditions that need no list of organisations."""
    rules = json.loads((STANDARD / "ruleset-standard.json").read_text())
    agencies = etree.parse(STANDARD / "codelists" / "OrganisationRegistrationAgency.xml").xpath("//code/text()")
    for context, kinds in rules.items():
        for node in document.xpath(context):
            for kind, rule in kinds.items():
                yield from (
                    f"{context} {kind} {case}" for case in rule["cases"] if not kept(node, kind, case, agencies)
                )


def kept(node: Any, kind: str, case: dict[str, Any], agencies: list[str]) -> bool:
    """Whether a node keeps one case of a rule (https://iatistandard.org/en/iati-standard/203/rulesets/)."""
    if "condition" in case and not node.xpath(case["condition"]):
        return True
    values = [text(each) for path in case.get("paths", ()) for each in listed(node.xpath(path))]
    if kind == "atleast_one":
        return bool(values)
    if kind == "no_more_than_one":
        return len(values) < 2
    if kind == "unique":
        return len(set(values)) == len(values)
    if kind == "no_spaces":
        return not any(re.search(r"\s", each) for each in values)
    if kind == "regex_matches":
        return all(re.search(case["regex"], each) for each in values)
    if kind == "startswith":
        starts = [text(each) for path in case["prefix"] for each in listed(node.xpath(path))] or agencies
        return all(each.startswith(tuple(start + case.get("separator", "-") for start in starts)) for each in values)
    if kind in ("strict_sum", "range"):
        numbers = [float(each) for each in values]
        return sum(numbers) == case["sum"] if kind == "strict_sum" else all(0 <= each <= 100 for each in numbers)
    if kind == "if_then":
        return not node.xpath(case["if"]) or bool(node.xpath(case["then"]))
    if kind == "date_order":
        days = [listed(node.xpath(case[side])) if case[side] != "NOW" else ["9999"] for side in ("less", "more")]
        return not (days[0] and days[1]) or text(days[0][0]) <= text(days[1][0])
    if kind == "loop":
        return all(
            kept(node, inner, json.loads(json.dumps(each).replace("$1", text(value))), agencies)
            for value in listed(node.xpath(case["foreach"]))
            for inner, rule in case["do"].items()
            for each in rule["cases"]
        )
    return kind in ("one_or_all", "date_now", "time_limit", "between_dates")  # of what we do not write


def listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def text(node: Any) -> str:
    return node if isinstance(node, str) else "".join(node.itertext()) if hasattr(node, "itertext") else str(node)


@pytest.fixture
def written(command: Callable[..., Done]) -> Callable[..., bytes]:
    def write(project: str, *more: str) -> bytes:
        return command("export", "iati", "--project", project, *more).bytes

    return write


def test_what_the_standard_demands_and_no_source_says_is_listed(command: Callable[..., Done]) -> None:
    """Nothing is made up: no source gives CyberSouth+ an identifier of IATI, and GLACY+ lacks more than that."""
    for project, lacking in (
        ("cybersouth-plus", {"iati-identifier"}),
        ("cybersouth", None),
        ("glacy-plus", {"iati-identifier", "activity-date", "activity-status", "recipient-country"}),
    ):
        with pytest.raises(Refusal) as refused:
            command("export", "iati", "--project", project)
        assert refused.value.problem.code == "iati-demands"
        listed = set(refused.value.problem.choices)
        assert lacking is None or lacking == listed
        assert all(set(texts) == set(LANGUAGES) for texts in refused.value.problem.called)


@pytest.mark.parametrize("line", [(), ("--project", "country/MA"), ("--project", "no-such-project")])
def test_another_thing_than_a_project_is_refused(command: Callable[..., Done], line: tuple[str, ...]) -> None:
    """IATI is written of one project."""
    with pytest.raises(Refusal):
        command("export", "iati", *line)


def test_a_project_with_an_identifier_passes_the_schema_and_the_rules(written: Callable[..., bytes]) -> None:
    """CyberSouth+, with the identifier that its reporter gives it, breaks neither the XSD nor a rule of the set."""
    document = etree.fromstring(written("cybersouth-plus", "--iati-identifier", OWN))
    assert schema().validate(document), schema().error_log
    assert not list(broken_rules(document))


def test_the_check_of_rules_notices_what_is_wrong(written: Callable[..., bytes]) -> None:
    """Without its sector, with an identifier of somebody else, with two countries and no percentages, rules break."""
    schema()
    content = written("cybersouth-plus", "--iati-identifier", OWN).decode()
    two = '<recipient-country code="MA"/><recipient-country code="TN"/>'
    for changed in (
        re.sub(r"<sector.*?</sector>", "", content),
        content.replace(f"<iati-identifier>{OWN}", "<iati-identifier>XX-1"),
        re.sub(r"<recipient-region.*?</recipient-region>", two, content),
    ):
        assert changed != content
        assert list(broken_rules(etree.fromstring(changed.encode())))


def test_every_project_passes_or_is_refused(graph: Graph, written: Callable[..., bytes]) -> None:
    """Whatever is written is valid; whatever is not, is refused with what it lacks."""
    passed = 0
    for (project,) in graph.sparql("SELECT DISTINCT ?p { ?p a coop:Project }").rows:
        assert project is not None
        try:
            content = written(str(project.value), "--iati-identifier", OWN)  # type: ignore[union-attr]
        except Refusal as refused:
            assert refused.problem.code == "iati-demands"
            continue
        document = etree.fromstring(content)
        assert schema().validate(document), schema().error_log
        assert not list(broken_rules(document))
        passed += 1
    assert passed


@pytest.mark.parametrize(
    ("project", "more"), [("cybersouth-plus", ("--iati-identifier", OWN)), ("rule-of-law-support-jordan", ())]
)
def test_what_both_know_comes_back(
    graph: Graph, written: Callable[..., bytes], tmp_path: Path, project: str, more: tuple[str, ...]
) -> None:
    """Read back, an exported project has the same names, days, status, payers, implementers, partners and themes."""
    path = tmp_path / "export.xml"
    path.write_bytes(written(project, *more))
    found = [record for record in records(graph.from_iati(path).text) if "identifier" in record]
    assert len(found) == 1
    if not more:
        assert found[0]["id"] == f"project/{project}"

    def stated(word: str) -> set[str]:
        query = f"SELECT DISTINCT ?v {{ <https://w3id.org/cybercoop/id/project/{project}> {word} ?v }}"
        return {str(row[0].value).rpartition("/")[2] for row in graph.sparql(query).rows if row[0]}  # type: ignore[union-attr]

    for word in ("funder", "implementer", "partnerCountry", "status", "theme"):
        back = found[0].get(word, [])
        assert set(back if isinstance(back, list) else [back]) == stated(f"<{NS}{word}>"), word
    for word in ("startDate", "endDate"):
        assert found[0][word] in stated(f"schema:{word}")
    assert set(found[0]["prefLabel"].values()) <= stated("skos:prefLabel")  # type: ignore[attr-defined]


def test_a_designation_leaves_with_its_notice(written: Callable[..., bytes]) -> None:
    """The partner whose name has a star takes its notice along, whole, in three languages."""
    document = etree.fromstring(written("cybersouth-plus", "--iati-identifier", OWN))
    assert len(document.xpath("//description[@type='4']/narrative")) == len(LANGUAGES)
    assert "without prejudice" in document.xpath("string(//description[@type='4'])")


def test_the_library_gives_what_the_command_gives(graph: Graph, written: Callable[..., bytes]) -> None:
    """`Graph.to_iati` has the bytes of the command, and the words for which IATI has no place."""
    made = graph.to_iati("cybersouth-plus", OWN)
    assert made == written("cybersouth-plus", "--iati-identifier", OWN)
    assert "plannedAction" in made.no_place
    with pytest.raises(Refusal) as refused:
        graph.to_iati("country/MA")
    assert refused.value.problem.code == "iati-no-project"
