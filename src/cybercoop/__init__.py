"""The knowledge graph of international cooperation against cybercrime: ask it, validate against it, export it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from cybercoop.graph import Graph

__version__ = "0.1.0"


def open(  # noqa: A001  (reads as cybercoop.open)
    folder: str | Path | None = None, lang: str = "en", *, endpoint: str | None = None, in_memory: bool = False
) -> Graph:
    """Return the graph of `folder`; without one, that of the current checkout, else the one inside the library.

    `lang` (en, fr or ar) is the language of names and headings. Queries are answered by the store on disk; with
    `in_memory` by a copy of it in memory, with `endpoint` by the SPARQL endpoint at that address. Raises
    `cybercoop.problems.Refusal` when the folder holds no graph, or the address is none.
    """
    from pathlib import Path

    from cybercoop.graph import Graph
    from cybercoop.workspace import Workspace

    workspace = Workspace.find(Path(folder) if folder else None)
    if endpoint is not None:
        from cybercoop.servers.endpoint import Endpoint

        return Graph(workspace, lang, Endpoint(endpoint))
    if in_memory:
        from cybercoop.asking.ask import Embedded

        return Graph(workspace, lang, Embedded(workspace.stored.in_memory()))
    return Graph(workspace, lang)


def load_ipython_extension(shell: Any) -> None:
    """Answer `%load_ext cybercoop` in a notebook."""
    from cybercoop.notebook import load_ipython_extension as load

    load(shell)


__all__ = ["__version__", "open"]
