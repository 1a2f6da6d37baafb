"""Engines inside a Python process: ours, and those that it is compared with; each query in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Protocol

from bench.cases import Case
from bench.graphs import ROOT, Base, Loaded, peak
from cybercoop.terms import labels

RUNS = 5

_FORK = multiprocessing.get_context("fork")


class Absent(Exception):
    """An engine is not here; the words say how it can be had."""


@dataclass(slots=True)
class Times:
    """What was measured of one query: seconds of each run that was finished, rows, and the most memory in MB."""

    seconds: list[float] = field(default_factory=list)
    rows: int = -1
    memory: float = 0.0
    fault: str = ""


class Engine(Protocol):
    """What can be loaded with a graph and asked."""

    name: str

    def load(self, base: Base) -> Loaded:
        """Load the graph, and be ready to be asked. Raises `Absent` where the engine is not here."""

    def times(self, case: Case, limit: float) -> Times:
        """Ask a query once to warm up and up to `RUNS` times more; none takes longer than `limit`, nor all together."""

    def close(self) -> None:
        """Stop what was started."""


Ask = Callable[[Case], int]
"""Asks a query, reads its answer to the end, and returns how many rows it had."""


class Inside:
    """An engine in this process: `prepare` reads the graph before any query, `ready` opens it for one query."""

    def __init__(self, name: str, ready: Callable[[Any], Ask], prepare: Callable[[Base], Any] | None = None) -> None:
        self.name = name
        self._ready = ready
        self._prepare = prepare

    def load(self, base: Base) -> Loaded:
        """Read the graph into memory, or take the embedded store as it was loaded."""
        if self._prepare is None:
            self._state: Any = base
            return base.loaded
        start = time.perf_counter()
        self._state = self._prepare(base)
        gc.freeze()
        return Loaded(time.perf_counter() - start, peak("self"), None)

    def times(self, case: Case, limit: float) -> Times:
        """Ask in a forked process, which is killed where it takes too long."""
        here, there = _FORK.Pipe(False)
        process = _FORK.Process(target=self._ask, args=(case, there))
        process.start()
        there.close()
        found = gathered(here, limit)
        process.kill()
        process.join()
        return found

    def close(self) -> None:
        """Do nothing: all ends with the process."""

    def _ask(self, case: Case, out: Connection) -> None:
        try:
            ask = self._ready(self._state)
            for _ in range(RUNS + 1):
                start = time.perf_counter()
                rows = ask(case)
                out.send((time.perf_counter() - start, rows, peak("self"), ""))
        except BaseException as error:  # a panic of the engine is no Exception
            out.send((0.0, -1, 0.0, f"{type(error).__name__}: {error}"[:200]))


def gathered(reports: Connection, limit: float) -> Times:
    """Return what a process reports of its runs, the first of which does not count where there are others."""
    found, begun = Times(), time.perf_counter()
    while len(found.seconds) <= RUNS and (left := begun + limit - time.perf_counter()) > 0 and reports.poll(left):
        seconds, found.rows, found.memory, found.fault = reports.recv()
        if found.fault:
            return found
        found.seconds.append(seconds)
    found.seconds = found.seconds[1:] or found.seconds
    return found


def _embedded(base: Base) -> Ask:
    os.environ["CYBERCOOP_CACHE"] = str(base.cache)
    import cybercoop

    graph = cybercoop.open(ROOT)

    def ask(case: Case) -> int:
        given: dict[str, Any] = {**(case.given or {})}
        return len(graph.query(case.name, **given) if case.catalogued else graph.sparql(case.text))

    return ask


def _forgetful(base: Base) -> Ask:
    ask = _embedded(base)

    def anew(case: Case) -> int:
        labels.ROOM = -1
        return ask(case)

    return anew


def _bare(base: Base) -> Ask:
    import pyoxigraph as ox

    from cybercoop.engines.embedded import Embedded

    engine = Embedded(ox.Store.read_only(str(base.store)))
    return lambda case: len(engine.rows(case.text, case.name)[1])


def _raw(base: Base) -> Ask:
    import pyoxigraph as ox

    store = ox.Store.read_only(str(base.store))

    def ask(case: Case) -> int:
        result: Any = store.query(case.text)
        return 1 if isinstance(result, ox.QueryBoolean) else len([tuple(row) for row in result])

    return ask


def _oxrdflib(base: Base) -> Ask:
    import pyoxigraph as ox
    import rdflib
    from oxrdflib import OxigraphStore

    store = OxigraphStore(store=ox.Store.read_only(str(base.store)))
    return _with_rdflib(rdflib.Dataset(store=store))


def _parsed(base: Base) -> Any:
    import rdflib

    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(base.quads, format="nquads")
    return dataset


def _with_rdflib(dataset: Any) -> Ask:
    def ask(case: Case) -> int:
        result = dataset.query(case.text)
        return 1 if result.type == "ASK" else sum(1 for _ in result)

    return ask


INSIDE = (
    Inside("cybercoop", _embedded),
    Inside("cybercoop, names anew", _forgetful),
    Inside("cybercoop, rows alone", _bare),
    Inside("pyoxigraph", _raw),
    Inside("oxrdflib", _oxrdflib),
    Inside("rdflib", _with_rdflib, _parsed),
)
"""Ours embedded: names kept, looked up each time, left out; the engine below it; rdflib on that, and in memory."""
