"""`cybercoop publish`: the graph on a server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.interfaces.cli.options import Lang
from cybercoop.problems.problem import sentence


def command(
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="URL", help="The server's address for queries.")],
    update: Annotated[
        str | None, typer.Option("--update", metavar="URL", help="Its address for SPARQL Update: up to 48 MiB at once.")
    ] = None,
    graph_store: Annotated[
        str | None, typer.Option("--graph-store", metavar="URL", help="Its Graph Store address: graph by graph.")
    ] = None,
    lang: Lang = "en",
) -> None:
    """Have a SPARQL 1.1 server hold the graph, and read it back from there; may be repeated at any time.

    User and password are taken from CYBERCOOP_ENDPOINT_USER and CYBERCOOP_ENDPOINT_PASSWORD.

    Example: cybercoop publish --endpoint http://localhost:7878/query --update http://localhost:7878/update
    """
    from cybercoop.engines.remote.publish import size
    from cybercoop.graph import open as open_graph

    graph = open_graph(lang=lang)
    length = size(graph.workspace.stored.each_quad()) if sys.stderr.isatty() else 0
    with typer.progressbar(length=length, file=sys.stderr, hidden=not length) as bar:
        done = graph.publish(endpoint, graph_store=graph_store, update=update, progress=bar.update)
    print(sentence("published", lang, graphs=done.graphs, count=done.statements, digest=done.digest), file=sys.stderr)
    if not done.hidden:
        print(sentence("published-in-steps", lang), file=sys.stderr)
    if done.merged:
        print(sentence("published-merged", lang, count=done.merged), file=sys.stderr)
