"""What the shapes read: which things a change can affect, and what must be looked at to judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.shapes import Shape, Shapes
from cybercoop.shapes.paths import (
    ABOVE,
    KIND,
    Group,
    Line,
    Look,
    Path,
    Pattern,
    Repeat,
    Step,
    Touch,
    back,
    either,
    reach,
    step,
)
from cybercoop.shapes.reads import NotLocal, groups
from cybercoop.terms.names import OWL, RDF_TYPE, RDFS, SH
from cybercoop.terms.term import About, Facts, Term, iri_of, members

THIS = "this"
_TYPE = ox.NamedNode(RDF_TYPE)
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


class Scope(NamedTuple):
    """The things that one shape or rule looks at, and what it reads of each."""

    targets: tuple[Group, ...]
    reads: tuple[Group, ...]
    rule: Shape | None = None


class Read(NamedTuple):
    """The statements that decide a verdict, by their text, and the rules that have something to ask of them."""

    triples: Mapping[str, ox.Triple]
    rules: tuple[Shape, ...]


class Footprint:
    """Everything that the shapes read; `far` are the rules whose reach cannot be told from their text."""

    def __init__(self, scopes: Iterable[Scope], far: Iterable[Shape]) -> None:
        self.far = tuple(far)
        self._rules: dict[Group, list[Shape]] = {}
        self._further: dict[Group, dict[Group, None]] = {}
        scopes, every = list(scopes), dict[Group, None]()
        for scope in scopes:
            if scope.rule:
                self._rules.setdefault(scope.reads[0], []).append(scope.rule)
        for scope in scopes:
            reads, targets = dict.fromkeys(scope.reads), dict.fromkeys(scope.targets)
            further = {group: None for group in reads if group in self._rules or not _of_itself(group)}
            every |= targets | reads
            for target in targets:
                self._further.setdefault(target, {}).update(further)
        self._targets: dict[Term | None, list[Group]] = {}
        for target in self._further:
            for name in _named_by(target):
                self._targets.setdefault(name, []).append(target)
        self._touches: dict[tuple[Term | None, Term | None], list[Touch]] = {}
        for group in every:
            for touch in group.touches():
                for predicate in touch.step.predicates or (None,):
                    self._touches.setdefault((predicate, _asked_kind(touch)), []).append(touch)

    @classmethod
    def of(cls, shapes: Shapes) -> Footprint:
        """Return the footprint of some shapes. Raises `ValueError` for a constraint whose reach is not known here."""
        scopes, far = list(_Reach(shapes.about).scopes()), []
        for shape in shapes.selects:
            try:
                reads = groups(shape.select or "")
            except NotLocal:
                far.append(shape)
            else:
                scopes.append(Scope(_kinds_of_this(reads[0]), reads, shape))
        return cls(scopes, far)

    def affected(self, graph: Look, changes: Iterable[ox.Triple]) -> set[Term]:
        """Return the things whose verdict may differ; the graph holds what was there before and after the changes."""
        nodes: set[Term] = set()
        for triple in changes:
            kinds: set[Term | None] = {None}
            if triple.predicate == _TYPE:
                kinds |= reach(graph, ABOVE, triple.object, [])
            keys = (*((triple.predicate, kind) for kind in kinds), (None, None))
            for touch in (touch for key in keys for touch in self._touches.get(key, ())):
                nodes |= touch.nodes(graph, triple, THIS)
        return nodes

    def read(self, graph: Look, things: Iterable[Term]) -> Read:
        """Return the statements that decide the verdict on some things."""
        found: dict[str, ox.Triple] = {}
        rules: dict[str, Shape] = {}
        for thing in things:
            own = graph.match(thing, None, None)
            found.update((str(triple), triple) for triple in own)
            reads: dict[int, Group] = {}
            for key in {*reach(graph, KIND, thing, []), *(triple.predicate for triple in own), None}:
                for target in self._targets.get(key, ()):
                    if _look(target, graph, thing, found):
                        reads.update((id(group), group) for group in self._further[target])
            for group in reads.values():
                if _look(group, graph, thing, found):
                    rules.update((rule.iri, rule) for rule in self._rules.get(group, ()))
        return Read(found, tuple(rules.values()))


def _look(group: Group, graph: Look, thing: Term, found: dict[str, ox.Triple]) -> bool:
    """Put down what a group reads of a thing; return whether it is met."""
    met = False
    for _, trace in group.found(graph, {THIS: thing}):
        found.update((str(triple), triple) for triple in trace)
        met = True
    return met


def _of_itself(group: Group) -> bool:
    """Return whether a group reads only what is said of the thing itself."""
    return all(
        pattern.start == THIS and isinstance(pattern.path, Step) and not pattern.path.inverse
        for pattern in group.patterns
    )


def _named_by(target: Group) -> tuple[Term | None, ...]:
    """Return the class or the properties, one of which all things of a target have; None for one of another sort."""
    for start, path, end in target.patterns:
        if start == THIS and path == KIND and not isinstance(end, str):
            return (end,)
        if start == THIS and isinstance(path, Step) and path.predicates and not path.inverse:
            return tuple(path.predicates)
    return (None,)


def _asked_kind(touch: Touch) -> Term | None:
    """Return the one class that a step asks for where it is about the class of something."""
    pattern = touch.group.patterns[touch.place]
    asks = pattern.path == KIND and touch.step.predicates == frozenset((_TYPE,))
    return pattern.end if asks and not isinstance(pattern.end, str) else None


def _kinds_of_this(group: Group) -> tuple[Group, ...]:
    """Return the classes that a rule asks of its things, as targets; where it asks for none, the rule itself."""
    for pattern in group.patterns:
        if pattern.start == THIS and pattern.path == KIND:
            kinds = group.domains.get(pattern.end) if isinstance(pattern.end, str) else (pattern.end,)
            if kinds:
                return tuple(Group((Pattern(THIS, KIND, kind),)) for kind in kinds)
    return (group,)


class _Reach:
    """Follows shapes from their targets to all that they read."""

    def __init__(self, about: About) -> None:
        self.about = about

    def scopes(self) -> Iterator[Scope]:
        for node, facts in self.about.items():
            if targets := tuple(self.targets(node, facts)):
                yield Scope(targets, tuple(Group(line, len(line) - 1) for line in self.reads(node, THIS, (), ())))

    def targets(self, node: Term, facts: Facts) -> Iterator[Group]:
        for kind in facts.get(SH + "targetClass", []):
            yield Group((Pattern(THIS, KIND, kind),))
        if isinstance(node, ox.NamedNode) and not _CLASSES.isdisjoint(map(iri_of, facts.get(RDF_TYPE, []))):
            yield Group((Pattern(THIS, KIND, node),))
        for predicate in facts.get(SH + "targetSubjectsOf", []):
            yield Group((Pattern(THIS, step(iri_of(predicate)), "object"),))
        for predicate in facts.get(SH + "targetObjectsOf", []):
            yield Group((Pattern("subject", step(iri_of(predicate)), THIS),))
        for target in facts.get(SH + "targetNode", []):
            yield Group((), 0, {THIS: frozenset((target,))})

    def reads(
        self, node: Term, value: str, line: tuple[Pattern, ...], above: tuple[Term, ...]
    ) -> Iterator[tuple[Pattern, ...]]:
        """Yield the lines of patterns that a shape reads of a value, each with the line that leads to the value."""
        if node in above:
            raise ValueError(f"{node} refers to itself: what such a shape means is left open by SHACL")
        facts, above = self.about.get(node, {}), (*above, node)
        focus, to_focus = value, line
        if SH + "path" in facts:
            value = f"{value}.{len(line)}"
            line = (*line, Pattern(focus, self.path(facts[SH + "path"][0]), value))
            yield line
        for predicate, values in facts.items():
            word = predicate.removeprefix(SH)
            if word in _OTHER_PROPERTY:
                yield from ((*to_focus, Pattern(focus, step(iri_of(other)), f"{focus}.other")) for other in values)
            elif word == "class":
                yield from ((*line, Pattern(value, KIND, kind)) for kind in values)
            elif word == "closed":
                yield *line, Pattern(value, Step(None), f"{value}.any")
            elif word in ("property", "node", "not", "qualifiedValueShape"):
                for shape in values:
                    yield from self.reads(shape, value, line, above)
            elif word in ("and", "or", "xone"):
                for shape in (shape for head in values for shape in members(self.about, head)):
                    yield from self.reads(shape, value, line, above)
            elif ":" not in word and word not in _NOTHING_FURTHER:
                raise ValueError(f"{node} has sh:{word}, whose reach is not known")

    def path(self, node: Term) -> Path:
        facts = self.about.get(node, {}) if isinstance(node, ox.BlankNode) else {}
        if SH + "inversePath" in facts:
            return back(self.path(facts[SH + "inversePath"][0]))
        if SH + "alternativePath" in facts:
            return either([self.path(part) for part in members(self.about, facts[SH + "alternativePath"][0])])
        for word in ("zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"):
            if SH + word in facts:
                return Repeat(self.path(facts[SH + word][0]))
        if parts := members(self.about, node):
            return Line(tuple(map(self.path, parts)))
        return step(iri_of(node))
