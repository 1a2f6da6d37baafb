"""An edition is released as files that need nothing else, made again the same, and asked for what was stated then."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml

import cybercoop
from cybercoop.contribute import release as making
from cybercoop.graph import Graph
from cybercoop.judge import sides
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms import patch
from cybercoop.terms.names import DERIVED, ID, NS
from cybercoop.workspace import revisions
from cybercoop.workspace.revisions import Known, again, stated_digest

EDITIONS = sorted(path.stem for path in (Path(__file__).parent.parent / "docs" / "editions").glob("*.json"))
KINDS = "https://w3id.org/cybercoop/scheme/treaty-action-kind/"


@pytest.mark.parametrize("version", EDITIONS)
def test_an_edition_is_what_its_hash_says(version: str, graph: Graph, notes: dict[str, Known]) -> None:
    """What is read of the commit of an edition has the statements and the hash that are kept of it."""
    there = notes[version]
    stated = again(graph.workspace, there).stated()
    assert (len(set(stated)), stated_digest(stated)) == (there.statements, there.sha256)
    assert re.fullmatch(r"[0-9a-f]{40}", there.commit)
    line = f"| {version} | {there.date} | {there.commit[:7]} | {there.statements:,} | "
    assert line in (graph.workspace.root / "docs" / "editions.md").read_text("utf-8")


def test_a_release_is_the_same_on_every_machine(released: Path, graph: Graph) -> None:
    """Under another hash seed, time zone and language of the machine, every file has the same checksum."""
    version = json.loads((released / "edition.json").read_bytes())["version"]
    code = (
        "import sys, cybercoop; sys.stdout.buffer.write(cybercoop.open(sys.argv[1]).release(sys.argv[2])['SHA256SUMS'])"
    )
    own = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(graph.workspace.root), version], env=own, capture_output=True
    )
    assert done.stdout == (released / "SHA256SUMS").read_bytes(), done.stderr.decode()


def test_the_files_of_a_release(released: Path) -> None:
    """Each file has its checksum and stands in the descriptions; the N-Quads are canonical."""
    there = {path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()}
    sums = dict(line.split("  ")[::-1] for line in (released / "SHA256SUMS").read_text("utf-8").splitlines())
    assert set(sums) == there - {"SHA256SUMS"}
    assert all(hashlib.sha256((released / name).read_bytes()).hexdigest() == sums[name] for name in sums)
    crate = json.loads((released / "ro-crate-metadata.json").read_bytes())["@graph"]
    files = {entry["@id"]: entry for entry in crate if entry["@type"] == "File"}
    assert set(files) == set(sums) - {"ro-crate-metadata.json"}
    assert all(entry["sha256"] == sums[name] for name, entry in files.items())
    root = next(entry for entry in crate if entry["@id"] == "./")
    assert {part["@id"] for part in root["hasPart"]} == set(files)
    edition = json.loads((released / "edition.json").read_bytes())
    citation = yaml.safe_load((released / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == root["version"] == edition["version"]
    assert str(citation["date-released"]) == root["datePublished"] == edition["date"]
    assert {"cff-version", "message", "title", "authors", "type", "license"} <= set(citation)
    lines = (released / "cybercoop.nq").read_text("utf-8").split("\n")[:-1]
    assert lines == sorted(lines) == patch.canonical(patch.parsed(lines))
    assert edition["whole"] == {"statements": len(lines), "sha256": patch.digest(lines)}
    shapes = {path for path in (released / "shapes").glob("*.ttl") if not path.name.startswith("house-style")}
    modules = sum((rdflib.Graph().parse(path) for path in shapes), rdflib.Graph())
    whole = sum((rdflib.Graph().parse(released / f"{name}-shapes.ttl") for name in ("data", "rules")), rdflib.Graph())
    constraints = {term for term in modules.subjects(rdflib.SH.message) if isinstance(term, rdflib.URIRef)}
    assert constraints == {term for term in whole.subjects(rdflib.SH.message) if isinstance(term, rdflib.URIRef)}
    core = rdflib.Graph().parse(released / "data-shapes.ttl")
    assert not list(core.subject_objects(rdflib.SH.sparql))
    asking = set(modules.subject_objects(rdflib.SH.sparql))
    assert asking == set(whole.subject_objects(rdflib.SH.sparql))
    assert all(
        set(modules.objects(one, rdflib.SH.select)) == set(whole.objects(one, rdflib.SH.select)) for _, one in asking
    )


def test_the_delta_makes_this_edition_of_the_one_before(released: Path, graph: Graph, notes: dict[str, Known]) -> None:
    """The patch of a release leads from the N-Quads of the edition before to its own; it counts as sets do."""
    edition = json.loads((released / "edition.json").read_bytes())
    before = patch.canonical(again(graph.workspace, notes[edition["before"]]).stored.quads())
    after = (released / "cybercoop.nq").read_text("utf-8").split("\n")[:-1]
    assert patch.applied((released / "changes.rdfp").read_text("utf-8"), before) == after
    told = json.loads((released / "changes.json").read_bytes())
    assert (told["added"], told["withdrawn"]) == (len({*after} - {*before}), len({*before} - {*after}))


def test_what_was_stated_then(graph: Graph, released: Path, command: Callable[..., Any]) -> None:
    """The same question has other rows in an edition, alike from its commit and from the folder of its release."""
    asked = ("query", "treaty-status", "--country", "VN", "--instrument", "un-cybercrime-convention", "--format", "csv")
    now, then = command(*asked).text, command(*asked, "--edition", "0.1.0").text
    assert "signature" in now
    assert "signature" not in then
    version = json.loads((released / "edition.json").read_bytes())["version"]
    by_commit, by_folder = (cybercoop.open(edition=each) for each in (version, str(released)))
    quads = [{str(quad) for quad in each.workspace.stored.quads()} for each in (by_commit, by_folder)]
    assert quads[0] == quads[1]
    assert by_commit.edition == by_folder.edition
    earlier = cybercoop.open(edition="0.1.0")
    assert len(earlier.query("treaty-status", country="MA", instrument="ets-185", as_of="2018-07")) > 0
    assert earlier.explain("country/MA").thing == ID + "country/MA"
    assert len(earlier.search("cybersouth")) > 0
    part = command("export", "nquads", "--country", "MA", "--edition", "0.1.0").bytes
    assert part == earlier.export("nquads", country="MA") != command("export", "nquads", "--country", "MA").bytes
    rows = earlier.sparql(f"SELECT * {{ ?act <{NS}actionKind> <{KINDS}invitation> }}").rows
    assert rows
    assert not cybercoop.open().sparql(f"SELECT * {{ ?act <{NS}actionKind> <{KINDS}invitation> }}").rows


def test_an_edition_that_was_changed_is_told(released: Path, tmp_path: Path) -> None:
    """A line taken out of a release is told when it is asked, also of the store that was built of it before."""
    for name in ("edition.json", "policy.yaml", "cybercoop.nq"):
        shutil.copy(released / name, tmp_path / name)
    shutil.copytree(released / "ontology", tmp_path / "ontology")
    lines = (tmp_path / "cybercoop.nq").read_text("utf-8").split("\n")
    (tmp_path / "cybercoop.nq").write_text("\n".join(line for line in lines if "country/AD" not in line), "utf-8")
    for _ in range(2):
        with pytest.warns(UserWarning, match="is not what its hash says"):
            assert cybercoop.open(edition=str(tmp_path)).workspace.stored.quads()


def test_a_note_that_says_otherwise_is_told(
    graph: Graph, notes: dict[str, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edition whose note has another hash than what is read of its commit is told: asked, and compared."""
    assert graph.compare("0.1.0", "0.1.0").same, "built by now"
    other = {"0.1.0": notes["0.1.0"]._replace(sha256="0" * 64)}
    monkeypatch.setattr(revisions, "known", lambda _: other)
    monkeypatch.setattr(sides, "known", lambda _: other)
    with pytest.warns(UserWarning, match=r"edition 0\.1\.0 is not what its hash says"):
        assert cybercoop.open(edition="0.1.0").query("treaty-status", country="MA", instrument="ets-185")
    with pytest.warns(UserWarning, match=r"edition 0\.1\.0 is not what its hash says"):
        assert graph.compare("0.1.0", "0.1.0").same


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_that_an_edition_did_not_have_are_those_of_today(graph: Graph, lang: str) -> None:
    """What rules and questions of today bring into an answer about an edition is called as today, and is no code."""
    then = cybercoop.open(edition="0.1.0", lang=lang)
    asked = {"country": "MA", "instrument": "ets-185", "as_of": "2018-06"}
    today = Graph(graph.workspace, lang).query("treaty-status", **asked).to_dicts()
    now = {row["statement"]: row["statement_label"] for row in today}
    for row in then.query("treaty-status", **asked).to_dicts():
        assert row["statement_label"] == now[row["statement"]]
    matrix = then.query("country-instrument-matrix", project="cybersouth-plus").to_dicts()
    assert "none-known" not in {row["position_label"] for row in matrix}


