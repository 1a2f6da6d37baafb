"""The grammar of SPARQL: what it accepts and how it reads it, judged by rdflib's parser and the W3C syntax tests."""

from __future__ import annotations

import ast
import functools
import os
import random
import re
import runpy
import tarfile
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path as File
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyparsing import ParseBaseException
from rdflib.plugins.sparql import algebra, parser
from rdflib.plugins.sparql.parserutils import CompValue

from cybercoop.graph import Graph as Opened
from cybercoop.problems.problem import Refusal
from cybercoop.sparql import tree
from cybercoop.sparql.grammar import UPDATES, parse, prefixes_of
from cybercoop.sparql.question import Question
from cybercoop.sparql.tokens import MAX_DEPTH, IsUpdate, Malformed, TooDeep
from cybercoop.terms.names import PREFIXES, RDF, XSD

ROOT = File(__file__).parent.parent
W3C = ROOT.parent / "shared" / "w3c" / "sparql11-tests.tar.gz"
RANDOM = runpy.run_path(str(ROOT / "tests" / "random_queries.py"))
Maker, broken = RANDOM["Maker"], RANDOM["broken"]
WRITTEN_OUT = runpy.run_path(str(ROOT / "bench" / "hostile.py"))["written_out"]
HOSTILE = ROOT / "tests" / "hostile"
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
NUMBERS = {XSD + name for name in ("decimal", "double", "integer")}

Form = Any
"""A normal form: nested tuples of texts, the same for both readings."""


class Normal:
    """Normal forms, in which blank nodes are numbered by their first mention and numbers are their values."""

    def __init__(self) -> None:
        self.blanks: dict[str, str] = {}

    def blank(self, label: str) -> Form:
        return self.blanks.setdefault(label, f"_:{len(self.blanks)}")

    def literal(self, value: str, language: str | None, datatype: str) -> Form:
        number = float(Decimal(value)) if datatype in NUMBERS else value
        return number, (language or "").lower(), datatype

    def signed(self, sign: str, number: Form) -> Form:
        """A sign before a number, which is part of it or an operator: both mean the same."""
        return (-number[0] if sign == "-" else number[0], *number[1:])

    def group(self, elements: list[Form]) -> Form:
        """A group, in which triples that follow each other are one block, however they are written."""
        found: list[Form] = []
        for element in elements:
            if found and element[0] == found[-1][0] == "triples":
                found[-1] = ("triples", *found[-1][1:], *element[1:])
            elif element != ("triples",):
                found.append(element)
        return ("group", *found)


class Ours(Normal):
    """The normal form of our tree."""

    def query(self, query: tree.Query) -> Form:
        return (
            query.form,
            query.modifier,
            self.all(query.columns),
            self.of(query.template if query.template and query.template.elements else None),
            tuple((each.named, self.of(each.graph)) for each in query.datasets),
            self.of(query.where),
            *(self.all(clause.parts) for clause in (query.grouped, query.having)),
            tuple((each.descending, self.of(each.expression)) for each in query.order.parts),
            *(self.all(clause.parts) for clause in (query.limit, query.offset)),
            self.of(query.values),
        )

    def all(self, nodes: tuple[Any, ...]) -> Form:
        return tuple(map(self.of, nodes))

    def of(self, node: Any) -> Form:
        match node:
            case None:
                return None
            case tree.Variable():
                return f"?{node.name}"
            case tree.Iri():
                return f"<{node.value}>"
            case tree.Literal():
                return self.literal(node.value, node.language, node.datatype)
            case tree.Blank():
                return self.blank(node.label)
            case tree.Path():
                return (node.kind, *self.all(node.parts))
            case tree.Triples():
                return "triples", *((self.of(t.subject), self.of(t.path), self.of(t.object)) for t in node.triples)
            case tree.Group():
                is_select = isinstance(node.elements[0] if node.elements else None, tree.Query)
                return self.of(node.elements[0]) if is_select else self.group(list(self.all(node.elements)))
            case tree.Query():
                return self.query(node)
            case tree.Call(name="+" | "-" | "*" | "/", arguments=(_, _, *_)):
                return self.chain(node)
            case tree.Call(name="+" | "-", arguments=(tree.Literal() as number,)) if number.datatype in NUMBERS:
                return self.signed(str(node.name), self.of(number))
            case tree.Call():
                name = node.name if isinstance(node.name, str) else self.of(node.name)
                return name, node.distinct, *self.all(node.arguments)
            case tree.Exists():
                return "NOTEXISTS" if node.negated else "EXISTS", False, self.of(node.group)
            case tree.Values():
                return "values", self.all(node.variables), tuple(self.all(row) for row in node.rows)
            case tree.Graph() | tree.Service():
                return type(node).__name__, self.of(node.name), self.of(node.group)
            case tree.Union():
                return "Union", *self.all(node.groups)
            case _:
                return type(node).__name__, *self.all(node[2:])

    def chain(self, node: tree.Call) -> Form:
        """Sums and products from left to right, as one."""
        first, *others = self.all(node.arguments)
        kind, inner = SUMS[str(node.name)], node.arguments[0]
        is_open = isinstance(inner, tree.Call) and inner.start == node.start and first[0] == kind
        before = first if is_open else (kind, first)
        return (*before, *((node.name, other) for other in others))


