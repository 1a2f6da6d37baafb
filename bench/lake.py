"""Measure a cluster of this machine, and write its part of docs/scale.md.

    python -m bench.lake iati FOLDER ACTIVITIES [ACTIVITIES …]      files multiplied by `bench.make_iati`, as claims
    python -m bench.lake questions [STATEMENTS]                     every question, rows held against those of the store
    python -m bench.lake alone STATEMENTS                           every eighth question, of a lake beside no store
    python -m bench.lake kills STATEMENTS                           a worker killed in the middle of each of five runs
    python -m bench.lake constraints STATEMENTS                     every constraint, violations held against the store
    python -m bench.lake write                                      docs/scale.md, of what was measured

A cluster has a master, two workers of one core and a Connect server, each a process. What was measured lies in
`build/bench/lake.json`, one entry for each of these lines with its day, so that one can be measured again by itself.
Without a number of statements, the graph at hand is asked (`CYBERCOOP_HOME`, `CYBERCOOP_CACHE`), such as one that
`bench.large` keeps. Questions and kills are noted one by one: with `--go-on`, those of the same commit and graph are
not asked again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Self

import psutil
import pyoxigraph as ox

import cybercoop
from bench.cases import Case, cases
from bench.cluster import Cluster as Processes
from bench.graphs import ROOT, base
from bench.lake_page import page
from bench.make_graph import copies
from bench.make_graph import make as make_graph
from bench.make_iati import TITLES, make
from cybercoop.contribute.iati.bulk import Claims
from cybercoop.contribute.iati.known import Known
from cybercoop.engines.columns.cluster import Cluster
from cybercoop.engines.embedded import Embedded
from cybercoop.engines.store import Stored, aside, union
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.sparql.limits import DEFAULT
from cybercoop.workspace.constraints import every, met, on_cluster
from cybercoop.workspace.lake import build

KEPT = ROOT / "build" / "bench" / "lake.json"
LAKE = ROOT / "build" / "bench" / "lake"
LOGS = ROOT / "build" / "bench" / "cluster-logs"
"""Of a cluster that broke off."""
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- bench.lake -->\n", "<!-- end of bench.lake -->\n"
LONG = DEFAULT._replace(seconds=1800)
ROLES = {
    "SparkSubmit": "server",
    "CoarseGrainedExecutor": "executor",
    "pyspark": "Python of a worker",
    "deploy.master": "master and workers",
    "deploy.worker": "master and workers",
}
COPIES = 400
"""Of the shipped records in one file of a graph that is written in several, some four million statements."""
MEMORY = "2g"
"""Of each executor."""
KILLED, OTHERS = "country-profile", (1, 5, 10, 20, 30)
"""A question that takes many tasks, and after how many others of them a worker is killed in each run."""
NOTED = ("seconds", "processor", "memory", "load")
FIELD = f"""SELECT (COUNT(DISTINCT ?p) AS ?n) {{
  VALUES ?top {{ theme:cybercrime theme:electronic-evidence }}
  ?p a coop:Project ; skos:prefLabel ?name ; coop:theme ?t . ?t skos:broader* ?top
  FILTER({" || ".join(f'STRSTARTS(STR(?name), "{title}, ")' for _, title in TITLES)})
}}"""


class Watch:
    """The processor seconds of a cluster and of this process, and the most memory of a process of each role, in MB."""

    def __init__(self) -> None:
        self.memory: defaultdict[str, float] = defaultdict(float)
        self._me, self._over = psutil.Process(), threading.Event()
        self._before, self._start, self._load = _processor(self._me), time.monotonic(), os.getloadavg()[0]
        self._processor = dict(self._before)

    def __call__(self) -> None:
        """Look twice a second until it is over."""
        while not self._over.wait(0.5):
            for process in [self._me, *self._me.children(recursive=True)]:
                try:
                    line, used = " ".join(process.cmdline()), process.cpu_times()
                    role = next((said for sign, said in ROLES.items() if sign in line), "this command")
                    self.memory[role] = max(self.memory[role], process.memory_info().rss / 1e6)
                    self._processor[process.pid] = used.user + used.system
                except psutil.Error:
                    continue

    def note(self, into: dict[str, Any], before: Mapping[str, Any] | None = None) -> None:
        """Note seconds, processor seconds, memory and load from the start on, added to what was noted `before`."""
        earlier = before or {"seconds": 0, "processor": 0, "memory": {}, "load": [round(self._load, 1)]}
        seconds = earlier["seconds"] + time.monotonic() - self._start
        self._processor |= _processor(self._me)
        used = sum(max(0, end - self._before.get(pid, 0)) for pid, end in self._processor.items())
        into["seconds"], into["processor"] = round(seconds, 1), round(earlier["processor"] + used, 1)
        both = {*self.memory, *earlier["memory"]}
        into["memory"] = {
            each: round(max(self.memory.get(each, 0), earlier["memory"].get(each, 0))) for each in sorted(both)
        }
        into["load"] = [earlier["load"][0], round(os.getloadavg()[0], 1)]

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Look while something runs."""
        thread = threading.Thread(target=self, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


@contextmanager
def measured(into: dict[str, Any]) -> Iterator[None]:
    """Note seconds, processor seconds, memory, and the load before and after."""
    with Watch().running() as watch:
        yield
    watch.note(into)


def _processor(me: psutil.Process) -> dict[int, float]:
    found = {}
    for process in [me, *me.children(recursive=True)]:
        try:
            found[process.pid] = sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return found


def iati(graph: Graph, folder: Path, activities: int) -> dict[str, Any]:
    """Import so many activities as claims, and ask how many projects the words of the field found."""
    out = ROOT / "build" / "bench" / f"iati-{activities}"
    made, size, planted = (
        json.loads(note.read_text()) if (note := out / "made.json").is_file() else make(folder, activities, out)
    )
    note.write_text(json.dumps([made, size, planted]))
    found: dict[str, Any] = {"day": today(), "activities": made, "bytes": size, "planted": planted}
    with Processes(LAKE, memory=MEMORY, keep=LOGS) as running:
        with measured(found):
            built, left = build(graph.workspace, running.url, [f"{out}/*.xml.gz"], Claims(Known(graph.workspace)))
        found["statements"] = built.statements
        counts = {why: times for why, _, _, times in left}
        found |= {"taken": counts["taken"], "reasons": len(left) - 2}
        whole = ("iati-no-theme", "iati-no-partner", "iati-no-identifier", "iati-twice")
        found["left"] = {why: sum(times for code, _, _, times in left if code == why) for why in whole}
        start = time.monotonic()
        engine = Cluster(running.url, lambda: graph.workspace.stored)
        found["found"] = int(engine.within(LONG).rows(FIELD, "query")[1][0][0].value)  # type: ignore[union-attr]
        found["asked"] = round(time.monotonic() - start, 1)
    return found


@contextmanager
def lake_of(statements: int, found: dict[str, Any]) -> Iterator[tuple[Processes, Graph, Stored, Cluster]]:
    """Give a cluster with a lake of a large graph, the store of which is here: of the graph at hand where it is 0."""
    graph = cybercoop.open(ROOT if statements else None)
    stored = Stored(base(statements).stored) if statements else graph.workspace.stored
    with _filled(graph, stored.written, found) as running:
        yield running, graph, stored, Cluster(running.url, lambda: stored)


@contextmanager
def _filled(graph: Graph, quads: Path, found: dict[str, Any]) -> Iterator[Processes]:
    """Give a cluster with a lake of N-Quads, and note what it took to build."""
    with Processes(LAKE, memory=MEMORY, keep=LOGS) as running:
        note: dict[str, Any] = {}
        with measured(note):
            built = build(graph.workspace, running.url, [str(quads)])
        found["built"] = note | {"statements": built.lake.statements, "bytes": _size(Path(built.lake.folder))}
        yield running


def _size(folder: Path) -> int:
    kinds = ("terms", "quads", "triples")
    return sum(path.stat().st_size for kind in kinds for path in (folder / kind).glob("*.parquet"))


def questions(statements: int, found: dict[str, Any], note: Callable[[], None]) -> None:
    """Ask a case of every question of lake and store, and compare rows and their order."""
    with lake_of(statements, found) as (_, graph, stored, engine):
        _ask(engine, cases(graph.workspace), stored, found, note)


def alone(statements: int, found: dict[str, Any], note: Callable[[], None]) -> None:
    """Ask a case of every eighth question of the lake of a graph that is too large for a store beside it."""
    graph, folder = cybercoop.open(ROOT), LAKE.parent / f"alone-{statements}"

    def fill(made: Path) -> None:
        ahead = copies(graph.workspace, statements)
        for number, first in enumerate(ahead):
            with gzip.open(made / f"part-{number}.nq.gz", "wt", compresslevel=1, encoding="utf-8") as out:
                for lines in chain([first], islice(ahead, COPIES - 1)):
                    out.writelines(f"{' '.join(line)} .\n" for line in lines)

    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside(folder, fill)
    with _filled(graph, folder / "*.nq.gz", found) as running:
        engine = Cluster(running.url, lambda: graph.workspace.stored)
        _ask(engine, [each for each in cases(graph.workspace) if each.catalogued][::8], None, found, note)


def _ask(
    engine: Cluster, every: Iterable[Case], stored: Stored | None, found: dict[str, Any], note: Callable[[], None]
) -> None:
    """Ask what was not asked yet, and note seconds and rows of each; whether they are those of a store, if there is."""
    asked, before = found.setdefault("questions", {}), {name: found[name] for name in NOTED if name in found}
    wanted = [each for each in every if each.catalogued]
    found["all"] = len(wanted)
    with Watch().running() as watch:
        for each in wanted:
            if each.name in asked:
                continue
            start = time.monotonic()
            answer = _answer(engine.within(LONG._replace(seconds=found["limit"])), each.text, each.name)
            said: dict[str, Any] = {"seconds": round(time.monotonic() - start, 1)}
            said |= {"rows": 0, "refused": answer} if isinstance(answer, str) else {"rows": len(answer[1])}
            if stored:
                said["same"] = _answer(Embedded(stored.open()).within(LONG), each.text, each.name) == answer
            asked[each.name] = said
            watch.note(found, before)
            note()
            print(each.name, said, flush=True)


def _answer(engine: Any, text: str, name: str) -> Any:
    """Return columns and rows, or the code of a refusal, such as that of too many rows."""
    try:
        return engine.rows(text, name)
    except Refusal as refusal:
        return refusal.problem.code


def kills(statements: int, found: dict[str, Any], note: Callable[[], None]) -> None:
    """Kill a worker with its executor at a task of a long question, in each of five runs, and compare the answer."""
    runs, before = found.setdefault("runs", []), {name: found[name] for name in NOTED if name in found}
    with lake_of(statements, found) as (running, graph, stored, engine), Watch().running() as watch:
        asked, text = engine.within(LONG), graph.question(KILLED).bind({})
        start = time.monotonic()
        expected = asked.rows(text, KILLED)
        if not runs:
            alone = round(time.monotonic() - start, 1)
            same = expected == Embedded(stored.open()).within(LONG).rows(text, KILLED)
            found |= {"question": KILLED, "all": len(OTHERS), "alone": alone, "rows": len(expected[1]), "stored": same}
        for others in OTHERS[len(runs) :]:
            rows: list[object] = []
            thread = threading.Thread(target=lambda rows=rows: rows.append(asked.rows(text, KILLED)))
            start = time.monotonic()
            thread.start()
            in_time = running.kill_at_work(thread, others)
            thread.join()
            seconds = round(time.monotonic() - start, 1)
            runs.append({"seconds": seconds, "in_time": in_time, "same": rows == [expected]})
            watch.note(found, before)
            note()
            print(runs[-1], flush=True)
            running.add_worker()
            time.sleep(5)


def constraints(statements: int, found: dict[str, Any], _note: Callable[[], None]) -> None:
    """Ask every constraint of lake and store, bad examples among what they hold, and compare the violations."""
    graph, path = cybercoop.open(ROOT), LAKE.parent / f"faults-{statements}.nq"
    make_graph(graph.workspace, statements, path, 200)
    store, asked = ox.Store(), every(graph.workspace.shapes)
    store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    store.bulk_extend(union(list(store)))
    expected = met(Embedded(store), asked)
    with Processes(LAKE, memory=MEMORY, keep=LOGS) as running:
        build(graph.workspace, running.url, [str(path)])
        with measured(found):
            results = on_cluster(running.url, lambda: graph.workspace.stored, graph.workspace.shapes)
    for each in set(results) ^ set(expected):
        print("only there" if each in results else "only here", each, flush=True)
    found |= {"asked": len(asked), "violations": len(expected), "same": results == expected}


MEASURED = {each.__name__: each for each in (questions, alone, kills, constraints)}


def main() -> None:
    """Measure one thing, or write what was measured."""
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("what", choices=("iati", *MEASURED, "write"))
    line.add_argument("given", nargs="*")
    line.add_argument("--go-on", action="store_true", help="ask what a run that was stopped has not asked")
    line.add_argument("--seconds", type=float, default=LONG.seconds, help="that the cluster may take for a question")
    given = line.parse_args()
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    if given.what == "iati":
        graph = cybercoop.open(ROOT)
        for number in given.given[1:]:
            known[f"iati {number}"] = iati(graph, Path(given.given[0]), int(number))
            print(known[f"iati {number}"], flush=True)
            _keep(known)
    elif given.what == "write":
        text = PAGE.read_text("utf-8")
        before, _, rest = text.partition(BEGIN)
        PAGE.write_text(before + BEGIN + page(known, MEMORY) + END + rest.partition(END)[2], "utf-8")
    else:
        measure(given.what, int(given.given[0]) if given.given else 0, known, go_on=given.go_on, limit=given.seconds)


def measure(what: str, number: int, known: dict[str, Any], *, go_on: bool = False, limit: float = LONG.seconds) -> None:
    """Measure one thing at a size, noted after each part; go on where an entry of the same commit and graph ends."""
    graph = str(number) if number else cybercoop.open().workspace.stored.folder.name
    made = {"at_hand": not number, "commit": commit(), "graph": graph}
    same = (each for key, each in known.items() if key.split()[0] == what and made.items() <= each.items())
    found: dict[str, Any] = next(same, made) if go_on else made
    found |= {"limit": limit, "day": today()}

    def note() -> None:
        known[f"{what} {number or found['built']['statements']}"] = found
        _keep(known)

    MEASURED[what](number, found, note)
    note()


def today() -> str:
    """Return the day, as the page writes it."""
    return time.strftime("%-d %B %Y")


def commit() -> str:
    """Return the commit of this checkout, with a mark where files differ from it."""
    told = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    return subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _keep(known: dict[str, Any]) -> None:
    """Write what was measured, as a whole: a run that is stopped leaves the file before or after."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    new = KEPT.with_suffix(".new")
    new.write_text(json.dumps(known, indent=1), "utf-8")
    new.replace(KEPT)


if __name__ == "__main__":
    main()
