"""The knowledge graph of international cooperation against cybercrime: ask it, validate against it, export it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cybercoop.graph import Graph

__version__ = "0.1.0"


def open(folder: str | Path | None = None, lang: str = "en") -> Graph:  # noqa: A001  (reads as cybercoop.open)
    """Return the graph of `folder`; without one, that of the current checkout, else the one inside the library.

    `lang` (en, fr or ar) is the language of names and headings. Raises `cybercoop.problems.Refusal` when the folder
    holds no graph.
    """
    from cybercoop.graph import Graph
    from cybercoop.workspace import Workspace

    return Graph(Workspace.find(Path(folder) if folder else None), lang)


__all__ = ["__version__", "open"]
