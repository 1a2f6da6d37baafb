"""A question in its plainest form, answered without Typer, whose import takes longer than most answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cybercoop.interfaces.cli.pager import output
from cybercoop.problems.problem import known_language, one_of


def answered(args: Sequence[str]) -> bool:
    """Answer `query NAME --parameter value …` as that command does; leave any other line as it is, and return False.

    Of the options of the command, only `--lang`, `--format` and `--show-sparql` are plain enough.
    """
    shown = args.count("--show-sparql") == 1
    args = [arg for arg in args if not shown or arg != "--show-sparql"]
    names, values = args[2::2], args[3::2]
    odd = len(names) != len(values) or len(set(names)) != len(names) or any(value.startswith("-") for value in values)
    if odd or args[:1] != ["query"] or len(args) < 2 or os.environ.get("CYBERCOOP_ENDPOINT"):
        return False
    return _answered(args[1], dict(zip(names, values, strict=True)), shown=shown)


def _answered(name: str, given: dict[str, Any], *, shown: bool) -> bool:
    lang = given.pop("--lang", os.environ.get("CYBERCOOP_LANG") or "en")
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
