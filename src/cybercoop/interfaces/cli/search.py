"""`cybercoop search`: things by their names."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.interfaces.cli.completion import among
from cybercoop.interfaces.cli.options import Lang
from cybercoop.problems.problem import one_of
from cybercoop.terms.names import KINDS


def command(
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
