"""Nothing passes because nothing was looked at: each silent pass is an error, in every format that can carry it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.judge.soundness import UNMET, misspelt, unmet
from cybercoop.records import SUFFIXES
from cybercoop.shapes import Shapes
from cybercoop.terms.names import DERIVED, PREFIXES, RDF_TYPE, RDFS
from cybercoop.terms.term import closure, iri_of

ROOT = Path(__file__).parent.parent
PAGE = "coe-cybersouth-plus-page"

SILENT = {
    "unknown-class": {"kind": "Activty"},
    "unknown-term": {"word": "startDte"},
    "bad-literal": {"start": "2024-13"},
    "record-without-type": {"kind": ""},
}
"""Code → what is wrong in an otherwise good record."""


def written(suffix: str, *, kind: str = "Activity", word: str = "startDate", start: str = "2024-06") -> str:
    """The record of a workshop, in the format of a file's ending."""
    thing, ns = f"activity/2024-06-{suffix[1:]}", PREFIXES["coop"]
    if suffix in (".yaml", ".yamlld", ".yml"):
        typed = f"type: {kind}\n" if kind else ""
        return f"source: {PAGE}\nat: {{section: example}}\nid: {thing}\n{typed}{word}: {start}\n"
    if suffix in (".csv", ".tab", ".tsv"):
        rows = f"source,id,type,{word}\n{PAGE},{thing},{kind},{start}\n"
        return rows if suffix == ".csv" else rows.replace(",", "\t")
    if suffix in (".jsonld", ".json"):
        typed = f'"@type": "{kind}", ' if kind else ""
        value = f'{{"@value": "{start}", "@type": "xsd:gYearMonth"}}'
        return f'{{"@id": "source/{PAGE}", "@graph": [{{"@id": "{thing}", {typed}"{word}": {value}}}]}}'
    base = PREFIXES["coop"].removesuffix("ns#")
    graph = f"<{base}id/source/{PAGE}>"
    record = f"<{base}id/record/{PAGE}--activity-2024-06-{suffix[1:]}>"
    date = f'"{start}"^^<{PREFIXES["xsd"]}gYearMonth>'
    rows = [
        f"{record} <{PREFIXES['rdf']}type> <{ns}Record>",
        f"{record} <{ns}source> {graph}",
        f"{record} <{ns}about> <{base}id/{thing}>",
        f"<{base}id/{thing}> <{PREFIXES['schema']}{word}> {date}",
    ]
    if kind:
        rows.append(f"<{base}id/{thing}> <{PREFIXES['rdf']}type> <{ns}{kind}>")
    if suffix == ".nq":
        return "".join(f"{row} {graph} .\n" for row in rows)
    text = "".join(f"{row} .\n" for row in rows)
    return f"{graph} {{\n{text}}}\n" if suffix == ".trig" else text


