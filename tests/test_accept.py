"""Each record is judged alone; what is accepted is written where it belongs, all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest

from cybercoop import export, records
from cybercoop.contribute import folders
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal, Where
from cybercoop.records.reading import Fields, Scalar
from cybercoop.terms import names

RECORD = """\
source: coe-cybersouth-plus-page
at: {{section: example}}
id: activity/2024-06-{day}-example
type: Activity
prefLabel: {{en: Example, fr: Exemple, ar: مثال}}
activityKind:   workshop  # as the page says
startDate: {date}
"""


def contribution(folder: Path, bad: int, count: int) -> Path:
    """A file of records of which one has no date that exists."""
    records = [RECORD.format(day=100 + n, date="2024-13" if n == bad else "2024-06") for n in range(count)]
    path = folder / "many.yaml"
    path.write_text("---\n".join(records), encoding="utf-8")
    return path


def test_one_bad_record_stops_no_other(graph: Graph, tmp_path: Path) -> None:
    """Of a hundred records of which one is bad, ninety-nine are written, formatted, with their comments."""
    into = tmp_path / "data"
    verdict = graph.accept(contribution(tmp_path, bad=41, count=100), into=into)
    assert (len(verdict.accepted), len(verdict.refused)) == (99, 1)
    assert "bad-literal" in {found.code for found in verdict.refused[0].problems}
    assert not into.exists()
    verdict.write()
    files = sorted(path for path in into.rglob("*") if path.is_file())
    assert len(files) == 99
    assert files[0] == into / "activities" / "2024" / "2024-06-100-example.yaml"
    assert "activityKind: workshop  # as the page says\n" in files[0].read_text("utf-8")


def test_records_find_their_place(graph: Graph, root: Path, tmp_path: Path) -> None:
    """What a source said before is replaced, a new source of a thing is added to its file, an act joins its table."""
    name = "activities/2024/2024-05-21-casablanca-dark-web.yaml"
    for each in (name, "treaty-actions/ets-185.csv"):
        (tmp_path / "data" / each).parent.mkdir(parents=True)
        (tmp_path / "data" / each).write_bytes((root / "data" / each).read_bytes())
    first = (root / "data" / name).read_text("utf-8").split("---\n")[0]
    edited = first.replace("heldIn: casablanca", "heldIn: rabat")
    added = first.replace("source: coe-cybersouth-plus-page", "source: gsm-launch").split("heldIn:")[0]
    depends = RECORD.format(day=90, date="2024-06") + "follows: activity/2024-06-91-example\n"
    contributed = tmp_path / "new.yaml"
    contributed.write_text("---\n".join([edited, added, depends]), encoding="utf-8")
    table = tmp_path / "acts.csv"
    table.write_text(
        "source,id,type,actionBy,actionOn,actionKind,actionDate,section\n"
        "coe-75,treaty-action/ets-185-ly-accession,TreatyAction,country/LY,ets-185,accession,2024-06,article\n"
        "coe-75,treaty-action/ets-185-zz-accession,TreatyAction,country/Nowhere,ets-185,accession,2024-06,article\n"
    )
    verdict = graph.accept(contributed, table, into=tmp_path / "data", replaces=True)
    verdict.write()
    text = (tmp_path / "data" / name).read_text("utf-8")
    assert "heldIn: rabat" in text
    assert text.count("source: coe-cybersouth-plus-page\n") == 1
    assert text.count("source: gsm-launch\n") == 1
    rows = (tmp_path / "data/treaty-actions/ets-185.csv").read_text("utf-8").splitlines()[1:]
    assert "treaty-action/ets-185-ly-accession" in [row.split(",")[1] for row in rows]
    assert [row.split(",")[1] for row in rows] == sorted(row.split(",")[1] for row in rows)
    assert len(verdict.refused) == 2


CASABLANCA = "activities/2024/2024-05-21-casablanca-dark-web.yaml"
JUDGEMENT = """\
source: cybercoop-editors
because: {en: The course treats it., fr: Le cours en traite., ar: تتناول الدورة ذلك.}
id: activity/2024-05-21-casablanca-dark-web
type: Activity
theme: electronic-evidence
"""


@pytest.fixture
def into(root: Path, tmp_path: Path) -> Path:
    """A folder of records that holds one activity as its sources tell of it, and a table of acts."""
    for each in (CASABLANCA, "treaty-actions/malabo-convention.csv"):
        (tmp_path / "data" / each).parent.mkdir(parents=True)
        (tmp_path / "data" / each).write_bytes((root / "data" / each).read_bytes())
    return tmp_path / "data"


def test_nothing_is_replaced_in_silence(graph: Graph, root: Path, into: Path, tmp_path: Path) -> None:
    """What a record does not repeat is named, statement by statement with file and line, and it is asked for."""
    path = tmp_path / "mine.yaml"
    text = (into / CASABLANCA).read_text("utf-8").split("---\n")[0]
    path.write_text(text.replace("heldIn: casablanca", "heldIn: rabat").replace("endDate: 2024-05-23\n", ""), "utf-8")
    gone = {"endDate": 10, "heldIn": 11}
    said = [found for found in graph.validate(path).problems if found.code == "record-replaces"]
    asked = graph.accept(path, into=into)
    told = [found for entry in asked.refused for found in entry.problems]
    done = graph.accept(path, into=into, replaces=True)
    warned = [found for found in done.report.problems if found.code == "record-replaces"]
    for problems in (said, told, warned):
        (found,) = problems
        assert [each.where.line for each in found.follows] == sorted(gone.values())
        assert [each.message["en"].split()[4] for each in found.follows] == list(gone)
        assert found.where.line == 1
    assert not asked.contents
    assert [said[0].severity, told[0].severity, warned[0].severity] == ["warning", "error", "warning"]
    assert said[0].follows[0].where.file == f"data/{CASABLANCA}"
    assert "heldIn: rabat" in next(iter(done.contents.values())).decode()


def test_a_thing_inside_goes_with_its_record(graph: Graph, tmp_path: Path) -> None:
    """What stands inside a record goes with it, when it is judged as when it is accepted."""
    reading = graph.workspace.data()
    inner = names.ID + "participation/"
    record = next(each for each in reading.records if any(part.startswith(inner) for part in each.subjects))
    path = tmp_path / "mine.yaml"
    kind = next(
        names.short(each.quad.object.value).removeprefix("coop:")
        for each in reading.statements
        if each.quad.subject.value == record.thing and each.quad.predicate.value == names.RDF_TYPE
    )
    source = names.short(record.source).removeprefix("source/")
    path.write_text(f"source: {source}\nid: {names.short(record.thing)}\ntype: {kind}\n", encoding="utf-8")
    (found,) = [each for each in graph.validate(path).problems if each.code == "record-replaces"]
    lost = {each.thing for each in found.follows}
    assert {names.short(part) for part in record.subjects} <= lost | {names.short(record.thing)}


@pytest.mark.parametrize("form", ["yaml", "csv", "trig"])
def test_a_judgement_is_added_without_repeating_the_rest(form: str, graph: Graph, into: Path, tmp_path: Path) -> None:
    """With `adds`, all that the editors say stays, with its layout, and the new statement and its reason join it."""
    path = tmp_path / f"mine.{form}"
    if form == "yaml":
        path.write_text(JUDGEMENT, encoding="utf-8")
    elif form == "csv":
        cells = [line.partition(": ")[2] for line in JUDGEMENT.splitlines()]
        reasons = [part.partition(": ")[2] for part in cells[1].strip("{}").split(", ")]
        head = "source,id,type,theme,because@en,because@fr,because@ar"
        path.write_text(f"{head}\n{cells[0]},{cells[2]},{cells[3]},{cells[4]},{','.join(reasons)}\n", "utf-8")
    else:
        quads = list(records.read(JUDGEMENT.encode(), "a.yaml", graph.workspace.context).quads())
        path = exported(graph, quads, "trig", tmp_path / "mine")
    assert not graph.accept(path, into=into).contents
    verdict = graph.accept(path, into=into, adds=True)
    assert not verdict.refused
    assert not verdict.report.problems
    verdict.write()
    before = set(graph.workspace.read([graph.workspace.root / "data" / CASABLANCA]).quads())
    added = set(records.read(JUDGEMENT.encode(), "a.yaml", graph.workspace.context).quads())
    reading = graph.workspace.read([into / CASABLANCA])
    assert not reading.problems
    assert set(reading.quads()) == before | added
    kept = (into / CASABLANCA).read_text("utf-8")
    assert kept.startswith((graph.workspace.root / "data" / CASABLANCA).read_text("utf-8").split("---\n")[0])


def test_what_is_repeated_is_not_added_twice(graph: Graph, tmp_path: Path) -> None:
    """A record that repeats the place in its source, and an amount, is added to what stands there; both stand once."""
    into, path = tmp_path / "data", tmp_path / "mine.yaml"
    head = "source: gsm-launch\nat: {section: article}\nid: project/example\ntype: Project\n"
    named = "prefLabel: {en: Example, fr: Exemple, ar: مثال}\nbudget: {amount: 70, currency: EUR}\n"
    path.write_text(head + named, encoding="utf-8")
    graph.accept(path, into=into).write()
    output = "output:\n  - id: output/example-1\n    type: Output\n    number: 1\n"
    output += "    prefLabel: {en: Output, fr: Résultat, ar: ناتج}\n"
    path.write_text(head + "budget: {amount: 70, currency: EUR}\n" + output, encoding="utf-8")
    verdict = graph.accept(path, into=into, adds=True)
    assert not verdict.refused
    assert [text.decode() for text in verdict.contents.values()] == [head + named + output]


def test_a_row_is_added_to_in_its_place(graph: Graph, into: Path, tmp_path: Path) -> None:
    """A row of a table grows where it stands; another one of its source is not touched."""
    table = into / "treaty-actions/malabo-convention.csv"
    header, row = table.read_text("utf-8").splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=False))
    path = tmp_path / "more.yaml"
    text = "".join(f"{word}: {cells[word]}\n" for word in ("source", "id", "type", "actionOn"))
    path.write_text(text + "extendsTo: country/FR\n", encoding="utf-8")
    verdict = graph.accept(path, into=into, adds=True)
    (content,) = verdict.contents.values()
    assert list(verdict.contents) == [table]
    assert content.decode().splitlines() == [header, row.replace(",,,,", ",country/FR,,,")]


def test_it_is_judged_against_the_folder(graph: Graph, tmp_path: Path) -> None:
    """What was accepted into a folder is known to what is accepted next, and so is what it says otherwise."""
    into, path = tmp_path / "own", tmp_path / "mine.yaml"
    path.write_text(RECORD.format(day=90, date="2024-06"), encoding="utf-8")
    graph.accept(path, into=into).write()
    next_one = RECORD.format(day=91, date="2024-07") + "follows: activity/2024-06-DAY-example\n"
    for day, refused in ((90, 0), (89, 1)):
        path.write_text(next_one.replace("DAY", str(day)), encoding="utf-8")
        assert len(graph.accept(path, into=into).refused) == refused


def test_only_what_was_filled_in_is_written(graph: Graph, root: Path, tmp_path: Path) -> None:
    """Of the skeleton nothing is left, in any language; a comment of one's own stays."""
    for lang in ("en", "fr", "ar"):
        text = Graph(graph.workspace, lang).template("Activity").decode()
        given = {"source": "coe-cybersouth-plus-page", "startDate": "2024-06  # as the page says"}
        given |= {"activityKind": "workshop", "prefLabel": "{en: Example, fr: Exemple, ar: مثال}"}
        lines = [
            f"{word}: {given[word]}" if (word := line.partition(":")[0]) in given else line
            for line in text.replace("section: ", "section: example").splitlines()
        ]
        path = tmp_path / f"{lang}.yaml"
        path.write_text("\n".join(lines).replace("id: activity/", f"id: activity/2024-06-{lang}"), encoding="utf-8")
        (content,) = graph.accept(path, into=tmp_path / lang).contents.values()
        written = content.decode().splitlines()
        assert len(written) == 7
        assert "startDate: 2024-06  # as the page says" in written


