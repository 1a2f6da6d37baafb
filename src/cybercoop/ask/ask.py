"""Ask the graph a question of the catalogue, whatever engine holds it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.ask.answer import Answer, Names
from cybercoop.ask.parameters import Given, Terms, resolve, texts_of
from cybercoop.engines.columns.choice import Local
from cybercoop.problems.problem import LANGUAGES, Refusal, Where, listed, nearest, refuse, sentence
from cybercoop.problems.progress import going_on
from cybercoop.sparql.limits import DEFAULT, Limits, limit_of
from cybercoop.sparql.question import Question
from cybercoop.sparql.rewriting import showing
from cybercoop.terms.labels import Labels, fold
from cybercoop.terms.term import Term
from cybercoop.workspace.contents import called
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cybercoop.engines.embedded import Engine
    from cybercoop.terms.places import Cited

_ALL = sys.maxsize
_TELLING, _CHOICES = 4, 8
"""How many letters a word needs to tell something, and how many questions are offered."""


def ask(
    workspace: Workspace,
    name: str,
    given: Mapping[str, Given],
    lang: str = "en",
    engine: Engine | None = None,
    *,
    with_sources: bool = False,
    most: int | None = None,
    limits: Limits = DEFAULT,
) -> Answer:
    """Return the answer to a question of the catalogue, by the engine here that suits it unless another is given.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date, or a
    list of them. `with_sources` adds to each row the sources that it rests on, with the places in them; with `most`, to
    those that are among so many first ones in one of the languages. A server is held to `limits` of rows, bytes and
    memory, the store to those of rows.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one, and for an answer that is
    too long, with the parameters that narrow it.
    """
    engine = (engine or Local(workspace.stored)).within(limits)
    question, terms = understood(workspace, name, given, lang, engine)
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    cited = (most or _ALL) if with_sources else 0
    made = _answered(workspace, question, question.bind(terms), about, lang, engine, cited)
    return told(made, question, lang)


def each(
    workspace: Workspace, name: str, parameter: str, things: Sequence[str], engine: Engine | None = None
) -> dict[str, Answer]:
    """Return the answer to a question about each of many things, with its sources, asked of all of them at once.

    `things` are IRIs, given to the `parameter`; each answer is the one that `ask` gives in English. There is none where
    the rows of one thing cannot be told from those of another, and for a question with other rows in each language.
    Raises `Refusal` as `ask` does.
    """
    engine = engine or Local(workspace.stored)
    question, terms = understood(workspace, name, {parameter: list(things)}, "en", engine)
    variable = question.parameters[parameter].variable
    text = showing(question.bind(terms), variable)
    if not text or not things or "language" in question.parameters:
        return {}
    whole = _answered(workspace, question, text, tuple(things), "en", engine, _ALL)
    place = whole.columns.index(variable)
    numbers: dict[str, list[int]] = {thing: [] for thing in things}
    for number, row in enumerate(whole.rows):
        if not isinstance(about := row[place], ox.NamedNode):
            return {}
        numbers[about.value].append(number)
    if variable not in question.columns:
        whole.columns = [column for column in whole.columns if column != variable]
        whole.rows = [[*row[:place], *row[place + 1 :]] for row in whole.rows]
    found = {thing: told(whole.only(chosen), question, "en") for thing, chosen in numbers.items()}
    for thing, answer in found.items():
        answer.about = (thing,)
    return found


def _answered(
    workspace: Workspace,
    question: Question,
    text: str,
    about: tuple[str, ...],
    lang: str,
    engine: Engine,
    most: int,
) -> Answer:
    """Return the answer to a question whose parameters are bound in a text, in the order of the text.

    The sources of `most` rows are told, by their order in any of the languages; those of none where it is 0.
    """
    file = f"queries/{question.name}.rq"
    try:
        with going_on("progress-ask"):
            columns, rows = engine.rows(text, file)
    except Refusal as refusal:
        raise _narrower(refusal, question) from None
    terms = set[Term | None]().union(*rows)
    met = {term for term in terms if isinstance(term, ox.NamedNode)} | set(map(ox.NamedNode, about))

    def named(terms: Set[ox.NamedNode]) -> Labels:
        return workspace.labels(engine.named(term.value for term in terms), terms)

    def shown() -> Labels:
        return called(engine, file, met, named)

    if not most:
        return Answer(columns, rows, question.columns, shown(), lang, True, question.question, about, None, text)
    chosen: Iterable[int] = range(len(rows))
    if len(rows) > most:
        labels = shown()
        orders = (by_names(question.order, columns, rows, Names(labels, each).__getitem__) for each in LANGUAGES)
        chosen = sorted({number for order in orders for number in order[:most]})
    known = dict(zip(chosen, _cited(engine, text, columns, [rows[number] for number in chosen], file), strict=True))
    cited = tuple(known.get(number, ()) for number in range(len(rows)))
    met |= {ox.NamedNode(entry.source) for row in cited for entry in row}
    return Answer(columns, rows, question.columns, shown(), lang, True, question.question, about, cited, text)


def _narrower(refusal: Refusal, question: Question) -> Refusal:
    """Return the refusal of an answer that is too long with what its question can be narrowed by, if anything."""
    able = [f"--{name}" for name, parameter in question.parameters.items() if parameter.optional]
    if limit_of(refusal) != "rows" or not able:
        return refusal
    cure = {lang: sentence("question-narrower", lang, value=listed(able, lang)) for lang in LANGUAGES}
    return Refusal(refusal.problem._replace(cure=cure))


def told(answer: Answer, question: Question, lang: str) -> Answer:
    """Return the answer to a question in a language: its rows by their names, where the query puts them by things.

    A question with the parameter `language` has other rows in each, and has to be asked in it.
    """
    found = answer.only(range(len(answer)))
    found.lang = lang
    return found.only(by_names(question.order, answer.columns, answer.rows, found.names.__getitem__))


def by_names(
    order: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Term | None]],
    named: Callable[[ox.NamedNode], str],
) -> list[int]:
    """Return the places of rows in the order of names in the reader's language, where a query puts them by things.

    `order` holds the variables that the query orders by before anything computed; rows of the same things stay in the
    order in which they came, and from the first variable on that holds anything else.
    """
    found = [0] * len(rows)
    for column in map(list(columns).index, order):
        cells = [row[column] for row in rows]
        every = dict.fromkeys(cells)
        every.pop(None, None)
        things = [cell for cell in every if isinstance(cell, ox.NamedNode)]
        if len(things) != len(every):
            break
        folded = {thing: fold(named(thing)) for thing in sorted(things, key=attrgetter("value"))}
        places = {thing: place for place, thing in enumerate(sorted(folded, key=folded.__getitem__), 1)}
        found = [before * (len(places) + 1) + places.get(cell, 0) for before, cell in zip(found, cells, strict=True)]  # type: ignore[arg-type]
    return sorted(range(len(rows)), key=found.__getitem__)


def understood(
    workspace: Workspace, name: str, given: Mapping[str, Given], lang: str = "en", engine: Engine | None = None
) -> tuple[Question, Terms]:
    """Return a question and the terms that are meant by what was given, as `ask` understands them.

    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise unknown_question(name, workspace.questions)
    engine = engine or Local(workspace.stored)
    spoken = {} if given.get("language") or "language" not in question.parameters else {"language": lang}
    store = engine.meant(_things(question, given))
    stored = engine.stored if isinstance(engine, Local) else None
    return question, resolve(question.parameters, {**spoken, **given}, store, stored)


def _cited(
    engine: Engine, text: str, columns: list[str], rows: list[list[Term | None]], file: str
) -> tuple[tuple[Cited, ...], ...]:
    """Return what each row rests on; raises `Refusal` for a question in a form that cannot be followed."""
    from cybercoop.ask.citations import cite

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