SUMS = {"+": "sum", "-": "sum", "*": "product", "/": "product"}


class Theirs(Normal):
    """The normal form of what rdflib's parser gives, its names resolved."""

    def query(self, found: CompValue) -> Form:
        kind = found.name.removesuffix("Query").removeprefix("Sub").upper()
        parts = dict(found)
        clause = {name: parts.get(name, {}).get("condition", []) for name in ("groupby", "having", "orderby")}
        cut = parts.get("limitoffset", {})
        columns = [self.of(each) for each in parts.get("projection", parts.get("var", []))]
        return (
            kind,
            parts.get("modifier", ""),
            tuple(columns),
            self.block(parts["template"]) if "template" in parts else None,
            tuple(
                (name == "named", self.of(iri))
                for each in parts.get("datasetClause", [])
                for name, iri in dict(each).items()
            ),
            self.of(parts.get("where")) if "where" in parts else ("group",) if kind == "CONSTRUCT" else None,
            self.all(clause["groupby"]),
            self.all(clause["having"]),
            tuple((each.get("order") == "DESC", self.of(dict(each)["expr"])) for each in clause["orderby"]),
            *((self.of(cut[name]),) if name in cut else () for name in ("limit", "offset")),
            self.of(parts.get("valuesClause")),
        )

    def all(self, nodes: Any) -> Form:
        return () if nodes == rdflib.RDF.nil else tuple(map(self.of, nodes))

    def block(self, blocks: Any) -> Form:
        triples = [
            tuple(self.of(term) for term in block[place : place + 3])
            for block in blocks
            for place in range(0, len(block), 3)
        ]
        return ("group", ("triples", *triples)) if triples else ("group",)

    def of(self, node: Any) -> Form:
        if isinstance(node, CompValue):
            return self.part(node.name, dict(node))
        match node:
            case None | "UNDEF":
                return None
            case rdflib.Variable():
                return f"?{node}"
            case rdflib.URIRef():
                return f"<{node}>"
            case rdflib.BNode():
                return self.blank(str(node))
            case rdflib.Literal():
                datatype = RDF + "langString" if node.language else str(node.datatype or XSD + "string")
                return self.literal(str(node), node.language, datatype)
        raise AssertionError(node)

    def part(self, name: str, parts: dict[str, Any]) -> Form:
        match name:
            case "vars" | "GroupAs" | "Bind":
                expression = self.of(parts["expr"]) if "expr" in parts else None
                variable = parts.get("evar", parts.get("var"))
                return (
                    expression
                    if variable is None
                    else ("Bind", expression, self.of(variable))
                    if expression
                    else self.of(variable)
                )
            case "SubSelect" | "SelectQuery":
                return self.query(CompValue(name, **parts))
            case "GroupGraphPatternSub" | "FakeGroupGraphPatten":
                return self.group(list(self.all(parts.get("part", []))))
            case "TriplesBlock":
                return self.block(parts["triples"])[1]
            case "GroupOrUnionGraphPattern":
                groups = self.all(parts["graph"])
                return groups[0] if len(groups) == 1 else ("Union", *groups)
            case "OptionalGraphPattern" | "MinusGraphPattern":
                return name.removesuffix("GraphPattern"), self.of(parts["graph"])
            case "GraphGraphPattern" | "ServiceGraphPattern":
                return name.removesuffix("GraphPattern"), self.of(parts["term"]), self.of(parts["graph"])
            case "InlineData" | "ValuesClause":
                variables = self.all(parts.get("var", []))
                is_row = len(variables) != 1 or any(isinstance(row, list) for row in parts.get("value", []))
                rows = (row if isinstance(row, list) else [row] for row in parts.get("value", []))
                return (
                    "values",
                    variables,
                    tuple(() if is_row and row == [rdflib.RDF.nil] else self.all(row) for row in rows),
                )
            case "Filter":
                return "Filter", self.of(parts["expr"])
            case "PathAlternative" | "PathSequence":
                ways = self.all(parts["part"])
                return ways[0] if len(ways) == 1 else ("|" if name == "PathAlternative" else "/", *ways)
            case "PathElt":
                return (parts["mod"], self.of(parts["part"])) if "mod" in parts else self.of(parts["part"])
            case "PathEltOrInverse":
                return "^", self.of(parts["part"])
            case "PathNegatedPropertySet":
                return ("!", *self.all(parts.get("part", [])))
            case "InversePath":
                return ("^", "lost")
            case "Builtin_EXISTS" | "Builtin_NOTEXISTS":
                return name.removeprefix("Builtin_"), False, self.of(parts["graph"])
            case "Function":
                return self.of(parts["iri"]), bool(parts.get("distinct")), *self.all(parts.get("expr", []))
            case "UnaryNot":
                return "!", False, self.of(parts["expr"])
            case "UnaryPlus" | "UnaryMinus":
                sign, operand = "+" if name == "UnaryPlus" else "-", self.of(parts["expr"])
                return self.signed(sign, operand) if isinstance(operand[0], float) else (sign, False, operand)
        if name.startswith("Aggregate_"):
            name = {"GroupConcat": "GROUP_CONCAT"}.get(name[10:], name[10:].upper())
            arguments = [self.of(parts[key]) for key in ("vars", "separator") if parts.get(key, "*") != "*"]
            return name, bool(parts.get("distinct")), *arguments
        if name.startswith("Builtin_"):
            arguments = [
                self.all(value) if isinstance(value, list) or value == rdflib.RDF.nil else (self.of(value),)
                for value in parts.values()
            ]
            return name[8:].upper(), False, *(argument for some in arguments for argument in some)
        return self.operation(name, self.of(parts["expr"]), parts)

    def operation(self, name: str, first: Form, parts: dict[str, Any]) -> Form:
        if "other" not in parts:
            return first
        if name == "RelationalExpression":
            operator = str(parts["op"])
            others = self.all(parts["other"]) if operator.endswith("IN") else (self.of(parts["other"]),)
            return operator, False, first, *others
        others = self.all(parts["other"])
        if name in ("ConditionalOrExpression", "ConditionalAndExpression"):
            return "||" if "Or" in name else "&&", False, first, *others
        return SUMS[parts["op"][0]], first, *zip(map(str, parts["op"]), others, strict=True)


