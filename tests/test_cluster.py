"""A cluster gives what the store gives: master, two workers and Connect server, which are started and killed here."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pyoxigraph as ox
import pytest

from bench import cluster as processes
from bench.hostile import ROOT, written_out
from bench.serving import free_port
from cybercoop.ask.ask import ask
from cybercoop.engines.embedded import Embedded, run
from cybercoop.engines.store import Stored, union
from cybercoop.graph import Graph
from cybercoop.interfaces import cli
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.terms.names import DERIVED, QUERY_PREFIXES, XSD
from cybercoop.workspace.constraints import every, met
from cybercoop.workspace.derive import by_property, derive, follow
from cybercoop.workspace.verdicts import TOLD, verdicts
from tests.test_constraint_queries import TIME, on_fixtures
from tests.test_iati import ACTIVITY
from tests.test_queries import CASES, read

pytest.importorskip("pyspark", reason="the extra spark is not installed: pip install cybercoop[spark]")
pytest.importorskip("sqlglot", reason="the extra spark is not installed: pip install cybercoop[spark]")
if processes.home() is None:
    pytest.skip(f"Apache Spark is not here: {processes.INSTALL}", allow_module_level=True)

from cybercoop.contribute.iati.bulk import Claims
from cybercoop.contribute.iati.known import Known
from cybercoop.engines.columns.cluster import Cluster, closure
from cybercoop.engines.columns.coding import Unsupported, kept
from cybercoop.engines.columns.functions import embedded, embedded_rows
from cybercoop.engines.columns.spark import Spark
from cybercoop.engines.columns.spark_sql import spark_sql
from cybercoop.engines.columns.translation import translated
from cybercoop.workspace.lake import build

LONG = DEFAULT._replace(seconds=600)
"""What a question may take where the machine is busy: nothing here is timed."""


SMALL = {
    "spark.locality.wait": "0",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": 1,
    "spark.task.maxFailures": 2,
}
"""Settings with which a small graph is read in less time: what pays where there is much is left out."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.Cluster]:
    """A cluster without a lake."""
    with processes.Cluster(tmp_path_factory.mktemp("shared") / "lake", settings=SMALL) as found:
        yield found


@pytest.fixture(scope="module")
def there(running: processes.Cluster, graph: Graph) -> Cluster:
    """The engine of the cluster, with a lake of the shipped graph."""
    with pytest.raises(Refusal) as refused:
        Cluster(running.url, lambda: graph.workspace.stored).rows("SELECT * { ?s ?p ?o }", "query")
    assert refused.value.problem.code == "lake-missing-there"
    build(graph.workspace, running.url)
    return Cluster(running.url, lambda: graph.workspace.stored)


def test_every_question_has_the_same_rows_in_the_same_order(graph: Graph, there: Cluster) -> None:
    """A case of every question: rows and their order are those of the store.

    Three sessions ask side by side: one sends small tables to all workers, the others join all tables by parts.
    """
    others = [Cluster(there.url, lambda: graph.workspace.stored) for _ in range(2)]
    there._server.lake()
    there._server.spark.session.conf.set("spark.sql.autoBroadcastJoinThreshold", "10MB")

    def differs(name: str, engine: Cluster) -> bool:
        for case in [{"params": {}}, *read(CASES[name])]:
            given = {key: str(value) for key, value in case["params"].items()}
            try:
                expected = ask(graph.workspace, name, given, limits=LONG)
            except Refusal:  # a parameter is needed
                continue
            found = ask(graph.workspace, name, given, engine=engine, limits=LONG)
            return (found.columns, found.rows) != (expected.columns, expected.rows)
        raise AssertionError(f"{name} has no case that is answered")

    def unlike(names: list[str], engine: Cluster) -> list[str]:
        return [name for name in names if differs(name, engine)]

    with ThreadPoolExecutor(3) as pool:
        parts = [pool.submit(unlike, [*CASES][start::3], engine) for start, engine in enumerate((there, *others))]
    assert not [name for part in parts for name in part.result()]


