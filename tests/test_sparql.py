"""A free query: refused with a place, answered in every format, written while it is computed, stopped at its limits."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

import cybercoop
from cybercoop.ask.results import stream
from cybercoop.engines.store import Stored
from cybercoop.engines.worker import worked
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.rewriting import sortable

ROOT = Path(__file__).parent.parent
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
COUNTED = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
NAMES = 'SELECT ?c ?n ?x { VALUES ?c { country:PS } ?c skos:prefLabel ?n FILTER(LANG(?n) = "en") } ORDER BY ?n'
TRIPLES = (
    'CONSTRUCT { ?c skos:prefLabel ?n } WHERE { VALUES ?c { country:PS } ?c skos:prefLabel ?n FILTER(LANG(?n) = "ar") }'
)
NOTICE = "recognition of a State of Palestine"


def started(*args: str, **options: object) -> subprocess.Popen[bytes]:
    """The command line at work on a query, for a test that reads or stops it."""
    command = [sys.executable, "-m", "cybercoop", "query", "--sparql", *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


def written(graph: Graph, text: str, form: str) -> str:
    out = io.StringIO()
    graph.write(text, form, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("SELECT *\n{ SERVICE <x:y> { } }", "query-refused", 2, 3),
        ("SELECT *\nFROM <file:///x> { }", "query-from-outside", 2, 6),
        ("LOAD <x:y>", "query-refused", 1, 1),
        ("SELECT * " + "{" * 101, "query-too-deep", 1, 110),
        ("SELECT *" + " " * 100_000, "query-too-long", 0, 0),
    ],
)
def test_what_is_refused_has_a_place(text: str, code: str, line: int, column: int) -> None:
    """A query that would leave, change or exhaust the graph is refused before it runs, at its line and column."""
    with pytest.raises(Refusal) as caught:
        look(text)
    where = caught.value.problem.where
    assert (caught.value.problem.code, where.line, where.column) == (code, line, column)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("SELECT * { ?s ?p 'SERVICE' ?o }", "query-syntax", 1, 28),
        ("SELECT * FROM source:x { ?s ?p }", "query-syntax", 1, 32),
        ("SELECT * FROM source:x { LATERAL { } }", "query-syntax", 1, 26),
        ("SELECT * { FILTER(?a<?b&&?c>SERVICE<x:y>) }", "query-refused", 1, 29),
        ("SELECT * { LATERAL { ?s ?p ?o } } # INSERT", "", 0, 0),
        ("SELECT * { ?insert ?p 'DROP ALL' ; LOAD }", "query-refused", 1, 36),
        ("SELECT * { ?s ?p \\uD800 }", "query-syntax", 1, 18),
        ("SELECT * { BIND(!!true AS ?x) " + "{" * 101, "query-too-deep", 1, 130),
    ],
)
def test_what_cannot_be_read_is_looked_at_by_its_words(text: str, code: str, line: int, column: int) -> None:
    """What our grammar does not have goes on to the engine only where no word in it leads out of the graph."""
    if not code:
        look(text)
        return
    with pytest.raises(Refusal) as caught:
        look(text)
    where = caught.value.problem.where
    assert (caught.value.problem.code, where.line, where.column) == (code, line, column)


def test_bytes_that_are_no_text_are_refused(graph: Graph) -> None:
    """A query with bytes that are not UTF-8 is refused in words, wherever it would go."""
    for asked in (graph, cybercoop.open(ROOT, endpoint="http://127.0.0.1:9/")):
        with pytest.raises(Refusal) as caught:
            asked.sparql("SELECT ?x { ?x ?y '\udcff' }")
        assert caught.value.problem.code == "not-text"


@pytest.mark.parametrize(
    "text", [r"SELECT ?\u0078 { BIND('\u0041' AS ?x) }", r"SELECT ?x \u007B BIND('A' AS \u003fx) }"]
)
def test_codepoint_escapes_may_stand_anywhere(text: str, graph: Graph) -> None:
    """A query says the same with a character and with the escape of it, in names and marks too."""
    assert graph.sparql(text).rows == graph.sparql("SELECT ?x { BIND('A' AS ?x) }").rows
    assert cybercoop.open(in_memory=True).sparql(text).columns == ["x"]


def test_a_source_of_the_graph_may_be_named() -> None:
    """FROM takes sources of this graph, by IRI or prefix."""
    look("SELECT * FROM source:x FROM NAMED <https://w3id.org/cybercoop/id/source/x> { ?s ?p ?o }")


@pytest.mark.parametrize("form", ["json", "xml", "sparql-tsv"])
def test_results_for_programs_hold_the_same_rows(graph: Graph, form: str) -> None:
    """SPARQL JSON, XML and TSV read back by another reader give the rows of the answer, with their notices."""
    text = written(graph, NAMES, form)
    kind = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}.get(form, ox.QueryResultsFormat.TSV)
    parsed = ox.parse_query_results(text, format=kind)
    rows = [[row[index] for index in range(4)] for row in parsed]  # type: ignore[union-attr]
    assert [row[:3] for row in rows] == graph.sparql(NAMES).rows
    assert rows
    assert all(NOTICE in row[3].value for row in rows)


FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}


@pytest.mark.parametrize("form", FORMS)
def test_triples_come_out_as_they_are(graph: Graph, form: str) -> None:
    """A CONSTRUCT read back gives its triples, and its notices are no statements."""
    text = written(graph, TRIPLES, form)
    parsed = {str(quad.triple) for quad in ox.parse(text, format=FORMS[form])}
    rows = graph.sparql(TRIPLES).rows
    assert parsed == {str(ox.Triple(*row)) for row in rows}  # type: ignore[arg-type]
    assert rows
    assert NOTICE in text


def test_jsonld_has_our_words(graph: Graph) -> None:
    """Triples as JSON-LD stand under our context, which is in the document; nodes without a name keep their label."""
    text = """CONSTRUCT { ?x a coop:Protocol ; coop:supplements ?y ; schema:about [ skos:note ?x ; skos:note 1.50 ] }
    WHERE { ?x a coop:Protocol ; coop:supplements ?y }"""
    made = json.loads(written(graph, text, "jsonld"))
    assert made["@context"] == graph.workspace.context.source
    node = next(each for each in made["@graph"] if each["id"] == "instrument/ets-189" and "supplements" in each)
    assert node["supplements"] == "ets-185"
    assert [each for each in made["@graph"] if each["id"].startswith("_:")]
    read = rdflib.Graph().parse(data=json.dumps(made), format="json-ld")
    turtle = rdflib.Graph().parse(data=written(graph, text, "turtle"), format="turtle")
    assert len(read) >= 10
    assert isomorphic(read, turtle)


def test_what_jsonld_cannot_say_is_refused(graph: Graph) -> None:
    """A text with a direction, which JSON-LD of RDF 1.1 loses, is refused in words."""
    with pytest.raises(Refusal) as refused:
        written(graph, 'CONSTRUCT { coop:x coop:y "x"@ar--rtl } WHERE {}', "jsonld")
    assert refused.value.problem.code in ("export-text-direction", "query-syntax")


def test_turtle_is_the_same_every_time(graph: Graph) -> None:
    """Triples are Turtle where no format is asked for, with prefixes in order."""
    text = written(graph, TRIPLES, "")
    declared = [line for line in text.splitlines() if line.startswith("@prefix")]
    assert declared == sorted(declared)
    assert declared


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "md", "html"])
def test_tables_carry_their_notices(graph: Graph, form: str) -> None:
    """A name that carries a designation notice leaves with it in every table."""
    assert NOTICE in written(graph, NAMES, form)


@pytest.mark.parametrize("form", ["table", "csv", "md", "html"])
def test_a_long_answer_has_all_its_rows(graph: Graph, form: str) -> None:
    """An answer of many blocks has each row once."""
    text = written(graph, "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 3000", form)
    rows = {"table": r"^activity|^\S+   ", "csv": r"\r\n", "md": r"^\| ", "html": "<tr><td"}[form]
    heads = {"table": 2, "csv": 1, "md": 2, "html": 0}[form]
    assert len(re.findall(rows, text, re.MULTILINE)) - heads == 3000


def test_a_truth_is_one(graph: Graph) -> None:
    """ASK gives a truth value in the standards' own form."""
    assert json.loads(written(graph, "ASK {}", "json")) == {"head": {}, "boolean": True}
    assert (
        bool(ox.parse_query_results(written(graph, "ASK { <x:y> ?p 1 }", "xml"), format=ox.QueryResultsFormat.XML))
        is False
    )


