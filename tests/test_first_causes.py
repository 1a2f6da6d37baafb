"""One cause is one problem, and no fault hides another: people need not repair one fault a run."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from cybercoop.graph import Graph
from cybercoop.judge import reports
from cybercoop.problems.problem import Problem

WRONG = ("activity-beneficiary-is-known", "activity-has-kind", "activity-place-is-known", "bad-literal", "unknown-term")
"""What is wrong with the record below beside its source and its id."""

YAML = """id: activity/2024 xx
type: Activity
prefLabel: {en: An example, fr: Un exemple, ar: مثال}
startDate: soon
heldIn: Rabatt
benefits: Morocco
theem: dark-web
"""
HEAD = ("source", "id", "type", "prefLabel@en", "prefLabel@fr", "prefLabel@ar", "startDate", "heldIn", "benefits")
ROW = ("", "activity/2024 xx", "Activity", "An example", "Un exemple", "مثال", "soon", "Rabatt", "Morocco")
CSV = ",".join((*HEAD, "theem")) + "\n" + ",".join((*ROW, "dark-web")) + "\n"
JSON_LD = """{"@context": "https://w3id.org/cybercoop/context.jsonld", "@graph": [
{"id": "record/x--activity-2024", "type": "Record", "about": "activity/2024 xx"},
{"id": "activity/2024 xx", "type": "Activity", "prefLabel": {"en": "An example", "fr": "Un exemple", "ar": "مثال"},
 "startDate": "soon", "heldIn": "Rabatt", "benefits": "Morocco", "theem": "dark-web"}]}
"""
TURTLE = """@base <https://w3id.org/cybercoop/id/> .
@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<record/x--activity-2024> a coop:Record ; coop:about <activity/2024_XX> .
<activity/2024_XX> a coop:Activity ; skos:prefLabel "An example"@en , "Un exemple"@fr , "مثال"@ar ;
  schema:startDate "soon"^^xsd:date ; coop:heldIn <place/Rabatt> ; coop:benefits <country/Morocco> ;
  coop:theem <theme/dark-web> .
