"""Columns give what the store gives, row by row, or refuse by name; nothing but the snapshot is read."""

from __future__ import annotations

import random
import runpy
from collections import Counter
from pathlib import Path as Folder
from typing import Any

import pyoxigraph as ox
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from cybercoop.ask.ask import ask
from cybercoop.engines.embedded import run
from cybercoop.engines.store import Stored, union
from cybercoop.graph import Graph
from cybercoop.interfaces import cli
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Graph as Tree
from cybercoop.sparql.tree import Group, Iri, Literal, Minus, Optional, Path, Triple, Triples, Variable, variables, walk
from tests import test_w3c_sparql as suite
from tests.random_patterns import Maker, data
from tests.test_constraint_queries import TIME
from tests.test_queries import CASES, read

duckdb = pytest.importorskip("duckdb", reason="the extra lake is not installed: pip install cybercoop[lake]")
pytest.importorskip("sqlglot", reason="the extra lake is not installed: pip install cybercoop[lake]")

from cybercoop.engines.columns import functions, snapshot  # noqa: E402
from cybercoop.engines.columns.choice import LONG, Local  # noqa: E402
from cybercoop.engines.columns.coding import Unsupported, coded, decoded  # noqa: E402
from cybercoop.engines.columns.columns import Columns, answered  # noqa: E402
from cybercoop.engines.columns.snapshot import opened  # noqa: E402

DEVIATIONS = Folder(__file__).with_name("w3c_sparql11_columns_deviations.yaml")


FILES = Folder(__file__).parent / "hostile"
TEXT_OF = runpy.run_path(str(FILES.parent.parent / "bench" / "hostile.py"))["written_out"]


def lake_of(store: ox.Store, folder: Folder) -> Any:
    """A connection to the columns of a store."""
    lines = folder / "lines.nq"
    with lines.open("wb") as out:
        store.dump(out, ox.RdfFormat.N_QUADS)
    lake = duckdb.connect(":memory:", config={"threads": "1", "temp_directory": ""})
    lake.execute("ATTACH ':memory:' AS lake")
    lake.execute("USE lake")
    snapshot.fill(lake, lines)
    return lake