def test_rows_are_no_triples(graph: Graph) -> None:
    """A format for triples is refused for rows, with those that there are."""
    with pytest.raises(Refusal, match="triples"):
        written(graph, NAMES, "turtle")


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        (ENDLESS, Limits(rows=1500), "query-limit-rows"),
        (ENDLESS, Limits(bytes=100_000), "query-limit-bytes"),
        (COUNTED, Limits(seconds=0.3), "query-limit-seconds"),
        (ENDLESS + " ORDER BY ?a", Limits(memory=32 << 20), "query-limit-memory"),
    ],
)
def test_limits_are_said(graph: Graph, text: str, limits: Limits, code: str) -> None:
    """A query that needs more than it may is refused with the limit that it met."""
    with pytest.raises(Refusal) as caught:
        graph.sparql(text, limits)
    assert caught.value.problem.code == code


def test_limits_may_be_as_large_as_one_likes(graph: Graph) -> None:
    """Seconds without end, and more rows, bytes and memory than there are, are no failure."""
    many = 10**30
    assert len(graph.sparql("ASK { ?s ?p ?o }", Limits(many, many, float("inf"), many))) == 1


def test_rows_come_up_to_the_limit(graph: Graph) -> None:
    """The rows within a limit are given before the refusal."""
    with pytest.raises(Refusal), stream(graph.workspace, ENDLESS, Limits(rows=1500)) as found:
        for _ in found.blocks():
            pass
    assert found.given == 1500


