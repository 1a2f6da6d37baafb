"""The catalogue of messages that do not belong to a shape, in three languages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

_ENTRY = re.compile(r"^  ([\w-]+):\n", re.MULTILINE)


@cache
def entry(section: str, code: str) -> dict[str, Any]:
    """Return one entry of `problems` or `sentences`, read alone: reading all takes longer than most questions.

    Raises `KeyError` where there is none of that code.
    """
    found: dict[str, Any] = _loaded(_texts(section)[code])
    return found


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return all entries, by section and code."""
    whole: dict[str, dict[str, Any]] = _loaded(_text())
    return whole


@cache
def _texts(section: str) -> dict[str, str]:
    """Return the text of each entry of a section; in our own file, codes stand two spaces in, and nothing else does."""
    own = _text().partition(f"\n{section}:\n")[2]
    parts = _ENTRY.split(re.split(r"^\S", own, maxsplit=1, flags=re.MULTILINE)[0])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def _text() -> str:
    return Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8")


def _loaded(text: str) -> Any:
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (a safe loader)