@pytest.fixture(scope="module")
def stored(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The shipped graph with a snapshot, apart from that which everybody uses."""
    folder = tmp_path_factory.mktemp("lake")
    for name in ("store", "written.nq", "names.tsv", "searched.tsv", "told.tsv"):
        (folder / name).symlink_to(graph.workspace.stored.folder / name)
    made = Stored(folder)
    snapshot.build(made)
    return made


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> tuple[ox.Store, Any]:
    """A small graph in both engines."""
    store = data()
    return store, lake_of(store, tmp_path_factory.mktemp("little"))


@pytest.mark.parametrize("name", CASES)
def test_a_question_has_the_same_rows_in_the_same_order(name: str, graph: Graph, stored: Stored) -> None:
    """Every case of every question: rows and their order are those of the store, with its sources where it has any."""
    for case in [{"params": {}}, *read(CASES[name])]:
        given_ = {key: str(value) for key, value in case["params"].items()}
        try:
            expected = ask(graph.workspace, name, given_, engine=Local(stored, "store"))
        except Refusal:  # a parameter is needed
            continue
        found = ask(graph.workspace, name, given_, engine=Local(stored, "columns"))
        assert found.columns == expected.columns
        assert found.rows == expected.rows, given_


def test_sources_of_rows_are_the_same(graph: Graph, stored: Stored) -> None:
    """What rows rest on is asked of columns as well."""
    for name, parameters in (("project-dates", {"project": "cybersouth-plus"}), ("treaty-status", {"country": "MA"})):
        one, other = (
            ask(graph.workspace, name, parameters, engine=Local(stored, engine), with_sources=True)
            for engine in ("store", "columns")
        )
        assert one.sources == other.sources


def agrees(case: suite.Case, folder: Folder) -> bool:
    """Whether a test of the suite has the rows that it expects."""
    there, here = "test:///", "http://suite.example/"  # a base that every reader of IRIs knows how to resolve
    store = ox.Store()
    lines = "".join(f"{quad} .\n" for quad in suite.store(case)).replace(there, here)
    store.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    text = f"BASE <{here}{case.query}>\n{suite.files()[case.query].decode()}"
    _, columns, blocks = answered(lake_of(store, folder), text)
    rows = [row for block in blocks for row in block]
    if case.result.endswith(".csv"):
        expected = suite.csv.DictReader(suite.io.StringIO(suite.files()[case.result].decode()))
        return suite._csv_rows(columns, rows) == Counter(map(suite._named, expected))
    found = suite._dataset(columns, rows)
    return sorted(line.replace(here, there) for line in found) == sorted(suite._expected(case.result))


def test_the_suite_of_w3c_agrees_but_for_the_known_ones(tmp_path: Folder) -> None:
    """Tests that deviate, or that are refused, are exactly those of the list; what is refused is named there."""
    if not suite.ARCHIVE.is_file():
        pytest.skip("the W3C suite (../shared/w3c) is not beside this checkout")
    found: dict[str, str] = {}
    for case in suite.cases():
        try:
            if not agrees(case, tmp_path):
                found[case.name] = "other rows"
        except Unsupported as error:
            found[case.name] = f"refused: {error}"
    known = yaml.safe_load(DEVIATIONS.read_text("utf-8"))
    assert {name: said.partition(";")[0] for name, said in known.items()} == found


def compared(text: str, little: tuple[ox.Store, Any]) -> str:
    """How the answers of both engines to a query compare: `same`, `refused` or `unlike`."""
    store, lake = little
    try:
        columns, expected = run(store, text, "query")
    except Refusal:
        return "refused"
    try:
        kind, names, blocks = answered(lake, text)
        rows = [row for block in blocks for row in block]
    except Unsupported:
        return "refused"
    assert set(names) == set(columns)
    places = [names.index(column) for column in columns]
    found = Counter(tuple(map(str, (row[place] for place in places))) for row in rows)
    wanted = Counter(tuple(map(str, row)) for row in expected)
    return "same" if (set(found) == set(wanted) if kind == "triples" else found == wanted) else "unlike"


def by_design(text: str) -> bool:
    """Whether the store itself deviates from the standard at what a query holds (w3c_sparql11_deviations.yaml).

    It has no path of length zero from a term that is in no triple, MINUS within GRAPH takes away too much, a GRAPH
    without a pattern has no rows, and a negated property set gives a pair as often as the plan has it. Where an
    OPTIONAL is not well designed (Pérez, Arenas, Gutierrez 2009), its rows follow from the plan.
    """
    query = parse(text)
    body = (query.where, query.values)
    for node in walk(body):
        still = any(isinstance(part, Path) and part.kind in ("*", "?") for part in walk(node))
        if still and isinstance(node, Triple) and {type(node.subject), type(node.object)} & {Iri, Literal}:
            return True
        if isinstance(node, Path) and node.kind == "!":
            return True
        if isinstance(node, Tree) and (
            any(isinstance(part, Minus) for part in walk(node)) or not isinstance((*node.group.elements, 0)[0], Triples)
        ):
            return True
        if isinstance(node, Group):
            before = set[str]()
            for element in node.elements:
                if isinstance(element, Optional):
                    around = {
                        part.name
                        for part in walk(body)
                        if isinstance(part, Variable) and not element.start <= part.start < element.end
                    }
                    if (variables(element) & around) - before:
                        return True
                before |= variables(element)
    return False


def test_queries_at_random_have_the_same_rows(little: tuple[ox.Store, Any], pytestconfig: pytest.Config) -> None:
    """A query at random has other rows in columns than in the store (`--random-queries` says how many are asked)."""
    seen = Counter[str]()

    @settings(max_examples=pytestconfig.getoption("--random-queries"), deadline=None, derandomize=True, database=None)
    @given(seed=some.integers(0, 1 << 32))
    def holds(seed: int) -> None:
        text = Maker(random.Random(seed)).query()
        try:
            if not by_design(text):
                seen[compared(text, little)] += 1
        except Malformed:  # an aggregate where the engine allows one and the grammar does not
            return
        assert not seen["unlike"], text

    holds()
    assert seen["same"] > 4 * seen["refused"]


CORNERS = [
    f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?x ?y ({each} AS ?r) {{ VALUES ?x {{ {values} }} VALUES ?y"
    f" {{ {values} }} }}"
    for each in ("?x = ?y", "?x < ?y", "?x >= ?y", "?x IN (?y, 1)")
    for values in (
        '"x"^^xsd:integer 1 01 "NaN"^^xsd:double "NaN" 1.0 "1d" "1d"^^xsd:double "INF"^^xsd:double',
        '"2020-02-30"^^xsd:date "2020-02-28"^^xsd:date "2020-02-28Z"^^xsd:date "2020-02"^^xsd:gYearMonth',
    )
]


@pytest.mark.parametrize("text", [*CORNERS, TIME, "SELECT (REPLACE('abz', 'b*', '-') AS ?x) {}"])
def test_values_that_are_none_of_their_kind_compare_as_in_the_store(text: str, little: tuple[ox.Store, Any]) -> None:
    """What says it is a number or a day and is none, and what is no number to itself."""
    assert compared(text, little) == "same"


ASKING = [
    "?a :p ?b . ?c :q ?d OPTIONAL { ?a :r ?t FILTER EXISTS { ?c :p ?t } }",
    "?a :p ?b . ?c :q ?d OPTIONAL { ?a :r ?t FILTER NOT EXISTS { ?c :r ?t } }",
    "?a :p ?b OPTIONAL { ?b :q ?c } OPTIONAL { ?a :r ?t FILTER EXISTS { ?c :p ?t } }",
    "?a :p ?b OPTIONAL { ?b :q ?c } OPTIONAL { ?a :r ?c FILTER EXISTS { ?b :p ?c } }",
    "GRAPH ?g { ?a :p ?b . ?c :q ?d OPTIONAL { ?a :r ?t FILTER EXISTS { ?c :p ?t } } }",
    "?a :p ?b BIND(STR(?b) AS ?x) OPTIONAL { ?a :r ?t FILTER(STR(?t) = ?x || EXISTS { ?b :p ?t }) }",
    "?a :p ?b FILTER EXISTS { ?a :q ?d OPTIONAL { ?d :r ?t FILTER EXISTS { ?b :p ?t } } }",
    "VALUES (?a ?z) { (:s1 1) (UNDEF 2) } OPTIONAL { ?c :r ?t FILTER EXISTS { ?a :p ?t } }",
]


COMPARING = [
    "?a :p ?b FILTER EXISTS { ?a :q ?v . ?b :q ?v }",
    "?a :p ?b FILTER NOT EXISTS { ?a :q ?v . ?b :q ?v . ?v :r ?w }",
    "?a :p ?b . ?c :q ?d FILTER(?a = ?d || EXISTS { ?a :r ?v . ?c :r ?v })",
    "?a :p ?b OPTIONAL { ?b :q ?c } FILTER(!BOUND(?c) || EXISTS { ?a :r ?v . ?c :p ?v })",
    "GRAPH ?g { ?a :p ?b FILTER EXISTS { ?a :q ?v . ?b :q ?v } }",
    "?a :p ?b BIND(EXISTS { ?a :q ?v . ?b :q ?v } AS ?x)",
    "?a :p ?b FILTER EXISTS { ?a :q ?v . ?b :q ?v FILTER EXISTS { ?a :r ?w . ?v :r ?w } }",
    "VALUES ?a { :s1 :s2 } ?b :q ?c FILTER EXISTS { ?a :p ?v . ?b :p ?v }",
    "?a :p ?b MINUS { ?a :q ?b FILTER EXISTS { ?a :r ?v . ?b :r ?v } }",
    "?a :p ?b OPTIONAL { ?b :q ?c FILTER EXISTS { ?a :r ?v . ?c :r ?v } }",
    "{ SELECT ?a ?b (COUNT(*) AS ?n) { ?a :p ?b } GROUP BY ?a ?b HAVING(EXISTS { ?a :q ?v . ?b :q ?v }) }",
    "?a :p ?b FILTER NOT EXISTS { ?a :q ?v . ?b :q ?w FILTER(?v != ?w) }",
    "?a :p ?b FILTER EXISTS { ?a :q ?v . ?b :r ?w . ?c :p ?w }",
]


REACHED = [
    "?a :p* ?b FILTER(?b IN (:s1, :s2, :none))",
    "?a :p* ?b FILTER(?b IN (:p, :q))",  # which stand in no triple but as what it says
    "?a :p+ ?b FILTER(?a = :s1)",
    "?a (:p|^:q)* ?b FILTER(?a IN (:s1, :s2) && ?b IN (:s2, :s3))",
    "?a :r/:p* ?b FILTER(?b = :s1)",
    "?a :p? ?a FILTER(?a IN (:s1, :s2))",
    "GRAPH ?g { ?a :p* ?b FILTER(?b IN (:s1, :s2)) }",
    "GRAPH ?g { ?a :p* ?b } FILTER(?b IN (:s1, :g1))",
    "?a :q ?c OPTIONAL { ?a :p* ?b FILTER(?b IN (:s1, ?c)) }",
    "?a :q ?c OPTIONAL { ?a :p+ ?b FILTER(?b IN (:s1, :s3)) }",
    "?a :q ?c FILTER EXISTS { ?a :p* ?b FILTER(?b = :s2) }",
    "?a :p* ?b FILTER(?b NOT IN (:s1))",
    "?a :p* ?b FILTER(?b IN ())",
    "?a :p+ :s1 . ?a :q ?b",
]


@pytest.mark.parametrize("group", [*ASKING, *COMPARING, *REACHED])
def test_a_condition_may_ask_for_a_group(group: str, little: tuple[ox.Store, Any]) -> None:
    """In an OPTIONAL, what is in no pair stays alone, once; two things may be asked for what they have in common.

    Values are missing, shared or computed, in a graph, in an OR, within another condition.
    """
    assert compared(f"PREFIX : <http://e/> SELECT * {{ {group} }}", little) == "same"


def test_what_two_things_have_in_common_is_worked_out_of_those_that_are_met(tmp_path: Folder) -> None:
    """Of 5,000 things that share a value, two pairs are asked for: no room for 25 million is needed."""
    said = [f"<http://e/{i}> <http://e/v> <http://e/same>; <http://e/w> <http://e/w{i % 5}> ." for i in range(5000)]
    said += [f"<http://e/{one}> <http://e/next> <http://e/{other}> ." for one, other in ((0, 4999), (4997, 2))]
    store = ox.Store()
    store.load("\n".join(said).encode(), ox.RdfFormat.TURTLE)
    lake = lake_of(store, tmp_path)
    lake.execute("SET memory_limit = '64MB'")
    asked = "EXISTS { ?a :v ?v ; :w ?w . ?b :v ?v ; :w ?w }"
    text = f"SELECT * {{ ?a :next ?b OPTIONAL {{ ?a :z ?z }} FILTER(?a = ?b || !BOUND(?z) && {asked}) }}"
    assert compared(f"PREFIX : <http://e/> {text}", (store, lake)) == "same"
    apart = "?a :next ?b FILTER NOT EXISTS { ?a :v ?v . ?b :v ?w FILTER(?v != ?w) }"
    assert compared(f"PREFIX : <http://e/> SELECT * {{ {apart} }}", (store, lake)) == "same"
    lake.execute("SET memory_limit = '2GB'")


TEXTS = [
    "",
    "a",
    "ab\n",
    "a\nb",
    "$",
    "(a)",
    "a-b",
    "ÉTÉ",
    "été 2024",
    "محضر",
    "x" * 30,
    "https://e.org/a",
    "[*]",
    "\\",
]
REGEXES = [
    "^[A-Z]{2}$", "b$", "(a|$)", "[$]$", r"\(a\)", "^a|b$", "[^a-z]", "[À-Þ]+$", "x{3,}$", "^x{2,9}$",
    "^https?://[^/ ]+(/|$)", r"[\[*]", "محضر", "^$", "(é|É)t?", r"\w+$", r"[\W\d]", "(?i)A", "a{0}", "(", "[z-a]",
    "a.b", r"\\", "[a&&b]", "()", "(a|b|)c", f"{'(' * 300}a{')' * 300}", "(x{99})?" * 40, "[^é]{99}[^a]{2,9}" * 15,
    "x" * 2000 + "|a",
]  # fmt: skip


@pytest.mark.parametrize("pattern", REGEXES)
def test_a_regular_expression_means_what_it_means_to_the_store(pattern: str, little: tuple[ox.Store, Any]) -> None:
    """Those that all engines read alike are asked in SQL, others elsewhere; of a wrong one nothing holds."""
    texts, words = " ".join(str(ox.Literal(text)) for text in TEXTS), ox.Literal(pattern)
    for asked in (f"REGEX(?x, {words})", f"REPLACE(?x, {words}, 'z')", f"REGEX(?x, {words}, 'i')"):
        assert compared(f"SELECT ?x ({asked} AS ?y) {{ VALUES ?x {{ {texts} }} }}", little) == "same"


def test_what_only_python_computes_is_computed_in_blocks(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition on every text of the graph makes no query for each."""
    pytest.importorskip("pyarrow", reason="the extra lake is not installed: pip install cybercoop[lake]")
    monkeypatch.setattr(functions, "_computed", lambda *_: pytest.fail("a text was asked for alone"))
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(REGEX(STR(?o), '^\\\\w+$')) }"
    _, ((count,),) = Columns(stored).rows(text, "query")
    _, ((expected,),) = Columns(stored).at_hand().rows(text, "query")
    assert count == expected != ox.Literal(0)


