"""What every test may ask for: the shipped graph, and the materials beside the checkout where they are present."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cybercoop
from cybercoop.graph import Graph
from cybercoop.interfaces import cli
from cybercoop.workspace.revisions import Known, commit, known

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

os.environ.pop("COLUMNS", None)
"""Tables are as wide as they need, whatever the terminal of whoever runs the tests."""
gc.set_threshold(200_000, 20, 20)
"""What tests hold for long (graph, store, shapes) is looked through for garbage a hundred times less often."""


LONGEST = (
    *("cluster", "reuse", "engines", "web_browser", "web_folder", "docs", "columns", "hostile", "w3c_sparql", "store"),
    *("hazards", "fuzz", "grammar", "endpoints", "web_hostile", "iati", "package", "mutation", "soundness"),
)
"""The tests that take longest, first: each file goes to one process, and none may be begun when all else is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write the rows that questions give as the expected ones")
    parser.addoption(
        "--random-queries", type=int, default=200, help="how many queries at random both engines are asked"
    )


@pytest.fixture(scope="session")
def graph() -> Graph:
    return cybercoop.open(ROOT)


@pytest.fixture(scope="session")
def notes(graph: Graph) -> dict[str, Known]:
    """What is kept of each edition, all commits of which are at hand."""
    found = known(graph.workspace)
    if not shutil.which("git") or not all(commit(graph.workspace.root, each.commit) for each in found.values()):
        pytest.skip("the commits of editions are not at hand: git fetch --unshallow")
    return found


@pytest.fixture(scope="session")
def released(graph: Graph, notes: dict[str, Known], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the latest edition, in a folder."""
    folder = tmp_path_factory.mktemp("release")
    for name, content in graph.release(max(notes.values(), key=lambda each: each.order).version).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-sandbox",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, where it is installed; not beyond one module, as its event loop stands in the way of other loops."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no browser: apt-get install chromium fonts-noto-core")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield started
        started.close()


@pytest.fixture(scope="module")
def base(browser: Any) -> Iterator[str]:
    """The address of a server of its own, for the browser."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+/", server.stdout.readline())
        try:
            assert found is not None
            yield found.group()
        finally:
            server.terminate()


@dataclass(frozen=True)
class Run:
    """What a bounded run of the command line came to: its exit code, below zero for a signal, and what it took."""

    code: int
    seconds: float
    memory: int
    printed: str


Bounded = Callable[..., Run]


@pytest.fixture(scope="session")
def bounded(root: Path) -> Iterator[Bounded]:
    """Run the command line in a child of a warm process, which dies when it takes more seconds or bytes than it may."""
    warm = [str(root / "data" / "completeness.yaml"), *map(str, (root / "tests" / "readers").glob("workshop.*[a-z]"))]
    command = [sys.executable, str(root / "tests" / "bounded.py"), *warm]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as server:

        def run(*arguments: str, seconds: int, memory: int) -> Run:
            assert server.stdin is not None
            assert server.stdout is not None
            print(
                json.dumps({"arguments": arguments, "seconds": seconds, "memory": memory}),
                file=server.stdin,
                flush=True,
            )
            return Run(**json.loads(server.stdout.readline()))

        yield run
        server.communicate()


@dataclass(frozen=True)
class Done:
    """What a line of the command line came to: its exit code, and what it printed."""

    code: int
    bytes: bytes

    @property
    def text(self) -> str:
        return self.bytes.decode()


@pytest.fixture
def command(capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Done]:
    """Run the command line in this process; a refusal is raised."""

    def run(*line: str) -> Done:
        capsysbinary.readouterr()
        code: object = 0
        try:
            cli.run(line)
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return Done(code, capsysbinary.readouterr().out)

    return run


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the four source texts."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip("the source texts (../shared/seeds) are not beside this checkout")
    return folder


def on_terminal(master: int) -> bytes:
    """Return what is written to a pseudo-terminal until its other end is closed, and close this one."""
    parts: list[bytes] = []
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(master, 65536):
            parts.append(part)
    os.close(master)
    return b"".join(parts)
