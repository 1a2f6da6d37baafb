"""The catalogue of messages that do not belong to a shape, in three languages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


def entry(section: str, code: str) -> dict[str, Any]:
    """Return one entry of `problems` or `sentences`. Raises `KeyError` where there is none of that code."""
    found: dict[str, Any] = catalogue()[section][code]
    return found


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return all entries, by section and code, from what `scripts/generate.py` makes of `messages.yaml`."""
    text = Path(__file__).with_name("messages.json").read_text(encoding="utf-8")
    whole: dict[str, dict[str, Any]] = json.loads(text)
    return whole
