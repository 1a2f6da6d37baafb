"""Ask the graph a question of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox

from cybercoop.answer import Answer
from cybercoop.parameters import fold, resolve
from cybercoop.problems import Refusal, nearest, refuse
from cybercoop.query import Question
from cybercoop.runner import run
from cybercoop.workspace import Workspace

_TELLING, _CHOICES = 4, 8
"""How many letters a word needs to tell something, and how many questions are offered."""


def ask(workspace: Workspace, name: str, given: Mapping[str, str], lang: str = "en") -> Answer:
    """Return the answer to a question of the catalogue.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise unknown_question(name, workspace.questions)
    store = workspace.stored.open()
    spoken = {} if given.get("language") or "language" not in question.parameters else {"language": lang}
    terms = resolve(question, {**spoken, **given}, store)
    columns, rows = run(store, question.bind(terms), f"queries/{name}.rq")
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    found = workspace.labels(store, (*(term for row in rows for term in row), *map(ox.NamedNode, about)))
    return Answer(columns, rows, question.columns, found, lang, True, question.question, about)


def unknown_question(name: str, questions: Mapping[str, Question]) -> Refusal:
    """Return the refusal of a question that does not exist, with those that speak of a word in its name."""
    alike = nearest(name, questions)
    words = [word for word in fold(re.sub(r"\W+", " ", name)).split() if len(word) >= _TELLING]
    spoken = [question for question in questions.values() if any(word in fold(question.said) for word in words)]
    choices = [] if alike else [f"{question.name}  {question.question['en']}" for question in spoken[:_CHOICES]]
    return refuse("no-such-question", value=name, nearest=alike, choices=choices)