def theirs(text: str) -> Form:
    """The normal form of a query as rdflib reads it; raises whatever rdflib raises for what it refuses."""
    prologue, query = parser.parseQuery(text)
    known = algebra.translatePrologue(prologue, None, PREFIXES)
    query = algebra.traverse(query, visitPost=functools.partial(algebra.translatePName, prologue=known))
    return Theirs().query(query)


def ours(text: str) -> Form:
    return Ours().query(parse(text, PREFIXES))


DEVIATIONS = {
    "rdflib does not look which columns a GROUP BY leaves (18.2.4.1)": (
        "agg08 agg09 agg10 agg11 agg12 group06 group07 syn-bad-01 syn-bad-02"
    ),
    "rdflib does not look whether AS and BIND name a variable anew (18.2.1)": (
        "syn-bad-03 syntax-BINDscope6 syntax-BINDscope7 syntax-BINDscope8 syntax-SELECTscope2"
    ),
    "rdflib does not count the values of a row (10.2.2)": "syn-bad-values-too-few syn-bad-values-too-many",
    "rdflib takes a surrogate for a character (19.2)": "syn-invalid-codepoint-escaped-bad-01",
    "rdflib keeps the backslash of an escaped local name (4.1.1)": "syn-pname-05 syn-pname-06 syn-pname-07",
    "rdflib loses the property behind ^ in a negated set (9.1)": (
        "nps_inverse nps_a_inverse nps_direct_and_inverse path-negated-and-repeated"
    ),
    "rdflib knows no carriage return as the end of a comment (19.4)": "service-behind-a-carriage-return",
    "rdflib reads ſ as a capital S in a keyword (19.8, note 1)": "service-with-a-long-s",
    "rdflib meets the limit of Python's recursion": (
        "service03 service06 arithmetic-deep-in-bounds groups-nested-in-bounds lists-nested-in-bounds"
        " variables-by-the-thousand"
    ),
}
"""Where rdflib reads another query than the specification says, and the texts that show it.

It also refuses `-2.5` (it negates no decimal), and reads `:p?o` as a path and what follows it, and `PREFIX:` as two
tokens: no query here is written so.
"""
KNOWN = {name for names in DEVIATIONS.values() for name in names.split()}
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ", "120")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""FUZZ=10000 tries so many queries."""
BROKEN = {
    r"^line .* a variable without a value": "rdflib does not look whether AS and BIND name a variable anew (18.2.1)",
    r"^line .* a blank node that no other group": "rdflib does not look where labels come again (5.1.1)",
    r"^line .* a row of": "rdflib does not count the values of a row (10.2.2)",
    r"^line .* “\.” stands where a pattern": "rdflib reads any number of dots in CONSTRUCT WHERE (rule 52)",
    r"^line .* an aggregate, or a variable of GROUP BY": "rdflib does not look which columns it leaves (18.2.4.1)",
    r"^line .*: “\.[0-9]": "rdflib takes the dot of a number for the end of a triple (19.8, note 3: the longest match)",
    r"\^\^\s": "rdflib wants no space behind ^^ (rule 129)",
    r"\s[*+][\s?$+-]|\s\?\s": "rdflib wants no space before the sign of a path (rule 93)",
    r"(?i)PREFIX \w*: (<[^>]*>) PREFIX \w*: \1": "rdflib forgets the first of two prefixes for one IRI (4.1.1)",
}
"""What rdflib makes of queries that are broken, by what is then seen in our error or in the text."""


