"""Queries that mean harm: each ends in the way its first line expects, within its limits, and nobody is called.

In a file, `⟪text⟫20` stands for twenty times the text, and `{port}` for a server that must never hear of it.
"""

from __future__ import annotations

import json
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from cybercoop.ask.parameters import _named
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms.labels import fold

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "hostile").glob("*.rq"))
TEXT_OF = runpy.run_path(str(ROOT / "bench" / "hostile.py"))["written_out"]
SECONDS, MEMORY, ROWS, BYTES = 0.5, 128 << 20, 10_000, 1 << 20
GRACE = 0.5
UNHURRIED = 60
"""Seconds by the clock for what is not to meet its limit: a machine may be busy, and its own time is looked at."""
BESIDE = 128 << 20
"""Python, the open store, and what the allocator had reserved before the limit was set."""
DRIVER = f"""
import json, resource, sys
from pathlib import Path
from cybercoop.problems.problem import Refusal
from cybercoop.ask.results import stream
from cybercoop.sparql.limits import Limits
from cybercoop.workspace.workspace import Workspace

def used():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime

workspace = Workspace.find(Path({str(ROOT)!r}))
for line in sys.stdin:
    text, seconds = json.loads(line)
    before, rows, end = used(), 0, "answer"
    try:
        with stream(workspace, text, Limits({ROWS}, {BYTES}, seconds, {MEMORY})) as found:
            for block in found.blocks():
                rows += len(block)
    except Refusal as refusal:
        end = refusal.problem.code
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({{"end": end, "rows": rows, "seconds": used() - before, "peak": peak}}), flush=True)
"""
"""Asks in a process without threads, where workers are forked, as on the command line."""


class Listener:
    """A server on loopback that remembers whether anybody called."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.socket.close()


@pytest.fixture(scope="module")
def driver(graph: Graph) -> Iterator[subprocess.Popen[str]]:
    assert graph.workspace.stored.folder.is_dir()
    process = subprocess.Popen([sys.executable, "-c", DRIVER], stdin=-1, stdout=-1, text=True, encoding="utf-8")
    yield process
    process.communicate(timeout=60)


def asked(driver: subprocess.Popen[str], text: str, seconds: float = SECONDS) -> dict[str, Any]:
    assert driver.stdin
    assert driver.stdout
    driver.stdin.write(json.dumps([text, seconds]) + "\n")
    driver.stdin.flush()
    return dict(json.loads(driver.stdout.readline()))


def test_there_are_many() -> None:
    """The corpus has at least sixty queries."""
    assert len(FILES) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_hostile_query_ends_as_expected(
    path: Path, driver: subprocess.Popen[str], listener: Listener, graph: Graph
) -> None:
    """It ends as its first line says, within its limits; no server is called; the next question is answered."""
    text = TEXT_OF(path, listener.port)
    expected = text.splitlines()[0].removeprefix("# expects: ").split()
    found = asked(driver, text, SECONDS if "query-limit-seconds" in expected else UNHURRIED)
    assert found["end"] in expected
    assert found["rows"] <= ROWS
    assert found["seconds"] <= SECONDS + GRACE, "the worker's own time, whatever else the machine does"
    assert found["peak"] <= MEMORY * 1.1 + BESIDE
    assert listener.calls == 0
    before = time.process_time()
    assert len(graph.query("treaty-status", country="MA", instrument="ets-185"))
    assert time.process_time() - before < 1


def test_the_listener_hears_a_call(listener: Listener) -> None:
    """The server that nobody may call would notice a call."""
    before = listener.calls
    socket.create_connection(("127.0.0.1", listener.port)).close()
    for _ in range(500):
        if listener.calls > before:
            break
        time.sleep(0.01)
    assert listener.calls == before + 1
    listener.calls = before


def test_a_worker_cannot_call_even_where_the_look_finds_nothing(listener: Listener, graph: Graph) -> None:
    """A query that came past the look ends in an error of the engine: its process can open no connection."""
    from cybercoop.engines.worker import Worker
    from cybercoop.sparql.limits import Limits

    text = f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.port}/> {{ ?s ?p ?o }} }}"
    worker = Worker(graph.workspace.stored.folder, text, Limits(seconds=20))
    try:
        assert len([line for block in worker.lines() for line in block if line]) <= 1
        assert worker.verdict()["end"] == "crash"
    finally:
        worker.close()
    assert listener.calls == 0


EACH = 2
CALL = "SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o }"
VALUES = [
    f'MA" }} {CALL} #',
    f"MA' }} {CALL} #",
    f"MA> }} {CALL} #",
    f"MA }} }} {CALL} {{ {{ #",
    f"MA\n}} {CALL} #",
    f"MA\r}} {CALL} #",
    f'"""MA""" }} {CALL} #',
    f'2020-01-01"^^xsd:date }} {CALL} #',
    f'2020-01-01" "2021-01-01"@en }} {CALL} #',
    f"2020 }} {CALL} #",
    f"http://127.0.0.1:{{port}}/> }} {CALL} #",
    f"https://w3id.org/cybercoop/id/country/MA> }} {CALL} <x:y",
    f"https://w3id.org/cybercoop/id/country/MA }} {CALL}",
    f"country/MA> }} {CALL} #",
    "http://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "https://w3id.org/cybercoop/id/country/M A",
    "https://w3id.org/cybercoop/id/country/M%41",
    "https://w3id.org/cybercoop/id/country/../../x",
    "https://w3id.org/cybercoop/id/country/\\u004DA",
    "\\u0022 } #",
    "\\U0000003E } #",
    "\\",
    "VALUES ?country { } } #",
    "?country",
    "_:blank",
    "UNDEF",
    'MA,,,",',
    "x" * 5000,
    "https://w3id.org/cybercoop/id/country/" + "x" * 100_000,
    "\x00",
    "",
    " ",
    "\u202eMA",
    "\ud800",
    "\U0010ffff",
]


def test_no_parameter_of_any_question_is_a_way_in(
    listener: Listener, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed for any parameter is refused in words or asked as a value; no server is called."""
    monkeypatch.setattr("cybercoop.ask.parameters.fold", cache(fold))
    monkeypatch.setattr("cybercoop.ask.parameters.nearest", lambda *_: "")
    bearers: dict[tuple[str, ...], dict[str, set[str]]] = {}

    def named(things: dict[str, Any], store: Any, predicate: str) -> dict[str, set[str]]:
        key = (predicate, *things)
        if key not in bearers:
            bearers[key] = _named(things, store, predicate)
        return bearers[key]

    monkeypatch.setattr("cybercoop.ask.parameters._named", named)
    tried = 0
    values = cycle(VALUES)
    for question in graph.questions.values():
        right = {name: each.example for name, each in question.parameters.items() if each.example and not each.optional}
        for name in question.parameters:
            for value in islice(values, EACH):
                tried += 1
                try:
                    graph.query(question.name, **{**right, name: value.replace("{port}", str(listener.port))})
                except Refusal as refusal:
                    assert refusal.problem.message["fr"]
    assert tried == EACH * sum(len(question.parameters) for question in graph.questions.values())
    assert listener.calls == 0
