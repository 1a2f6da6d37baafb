"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from cybercoop.interfaces.cli.completion import among
from cybercoop.problems.problem import LANGUAGES, Where, known_language, refuse

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
        return _read(sys.stdin)
    if file is None:
        return text
    if not file.is_file():
        raise refuse("file-missing", Where(str(file)), value=str(file))
    try:
        with file.open(encoding="utf-8") as stream:
            return _read(stream)
    except ValueError as error:
        raise refuse("query-syntax", Where(str(file)), value=str(error)) from None


def _read(stream: TextIO) -> str:
    """Return what a stream holds, without the mark of the order of its bytes."""
    from cybercoop.records import MAX_BYTES

    text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise refuse("query-too-long", Where("query"), value=f"{len(text):,}", limit=f"{MAX_BYTES:,}")
    return text.removeprefix("\ufeff")
