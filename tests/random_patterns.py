"""Queries at random over a small graph, such that most have rows: patterns, conditions and groups in each other."""

from __future__ import annotations

import random
from collections.abc import Callable

import pyoxigraph as ox

from cybercoop.terms.names import XSD

PREFIXES = f"PREFIX : <http://e/> PREFIX xsd: <{XSD}>\n"
_PATHS = (":p/:q", "^:p", ":p|:q", ":p+", ":p*", ":q?", "!:p", "!(:p|^:q)", "(:p/:q)+", "^(:p|:r)", ":p/^:p", ":p*/:q")
_CONSTANTS = ("1", "2.0", '"a"', '"a"@fr', ":s0", "true", '"2020-01-02"^^xsd:date', "1e0")
_VALUES = (
    "VALUES ?a { :s0 :s1 1 }",
    'VALUES (?a ?b) { (:s0 UNDEF) (UNDEF "a") (:s1 :s2) }',
    'VALUES ?c { "x y" }',
    "VALUES (?a ?d) { (UNDEF UNDEF) (:s3 :s4) }",
    "VALUES ?b { }",
)
_ONE = (
    "STR(%s)",
    "LANG(%s)",
    "DATATYPE(%s)",
    "(%s * 2)",
    "STRLEN(%s)",
    "SUBSTR(STR(%s), 2, 3)",
    'CONCAT(STR(%s), "z")',
    "UCASE(%s)",
    "xsd:integer(%s)",
    "YEAR(%s)",
    "ABS(%s)",
    "IRI(STR(%s))",
    'STRAFTER(STR(%s), "/")',
    "MD5(STR(%s))",
    "-%s",
)
_TWO = ("(%s + %s)", "COALESCE(%s, %s)", "CONCAT(%s, %s)", "sameTerm(%s, %s)", "STRDT(STR(%s), xsd:integer)")
_HOLDS = (
    "isIRI(%s)",
    "isLITERAL(%s)",
    "isBLANK(%s)",
    "isNUMERIC(%s)",
    'STRSTARTS(STR(%s), "http")',
    'CONTAINS(%s, "a")',
    'REGEX(STR(%s), "[0-9]")',
    'LANGMATCHES(LANG(%s), "*")',
    "%s",
)
_AGGREGATES = (
    "(COUNT(*) AS ?n)",
    "(COUNT(DISTINCT ?b) AS ?n) (SUM(?c) AS ?m)",
    "(MIN(?b) AS ?n) (MAX(?c) AS ?m)",
    "(AVG(?b) AS ?n)",
    "(COUNT(DISTINCT *) AS ?n)",
    "(MIN(STR(?b)) AS ?n)",
    "(COUNT(?b) + 1 AS ?n)",
)


def data() -> ox.Store:
    """A graph of sixty statements in three graphs, with literals of many kinds and two blank nodes."""
    chance, made = random.Random(5), ox.Store()
    literals = [ox.Literal("a"), ox.Literal("b", language="en"), ox.Literal("a", language="fr"), ox.Literal(1)]
    typed = {
        "2": "integer",
        "1.5": "decimal",
        "2020-01-02": "date",
        "2020": "gYear",
        "true": "boolean",
        "1e3": "double",
    }
    literals += [ox.Literal(value, datatype=ox.NamedNode(XSD + kind)) for value, kind in typed.items()]
    literals += [ox.Literal('x y"z\\'), ox.Literal("l\nm")]
    things = [*(ox.NamedNode(f"http://e/s{number}") for number in range(6)), ox.BlankNode("b1"), ox.BlankNode("b2")]
    for _ in range(60):
        value = chance.choice(things if chance.random() < 0.6 else literals)
        triple = ox.Triple(chance.choice(things), ox.NamedNode(f"http://e/{chance.choice('pqr')}"), value)
        graph = ox.NamedNode(f"http://e/g{chance.randint(1, 3)}")
        made.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
        made.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return made


