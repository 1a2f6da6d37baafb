"""`cybercoop mcp`: the catalogue for assistants."""

from __future__ import annotations

from functools import cache

from cybercoop.problems.problem import refuse


def command() -> None:
    """Serve the catalogue to an assistant over standard input and output (Model Context Protocol).

    Needs the extra mcp: pip install cybercoop[mcp]. The assistant is told to start: cybercoop mcp
    """
    from cybercoop.graph import open as open_graph

    try:
        from cybercoop.interfaces.mcp import server
    except ImportError:
        raise refuse("extra-missing", value="mcp") from None
    server(cache(lambda language: open_graph(lang=language))).run("stdio")
