"""Every way of writing says the same statements, and every value is placed on its own line and column."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import cycle
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.records import table, yaml
from cybercoop.records.reading import Fields, Items, Node, Reading, Scalar
from cybercoop.records.statements import Statement
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.literals import date_type
from cybercoop.terms.names import ID, XSD
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "readers"
DATA = Workspace(ROOT).data_files()
TEXTS = {suffix for suffix, form in records.SUFFIXES.items() if not form.binary}
WRITTEN = sorted(path for path in FIXTURES.iterdir() if path.suffix in TEXTS)
CASES = sorted(path for path in WRITTEN if path.with_suffix(".yaml").is_file() or path.with_suffix(".nq").is_file())

MADE = (".csv", ".yaml")
SHOWN = 600
FORMS = {
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def context(graph: Graph) -> Context:
    return graph.workspace.context


def read(path: Path, context: Context) -> Reading:
    return records.read(path.read_bytes(), path.name, context)


def lines(reading: Reading) -> set[str]:
    return {str(quad) for quad in reading.quads()}


def begins(rest: str, statement: Statement, sections: dict[str, str] | None) -> bool:
    """Whether a text begins with the object of a statement as somebody typed it.

    With `sections`, those of the passages, the reader itself makes records, passages, amounts and their IRIs.
    """
    value = statement.quad.object
    assert isinstance(value, (ox.NamedNode, ox.Literal))
    if sections is not None and (part := _part(statement, sections)):
        shown = re.match(rf"\{{?(?:[\"']?\w+[\"']?: *)?[\"']?{re.escape(part)}", rest) is not None
        if shown or statement.quad.predicate.value != names.NS + "says":
            return shown
    rest = re.sub(r"\\(?:u(\w{4})|U(\w{8}))", lambda code: chr(int(code[1] or code[2], 16)), rest)
    if isinstance(value, ox.Literal):
        word = re.split(r"[\s\"'\\,\[\]{}]", value.value, maxsplit=1)[0]
        block = re.match(r"[>|][+-]?\n\s*", rest)
        return (rest[block.end() :] if block else rest.lstrip("\"'")).startswith(word)
    if rest.startswith("("):
        return value.value == names.RDF + "nil"
    if re.sub(r"^(?:\{\s*\"@id\":\s*)?[\"'<]*", "", rest).startswith(value.value):
        return True
    inside = re.match(r"(?:\{\s*|(?=id: ))\"?(?:@?id|ref)\"?:\s*\"?([^\s\",}]+)", rest)
    typed = re.sub(r"^[\w.-]*:(?!//)", "", rest.lstrip("\"'<")).replace("\\/", "/").replace("\\#", "#")
    tail = inside[1] if inside else re.split(r"[\s\"'<>,;|}\]]", typed, maxsplit=1)[0].rstrip(".")
    return bool(tail) and value.value.endswith(tail)


def _part(statement: Statement, sections: dict[str, str]) -> str:
    """What stands in a record where the reader makes a statement that nobody typed; for any other, an empty text."""
    made = {names.NS + word for word in ("Record", "Passage", "Citation", "MonetaryAmount")}
    value = statement.quad.object
    typing = statement.quad.predicate.value == names.RDF_TYPE and str(value)[1:-1] in made
    if statement.quad.predicate.value in (names.NS + "firstCharacter", names.NS + "endCharacter"):
        return str(statement.quad.subject)[1:-1].rpartition("--")[2]
    typing = typing or statement.quad.predicate.value == names.NS + "says"
    thing = str(statement.quad.subject if typing else value)[1:-1]
    kind, _, rest = thing.removeprefix(ID).partition("/")
    made_from = {
        "record": rest.partition("--")[0],
        "amount": rest.partition("-")[2],
        "passage": sections.get(thing, ""),
        "citation": sections.get(f"{ID}passage/{rest.partition('--')[0]}--{rest.rpartition('--')[2]}", ""),
    }
    return made_from.get(kind, "")


def check_places(text: str, reading: Reading, *, made: bool) -> None:
    rows = text.split("\n")
    said = [one.quad for one in reading.statements if one.quad.predicate.value == names.NS + "section"]
    sections = {str(quad.subject)[1:-1]: str(quad.object)[1:-1].split('"')[0] for quad in said}
    for statement in reading.statements:
        where = statement.where
        assert 1 <= where.line <= len(rows), f"{where} is outside the file"
        start = rows[where.line - 1][where.column - 1 : where.column + SHOWN]
        rest = "\n".join([start, *rows[where.line : where.line + 3]])[:SHOWN]
        assert begins(rest, statement, sections if made else None), (
            f"{where} shows {rest[:60]!r}, not {statement.quad.object}"
        )


#### The same record in every way of writing ####


def test_each_format_has_a_case() -> None:
    """The workshop record is written in every format that is text; test_workbook.py makes the workbooks."""
    assert {records.SUFFIXES[path.suffix].name for path in FIXTURES.glob("workshop.*") if path in WRITTEN} == {
        form.name for form in records.FORMATS if not form.binary
    }


@pytest.mark.parametrize("path", CASES, ids=name)
def test_same_statements(path: Path, context: Context) -> None:
    """A record gives the same statements in whichever format it is written."""
    model = next(other for suffix in (".nq", ".yaml") if (other := path.with_suffix(suffix)).is_file())
    reading = read(path, context)
    assert not reading.problems
    assert lines(reading) == lines(read(model, context))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.nq")), ids=name)
def test_nquads_are_what_oxigraph_reads(path: Path, context: Context) -> None:
    """The model that the other formats are held against is read as the standard's own parser reads it."""
    four = ox.NamedNode(names.source("four"))
    said = {
        str(ox.Quad(quad.subject, quad.predicate, quad.object, four) if quad.graph_name == ox.DefaultGraph() else quad)
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS)
    }
    assert lines(read(path, context)) == said


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_places(path: Path, context: Context, pytestconfig: pytest.Config) -> None:
    """Each statement stands at the line and column of the table beside the file."""
    reading = read(path, context)
    assert not reading.problems
    found = "".join(
        f"{one.where.line}:{one.where.column}\t{names.short(one.quad.predicate.value)}\t{one.quad.object}\n"
        for one in reading.statements
    )
    expected = path.with_name(path.name + ".places")
    if pytestconfig.getoption("--accept"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text("utf-8"), "run pytest --accept, then read the places"


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_places_show_what_was_typed(path: Path, context: Context) -> None:
    """At the place of each statement stands its value as it was typed."""
    check_places(path.read_text("utf-8"), read(path, context), made=path.suffix in MADE)


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_windows_files(path: Path, context: Context) -> None:
    """Windows line ends and a byte-order mark change neither statement nor place."""
    plain = read(path, context)
    data = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
    found = records.read(data, path.name, context)
    assert not found.problems
    assert found.statements == plain.statements
    assert found.records == plain.records


@pytest.mark.parametrize("path", [path for path in WRITTEN if path.suffix == ".yaml"], ids=name)
def test_yaml_values_stay_what_was_typed(path: Path, context: Context) -> None:
    """No scalar becomes a truth value, a number or a date that the person did not write."""
    said = [getattr(quad.object, "value", "") for quad in read(path, context).quads()]
    if path.stem == "styles":
        assert {"NO", "011", "1_000", "yes", "null", "~x", "1e3", "0x10", "12:30:00", "2024-03-04"} <= set(said)
    assert not {"False", "True", "None", "9"} & set(said)


#### The repository's own records ####


@pytest.mark.parametrize("path", DATA, ids=name)
def test_places_in_the_data(path: Path, context: Context) -> None:
    """In each file of data/, at the place of each statement stands its value as it was typed."""
    check_places(path.read_text("utf-8"), read(path, context), made=path.suffix in MADE)


@pytest.mark.parametrize("path", DATA, ids=name)
def test_data_is_linked_data_through_the_context(path: Path, context: Context) -> None:
    """A file of data/, read as JSON-LD with the published context, says what our own reader says."""
    trees, _ = (table if path.suffix == ".csv" else yaml).documents(path.read_text("utf-8"), path.name)
    said: set[str] = set()
    things: dict[str, list[dict[str, Any]]] = {}
    for tree in trees:
        assert isinstance(tree, Fields)
        source = tree.get("source")
        assert isinstance(source, Scalar)
        words = Fields(tuple(pair for pair in tree if pair[0].text not in ("source", "at", "because")), tree.where)
        things.setdefault(source.text, []).append(_json(words, context))
    for slug, graphs in things.items():
        document = {"@context": context.source, "@graph": graphs}
        graph = ox.NamedNode(names.source(slug))
        for quad in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD, base_iri=ID):
            said.add(str(ox.Quad(quad.subject, quad.predicate, quad.object, graph)))
    own = {str(quad) for quad in read(path, context).quads() if not _of_record(quad)}
    assert own == said


