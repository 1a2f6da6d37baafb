"""What engines are asked in a benchmark: every question of the catalogue, and the free queries of one folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cybercoop.ask.parameters import resolve
from cybercoop.sparql.question import as_typed
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
FREE = Path(__file__).parent / "free_queries"


@dataclass(frozen=True, slots=True)
class Case:
    """A query with its parameters bound; `given` holds what a person would type, or nothing for a free query."""

    name: str
    text: str
    given: Mapping[str, str] | None

    @property
    def catalogued(self) -> bool:
        """Whether this is a question of the catalogue."""
        return self.given is not None


def cases(workspace: Workspace) -> list[Case]:
    """Return every question with the parameters of its first case in `tests/queries`, then the free queries."""
    found = []
    for name in workspace.questions:
        path = ROOT / "tests" / "queries" / f"{name}.yaml"
        first = as_typed(path.read_text("utf-8"))[0]
        found.append(case(workspace, name, first["params"] or {}))
    return found + [Case(f"free: {path.stem}", path.read_text("utf-8"), None) for path in sorted(FREE.glob("*.rq"))]


def case(workspace: Workspace, name: str, typed: Mapping[str, str]) -> Case:
    """Return a question with what a person types for its parameters."""
    question, given = workspace.questions[name], {key.replace("-", "_"): value for key, value in typed.items()}
    spoken = {"language": "en"} if "language" in question.parameters else {}
    return Case(name, question.bind(resolve(question.parameters, {**spoken, **given}, workspace.stored.open())), given)
