"""A question rewritten so that each of its solutions tells which statements it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from cybercoop.sparql import tree
from cybercoop.sparql.grammar import parse
from cybercoop.terms.term import Term

Said = str | Term
"""A variable with its question mark, or a constant."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A pattern that a solution matches where all of `given` are bound; without a graph, in any."""

    subject: Said
    predicate: Said
    object: Said
    graph: Said | None
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inner:
    """A SELECT within another, traced by itself; `values` maps its columns to what the outer solution saw of them."""

    trace: Trace
    values: Mapping[str, str]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A query whose solutions are those of a question before they are counted or made distinct.

    `key` maps columns of the question to the variables that tell to which rows a solution belongs.
    """

    text: str
    key: Mapping[str, str]
    statements: tuple[Statement, ...]
    inner: tuple[Inner, ...]


def trace(text: str) -> Trace:
    """Return the trace of a question; raises `ValueError` for what cannot be followed."""
    query = parse(text)
    if query.form != "SELECT" or query.where is None:
        raise ValueError(f"{query.form} has no rows")
    prefixes = "".join(f"{query.of(each)}\n" for each in query.prologue)
    return _Tracer(prefixes, query, query.where).trace()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a group stands: in which graph, under which marks, with which variables bound and renamed.

    `denied` is the condition within it that fails, so that nothing meets a group which must not be there.
    """

    graph: Said | None = None
    given: tuple[str, ...] = ()
    bound: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    denied: tree.Filter | None = None


