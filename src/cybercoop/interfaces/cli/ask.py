"""Commands that ask: a question or SPARQL, things by name, every claim about a thing; the catalogue for assistants."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.interfaces.cli.app import (
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
    among,
    own_text,
    question,
)
from cybercoop.interfaces.cli.pager import output, put
from cybercoop.interfaces.cli.streams import results
from cybercoop.problems.problem import one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.terms.names import KINDS


def query(
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


def search(
    text: Annotated[str, typer.Argument(help="Words of a name, in en, fr or ar.")],
    kind: Annotated[
        str | None,
        typer.Option(help="Only things of this class: Country, Project …", autocompletion=among(lambda: KINDS)),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv, tsv, json, md or html.")] = "table",
    lang: Lang = "en",
) -> None:
    """Find things by their names in any language, without regard to case, accents or Arabic spelling.

    The path of a thing can be given wherever a question or `explain` asks for one.

    Example: cybercoop search "budapest convention"
    """
    from cybercoop.ask import layouts
    from cybercoop.graph import open as open_graph

    write = layouts.FORMATS[one_of(form, layouts.FORMATS)]
    sys.stdout.write(write(open_graph(lang=lang).search(text, kind)))


def explain(
    thing: Annotated[list[str], typer.Argument(help="A code, a name in en, fr or ar, a path or an IRI.")],
    only: Annotated[str | None, typer.Option("--property", help="One property: endDate, “ends on” or its IRI.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, json or md.")] = "text",
    endpoint: Endpoint = None,
    lang: Lang = "en",
) -> None:
    """Print every claim about a thing, by property: who says so, where, and which value is shown first and why.

    Example: cybercoop explain cybersouth --property endDate
    """
    from cybercoop.ask.explanation import FORMATS
    from cybercoop.graph import open as open_graph

    write = FORMATS[one_of(form, FORMATS)]
    sys.stdout.write(write(open_graph(lang=lang, endpoint=endpoint).explain(" ".join(thing), only)))


def mcp() -> None:
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
