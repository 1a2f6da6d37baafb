"""`cybercoop export`: the graph in a format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.export import FORMATS
from cybercoop.interfaces.cli.completion import among
from cybercoop.interfaces.cli.options import Lang, an_output
from cybercoop.interfaces.cli.pager import put
from cybercoop.problems.problem import sentence


def command(
    form: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT", help="One of: " + ", ".join(FORMATS) + ".", autocompletion=among(lambda: FORMATS)
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            parser=an_output,
            metavar="PATH",
            help="Write to this file, or for csv a folder; - is standard output.",
        ),
    ] = None,
    excel: Annotated[bool, typer.Option("--excel", help="CSV with a byte-order mark, for Excel.")] = False,
    lang: Lang = "en",
) -> None:
    """Write the graph as Turtle, JSON-LD, CSV tables and more.

    Without FORMAT the formats are listed. The same graph gives the same bytes on every machine.

    Example: cybercoop export turtle -o cybercoop.ttl
    """
    if not form:
        for entry in FORMATS.values():
            print(f"{entry.name:<10}{entry.title} (.{entry.extension})")
        return
    from cybercoop.graph import open as open_graph
    from cybercoop.workspace.files import apart, takes_bytes, write_files

    graph = open_graph(lang=lang)
    if form == "csv" and out is not None and out.suffix != ".zip" and not takes_bytes(out):
        from cybercoop.export.tables import files

        quads = graph.quads()
        context, order = graph.workspace.context.source, graph.workspace.name_order(quads)
        contents = {out / name: content for name, content in files(quads, context, order=order, excel=excel)}
        apart(contents, graph.workspace.inputs())
        write_files(contents)
        print(sentence("wrote", lang, file=out, count=len(quads)), file=sys.stderr)
        return
    content = graph.export(form, out)
    if out is None:
        put(content)
    else:
        print(sentence("wrote", lang, file=out, count=len(graph.quads())), file=sys.stderr)
