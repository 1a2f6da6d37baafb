"""The same answers from every engine: on disk, in memory, from Oxigraph and from Virtuoso, both run here for real."""

from __future__ import annotations

import ast
import multiprocessing
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import cybercoop
from bench.serving import OXIGRAPH, Running, free_port, virtuoso
from cybercoop.ask.citations import cite
from cybercoop.ask.explanation import FORMATS
from cybercoop.ask.trace import trace
from cybercoop.engines.embedded import Embedded
from cybercoop.engines.remote import Endpoint, protocol
from cybercoop.engines.remote.http import PASSWORD, USER
from cybercoop.engines.remote.publish import GraphStore, Published, Target, Update, publish
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.question import as_typed
from cybercoop.terms.names import short

ROOT = Path(__file__).parent.parent
CASES = {path.stem: path for path in sorted((ROOT / "tests" / "queries").glob("*.yaml"))}
SERVERS = ("oxigraph", "virtuoso")
FORK = multiprocessing.get_context("fork") if sys.platform != "win32" else multiprocessing.get_context()


@dataclass(frozen=True)
class Server:
    """A server of this test, by its addresses."""

    query: str
    update: str
    graph_store: str


@contextmanager
def oxigraph_in(folder: Path) -> Iterator[Server]:
    """Run `oxigraph serve`."""
    if not OXIGRAPH.is_file():
        pytest.skip("the package oxigraph is not installed (pip install -r requirements.txt)")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with Running([OXIGRAPH, "serve", "--location", "store", "--bind", f"127.0.0.1:{port}"], port, folder):
        yield Server(f"{base}/query", f"{base}/update", f"{base}/store")


@contextmanager
def virtuoso_in(folder: Path, rows: int = 100_000, seconds: int = 0) -> Iterator[Server]:
    """Run Virtuoso with a limit of rows, and one of seconds."""
    sql, http = free_port(), free_port()
    command = virtuoso(folder, sql, http, buffers=10_000, rows=rows, seconds=seconds)
    if command is None:
        pytest.skip("Virtuoso is not installed (apt-get install virtuoso-opensource-7-bin)")
    base = f"http://127.0.0.1:{http}"
    with Running(command, http, folder):
        yield Server(f"{base}/sparql", f"{base}/sparql-auth", f"{base}/sparql-graph-crud-auth")


START = {"oxigraph": oxigraph_in, "virtuoso": virtuoso_in}


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "dba")
    monkeypatch.setenv(PASSWORD, "dba")


