"""What a person may be about to type: names of questions, of their parameters, and values of these."""

from __future__ import annotations

from collections.abc import Iterator

from cybercoop.problems.problem import LANGUAGES, in_language
from cybercoop.terms import labels, names
from cybercoop.terms.folding import fold
from cybercoop.workspace.workspace import Workspace

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
    below = f"SELECT DISTINCT ?thing {{ ?thing a/<{names.RDFS}subClassOf>* <{class_iri}> }}"
    things = sorted(str(row["thing"])[1:-1] for row in store.query(below))  # type: ignore[union-attr]
    path = names.class_path(class_iri) or names.BASE
    ours = [iri for iri in things if iri.startswith(path)]
    meant = [iri for iri in ours if iri[len(path) :].casefold().startswith(begun.casefold())]
    if not meant:
        named = labels.of_store(store, ours)
        wanted = fold(begun)
        meant = [iri for iri in ours if any(f" {wanted}" in f" {fold(text)}" for text in _texts(named, iri))]
    shown = labels.of_store(store, meant[:_MANY])
    for iri in meant[:_MANY]:
        yield iri[len(path) :], shown.get(iri, lang)


def _texts(named: labels.Labels, iri: str) -> list[str]:
    return [text for lang in LANGUAGES if (text := named.own(iri, lang))]
