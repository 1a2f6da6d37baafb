"""A contribution is judged with its line, its code and its cure; the shipped graph has no problem."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.names import NS, RDF_TYPE

RECORD = "data/activities/2024/2024-05-21-casablanca-dark-web.yaml"


def damaged(root: Path, folder: Path, without: str, name: str = "copy.yaml") -> Path:
    """A copy of the Casablanca training record without the lines that begin with a word."""
    lines = (root / RECORD).read_text("utf-8").splitlines(keepends=True)
    copy = folder / name
    copy.write_text("".join(line for line in lines if not line.startswith(without)), encoding="utf-8")
    return copy


def test_the_shipped_graph_has_no_problem(graph: Graph) -> None:
    """The shipped graph conforms, and the report says how much was looked at."""
    report = graph.validate()
    assert not report.problems
    assert report.records > 200
    assert report.shapes > 100
    assert report.targets > 100


def test_a_record_without_start_date(graph: Graph, root: Path, tmp_path: Path) -> None:
    """A copy of the training record without its start date gives one problem, on the line that names the activity."""
    copy = damaged(root, tmp_path, "startDate:")
    report = graph.validate(copy)
    assert [found.code for found in report.problems] == ["activity-has-start-date"]
    found = report.problems[0]
    assert copy.read_text("utf-8").splitlines()[found.where.line - 1].startswith("id: activity/2024-05-21")
    assert not report.conforms


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_problem_speaks_three_languages(graph: Graph, root: Path, tmp_path: Path, lang: str) -> None:
    """Message and cure stand in the language that was asked for, and differ from the English ones."""
    found = graph.validate(damaged(root, tmp_path, "startDate:")).problems[0]
    said = found.to_dict(lang)
    assert said["message"]
    assert said["cure"]
    if lang != "en":
        assert said["message"] != found.to_dict("en")["message"]
        assert said["cure"] != found.to_dict("en")["cure"]


def test_an_unchanged_copy_is_fine(graph: Graph, root: Path, tmp_path: Path) -> None:
    """A copy of a shipped record is judged as an edit of it, and an edit that changes nothing has no problem."""
    assert not graph.validate(damaged(root, tmp_path, "nothing begins so")).problems


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        (RDF_TYPE, {"citation-terms-describe-a-citation", "record-citation-is-known"}),
        (NS + "cites", {"citation-cites-one-passage"}),
        (NS + "says", {"citation-says-something"}),
    ],
)
def test_a_fact_removed_from_a_citation(graph: Graph, tmp_path: Path, without: str, missing: set[str]) -> None:
    """A record is replaced with its citations: what one of them no longer says is missing, whatever the graph holds."""
    stated = list(graph.workspace.stored.quads())
    cited = next(quad for quad in stated if quad.predicate.value == NS + "citation")
    entry, source = cited.subject, cited.graph_name
    own = {entry} | {quad.object for quad in stated if quad.subject == entry}
    kept = [quad for quad in stated if quad.graph_name == source and quad.subject in own]
    gone = [quad for quad in kept if quad.subject == cited.object and quad.predicate.value == without]
    assert gone
    less = [quad for quad in kept if quad not in gone]
    for name, quads, codes in (("whole", kept, set()), ("less", less, missing)):
        path = tmp_path / f"{name}.nq"
        path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
        problems = graph.validate(path).problems
        assert {found.code for found in problems} == codes
        for found in problems:  # a statement begins with its thing, in the first column
            assert found.where.column == 1 or found.code == "record-citation-is-known"


def test_what_a_place_says_follows_from_what_cannot_be_read(graph: Graph, tmp_path: Path) -> None:
    """Where a word of the record cannot be read, what its place says of it is no second fault."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "source: coe-cybersouth-plus-page\nat: [{section: a, says: prefLabel}, {section: b, says: startDate}]\n"
        "id: activity/2024-06-01-a\ntype: Activity\nprefLabel: A\nstartDate: 2024-06-31\n",
        encoding="utf-8",
    )
    read = [found for found in graph.validate(path).problems if found.component is None]
    assert [found.code for found in read] == ["language-missing", "bad-literal"]
    assert all("passage-says-nothing" in {after.code for after in found.follows} for found in read)


def test_a_misspelt_reference_names_the_nearest(graph: Graph, tmp_path: Path) -> None:
    """A reference to a thing that does not exist is a problem at its place, with the nearest name."""
    copy = tmp_path / "copy.yaml"
    copy.write_text(
        "source: coe-cybersouth-plus-page\n"
        "at: {section: activities}\n"
        "id: activity/2024-05-21-casablanca-dark-web\n"
        "heldIn: casablanka\n",
        encoding="utf-8",
    )
    report = graph.validate(copy)
    found = next(found for found in report.problems if found.value == "place/casablanka")
    assert (found.where.line, found.where.column) == (4, 9)
    assert found.nearest == "place/casablanca"