def test_every_term_comes_through(graph: Graph) -> None:
    """Texts with tabs, line ends and marks, numbers, languages, blank nodes and nothing arrive as they were."""
    values = r'"a\tb\nc\"\\\r\u0007" "x"@ar "5"^^xsd:integer "abc"^^xsd:integer <x:y> UNDEF "" "true"^^xsd:boolean'
    text = f"SELECT ?x {{ VALUES ?x {{ {values} }} }}"
    direct = [row[0] for row in ox.Store().query(text, prefixes={"xsd": "http://www.w3.org/2001/XMLSchema#"})]  # type: ignore[union-attr, index]
    assert [row[0] for row in graph.sparql(text).rows] == direct


MIXED = " ".join(f'{n} "{n}z" "x"@en <x:{n}> "{2000 + n}"^^xsd:gYear "{2000 + n}-05-21"^^xsd:date' for n in range(40))


@pytest.mark.parametrize("order", ["?x", "ASC(?x)", "DESC(?x) STR(?y) LIMIT 400"])
def test_values_of_all_kinds_are_sorted(graph: Graph, order: str) -> None:
    """A sort that the engine breaks off at is done all the same: numbers by value, all else by its text."""
    text = f"SELECT ?x {{ VALUES ?x {{ UNDEF {MIXED} }} }} ORDER BY {order}"
    rows = [row[0] for row in graph.sparql(text).rows]
    rows = rows[::-1] if "DESC" in order else rows
    assert len(rows) == 241
    assert rows[0] is None
    assert [term.value for term in rows[-40:] if term is not None] == [str(n) for n in range(40)]
    assert [term.value for term in rows[1:41] if term is not None] == sorted(f"x:{n}" for n in range(40))
    texts = [term.value for term in rows[41:-40] if term is not None]
    assert texts == sorted(texts)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SELECT * { ?s ?p ?o } ORDER BY STR(?o) (?a + ?b) IF(?c, ?d, ?e)", True),
        ("SELECT * { ?order ?by ?o } # ORDER BY ?o", True),
        ("SELECT * { ?s ?p 'ORDER BY ?o' } LIMIT 5", True),
        ("SELECT * { ?s ?p ?o LATERAL { } } ORDER BY ?o", True),
        ("SELECT * { ?s ?p ?o } ORDER BY\nASC ( (?o) ) LIMIT 12345", False),
        ("SELECT * { { SELECT * { ?s ?p ?o } ORDER BY ?o } ?o ?q ?r }", False),
    ],
)
def test_only_variables_alone_are_sorted_otherwise(text: str, kept: bool) -> None:
    """Expressions, comments, texts and all that stands behind an ORDER BY are left as they are."""
    assert (sortable(text) == text) is kept
    assert sortable(text).endswith(text[-12:])


def test_first_rows_come_before_the_last() -> None:
    """Rows of a query that would take hours are read at once, and a reader who leaves ends it without a word."""
    with started(ENDLESS, "--format", "csv", "--limit-rows", "1000000000") as process:
        assert process.stdout
        assert process.stderr
        lines = [process.stdout.readline() for _ in range(2000)]
        process.stdout.close()
        assert all(lines)
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_part_is_said_to_be_one() -> None:
    """Where a limit is met after some rows, their number and that they are a part stand beside the problem."""
    out, said = started(ENDLESS, "--format", "json", "--limit-rows", "1500", "--lang", "fr").communicate()
    assert b"1,500" in said
    assert b"query-limit-rows" in said
    assert out.count(b'{"a"') == 1500
    with pytest.raises(ValueError, match=r"."):
        json.loads(out)


def test_interrupt_stops_at_once() -> None:
    """Ctrl-C ends a query with 130, without a traceback, and its worker with it."""
    process = started(ENDLESS, "--format", "csv", "--limit-rows", "1000000000", start_new_session=True)
    assert process.stdout
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_terminal_is_paged() -> None:
    """On a terminal the answer goes through PAGER, and with --no-pager it does not."""
    for option, expected in (("--pager", b"PAGED"), ("--no-pager", b"answer")):
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "cybercoop", "query", "--sparql", "ASK {}", option]
        process = subprocess.Popen(command, cwd=ROOT, stdout=slave, env={**os.environ, "PAGER": "sed s/answer/PAGED/"})
        os.close(slave)
        process.wait()
        assert expected in os.read(master, 4096)
        os.close(master)


def test_a_query_opens_the_files_of_a_large_store(tmp_path: Path) -> None:
    """The engine opens tables when it looks into them: what may open no new file may open these."""
    store = ox.Store(str(tmp_path / "store"))
    for number in range(60):
        lines = "".join(f'<x:{number}> <x:{word}> "a text longer than its number" <x:g> .\n' for word in range(3))
        store.bulk_load(input=lines, format=ox.RdfFormat.N_QUADS)
    store.flush()
    del store
    assert len(list((tmp_path / "store").glob("*.sst"))) > 100
    with worked(Stored(tmp_path), "SELECT * { GRAPH ?g { ?s ?p ?o } }", Limits()) as answer:
        assert sum(map(len, answer.blocks())) == 180
