"""`cybercoop template`: a skeleton of a record, to be filled in."""

from __future__ import annotations

from typing import Annotated

import typer

from cybercoop.interfaces.cli.options import Lang, Output
from cybercoop.interfaces.cli.pager import put


def command(
    name: Annotated[str, typer.Argument(metavar="CLASS", help="Such as activity; without it, all are listed.")] = "",
    form: Annotated[str, typer.Option("--format", help="yaml, csv or xlsx.")] = "yaml",
    out: Output = None,
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
    from cybercoop.workspace.files import apart

    graph = open_graph(lang=lang)
    if not name and not schema:
        for each, label in graph.record_classes().items():
            print(f"{each:<16}{label}")
        return
    apart([out] if out else [], graph.workspace.inputs())
    content = graph.editor_schema() if schema else graph.template(name, form)
    put(content, out)
