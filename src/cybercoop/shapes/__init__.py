"""The shapes as values: what each constraint is called, says, cures and applies to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import ERROR, INFO, WARNING
from cybercoop.shapes.reads import names
from cybercoop.terms.names import NS, PREFIXES, RDF, SH, SHAPES, SKOS
from cybercoop.terms.term import About, Facts, Term, about, iri_of

_SEVERITIES = {SH + "Warning": WARNING, SH + "Info": INFO}
_PATHS = (SH + "path", SH + "inversePath", SH + "alternativePath", SH + "zeroOrMorePath", RDF + "first", RDF + "rest")
_BESIDE = (SKOS, NS, SHAPES, *(SH + word for word in ("group", "message", "order", "severity", "sparql")))
"""How the names of properties begin that the engine for core constraints has no use for."""
_INSIDE = (*_PATHS, SH + "or", SH + "xone", SH + "and", SH + "node", SH + "property", SH + "not")
_SPACES = tuple(space for prefix, space in PREFIXES.items() if prefix not in ("rdf", "rdfs", "xsd"))


class Shape(NamedTuple):
    """One named constraint.

    `led_to_by` are the properties by which another thing, of the class `owner`, must lead to the one looked at.
    """

    iri: str
    severity: str
    message: Mapping[str, str]
    cure: Mapping[str, str]
    select: str | None
    led_to_by: frozenset[str]
    owner: str

    @property
    def code(self) -> str:
        """The name under which a problem with it is reported."""
        return self.iri.removeprefix(SHAPES)


class Shapes:
    """All shapes of a graph of them: the constraints by IRI, the classes that they look at, the text for engines.

    Constraints are the IRIs that bear a message; `about` holds what is said of each node.
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = tuple(triples)
        self.about = about(self.triples)
        named = {node.value: facts for node, facts in self.about.items() if isinstance(node, ox.NamedNode)}
        self.constraints = {iri: _shape(iri, facts) for iri, facts in named.items() if SH + "message" in facts}
        self.classes = frozenset(
            iri_of(target) for facts in self.about.values() for target in facts.get(SH + "targetClass", [])
        )

    @cached_property
    def selects(self) -> list[Shape]:
        """The rules across records, each of which is one query over the whole graph."""
        return [shape for shape in self.constraints.values() if shape.select is not None]

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """The properties that each constraint looks at, by its code, beginning with the one that it is about."""
        return {
            shape.code: tuple(dict.fromkeys(_reads(ox.NamedNode(shape.iri), self.about)))
            for shape in self.constraints.values()
        }

    @cached_property
    def order(self) -> list[str]:
        """The properties in the order of a record: by `sh:order` of group, then of shape (SHACL 2.3.2)."""

        def number(facts: Facts) -> float:
            return next(float(order.value) for order in facts[SH + "order"] if isinstance(order, ox.Literal))

        placed = [facts for facts in self.about.values() if SH + "group" in facts]
        placed.sort(key=lambda facts: (number(self.about[facts[SH + "group"][0]]), number(facts)))
        return [iri_of(facts[SH + "path"][0]) for facts in placed]

    @cached_property
    def domains(self) -> dict[str, set[str]]:
        """Property → the classes that alone may bear it (`sh:targetSubjectsOf` with `sh:class`, SHACL 2.1.3.4)."""
        found: dict[str, set[str]] = {}
        for facts in self.about.values():
            for word in facts.get(SH + "targetSubjectsOf", []):
                if SH + "class" in facts:
                    found.setdefault(iri_of(word), set()).update(map(iri_of, facts[SH + "class"]))
        return found

    @cached_property
    def bearers(self) -> dict[str, set[str]]:
        """Property → the classes with a shape for it, or that alone may bear it; of any thing where it is missing."""
        found = {word: set(kinds) for word, kinds in self.domains.items()}
        for facts in self.about.values():
            for kind in facts.get(SH + "targetClass", []):
                for shape in facts.get(SH + "property", []):
                    for path in self.about.get(shape, {}).get(SH + "path", []):
                        found.setdefault(iri_of(path), set()).add(iri_of(kind))
        return found

    @cached_property
    def core(self) -> str:
        """Return the shapes without their SPARQL rules, and without what is said to people alone, as N-Triples."""
        rules = {ox.NamedNode(shape.iri) for shape in self.selects}
        return ntriples(
            triple
            for triple in self.triples
            if not triple.predicate.value.startswith(_BESIDE) and triple.subject not in rules
        )

    @cached_property
    def whole(self) -> str:
        """Return all of the shapes, as N-Triples."""
        return ntriples(self.triples)


def _shape(iri: str, facts: Facts) -> Shape:
    def texts(predicate: str) -> dict[str, str]:
        found = facts.get(predicate, [])
        return {text.language or "en": text.value for text in found if isinstance(text, ox.Literal)}

    def iris(predicate: str) -> list[str]:
        return [value.value for value in facts.get(predicate, []) if isinstance(value, ox.NamedNode)]

    selects = [select.value for select in facts.get(SH + "select", []) if isinstance(select, ox.Literal)]
    return Shape(
        iri,
        _SEVERITIES.get(next(iter(iris(SH + "severity")), ""), ERROR),
        texts(SH + "message"),
        texts(NS + "cure"),
        selects[0] if selects else None,
        frozenset(iris(SHAPES + "asks-for-link")),
        next(iter(iris(SHAPES + "asks-for-owner")), ""),
    )


def _reads(node: Term, about: About) -> Iterator[str]:
    """Yield the properties in the paths of a shape, of the shapes in its lists, and in its query."""
    facts = about.get(node, {})
    for predicate in _INSIDE:
        for value in facts.get(predicate, []):
            if isinstance(value, ox.BlankNode):
                yield from _reads(value, about)
            elif isinstance(value, ox.NamedNode) and predicate in _PATHS and value.value != RDF + "nil":
                yield value.value
    for select in facts.get(SH + "select", []):
        for iri in names(select.value if isinstance(select, ox.Literal) else ""):
            if any(iri.startswith(space) and iri[len(space) :][:1].islower() for space in _SPACES):
                yield iri


def ntriples(triples: Iterable[ox.Triple]) -> str:
    """Return triples as N-Triples, the form that every engine reads."""
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
