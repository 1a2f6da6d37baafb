"""A process that has threads has its workers forked by one that has none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cybercoop.engines.nursery import Nursery
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems start an interpreter for each query")

ROOT = Path(__file__).parent.parent
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    """One of its own, in a process that has a thread more."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    made = Nursery()
    monkeypatch.setattr("cybercoop.engines.nursery.nursery", made)
    yield made
    made.close()
    done.set()
    thread.join()


def test_a_query_is_answered_by_a_forked_worker(graph: Graph, nursery: Nursery) -> None:
    """Beside a thread, queries have their rows, at the same time too, and no interpreter is started for each."""
    query = "SELECT ?c { ?c a coop:Country } ORDER BY ?c"
    expected = graph.sparql(query).rows
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(graph.sparql(query)))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [len(expected)] * 8
    assert nursery._process is not None
    assert nursery._process.poll() is None


def test_limits_hold_there_too(graph: Graph, nursery: Nursery) -> None:
    """A worker is killed at its seconds, and ends at its memory."""
    with pytest.raises(Refusal) as late:
        graph.sparql(SLOW, Limits(seconds=0.3))
    assert late.value.problem.code == "query-limit-seconds"
    with pytest.raises(Refusal) as large:
        graph.sparql("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a", Limits(memory=32 << 20))
    assert large.value.problem.code == "query-limit-memory"
    assert len(graph.sparql("ASK {}")) == 1


def test_where_it_has_ended_another_is_started(graph: Graph, nursery: Nursery) -> None:
    """A process that somebody killed is no end of queries."""
    assert len(graph.sparql("ASK {}")) == 1
    first = nursery._process
    assert first is not None
    first.kill()
    first.wait()
    assert len(graph.sparql("ASK {}")) == 1
    assert nursery._process is not None
    assert nursery._process.pid != first.pid


def test_it_ends_with_the_process_that_it_works_for() -> None:
    """When a process is killed, the one that forks for it ends by itself."""
    code = "import threading, time, cybercoop; from cybercoop.engines.nursery import nursery\n"
    code += "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    code += "cybercoop.open().sparql('ASK {}'); print(nursery._process.pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        assert Path(f"/proc/{pid}").is_dir()
        asking.kill()
    for _ in range(6000):
        if not _runs(pid):
            break
        time.sleep(0.01)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False
