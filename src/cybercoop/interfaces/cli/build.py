"""`cybercoop build`: validate, answer one question, write the exports."""

from __future__ import annotations

import sys

import typer

from cybercoop.interfaces.cli.options import Lang
from cybercoop.judge.reports.people import said
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
    print(sentence("conforms", lang, **counts) + "\n")
    answer = graph.query(_QUESTION, project="cybersouth-plus")
    print(answer.question.get(lang, "") + "\n\n" + FORMATS["table"](answer))
    for form, name in _EXPORTS.items():
        out = graph.workspace.build / name
        graph.export(form, out)
        print(sentence("wrote", lang, file=graph.workspace.relative(out), count=len(graph.quads())))