HARMS = [
    """SELECT ("'; DROP TABLE terms; --" AS ?x) ('"' AS ?y) { ?s ?p "'\\"; SELECT 1" }""",
    "SELECT * { <http://e/';--> ?p ?o }",
    "SELECT * { <http://e/s0%27)%20OR%201=1> ?p ?o }",
    "PREFIX a: <http://e/'> SELECT * { ?s a:b\\'c ?o }",
    "SELECT * { ?s ?p 'x'^^<http://e/\u0027;> }",
    "SELECT ?terms ?c0 { ?terms ?c0 ?id } ",
    "SELECT ?a ?A { VALUES (?a ?A) { (1 2) } }",
    "SELECT * { <file:///etc/passwd> ?p ?o }",
    "SELECT (STRDT('x', <http://e/'>) AS ?x) {}",
    "SELECT ?x { BIND(REPLACE('a', 'a', '$1;--') AS ?x) }",
    "SELECT ?x { VALUES ?x { 'a\u0000b' '$p0' '{0}' '%s' } FILTER(?x != '$p1') }",
    "SELECT (GROUP_CONCAT(?x; SEPARATOR = \"';--\") AS ?y) { VALUES ?x { 'a' } }",
]


@pytest.mark.parametrize("text", HARMS)
def test_what_means_harm_is_data(text: str, little: tuple[ox.Store, Any]) -> None:
    """Quotes and names of tables, columns, functions and files mean nothing: rows are those of the store."""
    assert compared(text, little) == "same"