def validate(*paths: Path, root: Path = ROOT) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the problems of the command line."""
    command = [sys.executable, "-m", "cybercoop", "validate", "--format", "json", *map(str, paths)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)["problems"]


WRITTEN = sorted(SUFFIXES.keys() - {".gz", ".ods", ".owl", ".rdf", ".xlsx", ".xml"})


@pytest.mark.parametrize("code", SILENT)
def test_a_silent_pass_is_an_error(code: str, tmp_path: Path) -> None:
    """A misspelt class or property, a month 13, a thing without class: an error in each format, by its own name."""
    for suffix in WRITTEN:
        (tmp_path / f"a{suffix}").write_text(written(suffix, **SILENT[code]), encoding="utf-8")
    status, problems = validate(tmp_path)
    assert status == 1
    for suffix in WRITTEN:
        codes = {found["code"] for found in problems if found["file"].endswith(f"a{suffix}")}
        assert code in codes, f"a{suffix}: {sorted(codes)}"


def test_a_good_record_has_no_such_error(tmp_path: Path) -> None:
    """Written without a mistake, the same record has none of these errors in any format."""
    for suffix in WRITTEN:
        (tmp_path / f"a{suffix}").write_text(written(suffix), encoding="utf-8")
    _, problems = validate(tmp_path)
    assert not {found["code"] for found in problems} & set(SILENT)


def test_nothing_is_an_error(tmp_path: Path) -> None:
    """A file without a record is an error in each format."""
    for suffix in WRITTEN:
        (tmp_path / f"a{suffix}").write_text("[]\n" if "json" in suffix else "\n", encoding="utf-8")
    status, problems = validate(tmp_path)
    assert status == 1
    assert {Path(found["file"]).suffix for found in problems if found["code"] == "empty-file"} == set(WRITTEN)


def test_a_misspelt_word_of_shacl_is_an_error(tmp_path: Path) -> None:
    """`sh:mincount` in a copy of our shapes is an error of `cybercoop validate`, at its place, with the right word."""
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    file = tmp_path / "shapes" / "activities.ttl"
    lines = file.read_text("utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if "sh:minCount" in line)
    lines[at] = lines[at].replace("sh:minCount", "sh:mincount")
    file.write_text("\n".join(lines), encoding="utf-8")
    status, problems = validate(root=tmp_path)
    assert status == 1
    (found,) = [found for found in problems if found["code"] == "unknown-shacl-term"]
    assert (found["file"], found["line"], found["nearest"]) == ("shapes/activities.ttl", at + 1, "sh:minCount")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("coopsh:a sh:mincount 1 ; sh:path coop:b .", ["sh:mincount"]),
        ("<http://www.w3.org/ns/shacl#maxcount>", ["sh:maxcount"]),
        ('# sh:mincount\n<a> sh:message "sh:mincount", """sh:mincount\n" sh:x""" .', []),
        ("a sh:NodeShap ; sh:severity sh:Violatoin .", ["sh:NodeShap", "sh:Violatoin"]),
        ("<http://example.org/sh:mincount> dash:sh:x", []),
    ],
)
def test_words_of_shacl(text: str, words: list[str]) -> None:
    """Words of SHACL are looked for where Turtle has them, and not in texts, comments and other addresses."""
    assert [found.value for found in misspelt(text, "a.ttl")] == words


def test_our_words_are_all_of_shacl() -> None:
    """Every word that our own shapes use is known, so that none of them is called misspelt."""
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        assert not list(misspelt(path.read_text("utf-8"), path.name))


def test_a_shape_that_nothing_meets_is_told(graph: Graph) -> None:
    """A class without a thing and a property that nothing has are told with the shape that speaks of them."""
    ns, sh = PREFIXES["coop"], PREFIXES["sh"]
    more = [
        ox.Triple(ox.NamedNode(PREFIXES["coopsh"] + "a"), ox.NamedNode(sh + term), ox.NamedNode(ns + value))
        for term, value in (("targetClass", "Ghost"), ("path", "haunts"), ("path", "source"))
    ]
    shapes = Shapes([*graph.workspace.shapes.triples, *more])
    stated = graph.workspace.stored.quads()
    classes = {iri_of(quad.object) for quad in stated if quad.predicate.value == RDF_TYPE}
    above = {quad.subject: iri_of(quad.object) for quad in stated if quad.predicate.value == RDFS + "subClassOf"}
    every = closure(classes, lambda kind: {above.get(ox.NamedNode(kind), kind)})
    found = unmet(shapes, {quad.predicate.value for quad in stated}, every)
    assert [one.value for one in found] == ["coop:Ghost", "coop:haunts"]


def test_what_is_known_to_be_unmet_is_unmet(graph: Graph) -> None:
    """The list of what nothing has yet holds nothing that something has, but for what rules derive."""
    stored = graph.workspace.stored.quads()
    assert not UNMET & {quad.predicate.value for quad in stored if str(quad.graph_name) != f"<{DERIVED}>"}


def test_a_thing_taken_for_another(graph: Graph, tmp_path: Path) -> None:
    """A contribution that gives a thing of the graph a class of another kind is told where the graph says else."""
    file = tmp_path / "a.yaml"
    file.write_text(f"source: {PAGE}\nat: {{section: a}}\nid: place/casablanca\ntype: Activity\n", encoding="utf-8")
    (found,) = [one for one in graph.validate(file).problems if one.code == "described-as-another-kind"]
    assert (found.where.line, found.where.column) == (4, 7)
    assert "data/" in found.message["en"]
    assert "a.yaml" in str(found.where)


