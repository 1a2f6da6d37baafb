"""The SQL of the translator in the dialect of Apache Spark, by sqlglot; what Spark has not is written otherwise.

https://spark.apache.org/docs/latest/sql-ref.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import sqlglot
from sqlglot import exp

from cybercoop.engines.columns.coding import Unsupported
from cybercoop.engines.columns.functions import MACROS
from cybercoop.engines.columns.regexes import in_java
from cybercoop.engines.columns.relations import Sql, function, number, same, string

PYTHON = frozenset({"cc_embedded", "cc_fold"})
"""Functions that the workers compute in Python, with the embedded engine."""
UNLIKE = "cybercoop: values of unlike kinds are compared"
"""What Spark breaks off with where SQL alone does not tell how two values compare."""
_HELD = "parameter_"
_TRIED = {exp.Add: "try_add", exp.Sub: "try_subtract", exp.Mul: "try_multiply"}
"""Arithmetic that gives NULL where the result is too large."""
_PARTS = 100_000
"""How many parts a value may have where each column that it is made of is written out."""


class Asked(NamedTuple):
    """What Spark is asked: SQL, texts that go as parameters, and the functions in Python that are called."""

    sql: str
    parameters: Mapping[str, str]
    called: set[str]


def spark_sql(query: exp.Query, parameters: Mapping[str, str], *, unlike: bool) -> Asked:
    """Return the SQL of a query for Spark.

    Spark computes a function in Python for every row, also where a condition asks for it of few. So comparisons call
    none but where `unlike` says that values of unlike kinds are met; else Spark breaks off there, with `UNLIKE`.
    Raises `Unsupported` for values that are made of themselves again and again.
    """
    words, given = query.copy(), dict(parameters)
    for asked in list(words.find_all(exp.Placeholder)):
        asked.replace(exp.column(_HELD + asked.name))
    tree = sqlglot.parse_one(words.sql("duckdb"), read="duckdb")
    tree = tree.transform(lambda node: _expanded(node, unlike), copy=False)
    called = {call.name.lower() for call in tree.find_all(exp.Anonymous)} & PYTHON
    for pattern in tree.find_all(exp.RegexpLike, exp.RegexpReplace):
        name = pattern.expression.name
        if isinstance(pattern.expression, exp.Column) and name.startswith(_HELD):
            key = name.removeprefix(_HELD)
            given[f"{key}_"] = in_java(given[key])
            pattern.set("expression", exp.column(f"{name}_"))
    for node in reversed(list(tree.walk(bfs=False))):
        form = _FORMS.get(type(node))
        if form and (made := form(node)) is not node:
            tree = made if node is tree else tree
            node.replace(made)
    for column in list(tree.find_all(exp.Column)):
        if column.name.startswith(_HELD):
            column.replace(exp.Placeholder(this=column.name.removeprefix(_HELD)))
    if _written_out(tree) > _PARTS:
        raise Unsupported(f"a value of more than {_PARTS:,} parts, each variable in it written out")
    _name_once(tree)
    used = {asked.name for asked in tree.find_all(exp.Placeholder)}
    return Asked(tree.sql("spark"), {name: text for name, text in given.items() if name in used}, called)


def _name_once(tree: Sql) -> None:
    """Leave of each common table, which Spark has at the top alone, the first that stands in copies of a relation."""
    seen = set[str]()
    for table in list(tree.find_all(exp.CTE)):
        if table.alias in seen:
            above = table.parent
            table.pop()
            if above is not None and not above.expressions:
                above.pop()
        seen.add(table.alias)


def _written_out(tree: Sql) -> int:
    """Return how many parts the largest value has where each column that it is made of is written out.

    Spark does that for what it can compute ahead, and nothing stops it: neither the end of the request nor its session.
    """
    sizes: dict[str, int] = {}
    for select in reversed(list(tree.find_all(exp.Select))):
        for column in select.expressions:
            parts = (sizes.get(part.name, 1) if isinstance(part, exp.Column) else 1 for part in column.walk())
            sizes[column.alias_or_name] = sum(parts)
    return max(sizes.values(), default=0)


def _expanded(node: Sql, unlike: bool) -> Sql:
    """Return the body of a macro in the place of its call."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in _bodies():
        return node
    names, body = _bodies()[name]
    given = dict(zip(names, node.expressions, strict=True))

    def filled(part: Sql) -> Sql:
        if isinstance(part, exp.Anonymous) and part.name.lower() == "cc_embedded" and not unlike:
            return exp.cast(function("raise_error", string(UNLIKE)), "VARCHAR")
        return given[part.name].copy() if isinstance(part, exp.Column) and part.name in given else part

    return exp.Paren(this=body.transform(filled).transform(lambda part: _expanded(part, unlike)))


@cache
def _bodies() -> dict[str, tuple[list[str], Sql]]:
    found = {}
    for head, body in MACROS.items():
        name, _, names = head.rstrip(")").partition("(")
        found[name] = names.split(", "), sqlglot.parse_one(body, read="duckdb")
    return found


