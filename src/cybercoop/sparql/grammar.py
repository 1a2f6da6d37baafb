"""The grammar of SPARQL 1.1 Query: from a text to its tree (https://www.w3.org/TR/sparql11-query/#sparqlGrammar)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from cybercoop.sparql.expressions import IRIS, NAMES, Expressions
from cybercoop.sparql.tokens import IsUpdate, Malformed
from cybercoop.sparql.tree import (
    Bind,
    Blank,
    Call,
    Clause,
    Dataset,
    Element,
    Expression,
    Filter,
    Graph,
    Group,
    Iri,
    Literal,
    Minus,
    Node,
    Optional,
    Order,
    Prefix,
    Query,
    Service,
    Term,
    Triple,
    Triples,
    Union,
    Values,
    Variable,
    in_scope,
    is_aggregate,
    walk,
)
from cybercoop.terms.names import RDF

UPDATES = frozenset(["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"])
"""What a request of SPARQL 1.1 Update begins with."""

_KEPT = 10_000
"""How long a text may be whose tree is kept for the next who asks."""
_TERMS = NAMES | {"string", "number", "blank"}
_ELEMENTS = frozenset({"BIND", "FILTER", "GRAPH", "MINUS", "OPTIONAL", "SERVICE", "VALUES"})


def parse(text: str, prefixes: Mapping[str, str] | None = None) -> Query:
    """Return the tree of a query; `prefixes` are those that it need not declare.

    Raises `Malformed` where it is none: `IsUpdate` where it would change a graph, `TooDeep` where it nests too deep.

    >>> parse("SELECT ?thing { ?thing a ?class }").names
    ['thing']
    """
    known = tuple((prefixes or {}).items())
    return _kept(text, known) if len(text) <= _KEPT else _Parser(text, dict(known)).query()


@lru_cache(maxsize=64)
def _kept(text: str, prefixes: tuple[tuple[str, str], ...]) -> Query:
    """Return the tree of a query, which nothing changes: a question is read once for binding, order and sources."""
    return _Parser(text, dict(prefixes)).query()


def columns_of(text: str) -> list[str]:
    """Return the columns of a SELECT as its head names them; none for `*`, and for a query of another form.

    Raises `Malformed` where the head cannot be read; what stands behind it is not looked at.

    >>> columns_of("SELECT ?s (COUNT(*) AS ?n) WHERE")
    ['s', 'n']
    """
    parser = _Parser(text, {})
    parser.prologue()
    return [name for column in parser.head()[1] for name in in_scope(column)] if parser.at == "SELECT" else []


def prefixes_of(text: str) -> list[str]:
    """Return the prefixes that a text declares before anything else; none where it cannot be read."""
    try:
        return [each.name for each in _Parser(text, {}).prologue() if each.name is not None]
    except Malformed:
        return []


class _Parser(Expressions):
    """Reads a query; a method passes what it returns."""

    is_template = False

    def __init__(self, text: str, prefixes: Mapping[str, str]) -> None:
        super().__init__(text, prefixes)
        self.labels: dict[str, object] = {}
        self.has_labels = "_:" in self.text

    # queries and their clauses

    def prologue(self) -> tuple[Prefix, ...]:
        found = []
        while self.at in ("PREFIX", "BASE"):
            found.append(self.declaration())
        return tuple(found)

    def query(self) -> Query:
        prologue = self.prologue()
        if self.at in UPDATES:
            raise IsUpdate(self.whole, self.start, self.at, "a query")
        if self.at not in ("SELECT", "CONSTRUCT", "DESCRIBE", "ASK"):
            raise self.wrong("SELECT, CONSTRUCT, DESCRIBE or ASK")
        found = self.form(prologue)
        if self.kind != "end":
            raise self.wrong("the end")
        return found

    def declaration(self) -> Prefix:
        start, name = self.start, None
        if not self.skip("BASE"):
            self.advance()
            name, _, local = self.at.partition(":")
            if self.kind != "name" or local:
                raise self.wrong("a prefix with its colon")
            self.advance()
        if self.kind != "iri":
            raise self.wrong("an IRI between < and >")
        iri = self.iri()
        if name is None:
            self.base = iri.value
        else:
            self.prefixes[name] = iri.value
        return Prefix(start, self.passed, name, iri)

    def form(self, prologue: tuple[Prefix, ...] | None = None) -> Query:
        """Return a query, or without a prologue a sub-SELECT."""
        start, form, template, where = self.start, self.at, None, None
        datasets: tuple[Dataset, ...] = ()
        modifier, columns = self.head()
        if form == "CONSTRUCT" and self.at == "{":
            template, self.labels = self.template(), {}
        dataset_at = self.start
        if self.at == "FROM" and prologue is not None:
            datasets = self.many(self.dataset, lambda: self.at == "FROM")
        if form == "CONSTRUCT" and template is None:
            self.take("WHERE")
            where = self.template()
        elif self.skip("WHERE") or self.at == "{" or form != "DESCRIBE":
            where = self.group()
        grouped = self.clause(("GROUP", "BY"), self.grouping, lambda: self.kind == "variable" or self.is_condition())
        having = self.clause(("HAVING",), self.condition, self.is_condition)
        order = self.clause(("ORDER", "BY"), self.order, self.is_order)
        cut = dict.fromkeys(("LIMIT", "OFFSET"), Clause(self.passed, self.passed, ()))
        while (word := self.at) in cut and not cut[word].parts:
            cut[word] = self.clause((word,), self.integer, lambda: False)
        values = self.values() if self.at == "VALUES" else None
        head = (self.whole, prologue or (), form, modifier, columns, template, dataset_at, datasets, where)
        found = Query(start, self.passed, *head, grouped, having, order, cut["LIMIT"], cut["OFFSET"], values)
        self.check(found)
        return found

    def head(self) -> tuple[str, tuple[Variable | Iri | Bind, ...]]:
        """Return the modifier and the columns of a SELECT, or what DESCRIBE names."""
        form, modifier = self.at, ""
        self.advance()
        if form == "SELECT" and self.at in ("DISTINCT", "REDUCED"):
            modifier = self.at
            self.advance()
        if form not in ("SELECT", "DESCRIBE") or self.skip("*"):
            return modifier, ()
        if form == "DESCRIBE":
            return modifier, self.many(self.name, lambda: self.kind in NAMES)
        return modifier, self.many(self.column, lambda: self.kind == "variable" or self.at == "(")

    def check(self, query: Query) -> None:
        """Raise `Malformed` where a SELECT shows what it cannot (18.2.4, and notes 12 and 13 of the grammar)."""
        if query.form == "SELECT" and not query.columns and query.grouped.parts:
            raise self.wrong("a SELECT that names its columns", query.grouped)
        is_grouped, makes = query.is_grouped, any(isinstance(column, Bind) for column in query.columns)
        known, grouped = in_scope(query.where if makes else None), in_scope(query.grouped)
        for column in query.columns if query.form == "SELECT" else ():
            made = column if isinstance(column, Bind) else None
            if made and made.variable.name in known:
                raise self.wrong("a variable without a value", made.variable)
            for variable in _shown(made.expression if made else column):
                if is_grouped and variable.name not in grouped:
                    raise self.wrong("an aggregate, or a variable of GROUP BY", variable)
            known |= in_scope(column)
            grouped |= in_scope(made)

    def column(self) -> Variable | Bind:
        return self.bind(self.start) if self.at == "(" else self.variable()

    def bind(self, start: int) -> Bind:
        """Return `(expression AS ?variable)`."""
        self.take("(")
        expression = self.expression()
        self.take("AS")
        variable = self.variable()
        self.take(")")
        return Bind(start, self.passed, expression, variable)

    def dataset(self) -> Dataset:
        start = self.start
        self.take("FROM")
        named, graph = self.skip("NAMED"), self.iri()
        return Dataset(start, self.passed, named, graph)

    def clause(self, words: tuple[str, ...], part: Callable[[], Node], begins: Callable[[], bool]) -> Clause:
        if self.at != words[0]:
            return Clause(self.passed, self.passed, ())
        start = self.start
        self.take(*words)
        parts = self.many(part, begins)
        return Clause(start, self.passed, parts)

    def grouping(self) -> Expression | Bind:
        start = self.start
        if self.kind == "variable":
            return self.variable()
        if not self.skip("("):
            return self.condition()
        expression = self.expression()
        variable = self.variable() if self.skip("AS") else None
        self.take(")")
        return Bind(start, self.passed, expression, variable) if variable else expression

    def order(self) -> Order:
        start, direction = self.start, self.at
        if direction in ("ASC", "DESC"):
            self.advance()
            if self.at != "(":
                raise self.wrong("“(”")
        expression = self.variable() if self.kind == "variable" else self.condition()
        return Order(start, self.passed, expression, direction == "DESC")

    def is_order(self) -> bool:
        return self.kind == "variable" or self.at in ("ASC", "DESC") or self.is_condition()

    def integer(self) -> Literal:
        if not self.at.isdecimal():
            raise self.wrong("a whole number")
        return self.literal()

    def values(self) -> Values:
        start, rows = self.start, list[tuple[Iri | Literal | None, ...]]()
        self.take("VALUES")
        is_one = self.kind == "variable"
        variables = (self.variable(),) if is_one else self.bracketed(self.variable)
        self.take("{")
        while not self.skip("}"):
            rows.append((self.value(),) if is_one else self.bracketed(self.value))
            if len(rows[-1]) != len(variables):
                raise self.wrong(f"a row of {len(variables)} values")
        return Values(start, self.passed, variables, tuple(rows))

    def value(self) -> Iri | Literal | None:
        if self.skip("UNDEF"):
            return None
        return self.iri() if self.kind in IRIS else self.literal()

    # groups

    def group(self) -> Group:
        start, elements, stops = self.start, list[Element](), list[int]()
        stretch = object()  # the triples that a label may join: up to the next element that is no filter
        known, looked_at = dict[str, None](), 0
        self.take("{")
        while self.at != "}":
            if stops and isinstance(elements[-1], Triples) and stops[-1] == elements[-1].end and self.is_triples():
                raise self.wrong("“.”")
            is_select = self.at == "SELECT" and not elements
            element = self.form() if is_select else self.element()
            if isinstance(element, Triples):
                for node in walk(element if self.has_labels else None):
                    if isinstance(node, Blank) and self.labels.setdefault(node.label, stretch) is not stretch:
                        raise self.wrong("a blank node that no other group speaks of", node)
            elif not isinstance(element, Filter):
                stretch = object()
            if isinstance(element, Bind):
                known |= in_scope(tuple(elements[looked_at:]))
                looked_at = len(elements)
                if element.variable.name in known:
                    raise self.wrong("a variable without a value", element.variable)
            if not is_select:
                self.skip(".")
            elif self.at != "}":
                raise self.wrong("“}”")
            elements.append(element)
            stops.append(self.passed)
        self.advance()
        return Group(start, self.passed, tuple(elements), tuple(stops))

    def template(self) -> Group:
        """Return a group of nothing but triples without paths."""
        self.is_template = True
        found = self.group()
        self.is_template = False
        return found

    def element(self) -> Element:
        start, word = self.start, self.at
        if self.is_template or (word != "{" and word not in _ELEMENTS):
            return self.triples()
        if word == "{":
            groups = self.separated(self.group, "UNION")
            return groups[0] if len(groups) == 1 else Union(start, self.passed, groups)
        if word == "VALUES":
            return self.values()
        self.advance()
        if word == "BIND":
            return self.bind(start)
        if word == "FILTER":
            condition = self.condition()
            return Filter(start, self.passed, condition)
        silent = word == "SERVICE" and self.skip("SILENT")
        name = self.name() if word in ("GRAPH", "SERVICE") else None
        group = self.group()
        if name:
            end = self.passed
            return Service(start, end, silent, name, group) if word == "SERVICE" else Graph(start, end, name, group)
        return (Optional if word == "OPTIONAL" else Minus)(start, self.passed, group)

    # triples and paths

    def is_triples(self) -> bool:
        return self.kind in _TERMS or self.at in ("[", "(", "+", "-", "TRUE", "FALSE")

    def triples(self) -> Triples:
        start, found = self.start, list[Triple]()
        if not self.is_triples():
            raise self.wrong("a pattern or “}”")
        subject = self.node(found)
        if not found or self.is_verb():
            self.properties(start, subject, found)
        return Triples(start, self.passed, tuple(found))

    def is_verb(self) -> bool:
        return self.kind in NAMES or self.at == "a" or (self.at in ("^", "!", "(") and not self.is_template)

    def properties(self, start: int, subject: Term, found: list[Triple]) -> None:
        while True:
            path = self.variable() if self.kind == "variable" else self.step() if self.is_template else self.path()
            while True:
                inner = list[Triple]()
                value = self.node(inner)
                found += [Triple(start, self.passed, subject, path, value), *inner]
                if self.at != ",":
                    break
                self.advance()
                start = self.start
            if self.at != ";":
                return
            while self.skip(";"):
                pass
            if not self.is_verb():
                return
            start = self.start

    def node(self, found: list[Triple]) -> Term:
        """Return a term; what its brackets say is added to some triples."""
        start, inner, label = self.start, list[Triple](), f"[{self.start}]"
        if self.skip("["):
            if self.at != "]":
                self.properties(self.start, Blank(start, start + 1, label), found)
            self.take("]")
            return Blank(start, self.passed, label)
        if not self.skip("("):
            return self.term()
        members = list[tuple[Blank, Term]]()
        while self.at != ")":
            at = self.start
            member = self.node(inner)
            members.append((Blank(at, self.passed, f"[{at},]" if members else label), member))
        self.advance()
        for place, (cell, member) in enumerate(members, 1):
            rest = members[place][0] if members[place:] else Iri(self.passed, self.passed, RDF + "nil")
            for name, value in (("first", member), ("rest", rest)):
                found.append(Triple(cell.start, cell.end, cell, Iri(cell.start, cell.start, RDF + name), value))
        found += inner
        return Blank(start, self.passed, label) if members else Iri(start, self.passed, RDF + "nil")


def _shown(node: Node) -> Iterator[Variable]:
    """Yield the variables that stand in no aggregate and no group."""
    if isinstance(node, Variable):
        yield node
    elif isinstance(node, Call) and not is_aggregate(node):
        for argument in node.arguments:
            yield from _shown(argument)
