"""Relational algebra for solutions: what is joined, under which conditions, and the column of each variable.

A relation is one block of SQL as long as its parts are only joined, so that the planner sees all of them at once. An
unbound variable is NULL. https://www.w3.org/TR/sparql11-query/#sparqlAlgebra
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from sqlglot import exp

from cybercoop.engines.columns.coding import BOOLEAN, INTEGER

Sql = exp.Expr


_PLAIN = 8


class Cell(NamedTuple):
    """The value of a variable: SQL of a kind, and whether it is bound in every solution.

    Kinds: `id`, the number of a term; `term`, its coded text; `text`, the characters of a plain literal; `int`, an
    xsd:integer; `flag`, an xsd:boolean.
    """

    kind: str
    sql: Sql
    sure: bool


class Join(NamedTuple):
    """A source with its alias, and for a left join the condition."""

    source: Sql
    on: Sql | None = None


@dataclass
class Relation:
    """Solutions: sources that are joined, conditions, and the cell of each variable.

    `texts` are ids already read; `among` are the few ids that a variable may have, where these are known.
    """

    joins: list[Join] = field(default_factory=list)
    where: list[Sql] = field(default_factory=list)
    cells: dict[str, Cell] = field(default_factory=dict)
    texts: dict[str, Sql] = field(default_factory=dict)
    among: dict[str, list[int]] = field(default_factory=dict)


def copied(relation: Relation) -> Relation:
    """Return a relation that can grow apart from another."""
    return Relation([*relation.joins], [*relation.where], {**relation.cells}, {**relation.texts})


def function(name: str, *arguments: Sql) -> Sql:
    """Return a call of a function."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def string(value: str) -> Sql:
    """Return a constant text of our own; what a query says goes by parameters."""
    return exp.Literal.string(value)


def number(value: int) -> Sql:
    """Return a constant number."""
    return exp.Literal.number(value)


def null() -> Sql:
    """Return NULL as a number, which any kind of cell takes."""
    return exp.Null()


def both(conditions: Iterable[Sql]) -> Sql:
    """Return the conjunction of conditions."""
    found = [exp.Paren(this=condition.copy()) for condition in conditions]
    return exp.and_(*found, copy=False) if found else exp.true()


def either(*conditions: Sql) -> Sql:
    """Return the disjunction of conditions."""
    return exp.Paren(this=exp.or_(*(exp.Paren(this=each.copy()) for each in conditions), copy=False))


def same(one: Sql, other: Sql) -> Sql:
    """Return that two values are equal."""
    return exp.Paren(this=exp.EQ(this=one.copy(), expression=other.copy()))


def alike(one: Sql, other: Sql, sure: bool) -> Sql:
    """Return that two values are the same, or both missing unless they are `sure`."""
    return same(one, other) if sure else exp.NullSafeEQ(this=one.copy(), expression=other.copy())


def is_among(one: Sql, ids: Iterable[int]) -> Sql:
    """Return that a value is one of some ids."""
    return exp.In(this=one.copy(), expressions=[number(each) for each in ids])


def is_plain(value: Sql) -> bool:
    """Return whether SQL is short enough to stand several times in a function's place."""
    return sum(1 for _ in zip(value.walk(), range(_PLAIN + 1), strict=False)) <= _PLAIN


def missing(value: Sql) -> Sql:
    """Return that a value is NULL."""
    return exp.Is(this=exp.Paren(this=value.copy()), expression=exp.Null())


def negated(condition: Sql) -> Sql:
    """Return that a condition does not hold."""
    return exp.Not(this=exp.Paren(this=condition.copy()))


def chosen(*cases: tuple[Sql, Sql], default: Sql | None = None) -> Sql:
    """Return the value of the first condition that holds."""
    ifs = [exp.If(this=condition.copy(), true=value.copy()) for condition, value in cases]
    return exp.Paren(this=exp.Case(ifs=ifs, default=default and default.copy()))