class Maker:
    """Writes a query at random."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.depth, self.made = chance, 3, 0

    def of(self, *ways: Callable[[], str] | str) -> str:
        way = self.chance.choice(ways)
        return way if isinstance(way, str) else way()

    def fresh(self) -> int:
        self.made += 1
        return self.made

    def query(self) -> str:
        chance = self.chance.random()
        if chance < 0.1:
            return f"{PREFIXES}ASK {self.group()}"
        if chance < 0.2:
            return f"{PREFIXES}CONSTRUCT {{ ?a :is ?b . ?c ?b :end }} WHERE {self.group()}"
        if chance < 0.4:
            having = self.of("", "", "HAVING (COUNT(?b) > 1)")
            return f"{PREFIXES}SELECT ?a {self.of(*_AGGREGATES)} WHERE {self.group()} GROUP BY ?a {having}"
        head = self.of("*", "?a ?b", "?c ?g ?a", lambda: f"?a ({self.expression()} AS ?new)")
        distinct, values = self.of("", "", "DISTINCT"), self.of("", "", "", "VALUES ?a { :s0 :s1 }")
        return f"{PREFIXES}SELECT {distinct} {head} WHERE {self.group()} {values}"

    def group(self) -> str:
        self.depth -= 1
        parts = [self.triples()] if self.chance.random() < 0.85 or self.depth < 0 else []
        if self.depth >= 0:
            parts += [self.element() for _ in range(self.chance.choice((0, 1, 1, 2)))]
        self.depth += 1
        return "{ " + "\n".join(parts) + " }"

    def element(self) -> str:
        return self.of(
            lambda: f"OPTIONAL {self.group()}",
            lambda: f"OPTIONAL {self.group()}",
            lambda: f"FILTER({self.condition()})",
            lambda: f"FILTER({self.condition()})",
            lambda: f"MINUS {self.group()}",
            lambda: f"GRAPH {self.of('?g', '?g', ':g1', '?a', ':none')} {self.group()}",
            lambda: f"BIND({self.expression()} AS ?v{self.fresh()})",
            lambda: self.of(*_VALUES),
            lambda: f"{self.group()} UNION {self.group()}",
            self.group,
            lambda: f"{{ SELECT {self.of('DISTINCT ?a', '?a ?b', '*')} {self.group()} }}",
            lambda: f"{{ SELECT ?a (COUNT(?b) AS ?n{self.fresh()}) {self.group()} GROUP BY ?a }}",
            lambda: f"{self.triples()}",
        )

    def triples(self) -> str:
        return (
            " . ".join(f"{self.subject()} {self.verb()} {self.object()}" for _ in range(self.chance.choice((1, 1, 2))))
            + " ."
        )

    def variable(self) -> str:
        return self.of("?a", "?b", "?c", "?d")

    def subject(self) -> str:
        if self.chance.random() < 0.85:
            return self.variable()
        return self.of(":s0", ":s1", f"_:x{self.fresh()}", ":nowhere")

    def object(self) -> str:
        if self.chance.random() < 0.75:
            return self.variable()
        return self.of(":s0", ":s2", "1", '"a"', '"a"@fr', "[]", '"2020-01-02"^^xsd:date', ":nowhere")

    def verb(self) -> str:
        chance = self.chance.random()
        return self.of(":p", ":q", ":r") if chance < 0.55 else self.variable() if chance < 0.65 else self.of(*_PATHS)

    def condition(self) -> str:
        e, c = self.expression, self.condition
        if self.depth < -1:
            return f"BOUND({self.variable()})"
        self.depth -= 1
        found = self.of(
            lambda: f"BOUND({self.variable()})",
            lambda: f"!BOUND({self.variable()})",
            lambda: f"{e()} {self.of('=', '!=', '<', '>', '<=', '>=')} {e()}",
            lambda: f"{e()} {self.of('=', '!=', '<', '>', '<=', '>=')} {e()}",
            lambda: f"EXISTS {self.group()}",
            lambda: f"NOT EXISTS {self.group()}",
            lambda: f"{c()} {self.of('||', '&&')} {c()}",
            lambda: f"!({c()})",
            lambda: f"{e()} IN ({e()}, {e()})",
            lambda: f"{e()} NOT IN ({e()})",
            lambda: self.of(*_HOLDS) % e(),
        )
        self.depth += 1
        return found

    def expression(self) -> str:
        if self.depth < -1:
            return self.variable()
        self.depth -= 1
        e = self.expression
        found = self.of(
            self.variable,
            self.variable,
            self.variable,
            lambda: self.of(*_CONSTANTS),
            lambda: self.of(*_ONE) % e(),
            lambda: self.of(*_ONE) % e(),
            lambda: (two := self.of(*_TWO)) % ((e(), e()) if two.count("%s") > 1 else e()),
            lambda: f"IF({self.condition()}, {e()}, {e()})",
        )
        self.depth += 1
        return found