def test_a_publisher_joins_the_table_of_publishers(graph: Graph, root: Path, tmp_path: Path) -> None:
    """Who only published a source is a row of its table; another body has a file of its own."""
    into = tmp_path / "data"
    (into / "organisations").mkdir(parents=True)
    publishers = into / "organisations" / "publishers.csv"
    publishers.write_bytes((root / "data" / "organisations" / "publishers.csv").read_bytes())
    bodies = tmp_path / "bodies.csv"
    bodies.write_text(
        "source,id,type,organisationKind,inCountry,prefLabel@en,prefLabel@fr,prefLabel@ar\n"
        "cybercoop-editors,organisation/example-news,Organisation,publisher,,Example,Exemple,مثال\n"
        "cybercoop-editors,organisation/example-ministry,Organisation,ministry,MA,Example,Exemple,مثال\n"
    )
    verdict = graph.accept(bodies, into=into)
    verdict.write()
    assert not verdict.refused
    ids = [row.split(",")[1] for row in publishers.read_text("utf-8").splitlines()[1:]]
    assert "organisation/example-news" in ids
    assert ids == sorted(ids)
    assert [path.name for path in sorted(into.rglob("*.yaml"))] == ["example-ministry.yaml"]


GRAPHS = {"turtle": ".ttl", "rdfxml": ".rdf", "ntriples": ".nt", "trig": ".trig", "nquads": ".nq", "jsonld": ".jsonld"}


