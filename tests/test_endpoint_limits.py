"""A free query to a server that never ends, one way or another, is stopped at its limits, in their words."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import chain, count, repeat
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

import cybercoop
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits
from cybercoop.terms.names import EDITION

ROOT = Path(__file__).parent.parent
FORMAT = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"
JSON = FORMAT % (b"200 OK", b"application/sparql-results+json")
TURTLE = FORMAT % (b"200 OK", b"text/turtle")
HEAD = b'{"head": {"vars": ["x"]}, "results": {"bindings": ['
ROW = b'{"x": {"type": "uri", "value": "https://w3id.org/cybercoop/id/country/PS"}}'
EMPTY = JSON + b'{"head": {"vars": ["s", "p", "o", "g"]}, "results": {"bindings": []}}'
NONE = JSON + b'{"head": {"vars": ["text"]}, "results": {"bindings": []}}'
MILLION = 1 << 20

Pieces = Iterator[bytes]


def never(way: str) -> Pieces:
    """A way of not coming to an end."""
    yield from {
        "silence": (),
        "head-by-the-byte": chain([b"HTTP/1.1 200 OK\r\nX: "], repeat(b"x")),
        "continue": repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
        "rows-by-the-byte": chain([JSON, HEAD], (bytes([byte]) for row in repeat(ROW + b",") for byte in row)),
        "space": chain([JSON, HEAD], repeat(b" ")),
        "refusal": chain([FORMAT % (b"500 No", b"text/plain")], repeat(b"x")),
        "triples": chain([TURTLE], (b"<x:%d> <x:y> <x:z> .\n" % number for number in count())),
    }[way]


NEVER = ("silence", "head-by-the-byte", "continue", "rows-by-the-byte", "space", "refusal", "triples")

FLOODS: dict[str, tuple[list[bytes], bytes, str]] = {
    "rows": ([JSON, HEAD, ROW], b"," + (ROW + b",") * 5000 + ROW, "query-limit-rows"),
    "bytes": ([JSON, HEAD], b" " * MILLION, "query-limit-bytes"),
    "one-row": ([JSON, HEAD, b'{"x": {"type": "literal", "value": "'], b"x" * MILLION, "query-limit-memory"),
    "no-head": ([JSON], b"x" * MILLION, "endpoint-no-results"),
    "triples": ([TURTLE], b"<x:y> <x:y> <x:y> .\n" * 5000, "query-limit-rows"),
    "refusal": ([FORMAT % (b"500 No", b"text/plain")], b"x" * MILLION, "endpoint-refused"),
}
"""Gigabytes: how they begin, what comes a thousand times, and what ends them."""

QUESTION = "conference-series"
COLUMNS = b'{"head": {"vars": ["source", "earlier", "earlierDay", "later", "laterDay"]}, "results": {"bindings": ['
TRIPLE = b", ".join(b'"%s": {"type": "uri", "value": "x:y"}' % name for name in (b"s", b"p", b"o")).join([b"{", b"}"])
FLOODS |= {
    "question-rows": ([JSON, COLUMNS, b"{}"], b"," + b"{}, " * 5000 + b"{}", "endpoint-too-much"),
    "question-bytes": ([JSON, COLUMNS], b" " * MILLION, "endpoint-too-much"),
    "question-row": (
        [JSON, COLUMNS, b'{"earlier": {"type": "literal", "value": "'],
        b"x" * MILLION,
        "endpoint-too-much",
    ),
    "question-columns": ([JSON, HEAD, ROW], b"," + (ROW + b",") * 5000 + ROW, "endpoint-no-results"),
    "question-triples": ([TURTLE], b"<x:y> <x:y> <x:y> .\n" * 5000, "endpoint-no-results"),
    "names": (
        [JSON, b'{"head": {"vars": ["s", "p", "o", "g"]}, "results": {"bindings": [', TRIPLE],
        b"," + (TRIPLE + b",") * 5000 + TRIPLE,
        "endpoint-too-much",
    ),
    "edition": (
        [JSON, b'{"head": {"vars": ["text"]}, "results": {"bindings": [{}'],
        b", {}" * 50_000,
        "endpoint-too-much",
    ),
}
"""The same in answer to a question of the catalogue: in its rows, the names of things, the edition that is there."""


class Server:
    """A server on loopback that answers each path in its own way, and holds nothing but the edition to be none."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.left = threading.Semaphore(0)
        threading.Thread(target=self._listen, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/{path}"

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=self.socket.accept()[:1], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            path, body = _heard(connection)
            way, _, name = path.partition("/")
            if name == "names" and "earlier" in body:
                connection.sendall(JSON + COLUMNS + b"]}}")
                return
            asked = "edition" if EDITION in body and "VALUES" not in body else "names" if "VALUES" in body else ""
            if asked and name not in ("silence", asked):
                connection.sendall(NONE if asked == "edition" else EMPTY)
                return
            for piece in chain(FLOODS[name][0], repeat(FLOODS[name][1], 1000)) if way == "flood" else never(name):
                connection.sendall(piece)
                if way == "never":
                    time.sleep(0.001)
            connection.settimeout(60)
            connection.recv(1)  # until the other side leaves
        self.left.release()


def _heard(connection: socket.socket) -> tuple[str, str]:
    """Path and body of a request."""
    text = ""
    while not (parts := re.fullmatch(r"POST /(\S+) .*?Content-Length: (\d+).*?\r\n\r\n(.*)", text, re.DOTALL)) or len(
        parts[3]
    ) < int(parts[2]):
        text += connection.recv(MILLION).decode("latin-1")
    return parts[1], unquote_plus(parts[3])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.socket.close()


@pytest.mark.parametrize("way", NEVER)
def test_what_never_ends_is_stopped(way: str, server: Server) -> None:
    """A server that says nothing, or a little at a time for ever, is left when the seconds are over."""
    asked = cybercoop.open(ROOT, endpoint=server.url(f"never/{way}"))
    with pytest.raises(Refusal) as refusal:
        asked.sparql("CONSTRUCT WHERE { ?s ?p ?o }" if way == "triples" else "SELECT ?x { }", Limits(seconds=0.3))
    assert refusal.value.problem.code in ("query-limit-seconds", "endpoint-refused" if way == "refusal" else "")
    assert server.left.acquire(timeout=60), "the connection is closed"


DRIVER = f"""
import json, resource, sys
import cybercoop
from cybercoop.sparql.limits import Limits
from cybercoop.problems.problem import Refusal

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

asked = cybercoop.open({str(ROOT)!r}, endpoint=sys.argv[1])
try:
    asked.sparql("ASK {{}}", Limits(seconds=0.001))
except Refusal:
    pass
before = peak()
limits = Limits(rows=20_000, bytes=64 << 20, memory=128 << 20)
try:
    asked.query(sys.argv[2], limits=limits) if sys.argv[2] in asked.questions else asked.sparql(sys.argv[2], limits)
except Refusal as refusal:
    print(json.dumps([refusal.problem.code, peak() - before]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in kilobytes on Linux")
@pytest.mark.parametrize("way", FLOODS)
def test_gigabytes_are_not_held(way: str, server: Server) -> None:
    """A server that sends a gigabyte meets the limit of rows, bytes or memory, and is not held in memory by then."""
    free = "CONSTRUCT WHERE { ?s ?p ?o }" if way == "triples" else "SELECT ?x { }"
    text = QUESTION if way.startswith(("question", "names", "edition")) else free
    command = [sys.executable, "-c", DRIVER, server.url(f"flood/{way}"), text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, grown = json.loads(done.stdout)
    assert code == FLOODS[way][2]
    assert grown < 64 << 20


def test_rows_are_written_while_they_arrive(server: Server) -> None:
    """Rows come out before the reply has ended, with their notices, and a limit is met after them."""
    asked = cybercoop.open(ROOT, endpoint=server.url("flood/rows"))
    out = io.StringIO()
    with pytest.raises(Refusal) as refusal:
        asked.write("SELECT ?x { }", "xml", out, Limits(rows=1500))
    assert refusal.value.problem.code == "query-limit-rows"
    assert out.getvalue().count("country/PS") == 1500


def test_interrupt_leaves_the_server_at_once(server: Server) -> None:
    """Ctrl-C ends a query that a server does not answer with 130, without a traceback, and closes the connection."""
    command = [sys.executable, "-m", "cybercoop", "query", "--endpoint", server.url("never/rows-by-the-byte")]
    command += ["--sparql", "SELECT ?x { }", "--format", "md", "--limit-seconds", "3600"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert server.left.acquire(timeout=60)


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_the_limit_of_a_question_can_be_set(server: Server, lang: str) -> None:
    """The options that limit a free query limit what a server sends to a question too, and are named when it is met."""
    command = [sys.executable, "-m", "cybercoop", "query", QUESTION, "--endpoint", server.url("flood/question-rows")]
    done = subprocess.run(
        [*command, "--limit-rows", "7", "--lang", lang], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--limit-rows 7" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_limits_are_said_in_the_same_words(server: Server, lang: str) -> None:
    """The words are those of the embedded store, and name the option that allows more."""
    command = [sys.executable, "-m", "cybercoop", "query", "--endpoint", server.url("never/rows-by-the-byte")]
    command += ["--sparql", "SELECT ?x { }", "--limit-seconds", "0.5", "--lang", lang]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "query-limit-seconds" in done.stderr
    assert "--limit-seconds" in done.stderr
    assert "0.5" in done.stderr
