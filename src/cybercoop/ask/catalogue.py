"""What can be asked, and of what: the questions, what a person may be about to type, and things by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.ask.parameters import coded, instances, own_classes
from cybercoop.problems import problem
from cybercoop.problems.problem import LANGUAGES, in_language, is_text, one_of, sentence, visible
from cybercoop.sparql.question import TOPICS, Parameter, Question
from cybercoop.terms import labels, names
from cybercoop.terms.labels import NAME, OTHER_NAME, base_of, fold
from cybercoop.terms.names import DCT, RDF_TYPE
from cybercoop.terms.term import Term, iri_of
from cybercoop.workspace.workspace import Workspace


def speaking_of(questions: Iterable[Question], words: str) -> list[Question]:
    """Return the questions that speak of all of some words, in any language, as one or as several: party, parties."""
    wanted = [{word, re.sub("y$", "ies", word), re.sub("s$", "", word)} for word in fold(words).split()]
    return [each for each in questions if all(any(form in fold(each.said) for form in forms) for forms in wanted)]


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


Suggestions = Iterator[tuple[str, str]]
"""Words with a line of help on each."""

_MANY = 60


def questions(workspace: Workspace, begun: str, lang: str = "en") -> Suggestions:
    """Yield the names of questions that begin so; one that matches alone comes with its wording."""
    found = [path.stem for path in workspace.files("queries", ".rq") if path.stem.startswith(begun)]
    for name in found:
        question = workspace.question(name) if len(found) == 1 else None
        yield name, in_language(question.question, lang) if question else ""


def parameters(workspace: Workspace, question: str, begun: str, lang: str = "en") -> Suggestions:
    """Yield the options that a question takes of its own."""
    asked = workspace.question(question)
    for parameter in asked.parameters.values() if asked else ():
        if f"--{parameter.name}".startswith(begun):
            yield f"--{parameter.name}", in_language(parameter.help, lang)


def values(workspace: Workspace, question: str, parameter: str, begun: str, lang: str = "en") -> Suggestions:
    """Yield values that a parameter takes and that begin so, by code or by a word of a name; the last of a list.

    Without a store that is already built, nothing: a shell does not wait.
    """
    asked = workspace.question(question)
    taken = asked.parameters.get(parameter) if asked else None
    if taken is None:
        return
    if taken.name == "language":
        yield from ((lang, "") for lang in LANGUAGES if lang.startswith(begun))
    elif taken.kind == "iri" and taken.class_iri is not None:
        before, comma, last = begun.rpartition(",")
        for slug, name in _things(workspace, taken.class_iri, last, lang):
            yield f"{before}{comma}{slug}", name
    elif taken.example and taken.example.startswith(begun):
        yield taken.example, in_language(taken.help, lang)


def _things(workspace: Workspace, class_iri: str, begun: str, lang: str) -> Suggestions:
    stored = workspace.built
    if stored is None:
        return
    store = stored.open()
    path = names.class_path(class_iri) or names.BASE
    things = sorted(thing.value for thing in instances(class_iri, store) if thing.value.startswith(path))
    ours = [iri for iri in things if class_iri != _COUNTRY or _is_spoken_of(iri, store)]
    meant = [iri for iri in ours if iri[len(path) :].casefold().startswith(begun.casefold())]
    if not meant:
        named = labels.of_store(store, ours)
        wanted = fold(begun)
        meant = [iri for iri in ours if any(f" {wanted}" in f" {fold(text)}" for text in _texts(named, iri))]
    shown = labels.of_store(store, meant[:_MANY])
    for iri in meant[:_MANY]:
        yield iri[len(path) :], shown.get(iri, lang)


def _is_spoken_of(country: str, store: ox.Store) -> bool:
    """Whether more is known of a country or territory than its codes and names: some other thing leads to it."""
    links = store.quads_for_pattern(None, None, ox.NamedNode(country), ox.DefaultGraph())
    return any(quad.predicate.value != names.NS + "about" for quad in links)


def _texts(named: labels.Labels, iri: str) -> list[str]:
    return [text for lang in LANGUAGES if (text := named.own(iri, lang))]


_NAMED_BY = (NAME, OTHER_NAME, DCT + "title", names.SKOS + "notation")
_COUNTRY = names.NS + "Country"
_NO_MATCH = 4
_BRACKETS = re.compile(r"\(([^()]+)\)")
_ACTIVITIES, _SOURCES = names.ID + "activity/", names.ID + "source/"
_DAY = "https://schema.org/startDate"
_OF_ACTIVITIES = ("activityKind", "audience", "benefits", "heldIn", "host", "organiser", "theme")
_COLUMNS = ("thing", "kind", "name", "path")
_GATHERING = Lock()
"""Held while names are gathered for the first search: fifty that come at once would each gather them all."""


def search(workspace: Workspace, text: str, kind: str | None = None, lang: str = "en") -> Answer:
    """Return the things that have all words of a text in one name, or that code; where there is none, those told of.

    A name that is the text goes first, also in brackets; then one that begins with it, then names that have its words
    at the beginning of theirs; sources go last, the shorter name before the longer. Each thing stands once, with its
    best name. What is told is `told_of`: the more of the words a name has, and it has as a whole, the earlier.
    Raises `Refusal` for an unknown class.
    """
    if kind is not None:
        one_of(kind.removeprefix("coop:"), names.KINDS)
    store = workspace.stored.open()
    wanted = fold(text)
    best: dict[str, tuple[tuple[bool, int, bool, bool, int, str], ox.Literal]] = {}
    codes = {names.ID + "country/" + text.upper(), *coded(text, store)} if wanted and is_text(text) else set()

    def met(rank: int, thing: str, name: ox.Literal) -> None:
        foreign = rank >= _NO_MATCH and base_of(name.language or "") != lang
        place = (thing not in codes, rank, thing.startswith(_SOURCES), foreign, len(name.value), name.value)
        if thing not in best or place < best[thing][0]:
            best[thing] = (place, name)

    with _GATHERING:
        named = _names(store) if wanted else []
    for thing, name, folded in named:
        rank = min(_rank(wanted, part) for part in folded)
        if thing in codes:
            rank = min(rank, 1 if base_of(name.language or "") == lang else 3)
        if rank < _NO_MATCH:
            met(rank, thing, name)
    words = wanted.split()
    with _GATHERING:
        told = told_of(store) if words and not best else {}
    for thing, name, (own, *_) in named if told else ():
        if all(word in told[thing] for word in words):
            whole = f" {told[thing]} "
            met(_NO_MATCH + sum((word not in own) + (f" {word} " not in whole) for word in words), thing, name)
    rows: list[list[Term | None]] = []
    for thing, (_, name) in sorted(best.items(), key=lambda item: (item[1][0], item[0])):
        classes = _classes(store, thing)
        if classes and (
            kind is None or names.NS + kind.removeprefix("coop:") in _linked(store, ox.NamedNode(thing), RDF_TYPE)
        ):
            rows.append([ox.NamedNode(thing), ox.NamedNode(classes[0]), name, ox.Literal(names.short(thing))])
    headings = {column: problem.entry("sentences", f"search-{column}") for column in _COLUMNS}
    shown = workspace.labels(store, (term for row in rows for term in row))
    return Answer(list(_COLUMNS), rows, headings, shown, lang, True, problem.entry("sentences", "search-question"))


def things(workspace: Workspace, kind: str, lang: str = "en") -> Answer:
    """Return the things of a class and of its subclasses with their class and, of a concept, the broader one.

    They stand A to Z by their names. Raises `Refusal` where there is no such class.
    """
    store, iri = workspace.stored.open(), names.expand(kind if ":" in kind else f"coop:{kind}")
    if iri.startswith(names.NS) and next(_linked(store, ox.NamedNode(iri), RDF_TYPE), None) is None:
        one_of(kind.removeprefix("coop:"), names.KINDS)
    found = [thing for thing in instances(iri, store) if thing.value.startswith(names.BASE)]
    rows: list[list[Term | None]] = []
    for thing in found:
        broader = sorted(_linked(store, thing, names.SKOS + "broader"))
        classes = _classes(store, thing.value)
        rows.append([thing, *(ox.NamedNode(each[0]) if each else None for each in (classes, broader))])
    labels = workspace.labels(store, [ox.NamedNode(iri), *(term for row in rows for term in row)])
    headings = {"thing": problem.entry("sentences", "search-thing"), "kind": problem.entry("sentences", "search-kind")}
    columns = ["thing", "kind", "broader"]
    return by_name(Answer(columns, rows, headings, labels, lang, True, labels.names.get(iri, {}), (iri,)), lang)


def by_name(found: Answer, lang: str) -> Answer:
    """Return the things of a class in a language, A to Z by their names in it."""
    keys = [(fold(found.labels.get(iri_of(row[0]), lang)), str(row[0])) for row in found.rows if row[0]]
    told = found.only(sorted(range(len(keys)), key=keys.__getitem__))
    told.lang = lang
    return told


def _rank(wanted: str, name: str) -> int:
    """Return how well a name answers a text, both folded; 4 where it does not."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    words = wanted.split()
    if not all(word in name for word in words):
        return _NO_MATCH
    return 2 if all(f" {word}" in f" {name}" for word in words) else 3