"""
FILES = {
    "a.yaml": (YAML, "record-without-source", "bad-name"),
    "a.csv": (CSV, "record-without-source", "bad-name"),
    "a.xlsx": (CSV, "record-without-source", "bad-name"),
    "a.jsonld": (JSON_LD, "rdf-without-source", "bad-name"),
    "a.ttl": (TURTLE, "rdf-without-source", "id-form"),
}


def written(folder: Path, name: str, text: str) -> Path:
    """A file with a text; a workbook with the cells of it."""
    path = folder / name
    if path.suffix != ".xlsx":
        path.write_text(text, encoding="utf-8")
        return path
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in text.splitlines():
        book.active.append(line.split(","))
    book.save(path)
    return path


def codes(problems: tuple[Problem, ...]) -> list[str]:
    """The codes of problems but for warnings, each as often as it is there."""
    return sorted(found.code for found in problems if found.severity == "error")


@pytest.mark.parametrize("name", FILES)
def test_a_bad_id_and_a_missing_source_hide_nothing(name: str, graph: Graph, tmp_path: Path) -> None:
    """All that is wrong with a record is said at once, whether or not its source and its id are what they should be."""
    text, no_source, bad_id = FILES[name]
    told = codes(graph.validate(written(tmp_path, name, text)).problems)
    assert told == sorted((*WRONG, no_source, bad_id))


@pytest.mark.parametrize("line", ["source: coe cybersouth!", "source: [a, b]", "source: cybercoop-derived", "sorce: x"])
def test_a_source_that_is_none_hides_nothing(line: str, graph: Graph, tmp_path: Path) -> None:
    """So it is where there is a source, but none that can be one, or its word is misspelt."""
    text = YAML.replace("activity/2024 xx", "activity/2024-example")
    told = codes(graph.validate(written(tmp_path, "a.yaml", f"{line}\n{text}")).problems)
    assert set(WRONG) < set(told)
    assert len(told) - told.count("record-says-where") == len(WRONG) + 1 + (line == "sorce: x")


def test_a_misspelt_class_hides_nothing(graph: Graph, tmp_path: Path) -> None:
    """A record whose class is misspelt is judged as one of the class that its id says as well."""
    text = YAML.replace("activity/2024 xx", "activity/2024-example").replace("type: Activity", "type: Activty")
    told = codes(graph.validate(written(tmp_path, "a.yaml", text)).problems)
    assert told == sorted((*WRONG, "record-without-source", "unknown-class"))


def test_no_name_that_stands_in_is_shown(graph: Graph, tmp_path: Path) -> None:
    """What stands in for a missing name while a record is judged is no name of anything, and is not shown."""
    without_id = YAML.replace("id: activity/2024 xx\n", "at: {section: a}\nheadcount: 0\n")
    for text in (YAML, without_id):
        report = graph.validate(written(tmp_path, "a.yaml", text))
        assert "~" not in str(report.to_dict())
        assert "activity/…" in str(report.to_dict())


@pytest.mark.parametrize("name", ["activity", "country", "listing", "organisation", "project", "source", "treaty"])
@pytest.mark.parametrize("word", ["source", "id"])
def test_what_follows_from_a_missing_name_is_folded(
    name: str, word: str, root: Path, graph: Graph, tmp_path: Path
) -> None:
    """A good record that has lost its source or its id has that problem alone."""
    good = root / "tests" / "fixtures" / "valid" / f"{name}.yaml"
    text = re.sub(rf"(?m)^{word}: .*\n", "", good.read_text("utf-8"), count=1)
    before = codes(graph.validate(good).problems)
    told = codes(graph.validate(written(tmp_path, "a.yaml", text)).problems)
    assert sorted([*before, f"record-without-{word}"]) == told


@pytest.mark.parametrize("form", ["text", "markdown", "html", "github", "sarif"])
def test_a_problem_has_one_cure_and_the_certain_one_where_there_is_one(form: str, graph: Graph, tmp_path: Path) -> None:
    """Beside what a mend does, no general cure says it otherwise."""
    text = YAML.replace("id: activity/2024 xx", "source: coe-cybersouth-plus-page\nid: activity/2024-example")
    report = graph.validate(written(tmp_path, "a.yaml", text), mends=True)
    mended = next(found for found in report.problems if found.code == "activity-beneficiary-is-known")
    other = next(found for found in report.problems if found.code == "bad-literal")
    told = reports.written(report, form, "en")
    assert mended.mend is not None and "a country that has a record" in mended.cure["en"]
    assert "a country that has a record" not in " ".join(re.sub(r'"help": \{[^}]*\}', "", told).split())
    assert "benefits: MA" in told
    assert other.mend is None and "a year (2024) that exists." in told


def test_a_place_that_is_unknown_is_not_at_odds_with_the_id(graph: Graph, tmp_path: Path) -> None:
    """What the id says otherwise than an unknown name is no second problem of that."""
    text = YAML.replace("id: activity/2024 xx", "source: coe-cybersouth-plus-page\nid: activity/2024-06-13-rabat")
    told = [found.code for found in graph.validate(written(tmp_path, "a.yaml", text)).problems]
    assert "activity-place-is-known" in told and "id-says-otherwise" not in told


def test_things_that_are_all_alike_are_told_of_in_bounds(graph: Graph, tmp_path: Path) -> None:
    """Of forty bodies of one name each is a problem, with a few of the others under it: not all pairs."""
    rows = [f"cybercoop-editors,organisation/x{number},Organisation,One,Un,واحد,agency" for number in range(40)]
    head = "source,id,type,prefLabel@en,prefLabel@fr,prefLabel@ar,organisationKind"
    report = graph.validate(written(tmp_path, "a.csv", "\n".join([head, *rows])))
    alike = [found for found in report.problems if found.code == "thing-name-is-its-own"]
    assert len(alike) == 40
    assert all(0 < len(found.follows) < 20 for found in alike)


def test_what_an_id_denies_follows_from_what_is_wrong_in_itself(graph: Graph, tmp_path: Path) -> None:
    """A value that cannot be, and that its id says otherwise, is one problem; so are all that one id denies."""
    for bad, code in (("0224-06-13", "date-is-of-a-plausible-year"), ("2023-06-13", "id-says-otherwise")):
        path = written(tmp_path, "a.yaml", ACTIVITY.replace("startDate: 2024-06-13", f"startDate: {bad}"))
        (found,) = (each for each in graph.validate(path).problems if "2024-06" in str(each.thing))
        assert found.code == code
    act = "id: treaty-action/ets-185-eg-accession\ntype: TreatyAction\nactionBy: country/LY\nactionOn: cets-224\n"
    act = f"source: coe-185-parties\nat: {{section: list}}\n{act}actionKind: accession\nactionDate: 2024-01-01\n"
    found, *others = graph.validate(written(tmp_path, "b.yaml", act)).problems
    assert (found.code, [each.code for each in found.follows]) == ("id-says-otherwise", ["id-says-otherwise"])
    assert not others


@pytest.mark.parametrize(
    "bad", ["termUsed: {zz: x y}", "benefits: MA\nbenefits: TN", "duration: P9Y\nendDate: 2024-06"]
)
def test_a_problem_is_counted_with_its_record(bad: str, graph: Graph, tmp_path: Path) -> None:
    """A file with one record has no record without a problem, whatever finds it."""
    report = graph.validate(written(tmp_path, "a.yaml", f"{ACTIVITY}{bad}\n"))
    assert report.problems
    assert (report.records, report.fine) == (1, 0)
    assert {found.thing for found in report.problems} == {"activity/2024-06-13-example-workshop"}


ACTIVITY = """source: coe-cybersouth-plus-page
at: {section: example}
id: activity/2024-06-13-example-workshop
type: Activity
prefLabel: {en: Example workshop, fr: Atelier d’exemple, ar: ورشة عمل نموذجية}
activityKind: workshop
startDate: 2024-06-13
"""


@pytest.mark.parametrize("name", ["a.ttl", "a.jsonld", "a.rdf"])
def test_http_in_place_of_https_is_one_problem(name: str, graph: Graph, tmp_path: Path) -> None:
    """A base, prefixes and addresses with http are read as what they mean; all else is judged, as if they had https."""
    text = re.sub("https(?=://(?:w3id.org/cybercoop/(?:id|ns)|schema.org))", "http", NAMELESS[name])
    sound, wrong = (graph.validate(written(tmp_path, name, each)).problems for each in (NAMELESS[name], text))
    if name != "a.jsonld":  # where all addresses are made by our own context
        assert codes(wrong) == sorted([*codes(sound), "http-address"])
    path = written(tmp_path, "a.yaml", f"{ACTIVITY}benefits: http://w3id.org/cybercoop/id/country/MA\n")
    (found,) = graph.validate(path, mends=True).problems
    assert found.code == "http-address"
    assert found.mend is not None


def test_of_two_things_alike_one_is_told(graph: Graph, root: Path) -> None:
    """That one activity may be another, and the other the one, is one problem."""
    path = root / "tests/fixtures/invalid/activity-is-told-once.yaml"
    (found,) = graph.validate(path).problems
    assert [each.code for each in found.follows] == [found.code]


def test_a_language_that_is_none_explains_what_it_brings(graph: Graph, tmp_path: Path) -> None:
    """A name in a language without a code is not a missing name and a wrong script as well."""
    text = ACTIVITY.replace("fr:", "fre:").replace("ar:", "arabic:")
    assert codes(graph.validate(written(tmp_path, "a.yaml", text)).problems) == ["bad-language", "bad-language"]


@pytest.mark.parametrize(("said", "meant"), [("nom", "prefLabel"), ("lieu", "heldIn"), ("Name (English)", "prefLabel")])
def test_words_of_daily_use_are_known(said: str, meant: str, graph: Graph, tmp_path: Path) -> None:
    """What offices write in place of a word of records leads to that word, and to what its lack brings."""
    text = ACTIVITY.replace("prefLabel:", f"{said}:") if meant == "prefLabel" else f"{ACTIVITY}{said}: rabat\n"
    (found,) = graph.validate(written(tmp_path, "a.yaml", text)).problems
    assert (found.code, found.nearest) == ("unknown-term", meant)


NAMELESS = {
    "a.ttl": """@base <https://w3id.org/cybercoop/id/> .
