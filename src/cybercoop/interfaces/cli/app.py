"""Every command behind one name, as Typer takes a line apart; options that several share; what the shell offers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

from cybercoop import __version__
from cybercoop.problems.problem import LANGUAGES, Where, known_language, refuse


def among(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return a completion over words that are always the same."""
    return lambda incomplete: [word for word in known() if word.startswith(incomplete)]


def question(incomplete: str) -> list[tuple[str, str]]:
    """Return the questions of the catalogue that begin so."""
    from cybercoop.ask import catalogue
    from cybercoop.problems.problem import Refusal
    from cybercoop.workspace.workspace import Workspace

    try:
        return list(catalogue.questions(Workspace.find(), incomplete, _lang()))
    except Refusal:
        return []


class Asking(TyperCommand):
    """The command `query`, whose options are those of the question that stands on the line."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the options of the question, or values for the option at hand."""
        from cybercoop.ask import catalogue
        from cybercoop.problems.problem import Refusal
        from cybercoop.workspace.workspace import Workspace

        name, last = ctx.params.get("name") or "", ctx.args[-1] if ctx.args else ""
        try:
            if last.startswith("--") and not incomplete.startswith("-"):
                return _items(catalogue.values(Workspace.find(), name, last[2:], incomplete, _lang()))
            own = (
                catalogue.parameters(Workspace.find(), name, incomplete, _lang()) if incomplete.startswith("-") else ()
            )
            return [*_items(own), *super().shell_complete(ctx, incomplete)]
        except Refusal:
            return []


def _lang() -> str:
    return os.environ.get("CYBERCOOP_LANG", "en")


def _items(found: Iterable[tuple[str, str]]) -> list[Any]:
    from typer._click.shell_completion import CompletionItem

    return [CompletionItem(word, help=" ".join(help_.split()) or None) for word, help_ in found]


Endpoint = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="CYBERCOOP_ENDPOINT", help="Ask the SPARQL server there instead."),
]
Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        callback=known_language,
        envvar="CYBERCOOP_LANG",
        help="Language: en, fr or ar.",
        autocompletion=among(lambda: LANGUAGES),
    ),
]

Form = Annotated[
    str,
    typer.Option(
        "--format", help="table, csv, tsv, json, md or html; SPARQL: also xml; triples: also turtle, ntriples, jsonld."
    ),
]
Paged = Annotated[bool, typer.Option("--pager/--no-pager", help="Page what a terminal cannot show at once.")]


def a_path(text: str) -> Path:
    """Return a path as it is typed. Raises `Refusal` for none at all, which would be the current folder."""
    if not text:
        raise refuse("empty-path")
    return Path(text)


def an_output(text: str) -> Path | None:
    """Return where to write, or None for `-`, standard output; a file of that name is `./-`."""
    return None if text == "-" else a_path(text)


def a_folder(text: str) -> Path:
    """Return a folder to write into. Raises `Refusal` for `-`."""
    if text == "-":
        raise refuse("output-no-folder")
    return a_path(text)


Output = Annotated[
    Path | None,
    typer.Option("--out", "-o", parser=an_output, metavar="PATH", help="Write to this file; - is standard output."),
]

Sources = Annotated[bool, typer.Option("--with-sources", help="Add to each row the sources it rests on.")]

LimitRows = Annotated[int, typer.Option("--limit-rows", min=1, help="SPARQL, or a server: rows of the answer.")]
LimitBytes = Annotated[int, typer.Option("--limit-bytes", min=1, help="SPARQL, or a server: bytes of the answer.")]
LimitMemory = Annotated[int, typer.Option("--limit-memory", min=1, help="SPARQL, or a server: bytes of memory.")]
LimitSeconds = Annotated[float, typer.Option("--limit-seconds", min=0.01, help="SPARQL: seconds of work.")]


def own_text(name: str, text: str | None, file: Path | None) -> str | None:
    """Return the query of one's own: from standard input, a file or the command line; None where there is none.

    Raises `Refusal` for a file that does not exist or holds no text, and for what has no end.
    """
    if name == "-":
        try:
            return _query_text(sys.stdin)
        except OSError:
            raise refuse("file-missing", Where("-"), value="-") from None
    if file is None:
        return text
    if not file.is_file():
        raise refuse("file-missing", Where(str(file)), value=str(file))
    try:
        with file.open(encoding="utf-8") as stream:
            return _query_text(stream)
    except ValueError as error:
        raise refuse("query-syntax", Where(str(file)), value=str(error)) from None


def _query_text(stream: TextIO) -> str:
    """Return what a stream holds, without the mark of the order of its bytes."""
    from cybercoop.records import MAX_BYTES

    text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise refuse("query-too-long", Where("query"), value=f"{len(text):,}", limit=f"{MAX_BYTES:,}")
    return text.removeprefix("\ufeff")


COMMANDS = {
    "build": "export.build",
    "explain": "ask.explain",
    "export": "export.export",
    "format": "contribute.tidy",
    "mcp": "ask.mcp",
    "publish": "export.publish",
    "query": "ask.query",
    "search": "ask.search",
    "template": "contribute.template",
    "validate": "contribute.validate",
}
"""Every command, with the module here and the function in it; a module is read when one of its commands is asked for.

To read all takes longer than most work.
"""

_OPEN = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_SETTINGS: dict[str, Any] = {"query": {"cls": Asking, "context_settings": _OPEN}}
"""The command whose options are those of the question that stands on the line."""


class Commands(TyperGroup):
    """All commands, as Typer asks for them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name, or None."""
        return _read(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that stands first on the line; where there is none of that name, the nearest is named."""
        if args[0] not in COMMANDS:
            self.commands.update({name: _read(name) for name in COMMANDS})
        return super().resolve_command(ctx, args)


def _read(name: str) -> Any:
    """Return the command of that name, with its settings."""
    module, _, function = COMMANDS[name].partition(".")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, **_SETTINGS.get(name, {}))(getattr(import_module(f"{__package__}.{module}"), function))
    return typer.main.get_command(alone)


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
