"""`cybercoop validate`: the verdict on the graph or on a contribution."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cybercoop.cli.options import Lang
from cybercoop.problems import ERROR, nearest, refuse, said, sentence

_FORMATS = ("text", "json")


def command(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; without any, the whole graph.")] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    engine: Annotated[str | None, typer.Option(help="fast (default) or pyshacl.")] = None,
    lang: Lang = "en",
) -> None:
    """Say what is wrong, on which line, and how to mend it.

    Exit code 0: fine; 1: problems found; 2: wrong use.

    Example: cybercoop validate my-workshop.yaml --lang fr
    """
    import cybercoop

    if form not in _FORMATS:
        raise refuse("unknown-choice", value=form, nearest=nearest(form, _FORMATS), known=" ".join(_FORMATS))
    graph = cybercoop.open(lang=lang)
    report = graph.validate(*(paths or []), engine=engine)
    if form == "json":
        print(json.dumps(report.to_dict(lang), ensure_ascii=False, indent=2))
    else:
        for found in report.problems:
            print(said(found, lang, graph.workspace.line(found.where)) + "\n")
        errors = sum(found.severity == ERROR for found in report.problems)
        counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
        summary = "found" if report.problems else "conforms"
        warnings = len(report.problems) - errors
        print(sentence(summary, lang, errors=errors, warnings=warnings, **counts))
    sys.exit(0 if report.conforms else 1)
