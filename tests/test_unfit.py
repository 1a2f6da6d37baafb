"""A file that cannot be taken as it is: what else is wrong with it is said in the same verdict, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cybercoop.graph import Graph

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
