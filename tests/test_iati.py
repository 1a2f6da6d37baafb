"""What files of IATI say of the field is proposed, and what is left of them is told."""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.contribute.iati.bulk import Claims
from cybercoop.contribute.iati.known import Known
from cybercoop.contribute.iati.proposal import propose
from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.records import iati, yaml
from cybercoop.records.reading import Fields, Scalar
from cybercoop.terms.names import NS, SCHEME
from tests.conftest import SHARED, Done

REAL = SHARED / "realdata" / "iati"
FILES = sorted(path for path in REAL.rglob("*") if path.is_file() and "standard" not in path.parts)

ACTIVITY = """
  <iati-activity default-currency="EUR" xml:lang="en">
    <iati-identifier>XM-EXAMPLE-1</iati-identifier>
    <reporting-org ref="XM-EXAMPLE" type="40"><narrative>Example Agency</narrative></reporting-org>
    <title>
      <narrative>Support to the rule of law</narrative>
      <narrative xml:lang="FR">Appui à l’État de droit</narrative>
    </title>
    <description><narrative>A sentence that is the publisher’s.</narrative></description>
    <participating-org role="1"><narrative>European Union</narrative></participating-org>
    <participating-org role="4" ref="N/A"><narrative>EXAMPLE</narrative></participating-org>
    <participating-org role="4" ref="XX-9"><narrative>Nobody known here</narrative></participating-org>
    <activity-status code="2"/>
    <activity-date type="1" iso-date="2019-12-01"/>
    <activity-date type="2" iso-date="2020-01-15"/>
    <activity-date type="3" iso-date="2022-12-31"/>
    <contact-info><email>somebody@example.org</email></contact-info>
    <recipient-country code="MA"/><recipient-region code="189"/>
    <sector code="15130"/>
    <budget><value>0</value></budget>
    <transaction><transaction-type code="2"/>
      <transaction-date iso-date="2020-02-01"/><value>1000000</value></transaction>
    <transaction><transaction-type code="2"/>
      <transaction-date iso-date="2021-02-01"/><value>500000.50</value></transaction>
    <transaction><transaction-type code="3"/><value>7</value></transaction>
  </iati-activity>"""

EARLIER = """<iati-activities version="1.03">
  <iati-activity default-currency="EUR" xml:lang="en">
    <iati-identifier>XM-EXAMPLE-1</iati-identifier>
    <reporting-org ref="XM-EXAMPLE">Example Agency</reporting-org>
    <title>Support to the rule of law</title><title xml:lang="fr">Appui à l’État de droit</title>
    <participating-org role="Funding">European Union</participating-org>
    <participating-org role="Implementing" ref="N/A">EXAMPLE</participating-org>
    <activity-status code="2">Implementation</activity-status>
    <activity-date type="start-planned">2019-12-01</activity-date>
    <activity-date type="start-actual" iso-date="2020-01-15">15 January</activity-date>
    <activity-date type="end-planned" iso-date="2022-12-31"/>
    <recipient-country code="MA">Morocco</recipient-country>
    <sector vocabulary="DAC" code="15130"/>
    <transaction><transaction-type code="C"/>
      <transaction-date iso-date="2020-02-01"/><value>1000000</value></transaction>
    <transaction><transaction-type code="C"/>
      <transaction-date iso-date="2021-02-01"/><value>500000.50</value></transaction>
  </iati-activity></iati-activities>"""


def document(*activities: str, head: str = "") -> str:
    inside = "".join(activities or (ACTIVITY,))
    return f'{head}<iati-activities version="2.03" generated-datetime="2022-05-04T00:00:00">{inside}</iati-activities>'


def saved(folder: Path, text: str | bytes, name: str = "file.xml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def said(node: object) -> object:
    """A tree of words as plain values."""
    if isinstance(node, Fields):
        return {key.text: said(value) for key, value in node}
    return node.text if isinstance(node, Scalar) else [said(item) for item in node.items]  # type: ignore[attr-defined]


def records(text: str) -> list[dict[str, object]]:
    trees, problems = yaml.documents(text, "proposal.yaml")
    assert not problems
    return [said(tree) for tree in trees]  # type: ignore[misc]


@pytest.fixture(scope="module")
def made(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, object]], str, Path]:
    path = saved(tmp_path_factory.mktemp("iati"), document())
    found = propose(graph.workspace, path)
    return records(found.text), "\n".join(found.left_out), path


