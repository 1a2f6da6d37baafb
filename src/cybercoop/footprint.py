"""What the shapes read: which things a change can affect, and what must be looked at to judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from cybercoop.names import OWL, RDF, RDF_TYPE, RDFS, SH
from cybercoop.paths import KIND, Choice, Group, Line, Look, Node, Path, Pattern, Repeat, Step, Touch, back, step
from cybercoop.selects import NotLocal, groups
from cybercoop.shapes import Shape, Shapes

_THIS = "this"
_WORDS = """
    datatype deactivated defaultValue description flags group hasValue ignoredProperties in languageIn maxCount
    maxExclusive maxInclusive maxLength message minCount minExclusive minInclusive minLength name nodeKind order path
    pattern qualifiedMaxCount qualifiedMinCount severity sparql targetClass targetNode targetObjectsOf targetSubjectsOf
    uniqueLang
"""
_NOTHING_FURTHER = frozenset(_WORDS.split())
"""Words of SHACL that read nothing beyond the values that a path leads to; `sh:sparql` is read from its text."""
_OTHER_PROPERTY = frozenset(("disjoint", "equals", "lessThan", "lessThanOrEquals"))
_CLASSES = {RDFS + "Class", OWL + "Class"}
_Facts = dict[str, list[Node]]


@dataclass(frozen=True, slots=True)
class Scope:
    """The things that one shape looks at, and what it reads of each."""

    targets: tuple[Group, ...]
    reads: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Everything that the shapes read; `far` are the rules whose reach cannot be told from their text."""

    scopes: tuple[Scope, ...]
    far: tuple[Shape, ...]
    touches: Mapping[ox.NamedNode | None, tuple[Touch, ...]]

    @classmethod
    def of(cls, shapes: Shapes) -> Footprint:
        """Return the footprint of some shapes. Raises `ValueError` for a constraint whose reach is not known here."""
        scopes, far = list(_Reach(shapes.triples).scopes()), []
        for shape in shapes.selects:
            try:
                scopes.append(Scope((), groups(shape.select or "")))
            except NotLocal:
                far.append(shape)
        return cls(tuple(scopes), tuple(far), _by_predicate(scopes))

    def affected(self, graph: Look, changes: Iterable[ox.Triple]) -> set[Node]:
        """Return the things whose verdict may differ; the graph holds what was there before and after the changes."""
        nodes: set[Node] = set()
        for triple in changes:
            for touch in (*self.touches.get(triple.predicate, ()), *self.touches.get(None, ())):
                nodes |= touch.nodes(graph, triple, _THIS)
        return nodes

    def read(self, graph: Look, things: Iterable[Node]) -> dict[str, ox.Triple]:
        """Return the statements, by their text, that decide the verdict on some things."""
        found: dict[str, ox.Triple] = {}
        for thing in things:
            for scope in self.scopes:
                targets = list(_read(scope.targets, graph, thing))
                if targets or not scope.targets:
                    for triple in (*targets, *_read(scope.reads, graph, thing)):
                        found.setdefault(str(triple), triple)
        return found


def _by_predicate(scopes: Iterable[Scope]) -> dict[ox.NamedNode | None, tuple[Touch, ...]]:
    """Return each step of what the scopes read, once, by the property that it takes; under None, those for any."""
    found: dict[ox.NamedNode | None, dict[Touch, None]] = {}
    for scope in scopes:
        for group in (*scope.targets, *scope.reads):
            for touch in group.touches():
                for predicate in touch.step.predicates or (None,):
                    found.setdefault(predicate, {})[touch] = None
    return {predicate: tuple(touches) for predicate, touches in found.items()}


def _read(reads: Iterable[Group], graph: Look, thing: Node) -> Iterator[ox.Triple]:
    for group in reads:
        for _, trace in group.found(graph, {_THIS: thing}):
            yield from trace


class _Reach:
    """Follows shapes from their targets to all that they read."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.about: dict[str, _Facts] = {}
        for triple in triples:
            facts = self.about.setdefault(str(triple.subject), {})
            facts.setdefault(triple.predicate.value.removeprefix(SH), []).append(triple.object)

    def scopes(self) -> Iterator[Scope]:
        for name, facts in self.about.items():
            if targets := tuple(self.targets(name, facts)):
                yield Scope(targets, tuple(Group(line, len(line) - 1) for line in self.reads(name, _THIS, (), ())))

    def targets(self, name: str, facts: _Facts) -> Iterator[Group]:
        for kind in facts.get("targetClass", []):
            yield Group((Pattern(_THIS, KIND, kind),))
        if name.startswith("<") and _CLASSES & {str(kind)[1:-1] for kind in facts.get(RDF_TYPE, [])}:
            yield Group((Pattern(_THIS, KIND, ox.NamedNode(name[1:-1])),))
        for predicate in facts.get("targetSubjectsOf", []):
            yield Group((Pattern(_THIS, step(str(predicate)[1:-1]), "object"),))
        for predicate in facts.get("targetObjectsOf", []):
            yield Group((Pattern("subject", step(str(predicate)[1:-1]), _THIS),))
        for node in facts.get("targetNode", []):
            yield Group((), 0, {_THIS: frozenset((node,))})

    def reads(
        self, name: str, value: str, line: tuple[Pattern, ...], above: tuple[str, ...]
    ) -> Iterator[tuple[Pattern, ...]]:
        """Yield the lines of patterns that a shape reads of a value, each with the line that leads to the value."""
        if name in above:
            raise ValueError(f"{name} refers to itself: what such a shape means is left open by SHACL")
        facts, above = self.about.get(name, {}), (*above, name)
        focus, to_focus = value, line
        if "path" in facts:
            value = f"{value}.{len(line)}"
            line = (*line, Pattern(focus, self.path(facts["path"][0]), value))
            yield line
        for word, values in facts.items():
            if word in _OTHER_PROPERTY:
                yield from ((*to_focus, Pattern(focus, step(str(other)[1:-1]), f"{focus}.other")) for other in values)
            elif word == "class":
                yield from ((*line, Pattern(value, KIND, kind)) for kind in values)
            elif word == "closed":
                yield *line, Pattern(value, Step(None), f"{value}.any")
            elif word in ("property", "node", "not", "qualifiedValueShape"):
                for shape in values:
                    yield from self.reads(str(shape), value, line, above)
            elif word in ("and", "or", "xone"):
                for shape in (shape for members in values for shape in self.members(members)):
                    yield from self.reads(str(shape), value, line, above)
            elif ":" not in word and word not in _NOTHING_FURTHER:
                raise ValueError(f"{name} has sh:{word}, whose reach is not known")

    def members(self, node: Node) -> list[Node]:
        found, name = [], str(node)
        while name in self.about and RDF + "first" in self.about[name]:
            found += self.about[name][RDF + "first"]
            name = str(self.about[name][RDF + "rest"][0])
        return found

    def path(self, node: Node) -> Path:
        facts = self.about.get(str(node), {}) if isinstance(node, ox.BlankNode) else {}
        if "inversePath" in facts:
            return back(self.path(facts["inversePath"][0]))
        if "alternativePath" in facts:
            return Choice(tuple(map(self.path, self.members(facts["alternativePath"][0]))))
        for word in ("zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"):
            if word in facts:
                return Repeat(self.path(facts[word][0]))
        if members := self.members(node):
            return Line(tuple(map(self.path, members)))
        return step(str(node)[1:-1])
