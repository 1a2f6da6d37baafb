"""The catalogue as the command line shows it: all questions, or what one of them takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cybercoop.problems import in_language, nearest, refuse, sentence

if TYPE_CHECKING:
    from cybercoop.graph import Graph
    from cybercoop.query import Question


def list_questions(questions: Iterable[Question], lang: str) -> None:
    """Print every question with its name, in the language of the reader."""
    print(sentence("questions", lang) + "\n")
    for question in questions:
        parameters = " ".join(
            f"[--{parameter.name}]" if parameter.optional else f"--{parameter.name}"
            for parameter in question.parameters.values()
        )
        print(f"{question.name} {parameters}".rstrip())
        print(f"    {in_language(question.question, lang)}")


def explain_question(name: str, graph: Graph, lang: str) -> None:
    """Print what a question answers and takes, with an example; raises `Refusal` for an unknown one."""
    question = graph.workspace.question(name)
    if question is None:
        raise refuse("no-such-question", value=name, nearest=nearest(name, graph.questions))
    print(in_language(question.question, lang))
    for parameter in question.parameters.values():
        shown = f"--{parameter.name} {parameter.example or parameter.kind.upper()}"
        print(f"\n  {f'[{shown}]' if parameter.optional else shown}\n    {in_language(parameter.help, lang)}")
    example = " ".join(f"--{p.name} {p.example}" for p in question.parameters.values() if p.example and not p.optional)
    print(f"\n  cybercoop query {name} {example}".rstrip())
