"""Readers who mean harm: queries, bodies, addresses, headers and connections; pages are answered all the same."""

from __future__ import annotations

import gc
import http.client
import json
import re
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest
import uvicorn
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import programs, serve
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES
from cybercoop.sparql.limits import Limits
from tests.test_hostile import FILES, Listener, listener
from tests.test_web import SOME, Page

__all__ = ["listener"]

ROOT = Path(__file__).parent.parent
BASE = "http://testserver/"
TEXT_OF = runpy.run_path(str(ROOT / "bench" / "hostile.py"))["written_out"]
EACH = 1 if SOME == 1 else 8
"""Of how many hostile queries one is tried over HTTP where all would take minutes; `bench.web` tries them all."""
SECONDS = 120
"""After how long a test gives up waiting for a server that hangs."""
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Server(NamedTuple):
    """A server that runs, and what it complains of."""

    host: str
    log: IO[bytes]

    def asked(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        """Return the status, the headers and the body of an answer."""
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    def raw(self, data: bytes) -> bytes:
        """Return all that is answered to some bytes, after which nothing more is sent."""
        name, _, port = self.host.partition(":")
        with socket.create_connection((name, int(port)), SECONDS) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:  # it was closed before all was sent
                pass
            return b"".join(received(connection))

    def is_well(self) -> bool:
        """Return whether a page is answered, and nobody had to be told of a fault."""
        self.log.seek(0)
        return self.asked("GET", "/en/about")[0] == 200 and b"Traceback" not in self.log.read()


def received(connection: socket.socket) -> Iterator[bytes]:
    """Yield what comes until the other side closes."""
    try:
        while part := connection.recv(1 << 16):
            yield part
    except ConnectionError:
        return


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The command, with half a second for each query."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0", "--query-seconds", "0.5"]
    with (
        (tmp_path_factory.mktemp("log") / "log").open("w+b") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://(\S+)/", process.stdout.readline())
        try:
            assert found is not None
            yield Server(found.group(1), log)
        finally:
            process.terminate()


@pytest.mark.parametrize("path", FILES[::EACH], ids=lambda path: path.stem)
def test_a_hostile_query_ends_as_expected(path: Path, server: Server, listener: Listener) -> None:
    """It ends as its first line says or at a limit, with a status for that; nobody is called; a page is answered."""
    text = TEXT_OF(path, listener.port)
    expected = text.splitlines()[0].removeprefix("# expects: ").split()
    body = urlencode({"query": text}, errors="surrogatepass").encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, said = server.asked("POST", "/sparql", body, kind)
    assert status in (200, 400, 403, 413, 500, 503)
    if status != 200:
        code = json.loads(said)["code"]
        assert code in expected or code.startswith("query-limit-")
        assert headers["content-type"] == "application/problem+json"
    else:
        assert {"answer", "query-limit-rows", "query-limit-bytes"} & set(expected)
    assert listener.calls == 0
    assert server.is_well()


HEAD = b"Host: x\r\n"
BROKEN = {
    "no request": b"hello\r\n\r\n",
    "binary": bytes(range(256)) * 4,
    "no host": b"GET /en/ HTTP/1.1\r\n\r\n",
    "old": b"GET /en/about HTTP/0.9\r\n\r\n",
    "a head without end": b"GET /en/ HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
    "a long line": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a long header": b"GET /en/ HTTP/1.1\r\n" + HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "a header with a line end": b"GET /en/ HTTP/1.1\r\n" + HEAD + b"X: a\r\n b\r\nc\r\n\r\n",
    "two lengths": b"POST /sparql HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks": b"POST /sparql HTTP/1.1\r\n"
    + HEAD
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /en/ HTTP/1.1\r\n\r\n",
    "no length": b"POST /sparql HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n",
    "a length that is not kept": b"POST /sparql HTTP/1.1\r\n"
    + HEAD
    + b"Content-Type: application/sparql-query\r\nContent-Length: 1000000\r\n\r\nASK {}",
    "a file that ends too early": b"POST /fr/contribute/ HTTP/1.1\r\n"
    + HEAD
    + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n"
    + b'Content-Disposition: form-data; name="file"; filename="x.yaml"\r\n\r\nid: x',
    "a form without its boundary": b"POST /fr/contribute/ HTTP/1.1\r\n"
    + HEAD
    + b"Content-Type: multipart/form-data; boundary=y\r\nContent-Length: 9\r\n\r\n--x\r\n\r\nz\r\n",
    "a chunk that is none": b"POST /sparql HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a websocket": b"GET /en/ HTTP/1.1\r\n"
    + HEAD
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a proxy": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a whole address": b"GET http://127.0.0.1:22/ HTTP/1.1\r\n" + HEAD + b"\r\n",
    "many at once": (b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n") * 500,
    "ranges without end": b"GET /sparql HTTP/1.1\r\n" + HEAD + b"Accept: " + b"a/b," * 15_000 + b"\r\n\r\n",
    "tags without end": b"GET /en/ HTTP/1.1\r\n" + HEAD + b"If-None-Match: " + b'"a",' * 12_000 + b"\r\n\r\n",
    "tongues without end": b"GET / HTTP/1.1\r\n" + HEAD + b"Accept-Language: " + b"a-b;q=0.1," * 6_000 + b"\r\n\r\n",
    "bytes in a header": b"GET /sparql HTTP/1.1\r\n" + HEAD + b"Accept: \xff\xfe\r\nAccept-Language: \xe2\x80\r\n\r\n",
    "a range of bytes": b"GET /data/cybercoop.nt HTTP/1.1\r\n" + HEAD + b"Range: bytes=0-1,1-2,2-3\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_request_is_answered_or_closed(server: Server, name: str) -> None:
    """What is no request, or a strange one, is answered in a line or closed, and the next reader is served."""
    answer = server.raw(BROKEN[name])
    assert not answer or answer.startswith(b"HTTP/1.")
    assert b"Traceback" not in answer
    assert server.is_well()


PATHS = (
    "/en/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/assets/../app.py",
    "/assets/..%2fapp.py",
    "/assets/%2e%2e/serve.py",
    "/data/../../../etc/passwd.ttl",
    "/data/country/MA.ttl/../../x",
    "/data/%2e%2e%2f%2e%2e%2fetc%2fpasswd.csv",
    "/id/%2e%2e/country/MA",
    "//evil.example/en/",
    "/en//evil.example",
    "/en/%5c%5cevil.example",
    "/en/%00",
    "/en/%0d%0aSet-Cookie:%20a=b",
    "/id/%0d%0aLocation:%20http:%2f%2fevil.example",
    "/sparql?query=%0d%0aX:%20y%00",
    "/en/%ff%fe",
    "/%e2%80%ae/",
    "/en/" + "a/" * 5_000,
    "/en/" + "%25" * 5_000,
    "/en/country/" + quote(SCRIPT),
    "/en/sparql.%2e%2e%2fpasswd?query=ASK+%7B%7D",
    "/api/questions/..%2f..%2fopenapi.json",
    "/api/questions/treaty-status?country=MA&" + "country=MA&" * 2_000,
    "/reconcile/preview?id=../../../etc/passwd",
    "/reconcile/preview?id=file:///etc/passwd",
    "/en/search?q=" + "a+" * 10_000,
    "/en/ask/treaty-status?country=" + "MA," * 10_000,
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:60])
def test_a_hostile_address_leads_nowhere(server: Server, path: str) -> None:
    """No address leads out of what is published, to another site, or to a header of somebody's making."""
    status, headers, body = server.asked("GET", path)
    assert status in (200, 303, 400, 404)
    assert b"root:" not in body
    assert b"import annotations" not in body
    names = {name.lower() for name in headers}
    assert not names & {"set-cookie", "x"}
    where = urlsplit(headers.get("location", ""))
    assert not where.scheme
    assert not where.netloc
    assert server.is_well()


def test_a_body_may_not_be_too_long(server: Server) -> None:
    """A body beyond its limit is refused while it comes, at each address that takes one."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/sparql", "/reconcile", "/fr/contribute/", "/fr/contribute/Activity"):
        connection = http.client.HTTPConnection(server.host, timeout=SECONDS)
        connection.putrequest("POST", path)
        for name, value in {**kind, "Transfer-Encoding": "chunked"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for _ in range(3 * programs.MOST >> 16):
                connection.send(b"10000\r\n" + b"x" * (1 << 16) + b"\r\n")
        except OSError:
            pass
        assert connection.getresponse().status == 413
        connection.close()
    assert server.is_well()


def test_pages_are_answered_while_a_file_is_judged(server: Server) -> None:
    """Some thousands of wrong rows are judged to their end or to a limit; others are served meanwhile."""
    row = "no-such-source,activity/{},Activity,x,soon\n"
    rows = "source,id,type,section,startDate\n" + "".join(map(row.format, range(5_000)))
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    body = f"{head}{rows}\r\n--x--\r\n".encode()
    found: list[int] = []
    sent = threading.Thread(target=lambda: found.append(server.asked("POST", "/ar/contribute/", body, kind)[0]))
    sent.start()
    assert server.is_well()
    sent.join(SECONDS)
    assert found[0] in (200, 503)
    assert server.is_well()


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    app = made(graph, BASE, Limits(rows=100, bytes=1 << 20, seconds=20, memory=256 << 20))
    with TestClient(app, base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/{lang}/sparql", ("query", "example", "iris", SCRIPT)),
        ("/{lang}/sparql.csv", ("query",)),
        ("/{lang}/sparql.json", ("query",)),
        ("/sparql", ("query", "update", "default-graph-uri", "named-graph-uri")),
        ("/api/questions/treaty-status", ("country", "lang", "with-sources", SCRIPT)),
        ("/{lang}/reconcile", ("queries", SCRIPT)),
        ("/{lang}/reconcile/preview", ("id",)),
        ("/{lang}/reconcile/suggest/entity", ("prefix",)),
        ("/{lang}/reconcile/suggest/type", ("prefix",)),
    ],
)
def test_nothing_that_anybody_types_is_markup(web: TestClient, path: str, names: tuple[str, ...]) -> None:
    """Through every parameter, and through what a query makes of it, a script comes out as text, or not as a page."""
    made_of_it = f"SELECT ({json.dumps(SCRIPT)} AS ?x) (<x:{quote(SCRIPT)}> AS ?y) {{}}"
    batch = json.dumps({SCRIPT: {"query": SCRIPT, "type": SCRIPT}})
    for lang in LANGUAGES:
        for name in names:
            for value in (SCRIPT, made_of_it, batch):
                for accept in ("text/html", "*/*"):
                    headers = {"Accept": accept, "Accept-Language": SCRIPT, "Origin": SCRIPT}
                    answer = web.get(path.format(lang=lang), params={name: value}, headers=headers)
                    assert answer.status_code in (200, 303, 400, 403, 404)
                    assert answer.headers["x-content-type-options"] == "nosniff"
                    if "html" in answer.headers.get("content-type", ""):
                        assert "<script>alert" not in answer.text
                        assert "<img" not in answer.text
                        Page(answer.text)
                    assert "\n" not in answer.headers.get("location", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_is_a_page_in_the_language_of_the_reader(web: TestClient, lang: str) -> None:
    """Who prefers HTML is told in words what was wrong, whatever it was."""
    headers = {"Accept": "text/html", "Accept-Language": lang}
    kind = {"Content-Type": "text/plain"}
    for answer in (
        web.post("/sparql", data={"update": "CLEAR ALL"}, headers=headers),
        web.post("/sparql", content=b"ASK {}", headers={**headers, **kind}),
        web.post("/sparql", content=b"x" * (programs.MOST + 1), headers={**headers, **kind}),
        web.post("/reconcile", data={"queries": "{"}, headers=headers),
        web.get("/api/questions/no-such", headers=headers),
        web.put("/sparql", headers=headers),
        web.get(f"/{lang}/no/such/thing", headers=headers),
    ):
        assert answer.status_code >= 400
        assert f'<html lang="{lang}"' in answer.text
        Page(answer.text)


@pytest.fixture
def hasty(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server that waits for nobody."""
    monkeypatch.setattr(serve, "COMES_SECONDS", 0.3)
    monkeypatch.setattr(serve, "READS_SECONDS", 0.3)
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    app = made(graph, BASE)
    config = uvicorn.Config(app, http=serve.Connection, ws="none", log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield listening.getsockname()
        running.should_exit = True
        thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "begun", [b"", b"GET /en/ HTTP/1.1\r\nX: y\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET "]
)
def test_a_request_that_does_not_come_is_not_waited_for(hasty: tuple[str, int], begun: bytes) -> None:
    """A connection without a request, or with the half of one, is closed."""
    with socket.create_connection(hasty, SECONDS) as connection:
        connection.sendall(begun)
        answer = b"".join(received(connection))
    assert (b"200" in answer) is begun.startswith(b"GET /healthz")


def test_a_body_that_does_not_come_is_not_waited_for(hasty: tuple[str, int]) -> None:
    """A body that stops coming is answered with 408."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(hasty, SECONDS) as connection:
        connection.sendall(head + b"ASK")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 408 ")


def test_a_reader_who_does_not_read_is_left(hasty: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for much and reads none of it is left; who reads slowly gets it whole."""
    asked = b"GET /data/cybercoop.nt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(SECONDS)
        connection.connect(hasty)
        connection.sendall(asked)
        assert connection.recv(16).startswith(b"HTTP/1.1 200")
        size = re.compile(rb"content-length: (\d+)")
        time.sleep(2)
        begun = b"".join(received(connection))
    expected = size.search(begun)
    assert expected is not None
    assert len(begun) < int(expected.group(1))
    monkeypatch.setattr(serve, "READS_SECONDS", 20.0)  # a busy machine reads slowly, too
    with socket.create_connection(hasty, SECONDS) as connection:
        connection.sendall(asked)
        found = b""
        for part in received(connection):
            found += part
            time.sleep(0.0005)
    assert len(found) > int(expected.group(1))


def test_what_is_no_longer_needed_is_collected(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line, which ends soon, collects no garbage; a server that it starts does."""
    monkeypatch.setenv("CYBERCOOP_WEB_BASE", BASE)
    monkeypatch.setenv("CYBERCOOP_WEB_QUERY_SECONDS", "1")
    turn = sys.getswitchinterval()
    gc.disable()
    try:
        assert serve.application().state.desk.limits.seconds == 1
        assert gc.isenabled()
    finally:
        gc.enable()
        sys.setswitchinterval(turn)
