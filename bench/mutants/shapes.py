"""Every way to weaken or delete one part of a shape, each as a change to the triples of the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pyoxigraph as ox

from bench.mutants.rules import weaker_rules
from cybercoop.terms.names import RDF, RDFS, SH, SHAPES

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
LINKS = ("property", "sparql")
_DELETED = """
    class datatype hasValue in languageIn lessThan maxCount maxInclusive minCount minInclusive node nodeKind not or
    pattern qualifiedMinCount uniqueLang
"""
DELETED = _DELETED.split()
WITH = {"pattern": ("flags",), "qualifiedMinCount": ("qualifiedValueShape",)}
"""Parameter → those that mean nothing without it."""
STEPS = {"maxCount": 1, "maxInclusive": 1, "minCount": -1, "minInclusive": -1, "qualifiedMinCount": -1}
"""Bound → the step that weakens it."""
LISTS = ("in", "languageIn", "or")
_OTHER = """
    alternativePath flags group inversePath message order path prefixes qualifiedValueShape select severity
    targetClass targetNode targetObjectsOf targetSubjectsOf property sparql
"""
_PIECES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\{(\d+)\}", (r"{\1,}", r"{1,\1}")),
    (r"\{(\d+),(\d+)\}", (r"{\1,}", r"{1,\2}")),
    (r"\[[^\]]+\](?![^()]*\]\))", (".",)),
    (r"(?<=[])])\?", ("*",)),
    (r"(?<=[])])\+", ("*",)),
    (r"\([^()]*\|[^()]*\)", ()),
)
"""Part of a pattern → what is looser in its place; none: the alternatives, each left out in turn."""
OTHER = _OTHER.split()
"""SHACL terms that are no constraint of their own, or are changed as targets, links and rules."""


@dataclass(frozen=True)
class Mutant:
    """One change: the constraint that it harms, what it does, and the triples that it takes away and puts in."""

    constraint: str
    change: str
    without: frozenset[str]
    added: tuple[ox.Triple, ...] = ()

    @property
    def name(self) -> str:
        """How documents and lists call it."""
        return f"{self.constraint}: {self.change}"

    @property
    def kind(self) -> str:
        """The word of SHACL that is changed."""
        words = [*TARGETS, *LINKS, *DELETED, "select"]
        starts = [part.partition(" ")[0] for part in reversed(self.change.split(": "))]
        return next((start for start in starts if start in words), "select")

    def applied(self, triples: Iterable[ox.Triple]) -> list[ox.Triple]:
        """Return the triples with the change made."""
        return [triple for triple in triples if str(triple) not in self.without] + list(self.added)


class ShapesGraph:
    """The triples of some shapes, and who holds whom."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = list(triples)
        self.about: dict[str, list[ox.Triple]] = {}
        self.holders: dict[str, list[ox.Triple]] = {}
        for triple in self.triples:
            self.about.setdefault(str(triple.subject), []).append(triple)
            if not isinstance(triple.object, ox.Literal):
                self.holders.setdefault(str(triple.object), []).append(triple)

    def owner(self, node: str) -> str:
        """Return the named shape that a nameless part stands in."""
        while node.startswith("_:"):
            node = str(self.holders[node][0].subject)
        return node[1:-1].removeprefix(SHAPES)

    def concerned(self, code: str) -> list[ox.Triple]:
        """Return the triples of a shape, of what it refers to and of those that refer to it, without their others."""
        inside = self._closure(f"<{SHAPES}{code}>", lambda node: [str(t.object) for t in self.about.get(node, ())])
        above = self._closure(f"<{SHAPES}{code}>", lambda node: [str(t.subject) for t in self.holders.get(node, ())])
        return [
            triple
            for triple in self.triples
            if str(triple.subject) in inside
            or (str(triple.subject) in above and (_term(triple) not in LINKS or str(triple.object) in above))
        ]

    def _closure(self, start: str, ahead_of: Callable[[str], list[str]]) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            if (node := ahead.pop()) not in seen and node in self.about:
                seen.add(node)
                ahead += ahead_of(node)
        return seen

    def members(self, head: Node) -> list[ox.Triple]:
        """Return the rdf:first triples of a list."""
        found = []
        while str(head) in self.about:
            cell = {triple.predicate.value: triple for triple in self.about[str(head)]}
            found.append(cell[RDF + "first"])
            head = cell[RDF + "rest"].object
        return found


