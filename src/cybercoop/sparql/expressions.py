"""The terms, property paths and expressions of SPARQL 1.1 Query, as they stand in its groups and clauses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from cybercoop.sparql.tokens import Tokens
from cybercoop.sparql.tree import AGGREGATES, Blank, Call, Exists, Expression, Group, Iri, Literal, Path, Term, Variable
from cybercoop.terms.names import RDF, XSD

_COUNTS = {
    (0, 0): "NOW RAND STRUUID UUID",
    (0, 1): "BNODE",
    (1, 1): "ABS BOUND CEIL DATATYPE DAY ENCODE_FOR_URI FLOOR HOURS IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG"
    " LCASE MD5 MINUTES MONTH ROUND SECONDS SHA1 SHA256 SHA384 SHA512 STR STRLEN TIMEZONE TZ UCASE URI YEAR",
    (2, 2): "CONTAINS LANGMATCHES SAMETERM STRAFTER STRBEFORE STRDT STRENDS STRLANG STRSTARTS",
    (2, 3): "REGEX SUBSTR",
    (3, 3): "IF",
    (3, 4): "REPLACE",
    (0, 1 << 30): "COALESCE CONCAT",
}
_BUILT_IN = {name: counts for counts, names in _COUNTS.items() for name in names.split()}
"""How many arguments a function takes, at the least and at the most."""
_CALLED = {*_BUILT_IN, *AGGREGATES, "EXISTS", "NOT"}
_COMPARES, _TIMES = 3, 5
_POWER = dict.fromkeys(("=", "!=", "<", ">", "<=", ">=", "IN", "NOT"), _COMPARES)
_POWER |= {"||": 1, "&&": 2, "+": 4, "-": 4, "*": _TIMES, "/": _TIMES}
"""How much an operator binds."""
IRIS, NAMES = frozenset({"iri", "name"}), frozenset({"iri", "name", "variable"})
_ABSOLUTE = r"[A-Za-z][A-Za-z0-9+.-]*:"
_ECHARS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}

_Part = TypeVar("_Part")


class Expressions(Tokens):
    """Reads by recursive descent; a method passes what it returns."""

    def __init__(self, text: str, prefixes: Mapping[str, str]) -> None:
        self.prefixes, self.base = dict(prefixes), ""
        super().__init__(text)

    def group(self) -> Group:
        """Return a group, which EXISTS asks for."""
        raise NotImplementedError

    def many(self, part: Callable[[], _Part], begins: Callable[[], bool]) -> tuple[_Part, ...]:
        """Return a part and all that begins as `begins` says."""
        found = [part()]
        while begins():
            found.append(part())
        return tuple(found)

    def separated(self, part: Callable[[], _Part], mark: str) -> tuple[_Part, ...]:
        """Return a part and all that follow it, each behind a mark."""
        found = [part()]
        while self.skip(mark):
            found.append(part())
        return tuple(found)

    def bracketed(self, part: Callable[[], _Part], mark: str = "") -> tuple[_Part, ...]:
        """Return what stands between brackets, which may be nothing."""
        self.take("(")
        found: list[_Part] = []
        while not self.skip(")"):
            if mark and found:
                self.take(mark)
            found.append(part())
        return tuple(found)

    # expressions

    def expression(self, least: int = 1) -> Expression:
        """Expression (110 to 117) whose operators bind at least so much; what compares is not compared again."""
        start, most, found = self.start, _TIMES, self.unary()
        while least <= (power := _POWER.get(name := self.operator(), 0)) <= most:
            arguments = [found]
            while self.operator() == name and most >= power:
                self.advance()
                if name == "NOT":
                    self.take("IN")
                arguments += (
                    self.bracketed(self.expression, ",") if name in ("IN", "NOT") else (self.expression(power + 1),)
                )
                most = power - 1 if power == _COMPARES else most
            found = Call(start, self.passed, "NOT IN" if name == "NOT" else name, tuple(arguments), False)
        return found

    def unary(self) -> Expression:
        """UnaryExpression (118)."""
        start, name = self.start, self.at
        if name != "!" and (name not in ("+", "-") or self.is_signed()):
            return self.primary()
        self.advance()
        operand = self.primary()
        return Call(start, self.passed, name, (operand,), False)

    def primary(self) -> Expression:
        """PrimaryExpression (119)."""
        if self.kind == "variable":
            return self.variable()
        if self.kind not in IRIS:
            return self.condition() if self.is_condition() else self.literal()
        iri = self.iri()
        return self.call(iri) if self.at == "(" else iri

    def is_condition(self) -> bool:
        """Return whether a condition begins here."""
        return self.at == "(" or self.kind in IRIS or self.at in _CALLED

    def condition(self) -> Expression:
        """Constraint (69): an expression in brackets, or a call."""
        start, name = self.start, self.at
        if self.skip("("):
            found = self.expression()
            self.take(")")
            return found
        if not self.is_condition():
            raise self.wrong("a condition")
        if self.kind in IRIS:
            return self.call(self.iri())
        self.advance()
        if name in AGGREGATES:
            return self.aggregate(start, name)
        if name in ("EXISTS", "NOT"):
            if name == "NOT":
                self.take("EXISTS")
            group = self.group()
            return Exists(start, self.passed, name == "NOT", group)
        arguments, (least, most) = self.bracketed(self.expression, ","), _BUILT_IN[name]
        found = Call(start, self.passed, name, arguments, False)
        if not least <= len(arguments) <= most or (name == "BOUND" and not isinstance(arguments[0], Variable)):
            count = "a variable" if name == "BOUND" else f"{least}" if least == most else f"{least} to {most}"
            raise self.wrong(f"{name} of {count}", found)
        return found

    def call(self, name: Iri) -> Call:
        """FunctionCall (70), behind the name of the function."""
        distinct, arguments = False, tuple[Expression, ...]()
        self.take("(")
        if self.at != ")":
            distinct = self.skip("DISTINCT")
            arguments = self.separated(self.expression, ",")
        self.take(")")
        return Call(name.start, self.passed, name, arguments, distinct)

    def aggregate(self, start: int, name: str) -> Call:
        """Aggregate (127), behind its name."""
        self.take("(")
        distinct = self.skip("DISTINCT")
        arguments: tuple[Expression, ...] = () if name == "COUNT" and self.skip("*") else (self.expression(),)
        if name == "GROUP_CONCAT" and self.skip(";"):
            self.take("SEPARATOR", "=")
            arguments += (self.string(),)
        self.take(")")
        return Call(start, self.passed, name, arguments, distinct)

    # terms

    def term(self) -> Term:
        """VarOrTerm (106)."""
        if self.kind == "blank":
            start, label = self.start, self.at
            self.advance()
            return Blank(start, self.passed, label)
        return self.name() if self.kind in NAMES else self.literal()

    def name(self) -> Variable | Iri:
        """VarOrIri (107)."""
        return self.variable() if self.kind == "variable" else self.iri()

    def variable(self) -> Variable:
        """Var (108)."""
        if self.kind != "variable":
            raise self.wrong("a variable")
        start, name = self.start, self.at[1:]
        self.advance()
        return Variable(start, self.passed, name)

    def iri(self) -> Iri:
        """Iri (136), with its prefix or base resolved."""
        start, value = self.start, self.at[1:-1]
        if self.kind == "name":
            prefix, _, local = self.at.partition(":")
            if prefix not in self.prefixes:
                raise self.wrong("a prefix that is declared")
            value = self.prefixes[prefix] + (re.sub(r"\\(.)", r"\1", local) if "\\" in local else local)
        elif self.kind != "iri":
            raise self.wrong("an IRI")
        elif self.base and not re.match(_ABSOLUTE, value):
            from urllib.parse import urljoin

            value = urljoin(self.base, value) + ("#" if value.endswith("#") else "")  # urljoin drops an empty fragment
        self.advance()
        return Iri(start, self.passed, value)

    def literal(self) -> Literal:
        """RDFLiteral, NumericLiteral or BooleanLiteral (129, 130, 134)."""
        start, value = self.start, self.at
        if self.kind == "string":
            return self.string(typed=True)
        if value in ("TRUE", "FALSE"):
            self.advance()
            return Literal(start, self.passed, value.lower(), "", XSD + "boolean")
        if value in ("+", "-") and self.is_signed():
            self.advance()
            value += self.at
        if self.kind != "number":
            raise self.wrong("a value")
        self.advance()
        datatype = "double" if "e" in value.lower() else "decimal" if "." in value else "integer"
        return Literal(start, self.passed, value, "", XSD + datatype)

    def string(self, *, typed: bool = False) -> Literal:
        """Return a string (135), with its language or datatype where it may have one (129)."""
        if self.kind != "string":
            raise self.wrong("a string")
        start, quotes = self.start, 3 if self.at.startswith(('"""', "'''")) else 1
        value, language, datatype = self.at[quotes:-quotes], "", XSD + "string"
        if "\\" in value:
            value = re.sub(r"\\(.)", lambda match: _ECHARS.get(match[1], match[1]), value)
        self.advance()
        if typed and self.kind == "language":
            language, datatype = self.at[1:], RDF + "langString"
            self.advance()
        elif typed and self.skip("^^"):
            datatype = self.iri().value
        return Literal(start, self.passed, value, language, datatype)

    # property paths

    def path(self) -> Iri | Path:
        """Path (88 to 90)."""
        return self.joined(lambda: self.joined(self.turn, "/"), "|")

    def joined(self, part: Callable[[], Iri | Path], mark: str) -> Iri | Path:
        """Return one part, or the path that a mark makes of several."""
        start, parts = self.start, [part()]
        while self.skip(mark):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Path(start, self.passed, mark, tuple(parts))

    def turn(self) -> Iri | Path:
        """PathEltOrInverse (91 to 94)."""
        start, inverse, first = self.start, self.skip("^"), self.start
        if self.skip("!"):
            parts = self.bracketed(self.left_out, "|") if self.at == "(" else (self.left_out(),)
            found: Iri | Path = Path(first, self.passed, "!", parts)
        elif self.skip("("):
            found = self.path()
            self.take(")")
        else:
            found = self.step()
        if self.at in ("?", "*") or (self.at == "+" and not self.is_signed()):
            kind = self.at
            self.advance()
            found = Path(first, self.passed, kind, (found,))
        return Path(start, self.passed, "^", (found,)) if inverse else found

    def left_out(self) -> Iri | Path:
        """PathOneInPropertySet (96)."""
        start, inverse = self.start, self.skip("^")
        step = self.step()
        return Path(start, self.passed, "^", (step,)) if inverse else step

    def step(self) -> Iri:
        """Return an IRI or `a`."""
        start = self.start
        return Iri(start, self.passed, RDF + "type") if self.skip("a") else self.iri()
