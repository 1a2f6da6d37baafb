"""The house stays simple: imports run downhill, modules stay small."""

from __future__ import annotations

import ast
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
    "limits": 1,
    "messages": 1,
    "names": 1,
    "patterns": 1,
    "sources": 1,
    "frames": 2,
    "grammar": 2,
    "labels": 2,
    "literals": 2,
    "paths": 2,
    "portable": 2,
    "problems": 2,
    "query": 2,
    "worker": 2,
    "answer": 3,
    "context": 3,
    "derive": 3,
    "folding": 3,
    "guard": 3,
    "journal": 3,
    "parameters": 3,
    "policy": 3,
    "remote": 3,
    "selects": 3,
    "shapes": 3,
    "store": 3,
    "trace": 3,
    "catalogue": 4,
    "change": 4,
    "citations": 4,
    "engines": 4,
    "explanation": 4,
    "exporters": 4,
    "footprint": 4,
    "layouts": 4,
    "readers": 4,
    "replies": 4,
    "reports": 4,
    "runner": 4,
    "diagnosis": 5,
    "endpoint": 5,
    "excerpts": 5,
    "files": 5,
    "soundness": 5,
    "tidy": 5,
    "workspace": 5,
    "ask": 6,
    "explain": 6,
    "fields": 6,
    "homes": 6,
    "plots": 6,
    "publish": 6,
    "search": 6,
    "sparql": 6,
    "suggestions": 6,
    "validate": 6,
    "accept": 7,
    "mends": 7,
    "results": 7,
    "template": 7,
    "graph": 8,
    "notebook": 9,
    "__init__": 10,
    "assistants": 11,
    "cli": 12,
    "__main__": 13,
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
