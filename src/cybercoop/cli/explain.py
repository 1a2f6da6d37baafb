"""`cybercoop explain`: every claim about a thing, and which value is shown first and why."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.cli.options import Endpoint, Lang
from cybercoop.problems import nearest, refuse


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
    import cybercoop
    from cybercoop.asking.explanation import FORMATS

    if form not in FORMATS:
        raise refuse("unknown-choice", value=form, nearest=nearest(form, FORMATS), known=" ".join(FORMATS))
    sys.stdout.write(FORMATS[form](cybercoop.open(lang=lang, endpoint=endpoint).explain(" ".join(thing), only)))