def test_an_activity_becomes_a_record_under_its_file(made: tuple[list[dict[str, object]], str, Path]) -> None:
    """The file is the source, with its digest; the identifier is the passage; what the file gives is what is said."""
    (card, record, names), _, path = made
    assert card["id"] == "source/iati-xm-example-2022-05-04"
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["source"] == "iati-xm-example-2022-05-04"
    assert record["at"] == {"section": "XM-EXAMPLE-1"} and record["identifier"] == "XM-EXAMPLE-1"
    assert record["prefLabel"] == {"en": "Support to the rule of law", "fr": "Appui à l’État de droit"}
    assert (record["startDate"], record["endDate"], record["status"]) == ("2020-01-15", "2022-12-31", "under-way")
    assert (record["funder"], record["partnerCountry"], record["theme"]) == ("european-union", "MA", "rule-of-law")
    assert names == {**names, "source": "cybercoop-editors", "id": record["id"], "prefLabel": {"ar": ""}}
    assert "implementer" not in record and "budget" not in record


def test_commitments_stand_where_budgets_are_zero(made: tuple[list[dict[str, object]], str, Path]) -> None:
    """What the one funder committed is its contribution; the record says in our words that it is a total."""
    record = made[0][1]
    one = record["contribution"]
    assert isinstance(one, dict)
    assert one["contributed"] == {"amount": "1500000.5", "currency": "EUR"}
    assert one["contributor"] == "organisation/european-union"
    assert set(record["description"]) == set(LANGUAGES)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "word",
    ["budget: every", "“EXAMPLE”", "“Nobody known here”", "region 189", "contact-info", "transaction:", "planned"],
)
def test_what_is_left_out_is_told(made: tuple[list[dict[str, object]], str, Path], word: str) -> None:
    """Zero budgets, placeholders, unknown bodies, regions, contacts, payments and planned days: a line each."""
    assert word in made[1]


def test_no_sentence_and_no_person_of_the_publisher_is_taken(graph: Graph, tmp_path: Path) -> None:
    """Neither a description nor an address of the file comes into a record."""
    text = propose(graph.workspace, saved(tmp_path, document())).text
    assert "publisher’s" not in text and "example.org" not in text


def test_version_1_says_the_same(graph: Graph, made: tuple[list[dict[str, object]], str, Path], tmp_path: Path) -> None:
    """The words that 1.x has for codes, and its texts without narratives, give the same record."""
    (_, record, _) = records(propose(graph.workspace, saved(tmp_path, EARLIER)).text)
    assert {**record, "source": ""} == {**made[0][1], "source": ""}


def test_a_proposal_is_fit_to_be_accepted(graph: Graph, tmp_path: Path) -> None:
    """With the name that the file lacks, a proposal has no problem; accepted, it is written where it belongs."""
    text = propose(graph.workspace, saved(tmp_path, document())).text.replace("{ar: }", "{ar: دعم سيادة القانون}")
    proposal = saved(tmp_path, text, "proposal.yaml")
    verdict = graph.accept(proposal, into=tmp_path / "data")
    assert not [found.code for entry in verdict.refused for found in entry.problems]
    names = {path.relative_to(tmp_path / "data").as_posix() for path in verdict.contents}
    assert names == {"projects/support-to-the-rule-of-law.yaml", "sources/iati-xm-example-2022-05-04.yaml"}
    assert not (tmp_path / "data").exists()


def test_candidates_are_chosen_by_theme_partner_and_channel(graph: Graph, tmp_path: Path) -> None:
    """Elsewhere only the field itself or a channel of it counts; a single common word tells nothing anywhere."""
    plain = (
        ACTIVITY.replace('<sector code="15130"/>', "")
        .replace("l’État de droit", "autre chose")
        .replace("rule of law", "{words}")
        .replace('code="MA"', 'code="{land}"')
    )
    cases = {
        "1": ("rule of law", "MA", True),
        "2": ("rule of law", "FR", False),
        "3": ("fight against cybercrime", "FR", True),
        "4": ("governance", "MA", False),
        "5": ("roads", "MA", False),
    }
    texts = [
        plain.replace("{words}", words).replace("{land}", land).replace("XM-EXAMPLE-1", number)
        for number, (words, land, _) in cases.items()
    ]
    texts.append(
        plain.replace("{words}", "roads")
        .replace("{land}", "FR")
        .replace("XM-EXAMPLE-1", "6")
        .replace('ref="XX-9"', 'ref="XM-DAC-47138"')
    )
    found = propose(graph.workspace, saved(tmp_path, document(*texts)))
    chosen = [record["identifier"] for record in records(found.text) if "identifier" in record]
    assert chosen == [number for number, case in cases.items() if case[2]] + ["6"]
    assert "implementer: council-of-europe" in found.text
    one = propose(graph.workspace, saved(tmp_path, document(*texts)), ["5"])
    assert [record["identifier"] for record in records(one.text) if "identifier" in record] == ["5"]


def test_an_activity_without_an_identifier_and_one_told_twice(graph: Graph, tmp_path: Path) -> None:
    """Neither can be cited; both are told, with the line where there is no identifier."""
    found = propose(
        graph.workspace, saved(tmp_path, document(ACTIVITY.replace("XM-EXAMPLE-1", ""), ACTIVITY, ACTIVITY))
    )
    assert (found.proposed, found.activities) == (1, 3)
    assert "file.xml:2: left out" in found.left_out[0]
    assert any("before" in line for line in found.left_out)


