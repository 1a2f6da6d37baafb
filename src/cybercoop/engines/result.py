"""One violation, said the same way by every engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """Terms as N-Triples writes them; empty where there is none."""

    shape: str
    focus: str
    path: str
    value: str
    component: str
