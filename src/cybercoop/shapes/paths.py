"""Property paths and patterns of them: what they reach, and what a single statement may change for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, Protocol

import pyoxigraph as ox

from cybercoop.terms.names import RDF_TYPE, RDFS
from cybercoop.terms.term import Term


class Look(Protocol):
    """A graph that can be looked into."""

    def match(self, subject: Term | None, predicate: ox.NamedNode | None, target: Term | None) -> Sequence[ox.Triple]:
        """Return the statements that fit; None fits everything."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, walked forwards or backwards; without predicates any will do."""

    predicates: frozenset[ox.NamedNode] | None
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One path after the other; an empty line stays where it is."""

    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of several paths."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path, any number of times or not at all."""

    part: Path


Path = Step | Line | Choice | Repeat


def step(predicate: str) -> Step:
    """Return the path that is one property."""
    return Step(frozenset((ox.NamedNode(predicate),)))


ABOVE = Repeat(step(RDFS + "subClassOf"))
"""From a class to itself and all above it."""

KIND = Line((step(RDF_TYPE), ABOVE))
"""From a thing to its classes and all above them."""


def either(parts: Sequence[Path]) -> Path:
    """Return the path that is any one of several; of properties, one step by any of them."""
    named = [part.predicates for part in parts if isinstance(part, Step) and part.predicates and not part.inverse]
    return Step(frozenset().union(*named)) if len(named) == len(parts) else Choice(tuple(parts))


def back(path: Path) -> Path:
    """Return the path from the other end."""
    if isinstance(path, Step):
        return Step(path.predicates, not path.inverse)
    if isinstance(path, Line):
        return Line(tuple(back(part) for part in reversed(path.parts)))
    return Choice(tuple(map(back, path.parts))) if isinstance(path, Choice) else Repeat(back(path.part))


def may_stay(path: Path) -> bool:
    """Return whether a path may end where it starts without a single step."""
    if isinstance(path, Line):
        return all(map(may_stay, path.parts))
    return isinstance(path, Repeat) or (isinstance(path, Choice) and any(map(may_stay, path.parts)))


def steps(path: Path) -> Iterator[tuple[Path, Step, Path]]:
    """Yield each single step of a path with what lies before it and after it."""
    if isinstance(path, Step):
        yield Line(), path, Line()
    elif isinstance(path, Choice):
        for part in path.parts:
            yield from steps(part)
    elif isinstance(path, Repeat):
        for before, one, after in steps(path.part):
            yield Line((path, before)), one, Line((after, path))
    else:
        for place, part in enumerate(path.parts):
            for before, one, after in steps(part):
                yield Line((*path.parts[:place], before)), one, Line((after, *path.parts[place + 1 :]))


def reach(graph: Look, path: Path, node: Term, trace: list[ox.Triple]) -> set[Term]:
    """Return the nodes at the other end of a path; the statements looked at are put down in `trace`."""
    if isinstance(path, Step):
        found = list(_matches(graph, path, node, None))
        trace += found
        return {triple.subject if path.inverse else triple.object for triple in found}
    if isinstance(path, Choice):
        return set().union(*(reach(graph, part, node, trace) for part in path.parts))
    if isinstance(path, Line):
        ends = {node}
        for part in path.parts:
            ends = set().union(*(reach(graph, part, end, trace) for end in ends))
        return ends
    seen, ahead = {node}, [node]
    while ahead:
        new = reach(graph, path.part, ahead.pop(), trace) - seen
        seen |= new
        ahead += new
    return seen


def _matches(graph: Look, path: Step, start: Term | None, end: Term | None) -> Iterator[ox.Triple]:
    return chain.from_iterable(_by_predicate(graph, path, start, end))


def _by_predicate(graph: Look, path: Step, start: Term | None, end: Term | None) -> Iterator[Sequence[ox.Triple]]:
    subject, target = (end, start) if path.inverse else (start, end)
    if isinstance(subject, (ox.Literal, ox.Triple)):
        return
    for predicate in (None,) if path.predicates is None else path.predicates:
        yield graph.match(subject, predicate, target)


class Pattern(NamedTuple):
    """Two ends, each a variable (a text) or a node, and the path between them."""

    start: str | Term
    path: Path
    end: str | Term

    @property
    def variables(self) -> set[str]:
        """The variables at its ends."""
        return {term for term in (self.start, self.end) if isinstance(term, str)}