class _Tracer:
    """Writes one SELECT again; what it meets on the way is collected."""

    def __init__(self, prefixes: str, query: tree.Query, where: tree.Group) -> None:
        self.prefixes, self.query, self.where = prefixes, query, where
        used = (*query.columns, where, query.grouped, query.having, query.values)
        self.used = [node for part in used for node in tree.walk(part) if isinstance(node, tree.Variable)]
        self.exists = [node for part in used for node in tree.walk(part) if isinstance(node, tree.Exists)]
        self.count = 0
        self.blank: dict[str, str] = {}
        self.statements: list[Statement] = []
        self.inner: list[Inner] = []

    def trace(self) -> Trace:
        text = self.group(self.where, _Scope())
        if self.query.values:
            text += f" {self.query.of(self.query.values)}"
        key: dict[str, str] = {}
        for column in self.query.columns:
            if isinstance(column, tree.Variable):
                key[column.name] = f"?{column.name}"
            elif isinstance(column, tree.Bind) and not self.query.is_grouped:
                key[column.variable.name] = self.fresh()
                text += f" BIND({self.query.of(column.expression)} AS {key[column.variable.name]})"
                text += "".join(f" {self.met(exists, _Scope())}" for exists in _asking(column.expression))
        key = key if self.query.columns else {name: f"?{name}" for name in self.query.names}
        text = f"{self.prefixes}SELECT DISTINCT * WHERE {{ {text} }}"
        return Trace(text, key, tuple(self.statements), tuple(self.inner))

    def fresh(self) -> str:
        self.count += 1
        return f"?cited{self.count}"

    def said(self, node: tree.Node, scope: _Scope, *others: tree.Change) -> str:
        """Return the text of a node with its variables as they are called here, and other changes in it."""
        changes = [*others] + [
            (each.start, each.end, scope.renamed[each.name])
            for each in tree.walk(node)
            if isinstance(each, tree.Variable) and each.name in scope.renamed
            if not any(start <= each.start < end for start, end, _ in others)
        ]
        moved = [(start - node.start, end - node.start, instead) for start, end, instead in changes]
        return tree.splice(self.query.of(node), moved)

    def term(self, node: tree.Term, scope: _Scope) -> Said:
        """Return a term; a blank node of a query is a variable."""
        match node:
            case tree.Variable():
                return scope.renamed.get(node.name, f"?{node.name}")
            case tree.Blank():
                if node.label not in self.blank:
                    self.blank[node.label] = self.fresh()
                return self.blank[node.label]
            case tree.Iri():
                return ox.NamedNode(node.value)
        if node.language:
            return ox.Literal(node.value, language=node.language)
        return ox.Literal(node.value, datatype=ox.NamedNode(node.datatype))

    def group(self, group: tree.Group, scope: _Scope) -> str:
        """Return what stands in a group, then the groups that its conditions ask for."""
        conditions = [each for each in group.elements if isinstance(each, tree.Filter)]
        asked = [part for each in conditions for part in self.asked(each.condition, scope, each is scope.denied)]
        values = [each.expression for each in group.elements if isinstance(each, tree.Bind)]
        asked += [self.met(exists, scope) for each in values for exists in _asking(each)]
        text = " ".join(self.elements(group, scope))
        return " ".join([f"{{ {text} }}", *asked]) if asked else text

    def elements(self, group: tree.Group, scope: _Scope) -> Iterator[str]:
        """Yield the elements of a group, but what only the order of the rows depends on."""
        for element in group.elements:
            match element:
                case tree.Triples():
                    for triple in element.triples:
                        ends = self.term(triple.subject, scope), self.term(triple.object, scope)
                        yield self.way(ends[0], triple.path, ends[1], scope)
                case tree.Optional():
                    if self.matters(element, scope.bound):
                        yield f"OPTIONAL {self.marked(element.group, scope)}"
                case tree.Graph():
                    inside = replace(scope, graph=self.term(element.name, scope))
                    yield f"GRAPH {inside.graph} {{ {self.group(element.group, inside)} }}"
                case tree.Group():
                    yield f"{{ {self.group(element, scope)} }}"
                case tree.Union():
                    yield " UNION ".join(self.marked(branch, scope) for branch in element.groups)
                case tree.Query():
                    yield self.within(element, scope)
                case tree.Service():
                    raise ValueError("SERVICE is not followed")
                case tree.Filter() if element is scope.denied:
                    yield f"FILTER(!({self.said(element.condition, scope)}))"
                case _:
                    yield self.said(element, scope)
            scope = replace(scope, bound=scope.bound | _mentioned(element))

    def marked(self, group: tree.Group, scope: _Scope, condition: str = "") -> str:
        """Return a group that binds a mark of its own where it is there."""
        mark = self.fresh()
        inside = replace(scope, given=(*scope.given, mark))
        return f"{{ {self.group(group, inside)} {condition} BIND(1 AS {mark}) }}"

    def asked(self, condition: tree.Expression, scope: _Scope, denied: bool = False) -> Iterator[str]:
        """Yield the groups that a condition asks for, each where the condition would fail without it.

        Of a group that must not be there, what is asked for is by what its own conditions fail. With `denied`, the
        condition is one of these.
        """
        hindering = set(_hindering(condition, denied))
        for exists in _asking(condition):
            failing = list(_failing(exists)) if exists in hindering else [None]
            if not failing:
                continue
            needed, there = self.fresh(), exists.negated != (exists in hindering)
            without = self.said(condition, scope, (exists.start, exists.end, str(there).lower()))
            yield f"BIND(!COALESCE({f'!({without})' if denied else without}, false) AS {needed})"
            yield from (self.met(exists, replace(scope, denied=each), f"FILTER({needed})") for each in failing)

    def met(self, exists: tree.Exists, scope: _Scope, condition: str = "") -> str:
        """Return the group that is asked for, where it is there, with variables of its own."""
        others = [each for each in self.exists if not _holds(each, exists) or each == exists]
        elsewhere = {each.name for each in self.used if not any(_holds(other, each) for other in others)}
        own = {name: self.fresh() for name in sorted(_mentioned(exists.group) - elsewhere)}
        return f"OPTIONAL {self.marked(exists.group, replace(scope, renamed={**scope.renamed, **own}), condition)}"

    def matters(self, element: tree.Optional, bound: frozenset[str]) -> bool:
        """Return whether anything but the order of the rows depends on an optional group."""
        text = self.query.of(element)
        alike = [
            each for each in tree.walk(self.where) if isinstance(each, tree.Optional) and self.query.of(each) == text
        ]
        elsewhere = {each.name for each in self.used if not any(_holds(other, each) for other in alike)}
        return not tree.variables(element) & elsewhere <= bound

    def within(self, query: tree.Query, scope: _Scope) -> str:
        """Return a SELECT within this one as it stands, with a copy of each of its columns."""
        assert query.where
        copies = {name: self.fresh() for name in query.names}
        self.inner.append(Inner(_Tracer(self.prefixes, query, query.where).trace(), copies, scope.given))
        is_cut = query.limit.parts or query.offset.parts
        order = () if is_cut else ((query.order.start - query.start, query.order.end - query.start, ""),)
        text = tree.splice(self.query.of(query), order)
        return f"{{ {text} }} " + " ".join(f"BIND(?{column} AS {copy})" for column, copy in copies.items())

    def way(self, start: Said, path: tree.Variable | tree.Iri | tree.Path, end: Said, scope: _Scope) -> str:
        """Return a path as single steps."""
        if not isinstance(path, tree.Path):
            step = self.term(path, scope)
            self.statements.append(Statement(start, step, end, scope.graph, scope.given))
            return f"{start} {step} {end} ."
        if path.kind == "^":
            return self.way(end, path.parts[0], start, scope)
        if path.kind == "/":
            ends = [start, *(self.fresh() for _ in path.parts[1:]), end]
            pairs = zip(ends, path.parts, ends[1:], strict=False)
            return " ".join(self.way(one, part, other, scope) for one, part, other in pairs)
        if path.kind == "|":
            return " UNION ".join(self.marked_way(start, part, end, scope) for part in path.parts)
        whole = f"{start} {self.query.of(path)} {end} ."
        if path.kind == "?":
            return f"{whole} OPTIONAL {self.marked_way(start, path.parts[0], end, scope)}"
        if path.kind == "!" or isinstance(path.parts[0], tree.Path):
            raise ValueError("only a single property can be repeated, and none left out")
        step, (first, last) = self.term(path.parts[0], scope), (self.fresh(), self.fresh())
        around = f"{start} {step}* {first} . {first} {step} {last} . {last} {step}* {end} ."
        if path.kind == "*":
            mark = self.fresh()
            self.statements.append(Statement(first, step, last, scope.graph, (*scope.given, mark)))
            return f"{whole} OPTIONAL {{ {around} BIND(1 AS {mark}) }}"
        self.statements.append(Statement(first, step, last, scope.graph, scope.given))
        return f"{whole} {around}"

    def marked_way(self, start: Said, path: tree.Iri | tree.Path, end: Said, scope: _Scope) -> str:
        """Return a path as a group that binds a mark of its own."""
        mark = self.fresh()
        return f"{{ {self.way(start, path, end, replace(scope, given=(*scope.given, mark)))}  BIND(1 AS {mark}) }}"