def exported(graph: Graph, quads: list[ox.Quad], form: str, path: Path) -> Path:
    """A file that says these statements."""
    with path.with_suffix(GRAPHS[form]).open("wb") as out:
        export.export(form, quads, graph.workspace.context.source, out, graph.workspace.name_order(quads))
    return path.with_suffix(GRAPHS[form])


def by_source(graph: Graph) -> list[list[ox.Quad]]:
    """What each source says in all records of the graph."""
    said: dict[str, list[ox.Quad]] = {}
    for quad in graph.workspace.data().quads():
        said.setdefault(str(quad.graph_name), []).append(quad)
    return list(said.values())


def test_statements_become_records_that_say_the_same(graph: Graph, tmp_path: Path) -> None:
    """All records of the graph, each source in one of the formats of RDF, accepted, say in YAML what they said."""
    said = by_source(graph)
    for number, quads in enumerate(said):
        exported(graph, quads, list(GRAPHS)[number % len(GRAPHS)], tmp_path / str(number))
    verdict = graph.accept(tmp_path, into=tmp_path / "data")
    assert not verdict.refused
    assert not verdict.report.problems
    back: set[ox.Quad] = set()
    for path, content in verdict.contents.items():
        reading = records.read(content, path.name, graph.workspace.context)
        assert not reading.problems
        back |= set(reading.quads())
    assert back == {quad for quads in said for quad in quads}


