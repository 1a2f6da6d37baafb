"""Commands for who writes records: the verdict, with mends and acceptance; the one way to write them; skeletons."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cybercoop.interfaces.cli.app import Lang, Output, a_folder
from cybercoop.interfaces.cli.pager import output, put
from cybercoop.judge.reports import FORMATS, SEVERITIES
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import refuse, sentence
from cybercoop.records import NAMES

if TYPE_CHECKING:
    from cybercoop.graph import Graph

_PATHS = "Files, folders or patterns (records/*.yaml); - for standard input; without any, the whole graph."


def validate(
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
        _mend(graph, paths or [], engine, lang, write=not diff)
    if into is not None:
        _accept(graph, paths or [], engine, lang, into)
    report = graph.validate(*(paths or []), engine=engine, input_format=input_format, mends=FORMATS[form].mends)
    if not (quiet and not report.problems and form == "text"):
        text = written(report, form, lang, severity=severity, most=most)
        if out is not None:
            put(text.encode(errors="backslashreplace"), out)
            print(sentence("wrote-report", lang, file=out), file=sys.stderr)
        else:
            with output(paged=False) as place:  # whose reader may leave early: the verdict stays
                place.write(text)
    sys.exit(0 if report.conforms else 1)


def _mend(graph: Graph, paths: list[str], engine: str | None, lang: str, *, write: bool) -> None:
    """Write the mends into the files and go on; or show them as a diff and leave."""
    from cybercoop.workspace.files import write_files

    mended = graph.mend(*(paths or [str(graph.workspace.root / "data")]), engine=engine)
    if not write:
        with output(paged=False) as place:
            place.write(mended.diff())
        print(sentence("could-mend", lang, count=mended.count, files=len(mended.changed)), file=sys.stderr)
        sys.exit(0 if mended.report.conforms else 1)
    write_files(mended.contents())
    print(sentence("mended", lang, count=mended.count, files=len(mended.changed)), file=sys.stderr)


def _accept(graph: Graph, paths: list[str], engine: str | None, lang: str, into: Path) -> None:
    """Write the good records below a folder, say why the others are not among them, and leave."""
    if not paths:
        raise refuse("accept-nothing", value=str(into))
    verdict = graph.accept(*paths, into=into, engine=engine)
    told = [*verdict.report.problems, *(found for entry in verdict.refused for found in entry.problems)]
    with output(paged=False) as place:
        for text in dict.fromkeys(said(found, lang, graph.workspace.line(found.where)) for found in told):
            place.write(text + "\n\n")
    verdict.write()
    counts = {"accepted": len(verdict.accepted), "refused": len(verdict.refused), "files": len(verdict.contents)}
    with output(paged=False) as place:
        place.write(sentence("accepted", lang, folder=into, **counts) + "\n")
    sys.exit(1 if verdict.refused or not verdict.report.conforms else 0)


def tidy(
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
        with output(paged=False) as place:
            place.write(tidied.diff())
    if not (check or diff):
        write_files({path: tidied.after[path] for path in tidied.changed})
    done = "would-format" if check or diff else "formatted"
    for path in tidied.changed:
        print(sentence(done, lang, file=graph.workspace.relative(path)), file=sys.stderr)
    sys.exit(1 if tidied.problems or (tidied.changed and (check or diff)) else 0)


def template(
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
