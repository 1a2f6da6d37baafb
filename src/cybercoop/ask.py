"""Ask the graph a question of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from cybercoop.answer import Answer
from cybercoop.parameters import resolve
from cybercoop.problems import nearest, refuse
from cybercoop.runner import run
from cybercoop.workspace import Workspace


def ask(workspace: Workspace, name: str, given: Mapping[str, str], lang: str = "en") -> Answer:
    """Return the answer to a question of the catalogue.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise refuse("no-such-question", value=name, nearest=nearest(name, workspace.questions))
    store = workspace.stored.open()
    spoken = {} if given.get("language") or "language" not in question.parameters else {"language": lang}
    terms = resolve(question, {**spoken, **given}, store)
    columns, rows = run(store, question.bind(terms), f"queries/{name}.rq")
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    found = workspace.labels(store, (*(term for row in rows for term in row), *map(ox.NamedNode, about)))
    return Answer(columns, rows, question.columns, found, lang, True, question.question, about)
