"""What a rule's SELECT reads: its patterns, by group, as far as they can be told from its tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pyoxigraph as ox

from cybercoop.shapes.paths import Group, Line, Path, Pattern, Repeat, Step, back, either, may_stay
from cybercoop.sparql import tree
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tokens import Malformed
from cybercoop.terms.names import PREFIXES, XSD
from cybercoop.terms.term import Term

Said = tuple[str | Term, Path | str, str | Term]
"""Subject, property, object as written; a text is a variable."""


class NotLocal(Exception):
    """The text says things whose reach from `$this` cannot be told."""


def groups(select: str) -> tuple[Group, ...]:
    """Return what a SELECT reads, as groups that each hang together from `$this`.

    Raises `NotLocal` for a query whose answer for one `$this` may depend on what is not tied to it.
    """
    found = tuple(read(select)[1].groups((), {}))
    for group in found:
        _tied(group)
    return found


def _tied(group: Group) -> None:
    known, ahead = {"this"}, list(group.patterns)
    while ahead:
        met = [pattern for pattern in ahead if pattern.variables & known]
        if not met:
            raise NotLocal("patterns that do not hang together")
        known.update(*(pattern.variables for pattern in met))
        ahead = [pattern for pattern in ahead if pattern not in met]


def said_variables(said: Iterable[Said]) -> set[str]:
    """Return the variables of what is said."""
    return {part for parts in said for part in parts if isinstance(part, str)}


@dataclass(slots=True)
class Block:
    """A group and the element that it stands in, with what it says, by subject, and the groups in it.

    `absent` is what must not be there. `domains` are the values that a filter leaves a variable.
    """

    element: tree.Node
    group: tree.Group
    absent: bool = False
    said: dict[tree.Triples, tuple[Said, ...]] = field(default_factory=dict)
    domains: dict[str, frozenset[Term]] = field(default_factory=dict)
    inner: list[Block] = field(default_factory=list)

    @property
    def bound(self) -> set[str]:
        """The variables that have a value in every solution."""
        return said_variables(each for said in self.said.values() for each in said)

    @property
    def is_plain(self) -> bool:
        """Whether it holds patterns and filters only, and no path that may lead nowhere."""
        paths = [path for said in self.said.values() for _, path, _ in said if not isinstance(path, str)]
        return not self.inner and not any(map(may_stay, paths))

    def groups(self, outer: tuple[Said, ...], domains: Mapping[str, frozenset[Term]]) -> Iterator[Group]:
        """Yield what it reads, then what each group in it reads, with all that stands around it."""
        both, every = {**domains, **self.domains}, (*outer, *(each for said in self.said.values() for each in said))
        yield Group(tuple(_pattern(said, both) for said in every), len(outer), both)
        for block in self.inner:
            yield from block.groups(every, both)


def properties(select: str) -> set[str] | None:
    """Return the IRIs of all properties that a SELECT looks at; None where these may be any."""
    try:
        whole = read(select)[1]
        every = [*whole.groups((), {})]
    except NotLocal:
        return None
    blocks, found = [(whole, set(whole.domains))], set[ox.NamedNode]()
    for block, told in blocks:
        paths = {path for said in block.said.values() for _, path, _ in said if isinstance(path, str)}
        if not paths <= told:
            return None
        for inner in block.inner:  # before what OPTIONAL and MINUS leave is looked at, they look at all
            around = told if isinstance(inner.element, tree.Filter) else set()
            blocks.append((inner, around | inner.domains.keys()))
    for group in every:
        bound = {name for pattern in group.patterns if not may_stay(pattern.path) for name in pattern.variables}
        if any(pattern.variables and not pattern.variables & bound for pattern in group.patterns):
            return None  # a path of no steps is met by all that any statement names (SPARQL 1.1 Query, 18.4)
        found.update(*(touch.step.predicates or () for touch in group.touches()))
    return {word.value for word in found}


def names(select: str) -> list[str]:
    """Return the IRIs that a SELECT speaks of, in the order of its text; none of one that cannot be read."""
    try:
        return [node.value for node in tree.walk(_parsed(select).where) if isinstance(node, tree.Iri)]
    except Malformed:
        return []


@lru_cache(maxsize=512)
def _parsed(select: str) -> tree.Query:
    return parse(select, PREFIXES)


@lru_cache(maxsize=512)
def read(select: str) -> tuple[tree.Query, Block]:
    """Return the tree of a SELECT, and its group; raises `NotLocal` for more than patterns, filters and such groups."""
    try:
        query = _parsed(select)
    except Malformed as error:
        raise NotLocal(str(error)) from None
    clauses = (query.grouped, query.having, query.order, query.limit, query.offset)
    more = query.prologue or query.datasets or query.values or any(clause.parts for clause in clauses)
    if more or query.form != "SELECT" or not all(isinstance(column, tree.Variable) for column in query.columns):
        raise NotLocal("more than columns and a pattern")
    if query.where is None or not query.columns:
        raise NotLocal("no columns")
    return query, _block(query.where, query.where)


def _block(element: tree.Node, group: tree.Group, absent: bool = False) -> Block:
    block = Block(element, group, absent)
    for part in group.elements:
        match part:
            case tree.Triples():
                block.said[part] = tuple(
                    (_term(triple.subject), _path(triple.path), _term(triple.object)) for triple in part.triples
                )
            case tree.Filter(condition=tree.Exists() as asked):
                block.inner.append(_block(part, asked.group, asked.negated))
            case tree.Group():
                nested = _block(part, part)
                if nested.inner:
                    raise NotLocal("a group in a group with more than patterns and filters")
                block.said |= nested.said  # it is joined with the rest (SPARQL 1.1 Query, 18.2.2.6)
                block.domains |= nested.domains
            case tree.Optional() | tree.Minus():
                block.inner.append(_block(part, part.group))
            case tree.Filter() if not any(isinstance(node, tree.Exists) for node in tree.walk(part)):
                block.domains.update(_domain(part.condition))
            case _:
                raise NotLocal(f"{type(part).__name__} in a pattern")
    return block


def _domain(condition: tree.Expression) -> dict[str, frozenset[Term]]:
    """Return the values that `?variable IN (…)` leaves, and nothing for any other condition."""
    match condition:
        case tree.Call(name="IN", arguments=(tree.Variable() as variable, *values)):
            found = [ox.NamedNode(value.value) for value in values if isinstance(value, tree.Iri)]
            return {variable.name: frozenset(found)} if len(found) == len(values) else {}
    return {}


def _path(path: tree.Variable | tree.Iri | tree.Path) -> Path | str:
    match path:
        case tree.Variable():
            return path.name
        case tree.Iri():
            return Step(frozenset((ox.NamedNode(path.value),)))
        case tree.Path(kind="!"):
            raise NotLocal("a property that is left out")
    parts = tuple(part for part in map(_path, path.parts) if not isinstance(part, str))
    if path.kind in ("/", "|"):
        return Line(parts) if path.kind == "/" else either(parts)
    return back(parts[0]) if path.kind == "^" else Repeat(parts[0])


def _term(term: tree.Term) -> str | Term:
    match term:
        case tree.Variable():
            return term.name
        case tree.Iri():
            return ox.NamedNode(term.value)
        case tree.Literal(datatype=datatype) if term.language or datatype == XSD + "string":
            return ox.Literal(term.value, language=term.language or None)
    raise NotLocal(f"{type(term).__name__} in a pattern")


def _pattern(said: Said, domains: Mapping[str, frozenset[Term]]) -> Pattern:
    """Return a pattern; a variable in the place of the property stands for what a filter leaves it, else for any."""
    start, path, end = said
    if isinstance(path, str):
        names = domains.get(path)
        path = Step(None if names is None else frozenset(name for name in names if isinstance(name, ox.NamedNode)))
    return Pattern(start, path, end)