@pytest.mark.parametrize("name", ["read_csv", "x:read_text", "x:cc_embedded", "http://www.w3.org/2001/XMLSchema#sqrt"])
def test_functions_of_the_engine_below_are_none_of_sparql(name: str, little: tuple[ox.Store, Any]) -> None:
    """A function is asked for by what it is called in SQL: it is refused."""
    with pytest.raises(Unsupported):
        answered(little[1], f"SELECT (<{name}>('/etc/passwd') + 1 AS ?x) {{ ?s ?p ?o }}")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "COPY terms TO 'terms.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "CREATE TABLE lake.more AS SELECT 1 AS x",
    ],
)
def test_nothing_but_the_snapshot_is_read(statement: str, stored: Stored) -> None:
    """Even SQL of one's own reads no file, writes none, and lifts no limit."""
    lake = snapshot.opened(snapshot.there(stored).file, 256 << 20, None)
    with pytest.raises(duckdb.Error):
        lake.execute(statement)


HOSTILE = sorted(
    path
    for kind in ("path", "string", "group-concat", "cross-product-in", "regex-n")
    for path in FILES.glob(f"{kind}*.rq")
)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_query_ends_within_its_limits(path: Folder, stored: Stored) -> None:
    """A query of `tests/hostile/` ends in columns as it does in the store, or at the limit of memory, or is refused.

    Columns may fill their memory before the time is over that the store needs; which comes first, the machine says.
    """
    text, end, rows = TEXT_OF(path, 9), "answer", 0
    expected = text.splitlines()[0].removeprefix("# expects: ").split()
    seconds = 0.5 if "query-limit-seconds" in expected else 60  # a machine may be busy
    try:
        with Local(stored, "columns").stream(text, Limits(10_000, 1 << 20, seconds, 256 << 20)) as found:
            rows = sum(map(len, found.blocks()))
    except Refusal as refusal:
        end = refusal.problem.code
    assert end in [*expected, "not-in-columns", "query-limit-memory"]
    assert rows <= 10_000


