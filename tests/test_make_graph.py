"""The generator of large graphs keeps its word: what it breaks is found, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cybercoop
from bench.graphs import records
from bench.make_graph import make
from cybercoop.graph import Graph
from cybercoop.shapes.engines import engine

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(("size", "faults"), [(10_000, 30), (16_000, 250), (90_000, 250)])
def test_what_is_broken_is_found_and_nothing_else(graph: Graph, tmp_path: Path, size: int, faults: int) -> None:
    """Every fault of a generated graph is found at its thing, under its code, and the graph has no other."""
    path = tmp_path / "graph.nt"
    make(graph.workspace, size, path, faults)
    known = {tuple(line.split()) for line in Path(f"{path}.faults").read_text("ascii").splitlines()}
    found = set()
    for result in engine("fast").file(path, graph.workspace.shapes):
        number = re.search(r"\.fault-(\d+)>$", result.focus)
        found.add((result.shape.rpartition("#")[2], number.group(1) if number else result.focus))
    assert found == known
    assert len(known) == faults
    assert len({code for code, _ in known}) >= faults * 0.6
    assert abs(len(path.read_text("utf-8").splitlines()) - size) < size / 10


def test_the_same_arguments_give_the_same_bytes(graph: Graph, tmp_path: Path) -> None:
    """A run as a person would have it and one in this process write the same graph and the same list of faults."""
    first, second = tmp_path / "a.nq", tmp_path / "b.nq"
    command = [sys.executable, "-m", "bench.make_graph", "16000", first, "--faults", "250"]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    make(graph.workspace, 16_000, second, 250)
    assert first.read_bytes() == second.read_bytes()
    assert Path(f"{first}.faults").read_bytes() == Path(f"{second}.faults").read_bytes()


def test_a_graph_of_copies_validates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a graph without faults nothing is found by any check of `cybercoop validate`, ids that disagree included."""
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path / "cache"))
    assert records(tmp_path / "home", 110_000) > 80_000
    report = cybercoop.open(tmp_path / "home").validate()
    assert not report.problems
