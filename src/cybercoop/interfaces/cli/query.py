"""`cybercoop query`: a question of the catalogue, or SPARQL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.interfaces.cli.completion import OPEN, Asking, question
from cybercoop.interfaces.cli.options import (
    Endpoint,
    Form,
    Lang,
    LimitBytes,
    LimitMemory,
    LimitRows,
    LimitSeconds,
    Paged,
    Sources,
    a_path,
    own_text,
)
from cybercoop.interfaces.cli.pager import output, put
from cybercoop.problems.problem import one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits

SETTINGS = {"cls": Asking, "context_settings": OPEN}


def command(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A question; without one, all are listed. “-” reads SPARQL.", autocompletion=question)
    ] = "",
    form: Form = "",
    text: Annotated[str | None, typer.Option("--sparql", help="A query of your own, as text.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", parser=a_path, metavar="PATH", help="A query of your own, in a file.")
    ] = None,
    search: Annotated[str, typer.Option(help="List the questions that speak of this, in any language.")] = "",
    plot: Annotated[
        Path | None,
        typer.Option(
            parser=a_path,
            metavar="PATH",
            help="Draw the answer into this file: .svg or .png; - is standard output, as SVG.",
        ),
    ] = None,
    show_sparql: Annotated[
        bool, typer.Option("--show-sparql", help="Print the question as SPARQL, ready for any endpoint.")
    ] = False,
    pager: Paged = True,
    rows: LimitRows = DEFAULT.rows,
    size: LimitBytes = DEFAULT.bytes,
    memory: LimitMemory = DEFAULT.memory,
    seconds: LimitSeconds = DEFAULT.seconds,
    endpoint: Endpoint = None,
    with_sources: Sources = False,
    help: Annotated[bool, typer.Option("--help", "-h", help="Show this, or what a question takes.")] = False,  # noqa: A002
    lang: Lang = "en",
) -> None:
    """Ask a question of the catalogue, with its parameters as options, or any SPARQL query.

    Examples:
      cybercoop query country-profile --country MA

      cybercoop query --sparql 'SELECT ?project { ?project a coop:Project }'

    """
    from cybercoop.ask import catalogue, layouts, parameters
    from cybercoop.graph import open as open_graph

    if help and not name:
        print(context.get_help())
        return
    graph, limits = open_graph(lang=lang, endpoint=endpoint), Limits(rows, size, seconds, memory)
    if (own := own_text(name, text, file)) is not None:
        if with_sources or plot is not None:
            raise refuse("not-cited" if with_sources else "not-drawn", value="SPARQL")
        with output(pager) as out:
            graph.write(own, form, out, limits)
        return
    one_of(form or "table", layouts.FORMATS)
    if not name or help:
        one = graph.question(name) if name else None
        text = catalogue.explained(one, lang) if one else catalogue.listed(graph.questions.values(), lang, search)
        sys.stdout.write(text)
        return
    if show_sparql:
        sys.stdout.write(graph.bound(name, **parameters.given_options(context.args)))
        return
    found = graph.query(name, with_sources=with_sources, limits=limits, **parameters.given_options(context.args))
    if plot is not None:
        from cybercoop.ask import plots
        from cybercoop.workspace.files import apart

        if str(plot) == "-":
            put(plots.draw(found, graph.questions[name], "svg"))
            return
        apart([plot], graph.workspace.inputs())
        plots.write(found, graph.questions[name], plot)
        print(sentence("drew", lang, file=plot, count=len(found)), file=sys.stderr)
        return
    with output(pager) as out:
        out.write(layouts.FORMATS[form or "table"](found))