def test_a_question_is_held_to_its_limits(stored: Stored) -> None:
    """Time, memory and rows of an answer from columns have their ends, in words."""
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(STR(?c)) < STRLEN(STR(?f))) }"
    grown = "SELECT (GROUP_CONCAT(?b) AS ?n) { ?a ?p ?c . ?d ?q ?b }"
    for text, limits, code in (
        (endless, Limits(seconds=0.5), "query-limit-seconds"),
        (grown, Limits(memory=64 << 20, seconds=60), "query-limit-memory"),
        ("SELECT * { ?s ?p ?o }", Limits(rows=10), "query-limit-rows"),
    ):
        with pytest.raises(Refusal) as refused:
            Local(stored, "columns", limits).rows(text, "query")
        assert refused.value.problem.code == code


def test_a_snapshot_of_another_edition_is_not_used(graph: Graph, tmp_path: Folder) -> None:
    """Where there is none for the graph as it is, the store answers; who asks for columns is told what to do."""
    other = Stored(tmp_path)
    (tmp_path / "store").symlink_to(graph.workspace.stored.folder / "store")
    assert Local(other).choice("SELECT * { ?s ?p ?o }").reason == "no-lake"
    assert Local(other).rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "query")[1]
    with pytest.raises(Refusal) as refused:
        Local(other, "columns").rows("SELECT * { ?s ?p ?o }", "query")
    assert refused.value.problem.code == "lake-missing"