def _of_record(quad: ox.Quad) -> bool:
    return names.source_of_parts(str(quad.subject)[1:-1]) is not None


def _json(tree: Fields, context: Context) -> dict[str, Any]:
    plain = {key.text: _value(value, context, key.text) for key, value in tree}
    if tree.get("id") is None and {"amount", "currency"} <= set(plain):
        plain |= {"id": f"amount/{plain['currency'].lower()}-{plain['amount']}", "type": "MonetaryAmount"}
    return plain


def _value(node: Node, context: Context, word: str) -> Any:
    if isinstance(node, Items):
        return [_value(item, context, word) for item in node.items]
    term = context.terms.get(word)
    if isinstance(node, Fields):
        texts = term is not None and term.kind == "language"
        return {key.text: _value(value, context, "") for key, value in node} if texts else _json(node, context)
    if term is not None and term.kind == XSD + "date":
        return {"@value": node.text, "@type": date_type(node.text)}
    return node.text


@pytest.mark.parametrize(
    ("path", "suffix"), [pytest.param(*pair, id=f"{name(pair[0])} {pair[1]}") for pair in zip(DATA, cycle(FORMS))]
)
def test_data_survives_another_format(path: Path, suffix: str, context: Context) -> None:
    """A file of data/, written as N-Quads, TriG or JSON-LD and read again, says the same, each value in its place."""
    quads = list(read(path, context).quads())
    prefixes = names.PREFIXES if suffix == ".trig" else None
    text = (ox.serialize(quads, format=FORMS[suffix], prefixes=prefixes) or b"").decode()
    again = records.read(text.encode(), "again" + suffix, context)
    assert not again.problems
    assert lines(again) == {str(quad) for quad in quads}
    check_places(text, again, made=False)


@settings(max_examples=500, deadline=None)
@given(st.text('ab ",|\n', max_size=40))
def test_cells_are_those_of_the_csv_module(text: str) -> None:
    """A table that is sound has the cells that Python's own reader finds, each character at its place in the file."""
    rows, broken = table.cells(text)
    if broken is not None:
        return
    assert [[cell.text for cell in row] for row in rows] == [
        row or [""] for row in csv.reader(io.StringIO(text, newline=""), strict=True)
    ]
    cells = [cell for row in rows for cell in row]
    assert all(text[cell.at(index)] == sign for cell in cells for index, sign in enumerate(cell.text))
