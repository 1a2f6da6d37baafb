"""Statements in the words of a record: the way back from what a reader of YAML gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from cybercoop.problems.problem import Where
from cybercoop.records.layout import Place
from cybercoop.records.reading import Statement
from cybercoop.records.tree import Fields, Items, Node, Scalar
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.names import NS, RDF_TYPE

_DEPTH = 8
"""How many things may stand one inside the other."""

_NOWHERE = Where("")
_REASON = Term("because", NS + "reason", LANGUAGE)

_Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Spelling:
    """The statements of one record, and the words for them.

    What no word can say is left out: whoever asks compares what the words say with the statements.
    """

    def __init__(self, statements: Iterable[Statement], graph: str, node: str, context: Context, place: Place) -> None:
        self.graph = graph
        self.node = node
        self.place = place
        self.terms = {term.iri: term for term in context.terms.values()}
        self.classes = {iri: name for name, iri in context.classes.items()}
        self.facts: dict[str, dict[str, list[_Value]]] = {}
        for statement in statements:
            quad = statement.quad
            facts = self.facts.setdefault(str(quad.subject)[1:-1], {})
            facts.setdefault(quad.predicate.value, []).append(quad.object)
        self.inside = [str(value)[1:-1] for value in self._values(node, "about")]

    def record(self) -> Fields | None:
        """Return the record as a tree of words, or None where its name is that of no thing that it is about."""
        thing = next((each for each in self.inside if names.record(self.graph, each) == self.node), None)
        if thing is None:
            return None
        self.inside.remove(thing)
        head: list[tuple[str, Node]] = [("source", _scalar(self.graph.removeprefix(names.ID + "source/")))]
        if passages := [self._passage(str(value)[1:-1]) for value in self._values(self.node, "passage")]:
            head.append(("at", _some(passages)))
        if reasons := self._values(self.node, "reason"):
            head.append(("because", self._node(_REASON, reasons, 0)))
        return _fields([*head, *self._thing(thing, 0)])

    def _values(self, subject: str, word: str) -> list[_Value]:
        return self.facts.get(subject, {}).get(NS + word, [])

    def _passage(self, passage: str) -> Node:
        said = {word: [_text(value) for value in self._values(passage, word)] for word in ("section", "digest")}
        span = [_text(value) for word in ("firstCharacter", "endCharacter") for value in self._values(passage, word)]
        parts = [("section", text) for text in said["section"]]
        parts += [("chars", "-".join(span))] if span else []
        return _fields((word, _scalar(text)) for word, text in [*parts, *(("digest", each) for each in said["digest"])])

    def _thing(self, thing: str, depth: int) -> Iterator[tuple[str, Node]]:
        yield "id", _scalar(_short(thing, names.ID))
        facts = self.facts.get(thing, {})
        if kinds := [self.classes[iri] for kind in facts.get(RDF_TYPE, []) if (iri := str(kind)[1:-1]) in self.classes]:
            yield "type", _some([_scalar(kind) for kind in kinds])
        words = [(self.terms[iri], values) for iri, values in facts.items() if iri in self.terms]
        for term, values in sorted(words, key=lambda pair: (self.place(pair[0].name), pair[0].name)):
            yield term.name, self._node(term, values, depth)

    def _node(self, term: Term, values: list[_Value], depth: int) -> Node:
        if term.kind != LANGUAGE:
            return _some([self._value(term, value, depth) for value in values])
        texts: dict[str, list[Node]] = {}
        for value in values:
            texts.setdefault(getattr(value, "language", None) or "", []).append(_scalar(_text(value)))
        return _fields((language, _some(forms)) for language, forms in texts.items())

    def _value(self, term: Term, value: _Value, depth: int) -> Node:
        if term.kind != LINK or not isinstance(value, ox.NamedNode):
            return _scalar(_text(value))
        if term.base != names.ID or value.value not in self.inside or depth > _DEPTH:
            return _scalar(_short(value.value, term.base))
        amount = [_text(part) for word in ("amount", "currency") for part in self._values(value.value, word)]
        if len(amount) == 2 and names.amount(*amount) == value.value:
            return _fields(zip(("amount", "currency"), map(_scalar, amount), strict=True))
        self.inside.remove(value.value)
        return _fields(self._thing(value.value, depth + 1))


def _fields(pairs: Iterable[tuple[str, Node]]) -> Fields:
    return Fields(tuple((_scalar(word), node) for word, node in pairs), _NOWHERE)


def _some(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Items(tuple(nodes), _NOWHERE)


def _scalar(text: str) -> Scalar:
    return Scalar(text, _NOWHERE)


def _text(value: _Value) -> str:
    return value.value if isinstance(value, (ox.Literal, ox.NamedNode)) else str(value)


def _short(iri: str, base: str) -> str:
    """Return an IRI as a record writes it: what follows the base, where that is a name; else the whole."""
    rest = iri.removeprefix(base)
    fit = rest != iri and all(names.SLUG.fullmatch(part) for part in rest.split("/"))
    return rest if fit else iri
