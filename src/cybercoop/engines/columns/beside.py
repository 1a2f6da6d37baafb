"""Where the snapshot of a store lies, and what is known of it without opening it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cybercoop.engines.store import Stored


def file_of(stored: Stored) -> Path:
    """Return the file of the snapshot of a store; it bears the number of its layout."""
    return stored.folder / "columns-1.duckdb"


class Snapshot(NamedTuple):
    """A file of columns, and how many statements there are of each predicate and class."""

    file: Path

    @property
    def uses(self) -> Mapping[str, int]:
        """The number of statements of a predicate, by its IRI; of all, by no name; of a class, by `a` and its IRI."""
        found: dict[str, int] = json.loads(self.file.with_suffix(".json").read_text("utf-8"))
        return found


def snapshot(stored: Stored) -> Snapshot | None:
    """Return the snapshot of a store where it is there; that of another edition lies beside another store."""
    file = file_of(stored)
    return Snapshot(file) if file.is_file() and file.with_suffix(".json").is_file() else None
