"""What docstrings show is what happens, and every public name shows its use."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import cybercoop

ROOT = Path(__file__).parent.parent
FILES = [path for path in sorted((ROOT / "src").rglob("*.py")) if ">>> " in path.read_text("utf-8")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_in_docstrings_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example prints what its docstring says."""
    monkeypatch.chdir(ROOT)
    name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    found = doctest.testmod(import_module(name))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", [name for name in cybercoop.__all__ if name != "__version__"])
def test_every_public_name_shows_its_use(name: str) -> None:
    """The docstring of each public name holds an example."""
    assert ">>> import cybercoop" in getattr(cybercoop, name).__doc__