def reading(read: Callable[[str], Form], text: str) -> Form:
    """A normal form, or the error of what refuses a query."""
    try:
        return read(text)
    except (ValueError, ParseBaseException, RecursionError) as error:
        return error
    except Exception as error:  # rdflib raises no class of its own for a prefix that is not declared
        assert str(error).startswith("Unknown namespace prefix"), error
        return error


def agrees(text: str) -> bool:
    """Whether both refuse a query, or both read the same."""
    mine, other = reading(ours, text), reading(theirs, text)
    return (isinstance(mine, Exception) and isinstance(other, Exception)) or mine == other


def written() -> dict[str, str]:
    """Every query that stands in a file of ours, by its name; those that mean harm, where rdflib can read so much."""
    folders = (ROOT / "queries", ROOT / "bench" / "free_queries", HOSTILE)
    texts = {path.stem: WRITTEN_OUT(path, 1) for folder in folders for path in sorted(folder.glob("*.rq"))}
    return {name: text for name, text in texts.items() if len(text) < 20_000}


WRITTEN = written()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_query_of_ours_is_read_as_rdflib_reads_it(name: str) -> None:
    """Questions, free queries and those that mean harm: the same prologue, groups, paths, filters and modifiers."""
    assert agrees(WRITTEN[name]) == (name not in KNOWN)


def test_every_rule_is_read_as_rdflib_reads_it(graph: Opened) -> None:
    """The SELECT of each rule in `shapes/`, too."""
    rules = [shape.select or "" for shape in graph.workspace.shapes.selects]
    assert len(rules) > 20
    assert [text for text in rules if not agrees(text) or isinstance(reading(ours, text), Exception)] == []


@cache
def suite() -> dict[str, bytes]:
    """The files of the W3C suite by their path; none where it is not beside this checkout."""
    if not W3C.is_file():
        pytest.skip("the W3C suite (../shared/w3c) is not beside this checkout")
    with tarfile.open(W3C) as archive:
        members = [(member.name.partition("sparql11/")[2], archive.extractfile(member)) for member in archive]
        return {name: member.read() for name, member in members if member}