def mutants(graph: ShapesGraph, above: Mapping[str, list[str]]) -> Iterator[Mutant]:
    """Yield each mutant of the shapes; `above` holds the direct superclasses of each class."""
    for triple in graph.triples:
        term = triple.predicate.value.removeprefix(SH)
        code = graph.owner(str(triple.subject))
        gone = frozenset([str(triple)])
        if term in TARGETS or term in LINKS or term in DELETED:
            value = _shown(triple.object)
            rest = [other for other in graph.about[str(triple.subject)] if _term(other) in WITH.get(term, ())]
            place = _place(graph, triple)
            yield Mutant(code, f"{place}{term} {value} deleted", gone | {str(other) for other in rest})
        if term in LISTS:
            yield from _shorter_lists(graph, code, triple)
        for change, other in _weaker(triple, above):
            place = _place(graph, triple)
            new = ox.Triple(triple.subject, triple.predicate, other)
            yield Mutant(code, f"{place}{term} {change}", gone, (new,))


def unknown_terms(graph: ShapesGraph) -> list[str]:
    """Return the SHACL terms of the shapes that no mutant touches, so that none is left out unseen."""
    terms = {_term(triple) for triple in graph.triples if triple.predicate.value.startswith(SH)}
    return sorted(terms - set(DELETED) - set(OTHER))


def _weaker(triple: ox.Triple, above: Mapping[str, list[str]]) -> Iterator[tuple[str, Node]]:
    term, value = _term(triple), triple.object
    if isinstance(value, ox.Literal) and term in STEPS:
        number = Decimal(value.value) + STEPS[term]
        if number or not term.lower().endswith("mincount"):
            yield f"{value.value} → {number}", ox.Literal(str(number), datatype=value.datatype)
    elif isinstance(value, ox.Literal) and term == "pattern":
        for pattern in weaker_patterns(value.value):
            yield f"{value.value} → {pattern}", ox.Literal(pattern)
    elif isinstance(value, ox.Literal) and term == "select":
        for change, select in weaker_rules(value.value):
            yield change, ox.Literal(select)
    elif isinstance(value, ox.NamedNode) and term == "class":
        for wider in above.get(value.value, ()):
            yield f"{_shown(value)} → {_shown(ox.NamedNode(wider))}", ox.NamedNode(wider)


def weaker_patterns(pattern: str) -> list[str]:
    """Return the pattern without its anchors, with looser bounds and characters, and without each alternative."""
    found = []
    if pattern.startswith("^"):
        found.append(pattern[1:])
    if pattern.endswith("$"):
        found.append(pattern[:-1])
    for piece, replacements in _PIECES:
        for match in re.finditer(piece, pattern):
            news = [match.expand(new) for new in replacements] if replacements else _fewer(match[0])
            found += [pattern[: match.start()] + new + pattern[match.end() :] for new in news]
    return [weaker for weaker in dict.fromkeys(found) if weaker != pattern]


def _fewer(group: str) -> list[str]:
    members = group[1:-1].split("|")
    return ["(" + "|".join(members[:n] + members[n + 1 :]) + ")" for n in range(len(members))]


def _shorter_lists(graph: ShapesGraph, code: str, triple: ox.Triple) -> Iterator[Mutant]:
    cells = graph.members(triple.object)
    for number, cell in enumerate(cells, 1):
        if len(cells) > 1:
            rest = next(other for other in graph.about[str(cell.subject)] if other.predicate.value == RDF + "rest")
            holder = next(other for other in graph.holders[str(cell.subject)])
            bridge = ox.Triple(holder.subject, holder.predicate, rest.object)
            gone = frozenset([str(cell), str(rest), str(holder)])
            change = f"{_place(graph, triple)}{_term(triple)} without {_shown(cell.object) or f'part {number}'}"
            yield Mutant(code, change, gone, (bridge,))


def _place(graph: ShapesGraph, triple: ox.Triple) -> str:
    """Where in its named shape a nameless part stands: “or 2: ”."""
    node, steps = str(triple.subject), []
    while node.startswith("_:"):
        holder = graph.holders[node][0]
        if holder.predicate.value == RDF + "first":
            cell, number = str(holder.subject), 1
            while (up := graph.holders[cell][0]).predicate.value == RDF + "rest":
                cell, number = str(up.subject), number + 1
            steps.append(f"{_term(up)} {number}")
            node = str(up.subject)
        else:
            path = [_shown(other.object) for other in graph.about[node] if _term(other) == "path"]
            steps.append(" ".join([_term(holder), *path]).strip())
            node = str(holder.subject)
    return "".join(f"{step}: " for step in reversed(steps))


def _term(triple: ox.Triple) -> str:
    return triple.predicate.value.removeprefix(SH)


def _shown(node: Node) -> str:
    if isinstance(node, ox.NamedNode):
        return re.split(r"[#/](?=[^#/]+$)", node.value)[-1]
    return node.value if isinstance(node, ox.Literal) else ""


def superclasses(triples: Iterable[ox.Triple]) -> dict[str, list[str]]:
    """Return the direct superclasses of each class that the ontology states."""
    found: dict[str, list[str]] = {}
    for triple in triples:
        if triple.predicate.value == RDFS + "subClassOf" and isinstance(triple.object, ox.NamedNode):
            found.setdefault(str(triple.subject)[1:-1], []).append(triple.object.value)
    return found