def test_a_status_that_is_stale_is_told(graph: Graph, tmp_path: Path) -> None:
    """What is said to be under way in a file from after its end has no status here."""
    found = propose(graph.workspace, saved(tmp_path, document().replace("2022-12-31", "2021-12-31")))
    assert "status" not in records(found.text)[1]
    assert any("after its end" in line for line in found.left_out)


def test_parts_are_read_when_they_are_asked_for() -> None:
    """What is no day, code or amount is told whatever was asked before, and a channel is told by whoever pays."""
    text = ACTIVITY.replace("2019-12-01", "1 May").replace('country code="MA"', 'country code="Mali"')
    text = text.replace("<value>0<", "<value>free<").replace("<value>7<", "<value>NaN<")
    text = text.replace("</transaction>", '<provider-org ref="XM-DAC-47138"/></transaction>', 1)
    for first in ("wrong", "countries", "budgets", "dates", "transactions"):
        (read,) = iati.read(document(text).encode(), "file.xml").activities
        getattr(read, first)
        assert read.wrong == (
            ("transaction", "NaN"),
            ("activity-date", "1 May"),
            ("recipient-country", "MALI"),
            ("budget", "free"),
        )
        assert (read.channels, read.countries, read.dates["2"]) == ({"47138"}, (), "2020-01-15")
        assert "contact-info" in read.unread


def test_what_is_known_is_not_merged(graph: Graph, tmp_path: Path) -> None:
    """A project whose identifier the graph knows is proposed under its own id, as another source says it."""
    text = document(ACTIVITY.replace("XM-EXAMPLE-1", "2017/DG1/JP/3692"))
    found = propose(graph.workspace, saved(tmp_path, text))
    assert records(found.text)[1]["id"] == "project/cybersouth"
    assert any("project/cybersouth" in line for line in found.left_out)


def test_a_file_that_is_not_well_formed_is_read_on(graph: Graph, tmp_path: Path) -> None:
    """A bare ampersand and an element that is not closed cost no activity; the places are told."""
    broken = document(
        ACTIVITY.replace("rule of law", "rule of law & order").replace("</activity-date>", ""),
        ACTIVITY.replace("-1<", "-2<"),
    )
    found = propose(graph.workspace, saved(tmp_path, broken))
    assert found.proposed == 2
    assert any(line.startswith("file.xml:") for line in found.left_out)


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (document(head='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "xml-doctype"),
        (document(head='<?xml version="1.0"?><!-- <iati-activities> -->' + BOMB), "xml-doctype"),
        (document(head=BOMB).encode("utf-16"), "xml-doctype"),
        (document(ACTIVITY.replace("rule of law", "a" * 10_500_000)), "iati-unsound"),
        ("<iati-organisations><iati-organisation/></iati-organisations>", "iati-no-activity"),
        ("<html><p>Not found</p></html>", "iati-no-activity"),
        ("", "xml-syntax"),
        ("no markup", "xml-syntax"),
        (b"\x1f\x8b no gzip", "gzip-broken"),
        (gzip.compress(b"\0" * (65 * 2**20)), "file-too-large"),
    ],
    ids=["external", "bomb", "utf-16", "text", "organisations", "html", "empty", "words", "broken-gzip", "large"],
)
def test_what_is_no_sound_file_is_refused_in_words(text: str | bytes, code: str) -> None:
    """Entities, oversized texts, other files and broken packing are refused with a cure, in three languages."""
    with pytest.raises(Refusal) as refused:
        iati.read(text if isinstance(text, bytes) else text.encode(), "file.xml")
    assert refused.value.problem.code == code
    assert set(refused.value.problem.cure) == set(LANGUAGES)


def test_an_identifier_that_is_not_there_is_refused(graph: Graph, tmp_path: Path) -> None:
    """The nearest identifier of the file is offered."""
    with pytest.raises(Refusal) as refused:
        propose(graph.workspace, saved(tmp_path, document()), ["XM-EXAMPLE-11"])
    assert (refused.value.problem.code, refused.value.problem.nearest) == ("iati-no-such", "XM-EXAMPLE-1")


def test_nothing_is_written_into_the_graph(graph: Graph, command: Callable[..., Done], tmp_path: Path) -> None:
    """A proposal is not written below data/, where only --accept-into writes."""
    out = graph.workspace.root / "data" / "projects" / "proposed.yaml"
    with pytest.raises(Refusal) as refused:
        command("template", "--from-iati", str(saved(tmp_path, document())), "-o", str(out))
    assert refused.value.problem.code == "iati-into-data" and not out.exists()


