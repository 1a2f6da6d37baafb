"""One verdict in every form: each names every problem with its place, in each language."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import jsonschema
import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop.contribute.fixes import between
from cybercoop.graph import Graph
from cybercoop.judge import reports
from cybercoop.judge.reports import FORMATS, with_followers, written
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import LANGUAGES, UNSEEN, Edit, Mend, Problem, Refusal, Where
from cybercoop.terms.names import RDF_TYPE, SH
from cybercoop.workspace.files import contributions

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "report-1.json").read_text("utf-8"))
WRONG = """\
source: coe-cybersouth-plus-page
at: {section: activities}
id: activity/2024-05-21-casablanca-dark-web
type: Activity
activityKind: training
startDte: 2024-05-21
heldIn: "casablanka <&> `x`"
---
source: coe-cybersouth-plus-page
at: {section: activities}
id: activity/new-thing
type: Gathering
prefLabel: {en: Workshop}
---
id: activity/of-no-source
type: Activity
"""

ASTRAY = """\
source: coe-cybereast
at: {{section: launch}}
id: project/cybereast
type: Project
contribution: [{there}, contribution/cybereast-council-of-europe]
prefLabel: {{en: CyberEast}}
description: {{en: Works on law and policies.}}
startDate: 2019-06-20
funder: [council-of-europe, european-union]
objective: objective/cybereast
---
source: coe-cybereast
at: {{section: launch}}
id: contribution/cybereast-european-union
type: Contribution
contributor: organisation/european-union
share: 90
---
source: coe-cybereast
at: {{section: launch}}
id: contribution/cybereast-council-of-europe
type: Contribution
contributor: organisation/council-of-europe
share: 10
"""


@pytest.fixture(scope="module")
def report(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The verdict on a file with four faults in three records, and on a table with one."""
    folder = tmp_path_factory.mktemp("contribution")
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    (folder / "table.csv").write_text(
        "source,id,type,prefLabel@en,startDate\ncoe-cybersouth-plus-page,activity/z,Activity,Z,2024-13\n", "utf-8"
    )
    return graph.validate(folder)


def follower(report: Report, code: str) -> Problem:
    """The first cause in wrong.yaml under which a problem of that code is folded."""
    own = [found for found in report.problems if found.where.file.endswith("wrong.yaml")]
    return next(found for found in own if code in {one.code for one in found.follows})


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("record-without-type", "unknown-class"),
        ("activity-has-start-date", "unknown-term"),
    ],
)
def test_what_follows_is_folded_under_its_cause(report: Report, code: str, cause: str) -> None:
    """A misspelt class or word is one problem; what comes of it stands under it and nowhere else."""
    first = follower(report, code)
    assert first.code == cause
    assert code not in [found.code for found in report.problems if found.record == first.record]


@pytest.mark.parametrize("there", ["contribution/cybereast-european-unin", "organisation/european-union"])
def test_what_nothing_leads_to_is_folded_under_the_name_that_leads_astray(
    there: str, graph: Graph, tmp_path: Path
) -> None:
    """A contribution that no project has, as its project names something else, is no problem of its own."""
    path = tmp_path / "astray.yaml"
    path.write_text(ASTRAY.format(there=there), encoding="utf-8")
    (found, replaced) = graph.validate(path).problems
    assert replaced.code == "record-replaces"
    assert (found.code, found.where.line) == ("project-contribution-is-known", 5)
    assert [one.code for one in found.follows] == ["contribution-belongs-to-a-project"]


def test_problems_stand_record_by_record(report: Report) -> None:
    """Each problem knows its thing and where the record of that begins; those of a record stand together."""
    found = [(one.thing, one.record.line) for one in report.problems if one.record and "wrong" in one.where.file]
    assert found == sorted(found, key=lambda pair: pair[1])
    assert set(found) == {
        ("activity/2024-05-21-casablanca-dark-web", 1),
        ("activity/new-thing", 9),
        ("activity/of-no-source", 15),
    }


