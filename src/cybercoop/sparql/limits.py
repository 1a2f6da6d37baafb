"""What one query may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use: rows and bytes of its answer, seconds of work, bytes of memory beyond the open store."""

    rows: int = 1_000_000
    bytes: int = 256 << 20
    seconds: float = 60.0
    memory: int = 2 << 30


DEFAULT = Limits()
"""What a query may use where nobody says otherwise."""