def likeness(text: str, name: str) -> int:
    """Return how well a name answers a text: 0 where it is that, 1 to 3 as `search` puts them, 4 where it does not."""
    wanted = fold(text)
    return min(_rank(wanted, part) for part in _folded(name))


def _folded(name: str) -> tuple[str, ...]:
    """Return a name and what stands in its brackets, as they are compared."""
    return tuple(fold(part) for part in (name, *_BRACKETS.findall(name)))


@lru_cache(maxsize=2)
def _names(store: ox.Store) -> list[tuple[str, ox.Literal, tuple[str, ...]]]:
    """Return the things of ours with each of their names, as it is and as it is compared."""
    return [(thing, name, _folded(name.value)) for thing, name in _named(store)]


@lru_cache(maxsize=2)
def told_of(store: ox.Store) -> dict[str, str]:
    """Return thing → its names and descriptions, as they are compared.

    To an activity belong its days and the names of what it is, where, for whom, by whom and on what.
    """
    found: dict[str, dict[str, None]] = {}
    named: dict[ox.NamedNode, list[str]] = {}

    def said(predicate: str) -> Iterator[ox.Quad]:
        return iter(store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph()))

    for predicate in (*_NAMED_BY, DCT + "description", _DAY):
        for quad in said(predicate):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                text = fold(quad.object.value)
                found.setdefault(quad.subject.value, {})[text] = None
                if predicate in (NAME, OTHER_NAME):
                    named.setdefault(quad.subject, []).append(text)
    for predicate in _OF_ACTIVITIES:
        for quad in said(names.NS + predicate):
            if (own := iri_of(quad.subject)).startswith(_ACTIVITIES) and isinstance(quad.object, ox.NamedNode):
                found.setdefault(own, {}).update(dict.fromkeys(named.get(quad.object, ())))
    return {thing: " ".join(texts) for thing, texts in found.items()}


def _named(store: ox.Store) -> Iterator[tuple[str, ox.Literal]]:
    """Yield the things of ours with each of their names."""
    for predicate in _NAMED_BY:
        for quad in store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph()):
            thing = iri_of(quad.subject)
            if isinstance(quad.object, ox.Literal) and thing.startswith((names.ID, names.SCHEME)):
                yield thing, quad.object


def _classes(store: ox.Store, thing: str) -> list[str]:
    """Return the classes of ours that sources state of a thing."""
    return [iri for iri in own_classes(ox.NamedNode(thing), store) if iri.startswith(names.NS)]


def _linked(store: ox.Store, thing: ox.NamedNode, predicate: str) -> Iterator[str]:
    """Yield the IRIs of what a thing has by a property."""
    for quad in store.quads_for_pattern(thing, ox.NamedNode(predicate), None, ox.DefaultGraph()):
        yield iri_of(quad.object)