def test_what_processes_lay_down_lies_where_it_is_removed(running: processes.Cluster, there: Cluster) -> None:
    """Scratch folders of workers and executors, and libraries that Java unpacks, go with the folder of the cluster."""
    assert [*(running.folder / "local").glob("spark-*")]
    assert [*running.folder.glob("*.so")]


EXPRESSIONS = """
  STR(?x) LANG(?x) DATATYPE(?x) STRLEN(?x) UCASE(?x) LCASE(?x) CONCAT(?x,"\\u00e9") SUBSTR(?x,2) SUBSTR(?x,2,2)
  CONTAINS(?x,"a") STRSTARTS(?x,"a") STRENDS(?x,"z") REGEX(?x,"^[a-z]+$") REGEX(STR(?x),"^[a-z]+$")
  REGEX(STR(?x),"A","i")  REPLACE(STR(?x),"[ab]","_") REPLACE(STR(?x),"b*","-") REPLACE(STR(?x),"(a)","$1$1")
  ?x=?y ?x!=?y ?x<?y ?x<=?y ?x+?y
  ?x/?y ?x*?y ?x-?y -?x !?x (?x&&?y) (?x||?y) (?x&&false) (?x||true) IF(?x,1,2) COALESCE(?x,?z,"none") BOUND(?z)
  sameTerm(?x,?y) (?x)IN(?y,1) isIRI(?x) isLITERAL(?x) isBLANK(?x) isNUMERIC(?x) YEAR(?x) MONTH(?x) DAY(?x)
  ROUND(?x) CEIL(?x) ABS(?x) xsd:integer(?x) xsd:decimal(?x) xsd:double(?x) xsd:date(?x) xsd:string(?x) MD5(?x)
  LANGMATCHES(LANG(?x),"en") ENCODE_FOR_URI(STR(?x)) STRBEFORE(?x,"b") STRAFTER(?x,"b") STRDT("1",xsd:integer)
"""
VALUES = """
  "ab" "ab"@en "AB"@en-GB "" "abz\\n" "\\u00e9\\U0001F600" "1d" " 1 " 1 01 1.50 0.0 1e0 "INF"^^xsd:double
  "NaN"^^xsd:double "1"^^xsd:float true false "x"^^xsd:integer "2020-01-01"^^xsd:date "2020-01-01Z"^^xsd:date
  "2020-01-01T00:00:00Z"^^xsd:dateTime "2020-01"^^xsd:gYearMonth "a"^^<http://e/t> <http://e/a> UNDEF
"""


def test_every_function_gives_the_same_on_every_kind_of_value(graph: Graph, there: Cluster) -> None:
    """Pairs of values of every kind, expression by expression: texts, languages, datatypes, dates, decimals, errors."""
    given = (
        f'VALUES ?x {{ {VALUES} }} VALUES ?y {{ 1 2.5 "ab" "ab"@en "2020-01-01"^^xsd:date "2020-01"^^xsd:gYearMonth }}'
    )
    wanted = " ".join(f"({each} AS ?v{place})" for place, each in enumerate(EXPRESSIONS.split()))
    text = f"PREFIX xsd: <{XSD}> SELECT ?x ?y {wanted} {{ {given} }}"
    columns, expected = run(graph.workspace.stored.open(), text, "query")
    names, rows = there.within(LONG).rows(text, "query")
    assert names == columns
    unlike = {
        (columns[place], str(row[0]), str(row[1]), str(other[place]), str(row[place]))
        for row, other in zip(sorted(expected, key=str), sorted(rows, key=str), strict=True)
        for place in range(len(columns))
        if row[place] != other[place]
    }
    assert not unlike