def test_two_files_that_take_a_thing_for_two(graph: Graph, tmp_path: Path) -> None:
    """Two files of one contribution that give a new thing unrelated classes are both named."""
    for name, source, kind in (("a", PAGE, "Activity"), ("b", "cybercoop-editors", "Project")):
        text = f"source: {source}\nat: {{section: a}}\nid: activity/new\ntype: {kind}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (found,) = [one for one in graph.validate(tmp_path).problems if one.code == "described-as-another-kind"]
    assert "b.yaml" in str(found.where)
    assert "a.yaml" in found.message["en"]


_WORDS = """source: coe-cybersouth-plus-page
at: {section: activities}
id: activity/2024-06-13-rabat-workshop
type: Activity
prefLabel: {en: A workshop, fr: Un atelier, ar: ورشة عمل}
activityKind: workshop
startDate: 2024-06-13
heldIn: rabat
benefits: [MA]
"""
_TABLE = """source,id,type,section,prefLabel@en,prefLabel@fr,prefLabel@ar,activityKind,startDate,heldIn,benefits,WORD
coe-cybersouth-plus-page,activity/2024-06-13-rabat-workshop,Activity,activities,A,B,ورشة,workshop,2024,rabat,MA,interpol
"""
_LINKED = """@base <https://w3id.org/cybercoop/id/> .
@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix schema: <https://schema.org/> .
<record/coe-cybersouth-plus-page--activity-2024-06-13-rabat-workshop> a coop:Record ;
  coop:source <source/coe-cybersouth-plus-page> ; coop:about <activity/2024-06-13-rabat-workshop> .
<activity/2024-06-13-rabat-workshop> a coop:Activity ; coop:WORD <organisation/council-of-europe> .
"""
_JSON = """{"@context": "https://w3id.org/cybercoop/context.jsonld",
 "@graph": [
  {"@id": "https://w3id.org/cybercoop/id/record/coe-cybersouth-plus-page--activity-a", "type": "Record",
   "coop:source": {"@id": "https://w3id.org/cybercoop/id/source/coe-cybersouth-plus-page"}},
  {"id": "activity/a", "type": "Activity", "WORD": "council-of-europe"}]}
"""


@pytest.mark.parametrize(
    ("name", "text", "prefix"),
    [
        ("a.yaml", _WORDS + "WORD: council-of-europe\n", ""),
        ("a.csv", _TABLE, ""),
        ("a.ttl", _LINKED, "coop:"),
        ("a.json", _JSON, ""),
    ],
)
@pytest.mark.parametrize(
    ("word", "meant"), [("organizer", "organiser"), ("activityKnd", "activityKind"), ("actionDat", ""), ("listedA", "")]
)
def test_a_suggested_word_is_one_that_the_class_takes(
    name: str, text: str, prefix: str, word: str, meant: str, graph: Graph, tmp_path: Path
) -> None:
    """In every format the nearest of the words that an activity takes is suggested; none of a treaty act or a list."""
    (tmp_path / name).write_text(text.replace("WORD", word), encoding="utf-8")
    (found,) = [one for one in graph.validate(tmp_path / name).problems if one.code == "unknown-term"]
    assert found.nearest == (prefix + meant if meant else None)


def test_a_term_of_another_prefix_is_shown_where_it_stands_with_its_mend(graph: Graph, tmp_path: Path) -> None:
    """`coop:startDate` of an activity is `schema:startDate`: said at the property, and mended."""
    (tmp_path / "a.ttl").write_text(
        _LINKED.replace("coop:WORD <organisation/council-of-europe>", 'coop:startDate "2024"'), encoding="utf-8"
    )
    found = next(one for one in graph.validate(tmp_path / "a.ttl").problems if one.code == "unknown-term")
    assert (found.nearest, found.where.line, found.where.column) == ("schema:startDate", 6, 56)
