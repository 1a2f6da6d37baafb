"""Graph patterns of SPARQL as relations (https://www.w3.org/TR/sparql11-query/#sparqlQuery, 18.2 and 18.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from cybercoop.engines.columns.coding import Unsupported, written
from cybercoop.engines.columns.expressions import Expressions, Scope
from cybercoop.engines.columns.groups import FEW, asks, bound, compares, conjuncts, few
from cybercoop.engines.columns.paths import Closed, End, Paths
from cybercoop.engines.columns.relations import (
    Algebra,
    Cell,
    Relation,
    Sql,
    alike,
    copied,
    missing,
    negated,
    number,
    same,
)
from cybercoop.sparql.tree import (
    Bind,
    Blank,
    Exists,
    Expression,
    Filter,
    Graph,
    Group,
    Iri,
    Literal,
    Minus,
    Optional,
    Path,
    Query,
    Service,
    Term,
    Triple,
    Triples,
    Union,
    Values,
    Variable,
    in_scope,
    variables,
    walk,
)

Active = Cell | str | None
"""The active graph: that of no name, one by its cell, or any, by the hidden variable that holds it."""
Fetch = Callable[[exp.Query], list[tuple[int, ...]]]
"""Gives the rows of a query, none where there are more than `FEW`."""


class Patterns:
    """Translates groups; `subselect` gives the relation of a query within one."""

    def __init__(
        self,
        query: Query,
        ids: Mapping[str, int],
        parameter: Callable[[str], Sql],
        closed: Closed | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.algebra = Algebra()
        self.ids = ids
        self.expressions = Expressions(self.algebra, query, ids, self.exists, parameter)
        self.paths, self.fetch = Paths(self.algebra, closed), fetch
        self.graphs: dict[str, str] = {}
        self._active: Active = None

    def subselect(self, query: Query, active: Active, around: Scope | None) -> Relation:
        """Return the relation of a query within a group."""
        raise NotImplementedError

    # groups

    def group(self, group: Group, active: Active, around: Scope | None) -> Relation:
        """Return the solutions of a group, its filters met (18.2.2.6)."""
        relation, filters = self.unfiltered(group, active, around)
        return self.filtered(relation, filters, active, around)

    def filtered(
        self, relation: Relation, filters: Iterable[Expression], active: Active, around: Scope | None
    ) -> Relation:
        """Return the solutions that meet all filters."""
        for each in filters:
            self._active = active
            condition = self.expressions.truth(each, self._scope(relation, active, around, each))
            relation.where.append(condition)
            for name in bound(each):
                if name in relation.cells:
                    relation.cells[name] = relation.cells[name]._replace(sure=True)
        return relation

    def _scope(self, relation: Relation, active: Active, around: Scope | None, node: Expression) -> Scope:
        """Return where an expression looks variables up: within GRAPH ?g, ?g is the graph."""
        if isinstance(active, str) and active in relation.cells and self.graphs[active] in variables(node):
            relation.cells.setdefault(self.graphs[active], relation.cells[active])
        return Scope(relation, around)

    def unfiltered(self, group: Group, active: Active, around: Scope | None) -> tuple[Relation, list[Expression]]:
        """Return the solutions of a group before its filters, and these."""
        found, triples = Relation(), list[Triple]()
        conditions = [each.condition for each in group.elements if isinstance(each, Filter)]
        filters = [part for each in conditions for part in conjuncts(each)]
        known = few(filters, self.ids)
        for element in group.elements:
            if isinstance(element, Filter):
                continue
            if isinstance(element, Triples):
                triples += element.triples
                continue
            found, triples = self._basic(found, triples, active, known), []
            found = self._element(found, element, active, around)
        return self._basic(found, triples, active, known), filters

    def _element(self, found: Relation, element: object, active: Active, around: Scope | None) -> Relation:
        match element:
            case Optional(group=group):
                return self._optional(self._placed(found, active), group, active, around)
            case Minus(group=group):
                apart = [active] if isinstance(active, str) else []
                other = (
                    self._placed(self.group(group, active, None), active) if apart else self.group(group, active, None)
                )
                if around and {n for n in in_scope(group) if around.owner(n) and n not in found.cells}:
                    raise Unsupported("MINUS within EXISTS that shares a variable with what stands around")
                return self.algebra.minus(self._placed(found, active), other, apart)
            case Bind(expression=expression, variable=variable):
                self._active = active
                found = self._placed(found, active) if isinstance(expression, Exists) else found
                cell = self.expressions.cell(expression, self._scope(found, active, around, expression))
                if isinstance(cell.sql, exp.Null):
                    return found
                made = replace(found, cells={**found.cells, variable.name: cell})
                return made if isinstance(cell.sql, (exp.Column, exp.Literal)) else self.algebra.closed(made)
            case Values():
                return self.algebra.join(found, self.values(element))
            case Union(groups=groups):
                parts = [self.group(each, active, around) for each in groups]
                if isinstance(active, str) and any(active in part.cells for part in parts):
                    parts = [self._placed(part, active) for part in parts]
                return self.algebra.join(found, self.algebra.union(parts))
            case Graph(name=name, group=group):
                return self.algebra.join(found, self._graph(name, group, around))
            case Query():
                return self.algebra.join(found, self.subselect(element, active, around))
            case Group():
                return self.algebra.join(found, self.group(element, active, around))
            case Service():
                raise Unsupported("SERVICE")
        raise Unsupported(type(element).__name__)

    def _optional(self, found: Relation, group: Group, active: Active, around: Scope | None) -> Relation:
        other, filters = self.unfiltered(group, active, around)
        sure = {name for name, cell in other.cells.items() if cell.sure}
        own, rest = list[Expression](), list[Expression]()
        for each in filters:
            known = variables(each) & found.cells.keys() if asks(each) else variables(each)
            (own if known <= sure else rest).append(each)
        other = self.filtered(other, own, active, around)
        if any(map(asks, rest)):
            return self._optional_asking(found, other, rest, active, around)
        for name in {name for each in rest for name in variables(each)}:
            for relation in (found, other):
                if name in relation.cells and relation.cells[name].kind == "id":
                    self.algebra.reading(relation, name)

        def condition(pair: Relation) -> list[Sql]:
            return [self.expressions.truth(each, Scope(pair, around)) for each in rest]

        return self.algebra.left_join(found, other, condition)

    def _optional_asking(
        self, found: Relation, other: Relation, filters: list[Expression], active: Active, around: Scope | None
    ) -> Relation:
        """Return a left join whose condition asks for a group: the pairs that meet it, and what is in no such pair.

        Of what there is alone, only the values that the condition or the other side knows decide: where a pair shows
        them as they were, each is looked up among the pairs, which joins by values what a group within a group does
        not.
        """
        alone, inner = copied(found), copied(other)
        pairs = self.filtered(self.algebra.join(found, other), filters, active, around)
        deciding = {name for each in filters for name in variables(each)} | other.cells.keys()
        deciding |= {active} if isinstance(active, str) else set()
        shown = [name for name in alone.cells if name in deciding]
        if around is None and all(
            pairs.cells[name].kind == alone.cells[name].kind and (alone.cells[name].sure or name not in other.cells)
            for name in shown
        ):
            met = self.algebra.closed(Relation(pairs.joins, pairs.where, {name: pairs.cells[name] for name in shown}))
            equal = [alike(met.cells[name].sql, alone.cells[name].sql, alone.cells[name].sure) for name in shown]
            query = self.algebra.selected(Relation(met.joins, equal), [number(1)])
        else:
            inner = self.filtered(inner, filters, active, Scope(alone, around))
            on = self.algebra.matched(alone, inner)
            query = self.algebra.selected(Relation(inner.joins, [*inner.where, *on]), [number(1)])
        alone.where.append(negated(exp.Exists(this=query)))
        return self.algebra.union([pairs, alone])

    def _graph(self, name: Variable | Iri, group: Group, around: Scope | None) -> Relation:
        """Return what is met in a named graph, or in any, which the variable then holds (18.6)."""
        if isinstance(name, Iri):
            cell = self.expressions.constant(name)
            if cell.kind != "id":
                return Relation([], [exp.false()], {each: Cell("id", exp.Null(), False) for each in in_scope(group)})
            made = self.group(group, cell, around)
            if not group.elements or not isinstance(group.elements[0], Triples):
                join, column = self.algebra.source(exp.to_table("quads"))
                there = exp.Select(expressions=[number(1)]).from_(join.source).where(same(column("g"), cell.sql))
                made.where.append(exp.Exists(this=there))
            return made
        hidden = self.algebra.hidden("graph")
        self.graphs[hidden] = name.name
        made = self._placed(self.group(group, hidden, around), hidden)
        cell, inside = made.cells[hidden], made.cells.get(name.name)
        cells = {each: found for each, found in made.cells.items() if each != hidden}
        where = list(made.where)
        if inside is not None:
            if inside.kind != "id":
                inside, cell = self.algebra.term(made, name.name), self.algebra.term(made, hidden)
            where.append(
                same(inside.sql, cell.sql)
                if inside.sure
                else exp.Or(this=missing(inside.sql), expression=same(inside.sql, cell.sql))
            )
        cells[name.name] = cell
        texts = {each: text for each, text in made.texts.items() if each in cells and each != name.name}
        return Relation(made.joins, where, cells, texts)

    def _placed(self, relation: Relation, active: Active) -> Relation:
        """Return solutions each of which is met in a graph: where none is said, in every one."""
        if not isinstance(active, str) or active in relation.cells:
            return relation
        column = exp.alias_(exp.column("g"), self.algebra.column(active))
        graphs = exp.Select(expressions=[column]).from_("quads").distinct()
        return self.algebra.join(relation, self.algebra.whole(graphs, {active: Cell("id", exp.Null(), True)}))

    def exists(self, node: Exists, scope: Scope) -> Sql:
        """Return whether a group has a solution for the values of the variables around it (18.6, `substitute`)."""
        active = self._active
        inner = self.group(node.group, active, scope)
        if isinstance(active, str) and active in inner.cells and scope.owner(active) is None:
            raise Unsupported("EXISTS in GRAPH before any pattern")
        shared = [name for name in inner.cells if scope.owner(name)]
        if any(isinstance(part, Optional) for part in walk(node.group)) and any(
            not inner.cells[name].sure for name in shared
        ):
            raise Unsupported("OPTIONAL within EXISTS that shares a variable with what stands around")
        if any(isinstance(part, Query) and part.limit.parts for part in walk(node.group)):
            raise Unsupported("LIMIT within EXISTS")
        inner, on = self._met(scope, shared, inner) if compares(node.group) else inner, []
        for name in shared:
            owner = scope.owner(name)
            assert owner is not None
            on += (
                self.algebra.matched(
                    Relation([], [], {name: owner.cells[name]}, owner.texts),
                    Relation([], [], {name: inner.cells[name]}, inner.texts),
                )
                if owner.cells[name].kind == inner.cells[name].kind
                else self._unlike(owner, inner, name)
            )
        query = self.algebra.selected(Relation(inner.joins, [*inner.where, *on]), [number(1)])
        self._active = active
        there = exp.Exists(this=query)
        return negated(there) if node.negated else there

    def _met(self, scope: Scope, shared: list[str], inner: Relation) -> Relation:
        """Return a group that is asked for, joined with what is met around: a planner would join it for all things."""
        around = scope.relation
        known = (each.cells[name] for name in shared for each in (around, inner) if name in each.cells)
        if scope.around or not around.joins or not all(cell.kind == "id" and cell.sure for cell in known):
            return inner
        pairs = Relation(around.joins, around.where, {name: around.cells[name] for name in shared})
        met = self.algebra.select(pairs).distinct(copy=False)
        return self.algebra.join(self.algebra.whole(met, pairs.cells), inner)

    def _unlike(self, owner: Relation, inner: Relation, name: str) -> list[Sql]:
        here, there = self.algebra.term(owner, name), self.algebra.term(inner, name)
        equal = same(here.sql, there.sql)
        for cell in (here, there):
            equal = equal if cell.sure else exp.Paren(this=exp.Or(this=missing(cell.sql), expression=equal))
        return [equal]

    # triples

    def values(self, node: Values) -> Relation:
        """Return the solutions of VALUES (18.2.2.6, ToMultiSet)."""
        names = [variable.name for variable in node.variables]
        rows = [[None if value is None else self.ids[written(value)] for value in row] for row in node.rows]
        if len(rows) == 1:
            cells = {n: Cell("id", number(v), True) for n, v in zip(names, rows[0], strict=True) if v is not None}
            return Relation([], [], cells)
        if not rows:
            return Relation([], [exp.false()], {name: Cell("id", exp.Null(), False) for name in names})
        if not names:
            rows, names = [[0] for _ in rows], [self.algebra.hidden("row")]
        made = self._rows(rows, [self.algebra.column(name) for name in names])
        cells = {n: Cell("id", exp.Null(), all(row[i] is not None for row in rows)) for i, n in enumerate(names)}
        found = self.algebra.whole(made, cells)
        few = {
            n: sorted({row[i] or 0 for row in rows}) for i, n in enumerate(names) if len(rows) <= FEW and cells[n].sure
        }
        shown = {name: cell for name, cell in found.cells.items() if " " not in name}
        return replace(found, cells=shown, among=few)

    def _rows(self, rows: Iterable[Sequence[int | None]], columns: Iterable[str]) -> exp.Select:
        """Return a query that gives some rows."""
        alias = exp.TableAlias(
            this=exp.to_identifier(self.algebra.alias()), columns=[exp.to_identifier(name) for name in columns]
        )
        tuples = [exp.Tuple(expressions=[exp.Null() if v is None else number(v) for v in row]) for row in rows]
        return exp.select("*").from_(exp.Values(expressions=tuples, alias=alias), copy=False)

    def _basic(
        self, found: Relation, triples: list[Triple], active: Active, known: Mapping[str, list[int]]
    ) -> Relation:
        """Return solutions joined with those of a basic graph pattern (18.3.1); its blank nodes are no variables.

        `known` are the few ids that variables may have: paths begin there.
        """
        if not triples:
            return found
        made = Relation()
        for triple in triples:
            made = self.triple(made, _node(triple.subject), triple.path, _node(triple.object), active, known)
        made.cells = {name: cell for name, cell in made.cells.items() if not name.startswith("_:")}
        return self.algebra.join(found, made)

    def triple(
        self,
        made: Relation,
        subject: Term,
        path: Variable | Iri | Path,
        value: Term,
        active: Active,
        known: Mapping[str, list[int]],
    ) -> Relation:
        """Return solutions joined with those of a triple pattern; sequences and inverses are patterns of their own."""
        if isinstance(path, Path):
            if path.kind == "^":
                return self.triple(made, value, path.parts[0], subject, active, known)
            if path.kind == "/":
                ends = [subject, *(Variable(0, 0, self.algebra.hidden("_:step")) for _ in path.parts[1:]), value]
                for part, start, end in zip(path.parts, ends, ends[1:], strict=False):
                    made = self.triple(made, start, part, end, active, known)
                return made
        named, rows = active is not None, list[tuple[int, ...]]()
        alike: list[tuple[str, Term]] = [("s", subject), ("o", value)]
        if isinstance(path, Path):
            given = [self._known(node, known) for node in (subject, value)]
            graph = active.sql if isinstance(active, Cell) else None
            query = self.paths.query(path, self._predicate, named, graph, *given)
            if self.fetch is not None and given != [None, None]:
                rows = self.fetch(query)
            join, column = self.algebra.source(self._rows(rows, "sog"[: len(rows[0])]) if rows else query)
        else:
            join, column = self.algebra.source(exp.to_table("quads" if named else "triples"))
            alike.append(("p", path))
        one = Relation([join])
        one.among = {
            node.name: sorted({row[i] for row in rows})
            for i, (_, node) in enumerate(alike)
            if rows and isinstance(node, Variable)
        }
        if isinstance(active, Cell):
            one.where.append(same(column("g"), active.sql))
        elif active is not None:
            one.cells[active] = Cell("id", column("g"), True)
        for name, node in alike:
            if isinstance(node, Variable):
                if node.name in one.cells:
                    one.where.append(same(one.cells[node.name].sql, column(name)))
                else:
                    one.cells[node.name] = Cell("id", column(name), True)
            else:
                assert isinstance(node, (Iri, Literal))
                one.where.append(same(column(name), number(self.ids[written(node)])))
        return self.algebra.join(made, one)

    def _known(self, node: Term, known: Mapping[str, list[int]]) -> End:
        if isinstance(node, Variable):
            return tuple(known[node.name]) if node.name in known else None
        return self.ids[written(node)] if isinstance(node, (Iri, Literal)) else None

    def _predicate(self, node: Iri) -> int:
        return self.ids[written(node)]


def _node(term: Term) -> Term:
    """Return a term of a pattern; a blank node is a variable that no query can name (4.1.4)."""
    return Variable(term.start, term.end, f"_:{term.label}") if isinstance(term, Blank) else term