@pytest.mark.parametrize(
    "line",
    [
        ("template", "--from-iati", "FILE", "--format", "csv"),
        ("template", "--from-iati", "FILE", "--json-schema"),
        ("template", "project", "--from-iati", "FILE"),
        ("template", "project", "--id", "XM-EXAMPLE-1"),
        ("export", "iati", "--project", "cybersouth-plus", "--country", "MA"),
        ("export", "iati", "--project", "cybersouth-plus", "--excel"),
        ("export", "iati", "--project", "cybersouth-plus", "--without-vocabulary"),
        ("export", "turtle", "--iati-identifier", "XM-EXAMPLE-1"),
    ],
    ids=" ".join,
)
def test_what_would_be_dropped_is_refused(command: Callable[..., Done], tmp_path: Path, line: tuple[str, ...]) -> None:
    """An option that means nothing here is not passed over in silence."""
    path = str(saved(tmp_path, document()))
    with pytest.raises(Refusal) as refused:
        command(*(path if word == "FILE" else word for word in line))
    assert refused.value.problem.code == "unknown-option"


def left(line: str) -> int:
    """How many activities a line tells to be left out."""
    names, _, _ = line.partition(": left out: ")
    if names == line:
        return 0
    more = re.search(r" and (\d+) more$", names)
    return names.count(", ") + 1 + (int(more[1]) if more else 0)


@pytest.mark.skipif(not FILES, reason="the files of publishers are not beside the checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_is_read_or_refused_in_words(graph: Graph, path: Path) -> None:
    """Of each activity of a publisher's file a record is proposed, or the reason why none is told."""
    try:
        found = propose(graph.workspace, path)
    except Refusal as refused:
        assert refused.problem.code in {"iati-no-activity", "xml-syntax"}, refused.problem.message
        return
    there = iati.read(path.read_bytes(), path.name).activities
    assert found.activities == len(there)
    identifiers = {record["identifier"] for record in records(found.text) if "identifier" in record}
    assert len(identifiers) == found.proposed
    assert found.proposed + sum(map(left, found.left_out)) == found.activities


ARCHIVES = [path for path in FILES if path.name.endswith(".tar.gz")]


@pytest.mark.skipif(not ARCHIVES, reason="the standard's own test files are not beside the checkout")
@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_the_test_files_of_the_standard_are_read_or_refused(graph: Graph, tmp_path: Path, path: Path) -> None:
    """Good and bad files of IATI's own suites: read, or refused in words."""
    known = None
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() and member.name.endswith(".xml") else None
            if stream is not None:
                try:
                    known = iati.read(stream.read(), member.name)
                except Refusal as refused:
                    assert refused.problem.code in {"iati-no-activity", "xml-syntax"}
    assert known is not None


def test_in_bulk_one_title_is_two_things_and_one_activity_one(graph: Graph) -> None:
    """Things are called after identifiers; each file is a source of its own; what cannot be read is told."""
    claims = Claims(copy.copy(Known(graph.workspace)), every=True)
    second = ACTIVITY.replace("XM-EXAMPLE-1", "XM/EXAMPLE-1")
    first = list(claims(f"<iati-activities>{ACTIVITY}{second}</iati-activities>".encode(), "a.xml"))
    again = list(claims(f"<iati-activities>{ACTIVITY}</iati-activities>".encode(), "b.xml"))
    kind = [each for each in (*first, *again) if isinstance(each, ox.Quad) and each.object.value == f"{NS}Project"]
    assert [each.subject.value.rpartition("/")[2].partition("-")[0] for each in kind] == ["xm", "xm", "xm"]
    assert len({each.subject for each in kind}) == len({each.graph_name for each in kind}) == 2
    assert ("taken", 2) in {(each[0], each[3]) for each in first if not isinstance(each, ox.Quad)}
    assert [each[0] for each in claims(b"<p/>", "c.xml")] == ["iati-no-activity"]  # type: ignore[index]


def test_in_bulk_what_does_not_concern_the_field_is_left_out(graph: Graph) -> None:
    """Without a theme or a partner nothing is claimed, and the file has no card; words of the field are enough."""
    claims = Claims(Known(graph.workspace))
    other = ACTIVITY.replace("rule of law", "wells").replace("l’État de droit", "l’eau").replace("15130", "14030")
    (left, *counts) = list(claims(f"<iati-activities>{other}</iati-activities>".encode(), "a.xml"))
    assert (left[0], [each[3] for each in counts]) == ("iati-no-theme", [1, 0])  # type: ignore[index]
    field = other.replace("wells", "cybercrime units").replace('code="MA"', 'code="FJ"')
    found = claims(f"<iati-activities>{field}</iati-activities>".encode(), "a.xml")
    assert f"{SCHEME}theme/cybercrime" in {each.object.value for each in found if isinstance(each, ox.Quad)}