Found = tuple[dict[str, Term], list[ox.Triple]]


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns that are read together; those from `own` on are read by this group first.

    `domains` are the values that a variable may have, where a filter says so.
    """

    patterns: tuple[Pattern, ...]
    own: int = 0
    domains: Mapping[str, frozenset[Term]] = field(default_factory=dict, hash=False)

    def found(self, graph: Look, known: Mapping[str, Term]) -> Iterator[Found]:
        """Yield each way to meet all patterns from what is known, with the statements that were looked at."""
        if all(node in self.domains.get(name, (node,)) for name, node in known.items()):
            yield from self.join(graph, dict(known), list(self.patterns), [])

    def touches(self) -> Iterator[Touch]:
        """Yield each single step of the group's own patterns."""
        for place in range(self.own, len(self.patterns)):
            for before, one, after in steps(self.patterns[place].path):
                yield Touch(self, place, back(before), one, after)

    def bound(self, known: dict[str, Term], pattern: Pattern, start: Term, end: Term) -> dict[str, Term] | None:
        """Return what is known once a pattern lies between two nodes, or None where it cannot."""
        values = dict(known)
        for term, node in ((pattern.start, start), (pattern.end, end)):
            if not isinstance(term, str):
                if term != node:
                    return None
            elif values.setdefault(term, node) != node or node not in self.domains.get(term, (node,)):
                return None
        return values

    def join(
        self, graph: Look, known: dict[str, Term], ahead: list[Pattern], trace: list[ox.Triple]
    ) -> Iterator[Found]:
        """Yield each way to meet the patterns that are still ahead."""
        if not ahead:
            yield known, trace
            return
        pattern = _narrowest(graph, known, ahead)
        others = [other for other in ahead if other is not pattern]
        for start, end, read in _pairs(graph, known, pattern):
            if (values := self.bound(known, pattern, start, end)) is not None:
                yield from self.join(graph, values, others, [*trace, *read])


class Touch(NamedTuple):
    """One step of a pattern of a group: where a single statement can make a difference."""

    group: Group
    place: int
    before: Path
    step: Step
    after: Path

    def nodes(self, graph: Look, triple: ox.Triple, wanted: str) -> set[Term]:
        """Return the values of a variable for which the group reads a statement in this step."""
        nodes: set[Term] = set()
        others = [pattern for place, pattern in enumerate(self.group.patterns) if place != self.place]
        for known in self._between(graph, triple):
            if known.get(wanted) not in nodes:
                nodes |= {values[wanted] for values, _ in self.group.join(graph, known, others, [])}
        return nodes

    def _between(self, graph: Look, triple: ox.Triple) -> Iterator[dict[str, Term]]:
        pattern = self.group.patterns[self.place]
        first, last = (triple.object, triple.subject) if self.step.inverse else (triple.subject, triple.object)
        for start in _ends(graph, self.before, first, pattern.start):
            for end in _ends(graph, self.after, last, pattern.end):
                if (known := self.group.bound({}, pattern, start, end)) is not None:
                    yield known


def _ends(graph: Look, path: Path, node: Term, term: str | Term) -> set[Term]:
    found = reach(graph, path, node, [])
    return found if isinstance(term, str) else found & {term}


def _value(known: Mapping[str, Term], term: str | Term) -> Term | None:
    return known.get(term) if isinstance(term, str) else term


def _pairs(graph: Look, known: Mapping[str, Term], pattern: Pattern) -> Iterator[tuple[Term, Term, list[ox.Triple]]]:
    start, end = _value(known, pattern.start), _value(known, pattern.end)
    if isinstance(pattern.path, Step):
        for triple in _matches(graph, pattern.path, start, end):
            ends = (triple.object, triple.subject) if pattern.path.inverse else (triple.subject, triple.object)
            yield *ends, [triple]
    elif start is not None:
        trace: list[ox.Triple] = []
        for other in reach(graph, pattern.path, start, trace):
            yield start, other, trace
    elif end is not None:
        trace = []
        for other in reach(graph, back(pattern.path), end, trace):
            yield other, end, trace
    else:
        raise ValueError(f"nothing is known of either end of {pattern}")


def _narrowest(graph: Look, known: Mapping[str, Term], ahead: list[Pattern]) -> Pattern:
    """Return the pattern to go on with: the one with both ends known, else with the fewest ways on.

    Those that hang on what is known go before those that name a node only: such a node tells nothing of the thing.
    """
    tied, others = list[Pattern](), list[Pattern]()
    for pattern in ahead:
        start, end = _value(known, pattern.start), _value(known, pattern.end)
        if start is not None and end is not None:
            return pattern
        if start is not None or end is not None:
            (others if pattern.variables.isdisjoint(known) else tied).append(pattern)
    found = tied or others or ahead[:1]
    return found[0] if len(found) < 2 else min(found, key=lambda pattern: _width(graph, known, pattern))


def _width(graph: Look, known: Mapping[str, Term], pattern: Pattern) -> int:
    """Return in how many ways a pattern can be met; for a longer path, more than for most properties."""
    if not isinstance(pattern.path, Step):
        return 1 if _value(known, pattern.start) is not None else 1_000_000
    start, end = _value(known, pattern.start), _value(known, pattern.end)
    return sum(map(len, _by_predicate(graph, pattern.path, start, end)))
