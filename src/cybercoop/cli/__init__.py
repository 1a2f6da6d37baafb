"""The command line: one file per command."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Annotated, NoReturn

import typer

from cybercoop import __version__
from cybercoop.cli.commands import Commands
from cybercoop.problems import LANGUAGES, Refusal
from cybercoop.wording import said

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


def spoken(args: list[str]) -> str:
    """Return the language that a command line asks for, even where the rest of it is wrong."""
    joined = " ".join(args).replace("--lang=", "--lang ").split()
    asked = joined[joined.index("--lang") + 1 :][:1] if "--lang" in joined else [os.environ.get("CYBERCOOP_LANG", "")]
    return asked[0] if asked and asked[0] in LANGUAGES else "en"


def main() -> NoReturn:
    """Run the command line; results on stdout, everything else on stderr; 0 fine, 1 problems found, 2 wrong use."""
    warnings.showwarning = lambda message, *_, **__: print(message, file=sys.stderr)
    try:
        app(standalone_mode=True)
    except Refusal as refusal:
        print(said(refusal.problem, spoken(sys.argv), refusal.line), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
