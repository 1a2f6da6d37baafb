"""`cybercoop explain`: every claim about a thing, and which value is shown first and why."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.interfaces.cli.options import Endpoint, Lang
from cybercoop.problems.problem import one_of


def command(
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
