"""Expressions of SPARQL in SQL: an error is NULL, and SQL's logic of three values is that of SPARQL (17.2).

What is asked of each row stands in SQL: terms and their parts, equality and order of what is alike, logic. Anything
else (arithmetic, dates, regular expressions, hashes, casts) the embedded engine computes from its own words, once for
each combination of values: both engines agree on it to the letter. https://www.w3.org/TR/sparql11-query/#expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import pyoxigraph as ox
from sqlglot import exp

from cybercoop.engines.columns.coding import BOOLEAN, INTEGER, Unsupported, decoded, kept, written
from cybercoop.engines.columns.regexes import is_alike
from cybercoop.engines.columns.relations import (
    Algebra,
    Cell,
    Relation,
    Sql,
    as_term,
    chosen,
    either,
    function,
    is_plain,
    missing,
    negated,
    number,
    same,
    string,
)
from cybercoop.sparql.tree import (
    Call,
    Exists,
    Expression,
    Iri,
    Literal,
    Query,
    Variable,
    is_aggregate,
    splice,
)
from cybercoop.terms.names import XSD

_CHANGING = frozenset({"BNODE", "RAND", "STRUUID", "UUID"})
"""What gives another value at each call; nothing says how often SQL would call it."""
_KINDS = {"ISIRI": "<", "ISURI": "<", "ISBLANK": "_"}
_COMPARED = {"=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE}
_CASTS = frozenset({"boolean", "date", "dateTime", "decimal", "double", "float", "integer", "string", "time"})
_LONGEST = 120
_ONCE = frozenset({"!", "&&", "||", "COALESCE"})
"""What has each of its arguments once in SQL, and so grows no longer than its words."""
_NOTHING = Cell("id", exp.Null(), False)


@dataclass
class Scope:
    """Where variables are looked up: in a relation, then around it.

    By their places, `made` has the cells of aggregates, and `cells` those of expressions that were translated already.
    """

    relation: Relation
    around: Scope | None = None
    made: Mapping[tuple[int, int], Cell] = field(default_factory=dict)
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)

    def owner(self, name: str) -> Relation | None:
        """Return the relation that holds a variable."""
        if name in self.relation.cells:
            return self.relation
        return self.around.owner(name) if self.around else None

    def cell(self, name: str) -> Cell:
        """Return the cell of a variable; one that is nowhere is never bound."""
        owner = self.owner(name)
        return owner.cells[name] if owner else _NOTHING


class Expressions:
    """Gives the cell of an expression; `exists` makes the SQL of a group that is asked for."""

    def __init__(
        self,
        algebra: Algebra,
        query: Query,
        ids: Mapping[str, int],
        exists: Callable[[Exists, Scope], Sql],
        parameter: Callable[[str], Sql],
    ) -> None:
        self.algebra, self.query, self.ids, self.exists, self.parameter = algebra, query, ids, exists, parameter

    @cached_property
    def now(self) -> str:
        """The moment of the query, which is one (17.4.5.1), as coded text."""
        return kept(ox.Literal(datetime.now(UTC).isoformat(), datatype=ox.NamedNode(f"{XSD}dateTime")))

    def constant(self, node: Iri | Literal) -> Cell:
        """Return the cell of a term of the query."""
        text = written(node)
        if text in self.ids:
            return Cell("id", number(self.ids[text]), True)
        return Cell("term", self.parameter(text), True)

    def cell(self, node: Expression, scope: Scope) -> Cell:
        """Return the cell of an expression; `sure` where it can give no error."""
        match node:
            case Variable():
                return scope.cell(node.name)
            case Literal(datatype=datatype) if datatype == XSD + "string" and not node.language:
                return Cell("text", self.parameter(node.value), True)
            case Literal(datatype=datatype, value=value) if datatype == XSD + "integer" and value.isascii():
                digits = value.removeprefix("-").removeprefix("+")
                if digits.isdecimal() and len(digits) < 18:
                    return Cell("int", number(int(value)), True)
                return self.constant(node)
            case Literal(datatype=datatype, value="true" | "false" as value) if datatype == XSD + "boolean":
                return Cell("flag", exp.Boolean(this=value == "true"), True)
            case Iri() | Literal():
                return self.constant(node)
            case Exists():
                return Cell("flag", self.exists(node, scope), True)
            case Call(name="NOW"):
                return Cell("term", self.parameter(self.now), True)
        if (node.start, node.end) in scope.made:
            return scope.made[node.start, node.end]
        if is_aggregate(node):
            raise Unsupported("an aggregate within a group that is not taken together")
        place = (node.start, node.end)
        if place not in scope.cells:
            scope.cells[place] = self._native(node, scope) or Cell("term", self._elsewhere(node, scope), False)
        return scope.cells[place]

    def term(self, node: Expression, scope: Scope) -> Sql:
        """Return the coded text of an expression."""
        if isinstance(node, Variable):
            owner = scope.owner(node.name)
            return self.algebra.term(owner, node.name).sql.copy() if owner else exp.cast(exp.Null(), "VARCHAR")
        if isinstance(node, (Iri, Literal)):
            return self.parameter(written(node))
        return self._as_term(self.cell(node, scope))

    def _as_term(self, cell: Cell) -> Sql:
        if cell.kind == "id":
            query = exp.select(exp.column("text")).from_("terms").where(same(exp.column("id"), cell.sql))
            return exp.Subquery(this=query)
        return as_term(cell)

    def truth(self, node: Expression, scope: Scope) -> Sql:
        """Return the effective boolean value (17.2.2)."""
        cell = self.cell(node, scope)
        if cell.kind == "flag":
            return cell.sql.copy()
        if cell.kind == "text":
            return exp.Paren(this=exp.NEQ(this=cell.sql.copy(), expression=string("")))
        if cell.kind == "int":
            return exp.Paren(this=exp.NEQ(this=cell.sql.copy(), expression=number(0)))
        term = self.term(node, scope)
        if is_plain(term):
            return function("cc_truth", term)
        return same(self._elsewhere(node, scope, "IF({}, true, false)"), string(f"{BOOLEAN}true"))

    def text(self, node: Expression, scope: Scope) -> Sql:
        """Return the characters of STR (17.4.2.5)."""
        cell = self.cell(node, scope)
        if cell.kind in ("text", "int", "flag"):
            return exp.cast(cell.sql.copy(), "VARCHAR") if cell.kind != "text" else cell.sql.copy()
        term = self.term(node, scope)
        if is_plain(term):
            return function("cc_str", term)
        return function("substr", self._elsewhere(node, scope, "STR({})"), number(2))

    def characters(self, node: Expression, scope: Scope) -> Sql:
        """Return the characters of a string literal; of anything else NULL (17.4.3.1)."""
        cell = self.cell(node, scope)
        return cell.sql.copy() if cell.kind == "text" else function("cc_string", self.plain(node, scope))

    def plain(self, node: Expression, scope: Scope) -> Sql:
        """Return the coded text of an expression; one that is long is computed elsewhere, all of it."""
        term = self.term(node, scope)
        if is_plain(term) or isinstance(node, (Variable, Iri, Literal)):
            return term
        return self._elsewhere(node, scope)

    def _native(self, node: Call, scope: Scope) -> Cell | None:
        """Return the cell of what stands in SQL, unless that grows long by what stands in it."""
        found = self._found(node, scope)
        if found is None or (node.name in _ONCE and len(node.arguments) <= _LONGEST):
            return found
        return None if sum(1 for _ in found.sql.walk()) > _LONGEST else found

    def _found(self, node: Call, scope: Scope) -> Cell | None:
        """Return the cell of what stands in SQL, else None."""
        name, given = node.name, node.arguments
        if isinstance(name, Iri):
            whole = name.value == f"{XSD}integer" and len(given) == 1 and self._is_text(given[0], scope)
            return self._integer(node, scope) if whole else None
        if name in _CHANGING:
            raise Unsupported(name)
        sure = all(self.is_sure(each, scope) for each in given)
        match name, given:
            case (("||" | "&&"), _):
                parts = [exp.Paren(this=self.truth(each, scope)) for each in given]
                return Cell("flag", exp.Paren(this=(exp.or_ if name == "||" else exp.and_)(*parts, copy=False)), False)
            case "!", (one,):
                return Cell("flag", negated(self.truth(one, scope)), False)
            case (("IN" | "NOT IN"), (one, *others)):
                equal = [self.equal(one, each, scope) for each in others]
                found = either(*equal) if equal else exp.false()
                return Cell("flag", negated(found) if name == "NOT IN" else found, False)
            case "=", (one, other):
                return Cell("flag", self.equal(one, other, scope), False)
            case "!=", (one, other):
                return Cell("flag", negated(self.equal(one, other, scope)), False)
            case (("<" | ">" | "<=" | ">="), (one, other)):
                return Cell("flag", self.ordered(name, one, other, scope), False)
            case "BOUND", (Variable(name=variable),):
                return Cell("flag", negated(missing(scope.cell(variable).sql)), True)
            case "IF", (condition, one, other):
                return self._if(self.truth(condition, scope), one, other, scope)
            case "COALESCE", _:
                return self._coalesce(given, scope)
            case "SAMETERM", (one, other):
                return Cell("flag", same(self.term(one, scope), self.term(other, scope)), False)
            case (("ISIRI" | "ISURI" | "ISBLANK"), (one,)):
                first = exp.Left(this=self.term(one, scope), expression=number(1))
                return Cell("flag", same(first, string(_KINDS[name])), False)
            case "ISLITERAL", (one,):
                return Cell("flag", function("cc_literal", self.plain(one, scope)), False)
            case "STR", (one,):
                return Cell("text", self.text(one, scope), False)
            case "LANG", (one,):
                return Cell("text", function("cc_lang", self.plain(one, scope)), False)
            case "DATATYPE", (one,):
                return Cell("term", function("cc_datatype", self.plain(one, scope)), False)
            case (("STRSTARTS" | "STRENDS" | "CONTAINS"), (one, other)) if self._is_text(other, scope):
                called = {"STRSTARTS": "starts_with", "STRENDS": "ends_with", "CONTAINS": "contains"}[name]
                return Cell("flag", function(called, self.characters(one, scope), self.text(other, scope)), False)
            case "LANGMATCHES", (one, other) if self._is_text(one, scope) and self._is_text(other, scope):
                tag, wanted = (function("lower", self.text(each, scope)) for each in given)
                longer = function("starts_with", tag, exp.DPipe(this=wanted, expression=string("-")))
                met = exp.Paren(this=exp.Or(this=same(tag, wanted), expression=longer))
                any_tag = same(wanted, string("*")), negated(same(tag, string("")))
                return Cell("flag", chosen(any_tag, default=met), False)
            case (("+" | "-" | "*"), (_, _, *_)) if all(self.cell(each, scope).kind == "int" for each in given):
                return Cell("int", self._computed(name, given, scope), False)
            case "REGEX", (one, Literal(value=words)) if is_alike(words) and self._is_text(one, scope):
                return Cell("flag", function("regexp_matches", self.text(one, scope), self.parameter(words)), False)
            case "REPLACE", (one, Literal(value=words), Literal(value=other)) if (
                is_alike(words)
                and not re.search(words, "")
                and other.isascii()
                and (other.isalnum() or not other)
                and self._is_text(one, scope)
            ):
                told = self.parameter(words), self.parameter(other), string("g")
                return Cell("text", function("regexp_replace", self.text(one, scope), *told), False)
            case "STRLEN", (one,):
                return Cell("int", function("length", self.characters(one, scope)), False)
            case "CONCAT", _ if given and all(self._is_text(each, scope) for each in given):
                found = self.text(given[0], scope)
                for each in given[1:]:
                    found = exp.DPipe(this=found, expression=self.text(each, scope))
                return Cell("text", exp.Paren(this=found), sure)
            case "SUBSTR", (one, *places) if self._is_text(one, scope) and all(map(_is_place, places)):
                numbers = [number(int(place.value)) for place in places]  # type: ignore[union-attr]
                return Cell("text", function("substr", self.text(one, scope), *numbers), sure)
        return None

    def _integer(self, node: Call, scope: Scope) -> Cell:
        """Return the cell of a cast of plain text to xsd:integer (17.1); of many digits, the embedded engine's."""
        text = self.text(node.arguments[0], scope)
        digits = function("regexp_full_match", text, string("[+-]?[0-9]{1,17}"))
        other = function("substr", self._elsewhere(node, scope), number(len(INTEGER) + 1))
        cast = [exp.TryCast(this=value, to=exp.DataType.build("BIGINT")) for value in (text, other)]
        return Cell("int", chosen((digits, cast[0]), default=cast[1]), False)

    def _computed(self, operator: str, given: tuple[Expression, ...], scope: Scope) -> Sql:
        """Return the SQL of arithmetic on whole numbers; one that is too large is an error (17.4.1, XPath 4.2)."""
        kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[operator]
        found = self.cell(given[0], scope).sql.copy()
        for each in given[1:]:
            found = exp.Paren(this=kind(this=found, expression=self.cell(each, scope).sql.copy()))
        return function("try", found)

    def _if(self, condition: Sql, one: Expression, other: Expression, scope: Scope) -> Cell:
        cells = [self.cell(each, scope) for each in (one, other)]
        kinds = {cell.kind for cell in cells}
        kind = kinds.pop() if len(kinds) == 1 else "term"
        values = [
            cell.sql if cell.kind == kind else self.term(each, scope)
            for cell, each in zip(cells, (one, other), strict=True)
        ]
        return Cell(kind, chosen((condition, values[0]), (negated(condition), values[1])), False)

    def _coalesce(self, given: tuple[Expression, ...], scope: Scope) -> Cell:
        cells = [self.cell(each, scope) for each in given]
        kinds = {cell.kind for cell in cells if not isinstance(cell.sql, exp.Null)}
        if not cells or not kinds:
            return _NOTHING
        kind = kinds.pop() if len(kinds) == 1 else "term"
        values = [
            cell.sql.copy() if cell.kind == kind else self.term(each, scope)
            for cell, each in zip(cells, given, strict=True)
            if not isinstance(cell.sql, exp.Null)
        ]
        sure = any(cell.sure for cell in cells)
        return Cell(kind, exp.Coalesce(this=values[0], expressions=values[1:]), sure)

    def is_sure(self, node: Expression, scope: Scope) -> bool:
        """Return whether an expression can give no error, as far as that is seen without translating it."""
        if isinstance(node, Variable):
            return scope.cell(node.name).sure
        return isinstance(node, (Iri, Literal, Exists)) or self.cell(node, scope).sure

    def _is_text(self, node: Expression, scope: Scope) -> bool:
        """Return whether an expression is a plain literal or an error."""
        if isinstance(node, (Variable, Literal)):
            return self.cell(node, scope).kind == "text"
        return isinstance(node, Call) and self.cell(node, scope).kind == "text"

    def equal(self, one: Expression, other: Expression, scope: Scope) -> Sql:
        """Return whether two values are equal (17.4.1.7 and the operators above it)."""
        here, there = self.cell(one, scope), self.cell(other, scope)
        if here.kind == there.kind and here.kind in ("text", "int", "flag"):
            return same(here.sql, there.sql)
        if here.kind == there.kind == "id":
            if isinstance(one, Iri) or isinstance(other, Iri):
                return same(here.sql, there.sql)
            value = function("cc_equal", self.plain(one, scope), self.plain(other, scope))
            return chosen((exp.Or(this=missing(here.sql), expression=missing(there.sql)), exp.Null()), default=value)
        return function("cc_equal", self.plain(one, scope), self.plain(other, scope))

    def ordered(self, operator: str, one: Expression, other: Expression, scope: Scope) -> Sql:
        """Return whether one value stands before or behind another (17.3)."""
        here, there = self.cell(one, scope), self.cell(other, scope)
        if here.kind == there.kind and here.kind in ("text", "int"):
            return exp.Paren(this=_COMPARED[operator](this=here.sql.copy(), expression=there.sql.copy()))
        terms = self.plain(one, scope), self.plain(other, scope)
        if operator in (">", ">="):
            terms = terms[::-1]
        return function("cc_less" if operator in ("<", ">") else "cc_at_most", *terms)

    def _elsewhere(self, node: Expression, scope: Scope, within: str = "({})") -> Sql:
        """Return a call of the embedded engine: with the words of the expression, and its values in their order.

        `within` is what is asked of its value.
        """
        changes, given = [], dict[str, Sql]()
        ahead: list[object] = [node]
        while ahead:
            part = ahead.pop()
            if isinstance(part, Call) and part.name == "NOW":
                changes.append((part.start - node.start, part.end - node.start, str(decoded(self.now))))
            elif isinstance(part, Call) and (part.start, part.end) not in scope.made:
                if not isinstance(part.name, Iri) and (part.name in _CHANGING or is_aggregate(part)):
                    raise Unsupported(str(part.name))
                if isinstance(part.name, Iri) and part.name.value.removeprefix(XSD) not in _CASTS:
                    raise Unsupported(f"the function {part.name.value}")
                ahead += [part.name, *part.arguments] if isinstance(part.name, Iri) else part.arguments
            elif isinstance(part, Literal):
                changes.append((part.start - node.start, part.end - node.start, str(decoded(written(part)))))
            elif isinstance(part, Iri):
                changes.append((part.start - node.start, part.end - node.start, f"<{part.value}>"))
            elif isinstance(part, (Variable, Call, Exists)):
                name = f"a{len(given)}"
                given[name] = self.term(part, scope)
                changes.append((part.start - node.start, part.end - node.start, f"?{name}"))
        words = within.format(splice(self.query.of(node), changes))
        base = [prefix.iri.value for prefix in self.query.prologue if prefix.name is None]
        asked = (f"BASE <{base[-1]}>" if base else "") + f"\n{words}"
        values = (
            exp.Array(expressions=list(given.values())) if given else exp.cast(exp.Array(expressions=[]), "VARCHAR[]")
        )
        return function("cc_embedded", self.parameter(asked), values)


def _is_place(node: Expression) -> bool:
    return (
        isinstance(node, Literal) and node.value.isascii() and node.value.isdecimal() and 0 < int(node.value) < 1 << 31
    )
