"""`compare` says in words what changed from one graph to another, and its patch makes the one of the other."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from cybercoop.export import FORMATS
from cybercoop.graph import Graph
from cybercoop.graph import open as open_graph
from cybercoop.judge import sides
from cybercoop.judge.compare import MOVED, NEW, Comparison
from cybercoop.judge.reports import changes
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms import patch
from cybercoop.terms.names import EDITORS, ID, NS, RDF_TYPE, REPLACED

FOLDERS = ("data", "ontology", "queries", "shapes")
PROJECT = "data/projects/cybersouth-plus.yaml"

IRIS = st.sampled_from([ox.NamedNode(f"https://example.org/{name}") for name in "abc"])
NODES = st.sampled_from([ox.BlankNode(name) for name in "xyz"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
LITERALS = st.one_of(
    TEXTS.map(ox.Literal),
    st.builds(lambda text, lang: ox.Literal(text, language=lang), TEXTS, st.sampled_from(["en", "ar", "fr-CA"])),
    st.sampled_from(["1.50", "01", "-0"]).map(
        lambda text: ox.Literal(text, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))
    ),
)
QUADS = st.lists(
    st.builds(ox.Quad, IRIS | NODES, IRIS, IRIS | NODES | LITERALS, IRIS | NODES | st.just(ox.DefaultGraph())),
    max_size=8,
)


@settings(deadline=None)
@given(QUADS, QUADS)
def test_the_patch_makes_the_one_of_the_other(one: list[ox.Quad], other: list[ox.Quad]) -> None:
    """Whatever two datasets say, with blank nodes or without, the patch between them leads from one to the other."""
    before, after = patch.canonical(one), patch.canonical(other)
    text = patch.written(before, after)
    assert patch.applied(text, before) == after
    assert ox.Dataset(patch.parsed(after)) == ox.Dataset(patch.parsed(patch.canonical(patch.parsed(after))))
    if before != after:
        with pytest.raises(ValueError, match="another dataset"):
            patch.applied(text, after)


@settings(deadline=None)
@given(QUADS)
def test_names_of_blank_nodes_make_no_difference(quads: list[ox.Quad]) -> None:
    """A dataset under other names for its blank nodes is the same; rdflib agrees that it says the same."""
    triples = [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads]
    names = {ox.BlankNode(name): ox.BlankNode(name * 3) for name in "xyz"}
    renamed = [ox.Quad(names.get(q.subject, q.subject), q.predicate, names.get(q.object, q.object)) for q in triples]  # type: ignore[call-overload]
    assert patch.canonical(triples) == patch.canonical(renamed)
    graphs = [rdflib.Graph().parse(data="\n".join(patch.canonical(each)), format="nt11") for each in (triples, renamed)]
    assert isomorphic(*graphs)


def test_blank_nodes_that_look_alike_end_soon() -> None:
    """Blank nodes in a clique, which nothing tells apart, are refused; loose ones are labelled."""
    link, nodes = ox.NamedNode("https://example.org/p"), [ox.BlankNode() for _ in range(30)]
    with pytest.raises(ValueError, match="look alike"):
        patch.canonical(ox.Quad(one, link, other) for one in nodes for other in nodes if one != other)
    assert len(patch.canonical(ox.Quad(link, link, node) for node in nodes)) == len(nodes)


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the page says another end of CyberSouth+, a place is gone, and an editors' name is new.

    One source says another day of an accession than it did, on which others speak, too.
    """
    folder = tmp_path_factory.mktemp("other") / "copy"
    for name in FOLDERS:
        shutil.copytree(root / name, folder / name)
    (folder / "pyproject.toml").touch()
    edit(folder / PROJECT, "endDate: 2026-12-31", "endDate: 2027-06-30")
    places = folder / "data/places.csv"
    kept = [line for line in places.read_text("utf-8").splitlines() if "place/tirana," not in line]
    places.write_text("\n".join(kept) + "\n", "utf-8")
    edit(places, "place/algiers,Place,,,,Algiers,", "place/algiers,Place,,,,El Djazair,")
    said = "coe-ma-joins,treaty-action/ets-185-ma-accession,TreatyAction,country/MA,ets-185,accession,2018-06-"
    edit(folder / "data/treaty-actions/ets-185.csv", f"{said}29", f"{said}28")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old} in {path}"
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def compared(graph: Graph, copy: Path) -> Comparison:
    return graph.compare("now", str(copy))


