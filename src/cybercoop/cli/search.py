"""`cybercoop search`: things by their names."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.cli.completion import among
from cybercoop.cli.options import Lang
from cybercoop.names import KINDS
from cybercoop.problems import one_of


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
    import cybercoop
    from cybercoop.answers import layouts

    write = layouts.FORMATS[one_of(form, layouts.FORMATS)]
    sys.stdout.write(write(cybercoop.open(lang=lang).search(text, kind)))
