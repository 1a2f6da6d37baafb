"""What every test may ask for: the shipped graph, and the materials beside the checkout where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest

import cybercoop
from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write the rows that questions give as the expected ones")


@pytest.fixture(scope="session")
def graph() -> Graph:
    return cybercoop.open(ROOT)


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