def test_a_problem_shows_its_line(report: Report) -> None:
    """The excerpt of a problem is the line with its value at the column; in a table it names the column's title."""
    for found in with_followers(report.problems):
        assert found.excerpt is not None
        text = Path(found.where.file).read_text("utf-8").split("\n")[found.where.line - 1]
        assert (found.excerpt.line, found.excerpt.column) == (text, found.where.column)
    date = next(found for found in report.problems if found.value == "2024-13")
    assert date.excerpt is not None
    assert date.excerpt.title == "startDate"
    assert date.excerpt.line[date.excerpt.column - 1 :] == "2024-13"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_form_names_every_problem(report: Report, form: str, lang: str) -> None:
    """Each form holds the code and the place of every problem and, but annotations, of what follows from it."""
    text = written(report, form, lang)
    assert text.endswith("\n")
    assert not re.search(UNSEEN, text)
    for found in report.problems if form == "github" else with_followers(report.problems):
        assert found.code in text or form == "sarif"
        assert str(found.where.line) in text
        assert Path(found.where.file).name in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_can_say_that_all_is_well(report: Report, form: str) -> None:
    """Without a problem each form still says something."""
    assert written(replace(report, problems=()), form).strip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_json_is_what_its_schema_says(report: Report, lang: str) -> None:
    """The JSON report is valid after the published schema, which is a schema and knows every field of a problem."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(written(report, "json", lang))
    jsonschema.validate(document, SCHEMA)
    assert document["language"] == lang
    for found in document["problems"]:
        assert set(found) == set(SCHEMA["$defs"]["problem"]["properties"])


def test_sarif_has_what_the_standard_requires(report: Report) -> None:
    """Each result names a rule of the tool by its index, has a level, a message, and a region in a file."""
    first, *rest = report.problems
    mended = first._replace(mend=Mend((Edit(first.where, 3, "abc"),), {"en": "Write abc"}))
    document = json.loads(written(replace(report, problems=(mended, *rest)), "sarif"))
    assert document["version"] == "2.1.0"
    assert re.search("sarif-schema-2.1.0", document["$schema"])
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result, found in zip(run["results"], report.problems, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == found.code
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) == (found.where.line, found.where.column)
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9/:._~%-]+", uri)
        assert len(result.get("relatedLocations", [])) == len(found.follows)
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["deletedRegion"]["endColumn"] - replacement["deletedRegion"]["startColumn"] == 3
    assert replacement["insertedContent"]["text"] == "abc"


@pytest.mark.parametrize(
    ("old", "new"),
    [("abc\ndef\n", "abd\ndef\n"), ("a\nb\nc\n", "a\nc\n"), ("a\nc\n", "a\nb1\nb2\nc\n"), ("ab\ncd", "")],
)
def test_a_region_is_what_is_replaced(old: str, new: str) -> None:
    """The regions of edits, taken out of a text by line and column and filled, give the text as it is mended."""
    lines = [0, *(match.end() for match in re.finditer("\n", old))]
    for edit in reversed(between("a.yaml", old, new)):
        region = edit.region()
        start = lines[region["startLine"] - 1] + region["startColumn"] - 1
        end = lines[region["endLine"] - 1] + region["endColumn"] - 1
        assert end - start == edit.length
        old = old[:start] + edit.text + old[end:]
    assert old == new


def test_programs_are_offered_the_mends(graph: Graph, tmp_path: Path) -> None:
    """JSON and SARIF hold the edits of a certain mend, which make the problem vanish; an uncertain date has none."""
    path = tmp_path / "wrong.yaml"
    names = "prefLabel: {en: Example, fr: Exemple, ar: مثال}"
    wrong = WRONG.split("heldIn")[0].replace("training", f"workshop\n{names}").replace("casablanca-dark-web", "new")
    path.write_text(wrong, encoding="utf-8")
    report = graph.validate(path, mends=True)
    document = json.loads(written(report, "json", "fr"))
    jsonschema.validate(document, SCHEMA)
    (found,) = document["problems"]
    ((mend,), text) = (found["mends"], path.read_text("utf-8"))
    assert mend["title"]
    (run,) = json.loads(written(report, "sarif", "fr"))["runs"]
    (fix,) = run["results"][0]["fixes"]
    assert fix["description"]["text"] == mend["title"]
    replacements = fix["artifactChanges"][0]["replacements"]
    for edit, same in zip(mend["edits"], replacements, strict=True):
        assert {**same["deletedRegion"], "text": same["insertedContent"]["text"]} == {
            key: value for key, value in edit.items() if key != "file"
        }
        assert edit["startLine"] == edit["endLine"] == 7
        line = text.split("\n")[6]
        mended = line[: edit["startColumn"] - 1] + edit["text"] + line[edit["endColumn"] - 1 :]
    assert mended == "startDate: 2024-05-21"
    path.write_text(text.replace("startDte: 2024-05-21", "startDate: 04/05/2024"), encoding="utf-8")
    assert [found.mend for found in graph.validate(path, mends=True).problems] == [None]


def test_annotations_stand_on_one_line_each(report: Report) -> None:
    """A workflow command is one line for each first cause, which counts what follows; what would end it is a code."""
    lines = [line for line in written(report, "github").splitlines() if line.startswith("::")]
    for line, found in zip(lines, report.problems, strict=True):
        count = len(with_followers(found.follows))
        assert f"title={found.code}," in line
        assert line.endswith(f"%0AProblems that follow from this one: {count}.") == (count > 0)
        assert re.fullmatch(r"::(error|warning|notice) file=[^:,]+,title=[a-z0-9-]+,line=\d+,col=\d+::.+", line)


def test_junit_counts_its_failures(report: Report) -> None:
    """Each record with an error is a test that fails; the counts are those of what is there."""
    root = ElementTree.fromstring(written(report, "junit"))
    assert sum(int(suite.attrib["failures"]) for suite in root) == len(root.findall(".//failure")) == 4
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall(".//failure"))


NUMBER, DECIMAL, TOKEN, TEXT = r"\d+", r"\d+(\.\d+)?", r"(?s).*\S.*", r"(?s).*"
JUNIT: dict[str, tuple[dict[str, str], str]] = {
    "testsuites": ({}, "(testsuite )*"),
    "testsuite": (
        {
            **dict.fromkeys(("package", "name", "hostname"), TOKEN),
            **dict.fromkeys(("id", "tests", "failures", "errors"), NUMBER),
            "time": DECIMAL,
            "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
        },
        "properties (testcase )*system-out system-err ",
    ),
    "properties": ({}, "(property )*"),
    "property": ({"name": TOKEN, "value": TEXT}, ""),
    "testcase": ({"name": TOKEN, "classname": TOKEN, "time": DECIMAL}, "(skipped |error |failure )?"),
    "failure": ({"type": TEXT, "message": TEXT}, ""),
    "system-out": ({}, ""),
    "system-err": ({}, ""),
}
"""Element → the attributes that it has, and must have, with the form of their values; the elements inside, in order."""


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
@pytest.mark.parametrize("which", ["report", "flood", "nothing"])
def test_junit_is_valid(which: str, lang: str, report: Report, flood: Report) -> None:
    """JUnit XML is what the schemas of Ant (without an attribute beyond it) and of Jenkins both take."""
    verdict = {"report": report, "flood": flood, "nothing": replace(report, problems=())}[which]
    root = ElementTree.fromstring(written(verdict, "junit", lang))
    assert root.tag == "testsuites"
    assert [suite.attrib["id"] for suite in root] == [str(number) for number in range(len(root))]
    for element in root.iter():
        attributes, inside = JUNIT[element.tag]
        assert element.attrib.keys() == attributes.keys(), element.tag
        for name, value in element.attrib.items():
            assert re.fullmatch(attributes[name], value), (element.tag, name, value)
        assert re.fullmatch(inside, "".join(f"{child.tag} " for child in element)), element.tag
        assert not (inside and (element.text or "").strip())


def test_html_is_sound_and_runs_from_right_to_left_in_arabic(report: Report) -> None:
    """Each element that is opened is closed; values are text, not marks; Arabic runs from right to left."""
    text = written(report, "html", "ar")
    assert '<html lang="ar" dir="rtl">' in text

    class Balance(HTMLParser):
        open: ClassVar[list[str]] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            assert tag not in ("x", "script")
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    balance = Balance()
    balance.feed(text)
    assert not balance.open


def test_turtle_is_a_validation_report(report: Report) -> None:
    """Each problem is a result with one focus node, severity and component, and a message in three languages."""
    store = ox.Store()
    store.load(io.BytesIO(written(report, "turtle").encode()), format=ox.RdfFormat.TURTLE)
    kind, result = ox.NamedNode(RDF_TYPE), ox.NamedNode(SH + "ValidationResult")
    nodes = [quad.subject for quad in store.quads_for_pattern(None, kind, result, None)]
    assert len(nodes) == len(with_followers(report.problems))
    for node in nodes:
        for name in ("focusNode", "resultSeverity", "sourceConstraintComponent"):
            assert len(list(store.quads_for_pattern(node, ox.NamedNode(SH + name), None, None))) == 1
        said = store.quads_for_pattern(node, ox.NamedNode(SH + "resultMessage"), None, None)
        assert {quad.object.language for quad in said if isinstance(quad.object, ox.Literal)} == set(LANGUAGES)
    conforms = next(store.quads_for_pattern(None, ox.NamedNode(SH + "conforms"), None, None))
    assert isinstance(conforms.object, ox.Literal)
    assert conforms.object.value == "false"


def test_the_summary_says_where_to_begin(report: Report) -> None:
    """The summary counts problems and records, what is fine, and names the first place; it promises no mend."""
    last = written(report, "text").strip().splitlines()[-1]
    assert f"Problems: {len(report.problems)} " in last
    assert "Records with a problem: 4 of 4; without: 0." in last
    assert str(report.problems[0].where) in last


def test_fewer_and_graver(report: Report) -> None:
    """`most` cuts the list and says how many are left out; `severity` leaves out what is lighter."""
    document = json.loads(written(report, "json", most=1))
    assert len(document["problems"]) == 1
    assert document["hidden"] == len(report.problems) - 1
    graver = json.loads(written(report, "json", severity="error"))["problems"]
    assert {found["severity"] for found in graver} == {"error"}
    with pytest.raises(Refusal):
        reports.check("text", "grave")


def test_arabic_text_keeps_paths_whole(report: Report) -> None:
    """In Arabic each place and code stands between marks of direction, and each line begins from the right."""
    text = written(report, "text", "ar")
    found = report.problems[0]
    assert f"\u200e{found.where}\u200e" in text
    assert f"\u200e{found.code}\u200e" in text
    assert all(line.lstrip()[0] == "\u200f" for line in text.splitlines() if re.search("[\u0600-\u06ff]", line))


def test_patterns_and_standard_input(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that the shell left alone stands for the files it fits; `-` for standard input in a named format."""
    for name in ("b.yaml", "a.yaml", "c.txt"):
        (tmp_path / name).write_text(WRONG, encoding="utf-8")
    assert contributions([f"{tmp_path}/*.yaml"]) == [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    assert contributions([f"{tmp_path}/**/[ab].yaml", tmp_path]) == [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    with pytest.raises(Refusal):
        contributions([f"{tmp_path}/*.ttl"])
    with pytest.raises(Refusal) as refusal:
        contributions(["-"])
    assert refusal.value.problem.code == "input-format-missing"

    class Stdin:
        buffer = io.BytesIO(WRONG.replace("Activty", "Activity").encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    (given,) = contributions(["-"], "yaml")
    reading = graph.workspace.read([given])
    assert reading.problems[0].where == Where("stdin", 6, 1)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_may_be_written_instead_is_shown_to_people(report: Report, form: str) -> None:
    """Every form for people names the choices of a problem, and shows its line before its cure."""
    first, *_ = report.problems
    offered = first._replace(choices=("theme/one", "theme/two"), called=({"fr": "Un"}, {"fr": "Deux"}))
    text = written(replace(report, problems=(offered,)), form, "fr")
    assert "theme/one  Un" in text
    assert "theme/two  Deux" in text
    assert first.excerpt is not None
    assert re.sub("<[^>]*>", "", text).index(first.excerpt.line.strip()) < text.index("theme/one")


@pytest.fixture(scope="module")
def flood(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The verdict on 120 rows: a class is misspelt in half of them, a place unknown and a date no date in many."""
    path = tmp_path_factory.mktemp("flood") / "rows.csv"
    lines = ["source,id,type,section,prefLabel@en,prefLabel@fr,prefLabel@ar,activityKind,startDate,heldIn"]
    for row in range(120):
        kind, day = ("Activty", "2024-06-11") if row % 2 else ("Activity", f"{row} moons ago")
        names = f"One {row},Un {row},واحد {row}"
        lines.append(f"coe-cybersouth-plus-page,activity/2024-06-11-x{row},{kind},x,{names},workshop,{day},atlantis")
    path.write_text("\n".join(lines), encoding="utf-8")
    return graph.validate(path)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_flood_is_told_once(form: str, lang: str, flood: Report) -> None:
    """What is wrong in the same way in many records is told at its first places, with the count, in sixty lines."""
    text = written(flood, form, lang)
    assert len(text.splitlines()) <= 60 or form == "html"
    assert text.count("activity-place-is-known") <= 2
    assert text.count("Activty") <= 3
    assert text.count("moons ago") <= 7
    codes = Counter(found.code for found in flood.problems)
    assert codes["unknown-class"] == codes["bad-literal"] == 60
    assert codes["activity-place-is-known"] == 120
    assert {"119", "59", "57"} <= set(re.findall("[0-9]+", text))


def test_every_problem_is_there_for_programs(flood: Report) -> None:
    """Forms for programs have them all."""
    for form in ("json", "sarif", "github", "junit"):
        assert written(flood, form).count("rows.csv") >= len(flood.problems)


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_limit_changes_no_sum(form: str, report: Report) -> None:
    """The summary counts problems, errors and records as without a limit."""
    whole, short = written(report, form), written(report, form, most=1)
    counts = list(re.findall(r"Problems: [^.]*\. Records with a problem: [^.]*\.", whole))
    assert (form in ("sarif", "turtle")) == (not counts)
    assert counts == re.findall(r"Problems: [^.]*\. Records with a problem: [^.]*\.", short)


def test_sarif_keeps_to_the_limits_of_code_hosts(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run has no more results than hosts take and says what is left out; rules speak of all problems of a code."""
    monkeypatch.setattr("cybercoop.judge.reports.programs._MOST_RESULTS", 2)
    (run,) = json.loads(written(report, "sarif"))["runs"]
    assert len(run["results"]) == 2
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert str(len(report.problems) - 2) in notice["message"]["text"]
    driver = run["tool"]["driver"]
    assert driver["version"] == cybercoop.__version__
    assert driver["informationUri"].startswith("https://")
    values = [found.value for found in report.problems if found.value]
    assert not [rule for rule in driver["rules"] for value in values if value in rule["shortDescription"]["text"]]


def test_a_baseline_leaves_out_what_was_there(
    root: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an earlier report only what is worse is told and counts for the exit code, on whatever line the rest is."""
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    path, base = tmp_path / "wrong.yaml", tmp_path / "base.json"
    path.write_text(WRONG, encoding="utf-8")
    command("validate", str(path), "--format", "json", "-o", str(base))
    path.write_text("# a line more\n" + WRONG, encoding="utf-8")
    done = command("validate", str(path), "--baseline", str(base))
    assert (done.code, "No problem" in done.text) == (0, True)
    path.write_text(WRONG.replace("activity/new-thing", "activity/newer-thing"), encoding="utf-8")
    done = command("validate", str(path), "--baseline", str(base))
    assert done.code == 1
    assert "newer-thing" in done.text
    assert "casablanka" not in done.text
    for bad in (tmp_path / "none.json", path):
        with pytest.raises(Refusal):
            command("validate", str(path), "--baseline", str(bad))