def test_rows_computed_together_are_those_computed_alone() -> None:
    """Values of every kind, blank nodes and what is missing among them, errors, a base, an expression without any."""
    import pyarrow

    number, day = f'^{XSD}integer"', f'^{XSD}date"'
    values = ['"ab', '@en"a b', f"{number}5", f"{number}x", f"{day}2020-01-01", None, "<http://e/a", "_b1", '"a\n"\\']
    two, one = ("\n?a0 < ?a1", "\n?a0 = ?a1", "\nCOALESCE(?a0, ?a1)"), ("\nSTRLEN(?a0)", "BASE <http://e/>\nIRI(?a0)")
    asked = [(words, [a, b]) for words in two for a in values for b in values]
    asked += [(words, [a]) for words in one for a in values] + [("\n1 + 1", [])]
    words, given = (pyarrow.array(column) for column in zip(*asked, strict=True))
    found = embedded_rows(words, given.cast(pyarrow.list_(pyarrow.string()))).to_pylist()
    assert found == [embedded(*each) for each in asked]


ORDERS = [
    f"SELECT ?x {{ VALUES ?x {{ {VALUES} }} }} ORDER BY STR(?x) DATATYPE(?x) LANG(?x) LIMIT 9 OFFSET 1",
    f"SELECT DISTINCT ?x {{ VALUES ?x {{ {VALUES} }} }} ORDER BY DESC(DATATYPE(?x)) STR(?x) LIMIT 12",
    "SELECT ?c (COUNT(DISTINCT *) AS ?n) (SUM(?y) AS ?s) (AVG(?y) AS ?a) (MIN(?y) AS ?l) (MAX(?y) AS ?m)"
    ' (GROUP_CONCAT(DISTINCT ?y; SEPARATOR = "\';--") AS ?g) { VALUES (?c ?y) { (1 1) (1 2.5) (2 "x") (3 UNDEF) (3 7)'
    " (4 9223372036854775807) (4 9223372036854775807) } } GROUP BY ?c",
    "SELECT (9223372036854775807 + 1 AS ?x) (1 / 3 AS ?y) (2 * 4611686018427387904 AS ?z) {}",
    "SELECT ?c { ?c rdfs:subClassOf* <http://www.w3.org/2002/07/owl#Thing> } ORDER BY ?c",
    "SELECT ?a ?b { ?a skos:broader+ ?b } ORDER BY ?a ?b",
    "ASK { ?a coop:partOf ?b FILTER NOT EXISTS { ?b a ?c } }",
    "CONSTRUCT { ?b coop:hasPart ?a } { ?a coop:partOf ?b }",
    "SELECT ?a (EXISTS { ?a coop:theme ?t } AS ?e) { ?a coop:partOf ?b } ORDER BY ?a",
]
HARMS = [
    """SELECT ("'; DROP VIEW terms; --" AS ?x) ('"' AS ?y) { VALUES ?s { 1 } }""",
    "SELECT * { <http://e/';--> ?p ?o }",
    "SELECT ?terms ?c0 { VALUES (?terms ?c0) { (1 '${spark.cybercoop.lake}') } }",
    "SELECT ?x { VALUES ?x { 'a\\u0000b' ':p0' '{0}' '%s' '\\\\\\\\' } FILTER(?x != ':p1') }",
    "SELECT * { <file:///etc/passwd> ?p ?o }",
]


