"""What was worked out before is taken for what it was worked out from, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cybercoop.engines.notes import kept

KEY, MADE = "what: {it was} made of «é»", {"a": ["b", "ج"], "n": 1}


def never() -> object:
    pytest.fail("made again")


def test_a_thing_is_made_once(tmp_path: Path) -> None:
    """What was kept is given back as it was made."""
    assert kept(tmp_path / "notes", KEY, lambda: MADE) == MADE
    assert kept(tmp_path / "notes", KEY, never) == MADE


@pytest.mark.parametrize("content", [b"", b'"\xff', b"[1", b'"text"', b"[1, 2, 3]", b'["another key", 2]', b"5"])
def test_another_note_counts_for_nothing(content: bytes, tmp_path: Path) -> None:
    """A note that was cut short, overwritten or is that of another key is made anew."""
    kept(tmp_path, KEY, lambda: MADE)
    (note,) = tmp_path.iterdir()
    note.write_bytes(content)
    assert kept(tmp_path, KEY, lambda: [2]) == [2]
    assert kept(tmp_path, KEY, never) == [2]


def test_a_folder_that_cannot_be_is_left_alone(tmp_path: Path) -> None:
    """Where nothing can be kept, it is made each time."""
    (tmp_path / "notes").touch()
    assert kept(tmp_path / "notes", KEY, lambda: 1) == 1
    assert kept(tmp_path / "notes", KEY, lambda: 2) == 2
