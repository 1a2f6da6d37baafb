"""A fixture with the part of the graph around it, small enough to be judged a thousand times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import shacl

from bench.mutants.shapes import TARGETS
from cybercoop.shapes import Shapes, ntriples
from cybercoop.shapes.engines.rules import violations
from cybercoop.terms import names
from cybercoop.terms.names import RDF_TYPE, RDFS, SH
from cybercoop.workspace.derive import derive
from cybercoop.workspace.workspace import Workspace

SUBCLASS = RDFS + "subClassOf"
Verdict = frozenset[tuple[str, str]]


@dataclass
class Case:
    """A fixture with as much of the graph around it as its shapes can read."""

    name: str
    triples: tuple[ox.Triple, ...]
    own: frozenset[str] | None

    @property
    def code(self) -> str:
        """The constraint that an invalid fixture is named after."""
        return self.name.partition(".")[0]

    @cached_property
    def texts(self) -> dict[str, str]:
        """The triples of each predicate as the fast engine reads them."""
        found: dict[str, list[ox.Triple]] = {}
        for triple in self.triples:
            found.setdefault(str(triple.predicate), []).append(triple)
        return {predicate: ntriples(triples) for predicate, triples in found.items()}

    @cached_property
    def store(self) -> ox.Store:
        """The triples as rules are asked of them."""
        store = ox.Store()
        store.extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in self.triples)
        return store

    def verdict(self, judge: Judge) -> Verdict:
        """Return which constraint finds fault with which thing of the fixture.

        A rule is asked both ways: as a set query, as commands do, and of the targets of its shape, as SHACL does.
        """
        found = {(result.source_shape[1:-1], result.focus_node) for result in judge.core(self)}
        if judge.rules:
            targets = self.targets(judge.shapes)
            for result in violations(self.store, judge.rules):
                found.add((result.shape, result.focus))
                if result.focus in targets.get(result.shape, ()):
                    found.add((f"{result.shape} by its targets", result.focus))
        return frozenset(pair for pair in found if self.own is None or pair[1] in self.own)

    def is_looked_at(self, shapes: Shapes) -> bool:
        """Whether any of the shapes is aimed at a thing of the fixture; a harmed rule may find more."""
        aims = {(_term(triple), str(triple.object)) for triple in shapes.triples if _term(triple) in TARGETS}
        found = {thing for aim in aims for thing in self.aimed_at(*aim)}
        return bool(found if self.own is None else found & self.own)

    def targets(self, shapes: Shapes) -> dict[str, set[str]]:
        """Return what the shapes that bear each rule are aimed at: a rule finds nothing elsewhere."""
        aims: dict[str, list[tuple[str, str]]] = {}
        bears: dict[str, list[str]] = {}
        for triple in shapes.triples:
            term = _term(triple)
            if term in TARGETS:
                aims.setdefault(str(triple.subject), []).append((term, str(triple.object)))
            elif term == "sparql":
                bears.setdefault(str(triple.object)[1:-1], []).append(str(triple.subject))
        return {
            rule: {thing for shape in shapes_of for aim in aims.get(shape, ()) for thing in self.aimed_at(*aim)}
            for rule, shapes_of in bears.items()
        }

    @cached_property
    def picked(self) -> dict[tuple[str, str], set[str]]:
        """The things that have a property, those that it leads to, and those that are said to be of a class."""
        found: dict[tuple[str, str], set[str]] = {}
        for triple in self.triples:
            subject, predicate, value = str(triple.subject), str(triple.predicate), str(triple.object)
            found.setdefault(("targetSubjectsOf", predicate), set()).add(subject)
            found.setdefault(("targetObjectsOf", predicate), set()).add(value)
            if triple.predicate.value in (RDF_TYPE, SUBCLASS):
                found.setdefault((triple.predicate.value, value), set()).add(subject)
        return found

    def aimed_at(self, term: str, value: str) -> set[str]:
        """Return the things that one target picks out."""
        if term == "targetClass":
            return {thing for name in self.below(value) for thing in self.picked.get((RDF_TYPE, name), ())}
        return {value} if term == "targetNode" else self.picked.get((term, value), set())

    def below(self, value: str) -> set[str]:
        """Return a class and its subclasses."""
        found, ahead = set[str](), [value]
        while ahead:
            if (name := ahead.pop()) not in found:
                found.add(name)
                ahead += self.picked.get((SUBCLASS, name), ())
        return found


class Judge:
    """Some shapes, compiled once: core constraints by the fast engine, rules as set queries."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.shapes = Shapes(triples)
        self.rules = self.shapes.selects
        core = self.shapes.core
        self.words = {f"<{RDF_TYPE}>", f"<{SUBCLASS}>", *(str(triple.object) for triple in self.shapes.triples)}
        self.compiled = None if self.rules and "PropertyShape" not in core else shacl.Shapes.from_text(core, "ntriples")

    def core(self, case: Case) -> list[Any]:
        """Return the results of the core constraints, which read no property of a fixture but those that they name."""
        if not self.compiled:
            return []
        text = "".join(text for predicate, text in case.texts.items() if predicate in self.words)
        return list(self.compiled.validate_text(text, "ntriples").results)


