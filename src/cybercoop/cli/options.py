"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from cybercoop.problems import LANGUAGES, nearest, refuse


def language(value: str) -> str:
    """Return a language that the product speaks; raises `Refusal` for another."""
    if value not in LANGUAGES:
        known = " ".join(LANGUAGES)
        raise refuse("unknown-choice", value=value, nearest=nearest(value, LANGUAGES), known=known)
    return value


Lang = Annotated[
    str, typer.Option("--lang", callback=language, envvar="CYBERCOOP_LANG", help="Language: en, fr or ar.")
]
