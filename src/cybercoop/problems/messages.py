"""The catalogue of messages that do not belong to a shape, in three languages."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

_ENTRY = re.compile(r"^  ([\w-]+):\n", re.MULTILINE)
_LINE = re.compile(r'^(    |      )(\w+):(?: (".*"))?$', re.MULTILINE)


@cache
def entry(section: str, code: str) -> dict[str, Any]:
    """Return one entry of `problems` or `sentences`, read alone and without PyYAML: both take longer than a question.

    In our own file, codes stand two spaces in, what belongs to them four and six, and a text on one line between
    quotation marks, as JSON has it too. Raises `KeyError` where there is none of that code.
    """
    found: dict[str, Any] = {}
    part = found
    for indent, key, text in _LINE.findall(_texts(section)[code]):
        if not text:
            part = found[key] = {}
        else:
            (part if len(indent) > 4 else found)[key] = json.loads(text)
    return found


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return all entries, by section and code."""
    import yaml

    whole: dict[str, dict[str, Any]] = yaml.safe_load(_text())
    return whole


@cache
def _texts(section: str) -> dict[str, str]:
    """Return the text of each entry of a section."""
    own = _text().partition(f"\n{section}:\n")[2]
    parts = _ENTRY.split(re.split(r"^\S", own, maxsplit=1, flags=re.MULTILINE)[0])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def _text() -> str:
    return Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8")
