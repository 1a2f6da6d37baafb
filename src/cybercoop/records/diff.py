"""The difference of two texts as people read it."""

from __future__ import annotations

import difflib


def unified(name: str, before: str, after: str) -> str:
    """Return the difference of two texts as a unified diff."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{name.lstrip('/')}", f"b/{name.lstrip('/')}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