def test_the_longer_answer_comes_from_columns(graph: Graph, stored: Stored) -> None:
    """What is likely to read much is asked of columns, a look-up and what cannot be read of the store."""
    local = Local(stored)
    chosen = {
        "SELECT * { ?s ?p ?o }": "columns",
        graph.bound("where-stated", thing="ets-185"): "store",
        graph.bound("project-activities", project="cybersouth-plus"): "store",
        "SELECT * { nonsense": "store",
    }
    assert {text: local.choice(text).engine for text in chosen} == chosen
    assert local.choice("SELECT * { ?s ?p ?o }").reads >= LONG
    unknown = "SELECT (RAND() AS ?r) ?s { ?s ?p ?o } LIMIT 1"
    assert local.choice(unknown).engine == "columns"
    assert local.rows(unknown, "query")[1], "refused by columns, and answered by the store"


@given(
    some.one_of(
        some.builds(ox.Literal, some.text()),
        some.builds(lambda value: ox.Literal(value, language="en-gb"), some.text()),
        some.builds(lambda value: ox.Literal(value, datatype=ox.NamedNode("http://e/'t")), some.text()),
        some.sampled_from([ox.NamedNode("http://e/a'b"), ox.BlankNode("b1"), ox.Literal(True), ox.Literal(1.5)]),
    )
)
def test_a_term_comes_back_as_it_was(term: ox.Literal | ox.NamedNode | ox.BlankNode) -> None:
    """A coded term is another when it is decoded."""
    assert decoded(coded(term)) == term


