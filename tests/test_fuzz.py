"""Damaged workbooks and RDF/XML, file by file and part by part: a problem with its place or a success, always soon."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.terms.context import Context

HERE = Path(__file__).parent
SECONDS = 5.0
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ", "120")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BOOK = (HERE / "readers" / "workshop.xlsx").read_bytes()
with zipfile.ZipFile(io.BytesIO(BOOK)) as _archive:
    PARTS = {name: _archive.read(name) for name in _archive.namelist()}
XML = (HERE / "readers" / "workshop.rdf").read_text("utf-8")
REAL = HERE.parents[1] / "shared" / "realdata"

CELLS = [
    b'r="A1"',
    b'r="ZZZZ1"',
    b'r="A0"',
    b'r="A99999999999"',
    b'r="\xd9\xa1"',
    b't="s"',
    b't="e"',
    b't="d"',
    b't="b"',
    b't="inlineStr"',
    b't="x"',
    b's="-1"',
    b's="999999"',
    b"<v>99999999</v>",
    b"<v>-1</v>",
    b"<v>1e999</v>",
    b"<v>nan</v>",
    b"<v></v>",
    b"<f>A1</f>",
    b"<v>2958466</v>",
    b"<row>",
    b"</row>",
    b"<c/>",
    b'state="hidden"',
    b'name="../x"',
    b"\0",
    b"<!DOCTYPE x>",
    b'<!ENTITY a "b">',
    b"&a;",
    b"&#0;",
    b"<![CDATA[",
    b"]]>",
    b"\xff",
    b'ref="A1:XFD1048576"',
    b"",
]
PIECES = [
    "<rdf:Description/>",
    "<rdf:li/>",
    'rdf:about="x"',
    'rdf:about="http://["',
    'rdf:ID="1"',
    'rdf:nodeID="a"',
    'rdf:parseType="Literal"',
    'rdf:parseType="Collection"',
    'rdf:parseType="Resource"',
    'rdf:resource=""',
    'xml:base="::"',
    'xml:lang="e n"',
    'rdf:datatype="x y"',
    "<!DOCTYPE r>",
    '<!ENTITY x SYSTEM "file:///etc/passwd">',
    "&x;",
    "&#xD800;",
    "&#0;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.1'?>",
    "<?x?>",
    "<",
    ">",
    "&",
    '"',
    "</coop:Activity>",
    "<a xmlns='http://a/'>",
    "<rdf:RDF>",
    "</rdf:RDF>",
    "",
    " ",
    "\n",
    "\u200f",
    "é",
]
WHERE = st.floats(0, 1)


@pytest.fixture(scope="module")
def context(graph: Graph) -> Context:
    return graph.workspace.context


def check(data: bytes, name: str, context: Context) -> None:
    """Reading ends soon, says something, and what is wrong has a place."""
    start = time.process_time()
    reading = records.read(data, name, context)
    assert time.process_time() - start < SECONDS
    assert reading.statements or reading.problems
    for found in reading.problems:
        assert found.where.file == name
        assert found.where.line >= (1 if data else 0)


def packed(parts: dict[str, bytes]) -> bytes:
    """A workbook with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Bytes of which some, from a place on, were replaced."""
    for place, length, piece in changes:
        start = int(place * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


def test_parts_of_a_workbook(context: Context) -> None:
    """A workbook of which a part is cut, filled, gone or in the place of another is read or refused."""
    piece = st.tuples(WHERE, st.integers(0, 30), st.sampled_from(CELLS) | st.binary(max_size=4))
    name = st.sampled_from(sorted(PARTS))

    @FUZZ
    @given(name, st.lists(piece, max_size=4), st.sampled_from(["", "cut", "gone", "swap"]), name, WHERE)
    def run(part: str, pieces: list[tuple[float, int, bytes]], deed: str, other: str, place: float) -> None:
        parts = {**PARTS, part: changed(PARTS[part], pieces)}
        if deed == "cut":
            parts[part] = parts[part][: int(place * len(parts[part]))]
        elif deed == "gone":
            del parts[part]
        elif deed == "swap":
            parts[part], parts[other] = parts[other], parts[part]
        check(packed(parts), "a.xlsx", context)

    run()


def test_the_sheet_of_a_workbook(context: Context) -> None:
    """Other addresses, types, values and marks between the cells of a sheet bring no reader down."""
    sheet = next(name for name in PARTS if name.startswith("xl/worksheets/"))
    marks = [at for at, byte in enumerate(PARTS[sheet]) if byte in b"<> "]

    @FUZZ
    @given(st.lists(st.tuples(st.sampled_from(marks), st.sampled_from(CELLS)), min_size=1, max_size=3))
    def run(pieces: list[tuple[int, bytes]]) -> None:
        content = PARTS[sheet]
        for at, piece in sorted(pieces, reverse=True):
            content = content[: at + 1] + piece + b" " + content[at + 1 :]
        check(packed({**PARTS, sheet: content}), "a.xlsx", context)

    run()


def test_the_archive_of_a_workbook(context: Context) -> None:
    """An archive of which bytes are flipped, cut or doubled is read or refused."""
    piece = st.tuples(WHERE, st.integers(0, 40), st.binary(max_size=6))

    @FUZZ
    @given(st.lists(piece, min_size=1, max_size=3), st.booleans())
    def run(pieces: list[tuple[float, int, bytes]], doubled: bool) -> None:
        data = changed(BOOK, pieces)
        check(data + data if doubled else data, "a.xlsx", context)

    run()


def test_pieces_of_rdf_xml(context: Context) -> None:
    """RDF/XML with attributes, elements, entities and marks where they do not belong is read or refused."""
    marks = [at for at, sign in enumerate(XML) if sign in "<> "]
    piece = st.tuples(st.sampled_from(marks), st.integers(0, 12), st.sampled_from(PIECES))

    @FUZZ
    @given(st.lists(piece, min_size=1, max_size=4))
    def run(pieces: list[tuple[int, int, str]]) -> None:
        text = XML
        for at, length, new in sorted(pieces, reverse=True):
            text = f"{text[: at + 1]}{new} {text[at + 1 + length :]}"
        check(text.encode(), "a.rdf", context)

    run()


@pytest.mark.parametrize("suffix", sorted(records.SUFFIXES))
def test_real_files_under_every_name(suffix: str, context: Context) -> None:
    """Files from the world, whole pieces of them and damaged, whatever they are called, are read or refused."""
    if not REAL.is_dir():
        pytest.skip("the files from the world (../shared/realdata) are not beside this checkout")
    files = sorted(path for path in REAL.rglob("*") if path.is_file() and path.stat().st_size)
    seeds = [file.read_bytes()[:3000] for file in files[:: max(len(files) // 40, 1)]]
    piece = st.tuples(WHERE, st.integers(0, 40), st.binary(max_size=4))

    @settings(FUZZ, max_examples=max(FUZZ.max_examples // 12, 1))
    @given(st.sampled_from(seeds), st.lists(piece, max_size=2))
    def run(data: bytes, pieces: list[tuple[float, int, bytes]]) -> None:
        check(changed(data, pieces), f"a.csv{suffix}" if suffix == ".gz" else f"a{suffix}", context)

    run()
