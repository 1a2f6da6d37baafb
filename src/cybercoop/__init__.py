"""The knowledge graph of international cooperation against cybercrime: ask it, validate against it, export it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cybercoop.graph import Answer, Graph, Limits, Refusal, Report, open  # noqa: A004  (reads as cybercoop.open)

__version__ = "0.2.0"
__all__ = ["Answer", "Graph", "Limits", "Refusal", "Report", "__version__", "open"]

_FOUND_IN = {
    "Answer": "ask.answer",
    "Graph": "graph",
    "Limits": "sparql.limits",
    "Refusal": "problems.problem",
    "Report": "judge.validate",
    "load_ipython_extension": "interfaces.notebook",  # what `%load_ext cybercoop` calls
    "main": "interfaces.cli",  # what `python -m cybercoop` calls
    "open": "graph",
}


def __getattr__(name: str) -> Any:
    """Return a public name, loaded when it is first used: a command loads what it needs and nothing else."""
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cybercoop.{_FOUND_IN[name]}"), name)
