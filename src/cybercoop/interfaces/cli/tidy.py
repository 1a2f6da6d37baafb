"""`cybercoop format`: records written the one way."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cybercoop.interfaces.cli.options import Lang
from cybercoop.judge.reports.text import said
from cybercoop.problems.problem import sentence


def command(
    paths: Annotated[list[str] | None, typer.Argument(help="Files or folders; without any, data/.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    lang: Lang = "en",
) -> None:
    """Write records the one way: order of words, quotation marks, spaces and dates; comments are kept.

    YAML and CSV are formatted, other files are left as they are. Exit code 1: a file cannot be read.

    Example: cybercoop format data/ --check
    """
    from cybercoop.graph import open as open_graph
    from cybercoop.workspace.files import write_files

    graph = open_graph(lang=lang)
    tidied = graph.format(*(paths or []))
    for found in tidied.problems:
        print(said(found, lang, graph.workspace.line(found.where)) + "\n", file=sys.stderr)
    if diff:
        print(tidied.diff(), end="")
    if not (check or diff):
        write_files({path: tidied.after[path] for path in tidied.changed})
    done = "would-format" if check or diff else "formatted"
    for path in tidied.changed:
        print(sentence(done, lang, file=graph.workspace.relative(path)), file=sys.stderr)
    sys.exit(1 if tidied.problems or (tidied.changed and (check or diff)) else 0)
