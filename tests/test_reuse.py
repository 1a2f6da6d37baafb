"""What `docs/reuse.md` tells a stranger to do works in a folder with a release and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.terms import patch
from cybercoop.workspace.revisions import Known, again

FOREIGN = """
import sys; sys.modules['cybercoop'] = None
import pyshacl, pyshacl.constraints, pyshacl.shape, rdflib
words = pyshacl.constraints
pyshacl.shape.CONSTRAINT_PARAMS = frozenset(words.ALL_CONSTRAINT_PARAMETERS), words.CONSTRAINT_PARAMETERS_MAP
for name, module in list(sys.modules.items()):
    if name.startswith('pyshacl.constraints.') and hasattr(module, 'stringify_node'):
        module.stringify_node = lambda graph, node, *rest: str(node)
items, lists = rdflib.Graph.items, {}
def once(graph, node):
    key = (id(graph), node)
    if key not in lists:
        lists[key] = list(items(graph, node))
    return lists[key]
rdflib.Graph.items = once
"""
"""In a stranger's Python there is nothing of ours.

pySHACL spends three quarters of its time on words that it looks up again for each thing: the parameters and lists of
shapes, and sentences on what it then leaves out of the report. They are looked up once; what it judges is the same.
"""


@pytest.fixture(scope="module")
def folder(graph: Graph, notes: dict[str, Known], released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the release of the latest edition, and beside it the N-Quads of the one before."""
    place = tmp_path_factory.mktemp("stranger")
    shutil.copytree(released, place / "release")
    before = patch.canonical(again(graph.workspace, list(notes.values())[-2]).stored.quads())
    (place / "before").mkdir()
    (place / "before" / "cybercoop.nq").write_text("".join(f"{line}\n" for line in before), "utf-8")
    return place / "release"


def blocks(root: Path, language: str) -> list[str]:
    text = (root / "docs" / "reuse.md").read_text("utf-8")
    assert (root / "docs" / "reuse.md").read_bytes() == text.encode()
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_a_strangers_steps_in_python(root: Path, folder: Path) -> None:
    """The hashes are right, the Turtle loads, pySHACL finds nothing wrong in it, three questions have answers."""
    code = FOREIGN + "\n".join(blocks(root, "python"))
    here = {name: value for name, value in os.environ.items() if not name.startswith(("CYBERCOOP", "PYTHON"))}
    command = [sys.executable, "-X", "utf8", "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=folder, env=here, capture_output=True, text=True)
    assert done.stdout.split("\n") == [
        *("True", "True", "True", "True 0"),
        *("partners-without-activity True", "country-profile True", "treaty-calendar True", ""),
    ], done.stderr


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_strangers_steps_in_the_shell(number: int, root: Path, folder: Path) -> None:
    """The checksums are right, and the patch makes this edition of the one before."""
    if not all(map(shutil.which, ("bash", "sha256sum", "cmp"))):
        pytest.skip("no bash with sha256sum and cmp")
    done = subprocess.run(["bash", "-c", blocks(root, "sh")[number]], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_patch_as_an_update(root: Path, folder: Path) -> None:
    """The request of SPARQL 1.1 Update makes this edition of the one before in a store; nothing is sent twice."""
    if not all(map(shutil.which, ("bash", "sed"))):
        pytest.skip("no bash with sed")
    subprocess.run(["bash", "-c", blocks(root, "sh")[2]], cwd=folder, check=True)
    store = ox.Store()
    store.load(path=folder.parent / "before" / "cybercoop.nq")
    store.update((folder.parent / "changes.ru").read_text("utf-8"))
    assert set(store) == set(ox.parse(path=folder / "cybercoop.nq"))


def test_the_release_brings_its_document(root: Path, folder: Path) -> None:
    """The document goes with the release, and names every file of it, or its folder."""
    text = (folder / "README.md").read_text("utf-8")
    assert text == (root / "docs" / "reuse.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.*/-]+)`", text.split("## Check")[0]))
    named |= {f"cybercoop{each}" for each in named if each.startswith(".")}
    there = {path.relative_to(folder).parts for path in folder.rglob("*") if path.is_file()} - {("README.md",)}
    heads = {parts[0] + "/" * (len(parts) > 1) for parts in there}
    left = {head for head in heads if not any(Path(head).match(each) or head == each for each in named)}
    assert not left
