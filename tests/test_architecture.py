"""The house stays calm: imports run downhill, rooms know few others, a module is about one thing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "cybercoop"
FLOORS = (("terms", "problems", "documents"), ("sparql", "records", "export"), ("engines", "shapes"), ("workspace",))
FLOORS += (("ask", "judge"), ("contribute",), ("graph",), ("interfaces", ""))
"""From the ground up; rooms of one floor do not know each other. "" is the door, `cybercoop` itself."""
MODULES = {path: path.relative_to(SOURCE).with_suffix("").parts for path in sorted(SOURCE.rglob("*.py"))}
NAMES = {".".join(parts).removesuffix("__init__").removesuffix("."): path for path, parts in MODULES.items()}


def imports(path: Path) -> set[str]:
    """Every module of ours that a file imports, anywhere in it; imports for types count."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    targets = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    ours = {target.removeprefix("cybercoop.") for target in targets if target.startswith("cybercoop.")}
    return {name if name in NAMES else name.rpartition(".")[0] for name in ours}


def room(module: str) -> str:
    """The room that a module belongs to."""
    head = module.partition(".")[0]
    return "" if head in ("__main__", "__version__", "main") else head


ARROWS = {name: imports(path) - {name} for name, path in NAMES.items()}
BETWEEN_ROOMS = {(room(a), room(b)) for a, targets in ARROWS.items() for b in targets if room(a) != room(b)}


def test_imports_run_downhill() -> None:
    """No room imports from its own floor or a higher one, and at most 65 arrows run between rooms."""
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    assert {room(name) for name in NAMES} == set(floor), "give a new room its floor in FLOORS"
    up = {f"{a or 'cybercoop'} → {b or 'cybercoop'}" for a, b in BETWEEN_ROOMS if b and floor[a] <= floor[b]}
    assert not up
    assert len(BETWEEN_ROOMS) <= 65


def test_the_query_language_knows_no_question() -> None:
    """Only `sparql/question.py` and what stands above the room know what a question of the catalogue is."""
    assert not [name for name, targets in ARROWS.items() if room(name) == "sparql" and "sparql.question" in targets]


def test_no_circle() -> None:
    """There is an order in which the modules could be read one after the other."""
    TopologicalSorter(ARROWS).prepare()


def test_the_plan_names_every_room() -> None:
    """The plan in CONTRIBUTING.md names every room, from the door down, and no other."""
    plan = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## The house")[1].split("\n## ")[0]
    named = [
        set(re.findall(r"`(\w+)/?`", line.split("|")[2])) for line in plan.splitlines() if re.match(r"\| \d", line)
    ]
    assert named == [set(names) - {""} for names in reversed(FLOORS)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_is_about_one_thing(path: Path) -> None:
    """No module has more than 400 lines, or is a drawer by its name."""
    assert len(path.read_text("utf-8").splitlines()) <= 400, "divide it by what it is about"
    assert path.stem not in {"utils", "helpers", "common", "core", "services", "models"}


def test_the_command_line_imports_no_slow_library() -> None:
    """Importing the command line loads neither rdflib nor pyshacl nor pandas, each of which costs most of a second."""
    code = "import sys, cybercoop.interfaces.cli; print(sys.modules.keys() & {'rdflib', 'pyshacl', 'pandas'})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_question_loads_nothing_slow(graph: Graph) -> None:
    """A question answered from the store loads no room that it does not need, and no library slower than its answer."""
    asked = "query('country-profile', country='MA')"
    assert len(graph.query("country-profile", country="MA"))  # the store is there, and what was read of the question
    code = f"import sys, cybercoop; cybercoop.open().{asked}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not set(loaded.split()) & {"dataclasses", "duckdb", "inspect", "pandas", "rdflib", "sqlglot", "yaml"}
    rooms = {each.split(".")[1] for each in loaded.split() if each.startswith("cybercoop.")}
    assert not rooms & {"export", "judge", "shapes"}
