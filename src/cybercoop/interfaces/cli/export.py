"""Commands by which the graph leaves the house: in a format, onto a server, as the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.export import FORMATS
from cybercoop.interfaces.cli.app import Lang, among, an_output
from cybercoop.interfaces.cli.pager import output, put
from cybercoop.problems.problem import sentence


def export(
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


_QUESTION = "project-activities"
_EXPORTS = {"turtle": "cybercoop.ttl", "jsonld": "cybercoop.jsonld"}


def build(lang: Lang = "en") -> None:
    """Do the main job: validate the graph, answer one question, write Turtle and JSON-LD into build/."""
    from cybercoop.ask.layouts import FORMATS
    from cybercoop.graph import open as open_graph
    from cybercoop.judge.reports.people import said

    graph = open_graph(lang=lang)
    report = graph.validate()
    for found in report.problems:
        print(said(found, lang) + "\n", file=sys.stderr)
    if not report.conforms:
        raise typer.Exit(1)
    counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
    answer = graph.query(_QUESTION, project="cybersouth-plus")
    said_first = sentence("conforms", lang, **counts)
    with output(paged=False) as place:
        place.write("\n\n".join((said_first, answer.question.get(lang, ""), FORMATS["table"](answer))) + "\n")
    for form, name in _EXPORTS.items():
        out = graph.workspace.build / name
        graph.export(form, out)
        with output(paged=False) as place:
            wrote = sentence("wrote", lang, file=graph.workspace.relative(out), count=len(graph.quads()))
            place.write(wrote + "\n")


def publish(
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