@pytest.mark.parametrize("edition", ["9.9.9", "", "no-such-folder", "HEAD", "a\0b"])
def test_what_is_no_edition_is_refused(edition: str, tmp_path: Path) -> None:
    """A version that is not known, or a folder that is no release, is refused with what is known."""
    with pytest.raises(Refusal) as refused:
        cybercoop.open(edition=edition)
    assert refused.value.problem.code == "no-edition"
    (tmp_path / "edition.json").write_text('{"version": "x"}', "utf-8")
    with pytest.raises(Refusal, match="is no edition"):
        cybercoop.open(edition=str(tmp_path))
    with pytest.raises(Refusal, match="not at a server"):
        cybercoop.open(edition="0.1.0", endpoint="http://localhost/query")


def test_words_that_are_gone_need_a_version_and_a_query(graph: Graph, notes: dict[str, Known]) -> None:
    """A version that says nothing of a break is refused; so is one without the query that mends data."""
    before = notes["0.1.0"]
    found = graph.compare("0.1.0", "now")
    for version in ("0.1.1", "0.3.0", "1.0.0"):
        with pytest.raises(Refusal) as refused:
            making._allowed(graph.workspace, before._replace(version=version), before, found)
        assert refused.value.problem.code == "release-breaks"
        assert "treaty-action-kind/invitation" in refused.value.problem.choices
    making._allowed(graph.workspace, before._replace(version="0.2.0"), before, found)


