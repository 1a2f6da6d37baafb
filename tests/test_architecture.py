"""The house stays simple: imports run downhill, modules stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "cybercoop"
FLOORS = {
    "cells": 1,
    "dates": 1,
    "diff": 1,
    "messages": 1,
    "names": 1,
    "notes": 1,
    "sources": 1,
    "labels": 2,
    "literals": 2,
    "problems": 2,
    "query": 2,
    "context": 3,
    "derive": 3,
    "journal": 3,
    "policy": 3,
    "shapes": 3,
    "store": 3,
    "wording": 3,
    "exporters": 4,
    "readers": 4,
    "files": 5,
    "workspace": 5,
    "answers": 6,
    "judging": 6,
    "citing": 7,
    "reports": 7,
    "sparql": 7,
    "asking": 8,
    "contributing": 9,
    "servers": 9,
    "graph": 10,
    "notebook": 11,
    "__init__": 12,
    "assistants": 13,
    "cli": 14,
    "__main__": 15,
}
"""A room stands above all that it imports; rooms of one floor do not know each other."""


def room(module: str) -> str:
    """The room on its floor that a dotted module name belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> set[str]:
    """Every module of ours that a file imports at run time, anywhere in it; imports for types do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cybercoop":
            found |= {_target(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "cybercoop"}
    return found


def _target(module: str, name: str) -> str:
    inner = SOURCE.joinpath(*module.split(".")[1:], name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else module


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(["cybercoop", *(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)])
        found[name.removesuffix(".__init__")] = path
    return found


@cache
def arrows() -> dict[str, set[str]]:
    """Module → the modules that it imports."""
    return {name: imports(path) - {name} for name, path in modules().items()}


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_run_downhill(name: str) -> None:
    """No module imports from its own floor or a higher one, outside its own room."""
    here = room(name) if name != "cybercoop" else "__init__"
    for target in arrows()[name]:
        there = room(target)
        if there != here:
            assert FLOORS[there] < FLOORS[here], f"{name} imports {target} from a floor that is not below"


def test_every_room_has_a_floor() -> None:
    """A new module has been given its floor in FLOORS."""
    assert {room(name) if name != "cybercoop" else "__init__" for name in modules()} == set(FLOORS)


def test_every_room_is_in_the_plan() -> None:
    """The plan in CONTRIBUTING.md names every room, from the door down, and no other."""
    plan = (SOURCE.parent.parent / "CONTRIBUTING.md").read_text("utf-8").split("## The house")[1].split("\n## ")[0]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in plan.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in row} == {name for name in FLOORS if not name.startswith("__")}
    floors = [max(FLOORS[name] for name in row) for row in rows]
    assert floors == sorted(floors, reverse=True)


def test_no_circle() -> None:
    """There is an order in which the modules could be read one after the other."""
    TopologicalSorter(arrows()).prepare()


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_module_is_long(path: Path) -> None:
    """Every module fits in 300 lines."""
    count = len(path.read_text("utf-8").splitlines())
    assert count <= 300, f"{path.name} has {count} lines: divide it by what it is about"


@pytest.mark.parametrize("path", sorted((SOURCE / "cli").glob("*.py")), ids=lambda path: path.name)
def test_commands_only_parse_call_and_print(path: Path) -> None:
    """A command's file stays under 90 lines: what it does lives in the library."""
    assert len(path.read_text("utf-8").splitlines()) < 90


def test_the_command_line_imports_no_slow_library() -> None:
    """Importing the command line loads neither rdflib nor pyshacl nor pandas, each of which costs most of a second."""
    code = "import sys, cybercoop.cli; print([m for m in ('rdflib', 'pyshacl', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_is_a_drawer() -> None:
    """No module is named utils, helpers, common, core, services or models."""
    assert not {name.split(".")[-1] for name in modules()} & {
        "utils",
        "helpers",
        "common",
        "core",
        "services",
        "models",
    }