PAGE = {
    "en": "CyberSouth+ project page, Council of Europe",
    "fr": "Page du projet CyberSouth+, Conseil de l’Europe",
    "ar": "صفحة مشروع CyberSouth+، مجلس أوروبا",
}
SENTENCES = {
    "en": f"CyberSouth+: “ends on” moved from 2026-12-31 to 2027-06-30, says {PAGE['en']}.",
    "fr": f"CyberSouth+ : « finit le » est déplacé du 2026-12-31 au 2027-06-30, selon {PAGE['fr']}.",
    "ar": f"مشروع CyberSouth+: نُقل «ينتهي في» من 2026-12-31 إلى 2027-06-30، بحسب {PAGE['ar']}.",
}


OTHERS = {
    "en": "Other sources, by their number: 2018-06-29 (1), 2018-10-01 (1).",
    "fr": "Autres sources, et leur nombre : 2018-06-29 (1), 2018-10-01 (1).",
    "ar": "وتقول المصادر الأخرى، مع عددها: 2018-06-29 (1), 2018-10-01 (1).",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_is_told_in_words(lang: str, root: Path, copy: Path) -> None:
    """The thing, the property, both values and the source stand in one sentence, in each language and form."""
    found = open_graph(root, lang=lang).compare("now", str(copy))
    marks = dict.fromkeys(map(ord, "\u200e\u200f"))
    assert SENTENCES[lang] in changes.written(found).translate(marks)
    assert SENTENCES[lang] in changes.written(found, "markdown")
    told = json.loads(changes.written(found, "json"))
    assert any(said.startswith(SENTENCES[lang]) for thing in told["things"] for said in thing["said"])
    assert OTHERS[lang] in changes.written(found).translate(marks).replace("\n", " ").replace("      ", "")
    assert OTHERS[lang] in changes.written(found, "markdown")


def test_kinds_of_change_stand_apart(compared: Comparison) -> None:
    """What a source states, what the editors say and what is computed are told and counted apart; a loss is flagged."""
    told = json.loads(changes.written(compared, "json"))
    kinds = {(thing["iri"].rpartition("/id/")[2], thing["kind"], thing["state"]) for thing in told["things"]}
    assert {
        ("project/cybersouth-plus", "stated", "changed"),
        ("project/cybersouth-plus", "derived", "changed"),
        ("place/algiers", "editorial", "changed"),
        ("place/tirana", "stated", "gone"),
    } <= kinds
    assert [(loss["label"], loss["gone"]) for loss in told["losses"]] == [
        ("place", ["https://w3id.org/cybercoop/id/place/tirana"])
    ]
    assert sum(kind["added"] for kind in told["kinds"].values()) == told["added"] == len(compared.added)
    assert sum(kind["withdrawn"] for kind in told["kinds"].values()) == told["withdrawn"] == len(compared.withdrawn)
    assert "⚠ Lost, place: 1 of " in changes.written(compared)


def test_what_other_sources_say_stands_beside_a_change(graph: Graph, compared: Comparison) -> None:
    """Of the value that one source changed, the values of the others are told, with how many state each."""
    told = json.loads(changes.written(compared, "json"))["things"]
    (thing,) = [each for each in told if "ets-185-ma-accession" in each["iri"] and each["kind"] == "stated"]
    (change,) = thing["changes"]
    assert [(each["value"], each["sources"]) for each in change["others"]] == [("2018-06-29", 1), ("2018-10-01", 1)]
    query = "SELECT ?s { GRAPH ?s { treaty-action:ets-185-ma-accession coop:actionDate ?d } }"
    assert len([row for row in graph.sparql(query).rows if "coe-ma-joins" not in str(row[0])]) == 2


def test_what_has_been_at_another_address_is_no_change(compared: Comparison, tmp_path: Path, graph: Graph) -> None:
    """A former address that both sides know is not told of again; one that is forgotten is a loss."""
    assert not [told for told in compared.told if told.state == MOVED]
    kind, old, now = f"{NS}FormerAddress", f"{ID}place/before", f"{ID}place/rabat"
    line = f"<{old}> <{RDF_TYPE}> <{kind}> <{EDITORS}> .\n<{old}> <{REPLACED}> <{now}> <{EDITORS}> .\n"
    place = f"<{now}> <{RDF_TYPE}> <{NS}Place> <{EDITORS}> .\n"
    for name, text in (("before", line + place), ("after", place)):
        (tmp_path / f"{name}.nq").write_text(text, "utf-8")
    found = graph.compare(str(tmp_path / "before.nq"), str(tmp_path / "after.nq"))
    assert [(loss.kind, loss.gone) for loss in found.losses] == [(kind, (old,))]
    back = graph.compare(str(tmp_path / "after.nq"), str(tmp_path / "before.nq"))
    assert not back.losses
    assert [told.state for told in back.told] == [NEW]


NAMED = "<{subject}> <http://www.w3.org/2004/02/skos/core#{kind}Label> {text} <{graph}> .\n"


def named(kind: str, *texts: str) -> str:
    return "".join(NAMED.format(subject=f"{ID}place/x", kind=kind, text=text, graph=EDITORS) for text in texts)


def said(graph: Graph, folder: Path, before: str, after: str) -> list[str]:
    """Return what is said of the change from one text of N-Quads to another, as JSON has it."""
    for name, text in (("before", before), ("after", after)):
        (folder / f"{name}.nq").write_text(text, "utf-8")
    found = graph.compare(str(folder / "before.nq"), str(folder / "after.nq"))
    (thing,) = json.loads(changes.written(found, "json"))["things"]
    return [str(each) for each in thing["said"]]


def test_a_change_in_three_languages_is_told_once(root: Path, tmp_path: Path) -> None:
    """What is renamed, comes or goes in each language is one change, in the reader's; other names stay apart."""
    old, new = named("pref", '"A"@en', '"B"@fr', '"C"@ar'), named("pref", '"D"@en', '"E"@fr', '"F"@ar')
    for lang, before, after in (("en", "A", "D"), ("fr", "B", "E"), ("ar", "C", "F")):
        (line,) = said(open_graph(root, lang=lang), tmp_path, old, new)
        assert f"{before} [en, fr, ar]" in line
        assert f"{after} [en, fr, ar]" in line
        (line,) = said(open_graph(root, lang=lang), tmp_path, "", new)
        assert line.count(" [") == 1
        assert f"{after} [en, fr, ar]" in line
    english = open_graph(root)
    (line,) = said(english, tmp_path, old, named("pref", '"A"@en', '"E"@fr', '"F"@ar'))
    assert "B [fr, ar]" in line, "the reader's did not change"
    (line,) = said(english, tmp_path, "", named("alt", '"A"@en', '"B"@fr', '"C"@fr', '"D"@es'))
    assert line.count(" [") == 4, "more names in one language than in another are no translations"


def test_a_comparison_is_short_where_it_is_shown_unasked(compared: Comparison) -> None:
    """In a notebook it says what was compared and how much changed, not every statement."""
    assert repr(compared).startswith("<Comparison: now to ")
    assert len(repr(compared)) < 300


def test_what_is_added_to_a_thing_that_went_is_not_said_to_be_withdrawn(graph: Graph, tmp_path: Path) -> None:
    """Of a thing that has another address now, what was said of it goes, and that it has one comes."""
    old, now, source = f"{ID}place/before", f"{ID}place/rabat", f"{ID}source/inview-185"
    was = f"<{old}> <{RDF_TYPE}> <{NS}Place> <{source}> .\n"
    place = f"<{now}> <{RDF_TYPE}> <{NS}Place> <{source}> .\n"
    moved = f"<{old}> <{RDF_TYPE}> <{NS}FormerAddress> <{EDITORS}> .\n<{old}> <{REPLACED}> <{now}> <{EDITORS}> .\n"
    for name, text in (("before", was + place), ("after", place + moved)):
        (tmp_path / f"{name}.nq").write_text(text, "utf-8")
    text = changes.written(graph.compare(str(tmp_path / "before.nq"), str(tmp_path / "after.nq")))
    (line,) = [line for line in text.splitlines() if "former address" in line]
    assert "added" in line
    assert "Withdrawn" not in line


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("3 years", "4 years", "10,000 EUR", "no", "yes")),
        ("fr", ("3 ans", "4 ans", "10\u202f000 EUR", "non", "oui")),
        ("ar", ("3 سنوات", "4 سنوات", "10,000 EUR", "لا", "نعم")),
    ],
)
def test_values_are_told_as_people_read_them(lang: str, words: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    """Lengths of time, sums and truth values are no codes; what has no name is called by its parts."""
    thing, source, integer = (
        f"<{ID}project/cybersouth>",
        f"<{ID}source/inview-185>",
        "http://www.w3.org/2001/XMLSchema#",
    )

    def told(years: int, amount: str, truth: str) -> str:
        return (
            f'{thing} <{NS}duration> "P{years}Y" {source} .\n'
            f"{thing} <{NS}budget> <{ID}amount/eur-{amount}> {source} .\n"
            f'{thing} <{NS}announced> "{truth}"^^<{integer}boolean> {source} .\n'
        )

    for name, text in (("before", told(3, "9000", "false")), ("after", told(4, "10000", "true"))):
        (tmp_path / f"{name}.nq").write_text(text, "utf-8")
    found = open_graph(root, lang=lang).compare(str(tmp_path / "before.nq"), str(tmp_path / "after.nq"))
    text = changes.written(found, "markdown")
    assert all(word in text for word in words)
    assert "P3Y" not in text


def test_counts_are_those_of_set_difference(graph: Graph, copy: Path, compared: Comparison, tmp_path: Path) -> None:
    """`comm` over the sorted N-Quads of both counts as many lines on either side, and rdflib as many statements."""
    texts = []
    for name, each in (("one", graph), ("other", open_graph(copy))):
        path = tmp_path / f"{name}.nq"
        path.write_text("\n".join(patch.canonical(each.workspace.stored.quads())) + "\n", "utf-8")
        texts.append(str(path))
    here = {**os.environ, "LC_ALL": "C"}
    only = [
        len(subprocess.run(["comm", sides, *texts], env=here, capture_output=True, check=True).stdout.splitlines())
        for sides in ("-13", "-23")
    ]
    assert only == [len(compared.added), len(compared.withdrawn)]


def test_the_patch_of_two_graphs_applies(compared: Comparison) -> None:
    """The patch of the forms leads from the one graph to the other, and knows both by their digests."""
    text = changes.written(compared, "patch")
    assert patch.applied(text, compared.before) == compared.after
    assert [f"<urn:sha256:{digest}>" in text for digest in compared.digests] == [True, True]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "csv"])