def test_the_w3c_syntax_tests() -> None:
    """What the W3C calls a query is one, and what it calls none is refused."""
    tests: dict[str, dict[str, str]] = {}
    for name, content in suite().items():
        if name.endswith("/manifest.ttl"):
            base = f"test:///{name.removesuffix('manifest.ttl')}"
            for quad in ox.parse(content, format=ox.RdfFormat.TURTLE, base_iri=base):
                tests.setdefault(str(quad.subject), {})[quad.predicate.value] = getattr(quad.object, "value", "")
    wrong, tried = [], 0
    for facts in tests.values():
        kind = facts.get(RDF + "type", "").removeprefix(MANIFEST)
        if kind in ("PositiveSyntaxTest11", "NegativeSyntaxTest11"):
            path = facts[MANIFEST + "action"].removeprefix("test:///")
            refused = isinstance(reading(ours, suite()[path].decode()), Exception)
            wrong += [path] if refused != kind.startswith("Negative") else []
            tried += 1
    assert wrong == []
    assert tried > 100


def test_the_queries_of_the_w3c_are_read_as_rdflib_reads_them() -> None:
    """All but those that DEVIATIONS names."""
    texts = {File(name).stem: content.decode() for name, content in suite().items() if name.endswith(".rq")}
    assert len(texts) > 350
    assert {name for name, text in texts.items() if not agrees(text)} == KNOWN & texts.keys()


@FUZZ
@given(st.integers(0, 2**64))
def test_random_queries_are_read_as_rdflib_reads_them(seed: int) -> None:
    """A query with anything that the grammar has gives the same normal form."""
    assert agrees(Maker(random.Random(seed), 4).query())


@FUZZ
@given(st.integers(0, 2**64))
def test_broken_queries_are_refused_as_rdflib_refuses_them(seed: int) -> None:
    """A query with one piece left out, doubled or replaced is read by both or by none."""
    chance = random.Random(seed)
    text = broken(Maker(chance, 3).query(), chance)
    assert agrees(text) or any(re.search(sign, f"{reading(ours, text)}\n{text}") for sign in BROKEN), text


@FUZZ
@given(st.integers(0, 2**64))
def test_spans(seed: int) -> None:
    """Each node lies within the one that holds it, and is what stands there; a rewriting touches nothing else."""
    text = Maker(random.Random(seed), 4).query()
    query = reading(lambda text: parse(text, PREFIXES), text)
    if isinstance(query, Exception):
        return
    for node in tree.walk(query):
        assert query.start <= node.start <= node.end <= query.end or isinstance(node, (tree.Prefix, tree.Iri))
        assert not isinstance(node, tree.Variable) or query.of(node)[1:] == node.name
        assert not isinstance(node, (tree.Filter, tree.Optional, tree.Minus)) or query.of(node)[:1].isalpha()
    spots = {(node.start, node.end) for node in tree.walk(query) if isinstance(node, tree.Variable)}
    renamed = tree.splice(text, [(start, end, f"?new_{text[start + 1 : end]}") for start, end in spots])
    again = parse(renamed, PREFIXES)
    assert {f"new_{name}" for name in tree.variables(query)} == tree.variables(again)
    assert re.sub(r"\?new_(\w+)", r"?\1", renamed) == text.replace("$", "?")


@FUZZ
@given(st.integers(0, 2**64))
def test_what_stays_when_elements_are_taken_out(seed: int) -> None:
    """A group without some of its elements is a group of the others, in their order."""
    chance = random.Random(seed)
    text = f"SELECT * {Maker(chance, 3).group()}"
    query = reading(lambda text: parse(text, {**PREFIXES, "": "", "d": ""}), text)
    if isinstance(query, Exception):
        return
    dropped = [element for element in query.where.elements if chance.random() < 0.5]
    shorter = parse(tree.splice(text, tree.without(query.where, dropped)), {**PREFIXES, "": "", "d": ""})
    assert shorter.where
    kept = [query.of(element) for element in query.where.elements if element not in dropped]
    assert [shorter.of(element) for element in shorter.where.elements] == kept


