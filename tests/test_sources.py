"""The check of the source texts notices every change in them, and says where."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def check(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "check_sources.py"), str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONIOENCODING": "utf-8"},
        check=False,
    )


@pytest.fixture
def texts(seeds: Path, tmp_path: Path) -> Path:
    """A folder with copies of the source texts, free to be changed."""
    for file in seeds.glob("00*.txt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def changed(folder: Path, number: str, old: str, new: str) -> None:
    file = next(folder.glob(f"{number}_*.txt"))
    text = file.read_bytes().decode()
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode())


def test_the_texts_as_read_pass(root: Path, seeds: Path) -> None:
    """Every card has the sha256 of its text, every passage the digest of its characters."""
    result = check(root, seeds)
    assert (result.returncode, result.stdout) == (0, "")
    assert "4 source texts" in result.stderr


def test_one_changed_character_is_told(root: Path, texts: Path) -> None:
    """A date that changes by one digit fails its card and the passages that hold it, with their places."""
    changed(texts, "000", "1 January 2024", "1 January 2025")
    result = check(root, texts)
    assert result.returncode == 1
    assert "data/sources/coe-cybersouth-plus-page.yaml" in result.stdout
    assert 'data/projects/cybersouth-plus.yaml:3: "paragraph 1", characters 0-255' in result.stdout
    assert "nowhere in the text any more" in result.stdout
    assert "paragraph 2" not in result.stdout


def test_moved_words_are_found_again(root: Path, texts: Path) -> None:
    """Where a text has grown by one character, the check says where each passage stands now."""
    changed(texts, "002", "Budget", "Budget ")
    result = check(root, texts)
    assert result.returncode == 1
    assert '"Budget", characters 84-100' in result.stdout
    assert "it now stands at 85-101" in result.stdout


def test_a_change_between_the_passages_fails_the_card(root: Path, texts: Path) -> None:
    """A character that no record cites still fails the check."""
    changed(texts, "001", "Imprimer la page", "imprimer la page")
    result = check(root, texts)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    assert "source/coe-cybersouth-plus-launch: the sha256" in result.stdout


def test_a_text_is_found_under_another_name(root: Path, texts: Path) -> None:
    """A text whose file is not named by its identifier is found by its sha256."""
    shutil.move(next(texts.glob("003_*.txt")), texts / "report.txt")
    result = check(root, texts)
    assert (result.returncode, result.stdout) == (0, "")
    assert "skipped" not in result.stderr


def test_absent_texts_are_skipped_with_a_message(root: Path, tmp_path: Path) -> None:
    """Without the texts the check passes and says that it skipped them."""
    result = check(root, tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.count(": skipped, ") == 4
