"""Graphs to export: a small one with everything that exports stumble over, and the shipped one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.export import export
from cybercoop.graph import Graph

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Whole:
    """A graph and the context that goes with it."""

    quads: list[ox.Quad]
    context: dict[str, Any]
    made: dict[str, bytes] = field(default_factory=dict)

    def export(self, name: str) -> bytes:
        """The graph in a format, written when it is first asked for."""
        if name not in self.made:
            out = io.BytesIO()
            export(name, self.quads, self.context, out)
            self.made[name] = out.getvalue()
        return self.made[name]


@pytest.fixture(scope="session")
def small() -> Whole:
    quads = list(ox.parse(path=str(HERE / "graph.trig"), format=ox.RdfFormat.TRIG))
    return Whole(quads, json.loads((HERE / "context.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def shipped(graph: Graph) -> Whole:
    return Whole(graph.quads(), dict(graph.workspace.context.source))


@pytest.fixture(scope="session", params=["small", "shipped"])
def whole(request: pytest.FixtureRequest) -> Whole:
    found: Whole = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def quads(small: Whole) -> list[ox.Quad]:
    return small.quads


@pytest.fixture(scope="session")
def context(small: Whole) -> dict[str, Any]:
    return small.context


@pytest.fixture(scope="session")
def exported(context: dict[str, Any]) -> Callable[[str, Iterable[ox.Quad]], bytes]:
    return lambda name, quads: Whole(list(quads), context).export(name)
