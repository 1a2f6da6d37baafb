"""A query of SPARQL 1.1 as SQL over three tables: `terms(id, text)`, `triples(s, p, o)` and `quads(s, p, o, g)`.

What is not translated is refused by its name. https://www.w3.org/TR/sparql11-query/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp

from cybercoop.engines.columns.coding import INTEGER, Unsupported, written
from cybercoop.engines.columns.expressions import Scope
from cybercoop.engines.columns.paths import Closed
from cybercoop.engines.columns.patterns import Active, Fetch, Patterns
from cybercoop.engines.columns.relations import (
    Cell,
    Relation,
    Sql,
    chosen,
    function,
    missing,
    negated,
    number,
    string,
)
from cybercoop.sparql.tree import (
    Bind,
    Blank,
    Call,
    Dataset,
    Expression,
    Group,
    Iri,
    Literal,
    Path,
    Query,
    Service,
    Triple,
    Values,
    Variable,
    in_scope,
    is_aggregate,
    variables,
    walk,
)

Lookup = Callable[[Iterable[str]], Mapping[str, int]]
"""Gives the ids of coded terms that the snapshot holds."""


class Translated(NamedTuple):
    """A query in SQL: its columns by name with their kinds, texts that go as parameters, terms that the lake lacks."""

    sql: exp.Query
    columns: list[tuple[str, str]]
    parameters: dict[str, str]
    added: dict[int, str]


def translated(
    query: Query, lookup: Lookup, *, ordered: bool = True, closed: Closed | None = None, fetch: Fetch | None = None
) -> Translated:
    """Return the SQL of a query; that of CONSTRUCT and ASK gives the solutions of its group.

    Without `ordered`, an ORDER BY that cuts nothing off is left to the reader; `closed` is for engines without
    recursion; with `fetch`, the planner is told what paths from known ends reach. Raises `Unsupported`, by name, for
    what is not translated.
    """
    if query.form == "DESCRIBE":
        raise Unsupported("DESCRIBE")
    for node in walk(query):
        if isinstance(node, (Dataset, Service)):
            raise Unsupported("FROM" if isinstance(node, Dataset) else "SERVICE")
    texts = dict.fromkeys(_constants(query))
    known = lookup(texts)
    added = {-place: text for place, text in enumerate((text for text in texts if text not in known), 1)}
    parameters: dict[str, str] = {}

    def parameter(value: str) -> Sql:
        name = next((name for name, held in parameters.items() if held == value), f"p{len(parameters)}")
        parameters[name] = value
        return exp.Placeholder(this=name)

    translation = _Translation(
        query, {**known, **{text: place for place, text in added.items()}}, parameter, closed, fetch
    )
    relation = translation.query(query, None, None, ordered=ordered)
    names = _columns(query)
    cells = {name: relation.cells.get(name) or Cell("id", exp.Null(), False) for name in names}
    sql = translation.last if translation.last is not None else translation.algebra.select(relation, cells)
    if added:
        _add(sql, added, parameter)
    used = {node.name for node in sql.find_all(exp.Placeholder)}
    given = {name: value for name, value in parameters.items() if name in used}
    return Translated(sql, [(name, cells[name].kind) for name in names], given, added)


def _add(sql: exp.Query, added: Mapping[int, str], parameter: Callable[[str], Sql]) -> None:
    """Let the dictionary hold, for this query, the terms that the snapshot lacks."""
    rows = [exp.Tuple(expressions=[number(place), parameter(text)]) for place, text in added.items()]
    for table in [table for table in sql.find_all(exp.Table) if table.name == "terms"]:
        known = exp.Select(expressions=[exp.column("id"), exp.column("text")]).from_("terms")
        more = exp.Select(expressions=[exp.Star()]).from_(
            exp.Values(expressions=[row.copy() for row in rows], alias=exp.TableAlias(this=exp.to_identifier("added")))
        )
        both_kinds = exp.Union(this=known, expression=more, distinct=False)
        alias = table.args.get("alias")
        table.replace(exp.Subquery(this=both_kinds, alias=alias.copy() if alias else None))


def _columns(query: Query) -> list[str]:
    if query.form == "CONSTRUCT":
        return sorted(variables(query.template or query.where) & set(in_scope(query.where)))
    return query.names if query.form == "SELECT" else []


def _constants(query: Query) -> Iterator[str]:
    """Yield every term that stands in a pattern or among values, or that an expression may give."""
    for node in walk(tuple(part for part in query if part is not query.prologue)):
        if isinstance(node, Iri):
            yield written(node)
        elif isinstance(node, Triple):
            yield from (written(each) for each in (node.subject, node.object) if isinstance(each, Literal))
        elif isinstance(node, Values):
            yield from (written(each) for row in node.rows for each in row if isinstance(each, Literal))


_NO_TEXTS = exp.cast(exp.Array(expressions=[]), "VARCHAR[]")


class _Translation(Patterns):
    """Translates queries: grouping, projection, order."""

    last: exp.Query | None = None
    where: Group | None = None

    def query(self, query: Query, active: Active, around: Scope | None, *, ordered: bool = True) -> Relation:
        """Return the relation of a query (18.2.4, 18.2.5); `last` is its SQL where the order of rows counts."""
        inner = None if around is None else around
        relation = self.group(query.where, active, inner) if query.where else Relation()
        made: Mapping[tuple[int, int], Cell] = {}
        if query.is_grouped:
            relation, made = self._grouped(query, relation, active)
        for condition in query.having.parts:
            relation.where.append(self.expressions.truth(condition, Scope(relation, None, made)))  # type: ignore[arg-type]
        if query.having.parts:
            relation = self.algebra.closed(relation)
            made = {place: relation.cells[_aggregate(place)] for place in made}
        if query.values:
            relation = self.algebra.join(relation, self.values(query.values))
            made = {place: relation.cells[_aggregate(place)] for place in made}
        for column in query.columns if query.form == "SELECT" else ():
            if isinstance(column, Bind):
                self._active = active
                cell = self.expressions.cell(column.expression, Scope(relation, None, made))
                if not isinstance(cell.sql, exp.Null):
                    relation.cells[column.variable.name] = cell
                    if not isinstance(cell.sql, (exp.Column, exp.Literal)):
                        relation = self.algebra.closed(relation)
                        made = {place: relation.cells[_aggregate(place)] for place in made}
        return self._shown(query, relation, active, made, ordered)

    def subselect(self, query: Query, active: Active, around: Scope | None) -> Relation:
        """Return the relation of a query within a group; what it does not show is another variable outside (18.2.1)."""
        if isinstance(active, str) and (query.limit.parts or query.offset.parts):
            raise Unsupported("LIMIT within GRAPH of a variable")
        found = self.query(query, active, None, ordered=False)
        cut, self.last = self.last, None
        return found if cut is None else self.algebra.whole(cut, found.cells)

    def _shown(
        self, query: Query, relation: Relation, active: Active, made: Mapping[tuple[int, int], Cell], ordered: bool
    ) -> Relation:
        names = query.names if query.form == "SELECT" else _columns(query)
        kept = [*names, *([active] if isinstance(active, str) else [])]
        cells = {name: relation.cells[name] for name in kept if name in relation.cells}
        cut = bool(query.limit.parts or query.offset.parts)
        keys = self._keys(query, relation, made) if cut or (ordered and query.order.parts) else []
        shown = Relation(relation.joins, relation.where, cells, {})
        distinct = query.modifier == "DISTINCT" and query.form == "SELECT"
        if not (distinct or cut or keys):
            return shown
        full = {
            name: cells.get(name) or Cell("id", exp.Null(), False)
            for name in (kept if query.form == "SELECT" else names)
        }
        select = self.algebra.select(shown, full)
        if distinct:
            select = self._distinct(select, full, keys)
        elif keys:
            select.set("order", exp.Order(expressions=keys))
        for name in ("limit", "offset"):
            for part in getattr(query, name).parts:
                select = getattr(select, name)(int(part.value), copy=False)
        if not cut and not keys:
            return self.algebra.whole(select, cells)
        self.last = select
        return Relation([], [], cells)

    def _distinct(self, select: exp.Select, cells: Mapping[str, Cell], keys: list[exp.Ordered]) -> exp.Select:
        """Return the distinct rows, in the order of keys, of which each row has its first."""
        if not keys:
            return select.distinct(copy=False)
        names = [self.algebra.column(name) for name in cells]
        for place, key in enumerate(keys):
            select.append("expressions", exp.alias_(key.this.copy(), f"k{place}", copy=False))
        join, column = self.algebra.source(select)
        outer = exp.Select(expressions=[column(name) for name in names]).from_(join.source)
        outer.set("distinct", exp.Distinct(on=exp.Tuple(expressions=[column(name) for name in names])))
        orders = [key.copy() for key in keys]
        for place, order in enumerate(orders):
            order.set("this", column(f"k{place}"))
        outer.set("order", exp.Order(expressions=orders))
        return outer

    def _keys(self, query: Query, relation: Relation, made: Mapping[tuple[int, int], Cell]) -> list[exp.Ordered]:
        """Return what rows are sorted by (15.1): unbound, things, texts, numbers by value, as `sortable` does."""
        found = []
        for order in query.order.parts:
            scope = Scope(relation, None, made)
            expression: Expression = order.expression  # type: ignore[attr-defined]
            cell = self.expressions.cell(expression, scope)
            if isinstance(cell.sql, (exp.Null, exp.Literal)):
                continue
            if cell.kind in ("id", "term"):
                term = self.expressions.term(expression, scope)
                worth = function("cc_number", term)
                keys = [function("cc_rank", term), worth, chosen((missing(worth), function("cc_str", term)))]
            else:
                keys = [cell.sql]
            desc = bool(order.descending)  # type: ignore[attr-defined]
            found += [exp.Ordered(this=key.copy(), desc=desc, nulls_first=not desc) for key in keys]
        return found

    # grouping (18.2.4.1)

    def _grouped(
        self, query: Query, relation: Relation, active: Active
    ) -> tuple[Relation, Mapping[tuple[int, int], Cell]]:
        """Return a row for each group, with its keys and aggregates, and the cells of these by their place."""
        keys: dict[str, Cell] = {}
        if isinstance(active, str):
            if not query.grouped.parts:
                raise Unsupported("an aggregate over everything within GRAPH of a variable")
            keys[active] = self._placed(relation, active).cells[active]
        computed = dict[tuple[int, int], str]()
        for part in query.grouped.parts:
            expression = part.expression if isinstance(part, Bind) else part
            name = part.variable.name if isinstance(part, Bind) else part.name if isinstance(part, Variable) else ""
            name = name or self.algebra.hidden("key")
            cell = self.expressions.cell(expression, Scope(relation))  # type: ignore[arg-type]
            computed[part.start, part.end] = name
            if not isinstance(cell.sql, exp.Null):
                relation.cells[name] = keys[name] = cell
        self.where = query.where
        heads = (*query.columns, *query.having.parts, *query.order.parts)
        found = {(node.start, node.end): node for head in heads for node in walk(head) if is_aggregate(node)}
        folds: dict[str, Cell] = {}
        for place, node in found.items():
            assert isinstance(node, Call)
            folds[_aggregate(place)] = self._aggregate(node, relation)
        cells = {**keys, **folds}
        texts, relation.texts = relation.texts, {}
        select = self.algebra.select(relation, cells)
        relation.texts = texts
        if parted := [cell.sql.copy() for cell in keys.values() if not isinstance(cell.sql, exp.Literal)]:
            select = select.group_by(*parted, copy=False)
        elif query.grouped.parts:  # by what is the same for all: one group, where there is any row
            select = select.having(exp.GT(this=exp.Count(this=exp.Star()), expression=number(0)), copy=False)
        made = self.algebra.whole(select, cells)
        return made, {place: made.cells[_aggregate(place)] for place in found}

    def _aggregate(self, node: Call, relation: Relation) -> Cell:
        """Return the cell of an aggregate (18.5.1)."""
        if node.name == "COUNT" and not node.arguments:
            if not node.distinct:
                return Cell("int", exp.Count(this=exp.Star()), True)
            if any(isinstance(part, (Blank, Path)) for part in walk(self.where)):
                raise Unsupported("COUNT(DISTINCT *) beside blank nodes or paths")
            columns = [cell.sql.copy() for name, cell in relation.cells.items() if " " not in name]
            rows = exp.Anonymous(this="row", expressions=[*columns, number(1)])
            return Cell("int", exp.Count(this=exp.Distinct(expressions=[rows])), True)
        scope, expression = Scope(relation), node.arguments[0]
        cell = self.expressions.cell(expression, scope)
        if node.name in ("COUNT", "SAMPLE"):
            sql = cell.sql.copy()
            if node.name == "SAMPLE":
                return Cell(cell.kind, exp.Min(this=sql), False)
            return Cell("int", exp.Count(this=exp.Distinct(expressions=[sql]) if node.distinct else sql), True)
        if node.name in ("MIN", "MAX") and cell.kind in ("text", "int") and cell.sure:
            return Cell(cell.kind, (exp.Min if node.name == "MIN" else exp.Max)(this=cell.sql.copy()), False)
        if node.name == "SUM" and cell.kind == "int" and cell.sure and not node.distinct:
            total = exp.Coalesce(this=exp.Sum(this=cell.sql.copy()), expressions=[number(0)])
            return Cell("int", exp.cast(total, "BIGINT"), True)
        term = self.expressions.term(expression, scope)
        if node.name in ("SUM", "AVG") and not node.distinct:
            return Cell("term", self._summed(str(node.name), term), False)
        if node.distinct or node.name in ("MIN", "MAX"):
            term = exp.Distinct(expressions=[term])
        between = node.arguments[1] if len(node.arguments) > 1 else None
        told = self.expressions.parameter(between.value if isinstance(between, Literal) else " ")
        values = function("coalesce", function("list", term), _NO_TEXTS)
        return Cell("term", function("cc_fold", string(str(node.name)), told, values), False)

    def _summed(self, name: str, term: Sql) -> Sql:
        """Return a sum or a mean: whole numbers are added in SQL, and others to their sum by the embedded engine."""
        whole = function("starts_with", term, string(INTEGER))
        digits = exp.TryCast(this=function("substr", term, number(len(INTEGER) + 1)), to=exp.DataType.build("HUGEINT"))
        total = function("coalesce", exp.Sum(this=chosen((whole, digits))), number(0))
        text = exp.DPipe(this=string(INTEGER), expression=exp.cast(total, "VARCHAR"))
        others = exp.Filter(
            this=function("list", term),
            expression=exp.Where(this=negated(function("coalesce", whole, exp.false()))),
        )
        values = function("list_prepend", text, function("coalesce", others, _NO_TEXTS))
        made = function("cc_fold", string("SUM"), string(""), values)
        if name == "SUM":
            return made
        count = exp.DPipe(this=string(INTEGER), expression=exp.cast(exp.Count(this=exp.Star()), "VARCHAR"))
        mean = function("cc_embedded", string("\n?a0 / ?a1"), exp.Array(expressions=[made, count]))
        none = exp.EQ(this=exp.Count(this=exp.Star()), expression=number(0))
        return chosen((none, string(f"{INTEGER}0")), default=mean)


def _aggregate(place: tuple[int, int]) -> str:
    return f"aggregate {place[0]} {place[1]}"
