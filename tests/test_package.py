"""The wheel carries the graph: installed anywhere, `cybercoop` works with the graph inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with what is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes", "queries"])
def test_the_wheel_carries_the_graph(wheel: Path, folder: str) -> None:
    """Every file of ontology, data, shapes and queries is inside the wheel."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert files
    assert {f"cybercoop/packed/{path.relative_to(ROOT).as_posix()}" for path in files} <= inside


def test_the_wheel_carries_the_messages_once(wheel: Path) -> None:
    """What the library says is inside the wheel as it is read, and not as people write it."""
    inside = {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}
    assert "messages.json" in inside
    assert "messages.yaml" not in inside


def test_the_wheel_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """With nothing but the wheel on the path, in an empty folder, a question is answered and a file is judged."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CYBERCOOP")}
    environment |= {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cybercoop", *args], cwd=empty, env=environment, capture_output=True, text=True
        )

    where = subprocess.run(
        [sys.executable, "-c", "import cybercoop; print(cybercoop.open().workspace.root)"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.strip() == str(site / "cybercoop" / "packed"), where.stderr
    assert "Casablanca" in run("query", "project-activities", "--project", "cybersouth-plus").stdout
    assert run("validate").returncode == 0
    assert run("export", "turtle", "-o", "graph.ttl").returncode == 0
    assert (empty / "graph.ttl").stat().st_size > 10_000
    assert [path.name for path in empty.iterdir()] == ["graph.ttl"]