class Algebra:
    """Joins relations. Variables become columns by number: nothing that a query names stands in SQL."""

    def __init__(self) -> None:
        self._aliases = count()
        self._columns: dict[str, str] = {}
        self._hidden = count()

    def alias(self) -> str:
        """Return a new name for a source."""
        return f"t{next(self._aliases)}"

    def hidden(self, about: str) -> str:
        """Return the name of a new variable that no query can name."""
        return f"{about} {next(self._hidden)}"

    def column(self, variable: str) -> str:
        """Return the name of the column of a variable."""
        return self._columns.setdefault(variable, f"c{len(self._columns)}")

    def source(self, query: Sql) -> tuple[Join, Callable[[str], Sql]]:
        """Return a query or table as a source, and what gives its columns."""
        alias = self.alias()
        if isinstance(query, exp.Table):
            made: Sql = exp.alias_(query, alias, table=True, copy=False)
        else:
            made = exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias)))
        return Join(made), lambda name: exp.column(name, table=alias)

    def reading(self, relation: Relation, variable: str) -> Sql:
        """Return the coded text of a variable that is an id, which the relation then reads in the dictionary."""
        cell = relation.cells[variable]
        if variable not in relation.texts:
            join, column = self.source(exp.to_table("terms"))
            relation.joins.append(Join(join.source, same(column("id"), cell.sql)))
            relation.texts[variable] = column("text")
        return relation.texts[variable].copy()

    def term(self, relation: Relation, variable: str) -> Cell:
        """Return a cell of a relation as coded text."""
        cell = relation.cells[variable]
        return Cell("term", self.reading(relation, variable) if cell.kind == "id" else as_term(cell), cell.sure)

    def select(self, relation: Relation, cells: Mapping[str, Cell] | None = None) -> exp.Select:
        """Return a relation as a query with a column for each variable."""
        cells = relation.cells if cells is None else cells
        columns = [exp.alias_(cell.sql.copy(), self.column(name), copy=False) for name, cell in cells.items()]
        columns += [exp.alias_(sql.copy(), f"r{self.column(name)}", copy=False) for name, sql in relation.texts.items()]
        return self.selected(relation, columns or [exp.alias_(number(1), "one", copy=False)])

    def selected(self, relation: Relation, columns: list[Sql]) -> exp.Select:
        """Return a query for some columns of a relation."""
        made = exp.Select(expressions=columns)
        for place, join in enumerate(relation.joins):
            if not place and join.on is None:
                made.set("from_", exp.From(this=join.source.copy()))
                continue
            if not place:
                made.set("from_", exp.From(this=self.source(exp.select(number(1)))[0].source))
            if join.on is None:
                made.append("joins", exp.Join(this=join.source.copy(), kind="CROSS"))
            else:
                made.append("joins", exp.Join(this=join.source.copy(), side="LEFT", on=join.on.copy()))
        if relation.where:
            made.set("where", exp.Where(this=both(relation.where)))
        return made

    def whole(self, query: exp.Query, cells: Mapping[str, Cell], texts: Iterable[str] = ()) -> Relation:
        """Return a query with a column for each variable as a relation of one source."""
        join, column = self.source(query)
        made = {name: Cell(cell.kind, column(self.column(name)), cell.sure) for name, cell in cells.items()}
        return Relation([join], [], made, {name: column(f"r{self.column(name)}") for name in texts})

    def closed(self, relation: Relation) -> Relation:
        """Return a relation as one source."""
        return self.whole(self.select(relation), relation.cells, relation.texts)

    def alike(self, one: Relation, other: Relation, names: Iterable[str]) -> None:
        """Bring the cells of two relations to one kind."""
        for name in names:
            kinds = {one.cells[name].kind, other.cells[name].kind}
            if len(kinds) > 1:
                for each in (one, other):
                    each.cells[name] = self.term(each, name)
                    each.texts.pop(name, None)

    def matched(self, one: Relation, other: Relation) -> list[Sql]:
        """Return the conditions under which solutions of two relations are compatible (18.3)."""
        shared = [name for name in one.cells if name in other.cells]
        self.alike(one, other, shared)
        found = []
        for name in shared:
            here, there = one.cells[name], other.cells[name]
            unbound = [missing(cell.sql) for cell in (here, there) if not cell.sure]
            equal = same(here.sql, there.sql)
            found.append(either(equal, *unbound) if unbound else equal)
        return found

    def merged(self, one: Relation, other: Relation, sure: Callable[[str], bool]) -> dict[str, Cell]:
        """Return the cells of joined solutions."""
        found = dict(one.cells)
        for name, cell in other.cells.items():
            here = one.cells.get(name)
            sql = (
                cell.sql
                if here is None
                else here.sql
                if here.sure
                else exp.Coalesce(this=here.sql.copy(), expressions=[cell.sql.copy()])
            )
            found[name] = Cell(cell.kind, sql, sure(name))
        return {name: cell._replace(sure=sure(name)) for name, cell in found.items()}

    def join(self, one: Relation, other: Relation) -> Relation:
        """Return the compatible pairs of solutions (Join, 18.5); each is told what ids the other may have.

        A planner that knows these begins with what there is of them.
        """
        on = self.matched(one, other)
        for here, there in ((one, other), (other, one)):
            for name, ids in here.among.items():
                if (cell := there.cells.get(name)) and cell.kind == "id" and cell.sure and name not in there.among:
                    on.append(is_among(cell.sql, ids))

        def sure(name: str) -> bool:
            return any(name in each.cells and each.cells[name].sure for each in (one, other))

        cells = self.merged(one, other, sure)
        texts = {**other.texts, **one.texts}
        texts = {
            name: sql for name, sql in texts.items() if all(e.cells[name].sure for e in (one, other) if name in e.cells)
        }
        among = {**one.among, **other.among}
        made = Relation([*one.joins, *other.joins], [*one.where, *other.where, *on], cells, texts, among)
        if any(isinstance(cell.sql, exp.Coalesce) for cell in cells.values()):
            return self.closed(made)
        return made

    def left_join(self, one: Relation, other: Relation, condition: Callable[[Relation], list[Sql]]) -> Relation:
        """Return all solutions, with those of the other that are compatible and meet a condition (LeftJoin, 18.5).

        `condition` gives the SQL of it for the cells of a pair; what it reads in the dictionary must be read already.
        """
        other = self.closed(other)
        on = self.matched(one, other)
        pair = Relation(
            [],
            [],
            self.merged(
                one, other, lambda name: any(name in each.cells and each.cells[name].sure for each in (one, other))
            ),
            {**other.texts, **one.texts},
        )
        extra = condition(pair)
        cells = self.merged(one, other, lambda name: name in one.cells and one.cells[name].sure)
        (source, *more) = other.joins
        assert not more or all(join.on is not None for join in more)
        if more:  # alike() reads ids in the dictionary
            closed = self.closed(other)
            return self.left_join(one, closed, condition)
        texts = {name: sql for name, sql in one.texts.items() if one.cells[name].sure or name not in other.cells}
        texts |= {name: sql for name, sql in other.texts.items() if name not in one.cells}
        made = Relation([*one.joins, Join(source.source, both([*on, *extra]))], list(one.where), cells, texts)
        if not one.joins:
            made.joins.insert(0, self.source(exp.select(exp.alias_(number(1), "one")))[0])
        return self.closed(made) if any(isinstance(c.sql, exp.Coalesce) for c in cells.values()) else made

    def minus(self, one: Relation, other: Relation, apart: Iterable[str] = ()) -> Relation:
        """Return the solutions that are compatible with none of the other that shares a variable (Minus, 18.5).

        `apart` names what must be equal and yet is no variable: the graph in which both are met.
        """
        shared = [name for name in one.cells if name in other.cells and name not in apart]
        if not shared:
            return one
        on = self.matched(one, other)
        pairs = [(one.cells[name], other.cells[name]) for name in shared]
        if not any(here.sure and there.sure for here, there in pairs):
            on.append(either(*(same(here.sql, there.sql) for here, there in pairs)))
        query = self.selected(Relation(other.joins, [*other.where, *on]), [number(1)])
        return Relation(one.joins, [*one.where, negated(exp.Exists(this=query))], one.cells, one.texts)

    def union(self, parts: list[Relation]) -> Relation:
        """Return the solutions of all (Union, 18.5)."""
        names = dict.fromkeys(name for part in parts for name in part.cells)
        kinds = {name: {part.cells[name].kind for part in parts if name in part.cells} for name in names}
        queries, sure = list[exp.Query](), dict[str, bool]()
        for part in parts:
            for name, found in kinds.items():
                if len(found) > 1 and name in part.cells:
                    part.cells[name] = self.term(part, name)
            part.texts = {}
            cells = {name: part.cells.get(name) or Cell("id", null(), False) for name in names}
            sure = {name: cell.sure and sure.get(name, True) for name, cell in cells.items()}
            queries.append(self.select(part, cells))
        query = queries[0]
        for other in queries[1:]:
            query = exp.Union(this=query, expression=other, distinct=False)
        cells = {
            name: Cell("term" if len(found) > 1 else next(iter(found)), null(), sure[name])
            for name, found in kinds.items()
        }
        return self.whole(query, cells)


def as_term(cell: Cell) -> Sql:
    """Return a computed value as coded text."""
    if cell.kind == "text":
        return exp.DPipe(this=string('"'), expression=cell.sql.copy())
    if cell.kind == "int":
        return exp.DPipe(this=string(INTEGER), expression=exp.cast(cell.sql.copy(), "VARCHAR"))
    if cell.kind == "flag":
        return exp.DPipe(this=string(BOOLEAN), expression=exp.cast(cell.sql.copy(), "VARCHAR"))
    return cell.sql.copy()
