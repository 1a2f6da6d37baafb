"""The generator of large graphs keeps its word: what it breaks is found, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cybercoop.graph import Graph
from cybercoop.shapes.engines import engine

SCRIPT = Path(__file__).parent.parent / "bench" / "make_graph.py"


def made(folder: Path, name: str, size: int = 16_000, faults: int = 250) -> Path:
    path = folder / name
    command = [sys.executable, SCRIPT, str(size), path, "--faults", str(faults)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.parametrize(("size", "faults"), [(7_000, 30), (12_000, 250), (42_000, 250)])
def test_what_is_broken_is_found_and_nothing_else(graph: Graph, tmp_path: Path, size: int, faults: int) -> None:
    """Every fault of a generated graph is found at its thing, under its code, and the graph has no other."""
    path = made(tmp_path, "graph.nt", size, faults)
    known = {tuple(line.split()) for line in Path(f"{path}.faults").read_text("ascii").splitlines()}
    found = set()
    for result in engine("fast").file(path, graph.workspace.shapes):
        number = re.search(r"\.fault-(\d+)>$", result.focus)
        found.add((result.shape.rpartition("#")[2], number.group(1) if number else result.focus))
    assert found == known
    assert len(known) == faults
    assert len({code for code, _ in known}) >= faults * 0.6
    assert abs(len(path.read_text("utf-8").splitlines()) - size) < size / 10


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same graph and the same list of faults."""
    first, second = made(tmp_path, "a.nq"), made(tmp_path, "b.nq")
    assert first.read_bytes() == second.read_bytes()
    assert Path(f"{first}.faults").read_bytes() == Path(f"{second}.faults").read_bytes()
