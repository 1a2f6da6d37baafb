"""`cybercoop template`: a skeleton of a record, to be filled in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.interfaces.cli.options import Lang


def command(
    name: Annotated[str, typer.Argument(metavar="CLASS", help="Such as activity; without it, all are listed.")] = "",
    form: Annotated[str, typer.Option("--format", help="yaml, csv or xlsx.")] = "yaml",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file.")] = None,
    schema: Annotated[
        bool, typer.Option("--json-schema", help="Print the JSON Schema of records, for editors.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Write a commented skeleton of a record: what is required first, then all else that it may say.

    In a workbook, codes are chosen from lists.

    Example: cybercoop template activity --format yaml --lang fr -o atelier.yaml
    """
    from cybercoop.graph import open as open_graph
    from cybercoop.workspace.files import write_whole

    graph = open_graph(lang=lang)
    if not name and not schema:
        for each, label in graph.record_classes().items():
            print(f"{each:<16}{label}")
        return
    content = graph.editor_schema() if schema else graph.template(name, form)
    if out is not None:
        write_whole(out, content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
