"""`cybercoop query`: a question of the catalogue, or SPARQL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.cli.catalogue import explain_question, list_questions
from cybercoop.cli.options import Form, Lang, LimitBytes, LimitMemory, LimitRows, LimitSeconds, Paged, one_of, own_text
from cybercoop.cli.pager import output
from cybercoop.problems import refuse, sentence
from cybercoop.worker import DEFAULT, Limits


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A question; without one, all are listed. “-” reads SPARQL.")] = "",
    form: Form = "",
    text: Annotated[str | None, typer.Option("--sparql", help="A query of your own, as text.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A query of your own, in a file.")] = None,
    search: Annotated[str, typer.Option(help="List the questions that speak of this, in any language.")] = "",
    plot: Annotated[Path | None, typer.Option(help="Draw the answer into this file: .svg or .png.")] = None,
    pager: Paged = True,
    rows: LimitRows = DEFAULT.rows,
    size: LimitBytes = DEFAULT.bytes,
    memory: LimitMemory = DEFAULT.memory,
    seconds: LimitSeconds = DEFAULT.seconds,
    help: Annotated[bool, typer.Option("--help", "-h", help="Show this, or what a question takes.")] = False,  # noqa: A002
    lang: Lang = "en",
) -> None:
    """Ask a question of the catalogue, with its parameters as options, or any SPARQL query.

    Examples:
      cybercoop query country-profile --country MA

      cybercoop query --sparql 'SELECT ?project { ?project a coop:Project }'

    """
    import cybercoop
    from cybercoop import layouts, plots

    if help and not name:
        print(context.get_help())
        return
    graph = cybercoop.open(lang=lang)
    if (query := own_text(name, text, file)) is not None:
        if plot is not None:
            raise refuse("not-drawn", value="SPARQL")
        with output(pager) as out:
            graph.write(query, form, out, Limits(rows, size, seconds, memory))
        return
    one_of(form or "table", layouts.FORMATS)
    if not name:
        list_questions(graph.questions.values(), lang, search)
        return
    if help:
        explain_question(name, graph, lang)
        return
    found = graph.query(name, **_given(context.args))
    if plot is not None:
        plots.write(found, graph.questions[name], plot)
        print(sentence("drew", lang, file=plot, count=len(found)), file=sys.stderr)
        return
    with output(pager) as out:
        out.write(layouts.FORMATS[form or "table"](found))


def _given(args: list[str]) -> dict[str, str]:
    """Return `--name value` and `--name=value` as a mapping; raises `Refusal` for anything else."""
    given: dict[str, str] = {}
    waiting: str | None = None
    for arg in args:
        if waiting is not None:
            given[waiting] = arg
            waiting = None
        elif arg.startswith("--"):
            key, equals, value = arg[2:].partition("=")
            if equals:
                given[key] = value
            else:
                waiting = key
        else:
            raise refuse("unknown-parameter", value=arg, known="--NAME VALUE")
    if waiting is not None:
        raise refuse("parameter-missing", value=waiting, example="…")
    return given
