"""`cybercoop build`: validate, answer one question, write the exports."""

from __future__ import annotations

import sys

import typer

from cybercoop.interfaces.cli.options import Lang
from cybercoop.interfaces.cli.pager import output
from cybercoop.judge.reports.text import said
from cybercoop.problems.problem import sentence

_QUESTION = "project-activities"
_EXPORTS = {"turtle": "cybercoop.ttl", "jsonld": "cybercoop.jsonld"}


def command(lang: Lang = "en") -> None:
    """Do the main job: validate the graph, answer one question, write Turtle and JSON-LD into build/."""
    from cybercoop.ask.layouts import FORMATS
    from cybercoop.graph import open as open_graph

    graph = open_graph(lang=lang)
    report = graph.validate()
    for found in report.problems:
        print(said(found, lang) + "\n", file=sys.stderr)
    if not report.conforms:
        raise typer.Exit(1)
    counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
    answer = graph.query(_QUESTION, project="cybersouth-plus")
    said_first = sentence("conforms", lang, **counts)
    with output(paged=False) as place:
        place.write("\n\n".join((said_first, answer.question.get(lang, ""), FORMATS["table"](answer))) + "\n")
    for form, name in _EXPORTS.items():
        out = graph.workspace.build / name
        graph.export(form, out)
        with output(paged=False) as place:
            wrote = sentence("wrote", lang, file=graph.workspace.relative(out), count=len(graph.quads()))
            place.write(wrote + "\n")