def _holds(outer: tree.Node, inner: tree.Node) -> bool:
    """Return whether a node stands within another."""
    return outer.start <= inner.start and inner.end <= outer.end


def _mentioned(node: tree.Element) -> frozenset[str]:
    """Return the variables that an element may bind."""
    match node:
        case tree.Filter():
            return frozenset()
        case tree.Values():
            given = [any(column) for column in zip(*node.rows, strict=True)]
            return frozenset(each.name for each, is_given in zip(node.variables, given, strict=False) if is_given)
        case tree.Query():
            return frozenset(node.names)
        case tree.Group():
            return frozenset().union(*map(_mentioned, node.elements))
        case tree.Union():
            return frozenset().union(*map(_mentioned, node.groups))
        case tree.Optional():
            return _mentioned(node.group)
        case tree.Graph():
            return _mentioned(node.group) | frozenset(tree.in_scope(node.name))
    return frozenset(tree.variables(node))


def _asking(condition: tree.Expression) -> Iterator[tree.Exists]:
    """Yield the groups that a condition asks for, but those within them."""
    if isinstance(condition, tree.Exists):
        yield condition
    elif isinstance(condition, tree.Call):
        for argument in condition.arguments:
            yield from _asking(argument)


def _hindering(condition: tree.Expression, denied: bool = False) -> Iterator[tree.Exists]:
    """Yield the groups by which a condition can but fail: it says NOT EXISTS, joined by `||` and `&&` alone.

    Where it is `denied`, these are the groups of EXISTS.
    """
    if isinstance(condition, tree.Exists) and condition.negated != denied:
        yield condition
    elif isinstance(condition, tree.Call) and condition.name in ("||", "&&"):
        for argument in condition.arguments:
            yield from _hindering(argument, denied)


def _failing(exists: tree.Exists) -> Iterator[tree.Filter]:
    """Yield the conditions of a group that must not be there which something that is there makes fail."""
    for condition in _conditions(exists.group):
        hindering = set(_hindering(condition.condition, denied=True))
        if any(each not in hindering or any(_failing(each)) for each in _asking(condition.condition)):
            yield condition


def _conditions(group: tree.Group) -> Iterator[tree.Filter]:
    """Yield the conditions of a group, and of those that it consists of."""
    for element in group.elements:
        match element:
            case tree.Filter():
                yield element
            case tree.Graph():
                yield from _conditions(element.group)
            case tree.Group():
                yield from _conditions(element)
            case tree.Union():
                yield from (each for branch in element.groups for each in _conditions(branch))