@pytest.mark.parametrize("word", [*sorted(UPDATES), "insert", "Load"])
def test_an_update_is_refused_by_its_name(word: str) -> None:
    """What would change a graph is told from what is no query."""
    with pytest.raises(IsUpdate) as caught:
        parse(f"# x\nPREFIX : <x>\n{word} {{ }}")
    assert (caught.value.found, caught.value.line, caught.value.column) == (word.upper(), 3, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("", 1, 1, "the end", "SELECT, CONSTRUCT, DESCRIBE or ASK"),
        ("SELECT ?a {\n  ?a ?b }", 2, 9, "“}”", "a value"),
        ("SELECT ?a {\n\n ?a ?b ?c ?d ?e ?f }", 3, 11, "“?d”", "“.”"),
        ("SELECT ?a { ?a ?b ?c", 1, 21, "the end", "a pattern or “}”"),
        ("SELECT { }", 1, 8, "“{”", "a variable"),
        ("SELECT * { ?a x:b ?c }", 1, 15, "“x:b”", "a prefix that is declared"),
        ("SELECT * { FILTER STRLEN(1, 2) }", 1, 19, "“STRLEN(1, 2)”", "STRLEN of 1"),
        ("SELECT * { FILTER(SUBSTR(1)) }", 1, 19, "“SUBSTR(1)”", "SUBSTR of 2 to 3"),
        ("SELECT * { FILTER BOUND(1) }", 1, 19, "“BOUND(1)”", "BOUND of a variable"),
        ("SELECT * { FILTER(?a = ?b = ?c) }", 1, 27, "“=”", "“)”"),
        ("SELECT * { VALUES (?a ?b) { (1) } }", 1, 33, "“}”", "a row of 2 values"),
        ("SELECT * { BIND(1 AS ?a) BIND(2 AS ?a) }", 1, 36, "“?a”", "a variable without a value"),
        ("SELECT * { _:a ?b ?c OPTIONAL { _:a ?b ?c } }", 1, 33, "“_:a”", "a blank node that no other group speaks of"),
        ("SELECT * { ?é´ ?b 1 }", 1, 12, "“?é´”", "a name"),
        ("SELECT * { } LIMIT -1", 1, 20, "“-”", "a whole number"),
        ("SELECT * { } x", 1, 14, "“x”", "the end"),
        (r"SELECT * { \u003fa \u003Fb ( }", 1, 30, "“}”", "a value"),
        ("SELECT * { ?a ?b 'x\n' }", 1, 18, "“'”", "a value"),
    ],
)
def test_an_error_says_where_what_and_what_else(text: str, line: int, column: int, found: str, expected: str) -> None:
    """Line, column, what stands there and what is expected."""
    with pytest.raises(Malformed) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column, error.found, error.expected) == (line, column, found, expected)
    assert str(error) == f"line {line}, column {column}: {found} stands where {expected} is expected"


NESTED = {
    "groups": ("SELECT * ", "{", "", "}", ""),
    "conditions": ("SELECT * { FILTER ", "(", "?x", ")", "}"),
    "functions": ("SELECT * { FILTER ", "STR(", "?x", ")", "}"),
    "own functions": ("SELECT * { FILTER ", "<f>(", "?x", ")", "}"),
    "paths": ("SELECT * { ?x ", "^(", "<p>", ")*", "?y }"),
    "lists": ("SELECT * { ?x ?y ", "(", "1", ")", "}"),
    "brackets": ("SELECT * { ?x ?y ", "[ ?x ", "1", "]", "}"),
    "selects": ("SELECT * ", "{ SELECT * ", "{}", "}", ""),
    "absences": ("SELECT * ", "{ FILTER NOT EXISTS ", "{}", "}", ""),
}


@pytest.mark.parametrize("kind", NESTED)
def test_what_nests_too_deep_is_refused_by_its_name(kind: str) -> None:
    """As deep as the limit is read, however deep the caller stands; one deeper is `TooDeep`, and so is any more."""
    head, opened, middle, closed, tail = NESTED[kind]
    taken = (head + middle).count("{") + (head + middle).count("(")

    def nested(depth: int) -> str:
        return f"{head}{opened * depth}{middle}{closed * depth}{tail}"

    def called_from(frames: int) -> tree.Query:
        return called_from(frames - 1) if frames else parse(nested(MAX_DEPTH - taken))

    assert tree.variables(called_from(250)) <= {"x", "y"}
    for depth in (MAX_DEPTH - taken + 1, 20_000):
        with pytest.raises(TooDeep):
            parse(nested(depth))


