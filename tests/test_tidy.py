"""One way of writing: formatting changes nothing that is said, keeps comments, and has nothing to do twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cybercoop.graph import Graph
from cybercoop.interfaces.cli.app import app
from cybercoop.records import table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.layout import ORDER, plain, tidied, tidy

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "fixtures" / "format"
UNTIDY = sorted(path for path in CASES.iterdir() if ".formatted." not in path.name)


def test_the_data_are_formatted(graph: Graph) -> None:
    """Every file of `data/` is written as `cybercoop format` writes it."""
    untidy = [path.name for path in tidy(graph.workspace.data_files(), graph.workspace.context).changed]
    assert not untidy, "run cybercoop format"


@pytest.mark.parametrize("path", UNTIDY, ids=lambda path: path.name)
def test_a_file_is_formatted(path: Path, graph: Graph) -> None:
    """Words in order, single spaces, no needless marks, dates in our notation; comments go with their words."""
    after, problems = tidied(path.read_bytes(), path.name, graph.workspace.context)
    assert not problems
    assert after.decode() == path.with_suffix(f".formatted{path.suffix}").read_text("utf-8")
    assert tidied(after, path.name, graph.workspace.context)[0] == after


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
    context = graph.workspace.context
    after, problems = tidied(text.encode(), path.name, context)
    assert tidied(after, path.name, context) == (after, problems)
    assert after.count(b"#") == text.encode().count(b"#")
    before, now = (yaml_reader.documents(each, "")[0] for each in (text, after.decode()))
    assert len(before) == len(now) or not problems


@given(st.text(max_size=30).filter(str.isprintable))
def test_a_text_is_written_so_that_it_is_read_the_same(text: str) -> None:
    """A text as a YAML scalar, in a block or in brackets, is read as that text."""
    for written in (f"a: {plain(text)}\n", f"a: [{plain(text)}]\n", f"{{a: {plain(text)}}}\n"):
        trees, problems = yaml_reader.documents(written, "")
        if not problems:
            value = trees[0].fields[0][1]  # type: ignore[union-attr]
            assert getattr(value, "text", None) == text or value.items[0].text == text  # type: ignore[union-attr]


def test_what_cannot_be_read_is_left_alone(graph: Graph) -> None:
    """A file with a syntax error keeps every byte, and the problem is said; so does one of another format."""
    context = graph.workspace.context
    for name, content in (("a.yaml", b"a: [1\n"), ("a.csv", b'a,b\n"1,2\n'), ("a.yaml", b"\xff")):
        assert tidied(content, name, context)[0] == content
        assert tidied(content, name, context)[1]
    assert tidied(b"<a> <b> <c>  .", "a.ttl", context) == (b"<a> <b> <c>  .", [])


def test_the_order_knows_words_once(graph: Graph) -> None:
    """The order names words of records, each once."""
    known = {*graph.workspace.context.terms, "source", "at", "because", "id", "type"}
    assert len(set(ORDER)) == len(ORDER)
    assert set(ORDER) <= known


def test_the_command_line_formats(root: Path, tmp_path: Path) -> None:
    """`--check` and `--diff` write nothing and end with 1; without them the file is written; then all is well."""
    path = tmp_path / "record.yaml"
    path.write_bytes((CASES / "activity.yaml").read_bytes())
    run = CliRunner(env={"CYBERCOOP_HOME": str(root)}).invoke
    assert run(app, ["format", str(path), "--check"]).exit_code == 1
    shown = run(app, ["format", str(path), "--diff"])
    assert shown.exit_code == 1
    assert "+type: Activity" in shown.stdout
    assert path.read_bytes() == (CASES / "activity.yaml").read_bytes()
    assert run(app, ["format", str(path)]).exit_code == 0
    assert run(app, ["format", str(path), "--check"]).exit_code == 0


def test_a_table_says_what_it_said(graph: Graph) -> None:
    """A formatted table has the same cells."""
    text = 'source,id,at\n x , "a, b" ,1|2 | 3\n\n'.replace(' "a, b" ', '"a, b"')
    after = tidied(text.encode(), "a.csv", graph.workspace.context)[0].decode()
    assert after == 'source,id,at\nx,"a, b",1 | 2 | 3\n'
    assert len(table.documents(after, "")[0]) == 1