@pytest.mark.parametrize("text", [*ORDERS, TIME, *HARMS])
def test_a_query_of_ones_own_has_the_same_rows(text: str, graph: Graph, there: Cluster) -> None:
    """Order, grouping, paths, forms; quotes and what means something to SQL or to Spark means nothing."""
    columns, expected = run(graph.workspace.stored.open(), text, "query")
    with there.stream(text, LONG) as found:
        places = [found.columns.index(column) for column in columns]
        rows = [[row[place] for place in places] for block in found.blocks() for row in block]
    rows, expected = ([list(map(str, row)) for row in each] for each in (rows, expected))
    assert rows == expected if "ORDER" in text else sorted(rows) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SELECT (<http://e/read_files>('/etc/passwd') AS ?x) {}", {"not-on-cluster"}),
        ("SELECT (<java_method>('java.lang.Runtime') AS ?x) {}", {"not-on-cluster", "query-syntax"}),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", {"query-refused"}),
        ("SELECT (RAND() AS ?x) {}", {"not-on-cluster"}),
        (
            "SELECT (COUNT(*) AS ?n) { ?a !rdfs:label* ?b . ?c !rdfs:label* ?d }",
            {"not-on-cluster", "query-limit-seconds"},
        ),
        (
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }",
            {"query-limit-seconds"},
        ),
        ("SELECT * { ?a ?b ?c }", {"query-limit-rows"}),
    ],
)
def test_what_would_harm_is_refused_or_ends_within_its_limits(text: str, codes: set[str], there: Cluster) -> None:
    """Functions of Spark by name, other servers, what has no end: each ends in words."""
    limits = LONG._replace(rows=1000, seconds=1 if "query-limit-seconds" in codes else LONG.seconds)
    with pytest.raises(Refusal) as refused, there.stream(text, limits) as found:
        list(found.blocks())
    assert refused.value.problem.code in codes


HOSTILE = """
  from-a-file functions-deep group-concat-of-everything path-star-from-everywhere regex-nested-quantifiers
  string-doubled
"""


