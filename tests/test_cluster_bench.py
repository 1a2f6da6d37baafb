"""What is measured on a cluster is noted part by part, so that a run that is stopped leaves it and another goes on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import lake
from bench.cases import cases
from bench.lake_page import page
from cybercoop.engines.embedded import Embedded
from cybercoop.graph import Graph
from cybercoop.sparql.limits import Limits


class Some:
    """An engine that is the store, and is gone before a question by the number `ends`."""

    def __init__(self, graph: Graph, ends: int) -> None:
        self.asked, self.ends, self.store = list[str](), ends, Embedded(graph.workspace.stored.open())

    def within(self, limits: Limits) -> Some:
        """Return the same."""
        return self

    def rows(self, text: str, name: str) -> Any:
        """Return what the store gives."""
        if len(self.asked) == self.ends:
            raise KeyboardInterrupt
        self.asked.append(name)
        return self.store.rows(text, name)


class Killed:
    """Processes of which none is killed."""

    kill_at_work = staticmethod(lambda thread, _: thread.join() is None)
    add_worker = staticmethod(lambda: None)


@pytest.fixture
def asked(graph: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[list[str], Any]]:
    """Return a function that measures until a part, and gives what was asked and what was noted."""
    monkeypatch.setattr(lake, "KEPT", tmp_path / "bench" / "lake.json")
    monkeypatch.setattr(lake.time, "sleep", lambda _: None)
    monkeypatch.setattr(lake, "commit", lambda: "0001")
    monkeypatch.setattr(lake, "cases", lambda workspace: cases(workspace)[:4])

    def measure(what: str, ends: int, *, go_on: bool) -> tuple[list[str], Any]:
        engine = Some(graph, ends)

        @contextmanager
        def there(_: int, found: dict[str, Any]) -> Iterator[Any]:
            found["built"] = {"statements": 7, "seconds": 1, "processor": 1, "load": [0, 0], "bytes": 1}
            yield Killed, graph, graph.workspace.stored, engine

        monkeypatch.setattr(lake, "lake_of", there)
        known = json.loads(lake.KEPT.read_text()) if lake.KEPT.is_file() else {}
        with suppress(KeyboardInterrupt):
            lake.measure(what, 0, known, go_on=go_on)
        return engine.asked, json.loads(lake.KEPT.read_text())

    return measure


def test_questions_go_on_where_they_were_stopped(
    asked: Callable[..., Any], graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked before is kept and not asked again; with another commit all are; the page says how many of all."""
    names = [each.name for each in cases(graph.workspace)[:4]]
    first, noted = asked("questions", 2, go_on=False)
    assert (first, list(noted)) == (names[:2], ["questions 7"])
    assert list(noted["questions 7"]["questions"]) == names[:2]
    assert "2 of 2 questions (4 there are; the measurement was stopped)" in page(noted, "2g")
    before = noted["questions 7"]
    rest, noted = asked("questions", 9, go_on=True)
    assert (rest, list(noted["questions 7"]["questions"])) == (names[2:], names)
    assert noted["questions 7"]["questions"].items() >= before["questions"].items()
    assert noted["questions 7"]["seconds"] >= before["seconds"]
    assert {*noted["questions 7"]["memory"]} >= {*before["memory"]}
    assert "4 of 4 questions had" in page(noted, "2g")
    monkeypatch.setattr(lake, "commit", lambda: "0002")
    assert asked("questions", 9, go_on=True)[0] == names
    assert asked("questions", 9, go_on=False)[0] == names
    assert asked("questions", 9, go_on=True)[0] == []


def test_kills_go_on_where_they_were_stopped(asked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run is noted when it is over; the answer that runs are held against is asked first, and is the store's."""
    monkeypatch.setattr(lake, "KILLED", "partner-count")
    ended = iter([None, KeyboardInterrupt])

    def add_worker() -> None:
        if error := next(ended, None):
            raise error

    monkeypatch.setattr(Killed, "add_worker", staticmethod(add_worker))
    _, noted = asked("kills", 9, go_on=False)
    assert [each["same"] for each in noted["kills 7"]["runs"]] == [True, True]
    assert noted["kills 7"]["stored"]
    assert "in 2 of 2 runs (of 5; the measurement was stopped)" in page(noted, "2g")
    asking, noted = asked("kills", 9, go_on=True)
    assert len(asking) == 1 + 3
    assert [each["same"] for each in noted["kills 7"]["runs"]] == [True] * 5
    assert "rows, those of the store, in the same order in 5 of 5 runs." in page(noted, "2g")


def test_a_lake_beside_no_store_is_asked_some_questions(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The graph is written once; every eighth question is asked; the page says what is not held against a store."""
    filled = list[Path]()

    @contextmanager
    def there(_graph: Graph, quads: Path, found: dict[str, Any]) -> Iterator[Any]:
        filled.append(quads)
        found["built"] = {"statements": 7, "seconds": 1, "processor": 1, "load": [0, 0], "bytes": 1}
        yield SimpleNamespace(url="sc://127.0.0.1:1")

    engine = Some(graph, 99)
    monkeypatch.setattr(lake, "LAKE", tmp_path / "lake")
    monkeypatch.setattr(lake, "KEPT", tmp_path / "lake.json")
    monkeypatch.setattr(lake, "_filled", there)
    monkeypatch.setattr(lake, "Cluster", lambda url, stored: engine)
    statements = sum(1 for _ in graph.workspace.stored.quads())
    lake.measure("alone", statements, {})
    wanted = [each.name for each in cases(graph.workspace) if each.catalogued][::8]
    assert engine.asked == wanted
    (part,) = filled[0].parent.glob(filled[0].name)
    assert gzip.decompress(part.read_bytes()).count(b" .\n") == statements
    noted = json.loads(lake.KEPT.read_text())
    assert list(noted) == [f"alone {statements}"]
    assert not any("same" in one for one in noted[f"alone {statements}"]["questions"].values())
    text = page(noted, "2g")
    assert f"No store was beside it. Every eighth question was asked, {len(wanted)}; median" in text
    assert f"{noted[f'alone {statements}']['day']})" in text
    noted[f"alone {statements}"]["questions"][wanted[0]] |= {"refused": "query-limit-rows", "rows": 0, "seconds": 99}
    assert f"| `{wanted[0]}` | refused | 99 |" in page(noted, "2g")
