"""What can be asked, and of what: the questions, what a person may be about to type, and things by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.ask.near import near
from cybercoop.ask.parameters import coded, instances, own_classes
from cybercoop.engines.store import Stored, lines_with
from cybercoop.problems import problem
from cybercoop.problems.problem import LANGUAGES, in_language, is_text, one_of, sentence, visible
from cybercoop.sparql.question import TOPICS, Parameter, Question
from cybercoop.terms import labels, names
from cybercoop.terms.labels import AND, NAME, NAMED_BY, OTHER_NAME, TOLD, base_of, fold, folded
from cybercoop.terms.names import RDF_TYPE
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


_COUNTRY = names.NS + "Country"
_NO_MATCH = 4
_ACTIVITIES, _SOURCES = names.ID + "activity/", names.ID + "source/"
_OF_ACTIVITIES = ("activityKind", "audience", "benefits", "heldIn", "host", "organiser", "theme")
_TOLD = (*NAMED_BY, *TOLD)
_COLUMNS = ("thing", "kind", "name", "path")


def search(workspace: Workspace, text: str, kind: str | None = None, lang: str = "en") -> Answer:
    """Return the things that have all words of a text in one name, or that code; where there is none, those told of.

    A name that is the text goes first, also in brackets; then one that begins with it, then names that have its words
    at the beginning of theirs; sources go last, the shorter name before the longer. Each thing stands once, with its
    best name. What is told is `told`: the more of the words a name has, and it has as a whole, the earlier. Where
    nothing is told either, names are found whose words are nearly the same (`near`), the likest first.
    Raises `Refusal` for an unknown class.
    """
    if kind is not None:
        one_of(kind.removeprefix("coop:"), names.KINDS)
    stored, store, wanted = workspace.stored, workspace.stored.open(), fold(text)
    words = wanted.split()
    best: dict[str, tuple[tuple[bool, int, bool, bool, int, str], ox.Literal]] = {}
    codes = set(coded(text, store)) if words and is_text(text) else set()
    codes |= {names.ID + "country/" + text.upper()} if names.SLUG.fullmatch(text) else set()
    codes |= set(_at(text, store)) if words else set()

    def met(rank: int, thing: str, name: ox.Literal) -> None:
        foreign = rank >= _NO_MATCH and base_of(name.language or "") != lang
        place = (thing not in codes, rank, thing.startswith(_SOURCES), foreign, len(name.value), name.value)
        if thing not in best or (place, not name.language) < (best[thing][0], not best[thing][1].language):
            best[thing] = (place, name)

    for thing in codes:
        for name in _names(stored, thing):
            met(min(likeness(text, name.value), 1 if base_of(name.language or "") == lang else 3), thing, name)
    for thing, value, parts in _having(stored, max(words, key=len)) if words else ():
        if thing not in codes and (rank := min(_rank(wanted, part) for part in parts)) < _NO_MATCH:
            met(rank, thing, _literal(value))
    for thing in _told_all(stored, words) if words and not best else ():
        whole = f" {told(stored, thing)} "
        for name in _names(stored, thing):
            own = fold(name.value)
            met(_NO_MATCH + sum((word not in own) + (f" {word} " not in whole) for word in words), thing, name)
    for thing, value, changed in near(stored, words) if words and not best else ():
        met(_NO_MATCH + changed, thing, _literal(value))
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


def _at(text: str, store: ox.Store) -> Iterator[str]:
    """Yield the things of ours at an address: an IRI, a path, or the end of one, as answers and pages show it."""
    for iri in [names.expand(text)] if "/" in text else [names.BASE + path + text for path in names.KINDS.values()]:
        with suppress(ValueError):  # what is no IRI
            if iri.startswith(names.BASE) and next(_linked(store, ox.NamedNode(iri), RDF_TYPE), None):
                yield iri


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
    return min(_rank(wanted, part) for part in folded(name))


def _having(stored: Stored, word: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield things of ours with each name that a word is part of, in N-Triples and as it is compared."""
    for line in lines_with(stored.searched, word):
        compared, thing, value = line.split("\t", 2)
        yield thing, value, compared.split(AND)


def _literal(value: str) -> ox.Literal:
    """Return a literal from its text in N-Triples."""
    (quad,) = ox.parse(f"<a:a> <a:a> {value} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.Literal)
    return quad.object


def _names(stored: Stored, thing: str) -> list[ox.Literal]:
    """Return the names of a thing of ours."""
    if not thing.startswith((names.ID, names.SCHEME)):
        return []
    return [each for predicate, each in _texts_of(stored, thing) if predicate in NAMED_BY]


def _texts_of(stored: Stored, thing: str) -> Iterator[tuple[str, ox.Literal]]:
    """Yield what is told of a thing, with the properties."""
    for quad in stored.about(thing):
        if quad.predicate.value in _TOLD and isinstance(quad.object, ox.Literal):
            yield quad.predicate.value, quad.object


def _told_all(stored: Stored, words: Collection[str]) -> set[str]:
    """Return the things of which all words are told (`told`), the word first that is likely to leave the fewest."""
    found: set[str] | None = None
    for word in sorted(words, key=len, reverse=True):
        if found != set():
            said = set(_saying(stored, word))
            found = said if found is None else found & said
    return found or set()


def _saying(stored: Stored, word: str) -> Iterator[str]:
    """Yield the things of which a word, or a part of one, is told."""
    for line in lines_with(stored.told, word):
        text, thing = line.rsplit("\t", 1)
        if word in text:
            yield thing
    store = stored.open()
    for named in {thing for thing, _, parts in _having(stored, word) if word in parts[0]}:
        yield named
        for predicate in _OF_ACTIVITIES:
            is_of = ox.NamedNode(names.NS + predicate)
            linked = store.quads_for_pattern(None, is_of, ox.NamedNode(named), ox.DefaultGraph())
            activities = [iri for quad in linked if (iri := iri_of(quad.subject)).startswith(_ACTIVITIES)]
            if activities and any(word in name for name in _called(stored, named)):
                yield from activities


def told(stored: Stored, thing: str) -> str:
    """Return the names and descriptions of a thing, as they are compared.

    To an activity belong its days and the names of what it is, where, for whom, by whom and on what.
    """
    said = sorted(_texts_of(stored, thing), key=lambda text: _TOLD.index(text[0]))
    texts = [fold(text.value) for _, text in said]
    if thing.startswith(_ACTIVITIES):
        for predicate in _OF_ACTIVITIES:
            for iri in _linked(stored.open(), ox.NamedNode(thing), names.NS + predicate):
                texts += _called(stored, iri)
    return " ".join(dict.fromkeys(texts))


@lru_cache(maxsize=4096)
def _called(stored: Stored, thing: str) -> tuple[str, ...]:
    """Return the names of what an activity is about, as they are compared."""
    return tuple(fold(each.value) for predicate, each in _texts_of(stored, thing) if predicate in (NAME, OTHER_NAME))


def _classes(store: ox.Store, thing: str) -> list[str]:
    """Return the classes of ours that sources state of a thing."""
    return [iri for iri in own_classes(ox.NamedNode(thing), store) if iri.startswith(names.NS)]


def _linked(store: ox.Store, thing: ox.NamedNode, predicate: str) -> Iterator[str]:
    """Return the IRIs of what a thing has by a property."""
    return (
        iri_of(quad.object) for quad in store.quads_for_pattern(thing, ox.NamedNode(predicate), None, ox.DefaultGraph())
    )
