"""The verdict as a value, and as it is kept: taken again where all that it rests on is as it was."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

from cybercoop.engines.notes import digest_of, kept
from cybercoop.problems.problem import ERROR, Edit, Excerpt, Mend, Problem, Where
from cybercoop.workspace.journal import pending
from cybercoop.workspace.workspace import Workspace

_HOUR = 3600
_ZONES = (0, 14)
"""Hours ahead of UTC: `NOW()` is in UTC, and a day has not begun anywhere until it has in the easternmost zone."""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: the problems, and how much was looked at.

    It conforms as a validation report does (SHACL 3.6.1.1), but for warnings, which leave it conforming.
    https://www.w3.org/TR/shacl/#results-validation-report

    >>> import cybercoop
    >>> report = cybercoop.open().validate("data/countries/MA.yaml")
    >>> report.conforms, report.problems
    (True, ())
    """

    problems: tuple[Problem, ...]
    engine: str
    files: int
    records: int
    statements: int
    targets: int
    shapes: int
    fine: int = 0

    @property
    def conforms(self) -> bool:
        """Whether nothing worse than a warning was found."""
        return all(found.severity != ERROR for found in self.problems)

    def to_dict(self, lang: str = "en") -> dict[str, object]:
        """Return the report as plain values, messages in `lang`."""
        return {
            "conforms": self.conforms,
            "engine": self.engine,
            "files": self.files,
            "records": self.records,
            "fine": self.fine,
            "statements": self.statements,
            "targets": self.targets,
            "shapes": self.shapes,
            "problems": [found.to_dict(lang) for found in self.problems],
        }


def known(workspace: Workspace, files: Sequence[Path], asked: Sequence[object], judged: Callable[[], Report]) -> Report:
    """Return a verdict that was kept, else the one that is judged, and keep that.

    It is known by all that it rests on: the contents of the `files` and of the graph, what is `asked`, our own modules,
    what is installed, and the day. What was changed while it was judged is not kept.
    """

    def key() -> str:
        days = [time.strftime("%Y-%m-%d", time.gmtime(time.time() + zone * _HOUR)) for zone in _ZONES]
        named = [*map(str, files)]
        return json.dumps(["verdict", str(workspace.root), _digest(workspace, files), named, *asked, installed(), days])

    fresh: list[Report] = []

    def made() -> list[Any]:
        fresh.append(judged())
        return [getattr(fresh[0], each.name) for each in fields(Report)]

    asked_for = key()
    value = kept(workspace.notes, asked_for, made, lambda: key() == asked_for)
    if not fresh:
        with suppress(AttributeError, IndexError, KeyError, TypeError, ValueError):
            problems, *rest = value
            return Report(tuple(map(_problem, problems)), *rest)
    return fresh[0] if fresh else judged()


def _digest(workspace: Workspace, files: Iterable[Path]) -> str:
    """Return the digest, as of now, of the words, shapes and records of a graph, of some files, and of our modules."""
    stated = (workspace.files("ontology", ""), workspace.files("shapes", ""), workspace.files("data", "policy.yaml"))
    paths = [*chain(*stated), *workspace.data_files(), *(path.absolute() for path in files)]
    return digest_of([*map(str, paths), *ours()], workspace.root, workspace.notes, pending(workspace.root / "data"))


def ours() -> list[str]:
    """Return all of our own modules and messages."""
    walk = os.walk(Path(__file__).parent.parent)
    return sorted(
        f"{base}{os.sep}{name}" for base, _, found in walk for name in found if name.endswith((".py", ".json"))
    )


def installed() -> list[str]:
    """Return what verdicts are reached with: Python, and the packages beside us with their versions."""
    found = {sys.version}
    for folder in sys.path:
        with suppress(OSError):
            found.update(name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info")))  # noqa: PTH208  (names alone)
    return sorted(found)


def _problem(said: list[Any]) -> Problem:
    """Return a problem from what JSON has of it: lists in the place of tuples."""
    found = Problem(*said)
    return found._replace(
        where=Where(*found.where),
        choices=tuple(found.choices),
        called=tuple(found.called),
        record=found.record and Where(*found.record),
        excerpt=found.excerpt and Excerpt(*found.excerpt),
        mend=found.mend and Mend(tuple(map(_edit, found.mend[0])), found.mend[1]),
        follows=tuple(map(_problem, found.follows)),  # type: ignore[arg-type]
    )


def _edit(said: Any) -> Edit:
    found = Edit(*said)
    return found._replace(where=Where(*found.where), end=found.end and Where(*found.end))
