"""`cybercoop validate`: the verdict on the graph or on a contribution."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.interfaces.cli import mending
from cybercoop.interfaces.cli.options import Lang, Output, a_folder
from cybercoop.interfaces.cli.pager import output, put
from cybercoop.judge.reports import FORMATS, SEVERITIES
from cybercoop.problems.problem import sentence
from cybercoop.records import NAMES

_PATHS = "Files, folders or patterns (records/*.yaml); - for standard input; without any, the whole graph."


def command(
    paths: Annotated[list[str] | None, typer.Argument(help=_PATHS)] = None,
    form: Annotated[str, typer.Option("--format", help=", ".join(FORMATS) + ".")] = "text",
    out: Output = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when there is no problem.")] = False,
    severity: Annotated[
        str, typer.Option(help="Show problems of this severity and graver: " + ", ".join(SEVERITIES) + ".")
    ] = SEVERITIES[-1],
    most: Annotated[int | None, typer.Option("--max", min=1, help="Show no more problems than this.")] = None,
    input_format: Annotated[
        str | None, typer.Option(help="Format of standard input: " + ", ".join(NAMES) + ".")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="fast (default) or pyshacl.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend in the files what can be mended with certainty.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change; write nothing.")] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--accept-into",
            parser=a_folder,
            metavar="PATH",
            help="Write the records without a problem below this folder.",
        ),
    ] = None,
    lang: Lang = "en",
) -> None:
    """Say what is wrong, on which line, and how to mend it.

    Exit code 0: fine; 1: problems found; 2: wrong use.

    Example: cybercoop validate my-workshop.yaml --lang fr
    """
    from cybercoop.graph import open as open_graph
    from cybercoop.judge.reports import check, written
    from cybercoop.workspace.files import apart, on_disk

    check(form, severity)
    graph = open_graph(lang=lang)
    if out is not None:
        apart([out], [*graph.workspace.inputs(), *on_disk(path for path in paths or () if path != "-")])
    if fix or diff:
        mending.mend(graph, paths or [], engine, lang, write=not diff)
    if into is not None:
        mending.accept(graph, paths or [], engine, lang, into)
    report = graph.validate(*(paths or []), engine=engine, input_format=input_format, mends=FORMATS[form].mends)
    if not (quiet and not report.problems and form == "text"):
        text = written(report, form, lang, severity=severity, most=most)
        if out is not None:
            put(text.encode(), out)
            print(sentence("wrote-report", lang, file=out), file=sys.stderr)
        else:
            with output(paged=False) as place:  # whose reader may leave early: the verdict stays
                place.write(text)
    sys.exit(0 if report.conforms else 1)