@pytest.mark.parametrize("form", ["trig", "nquads", "jsonld"])
def test_what_stands_there_already_changes_nothing(form: str, graph: Graph, root: Path, tmp_path: Path) -> None:
    """Records that were exported and come back into the same folder leave its files as they are, layout and all."""
    for name in ("projects/cybersouth-plus.yaml", "listings/malabo-convention.csv"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_bytes((root / "data" / name).read_bytes())
    said = list(graph.workspace.read(sorted((tmp_path / "data").rglob("*.*"))).quads())
    verdict = graph.accept(exported(graph, said, form, tmp_path / "same"), into=tmp_path / "data")
    assert len(verdict.accepted) > 5
    assert not verdict.refused
    assert not verdict.contents


TTL = """\
@prefix c: <https://w3id.org/cybercoop/ns#> . @prefix s: <https://schema.org/> .
@prefix k: <http://www.w3.org/2004/02/skos/core#> . @prefix x: <http://www.w3.org/2001/XMLSchema#> .
@base <https://w3id.org/cybercoop/id/> .
"""
PIECE = """\
<record/coe-cybersouth-plus-page--activity-{0}> a c:Record ; c:source <source/coe-cybersouth-plus-page> ;
  c:about <activity/{0}> ; c:passage <passage/coe-cybersouth-plus-page--{0}> {1} .
<passage/coe-cybersouth-plus-page--{0}> a c:Passage ; c:section "{0}" .
<activity/{0}> a c:Activity ; k:prefLabel "One"@en, "Un"@fr, "واحد"@ar ;
  c:activityKind <../scheme/activity-kind/workshop> ; s:startDate "2024-06"^^x:gYearMonth {2} .
"""


@pytest.mark.parametrize(
    ("on_record", "on_thing", "more", "expected"),
    [
        ("", '; c:number "7"^^x:decimal', "", "accept-no-place"),
        ("", "; c:page <urn:isbn:1>", "", "unknown-term"),
        ("; k:prefLabel 'no word of a record'@en", "", "", "accept-no-place"),
        ("; c:about <project/of-no-link>", "", "<project/of-no-link> k:prefLabel 'P'@en .", "accept-no-place"),
        ("; c:passage <passage/coe-cybersouth-plus-page--two>", "", "", "accept-no-place"),
        (
            "; c:passage <passage/coe-cybersouth-plus-page--two>",
            "",
            "<passage/coe-cybersouth-plus-page--two> c:section 'two' .",
            "accept-adds",
        ),
        ("", "", "<activity/in-no-record> a c:Activity .", "accept-no-record"),
        (
            "",
            "",
            "<record/other> a c:Record ; c:source <source/coe-cybersouth-plus-page> ; c:about <activity/bad> .",
            "described-twice",
        ),
    ],
)
def test_what_no_record_can_say_is_not_lost_in_silence(
    on_record: str, on_thing: str, more: str, expected: str, graph: Graph, tmp_path: Path
) -> None:
    """A record with a statement that YAML has no word for is refused, on its line; the one beside it is accepted."""
    path, spared = tmp_path / "two.ttl", "a c:" in more
    path.write_text(TTL + PIECE.format("good", "", "") + PIECE.format("bad", on_record, on_thing) + more, "utf-8")
    verdict = graph.accept(path, into=tmp_path / "data")
    assert [name.name for name in verdict.contents] == (["good.yaml", "bad.yaml"] if spared else ["good.yaml"])
    told = [*verdict.report.problems, *(found for entry in verdict.refused for found in entry.problems)]
    (first, *_) = [found for found in told if found.code == expected]
    assert first.where.line > 8
    assert first.excerpt is not None


def test_a_workbook_is_accepted_row_by_row(graph: Graph, tmp_path: Path) -> None:
    """Rows of a workbook become what the same rows of CSV become; a row with a fault stays, with its cell."""
    head = (
        "source",
        "id",
        "type",
        "prefLabel@en",
        "prefLabel@fr",
        "prefLabel@ar",
        "activityKind",
        "startDate",
        "section",
    )
    rows = [
        (
            "coe-cybersouth-plus-page",
            f"activity/2024-06-0{n}-x",
            "Activity",
            "One",
            "Un",
            "واحد",
            "workshop",
            "2024-06",
            "x",
        )
        for n in range(1, 6)
    ]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, *rows[:2], (*rows[2][:7], "=TODAY()", "x"), (*rows[3][:7], "2024-13", "x"), (*rows[4], "beyond")):
        sheet.append(row)
    book.save(tmp_path / "acts.xlsx")
    text = "\n".join(",".join(row) for row in (head, *rows[:2]))
    (tmp_path / "acts.csv").write_text(text, encoding="utf-8")
    verdict = graph.accept(tmp_path / "acts.xlsx", into=tmp_path / "data")
    assert verdict.contents == graph.accept(tmp_path / "acts.csv", into=tmp_path / "data").contents
    assert len(verdict.accepted) == 2
    told = {(found.code, found.where.cell) for entry in verdict.refused for found in entry.problems}
    assert told == {
        ("workbook-formula", "Sheet!H4"),
        ("bad-literal", "Sheet!H5"),
        ("column-without-heading", "Sheet!J6"),
    }


