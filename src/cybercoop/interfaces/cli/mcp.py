"""`cybercoop mcp`: the catalogue for assistants."""

from __future__ import annotations

from functools import cache

from cybercoop.interfaces.cli.streams import results
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
    with results():
        try:
            server(cache(lambda language: open_graph(lang=language))).run("stdio")
        except BaseExceptionGroup as several:  # one for each task that was running
            raise _first(several) from None


def _first(several: BaseException) -> BaseException:
    return _first(several.exceptions[0]) if isinstance(several, BaseExceptionGroup) else several
