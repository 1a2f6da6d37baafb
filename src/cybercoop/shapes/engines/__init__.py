"""SHACL engines behind one small interface: data and shapes in, results out."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import pyoxigraph as ox

from cybercoop.problems.problem import one_of, refuse
from cybercoop.shapes import Shape, Shapes


class Result(NamedTuple):
    """One violation, said the same way by every engine.

    Terms are as N-Triples writes them; empty where there is none, as is the path when it is not one property.
    """

    shape: str
    focus: str
    path: str
    value: str
    component: str


def one_property(path: str | None) -> str:
    """Return the path of a result if it is an IRI: every engine writes a longer path in its own way."""
    return path if path and re.fullmatch("<[^<> ]*>", path) else ""


class Engine(Protocol):
    """Judges a graph; `name` is what reports call it."""

    name: str

    def __call__(
        self, triples: Iterable[ox.Triple], shapes: Shapes, rules: Sequence[Shape] | None = None
    ) -> list[Result]:
        """Return one result per violation, sorted. Triples hold each triple once; no rule but `rules` need be asked."""
        ...

    def file(self, path: Path, shapes: Shapes) -> list[Result]:
        """Return one result per violation in a file of N-Triples, sorted."""
        ...

    def begin(self, path: Path, shapes: Shapes) -> Callable[[], list[Result]]:
        """Begin to judge a file that stays until then, and return what gives the results when they are wanted."""
        ...


ENGINES = {"fast": "cybercoop.shapes.engines.fast", "pyshacl": "cybercoop.shapes.engines.reference"}
"""Name → module; modules are imported when asked for, as pyshacl takes most of a second."""


def engine(name: str | None = None) -> Engine:
    """Return the engine of that name; without one, the fast engine, or pyshacl where it has no wheel."""
    if name is not None:
        one_of(name, ENGINES)
    try:
        return importlib.import_module(ENGINES[name or "fast"]).ENGINE  # type: ignore[no-any-return]
    except ImportError:
        if name == "fast":
            raise refuse("engine-missing", value=name) from None
        return importlib.import_module(ENGINES["pyshacl"]).ENGINE  # type: ignore[no-any-return]
