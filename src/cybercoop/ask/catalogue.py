"""The catalogue for reading: all questions, or what one of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cybercoop.problems.problem import in_language, sentence, visible
from cybercoop.sparql.question import TOPICS, Parameter, Question
from cybercoop.terms.folding import fold


def speaking_of(questions: Iterable[Question], words: str) -> list[Question]:
    """Return the questions that speak of all of some words, in any language."""
    wanted = fold(words).split()
    return [question for question in questions if all(word in fold(question.said) for word in wanted)]


def listed(questions: Iterable[Question], lang: str, words: str = "") -> str:
    """Return the questions by topic, in the language of the reader; with `words`, those that speak of all of them."""
    found = speaking_of(questions, words)
    if not found:
        return sentence("no-question-matches", lang, value=visible(words)) + "\n"
    lines = [sentence("questions", lang)]
    for topic in TOPICS:
        own = [question for question in found if question.topic == topic]
        lines += [f"\n{sentence(f'topic-{topic}', lang)}"] if own else []
        for question in own:
            lines.append("  " + " ".join([question.name, *map(_taken, question.parameters.values())]))
            lines.append(f"      {in_language(question.question, lang)}")
    return "\n".join(lines) + "\n"


def explained(question: Question, lang: str) -> str:
    """Return what a question answers and takes, each parameter with an example, and commands to begin with."""
    return "\n".join(_explained(question, lang)) + "\n"


def _explained(question: Question, lang: str) -> Iterator[str]:
    yield in_language(question.question, lang)
    for parameter in question.parameters.values():
        shown = _written(parameter)
        yield f"\n  {f'[{shown}]' if parameter.optional else shown}\n    {in_language(parameter.help, lang)}"
        if parameter.kind != "string":
            yield "    " + sentence(_FORMS[parameter.kind], lang, name=parameter.name, example=parameter.example or "…")
    if question.parameters.keys() >= {"from", "to"}:
        yield f"\n  [--date 2018..2020]\n    {sentence('takes-period', lang)}"
    taken = list(question.parameters.values())
    needed = [_written(parameter) for parameter in taken if not parameter.optional]
    yield "\n  " + " ".join(["cybercoop query", question.name, *needed])
    for parameter in taken:
        if parameter.optional and parameter.example:
            yield "  " + " ".join(["cybercoop query", question.name, *needed, _written(parameter)])


_FORMS = {"iri": "takes-things", "date": "takes-days", "first-day": "takes-days", "year": "takes-years"}
"""Kind of parameter → the sentence on the forms that it takes."""


def _written(parameter: Parameter) -> str:
    return f"--{parameter.name} {parameter.example or parameter.kind.upper()}"


def _taken(parameter: Parameter) -> str:
    return f"[--{parameter.name}]" if parameter.optional else f"--{parameter.name}"
