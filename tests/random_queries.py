"""SPARQL queries at random, with everything that the grammar of SPARQL 1.1 Query has."""

from __future__ import annotations

import random
import re
from typing import Any

ONE = """
    STR LANG DATATYPE IRI URI ABS CEIL FLOOR ROUND STRLEN UCASE LCASE ENCODE_FOR_URI YEAR MONTH DAY HOURS MINUTES
    SECONDS TIMEZONE TZ MD5 SHA1 SHA256 SHA384 SHA512 isIRI isURI isBLANK isLITERAL isNUMERIC
"""
TWO = "LANGMATCHES CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLANG STRDT sameTerm"
_PIECE = re.compile(
    r"""<[^<>\s]*>|\"{3}.*?\"{3}|"(?:[^"\\]|\\.)*"|'[^']*'|[?$:_@]*[\w.:%-]+|\^\^|&&|\|\||[!<>]=|\S""", re.DOTALL
)


class Maker:
    """Writes queries at random, with everything that the grammar has."""

    def __init__(self, chance: random.Random, depth: int = 3) -> None:
        self.chance, self.depth, self.made = chance, depth, 0

    def one(self, *ways: Any) -> str:
        """One of several texts, or of what makes them; what is deep inside takes the first."""
        way = ways[0] if self.depth <= 0 else self.chance.choice(ways)
        if isinstance(way, str):
            return way
        self.depth -= 1
        found: str = way()
        self.depth += 1
        return found

    def maybe(self, way: Any) -> str:
        return self.one("", way)

    def some(self, way: Any, between: str = " ", least: int = 1) -> str:
        return between.join(self.one(way, way) for _ in range(self.chance.randint(least, 3)))

    def fresh(self) -> str:
        self.made += 1
        return f"?made{self.made}"

    def label(self) -> str:
        """A blank node of its own: rdflib does not look where labels come again."""
        return "_:" + self.fresh()[1:]

    def query(self) -> str:
        prologue = self.one(
            "",
            "BASE <http://example.org/base/>\n",
            "PREFIX : <http://example.org/> prefix d: <#>\n",
            "BASE <http://b/c> PREFIX : <#> prefix d: <../#>\n",
            "# a comment\n",
        )
        if "PREFIX" not in prologue:
            prologue += "PREFIX : <http://example.org/ns#> PREFIX d: <http://example.org/d/>\n"
        form = self.chance.choice((self.select, self.select, self.construct, self.describe, self.ask))
        return prologue + form()

    def select(self) -> str:
        if self.chance.random() < 0.3:
            head = self.some(lambda: self.one("?g", f"({self.aggregate()} AS {self.fresh()})"))
            grouping = "GROUP BY ?g " + self.one("", "?x", "STR(?x)", "(?x + 1)", f"(?x AS {self.fresh()})", ":f(?x)")
            having = self.maybe(lambda: f"HAVING {self.some(self.constraint)}")
            return f"SELECT {head} {self.datasets()} WHERE {self.group()} {grouping} {having} {self.tail()}"
        head = self.one(
            "*", lambda: self.some(lambda: self.one("?x", "$y", f"({self.expression()} AS {self.fresh()})"))
        )
        modifier, word = self.one("", "DISTINCT", "reduced"), self.one("WHERE", "", "where")
        return f"SELECT {modifier} {head} {self.datasets()} {word}{self.group()} {self.tail()}"

    def datasets(self) -> str:
        return self.one("", "", "FROM :g", "FROM <x> FROM NAMED d:h")

    def subselect(self) -> str:
        head = self.one("*", "?x ?z", f"({self.expression()} AS {self.fresh()})")
        return f"{{ SELECT {head} {self.group()} {self.tail()} }}"

    def construct(self) -> str:
        if self.chance.random() < 0.3:
            return f"CONSTRUCT {self.datasets()} WHERE {{ {self.triples(False)} }} {self.tail()}"
        template = self.one("", lambda: self.triples(False))
        return f"CONSTRUCT {{ {template} }} {self.datasets()} WHERE {self.group()} {self.tail()}"

    def describe(self) -> str:
        return f"DESCRIBE {self.one('*', ':a ?x', '<y>')} {self.datasets()} {self.maybe(self.group)} {self.tail()}"

    def ask(self) -> str:
        return f"ASK {self.datasets()} {self.group()} {self.tail()}"

    def tail(self) -> str:
        order = self.maybe(
            lambda: (
                "ORDER BY "
                + self.some(lambda: self.one("?x", f"DESC({self.expression()})", "asc ( ?y )", self.constraint()))
            )
        )
        cut = self.one("", "", "LIMIT 5", "OFFSET 2 LIMIT 07", "LIMIT 0 OFFSET 1")
        return f"{order} {cut} {self.one('', '', self.values())}"

    def values(self) -> str:
        value = lambda: self.one(":a", "1", "UNDEF", '"x"@en', "-2.5e0", "true", "'y'^^:t", "<z>", "undef")  # noqa: E731
        return self.one(
            f"VALUES {self.fresh()} {{ {value()} {value()} }}",
            f"VALUES ({self.fresh()} {self.fresh()}) {{ ({value()} {value()}) ({value()} {value()}) }}",
            f"VALUES ({self.fresh()}) {{ }}",
            f"values ({self.fresh()}) {{ ({value()}) }}",
        )

    def group(self) -> str:
        if self.chance.random() < 0.1:
            return self.subselect()
        parts = [self.one(self.element, self.element) for _ in range(self.chance.randint(0, 3))]
        if self.chance.random() < 0.7:
            parts.insert(0, self.triples(True) + " .")
        return "{ " + "\n".join(parts) + self.one(" ", " ?last ?p ?o ", " ?last :p ?o . ") + "}"

    def element(self) -> str:
        dot = self.one("", "", " .")
        return dot.join(
            (
                self.one(
                    "FILTER(?x)",
                    lambda: f"FILTER {self.constraint()}",
                    lambda: f"OPTIONAL {self.group()}",
                    lambda: f"MINUS {self.group()}",
                    lambda: f"GRAPH {self.one('?g', ':g')} {self.group()}",
                    lambda: f"BIND({self.expression()} AS {self.fresh()})",
                    lambda: " UNION ".join(self.group() for _ in range(self.chance.randint(1, 3))),
                    self.values,
                ),
                "",
            )
        )

    def triples(self, paths: bool) -> str:
        return " . ".join(self.subject(paths) for _ in range(self.chance.randint(1, 3)))

    def subject(self, paths: bool) -> str:
        if self.depth > 0 and self.chance.random() < 0.1:
            return self.one(f"[ {self.properties(paths)} ]", f"({self.object(paths)})")
        return (
            f"{self.one('?x', ':s', '[]', self.label(), '()', '<s>', '1', self.object(paths))} {self.properties(paths)}"
        )

    def properties(self, paths: bool) -> str:
        pairs = [
            f"{self.verb(paths)} {' , '.join(self.object(paths) for _ in range(self.chance.choice((1, 1, 2))))}"
            for _ in range(self.chance.choice((1, 1, 2)))
        ]
        return " ; ".join(pairs) + self.one("", "", " ;")

    def verb(self, paths: bool) -> str:
        return self.one("a", "?p", ":p", "<p>", *((self.path, self.path) if paths else ()))

    def path(self) -> str:
        return self.one(
            ":p",
            "a",
            lambda: f"{self.path()}/{self.path()}",
            lambda: f"{self.path()}|{self.path()}",
            lambda: f"({self.path()}){self.one('', '*', '+', '?')}",
            lambda: f"^({self.path()})",
            lambda: f":q{self.one('*', '+', '?')}",
            lambda: self.one("!:p", "!(:p|a)", "!a", "!()", "^:r", "^a"),
        )

    def object(self, paths: bool) -> str:
        return self.one(
            "?y",
            ":o",
            '"text"',
            "'it'@en-GB",
            '"""a "long" one"""',
            r'"\t\"\\"',
            "1",
            "-2.5e0",
            "1.0e6",
            "+3",
            ".5",
            "true",
            "'1'^^:d",
            '"x"^^<y>',
            "[]",
            "()",
            "d:",
            ":a.b",
            self.label(),
            "False",
            "$v",
            ":x%20",
            lambda: f"[ {self.properties(paths)} ]",
            lambda: f"( {self.some(lambda: self.object(paths))} )",
        )

    def constraint(self) -> str:
        return self.one("(?x)", lambda: f"({self.expression()})", self.call, self.exists, f":f({self.arguments()})")

    def exists(self) -> str:
        return self.one("EXISTS ", "NOT EXISTS ", "not exists") + self.group()

    def arguments(self) -> str:
        return self.one("", lambda: self.some(self.expression, ", "), lambda: f"DISTINCT {self.expression()}")

    def call(self) -> str:
        e = self.expression
        return self.one(
            "BOUND(?x)",
            lambda: f"{self.chance.choice(ONE.split())}({e()})",
            lambda: f"{self.chance.choice(TWO.split())}({e()}, {e()})",
            lambda: f"IF({e()}, {e()}, {e()})",
            lambda: f"{self.one('COALESCE', 'concat')}({self.some(e, ', ')})",
            lambda: f"REGEX({e()}, {e()}{self.one('', ', ' + e())})",
            lambda: f"SUBSTR({e()}, {e()}{self.one('', ', ' + e())})",
            lambda: f"REPLACE({e()}, {e()}, {e()}{self.one('', ', ' + e())})",
            lambda: self.one("RAND()", "NOW()", "UUID()", "STRUUID( )", "BNODE()", f"BNODE({e()})"),
        )

    def aggregate(self) -> str:
        inner = f"{self.one('', 'DISTINCT ')}{self.one('?x', self.call)}"
        return self.one(
            "COUNT(*)",
            f"COUNT({inner})",
            "count(distinct *)",
            f"SUM({inner})",
            f"avg({inner})",
            f"MIN({inner})",
            f"MAX({inner})",
            f"SAMPLE({inner})",
            f"GROUP_CONCAT({inner})",
            f"GROUP_CONCAT({inner} ; SEPARATOR = ', ')",
        )

    def expression(self) -> str:
        e = self.expression
        operators = ("||", "&&", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", " -", "- ")
        return self.one(
            "?x",
            "1",
            ":a",
            '"s"@en',
            "<i>",
            "-1",
            "true",
            "?made",
            lambda: f"{e()}{self.one(' ', '')}{self.chance.choice(operators)}{self.one(' ', '')}{e()}",
            lambda: f"({e()}) {self.chance.choice(operators)} ({e()})",
            lambda: f"?x {self.one('IN', 'NOT IN', 'not in')} ({self.one('', e, lambda: self.some(e, ', '))})",
            lambda: f"{self.one('!', '-', '+', '! ')}{self.one('?x', self.call, '(?y)', '2')}",
            self.call,
            self.exists,
            lambda: f":f({self.arguments()})",
        )


def broken(text: str, chance: random.Random) -> str:
    """A query of which one piece is left out, said twice, or put in place of another."""
    pieces = list(_PIECE.finditer(text))
    here, there = chance.choice(pieces), chance.choice(pieces)
    instead = chance.choice(("", f"{here[0]} {here[0]}", there[0]))
    return f"{text[: here.start()]}{instead}{text[here.end() :]}"