@pytest.mark.parametrize("version", ["1", "1.2", "1.2.x", "v1.2.3", "1.2.3.4", "-1.2.3", "١.٢.٣", ""])
def test_what_is_no_version(version: str, graph: Graph) -> None:
    with pytest.raises(Refusal, match="is no version"):
        graph.release(version)


@pytest.mark.parametrize("flat", [False, True])
def test_data_of_before_are_mended(flat: bool, graph: Graph, notes: dict[str, Known]) -> None:
    """The query of 0.2.0 makes effects of what were acts, in named graphs and without: what it makes is said today."""
    stated = [
        quad for quad in again(graph.workspace, notes["0.1.0"]).stated() if not str(quad.subject).count("scheme/")
    ]
    today = graph.workspace.stated()
    if flat:
        stated, today = ([ox.Quad(*quad.triple) for quad in each] for each in (stated, today))
    store = ox.Store()
    store.bulk_extend(stated)
    store.update((graph.workspace.root / "ontology" / "migrations" / "0.2.0.ru").read_text("utf-8"))
    after = set(store)
    old = {f"<{KINDS}{kind}>" for kind in ("entry-into-force", "invitation")}
    assert not [quad for quad in after if str(quad.object) in old]
    made = {quad for quad in after - set(stated) if "/record/" not in str(quad.subject)}
    assert len(made) > 290
    assert len(made - set(today)) <= 5, "but for what was found to be wrong since"


def test_derived_facts_are_no_part_of_what_an_edition_is_known_by(graph: Graph) -> None:
    """The hash of an edition stays when the rules change."""
    quads = graph.workspace.stored.quads()
    assert stated_digest(quads) == stated_digest(q for q in quads if q.graph_name != ox.NamedNode(DERIVED))