def test_hostile_queries_end_within_their_limits(there: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries of `tests/hostile/` end as they do in the store, or are refused; the lake then answers as ever."""
    monkeypatch.setattr("cybercoop.engines.columns.spark._GRACE_SECONDS", 3)
    for name in HOSTILE.split():
        text, end = written_out(ROOT / "tests" / "hostile" / f"{name}.rq", 1), "answer"
        try:
            with there.stream(text, Limits(10_000, 1 << 20, 2, 128 << 20)) as found:
                for _ in found.blocks():
                    pass
        except Refusal as refusal:
            end = refusal.problem.code
        expected = {*text.splitlines()[0].removeprefix("# expects: ").split(), "not-on-cluster", "query-limit-rows"}
        assert end in expected, name
    assert there.within(LONG).rows("ASK { ?a coop:partOf ?b }", "query")[1] == [[ox.Literal(True)]]


@pytest.mark.parametrize("name", ["string-as-iri", "string-doubled", "string-doubled-and-measured"])
def test_a_value_that_grows_without_end_is_refused_here(name: str) -> None:
    """What each value is made of would be written out there, which nothing stops: it takes a processor for ever."""
    made = translated(parse(written_out(ROOT / "tests" / "hostile" / f"{name}.rq", 1), QUERY_PREFIXES), lambda _: {})
    with pytest.raises(Unsupported, match="parts"):
        spark_sql(made.sql, made.parameters, unlike=False)


def test_a_session_that_is_closed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is let go by the close of a session that does not answer finds another, however long the close takes."""
    spark, closed = Spark("sc://127.0.0.1:1"), threading.Event()

    def close() -> None:
        closed.set()
        time.sleep(0.2)

    session = SimpleNamespace(client=SimpleNamespace(_channel=SimpleNamespace(close=close)), interruptAll=lambda: None)
    spark.__dict__["session"] = session
    monkeypatch.setattr("cybercoop.engines.columns.spark._GRACE_SECONDS", 0.1)
    with pytest.raises(Refusal) as refused, spark.held(DEFAULT._replace(seconds=1)):
        assert closed.wait(60)
        assert "session" not in spark.__dict__
        raise RuntimeError
    assert refused.value.problem.code == "query-limit-seconds"


@pytest.mark.parametrize(
    "text", [ORDERS[2], "SELECT (xsd:decimal(1.5) + ?x AS ?y) { VALUES ?x { 1 2.5 } } ORDER BY ?x"]
)
def test_a_second_cluster_is_asked_when_the_first_is_gone(
    text: str, graph: Graph, there: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the workers compute in Python asks nothing of the session that the client holds to be the active one."""
    from pyspark.sql.connect.session import SparkSession

    monkeypatch.setattr(SparkSession, "active", None)
    second = Cluster(there.url, lambda: graph.workspace.stored)
    test_a_query_of_ones_own_has_the_same_rows(text, graph, second)
    assert second._server.spark._taught


LOST = "Lost task 0.3 in stage 9.0 (TID 12) (10.0.0.2 executor 3): ExecutorLostFailure (executor 3 exited)"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            f"Job aborted: Task 0 failed 4 times, most recent failure: {LOST} Reason: Command exited with code 52\n",
            "Job aborted: Task 0 failed 4 times: Command exited with code 52",
        ),
        ('<_Rendezvous of RPC:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "Socket closed"\n>', "Socket closed"),
        ("Job 3 cancelled because SparkContext was shut down", "Job 3 cancelled because SparkContext was shut down"),
    ],
)
def test_why_a_cluster_broke_off_is_told(said: str, reason: str) -> None:
    """Workers that were lost with the same task again and again, and a server that is gone, are told apart."""
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException

    spark = Spark("sc://127.0.0.1:1")
    spark.__dict__["session"] = None
    with pytest.raises(Refusal) as refused, spark.held(LONG):
        raise SparkConnectGrpcException(said)
    problem = refused.value.problem
    assert (problem.code, reason in problem.message["en"]) == ("cluster-broke-off", True)


def test_what_a_lake_of_another_edition_says_is_told(
    running: processes.Cluster,
    there: Cluster,
    graph: Graph,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Names come from the lake where the graph here is another; the command says so, in the language of the line."""
    other = tmp_path / "0000-other"
    other.mkdir()
    (other / "store").symlink_to(graph.workspace.stored.folder / "store")
    apart = Cluster(running.url, lambda: Stored(other))
    apart._server = there._server
    assert apart.here is None
    line = ["query", "project-dates", "--project", "cybersouth-plus", "--format", "csv"]
    for lang, words in (("fr", "autre état"), ("ar", "")):
        monkeypatch.setattr(Cluster, "is_same", property(lambda _, words=words: not words))
        cli.run([*line, "--lang", lang, "--endpoint", running.url])
        assert words in (told := capsys.readouterr().err)
        assert bool(words) == bool(told)
    monkeypatch.undo()
    found = ask(graph.workspace, "project-dates", {"project": "cybersouth-plus"}, engine=apart)
    expected = ask(graph.workspace, "project-dates", {"project": "cybersouth-plus"})
    assert (found.columns, found.rows) == (expected.columns, expected.rows)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("sc://127.0.0.1:PORT", "endpoint-unreachable"),
        ("sc://a:b@c", "cluster-address"),
        ("sc://", "cluster-address"),
        ("sc://c:x", "cluster-address"),
    ],
)
def test_a_cluster_that_is_away_is_told(address: str, code: str) -> None:
    """Nobody listens, or the address is none."""
    line = ["--year", "2020", "--endpoint", address.replace("PORT", str(free_port()))]
    with pytest.raises(Refusal) as refused:
        cli.run(["query", "projects-in-year", *line])
    assert refused.value.problem.code == code


