"""Whatever a server answers, people read words, results are whole, and a password stays where it belongs."""

from __future__ import annotations

import gzip
import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pyoxigraph as ox
import pytest
import yaml

from cybercoop.ask.answer import FORMATS, Answer
from cybercoop.engines.remote import Endpoint
from cybercoop.engines.remote.http import PASSWORD, SECONDS, USER
from cybercoop.graph import Graph
from cybercoop.problems.problem import UNSEEN, Refusal
from cybercoop.sparql.limits import Limits, Row
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import XSD
from cybercoop.terms.places import Cited, Place


class Canned(BaseHTTPRequestHandler):
    """Answers every request with what the test has set."""

    status: ClassVar[int] = 200
    form: ClassVar[str] = "application/sparql-results+json"
    body: ClassVar[bytes] = b""
    more: ClassVar[dict[str, str]] = {}
    wait: ClassVar[float] = 0
    heard: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.heard.append(self.headers.get("Authorization", ""))
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.wait)
        self.send_response(self.status)
        for name, value in {"Content-Type": self.form, "Content-Length": str(len(self.body)), **self.more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Endpoint]]:
    """Return an endpoint whose server answers as it is told."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Canned) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def at(**facts: Any) -> Endpoint:
            for name, value in facts.items():
                monkeypatch.setattr(Canned, name, value)
            monkeypatch.setattr(Canned, "heard", [])
            return Endpoint(f"http://127.0.0.1:{server.server_port}/sparql")

        yield at
        server.shutdown()
        thread.join()


def results(*rows: str) -> bytes:
    return f'{{"head": {{"vars": ["x"]}}, "results": {{"bindings": [{", ".join(rows)}]}}}}'.encode()


def free(endpoint: Endpoint, text: str) -> list[Row]:
    """The rows of a query of one's own."""
    with endpoint.stream(text, Limits()) as found:
        return [row for block in found.blocks() for row in block]


REPLIES: dict[str, dict[str, Any]] = {
    "endpoint-login": {"status": 401, "more": {"WWW-Authenticate": 'Basic realm="x"'}},
    "endpoint-refused": {"status": 500, "form": "text/plain", "body": b"Out of memory"},
    "endpoint-no-results": {"form": "text/html", "body": b"<html><p>Welcome</p></html>"},
    "endpoint-interrupted": {"more": {"X-SQL-State": "S1TAT"}, "body": results()},
    "endpoint-busy": {"status": 503, "form": "text/html", "more": {"Retry-After": "120"}},
    "endpoint-cut": {"more": {"X-SPARQL-MaxRows": "1"}, "body": results('{"x": {"type": "literal", "value": "1"}}')},
    "endpoint-slow": {"wait": 0.3, "body": results()},
}


