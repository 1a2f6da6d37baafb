"""The shapes as values: what each constraint is called, says, cures and applies to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from cybercoop.problems.problem import ERROR, INFO, WARNING
from cybercoop.shapes.reads import names
from cybercoop.terms.names import NS, PREFIXES, RDF, SH, SHAPES, SKOS

_SEVERITIES = {SH + "Violation": ERROR, SH + "Warning": WARNING, SH + "Info": INFO}
_PATHS = (SH + "path", SH + "inversePath", SH + "alternativePath", SH + "zeroOrMorePath", RDF + "first", RDF + "rest")
_INSIDE = (*_PATHS, SH + "or", SH + "xone", SH + "and", SH + "node", SH + "property", SH + "not")
_SPACES = tuple(space for prefix, space in PREFIXES.items() if prefix not in ("rdf", "rdfs", "xsd"))


@dataclass(frozen=True, slots=True)
class Shape:
    """One named constraint; `reads` are the properties that it looks at, beginning with the one that it is about.

    `led_to_by` are the properties by which another thing, of the class `owner`, must lead to the one looked at.
    """

    iri: str
    severity: str
    message: Mapping[str, str]
    cure: Mapping[str, str]
    path: str | None
    select: str | None
    led_to_by: frozenset[str] = frozenset()
    owner: str = ""
    reads: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The name under which a problem with it is reported."""
        return self.iri.removeprefix(SHAPES)


@dataclass(frozen=True)
class Shapes:
    """All shapes: the constraints by IRI, the classes that they look at, and the text for each kind of engine."""

    constraints: Mapping[str, Shape]
    classes: frozenset[str]
    triples: tuple[ox.Triple, ...]

    @classmethod
    def of(cls, triples: Iterable[ox.Triple]) -> Shapes:
        """Return the shapes that a shapes graph holds; constraints are the IRIs that bear a message."""
        every = tuple(triples)
        about: dict[str, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]] = {}
        for triple in every:
            about.setdefault(str(triple.subject), {}).setdefault(triple.predicate.value, []).append(triple.object)
        constraints, classes = {}, set()
        for subject, facts in about.items():
            iri = subject[1:-1]
            if SH + "message" in facts and subject.startswith("<"):
                constraints[iri] = replace(_shape(iri, facts), reads=tuple(dict.fromkeys(_reads(subject, about))))
            for target in facts.get(SH + "targetClass", []):
                classes.add(str(target)[1:-1])
        return cls(constraints, frozenset(classes), every)

    @cached_property
    def selects(self) -> list[Shape]:
        """The rules across records, each of which is one query over the whole graph."""
        return [shape for shape in self.constraints.values() if shape.select is not None]

    @cached_property
    def order(self) -> list[str]:
        """The properties in the order of a record: by `sh:order` of group, then of shape (SHACL 2.3.2)."""
        path: dict[Any, str] = {}
        group: dict[Any, Any] = {}
        order: dict[Any, float] = {}
        for triple in self.triples:
            if triple.predicate.value == SH + "path":
                path[triple.subject] = str(triple.object)[1:-1]
            elif triple.predicate.value == SH + "group":
                group[triple.subject] = triple.object
            elif triple.predicate.value == SH + "order" and isinstance(triple.object, ox.Literal):
                order[triple.subject] = float(triple.object.value)
        return [path[shape] for shape in sorted(group, key=lambda shape: (order[group[shape]], order[shape]))]

    @cached_property
    def core(self) -> str:
        """Return the shapes without their SPARQL rules, as N-Triples."""
        rules = {f"<{shape.iri}>" for shape in self.selects}
        kept = (
            triple
            for triple in self.triples
            if triple.predicate.value != SH + "sparql"
            and str(triple.subject) not in rules
            and not triple.predicate.value.startswith((SKOS, NS, SHAPES))
        )
        return ntriples(kept)

    @cached_property
    def whole(self) -> str:
        """Return all of the shapes, as N-Triples."""
        return ntriples(self.triples)


def _shape(iri: str, facts: Mapping[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]) -> Shape:
    def texts(predicate: str) -> dict[str, str]:
        found = facts.get(predicate, [])
        return {text.language or "en": text.value for text in found if isinstance(text, ox.Literal)}

    def iris(predicate: str) -> list[str]:
        return [value.value for value in facts.get(predicate, []) if isinstance(value, ox.NamedNode)]

    severity = str(facts[SH + "severity"][0])[1:-1] if SH + "severity" in facts else SH + "Violation"
    selects = [select.value for select in facts.get(SH + "select", []) if isinstance(select, ox.Literal)]
    return Shape(
        iri,
        _SEVERITIES.get(severity, ERROR),
        texts(SH + "message"),
        texts(NS + "cure"),
        next(iter(iris(SH + "path")), None),
        selects[0] if selects else None,
        frozenset(iris(SHAPES + "asks-for-link")),
        next(iter(iris(SHAPES + "asks-for-owner")), ""),
    )


def _reads(
    node: str, about: Mapping[str, Mapping[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]]
) -> Iterator[str]:
    """Yield the properties in the paths of a shape, of the shapes in its lists, and in its query."""
    facts = about.get(node, {})
    for predicate in _INSIDE:
        for value in facts.get(predicate, []):
            if isinstance(value, ox.BlankNode):
                yield from _reads(str(value), about)
            elif isinstance(value, ox.NamedNode) and predicate in _PATHS and value.value != RDF + "nil":
                yield value.value
    for select in facts.get(SH + "select", []):
        for iri in names(select.value if isinstance(select, ox.Literal) else ""):
            if any(iri.startswith(space) and iri[len(space) :][:1].islower() for space in _SPACES):
                yield iri


def ntriples(triples: Iterable[ox.Triple]) -> str:
    """Return triples as N-Triples, the form that every engine reads."""
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