def test_a_server_of_another_kind_is_told(graph: Graph) -> None:
    """A server that does not speak Spark Connect: a refusal, and no waiting."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(Refusal) as refused:
            Cluster(f"sc://127.0.0.1:{other.server_port}", lambda: graph.workspace.stored).rows("ASK {}", "query")
        other.shutdown()
    assert refused.value.problem.code == "endpoint-unreachable"


def test_a_program_with_several_sessions_ends(there: Cluster) -> None:
    """Sessions end with the program; what closes them later would wait for a thread that is gone."""
    code = "from cybercoop.engines.columns.cluster import Cluster\n"
    code += f"held = [Cluster({there.url!r}, lambda: None) for _ in range(3)]\n"
    code += "print([each._server.results('ASK { ?a coop:partOf ?b }')[0][0].value for each in held])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("['true', 'true', 'true']\n", "")


def test_the_script_tells_of_what_it_has_started(tmp_path: Path) -> None:
    """Neither the words of a cluster before it, nor a process that has got its number, nor a port that is taken."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    for name, text in {
        "scripts/cluster": (ROOT / "scripts" / "cluster").read_text("utf-8"),
        "scripts/setup": "#!/usr/bin/env bash\n",
        ".venv/bin/python": "#!/usr/bin/env bash\nsleep 0.4\necho 'sc://new (so)'\nsleep 60",
        ".venv/lib/python3.11/site-packages/pyspark/a": "",
        "build/spark/pyspark/a": "",
        "build/cluster.log": "sc://old (so)\n",
        "build/cluster.pid": f"{other.pid}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)

    def said(word: str) -> tuple[int, str]:
        line = ["bash", str(tmp_path / "scripts" / "cluster"), word]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, (done.stderr + done.stdout).strip().splitlines()[-1]

    assert said("stop") == (2, "None is running that scripts/cluster started.")
    assert other.poll() is None
    other.communicate(b"\n", timeout=60)
    assert said("start") == (0, "It answers at sc://new; scripts/cluster stop ends it.")
    assert said("start") == (2, "It is running: scripts/cluster stop ends it.")
    assert said("stop") == (0, "It has ended.")
    with socket.create_server(("127.0.0.1", 0)) as held:
        line = [sys.executable, "-m", "bench.cluster", str(tmp_path / "lake"), "--port", str(held.getsockname()[1])]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, "is taken" in done.stderr) == (1, "", True)


def test_a_worker_is_killed_in_the_middle_of_a_question(
    running: processes.Cluster, there: Cluster, graph: Graph
) -> None:
    """The answer is complete and right."""
    pairs = "?a coop:funder ?c . ?d skos:prefLabel ?f FILTER(STRLEN(STR(?c)) < STRLEN(STR(?f)))"
    text = f"SELECT (COUNT(*) AS ?n) {{ {pairs} }}"
    expected = run(graph.workspace.stored.open(), text, "query")[1]
    assert _killed(running, lambda: there.within(LONG).rows(text, "query")[1], 0) == expected