@pytest.mark.parametrize("code", REPLIES)
def test_what_a_server_does_wrong_is_said_in_words(
    code: str, canned: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that refuses, tires, cuts off or shows a page is a problem with a cure; a password is in no message."""
    monkeypatch.setenv(USER, "somebody")
    monkeypatch.setenv(PASSWORD, "hush-hush")
    monkeypatch.setenv(SECONDS, "0.1" if code == "endpoint-slow" else "20")
    with pytest.raises(Refusal) as refusal:
        canned(**REPLIES[code]).rows("SELECT ?x { ?x ?y ?z }", "test")
    assert refusal.value.problem.code == code
    assert "hush-hush" not in str(refusal.value.problem)


ROW = '{"x": {"type": "literal", "value": "1"}}'
HALVES = [
    b"",
    b"{",
    b"[]",
    b'{"head": {}}',
    results('{"x": 1}'),
    results(ROW)[:-1],
    results(ROW)[:-3],
    results(ROW)[:-9],
    results("7"),
    results(ROW) + b"x",
    results(ROW).replace(b"1", b"\xff"),
    results('{"x":' * 100_000),
]


@pytest.mark.parametrize("body", HALVES)
def test_half_a_result_is_no_result(body: bytes, canned: Callable[..., Endpoint]) -> None:
    """A result that breaks off, or is none, is never taken for an empty answer."""
    with pytest.raises(Refusal) as refusal:
        free(canned(body=body), "SELECT ?x { ?x ?y ?z }")
    assert refusal.value.problem.code == "endpoint-no-results"


XML = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "aaaaaaaaaa">%s]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/">
<rdf:Description rdf:about="http://x/a"><x:p>&e9;</x:p></rdf:Description></rdf:RDF>""" % b"".join(
    b'<!ENTITY e%d "%s">' % (number, b"&e%d;" % (number - 1) * 10) for number in range(1, 10)
)
DIGEST = 'Digest realm="x", nonce="%d", algorithm="%s", stale=true'
HOSTILE: dict[str, tuple[str, dict[str, Any]]] = {
    "bomb of gzip": (
        "endpoint-no-results",
        {"body": gzip.compress(results(" " * (64 << 20))), "more": {"Content-Encoding": "gzip"}},
    ),
    "bomb of entities": ("endpoint-no-results", {"form": "application/rdf+xml", "body": XML}),
    "context elsewhere": ("endpoint-no-results", {"form": "application/ld+json", "body": b'{"@context": "http://x/"}'}),
    "IRI with an escape": ("endpoint-no-results", {"body": results(r'{"x": {"type": "uri", "value": "x:\u001b[2J"}}')}),
    "IRI with a line": ("endpoint-no-results", {"body": results(r'{"x": {"type": "uri", "value": "x:a\nb"}}')}),
    "half of a pair": ("endpoint-no-results", {"body": results(r'{"x": {"type": "literal", "value": "\ud800"}}')}),
    "language with an escape": (
        "endpoint-no-results",
        {"body": results(r'{"x": {"type": "literal", "value": "a", "xml:lang": "e\u001bn"}}')},
    ),
    "column with an escape": ("endpoint-no-results", {"body": results().replace(b'"x"', rb'"x\u001b[2J"')}),
    "columns without a name": ("endpoint-no-results", {"body": results().replace(b'"x"', b"7")}),
    "count that is none": ("endpoint-no-results", {"body": results(*["{}"] * 50)}),
    "page for results": ("endpoint-no-results", {"body": b"<html>Error 500</html>"}),
    "forbidden": ("endpoint-login", {"status": 403}),
    "too many requests": ("endpoint-busy", {"status": 429, "more": {"Retry-After": "\x1b[2J"}}),
    "broken": ("endpoint-refused", {"status": 500, "form": "text/plain", "body": b"\x1b]0;title\x07"}),
    "elsewhere": ("endpoint-refused", {"status": 302, "more": {"Location": "file:///etc/passwd"}}),
    "headers without end": ("endpoint-broke-off", {"more": {f"X-{number}": "x" for number in range(200)}}),
    "unknown digest": ("endpoint-login", {"status": 401, "more": {"WWW-Authenticate": DIGEST % (1, "NONE")}}),
    "stale for ever": ("endpoint-login", {"status": 401, "more": {"WWW-Authenticate": DIGEST % (1, "MD5")}}),
}
"""What a server may do to harm, and how it ends."""


@pytest.mark.parametrize("way", HOSTILE)
def test_what_means_harm_is_refused(way: str, canned: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombs, escapes and loops end in words that a terminal can show, for queries of one's own and for questions."""
    monkeypatch.setenv(USER, "somebody")
    monkeypatch.setenv(PASSWORD, "hush-hush")
    code, facts = HOSTILE[way]
    for asked in (lambda at: free(at, "SELECT ?x { }"), lambda at: at.rows("SELECT ?x { }", "test")):
        endpoint = canned(**facts)
        endpoint.edition = None
        with pytest.raises(Refusal) as refusal:
            asked(endpoint)
        assert refusal.value.problem.code == code
        assert not any(re.search(UNSEEN, text) for text in refusal.value.problem.message.values())
    assert len(Canned.heard) < 4


def test_columns_are_those_that_were_asked_for(canned: Callable[..., Endpoint]) -> None:
    """Of a question, other columns than its own are no answer; its own in another order are."""
    body = b'{"head": {"vars": ["y", "x"]}, "results": {"bindings": [%s]}}' % ROW.encode()
    endpoint = canned(body=body)
    endpoint.edition = None
    for text in ("SELECT ?x ?y { }", "SELECT ?x\n  ?y\n{ }", "SELECT (1 AS ?x) ?y\nWHERE { }\nORDER BY\n  ?y ?x\n"):
        assert endpoint.rows(text, "test") == (["x", "y"], [[ox.Literal("1"), None]])
    with pytest.raises(Refusal):
        endpoint.rows("SELECT ?x { }", "test")
    with pytest.raises(Refusal):
        endpoint.rows("SELECT ?x ?y ?z { }", "test")


@pytest.mark.parametrize("form", ["table", "md", "html"])
def test_a_terminal_is_not_told_what_to_do(form: str, canned: Callable[..., Endpoint], graph: Graph) -> None:
    """Escapes for terminals and turns of direction in what a server sends are shown as marks where people read."""
    harm = r"\u001b[31mred\u202eder\u0007\u009b2J\u2066"
    cells = ['{"type": "literal", "value": "%s"}', '{"type": "literal", "value": "%s", "xml:lang": "ar"}']
    rows = [f'{{"x": {cell % harm}}}' for cell in cells] + ['{"x": {"type": "uri", "value": "http://x/\\u202e"}}']
    endpoint = canned(body=results(*rows))
    endpoint.edition = None
    endpoint.named = lambda things: ox.Store()  # type: ignore[method-assign]
    out = io.StringIO()
    Graph(graph.workspace, "en", endpoint).write("SELECT ?x { }", form, out)
    assert "red" in out.getvalue()
    assert re.search(UNSEEN, out.getvalue()) is None


def test_names_with_escapes_are_shown_as_marks() -> None:
    """A name or a notice that a server gives to a thing cannot hide what follows it."""
    thing = "https://w3id.org/cybercoop/id/country/XX"
    harm = {"en": "Atlantis\u202e\x1b[2J"}
    labels = Labels({thing: harm}, {thing: harm})
    cited = ((Cited(thing, (Place(harm["en"]),)),),)
    answer = Answer(["x"], [[ox.NamedNode(thing)]], {}, labels, "en", True, {}, (), cited)
    for form in ("table", "md", "html"):
        assert "Atlantis" in FORMATS[form](answer)
        assert re.search(UNSEEN, FORMATS[form](answer)) is None


def test_password_goes_nowhere_else(canned: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    """The log-in is not said before it is asked for, and a redirection is told, not followed."""
    monkeypatch.setenv(USER, "somebody")
    monkeypatch.setenv(PASSWORD, "hush-hush")
    with pytest.raises(Refusal, match="elsewhere"):
        free(canned(status=307, more={"Location": "http://elsewhere.example/"}), "SELECT ?x { ?x ?y ?z }")
    assert Canned.heard == [""]


def test_order_of_the_parts_is_free(canned: Callable[..., Endpoint]) -> None:
    """Columns that a server names after the rows are columns all the same, and a column may be called bindings."""
    endpoint = canned(body=b'\xef\xbb\xbf{"results": {"bindings": [' + ROW.encode() + b']}, "head": {"vars": ["x"]}}')
    endpoint.edition = None
    assert free(endpoint, "SELECT ?x { }") == [[ox.Literal("1")]]
    named = canned(body=b'{"head": {"vars": ["bindings"]}, "results": {"distinct": false, "bindings": [ {}, {} ]}}')
    named.edition = None
    assert free(named, "SELECT ?bindings { }") == [[None], [None]]


def test_a_body_shorter_than_its_length_has_broken_off(canned: Callable[..., Endpoint]) -> None:
    """Triples that end before the length that was announced are not taken for all there are."""
    body = b"<x:a> <x:b> <x:c> .\n"
    endpoint = canned(body=body, form="text/turtle", more={"Content-Length": "1000"})
    endpoint.edition = None
    with pytest.raises(Refusal) as refusal:
        free(endpoint, "CONSTRUCT WHERE { ?s ?p ?o }")
    assert refusal.value.problem.code == "endpoint-broke-off"


CHUNKED = {
    "in the middle of a chunk": b"400\r\n%s",
    "between two chunks": b"%x\r\n%s\r\n",
    "in the length of a chunk": b"%x\r\n%s\r\n4",
}


@pytest.mark.parametrize("way", CHUNKED)
@pytest.mark.parametrize("form", ["application/sparql-results+json", "text/turtle"])
def test_chunks_that_end_early_have_broken_off(way: str, form: str, canned: Callable[..., Endpoint]) -> None:
    """An answer in chunks whose end does not come is not taken for all there is, though what came can be read."""
    part = b"<x:a> <x:b> <x:c> .\n" if form == "text/turtle" else results(ROW)
    given = (part,) if CHUNKED[way].count(b"%") == 1 else (len(part), part)
    more = {"Transfer-Encoding": "chunked", "Connection": "close"}
    endpoint = canned(body=CHUNKED[way] % given, form=form, more=more)
    endpoint.edition = None
    with pytest.raises(Refusal) as refusal:
        free(endpoint, "CONSTRUCT WHERE { ?s ?p ?o }" if form == "text/turtle" else "SELECT ?x { }")
    assert refusal.value.problem.code == "endpoint-broke-off"
    with pytest.raises(Refusal):
        endpoint.rows("SELECT ?x { }", "test")
    with pytest.raises(Refusal):
        endpoint.triples(None)


OLD = {
    '{"type": "typed-literal", "datatype": "%sinteger", "value": "007"}': "7",
    '{"type": "typed-literal", "datatype": "%sboolean", "value": "1"}': "true",
    '{"type": "literal", "datatype": "%sdecimal", "value": "+01.50"}': "1.5",
    '{"type": "literal", "datatype": "%sdecimal", "value": "-0.0"}': "0",
    '{"type": "literal", "datatype": "%sdateTime", "value": "2024-05-21T10:00:00.000+00:00"}': "2024-05-21T10:00:00Z",
    '{"type": "literal", "datatype": "%sgYear", "value": "2024"}': "2024",
}


@pytest.mark.parametrize("cell", OLD)
def test_literals_have_the_form_of_the_store(cell: str, canned: Callable[..., Endpoint]) -> None:
    """However a server writes a value, it comes in the form that the embedded store gives it."""
    written = cell % XSD
    endpoint = canned(body=results(f'{{"x": {written}}}'))
    endpoint.edition = None
    term = free(endpoint, "SELECT ?x { ?x ?y ?z }")[0][0]
    assert isinstance(term, ox.Literal)
    assert term.value == OLD[cell]
    facts = yaml.safe_load(written)
    store = ox.Store()
    subject = ox.NamedNode("http://example.org/")
    store.add(ox.Quad(subject, subject, ox.Literal(facts["value"], datatype=ox.NamedNode(facts["datatype"]))))
    assert term == next(iter(store)).object


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("localhost:7878", "endpoint-address"),
        ("file:///etc/passwd", "endpoint-address"),
        ("http://", "endpoint-address"),
        ("http://me:hush-hush@localhost/query", "endpoint-login-in-address"),
        ("http://[::1/query", "endpoint-address"),
    ],
)
def test_address_is_checked_before_anything_is_sent(address: str, code: str) -> None:
    """What is no address of a server, or holds a password, is refused; the password is not repeated."""
    with pytest.raises(Refusal) as refusal:
        Endpoint(address)
    assert refusal.value.problem.code == code
    assert "hush-hush" not in str(refusal.value.problem)


def test_server_that_is_not_there_is_said_to_be_unreachable() -> None:
    """A refused connection is a problem with a cure."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Refusal) as refusal:
        free(Endpoint(f"http://127.0.0.1:{port}/query"), "ASK {}")
    assert refusal.value.problem.code == "endpoint-unreachable"


def test_publishing_needs_one_address_to_write_to(graph: Graph) -> None:
    """Neither address, or both, is a wrong use that is said before anything is sent."""
    for ways in ({}, {"update": "http://localhost/u", "graph_store": "http://localhost/g"}):
        with pytest.raises(Refusal) as refusal:
            graph.publish("http://localhost/q", **ways)
        assert refusal.value.problem.code == "publish-where"