At = Callable[[str], tuple[Graph, Published]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[At]:
    """The whole graph, published once on each server that is asked for, and the way of asking it there."""
    done: dict[str, tuple[Graph, Published]] = {}
    with ExitStack() as stack:

        def at(name: str) -> tuple[Graph, Published]:
            if name not in done:
                server = stack.enter_context(START[name](tmp_path_factory.mktemp(name)))
                with pytest.MonkeyPatch.context() as patch:
                    patch.setenv(USER, "dba")
                    patch.setenv(PASSWORD, "dba")
                    way = {"update": server.update} if name == "oxigraph" else {"graph_store": server.graph_store}
                    found = graph.publish(server.query, **way)
                done[name] = (cybercoop.open(ROOT, endpoint=server.query), found)
            return done[name]

        yield at


@pytest.fixture(scope="module")
def engine(published: At) -> Callable[[str], Graph]:
    memory: list[Graph] = []

    def named(name: str) -> Graph:
        if name in SERVERS:
            return published(name)[0]
        if not memory:
            memory.append(cybercoop.open(ROOT, in_memory=True))
        return memory[0]

    return named


Expected = Callable[[str, str], tuple[str, list[list[str]], list[tuple[str, str]]]]


@pytest.fixture(scope="module")
def expected(graph: Graph) -> Expected:
    """What the store on disk answers: terms, names and notices."""

    @cache
    def found(question: str, given: str) -> tuple[str, list[list[str]], list[tuple[str, str]]]:
        answer = graph.query(question, **(ast.literal_eval(given) or {}))
        return str(answer.rows), [[answer.shown(term) for term in row] for row in answer.rows], answer.notices()

    return found


def cells(row: list[Any]) -> list[str]:
    return [
        "null" if term is None else short(term.value) if isinstance(term, ox.NamedNode) else term.value for term in row
    ]


@cache
def cases_of(question: str) -> list[dict[str, Any]]:
    """The cases of a question: parameters and rows."""
    found: list[dict[str, Any]] = as_typed(CASES[question].read_text("utf-8"))
    return found


@pytest.mark.parametrize("question", CASES)
@pytest.mark.parametrize("name", ["memory", *SERVERS])
def test_every_engine_gives_the_rows_that_were_read(
    name: str, question: str, engine: Callable[[str], Graph], expected: Expected
) -> None:
    """A question has the same rows, names and notices in memory and on a server as from the store on disk."""
    asked = engine(name)
    for case in cases_of(question):
        answer = asked.query(question, **(case["params"] or {}))
        assert [cells(row) for row in answer.rows] == case["rows"], case["params"]
        terms, shown, notices = expected(question, str(case["params"]))
        assert str(answer.rows) == terms, "terms differ in datatype or language"
        assert [[answer.shown(term) for term in row] for row in answer.rows] == shown
        assert answer.notices() == notices


@cache
def shortest(question: str) -> dict[str, Any]:
    """The parameters of the case of a question that has the fewest rows, but some."""
    cases = cases_of(question)
    found: dict[str, Any] = min((case for case in cases if case["rows"]), key=lambda case: len(case["rows"]))["params"]
    return found or {}


@pytest.fixture(scope="module")
def cited(graph: Graph) -> Callable[[str], Any]:
    """What the store on disk says that the rows of a question rest on."""
    return cache(lambda question: graph.query(question, with_sources=True, **shortest(question)).sources)


@pytest.mark.parametrize("question", CASES)
@pytest.mark.parametrize("name", SERVERS)
def test_every_server_cites_the_same(name: str, question: str, published: At, cited: Callable[[str], Any]) -> None:
    """With sources, a question has the same sources and places in every row from a server as from the store on disk."""
    answer = published(name)[0].query(question, with_sources=True, **shortest(question))
    assert answer.sources
    assert answer.sources == cited(question)


ATTENDED = "coop:attendedBy|coop:host|coop:participation/coop:participant"
GIVEN = "coop:organiser|coop:supporter|coop:partOf/coop:funder|coop:partOf/coop:contribution/coop:contributor"
LONG = f"""
PREFIX coop: <https://w3id.org/cybercoop/ns#>
SELECT DISTINCT ?country ?institution ?donor ?activity
WHERE {{
  ?institution a coop:Organisation ; coop:inCountry ?country .
  ?activity {ATTENDED} ?institution ; {GIVEN} ?donor .
  ?another {ATTENDED} ?institution ; {GIVEN} ?second .
  FILTER NOT EXISTS {{ ?donor coop:inCountry ?home }}
  FILTER NOT EXISTS {{ ?second coop:inCountry ?other }}
}}"""


def test_what_virtuoso_refuses_for_its_length_is_asked_in_parts(published: At, graph: Graph) -> None:
    """The sources of a question of which Virtuoso makes more than ten thousand lines of SQL come all the same."""
    server, store = published("virtuoso")[0].engine, Embedded(graph.workspace.stored.open())
    columns, rows = store.rows(LONG, "test")
    with pytest.raises(Refusal, match="10000 lines"):
        server.rows(trace(LONG).text, "test")
    found = cite(LONG, columns, rows, lambda text: server.rows(text, "test"))
    assert found == cite(LONG, columns, rows, lambda text: store.rows(text, "test"))
    assert all(found)


@pytest.mark.parametrize("name", SERVERS)
def test_published_is_what_the_graph_holds(name: str, published: At, graph: Graph) -> None:
    """What is said to be published has the graphs, the statements and the digest of this graph, whatever the server."""
    quads = set(map(str, graph.workspace.stored.quads()))
    done = published(name)[1]
    assert done.statements == len(quads)
    assert done.graphs == len({quad.rpartition(" <")[2] for quad in quads})
    assert done.digest == published("oxigraph")[1].digest
    assert done.merged == (4 if name == "virtuoso" else 0), "Virtuoso holds 2024 and 2024-01-01 to be one date"


def test_default_graph_has_each_triple_once(published: At, graph: Graph) -> None:
    """A reader who knows nothing of cybercoop meets the union without repetition in the default graph of Oxigraph."""
    asked = published("oxigraph")[0]
    text = "SELECT (COUNT(*) AS ?all) { ?s ?p ?o }"
    assert asked.sparql(text).rows == graph.sparql(text).rows


def test_free_query_goes_to_the_server(published: At) -> None:
    """A query of one's own knows the prefixes there too; ASK and CONSTRUCT come as they do from the store."""
    for name in SERVERS:
        asked = published(name)[0]
        assert [cells(row) for row in asked.sparql("ASK { country:MA a coop:Country }").rows] == [["true"]]
        assert [cells(row) for row in asked.sparql("ASK { country:MA a coop:Project }").rows] == [["false"]]
        told = asked.sparql("SELECT (EXISTS { country:MA a coop:Country } AS ?yes) (BOUND(?nothing) AS ?no) { }")
        assert [str(term) for term in told.rows[0]] == [str(ox.Literal(True)), str(ox.Literal(False))]
        built = asked.sparql("CONSTRUCT { ?c a coop:Country } { VALUES ?c { country:MA } ?c a coop:Country }")
        assert [cells(row) for row in built.rows] == [["country/MA", "rdf:type", "coop:Country"]]


@pytest.mark.parametrize("thing", ["cybersouth", "treaty-action/ets-185-ma-accession"])
@pytest.mark.parametrize("name", ["memory", *SERVERS])
def test_every_engine_explains_alike(name: str, thing: str, engine: Callable[[str], Graph], graph: Graph) -> None:
    """A thing is explained in the same words from a server: claims, sources, places, reasons and names."""
    assert FORMATS["text"](engine(name).explain(thing)) == FORMATS["text"](graph.explain(thing))


def test_sort_of_mixed_values_leaves_the_server_alive(published: At) -> None:
    """A sort that ends the process of Oxigraph is answered there, and so is the next query."""
    asked = published("oxigraph")[0]
    rows = asked.sparql("SELECT ?o { ?s ?p ?o } ORDER BY DESC(?o) LIMIT 10").rows
    numbers = [int(row[0].value) for row in rows if isinstance(row[0], ox.Literal)]
    assert numbers == sorted(numbers, reverse=True)
    assert asked.sparql("ASK {}").rows


@pytest.mark.parametrize("name", SERVERS)
def test_sort_by_a_number_of_a_group(name: str, published: At, graph: Graph) -> None:
    """The usual question of how often each property is used is answered in order everywhere."""
    text = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 5"
    asked = published(name)[0].sparql(text).rows
    assert [str(row[0]) for row in asked] == [str(row[0]) for row in graph.sparql(text).rows]


def test_what_a_server_cannot_read_has_a_place(published: At, capfd: pytest.CaptureFixture[str]) -> None:
    """A query that a server cannot read is refused with line and column, and nothing else is said."""
    for name in SERVERS:
        with pytest.raises(Refusal) as refusal:
            published(name)[0].sparql("SELECT ?x\n{ ?x ?y }")
        where = refusal.value.problem.where
        assert (refusal.value.problem.code, where.line, where.column) == ("query-syntax", 2, 9)
    assert capfd.readouterr().err == ""


def test_wrong_value_gets_the_nearest_name_from_the_server(published: At) -> None:
    """A value that names nothing is refused with the nearest name, an ambiguous one with what it may mean."""
    for name in SERVERS:
        asked = published(name)[0]
        with pytest.raises(Refusal) as refusal:
            asked.query("partner-count", project="cybersuoth")
        assert refusal.value.problem.nearest == "cybersouth"
        assert asked.query("names-of-a-thing", thing="Maroc").about == ("https://w3id.org/cybercoop/id/country/MA",)


def test_question_takes_few_requests(published: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question with a parameter takes at most five requests, however many things the answer names."""
    sent: list[str] = []
    send = cybercoop.engines.remote.http.Remote.send
    monkeypatch.setattr(cybercoop.engines.remote.http.Remote, "send", lambda *given: sent.append("one") or send(*given))
    asked = cybercoop.open(ROOT, endpoint=published("oxigraph")[0].engine.url)
    assert len(asked.query("country-profile", country="MA")) > 30
    assert len(sent) <= 5


def some(graph: Graph, first: int, last: int) -> list[ox.Quad]:
    """Some small graphs of the whole."""
    by_graph: dict[str, list[ox.Quad]] = {}
    for quad in graph.workspace.stored.quads():
        by_graph.setdefault(str(quad.graph_name), []).append(quad)
    chosen = sorted(by_graph, key=lambda name: len(by_graph[name]))[first:last]
    return [quad for name in chosen for quad in by_graph[name]]


def lines(quads: list[ox.Quad]) -> set[str]:
    """Triples as they are compared."""
    return {f"{quad.subject} {quad.predicate} {cells([quad.object])}" for quad in quads}


def write(quads: list[ox.Quad], endpoint: str, way: str, address: str) -> None:
    queries = Endpoint(endpoint)
    target: Target = Update(address, queries) if way == "update" else GraphStore(address)
    publish(quads, queries, target)


@pytest.mark.usefixtures("login")
def test_a_large_graph_goes_in_several_requests(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not go in one request of SPARQL Update goes in several, is whole in the end, and was seen in parts."""
    monkeypatch.setattr("cybercoop.engines.remote.publish._AT_ONCE", 10_000)
    monkeypatch.setattr("cybercoop.engines.remote.publish._REQUEST", 20_000)
    monkeypatch.setattr("cybercoop.engines.remote.publish._LINES", 50)
    sent: list[int] = []
    send = cybercoop.engines.remote.http.Remote.send

    def counted(remote: Any, request: Any) -> Any:
        sent.append(len(request.data))
        return send(remote, request)

    quads = some(graph, 100, 140)
    with oxigraph_in(tmp_path) as server:
        target = Update(server.update, Endpoint(server.query))
        monkeypatch.setattr(cybercoop.engines.remote.http.Remote, "send", counted)
        done = publish(quads, Endpoint(server.query), target)
        assert not done.hidden
        assert done.statements == len(set(map(str, quads)))
        assert len(Endpoint(server.query).triples(None)) == len({str(quad.triple) for quad in quads})
    assert len(sent) > 10
    assert max(sent) < 40_000


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked, which Windows cannot")
@pytest.mark.parametrize(("name", "way"), [("oxigraph", "update"), ("virtuoso", "graph_store")])
@pytest.mark.usefixtures("login")
def test_publishing_killed_ten_times(
    name: str, way: str, graph: Graph, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Killed at any of ten moments, publishing shows the old graph, the new or a refusal; repeated, it is whole."""
    stack = ExitStack()
    request.addfinalizer(stack.close)
    server = stack.enter_context(START[name](tmp_path))
    address = getattr(server, way)
    editions = [some(graph, 20, 28), some(graph, 24, 32)]
    begin = time.monotonic()
    write(editions[0], server.query, way, address)
    full = time.monotonic() - begin
    allowed = [lines(quads) for quads in editions]
    moments = random.Random(185)
    for round_ in range(10):
        edition = editions[(round_ + 1) % 2]
        process = FORK.Process(target=write, args=(edition, server.query, way, address))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child only talks to the server
            process.start()
        time.sleep(moments.uniform(0, full))
        process.kill()
        process.join()
        try:
            rows = Endpoint(server.query).rows("SELECT ?s ?p ?o { ?s ?p ?o }", "test")[1]
        except Refusal as refusal:
            assert refusal.problem.code == "endpoint-changing"
        else:
            assert lines([ox.Quad(*row) for row in rows]) in allowed
        write(edition, server.query, way, address)
        there = Endpoint(server.query).rows("SELECT ?g ?s ?p ?o {\n GRAPH ?g { ?s ?p ?o } }", "test")[1]
        assert {(str(row[0]), *lines([ox.Quad(*row[1:])])) for row in there} == {
            (str(quad.graph_name), *lines([quad])) for quad in edition
        }


#### A server that cuts its answers short ####


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Virtuoso with limits of twenty rows and one second, and nothing in it but what it brings itself."""
    with virtuoso_in(tmp_path_factory.mktemp("limited"), rows=20, seconds=1) as server:
        yield server


def free(endpoint: Endpoint, text: str) -> list[Any]:
    with endpoint.stream(text, Limits()) as found:
        return [row for block in found.blocks() for row in block]


ASKED: dict[str, Callable[[Endpoint, str], Any]] = {
    "question": lambda endpoint, pattern: endpoint.rows(f"SELECT ?a ?p ?b {pattern}", "test"),
    "count": lambda endpoint, pattern: endpoint.rows(f"SELECT (COUNT(*) AS ?n) {pattern}", "test"),
    "free": lambda endpoint, pattern: free(endpoint, f"SELECT ?a ?p ?b {pattern}"),
    "constructed": lambda endpoint, pattern: free(endpoint, f"# all\nCONSTRUCT {{ ?a ?p ?b }} {pattern}"),
    "constructed short": lambda endpoint, pattern: free(endpoint, "CONSTRUCT WHERE { ?a ?p ?b }"),
    "described": lambda endpoint, pattern: free(endpoint, f"DESCRIBE ?a {pattern}"),
}
"""Ways of asking for what matches a pattern."""

LARGE = "{ ?a ?p ?b }"
SLOW = "{ ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h FILTER(?b != ?d && STR(?e) != STR(?h)) }"


def refused(way: str, endpoint: Endpoint, pattern: str) -> str:
    with pytest.raises(Refusal) as refusal:
        ASKED[way](endpoint, pattern)
    return refusal.value.problem.code


@pytest.mark.parametrize("way", ["question", "free", "constructed", "constructed short", "described"])
def test_rows_that_virtuoso_leaves_out_are_missed(way: str, limited: Server) -> None:
    """An answer of which Virtuoso sends but the first rows, or the triples of these, is refused however it is asked."""
    assert refused(way, Endpoint(limited.query), LARGE) == "endpoint-cut"


@pytest.mark.parametrize(("way", "partial"), [("constructed", False), ("count", True)])
def test_time_that_virtuoso_limits_is_said(
    way: str, partial: bool, limited: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where time is over, Virtuoso refuses, or gives a part if a request allows it, as one may on its way there.

    Neither is shown as an answer.
    """
    request = protocol.Server._request

    def with_limit(self: Any, text: str, union: bool) -> Any:
        made = request(self, text, union)
        made.data += b"&timeout=1000"
        return made

    if partial:
        monkeypatch.setattr(protocol.Server, "_request", with_limit)
    assert refused(way, Endpoint(limited.query), SLOW) == "endpoint-interrupted"


@pytest.mark.usefixtures("login")
def test_publishing_where_rows_are_left_out_says_so(graph: Graph, limited: Server) -> None:
    """A graph that is read back in part is said to be cut off by a limit, not to be lost."""
    with pytest.raises(Refusal) as refusal:
        publish(some(graph, 100, 103), Endpoint(limited.query), GraphStore(limited.graph_store))
    assert refusal.value.problem.code == "endpoint-cut"