def test_a_worker_is_killed_in_the_middle_of_a_build(
    running: processes.Cluster, there: Cluster, graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of N-Quads and of IATI, and all that follows: the edition is whole; who began before reads what was then.

    What the workers and the rules derive there, and what constraints find, is what is derived and found here of the
    same statements: the graph, every fifth thing of the invalid fixtures and an activity of IATI.
    """
    workspace = graph.workspace
    stated, claims = workspace.stated(), Claims(Known(workspace))
    known, fixtures = {quad.triple for quad in stated}, ox.NamedNode("https://w3id.org/cybercoop/id/source/fixtures")
    beside = [each for each in on_fixtures(monkeypatch) if each not in known]
    some = {*sorted({str(each.subject) for each in beside})[::5]}
    stated += [ox.Quad(*each, fixtures) for each in beside if str(each.subject) in some]
    (tmp_path / "old.nq").write_text(f"<x:s> <x:p> <x:o> <{DERIVED}> .\n# a remark\n\n", "utf-8")
    with gzip.open(tmp_path / "stated.nq.gz", "wt", encoding="utf-8") as out:
        out.writelines(f"{quad} .\n" for quad in stated)
    (tmp_path / "activities.xml").write_text(f"<iati-activities>{ACTIVITY}</iati-activities>", "utf-8")
    (tmp_path / "none.xml").write_text("<p/>", "utf-8")
    files = [str(tmp_path / name) for name in ("*.nq", "stated.nq.gz", "*.xml")]
    before = there._server.lake()
    made, left = _killed(running, lambda: build(workspace, running.url, files, claims), 1)
    claimed = list(claims((tmp_path / "activities.xml").read_bytes(), "activities.xml"))
    stated += [each for each in claimed if isinstance(each, ox.Quad)]
    assert {(why, times) for why, _, _, times in left} == {("iati-no-activity", 1)} | {
        (each[0], each[3]) for each in claimed if not isinstance(each, ox.Quad)
    }
    follows = derive(stated)
    found = follow([*stated, *follows], workspace.rules(), workspace.policy)
    expected = [*stated, *follows, *found, *verdicts(by_property([*stated, *follows], TOLD), found)]
    after = Cluster(running.url, lambda: workspace.stored)
    assert after._server.lake() == made
    rows = after.within(LONG).rows("SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }", "query")[1]
    assert {tuple(map(kept, row)) for row in rows} == {tuple(map(kept, quad)) for quad in expected}  # type: ignore[arg-type]
    assert len(rows) == len({tuple(map(kept, quad)) for quad in expected})
    store = ox.Store()
    store.bulk_extend(expected)
    store.bulk_extend(union(expected))
    asked = every(workspace.shapes)[2::30]
    problems = met(Embedded(store), asked)
    assert met(after.within(LONG), asked, together=10) == problems
    assert len(problems) > 10
    assert not after.is_same
    assert there._server.lake() == before
    assert there.rows("ASK { GRAPH ?g { ?s dct:identifier 'XM-EXAMPLE-1' } }", "query")[1] == [[ox.Literal(False)]]


def test_a_line_that_is_none_ends_a_build(
    running: processes.Cluster, there: Cluster, graph: Graph, tmp_path: Path
) -> None:
    """A refusal that shows the line; the edition before is asked as ever."""
    before = Cluster(running.url, lambda: graph.workspace.stored)._server.lake()
    (tmp_path / "bad.nq").write_text("<x:s> <x:p> <x:o> <x:g> .\n<x:s> <x:p> 'o .\n", "utf-8")
    with pytest.raises(Refusal) as refused:
        build(graph.workspace, running.url, [str(tmp_path / "*.nq")])
    assert (refused.value.problem.code, refused.value.problem.where.file) == ("rdf-syntax", "<x:s> <x:p> 'o .")
    with pytest.raises(Refusal) as refused:
        build(graph.workspace, running.url, [str(tmp_path / "none.nq")])
    assert (refused.value.problem.code, str(tmp_path) in str(refused.value.problem.value)) == ("file-missing", True)
    assert Cluster(running.url, lambda: graph.workspace.stored)._server.lake() == before


def _killed(running: processes.Cluster, work: Callable[[], object], others: int) -> object:
    """What some work gives while a worker is killed in the middle of a task of it, so many others of which were begun.

    Where no worker could be met at a task, the work is done again.
    """
    for _ in range(9):
        found: list[object] = []
        thread = threading.Thread(target=lambda found=found: found.append(work()))
        thread.start()
        is_killed = running.kill_at_work(thread, others)
        thread.join(LONG.seconds)
        assert found, "it did not end"
        if is_killed:
            running.add_worker()
            return found[0]
    raise AssertionError("it was over each time before a worker was killed")


def test_a_closure_has_each_pair_once() -> None:
    """Steps with a circle, in two graphs; from an end that is known, either way."""
    steps = [(1, 2, 9), (2, 3, 9), (3, 1, 9), (1, 4, 8)]
    assert sorted(closure(steps, (1,))) == [(1, 1, 9), (1, 2, 9), (1, 3, 9), (1, 4, 8)]
    assert sorted(closure(steps, (4, 2), backward=True)) == [(1, 2, 9), (1, 4, 8), (2, 2, 9), (3, 2, 9)]
    assert len(closure(steps, None)) == 10