@pytest.mark.parametrize("part", ["+1", "+1-1", "&& ?x", "/2*2", "|| ?x<?y"])
def test_what_is_long_is_read(part: str) -> None:
    """A row of operators has any length, and the tree of it can be walked."""
    query = parse(f"SELECT * {{ BIND(1 {part * 10_000} AS ?z) }}")
    assert sum(isinstance(node, (tree.Literal, tree.Variable)) for node in tree.walk(query)) > 10_000


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("?a ?b ?c . FILTER(?d = ?e)", "a b c"),
        ("OPTIONAL { ?a <p> 1 } MINUS { ?b <p> 1 } GRAPH ?g { ?c <p> [ <q> ?d ] }", "a g c d"),
        ("{ ?a <p> 1 } UNION { ?b <p> 1 } BIND(?x AS ?c) VALUES (?d ?e) { }", "a b c d e"),
        ("FILTER EXISTS { ?a ?b ?c } { SELECT ?d (STR(?e) AS ?f) { ?d <p> ?e } }", "d f"),
        ("{ SELECT * { ?a <p> ?b } GROUP BY ?a } ", None),
        ("{ SELECT * { ?a <p>/^<q> ?b } VALUES ?c { 1 } }", "a b c"),
    ],
)
def test_which_variables_are_in_scope(pattern: str, names: str | None) -> None:
    """Those that what stands around may use (18.2.1)."""
    if names is None:
        with pytest.raises(Malformed):
            parse(f"SELECT * {{ {pattern} }}")
    else:
        assert parse(f"SELECT * {{ {pattern} }}").names == names.split()


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("prefix a: <b> # PREFIX no: <x>\nBASE <c> PREFIX : <d> SELECT * { 'PREFIX no: <x>' ?b ?c }", ["a", ""]),
        ("PREFIX a: <b> SELECT of something else", ["a"]),
        ("PREFIX <b> SELECT * { }", []),
        ("\\uD800", []),
    ],
)
def test_which_prefixes_a_text_declares(text: str, prefixes: list[str]) -> None:
    """Those of its prologue, whatever stands behind it; of what is no prologue there are none."""
    assert prefixes_of(text) == prefixes


def test_a_question_whose_head_cannot_be_read_is_refused_in_its_place() -> None:
    """A mistake in a file of the catalogue has its line and column, what stands there and what is expected."""
    with pytest.raises(Refusal) as caught:
        Question.of("mine", "#+ question: {en: Mine}\nSELECT ?a (STR(?b) AS)\n{ ?a ?p ?b }")
    problem = caught.value.problem
    assert (problem.code, problem.where.file, problem.where.line, problem.where.column) == (
        "query-syntax",
        "queries/mine.rq",
        2,
        22,
    )
    assert "“)” stands where a variable is expected" in str(caught.value)


def test_escapes() -> None:
    """Spans are those of the text as it is written, whatever its escapes stand for."""
    text = r"SELECT ?\u0061 { ?a <\U00000070> 'x\\t\u0074\"' . ?a a ?a\u0301 }"
    query = parse(text)
    assert [query.of(column) for column in query.columns] == [r"?\u0061"]
    values = [node.value for node in tree.walk(query) if isinstance(node, (tree.Iri, tree.Literal))]
    assert values == ["p", 'x\\tt"', RDF + "type"]
    assert tree.variables(query) == {"a", "a\u0301"}


def test_names_are_resolved() -> None:
    """Prefixes, also those that are given and one that is declared again; the base; escapes in names."""
    text = r"PREFIX x: <http://1/> BASE <http://a/b/> PREFIX x: <c#> ASK { x:d <e> <../f> . q:\~\. a <urn:g> }"
    nodes = tree.walk(parse(text, {"q": "http://q/"}).where)
    found = [node.value for node in nodes if isinstance(node, tree.Iri)]
    assert found == ["http://a/b/c#d", "http://a/b/e", "http://a/f", "http://q/~.", RDF + "type", "urn:g"]


READ_BY_PATTERN = re.compile(
    r"SELECT|CONSTRUCT|DESCRIBE|WHERE|VALUES|UNDEF|GROUP BY|ORDER BY|OFFSET|BIND|FILTER|OPTIONAL|MINUS|UNION|EXISTS"
    r"|SERVICE|FROM|GRAPH|\\\?\\w|\\\?\(\\w|\[\?\$\]"
)
"""Words of SPARQL, and what finds a variable, in a regular expression."""


def test_nothing_else_reads_sparql() -> None:
    """But for tokens and rewriting, no regular expression looks for a word of SPARQL or a variable."""
    found, looked_at = [], 0
    for path in sorted((ROOT / "src" / "cybercoop").rglob("*.py")):
        if path.parent.name == "sparql" and path.name in ("tokens.py", "rewriting.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                looked_at += 1
                texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                found += [f"{path.name}: {text}" for text in texts if READ_BY_PATTERN.search(str(text))]
    assert found == []
    assert looked_at > 50
    assert READ_BY_PATTERN.search(r"NOT EXISTS \{ \?\w+ coop:(\w+) \$this")