@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<record/coe-cybersouth-plus-page--activity-x> a coop:Record ; coop:source <source/coe-cybersouth-plus-page> ;
  coop:about <activity/2024-example> ; coop:passage [ a coop:Passage ; coop:section "x" ] .
<activity/2024-example> a coop:Activity ; skos:prefLabel "An example"@en , "Un exemple"@fr , "مثال"@ar ;
  coop:activityKind <https://w3id.org/cybercoop/scheme/activity-kind/workshop> ;
  coop:participation [ coop:headcount 7 ; coop:x [ coop:y ( 1 2 ) ] ] , _:b ; schema:startDate "soon"^^xsd:date .
_:b coop:headcount 9 .
[ a coop:Activity ] .
_:c a coop:Activity .
""",
    "a.jsonld": """{"@context": "https://w3id.org/cybercoop/context.jsonld", "@graph": [
{"id": "record/coe-cybersouth-plus-page--activity-x", "type": "Record", "about": "activity/2024-example",
 "source": "coe-cybersouth-plus-page", "passage": {"type": "Passage", "section": "x"}},
{"id": "activity/2024-example", "type": "Activity", "startDate": "soon", "activityKind": "workshop",
 "prefLabel": {"en": "An example", "fr": "Un exemple", "ar": "مثال"}, "participation": ["_:b", "_:d"]},
{"id": "_:b", "type": "Participation", "headcount": 9}]}
""",
    "a.rdf": """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xml:base="https://w3id.org/cybercoop/id/"
 xmlns:coop="https://w3id.org/cybercoop/ns#" xmlns:schema="https://schema.org/"
 xmlns:skos="http://www.w3.org/2004/02/skos/core#">
