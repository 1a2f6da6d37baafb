"""One violation, said the same way by every engine."""

from __future__ import annotations

import re
from typing import NamedTuple


class Result(NamedTuple):
    """Terms as N-Triples writes them; empty where there is none, as is the path when it is not one property."""

    shape: str
    focus: str
    path: str
    value: str
    component: str


def one_property(path: str | None) -> str:
    """Return the path of a result if it is an IRI: every engine writes a longer path in its own way."""
    return path if path and re.fullmatch("<[^<> ]*>", path) else ""
