"""A question and a verdict in their plainest form, without Typer, whose import takes longer than most answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from cybercoop.interfaces.cli.pager import output
from cybercoop.problems.problem import known_language, one_of


def answered(args: Sequence[str]) -> bool:
    """Do what a line asks for where it is plain; leave any other line as it is, and return False.

    Plain are `query NAME --parameter value …`, where of the options of the command only `--lang`, `--format` and
    `--show-sparql` are plain enough, and `validate PATH …` without any option but `--lang` at its end, which leaves
    with its exit code.
    """
    if args[:1] == ["validate"]:
        paths, lang = (args[1:-2], args[-1]) if args[-2:-1] == ["--lang"] else (args[1:], _language())
        if not any(each.startswith("-") for each in (*paths, lang)):
            _judged(paths, known_language(lang))
    shown = args.count("--show-sparql") == 1
    args = [arg for arg in args if not shown or arg != "--show-sparql"]
    names, values = args[2::2], args[3::2]
    odd = len(names) != len(values) or len(set(names)) != len(names) or any(value.startswith("-") for value in values)
    if odd or args[:1] != ["query"] or len(args) < 2 or os.environ.get("CYBERCOOP_ENDPOINT"):
        return False
    return _answered(args[1], dict(zip(names, values, strict=True)), shown=shown)


def _language() -> str:
    return os.environ.get("CYBERCOOP_LANG") or "en"


def _judged(paths: Sequence[str], lang: str) -> NoReturn:
    from cybercoop.graph import open as open_graph
    from cybercoop.judge.reports import written

    report = open_graph(lang=lang).validate(*paths, mends=True)
    with output(paged=False) as out:
        out.write(written(report, lang=lang))
    sys.exit(0 if report.conforms else 1)


def _answered(name: str, given: dict[str, Any], *, shown: bool) -> bool:
    lang = given.pop("--lang", _language())
    form = given.pop("--format", "") or "table"
    from cybercoop.ask import layouts
    from cybercoop.graph import open as open_graph

    graph = open_graph(lang=known_language(lang))
    question = graph.workspace.question(name)
    if question is None or not given.keys() <= {f"--{each}" for each in question.parameters}:
        return False
    write = layouts.FORMATS[one_of(form, layouts.FORMATS)]
    parameters = {option[2:]: value for option, value in given.items()}
    text = graph.bound(name, **parameters) if shown else write(graph.query(name, **parameters))
    with output(paged=True) as out:
        out.write(text)
    return True