def test_a_header_that_is_wrong_stops_its_rows_at_once(graph: Graph, tmp_path: Path) -> None:
    """Where a column is misspelt, each row is refused for it, and a file of other records is not."""
    rows = "".join(f"coe-cybersouth-plus-page,activity/{n},Activity,2024\n" for n in range(200))
    (tmp_path / "wrong.csv").write_text("source,id,type,strtDate\n" + rows, encoding="utf-8")
    verdict = graph.accept(tmp_path / "wrong.csv", contribution(tmp_path, bad=9, count=3), into=tmp_path / "data")
    assert (len(verdict.accepted), len(verdict.refused)) == (3, 200)
    assert {found.code for found in verdict.refused[0].problems} >= {"unknown-term"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", "text", "unknown-format"),
        ("a.ttl", "<a", "rdf-syntax"),
        ("a.xlsx", "text", "workbook-broken"),
        ("a.yaml", "", "empty-file"),
        ("a.csv", "source,id\n", "empty-file"),
        ("a.yaml", "a: \0", "hidden-character"),
    ],
)
def test_a_file_without_records_is_told(name: str, content: str, code: str, graph: Graph, tmp_path: Path) -> None:
    """A file that cannot be read, or says nothing, is a problem, and nothing is written."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    verdict = graph.accept(tmp_path / name, into=tmp_path / "data")
    assert [found.code for found in verdict.report.problems] == [code]
    assert not verdict.contents


@pytest.mark.parametrize("thing", ["https://example.org/../../x", "https://example.org/../..", "activity/..%2F", "x"])
def test_no_name_leads_out_of_the_folder(thing: str) -> None:
    """Whatever a thing is called, and what it acts on, its file stands below the folder, two steps down at most."""
    place = Where("a", 1, 1)
    tree = Fields(tuple((Scalar(word, place), Scalar(text, place)) for word, text in (("id", thing),)), place)
    assert all(names.SLUG.fullmatch(part) for part in folders.file(tree).split("/"))
    acts = {"id": "treaty-action/a", "actionOn": thing}
    tree = Fields(tuple((Scalar(word, place), Scalar(text, place)) for word, text in acts.items()), place)
    assert folders.table(tree) in (None, "treaty-actions/x.csv")


@pytest.mark.parametrize("name", ["mine.yml", "MINE.YAML", "mine.YML", "MINE.CSV"])
def test_a_record_is_found_whatever_the_ending_of_its_file(name: str, graph: Graph, tmp_path: Path) -> None:
    """What a source said before is replaced where it stands, in every spelling of an ending that is read."""
    into = tmp_path / "data"
    into.mkdir()
    act = "source,id,type,actionBy,actionOn,actionKind,actionDate,section\n"
    act += "coe-75,treaty-action/ets-185-ly-accession,TreatyAction,country/LY,ets-185,accession,{},article\n"
    text = act if "CSV" in name else RECORD.format(day=1, date="{}")
    (into / name).write_text(text.replace("{}", "2024-05"), encoding="utf-8")
    given = tmp_path / f"given{Path(name).suffix}"
    given.write_text(text.replace("{}", "2024-06"), encoding="utf-8")
    graph.accept(given, into=into, replaces=True).write()
    assert [path.name for path in into.rglob("*.*")] == [name]
    assert "2024-06" in (into / name).read_text("utf-8")
    assert "2024-05" not in (into / name).read_text("utf-8")


def test_the_command_line_accepts(root: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--accept-into` writes the good records, names the bad one, and ends with 1."""
    path = contribution(tmp_path, bad=0, count=2)
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    done = command("validate", str(path), "--accept-into", str(tmp_path / "data"))
    assert done.code == 1
    assert "bad-literal" in done.text
    assert "Accepted: 1; refused: 1" in done.text
    assert done.text.rstrip().endswith("activities/2024/2024-06-101-example.yaml")
    assert (tmp_path / "data/activities/2024/2024-06-101-example.yaml").is_file()
    assert "--fix" not in done.text
    path.write_text(RECORD.format(day="07", date="7 June 2024"), encoding="utf-8")
    done = command("validate", str(path), "--accept-into", str(tmp_path / "data"))
    assert "--fix" in done.text
    for wrong in (["--accept-into", str(tmp_path)], ["--add", str(path)], ["--replace", "--add", str(path)]):
        with pytest.raises(Refusal):
            command("validate", *wrong)


def test_a_second_value_that_is_added_is_told(graph: Graph, tmp_path: Path) -> None:
    """A source that is given another day beside the one that it states is told of it, with the place of the first."""
    into, path = tmp_path / "data", tmp_path / "a.yaml"
    path.write_text(RECORD.format(day="13", date="2024-06-13"))
    graph.accept(path, into=into).write()
    path.write_text(RECORD.format(day="13", date="2024-06-14"))
    told = [each for each in graph.accept(path, into=into, adds=True).report.problems if each.code == "stated-twice"]
    (only,) = told
    assert only.severity == "warning" and only.where.line == 7 and "2024-06-13-example.yaml" in only.message["en"]
    path.write_text(RECORD.format(day="13", date="2024-06-13") + "heldIn: rabat\n")
    assert not graph.accept(path, into=into, adds=True).report.problems