def test_statements_come_whole_into_columns(tmp_path: Folder) -> None:
    """A text with quotes, ends of lines, backslashes, what looks like a graph, or control characters is another."""
    store, thing = ox.Store(), ox.NamedNode("http://e/a")
    texts = [
        '"',
        "\\",
        "a\nb\r\tc",
        '" <http://e/g> .',
        "<http://e/x>",
        "\x00\x01\x7f",
        "é\u2028😀",
        "",
        " ",
        "_:b",
        "@en",
        "^^",
    ]
    for text in texts:
        for literal in (ox.Literal(text), ox.Literal(text, language="en"), ox.Literal(text, datatype=thing)):
            store.add(ox.Quad(thing, thing, literal, ox.NamedNode("http://e/g")))
            store.add(ox.Quad(ox.BlankNode("b"), thing, literal))
    _, _, blocks = answered(lake_of(store, tmp_path), "SELECT ?s ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")
    found = sorted(str(row) for block in blocks for row in block)
    assert found == sorted(str([quad.subject, quad.object]) for quad in store)


@pytest.mark.parametrize("subject", ["<http://e/a>", "_:b"])
def test_columns_have_what_the_store_has_whatever_the_form_in_which_it_was_written(
    subject: str, tmp_path: Folder
) -> None:
    """Literals in forms of their own, escapes, and one triple of two graphs; also where a blank node is the subject."""
    forms = [
        '"01"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        '"2024-05-21T10:00:00+00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        '"x"^^<http://www.w3.org/2001/XMLSchema#string>',
        '"x"',
        '"none"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"a b <c> \\"d\\" \\u00e9 ."',
        '"colour"@en-GB',
        "<http://e/a%20b>",
    ]
    lines = [f"{subject} <http://e/p> {form} <http://e/{graph}> .\n" for form in forms for graph in "gh"]
    made = Stored(tmp_path)
    made.written.write_text("".join(sorted(lines)), "utf-8")
    store = ox.Store(str(made.folder / "store"))
    store.bulk_load(path=str(made.written), format=ox.RdfFormat.N_QUADS, lenient=True)
    store.extend(union(store))
    del store
    lake = opened(snapshot.build(made).file, 1 << 30, None)
    for pattern in ("GRAPH ?g { ?s ?p ?o }", "?s ?p ?o"):
        query = f"SELECT ?g ?p ?o {{ {pattern} }}"
        rows = (row for block in answered(lake, query)[2] for row in block)
        assert sorted(map(str, rows)) == sorted(str(list(row)) for row in made.open().query(query))  # type: ignore[union-attr]


@pytest.mark.parametrize(("lang", "said"), [("en", "as asked"), ("fr", "comme demandé"), ("ar", "كما طُلب")])
def test_the_line_says_which_engine_is_asked(lang: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--explain-engine` says it on standard error, in the language of the line; the answer stays as it is."""
    line = ["query", "project-countries", "--project", "cybersouth-plus", "--engine", "store", "--lang", lang]
    cli.run(line)
    plain = capsys.readouterr().out
    cli.run([*line, "--explain-engine"])
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == plain
