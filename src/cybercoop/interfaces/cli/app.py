"""Every command behind one name, as Typer takes a line apart."""

from __future__ import annotations

from typing import Annotated

import typer

from cybercoop import __version__
from cybercoop.interfaces.cli.commands import Commands

app = typer.Typer(
    name="cybercoop",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"cybercoop {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Who cooperates with whom against cybercrime, since when, and on whose word."""
