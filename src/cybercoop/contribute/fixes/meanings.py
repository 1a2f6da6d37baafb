"""What a wrong word may have meant: things by name and code, words by label, and the languages of sources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property

import pyoxigraph as ox

from cybercoop.ask.parameters import find
from cybercoop.problems.problem import Refusal
from cybercoop.terms import names
from cybercoop.terms.context import Term
from cybercoop.terms.folding import fold
from cybercoop.terms.labels import NAME, OTHER_NAME
from cybercoop.terms.names import RDF, RDFS, SH
from cybercoop.workspace.workspace import Workspace

_SHORTEST = 4
_ALIKE = 0.8
_AHEAD = 0.06


class Known:
    """The graph as a mender asks it; every answer is kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store: ox.Store = workspace.stored.open()
        self._things: dict[str, list[str]] = {}
        self._meant: dict[tuple[str, str], str | None] = {}

    def thing(self, text: str, class_iri: str) -> str | None:
        """Return the IRI of the one thing of a class that a text names, by code or name or by one clear misspelling."""
        key = (text, class_iri)
        if key not in self._meant:
            self._meant[key] = self._named(text, class_iri) or self._misspelt(text, class_iri)
        return self._meant[key]

    def classes(self, code: str) -> list[str]:
        """Return the classes that a constraint demands of its values."""
        return self._demanded.get(names.SHAPES + code, [])

    def classes_of(self, term: Term) -> list[str]:
        """Return the classes that the values of a word may have, as the shapes of its property say."""
        return sorted({kind for iri in self._shapes_of.get(term.iri, ()) for kind in self._demanded.get(iri, [])})

    def pattern(self, code: str) -> str | None:
        """Return the pattern that a constraint demands of its values."""
        return next((str(value.value) for value in self._facts(code, "pattern") if isinstance(value, ox.Literal)), None)

    def word(self, text: str, known: Iterable[str], graph_names: dict[str, str]) -> str | None:
        """Return the one known word that a text means: in another case, by its label, or clearly misspelt."""
        words = list(known)
        same = [word for word in words if word.casefold() == text.strip().casefold()]
        named = {word for word in words if fold(text) in self._labels.get(graph_names.get(word, ""), ())}
        if len(same) == 1 or len(named) == 1:
            return same[0] if len(same) == 1 else named.pop()
        return clear(text, words)

    def language(self, source: str) -> str | None:
        """Return the language that the card of a source states, where it is the only one."""
        card = ox.NamedNode(names.source(source))
        stated = {
            quad.object.value
            for word in ("language", "alsoInLanguage")
            for quad in self.store.quads_for_pattern(card, self._term(word), None, ox.DefaultGraph())
            if isinstance(quad.object, ox.Literal)
        }
        return stated.pop() if len(stated) == 1 else None

    def _term(self, word: str) -> ox.NamedNode:
        return ox.NamedNode(self.workspace.context.terms[word].iri)

    def _named(self, text: str, class_iri: str) -> str | None:
        try:
            return find(text.strip(), self.store, class_iri).value
        except Refusal:
            return None

    def _misspelt(self, text: str, class_iri: str) -> str | None:
        if class_iri not in self._things:
            rows = self.store.query(f"SELECT DISTINCT ?thing {{ ?thing a/<{RDFS}subClassOf>* <{class_iri}> }}")
            self._things[class_iri] = [row["thing"].value for row in rows]  # type: ignore[union-attr]
        ends = {iri.rsplit("/", 1)[-1]: iri for iri in self._things[class_iri]}
        found = clear(text.strip().rsplit("/", 1)[-1], ends)
        return ends[found] if found else None

    def _facts(self, code: str, predicate: str) -> list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]:
        return self._shapes.get(f"<{names.SHAPES}{code}>", {}).get(SH + predicate, [])

    @cached_property
    def _shapes(self) -> dict[str, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]]:
        about: dict[str, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]] = {}
        for triple in self.workspace.shapes.triples:
            about.setdefault(str(triple.subject), {}).setdefault(triple.predicate.value, []).append(triple.object)
        return about

    @cached_property
    def _demanded(self) -> dict[str, list[str]]:
        """Shape → the classes that it demands, also one of several by `sh:or`."""
        found: dict[str, list[str]] = {}
        for subject, facts in self._shapes.items():
            members = [member for head in facts.get(SH + "or", []) for member in self._list(str(head))]
            kinds = facts.get(SH + "class", []) + [
                kind for member in members for kind in self._shapes.get(member, {}).get(SH + "class", [])
            ]
            if kinds and SH + "path" in facts:
                found[subject[1:-1]] = [str(kind)[1:-1] for kind in kinds]
        return found

    def _list(self, head: str) -> list[str]:
        found = []
        while facts := self._shapes.get(head):
            found += [str(first) for first in facts.get(RDF + "first", [])]
            head = next((str(rest) for rest in facts.get(RDF + "rest", [])), "")
        return found

    @cached_property
    def _shapes_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for subject, facts in self._shapes.items():
            for path in facts.get(SH + "path", []):
                found.setdefault(str(path)[1:-1], []).append(subject[1:-1])
        return found

    @cached_property
    def _labels(self) -> dict[str, set[str]]:
        """Term of the ontology → its labels as they are compared."""
        found: dict[str, set[str]] = {}
        for predicate in (NAME, OTHER_NAME):
            for quad in self.store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph()):
                subject = str(quad.subject)[1:-1]
                if isinstance(quad.object, ox.Literal) and not subject.startswith((names.ID, names.SCHEME)):
                    found.setdefault(subject, set()).add(fold(quad.object.value))
        return found


def clear(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelt one must be: much like it, with the same digits, and no other near."""
    if len(word) < _SHORTEST or len(word) > 80:
        return None
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), folded, n=2, cutoff=_ALIKE - _AHEAD)
    ratios = [SequenceMatcher(None, each, word.casefold()).ratio() for each in near]
    if not near or ratios[0] < _ALIKE or (len(near) > 1 and ratios[0] - ratios[1] < _AHEAD):
        return None
    return folded[near[0]] if _digits(near[0]) == _digits(word) else None


def _digits(text: str) -> list[str]:
    return re.findall("[0-9]+", text)