@pytest.mark.parametrize(
    ("fact", "meant"),
    [
        ("organiser: ministry-of-interior-dz", None),
        ("host: ministry-of-justice", None),
        ("organiser: public-prosecution-dz", None),
        ("organiser: frontex", None),
        ("heldIn: Tunisia", None),
        ("heldIn: cartagena", None),
        ("benefits: ALG", None),
        ("benefits: DZA", None),
        ("concerns: dz-law-09-08", None),
        ("concerns: arab-convention", None),
        ("theme: criminalisation", None),
        ("partOf: project/cybersouth2", None),
        ("organiser: minstry-of-interior-jo", "organisation/ministry-of-interior-jo"),
        ("organiser: council-of-europ", "organisation/council-of-europe"),
        ("heldIn: beyrut", "place/beirut"),
        ("concerns: dz-law-09-04", "instrument/dz-09-04"),
        ("partOf: project/cyber-south", "project/cybersouth"),
    ],
)
def test_a_suggestion_is_what_may_have_been_meant(fact: str, meant: str | None, graph: Graph, tmp_path: Path) -> None:
    """No body, law, place or country is suggested for that of another country, nor one that is spelt otherwise."""
    copy = tmp_path / "copy.yaml"
    about = "source: coe-cybersouth-plus-page\nat: {section: activities}\nid: activity/algiers-example\n"
    copy.write_text(f"{about}type: Activity\n{fact}\n", encoding="utf-8")
    report = graph.validate(copy)
    wrong = next(found for found in report.problems if found.where.line == 5)
    assert wrong.nearest == meant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("source: coe-cybersouth-plus-page\nid: activity/new-thing\ntype: Activty\n", "unknown-class"),
        ("source: coe-cybersouth-plus-page\nid: activity/new-thing\nstartDte: 2024\n", "unknown-term"),
        ("source: coe-cybersouth-plus-page\nid: activity/new-thing\nstartDate: 2024-13\n", "bad-literal"),
        ("source: coe-cybersouth-plus-page\nid: activity/new-thing\nstartDate: 2024\n", "record-without-type"),
        ("id: activity/new-thing\ntype: Activity\n", "record-without-source"),
        ("source: coe-cybersouth-plus-page\ntype: Activity\n", "record-without-id"),
        ("", "empty-file"),
        ("# nothing\n", "empty-file"),
    ],
)
def test_nothing_passes_unseen(graph: Graph, tmp_path: Path, text: str, code: str) -> None:
    """A misspelt class or word, a bad date, a record that no shape looks at, an empty file: each is an error."""
    copy = tmp_path / "copy.yaml"
    copy.write_text(text, encoding="utf-8")
    report = graph.validate(copy)
    assert code in [found.code for found in report.problems]
    assert not report.conforms


def test_one_thing_described_twice_by_one_source(graph: Graph, root: Path, tmp_path: Path) -> None:
    """Two records of one source about one thing are a problem that names both places."""
    first = damaged(root, tmp_path, "nothing", "a.yaml")
    second = damaged(root, tmp_path, "nothing", "b.yaml")
    found = [found for found in graph.validate(first, second).problems if found.code == "described-twice"]
    assert found
    assert "b.yaml" in found[0].where.file
    assert "a.yaml" in found[0].message["en"]


def test_harm_done_elsewhere_is_reported_where_it_shows(graph: Graph, root: Path, tmp_path: Path) -> None:
    """A contribution that breaks a rule for a thing it does not describe is told so, with the place in data/."""
    copy = tmp_path / "copy.yaml"
    text = (root / "data/projects/cybersouth-plus.yaml").read_text("utf-8")
    copy.write_text(text.replace("startDate: 2024-01-01", "startDate: 2024-06-01").replace("startDate: 2024\n", ""))
    report = graph.validate(copy)
    assert any(found.where.file.startswith("data/activities/2024") for found in report.problems)


def test_a_folder_stands_for_its_files(graph: Graph, root: Path, tmp_path: Path) -> None:
    """A folder is judged as the files in it."""
    damaged(root, tmp_path, "nothing", "a.yaml")
    assert graph.validate(tmp_path).files == 1


def test_pyshacl_gives_the_same_verdict(graph: Graph, root: Path, tmp_path: Path) -> None:
    """`engine="pyshacl"` finds the same problems as the fast engine."""
    copy = damaged(root, tmp_path, "startDate:")
    assert graph.validate(copy, engine="pyshacl").problems == graph.validate(copy).problems


def test_the_report_is_plain_data(graph: Graph, root: Path, tmp_path: Path) -> None:
    """A report can be written as JSON, with file, line, column, code, message, cure and help."""
    report = json.loads(json.dumps(graph.validate(damaged(root, tmp_path, "startDate:")).to_dict("fr")))
    assert {"code", "file", "line", "column", "message", "cure", "severity", "help"} <= set(report["problems"][0])


def test_a_wrong_code_is_answered_with_the_codes_and_never_with_its_contrary(graph: Graph, tmp_path: Path) -> None:
    """“status” is not taken for “no-status”: the statuses of lists are named instead."""
    copy = tmp_path / "copy.yaml"
    copy.write_text(
        "source: coe-cybersouth-plus-page\nat: {section: example}\nid: listing/example\ntype: Listing\n"
        "listedCountry: country/MA\nlistedFor: cets-224\nlistedAs: status\n",
        encoding="utf-8",
    )
    found = next(one for one in graph.validate(copy).problems if one.code == "list-status-is-known")
    assert found.nearest is None
    assert {"no-status", "signatory"} <= set(found.choices)
