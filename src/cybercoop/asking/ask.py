"""Ask the graph a question of the catalogue, whatever engine holds it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyoxigraph as ox

from cybercoop.answers.answer import Answer, Term
from cybercoop.asking.parameters import Given, fold, resolve, texts_of
from cybercoop.problems import Refusal, Where, nearest, refuse
from cybercoop.query import Question
from cybercoop.sparql.limits import DEFAULT, Clock, Limits
from cybercoop.sparql.order import ordered
from cybercoop.sparql.portable import columns_of, without_order
from cybercoop.sparql.runner import answered, run
from cybercoop.workspace import Workspace

if TYPE_CHECKING:
    from cybercoop.sources import Cited
    from cybercoop.sparql.streams import Stream

_BLOCK = 1000
_TELLING, _CHOICES = 4, 8
"""How many letters a word needs to tell something, and how many questions are offered."""


class Engine(Protocol):
    """What answers: the store on disk, one in memory, or an endpoint anywhere. All give the same rows."""

    def within(self, limits: Limits) -> Engine:
        """Return the same engine for one question, which holds what comes from elsewhere to some limits."""

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""

    def stream(self, text: str, limits: Limits) -> AbstractContextManager[Stream]:
        """Give the answer to a query of one's own while it is computed."""

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return a store where what each (text, class) means can be found: by its IRI, else by any of its names."""

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return a store with the names and notices of some things, the kinds of all sources, and every notice."""

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return a store with what is said of a thing and points at it, by which sources and where, and all names.

        `through` are the properties by which publishers may be close to it.
        """


class Embedded(NamedTuple):
    """The engine inside this process, on disk or in memory."""

    store: ox.Store

    def within(self, limits: Limits) -> Embedded:
        """Return the engine itself: nothing comes from elsewhere."""
        return self

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""
        query, order = without_order(text, columns_of(text))
        columns, rows = run(self.store, query, file)
        return columns, ordered(columns, rows, order)

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; one that would leave the store is refused.

        In this process nothing stops a query in the middle of its work: of the limits, that of the rows holds. And
        nothing survives the engine's breaking off: what it cannot sort is never given to it.
        """
        from cybercoop.sparql.guard import look
        from cybercoop.sparql.sorting import sortable
        from cybercoop.sparql.streams import Stream, within_rows

        look(text)
        kind, columns, rows = answered(self.store, sortable(text), "query")
        blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
        yield Stream(kind, columns, Clock(limits.seconds), self.named, within_rows(blocks, limits))

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store


def ask(
    workspace: Workspace,
    name: str,
    given: Mapping[str, Given],
    lang: str = "en",
    engine: Engine | None = None,
    *,
    with_sources: bool = False,
    limits: Limits = DEFAULT,
) -> Answer:
    """Return the answer to a question of the catalogue, by the store on disk unless another engine is given.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date, or a
    list of them. `with_sources` adds to each row the sources that it rests on, with the places in them. A server is
    held to `limits` of rows, bytes and memory.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise unknown_question(name, workspace.questions)
    engine = (engine or Embedded(workspace.stored.open())).within(limits)
    spoken = {} if given.get("language") or "language" not in question.parameters else {"language": lang}
    terms = resolve(question, {**spoken, **given}, engine.meant(_things(question, given)))
    text, file = question.bind(terms), f"queries/{name}.rq"
    columns, rows = engine.rows(text, file)
    cited = _cited(engine, text, columns, rows, file) if with_sources else None
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    others = [*about, *(entry.source for row in cited or () for entry in row)]
    met = {term for row in rows for term in row if isinstance(term, ox.NamedNode)} | set(map(ox.NamedNode, others))
    found = workspace.labels(engine.named(term.value for term in met), met)
    return Answer(columns, rows, question.columns, found, lang, True, question.question, about, cited)


def _cited(
    engine: Engine, text: str, columns: list[str], rows: list[list[Term | None]], file: str
) -> tuple[tuple[Cited, ...], ...]:
    """Return what each row rests on; raises `Refusal` for a question in a form that cannot be followed."""
    from cybercoop.citing.citations import cite

    try:
        return tuple(cite(text, columns, rows, lambda asked: engine.rows(asked, file)))
    except ValueError as error:
        raise refuse("not-cited", Where(file), value=str(error)) from None


def unknown_question(name: str, questions: Mapping[str, Question]) -> Refusal:
    """Return the refusal of a question that does not exist, with those that speak of a word in its name."""
    alike = nearest(name, questions)
    words = [word for word in fold(re.sub(r"\W+", " ", name)).split() if len(word) >= _TELLING]
    spoken = [question for question in questions.values() if any(word in fold(question.said) for word in words)]
    choices = {} if alike else {question.name: question.question for question in spoken[:_CHOICES]}
    return refuse("no-such-question", value=name, nearest=alike, choices=choices)


def _things(question: Question, given: Mapping[str, Given]) -> Iterable[tuple[str, str | None]]:
    """Yield the texts that are to name a thing, each with the class that is asked for."""
    for name, typed in given.items():
        parameter = question.parameters.get(name.replace("_", "-"))
        if parameter is not None and parameter.kind == "iri":
            for text in texts_of(typed):
                yield text, parameter.class_iri
