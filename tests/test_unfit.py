"""A file that cannot be taken as it is: what else is wrong with it is said in the same verdict, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cybercoop.graph import Graph
from cybercoop.judge.reports.people import summary

UNSEEN = "\u200b"
YAML = """source: cs-page
at: {section: activities}
id: activity/2022-10-02-algiers-training
type: Activity¤
prefLabel: {en: Judicial¤ training in Algiers, fr: Formation à Alger, ar: تدريب قضائي}
activityKind: trainin
¤benefits: DZA
startDate: 2022-10-02
heldIn: ¤oran
"""
TURTLE = """@base <https://w3id.org/cybercoop/id/> .
@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<record/cs-page--activity-2023-07-act> a coop:Record ; coop:source <source/cs-page> ;
  coop:about <activity/2023-07-act> .
<activity/2023-07-act> a coop:Activity ; skos:prefLabel "A¤ workshop"@en ; coop:heldIn <place/oran> .
"""
JSONLD = """{"@context": "https://w3id.org/cybercoop/context.jsonld", "@graph": [
{"id": "record/cs-page--activity-x", "type": "Record", "source": "cs-page", "about": "activity/x"},
{"id": "activity/x", "type": "Activity", "prefLabel": {"en": "A¤ workshop"}, "heldIn": "oran"}]}
"""
ROWS = """source;id;type;section;prefLabel@fr;activityKind;startDate;heldIn;benefits
cs-page;activity/2022-10-02-algiers-training;Activity;activities;"Formation; à Alger";training;2022-10-02;oran;DZA
"""


def found(graph: Graph, path: Path, *codes: str) -> dict[str, list[str]]:
    """Return the places of some problems of a file, by their codes."""
    said: dict[str, list[str]] = {code: [] for code in codes}
    for each in graph.validate(path).problems:
        if each.code in said:
            said[each.code].append(f"{each.where.line}:{each.where.column}")
    return said


@pytest.mark.parametrize(
    ("name", "text", "needle"),
    [("a.yaml", YAML, "oran"), ("a.ttl", TURTLE, "<place/oran>"), ("a.jsonld", JSONLD, '"oran"')],
)
def test_what_cannot_be_seen_hides_nothing_else(
    name: str, text: str, needle: str, graph: Graph, tmp_path: Path
) -> None:
    """Each character that cannot be seen is told, and so is a place without a record, where it stands in the file."""
    lines = text.replace("¤", UNSEEN).split("\n")
    (tmp_path / name).write_text("\n".join(lines))
    said = found(graph, tmp_path / name, "hidden-character", "activity-place-is-known")
    assert len(said["hidden-character"]) == text.count("¤")
    line = next(number for number, each in enumerate(lines) if needle in each)
    assert said["activity-place-is-known"] == [f"{line + 1}:{lines[line].index(needle) + 1}"]


def test_mends_of_a_text_with_what_cannot_be_seen(graph: Graph, tmp_path: Path) -> None:
    """The characters go, and the words beside them are mended as they are in a text without."""
    (tmp_path / "a.yaml").write_text(YAML.replace("¤", UNSEEN))
    mended = graph.mend(tmp_path / "a.yaml")
    (after,) = mended.after.values()
    assert UNSEEN not in after and "\nbenefits: DZ\n" in after and "activityKind: training" in after
    certain = {each.code: each.certain("en") for each in mended.report.problems}
    assert "benefits: DZ" in (certain["activity-beneficiary-is-known"] or "")


def test_a_space_that_is_none_hides_nothing_else(graph: Graph, tmp_path: Path) -> None:
    """What stops the parser at the colon of a word is passed over as the space that it looks like."""
    text = YAML.replace("¤", "").replace("activityKind: ", "activityKind:\u202f").replace("heldIn: ", "heldIn:\u00a0")
    (tmp_path / "a.yaml").write_text(text)
    said = found(graph, tmp_path / "a.yaml", "yaml-space", "activity-place-is-known", "activity-kind-is-known")
    places = {"yaml-space": ["6:14", "9:8"], "activity-kind-is-known": ["6:15"], "activity-place-is-known": ["9:9"]}
    assert said == places
    assert "activityKind: training\nbenefits: DZ\n" in next(iter(graph.mend(tmp_path / "a.yaml").after.values()))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_table_as_offices_save_it(encoding: str, graph: Graph, tmp_path: Path) -> None:
    """Encoding, semicolons and what is wrong in the cells are told at once, each at its place."""
    (tmp_path / "a.csv").write_text(ROWS, encoding=encoding)
    said = found(graph, tmp_path / "a.csv", "not-utf-8", "csv-separator", "csv-quote", "activity-place-is-known")
    assert (said["not-utf-8"] == []) == (encoding == "utf-8-sig")
    assert said["csv-separator"] == ["1:7"] and said["csv-quote"] == []
    assert said["activity-place-is-known"] == ["2:107"]


def test_arabic_in_another_encoding_is_read_as_arabic(graph: Graph, tmp_path: Path) -> None:
    """Words in Windows-1256 are no damaged ones in the verdict on the rest of the table."""
    text = ROWS.replace(";", ",").replace("prefLabel@fr", "prefLabel@ar").replace('"Formation, à Alger"', "تدريب قضائي")
    (tmp_path / "a.csv").write_text(text, encoding="cp1256")
    said = {each.code for each in graph.validate(tmp_path / "a.csv").problems}
    assert {"not-utf-8", "activity-place-is-known"} <= said
    assert not {"text-is-not-damaged", "text-is-in-the-letters-of-its-language"} & said


def test_commas_are_a_certain_mend_below_the_line_of_a_spreadsheet(graph: Graph, tmp_path: Path) -> None:
    """The line `sep=;` goes, every other line keeps its number, and a cell with a semicolon its semicolon."""
    (tmp_path / "a.csv").write_text("sep=;\n" + ROWS)
    (after,) = graph.mend(tmp_path / "a.csv").after.values()
    assert after.startswith("\nsource,id,type,") and "Formation; à Alger,training" in after and after.endswith("DZ\n")


def test_a_text_in_two_encodings_is_not_guessed_at(graph: Graph, tmp_path: Path) -> None:
    """Where part of a file is UTF-8, no other encoding makes sense of it all, and nothing more is said."""
    (tmp_path / "a.csv").write_bytes(ROWS.encode() + "x;é".encode("cp1252"))
    assert [each.code for each in graph.validate(tmp_path / "a.csv").problems] == ["not-utf-8"]


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("startDate: 2022-02-30", "a year (2024) that exists"),
        ("number: some", "a whole number"),
        ("online: perhaps", "true or false"),
        ("latitude: north", "nothing between thousands"),
    ],
)
def test_a_cure_speaks_of_the_form_that_is_asked_for(line: str, cure: str, graph: Graph, tmp_path: Path) -> None:
    """Nobody is told of amounts whose date is wrong, nor of days whose number is."""
    (tmp_path / "a.yaml").write_text(f"source: cs-page\nat: x\nid: activity/x\ntype: Activity\n{line}\n")
    said = next(each for each in graph.validate(tmp_path / "a.yaml").problems if each.code == "bad-literal")
    assert cure in said.cure["en"] and said.cure["en"].count(" or ") <= 1
    assert said.cure["fr"] != said.cure["en"] != said.cure["ar"]


def test_what_json_ld_would_drop_is_mended_or_refused(graph: Graph, tmp_path: Path) -> None:
    """A name for a thing is told with the id that it means; until it is mended, nothing of its record is accepted."""
    text = JSONLD.replace("¤", "").replace('"heldIn": "oran"', '"organiser": ["Council of Europe", "interpol"]')
    text = text.replace('"about": "activity/x"', '"about": "activity/x", "passage": "passage/cs-page--a"')
    text = text.replace("[\n{", '[\n{"id": "passage/cs-page--a", "type": "Passage", "section": "a"},\n{', 1)
    text = text.replace('"A workshop"', '"A workshop", "fr": "Un atelier", "ar": "ورشة عمل"')
    text = text.replace(
        '"type": "Activity",', '"type": "Activity", "activityKind": "workshop", "startDate": "2022-10-02",'
    )
    path = tmp_path / "a.jsonld"
    path.write_text(text)
    taken = graph.accept(path, into=tmp_path / "data")
    assert [each.code for each in taken.report.problems] == ["jsonld-lost"]
    assert not taken.accepted and len(taken.refused) == 1 and not taken.contents
    (after,) = graph.mend(path).after.values()
    assert '["council-of-europe", "interpol"]' in after
    path.write_text(after)
    taken = graph.accept(path, into=tmp_path / "data")
    assert len(taken.accepted) == 1 and b"[council-of-europe, interpol]" in next(iter(taken.contents.values()))


def test_a_record_of_an_unfit_file_is_counted_once(graph: Graph, tmp_path: Path) -> None:
    """What is wrong with a file as a whole is wrong with its records, and is no record more."""
    (tmp_path / "a.csv").write_text(ROWS.replace("oran", "algiers").replace("DZA", "DZ"))
    report = graph.validate(tmp_path / "a.csv")
    assert (report.records, report.fine) == (1, 0)
    assert "Records with a problem: 1 of 1; without: 0" in summary(report, "en")


def test_an_act_is_told_the_id_that_it_has(graph: Graph, tmp_path: Path) -> None:
    """Where the id and what is stated disagree, the cure names the id that the parts make."""
    (tmp_path / "a.yaml").write_text(
        "source: nl-013833\nat: x\nid: treaty-action/cets-224-tunisia-signature\ntype: TreatyAction\n"
        "actionBy: country/TN\nactionOn: cets-224\nactionKind: signature\n"
    )
    found = next(each for each in graph.validate(tmp_path / "a.yaml").problems if each.code == "id-says-otherwise")
    assert all("treaty-action/cets-224-tn-signature" in found.cure[lang] for lang in ("en", "fr", "ar"))


def test_a_date_in_a_file_without_mends_is_told_as_it_is_meant(graph: Graph, tmp_path: Path) -> None:
    """Where no mend can be made, as in another encoding, a date or number that is certain is suggested."""
    (tmp_path / "a.csv").write_text(ROWS.replace("2022-10-02;", "13/10/2022;"), encoding="cp1252")
    found = next(each for each in graph.validate(tmp_path / "a.csv", mends=True).problems if each.code == "bad-literal")
    assert found.nearest == "2022-10-13" and found.mend is None