def _full_match(node: Sql) -> Sql:
    pattern = exp.Literal.string(f"^(?:{node.expression.name})\\z")
    return exp.RegexpLike(this=node.this, expression=pattern)


def _try(node: Sql) -> Sql:
    """Return arithmetic of which each step may fail."""
    for part in reversed(list(node.this.find_all(*_TRIED, bfs=False))):
        made = exp.Anonymous(this=_TRIED[type(part)], expressions=[part.this, part.expression])
        if part is node.this:
            return made
        part.replace(made)
    return node.this  # type: ignore[no-any-return]


def _type(node: Sql) -> Sql:
    """Return the widest whole number that Spark has in the place of one of 128 bits."""
    return exp.DataType.build("DECIMAL(38, 0)") if node.this == exp.DataType.Type.INT128 else node


def _list(node: Sql) -> Sql:
    """Return a list of values with those that are NULL, which Spark leaves out unless they stand in a row."""
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    row = exp.Anonymous(this="named_struct", expressions=[string("v"), value])
    listed = exp.Anonymous(
        this="collect_list",
        expressions=[exp.Distinct(expressions=[row]) if isinstance(node.this, exp.Distinct) else row],
    )
    if isinstance(node.parent, exp.Filter):
        return listed
    return exp.Dot(this=listed, expression=exp.to_identifier("v"))


def _filter(node: Sql) -> Sql:
    listed = isinstance(node.this, exp.Anonymous)
    return exp.Dot(this=node.copy(), expression=exp.to_identifier("v")) if listed else node


def _row(node: Sql) -> Sql:
    return exp.Anonymous(this="struct", expressions=node.expressions) if node.name.lower() == "row" else node


def _distinct_on(node: Sql) -> Sql:
    """Return the first of all rows that are alike, in an order: `DISTINCT ON` is PostgreSQL's."""
    distinct = node.args.get("distinct")
    if distinct is None or distinct.args.get("on") is None:
        return node
    shown = [each.copy() for each in node.expressions]
    keys = [order.copy() for order in node.args["order"].expressions]
    partition = [each.copy() for each in distinct.args["on"].expressions]
    place = exp.Window(this=exp.RowNumber(), partition_by=partition, order=exp.Order(expressions=keys))
    columns = [exp.alias_(each, f"shown{i}") for i, each in enumerate(shown)]
    columns += [exp.alias_(key.this.copy(), f"key{i}") for i, key in enumerate(keys)]
    inner = exp.Select(expressions=[*columns, exp.alias_(place, "place")])
    inner.set("from_", node.args["from_"].copy())
    outer = exp.Select(
        expressions=[exp.alias_(exp.column(f"shown{i}"), each.alias_or_name) for i, each in enumerate(shown)]
    ).from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("ranked"))))
    outer = outer.where(same(exp.column("place"), number(1)))
    ordered = [order.copy() for order in keys]
    for i, order in enumerate(ordered):
        order.set("this", exp.column(f"key{i}"))
    outer.set("order", exp.Order(expressions=ordered))
    for part in ("limit", "offset"):
        if node.args.get(part) is not None:
            outer.set(part, node.args[part].copy())
    return outer


def _exists(node: exp.Exists) -> Sql:
    """Return EXISTS without another EXISTS as a condition of its own, as Spark knows what stands one level around."""
    query, places = node.this, [node.this.args.get("where")]
    while places:
        place = places.pop()
        if isinstance(place, exp.And):
            places += [place.this, place.expression]
        elif isinstance(place, (exp.Paren, exp.Where)):
            places.append(place.this)
        elif isinstance(place, exp.Exists) and not isinstance(place.parent, exp.Not):
            inner = place.this
            query.append("joins", exp.Join(this=inner.args["from_"].this, kind="CROSS"))
            for join in inner.args.get("joins") or ():
                query.append("joins", join)
            met = inner.args.get("where")
            place.replace(exp.Paren(this=met.this) if met else exp.true())
    if _is_shown(node):  # Spark 4.2 loses columns there
        query.set("expressions", [exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))])
        return exp.Subquery(this=query)
    return node


def _is_shown(node: exp.Exists) -> bool:
    """Return whether EXISTS stands among the columns of a query, rather than in its conditions."""
    above = node.parent
    while above is not None and not isinstance(above, (exp.Where, exp.Join, exp.Select)):
        above = above.parent
    return isinstance(above, exp.Select)


_FORMS: dict[type[Sql], Callable[[Any], Sql]] = {
    exp.Anonymous: _row,
    exp.ArrayAgg: _list,
    exp.DataType: _type,
    exp.Exists: _exists,
    exp.Filter: _filter,
    exp.RegexpFullMatch: _full_match,
    exp.Select: _distinct_on,
    exp.Try: _try,
}
