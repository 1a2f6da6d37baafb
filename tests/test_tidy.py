"""One way of writing: formatting changes nothing that is said, keeps comments, and has nothing to do twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybercoop.contribute.fields import Fields
from cybercoop.graph import Graph
from cybercoop.problems.problem import Problem
from cybercoop.records import table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.layout import plain, tidied, tidy
from cybercoop.shapes import Shapes
from cybercoop.terms.names import SH, SHAPES, XSD
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "fixtures" / "format"
UNTIDY = sorted(path for path in CASES.iterdir() if ".formatted." not in path.name)


def formatted(data: bytes, name: str, graph: Graph) -> tuple[bytes, list[Problem]]:
    """The content of a file as it is written in the order of the shapes of a graph, and what is wrong with it."""
    return tidied(data, name, graph.workspace.context, graph.workspace.place)


def test_the_data_are_formatted(graph: Graph) -> None:
    """Every file of `data/` is written as `cybercoop format` writes it."""
    untidy = [
        path.name for path in tidy(graph.workspace.data_files(), graph.workspace.context, graph.workspace.place).changed
    ]
    assert not untidy, "run cybercoop format"


@pytest.mark.parametrize("path", UNTIDY, ids=lambda path: path.name)
def test_a_file_is_formatted(path: Path, graph: Graph) -> None:
    """Words in order, single spaces, no needless marks, dates in our notation; comments go with their words."""
    after, problems = formatted(path.read_bytes(), path.name, graph)
    assert not problems
    assert after.decode() == path.with_suffix(f".formatted{path.suffix}").read_text("utf-8")
    assert formatted(after, path.name, graph)[0] == after


FILES = (
    sorted((ROOT / "data").glob("activities/*/*.yaml"))[::4]
    + sorted((ROOT / "tests/fixtures/valid").glob("*.yaml"))[::3]
)
DAMAGE = ("  ", "\n", "# a comment\n", '"', " ", "---\n", ": ", "'", "\n\n\n", "x")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(DAMAGE)), max_size=4))
def test_formatting_twice_is_formatting_once(graph: Graph, path: Path, damage: list[tuple[int, str]]) -> None:
    """Whatever was put into a record, formatting keeps what it says and every comment, and has nothing to do twice."""
    text = path.read_text("utf-8")
    for offset, put in damage:
        text = text[: offset % len(text)] + put + text[offset % len(text) :]
    after, problems = formatted(text.encode(), path.name, graph)
    assert formatted(after, path.name, graph) == (after, problems)
    assert after.count(b"#") == text.encode().count(b"#")
    before, now = (yaml_reader.documents(each, "")[0] for each in (text, after.decode()))
    assert len(before) == len(now) or not problems


@given(st.text(max_size=30).filter(str.isprintable))
def test_a_text_is_written_so_that_it_is_read_the_same(text: str) -> None:
    """A text as a YAML scalar, in a block or in brackets, is read as that text."""
    alone = plain(text, in_brackets=False)
    for written in (f"a: {alone}\n", f"a: {plain(text)}\n", f"a: [{plain(text)}]\n", f"{{a: {plain(text)}}}\n"):
        trees, problems = yaml_reader.documents(written, "")
        if not problems:
            value = trees[0].fields[0][1]  # type: ignore[union-attr]
            assert getattr(value, "text", None) == text or value.items[0].text == text  # type: ignore[union-attr]


def test_what_cannot_be_read_is_left_alone(graph: Graph) -> None:
    """A file with a syntax error keeps every byte, and the problem is said; so does one of another format."""
    for name, content in (("a.yaml", b"a: [1\n"), ("a.csv", b'a,b\n"1,2\n'), ("a.yaml", b"\xff")):
        assert formatted(content, name, graph)[0] == content
        assert formatted(content, name, graph)[1]
    assert formatted(b"<a> <b> <c>  .", "a.ttl", graph) == (b"<a> <b> <c>  .", [])


def test_every_word_has_one_place(graph: Graph) -> None:
    """Each word that a template offers stands once in `shapes/order.ttl`, and no two have the same number."""
    workspace, fields = graph.workspace, Fields(graph.workspace)
    offered = {field.term.iri for name in fields.classes for field in fields.of(name)}
    order = workspace.shapes.order
    assert len(set(order)) == len(order)
    assert offered <= {*order}, f"give {sorted(offered - {*order})} a place in shapes/order.ttl"
    said = [triple for triple in workspace.shapes.triples if triple.predicate.value in (SH + "group", SH + "order")]
    places = [sorted(str(each.object) for each in said if each.subject == shape) for shape in {t.subject for t in said}]
    assert len({*map(tuple, places)}) == len(places)


def test_shapes_alone_say_what_stands_first(graph: Graph) -> None:
    """Where `sh:order` puts a word before another, `format` and `template` do so too, and so for groups."""
    text = b"source: gsm-launch\nid: activity/x\nheldIn: rabat\nendDate: 2024\norganiser: council-of-europe\n"

    def words(shapes: Shapes) -> list[str]:
        workspace = Workspace(graph.workspace.root)
        vars(workspace)["shapes"] = shapes
        after = formatted(text, "a.yaml", Graph(workspace))[0].decode()
        kept = [
            word
            for line in after.splitlines()
            if (word := line.partition(":")[0]) in ("endDate", "heldIn", "organiser")
        ]
        offered = [field.word for field in Fields(workspace).of("Activity") if field.word in kept]
        assert offered == kept
        return kept

    def put(name: str, place: int) -> Shapes:
        integer = ox.NamedNode(XSD + "integer")
        own = ox.Triple(
            ox.NamedNode(SHAPES + name), ox.NamedNode(SH + "order"), ox.Literal(str(place), datatype=integer)
        )
        every = graph.workspace.shapes.triples
        return Shapes([*(each for each in every if list(each)[:2] != list(own)[:2]), own])

    assert words(graph.workspace.shapes) == ["endDate", "heldIn", "organiser"]
    assert words(put("activity-place-is-known", -1)) == ["heldIn", "endDate", "organiser"]
    assert words(put("organisers-and-addressees", -1)) == ["organiser", "endDate", "heldIn"]


def test_the_command_line_formats(root: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` and `--diff` write nothing and end with 1; without them the file is written; then all is well."""
    path = tmp_path / "record.yaml"
    path.write_bytes((CASES / "activity.yaml").read_bytes())
    monkeypatch.setenv("CYBERCOOP_HOME", str(root))
    assert command("format", str(path), "--check").code == 1
    shown = command("format", str(path), "--diff")
    assert shown.code == 1
    assert "+type: Activity" in shown.text
    assert path.read_bytes() == (CASES / "activity.yaml").read_bytes()
    assert command("format", str(path)).code == 0
    assert command("format", str(path), "--check").code == 0


def test_a_table_says_what_it_said(graph: Graph) -> None:
    """A formatted table has the same cells."""
    text = 'source,id,at\n x , "a, b" ,1|2 | 3\n\n'.replace(' "a, b" ', '"a, b"')
    after = formatted(text.encode(), "a.csv", graph)[0].decode()
    assert after == 'source,id,at\nx,"a, b",1 | 2 | 3\n'
    assert len(table.documents(after, "")[0]) == 1
