"""The generator of large graphs keeps its word: what it breaks is found, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from cybercoop.graph import Graph
from cybercoop.shapes.engines import engine

SCRIPT = Path(__file__).parent.parent / "scripts" / "make_graph.py"


def made(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run([sys.executable, SCRIPT, "16000", path, "--faults", "250"], check=True, capture_output=True)
    return path


def test_what_is_broken_is_found_and_nothing_else(graph: Graph, tmp_path: Path) -> None:
    """Every fault of a generated graph is found at its thing, under its code, and the graph has no other."""
    path = made(tmp_path, "graph.nt")
    known = {tuple(line.split()) for line in Path(f"{path}.faults").read_text("ascii").splitlines()}
    found = set()
    for result in engine("fast").file(path, graph.workspace.shapes):
        number = re.search(r"\.fault-(\d+)>$", result.focus)
        found.add((result.shape.rpartition("#")[2], number.group(1) if number else result.focus))
    assert found == known
    assert len({code for code, _ in known}) > 150
    assert len(path.read_text("utf-8").splitlines()) > 15_000


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same graph and the same list of faults."""
    first, second = made(tmp_path, "a.nq"), made(tmp_path, "b.nq")
    assert first.read_bytes() == second.read_bytes()
    assert Path(f"{first}.faults").read_bytes() == Path(f"{second}.faults").read_bytes()