<coop:Record rdf:about="record/coe-cybersouth-plus-page--activity-x">
<coop:source rdf:resource="source/coe-cybersouth-plus-page"/><coop:about rdf:resource="activity/2024-example"/>
<coop:passage><coop:Passage><coop:section>x</coop:section></coop:Passage></coop:passage></coop:Record>
<coop:Activity rdf:about="activity/2024-example"><skos:prefLabel xml:lang="en">An example</skos:prefLabel>
<skos:prefLabel xml:lang="fr">Un exemple</skos:prefLabel><skos:prefLabel xml:lang="ar">مثال</skos:prefLabel>
<coop:activityKind rdf:resource="https://w3id.org/cybercoop/scheme/activity-kind/workshop"/>
<schema:startDate rdf:datatype="http://www.w3.org/2001/XMLSchema#date">soon</schema:startDate>
<coop:participation rdf:parseType="Resource"><coop:headcount>7</coop:headcount></coop:participation></coop:Activity>
<coop:Activity/></rdf:RDF>
""",
}


@pytest.mark.parametrize(
    ("name", "lines"), [("a.ttl", [7, 10, 12, 13]), ("a.jsonld", [3, 5, 6]), ("a.rdf", [6, 11, 12])]
)
def test_things_without_a_name_hide_no_other_fault(name: str, lines: list[int], graph: Graph, tmp_path: Path) -> None:
    """Each place that leads to a thing without a name, or where one stands alone, is told; all else is judged."""
    problems = graph.validate(written(tmp_path, name, NAMELESS[name])).problems
    assert sorted(found.where.line for found in problems if found.code == "blank-node") == lines
    assert [found.code for found in problems if found.code != "blank-node"] == ["bad-literal"]