class Surroundings:
    """The graph, from which each fixture takes its part."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.about: dict[str, list[ox.Quad]] = {}
        self.holders: dict[str, list[str]] = {}
        self.subclasses: list[ox.Quad] = []
        for quad in workspace.stored.quads():
            if quad.graph_name != ox.NamedNode(names.DERIVED):
                self.about.setdefault(str(quad.subject), []).append(quad)
                self.holders.setdefault(f"{quad.predicate} {quad.object}", []).append(str(quad.subject))
                if quad.predicate.value == SUBCLASS:
                    self.subclasses.append(quad)

    def case(self, path: Path) -> Case:
        """Return a fixture with what it points at, what points at it, and what it resembles."""
        reading = self.workspace.read([path])
        said = list(reading.quads())
        described = {(record.source, subject) for record in reading.records for subject in record.subjects}
        described |= {(record.source, names.record(record.source, record.thing)) for record in reading.records}
        own = {str(quad.subject) for quad in said}
        near = self.near(said, own)
        ring = {str(quad.object): None for thing in near for quad in self.about.get(thing, ())}
        around = [quad for thing in near for quad in self.about.get(thing, ())]
        around += [
            q for thing in ring.keys() - near for q in self.about.get(thing, ()) if q.predicate.value == RDF_TYPE
        ]
        kept = [quad for quad in around if _key(quad) not in described]
        stated = [*kept, *said, *self.subclasses]
        read = [quad.triple for quad in [*stated, *derive(stated)] if str(quad.subject) in own or not _is_text(quad)]
        return Case(path.name, once(read), frozenset(own))

    def near(self, said: list[ox.Quad], own: set[str]) -> dict[str, None]:
        """Return the things that a shape can reach from what is said, in order."""
        near = dict.fromkeys([*sorted(own), *(str(quad.object) for quad in said)])
        for quad in said:
            alike = self.holders.get(f"{quad.predicate} {quad.object}", [])
            if isinstance(quad.object, ox.Literal) and len(alike) < 4:
                near.update(dict.fromkeys(alike))
        actors = [set(self.holders.get(f"{quad.predicate} {quad.object}", ())) for quad in said if _links(quad)]
        near.update(dict.fromkeys(sorted(set.union(set(), *(a & b for a in actors for b in actors if a is not b)))))
        for thing in list(near):
            near.update(dict.fromkeys(str(quad.object) for quad in self.about.get(thing, ())))
        return near


def once(triples: Iterable[ox.Triple]) -> tuple[ox.Triple, ...]:
    """Return each triple once."""
    return tuple({str(triple): triple for triple in triples}.values())


def _links(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.NamedNode) and quad.predicate.value.startswith(names.NS)


def _is_text(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.Literal) and quad.object.language is not None


def _key(quad: ox.Quad) -> tuple[str, str]:
    return str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]


def _term(triple: ox.Triple) -> str:
    return triple.predicate.value.removeprefix(SH)
