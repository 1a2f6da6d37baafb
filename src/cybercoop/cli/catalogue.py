"""The catalogue as the command line shows it: all questions, or what one of them takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cybercoop.ask import unknown_question
from cybercoop.parameters import fold
from cybercoop.problems import in_language, sentence, visible
from cybercoop.query import TOPICS

if TYPE_CHECKING:
    from cybercoop.graph import Graph
    from cybercoop.query import Parameter, Question


def list_questions(questions: Iterable[Question], lang: str, words: str = "") -> None:
    """Print the questions by topic, in the language of the reader; with `words`, those that speak of all of them."""
    wanted = fold(words).split()
    by_topic: dict[str, list[Question]] = {}
    for question in questions:
        if all(word in fold(question.said) for word in wanted):
            by_topic.setdefault(question.topic, []).append(question)
    if not by_topic:
        print(sentence("no-question-matches", lang, value=visible(words)))
        return
    print(sentence("questions", lang))
    for topic in TOPICS:
        if topic in by_topic:
            print(f"\n{sentence(f'topic-{topic}', lang)}")
        for question in by_topic.get(topic, ()):
            print("  " + " ".join([question.name, *map(_taken, question.parameters.values())]))
            print(f"      {in_language(question.question, lang)}")


def _taken(parameter: Parameter) -> str:
    return f"[--{parameter.name}]" if parameter.optional else f"--{parameter.name}"


def explain_question(name: str, graph: Graph, lang: str) -> None:
    """Print what a question answers and takes, with an example; raises `Refusal` for an unknown one."""
    question = graph.workspace.question(name)
    if question is None:
        raise unknown_question(name, graph.questions)
    print(in_language(question.question, lang))
    for parameter in question.parameters.values():
        shown = f"--{parameter.name} {parameter.example or parameter.kind.upper()}"
        print(f"\n  {f'[{shown}]' if parameter.optional else shown}\n    {in_language(parameter.help, lang)}")
    example = " ".join(f"--{p.name} {p.example}" for p in question.parameters.values() if p.example and not p.optional)
    print(f"\n  cybercoop query {name} {example}".rstrip())