def test_an_export_is_the_graph_that_it_is_of(form: str, graph: Graph, tmp_path: Path) -> None:
    """Every RDF form of today's graph, compressed or not, says what today's graph says."""
    content = graph.export(form)
    path = tmp_path / f"x.{FORMATS[form].extension}"
    path.write_bytes(content)
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(content))
    found = graph.compare(str(packed))
    assert found.same, changes.written(found, most=3)
    assert graph.compare(str(path), str(packed)).same


def test_exit_codes_are_those_of_diff(command: Callable[..., Any], copy: Path) -> None:
    """0 where nothing differs, which is said; 1 where something does; 2, as a refusal, for what is not there."""
    same, differs = command("compare", "now"), command("compare", "now", str(copy), "--max", "1", "--lang", "fr")
    assert (same.code, differs.code) == (0, 1)
    assert same.text.startswith("now and now say the same (")
    assert "affirmations ajoutées" in differs.text
    assert "Autres choses modifiées" in differs.text
    for wrong in ("no-such-thing", "", "--output=x", "-x", "HEAD:data", "a\0b"):
        with pytest.raises(Refusal) as refused:
            command("compare", "--", wrong)
        assert refused.value.problem.code in ("nothing-to-compare", "argument-empty", "argument-missing")


def test_revisions_of_git(copy: Path, graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision is read from git, plain files only: a link that leads out of it is not followed."""
    if not shutil.which("git"):
        pytest.skip("no git")
    place = tmp_path / "repository"
    (place / "data").mkdir(parents=True)
    record = place / "data" / "x.yaml"
    record.write_text((copy / PROJECT).read_text("utf-8").split("---")[0], "utf-8")
    (place / "data" / "link.yaml").symlink_to("/etc/hostname")

    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", str(place), *who, *words], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "data")
    git("commit", "--quiet", "-m", "one")
    edit(record, "endDate: 2027-06-30", "endDate: 2028")
    git("commit", "--quiet", "-am", "two")
    monkeypatch.setattr(sides, "repository", lambda _: place)
    found = graph.compare("HEAD~1", "HEAD")
    assert [(str(old.object), str(new.object)) for old, new in zip(found.withdrawn, found.added, strict=True)] == [
        (
            '"2027-06-30"^^<http://www.w3.org/2001/XMLSchema#date>',
            '"2028"^^<http://www.w3.org/2001/XMLSchema#gYear>',
        )
    ]
