"""Queries rewritten with the same meaning, for engines and servers that take less than the standard gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import (
    Bind,
    Call,
    Exists,
    Expression,
    Graph,
    Iri,
    Minus,
    Order,
    Path,
    Query,
    Variable,
    splice,
    variables,
    walk,
)
from cybercoop.terms.names import BASE, EDITION, QUERY_PREFIXES, UNION, XSD

UNSORTABLE = "total order"
"""Stands in what the engine says as it breaks off: to it 9 < 10 < "1z" < 9."""

_KEYS = ("isLITERAL({0})", "isNUMERIC({0})", "IF(isNUMERIC({0}), {0}, STR({0}))")
"""What a variable is sorted by: things before texts before numbers, numbers by value, all else by its text."""


def sortable(text: str) -> str:
    """Return a query in which every variable of an ORDER BY is sorted by kind, then by value or text.

    A query that cannot be read stays as it is.
    """
    try:
        query = parse(text, QUERY_PREFIXES)
    except Malformed:
        return text
    orders = [node for node in walk(query) if isinstance(node, Order) and isinstance(node.expression, Variable)]
    return splice(text, [(order.start, order.end, _keys(query, order)) for order in orders])


def _keys(query: Query, order: Order) -> str:
    direction, variable = "DESC" if order.descending else "ASC", query.of(order.expression)
    return " ".join(f"{direction}({key.format(variable)})" for key in _KEYS)


def showing(text: str, variable: str) -> str:
    """Return a query whose rows tell the value of a variable, too; nothing where that would change which there are.

    That is so for one that counts or cuts, and where a SELECT within it has the variable for itself.

    >>> showing("SELECT ?law { VALUES ?in { <x:a> <x:b> } ?law <x:of> ?in }", "in")
    'SELECT ?in ?law { VALUES ?in { <x:a> <x:b> } ?law <x:of> ?in }'
    """
    query = parse(text)
    inner = [node for node in walk(query) if isinstance(node, Query) and node is not query]
    hidden = any(variable not in each.names and variable in variables(each) for each in inner)
    if hidden or query.is_grouped or query.limit.parts or query.offset.parts:
        return ""
    if variable in query.names:
        return text
    place = query.columns[0].start
    return splice(text, [(place, place, f"?{variable} ")])


def with_dataset(text: str, default: Sequence[str], named: Sequence[str]) -> str:
    """Return a query over the dataset of some graphs in place of its own (SPARQL 1.1 Protocol 2.1.4).

    Without any, it stays as it is. Raises `Malformed` where it cannot be read.

    >>> with_dataset("ASK FROM <x:a> { ?s ?p ?o }", ["x:b"], ["x:c"])
    'ASK FROM <x:b> FROM NAMED <x:c> { ?s ?p ?o }'
    """
    if not default and not named:
        return text
    query = parse(text, QUERY_PREFIXES)
    clauses = [*(f"FROM <{graph}>" for graph in default), *(f"FROM NAMED <{graph}>" for graph in named)]
    end = query.datasets[-1].end if query.datasets else query.dataset_at
    said = " ".join(clauses)
    return splice(query.text, [(query.dataset_at, end, said if query.datasets else f" {said} ")])


def within_sources(text: str) -> str:
    """Return a query whose graphs are those of sources: not the union, not the note of the edition, nobody else's."""
    query = parse(text)
    graphs = [node for node in walk(query) if isinstance(node, Graph) and isinstance(node.name, Variable)]
    return splice(text, [(graph.start, graph.name.end, source_graph(query.of(graph.name))) for graph in graphs])


def with_variable_graphs(text: str) -> str:
    """Return a query that finds the graph of a known source by a variable.

    With another default graph than its own, Virtuoso finds no graph by its name.
    """
    query = parse(text)
    graphs = [node for node in walk(query) if isinstance(node, Graph) and isinstance(node.name, Iri)]
    return splice(
        text,
        [
            (graph.start, graph.name.end, f"FILTER(?g{number} = {query.of(graph.name)}) GRAPH ?g{number}")
            for number, graph in enumerate(graphs)
        ],
    )


def source_graph(variable: str) -> str:
    """Return the words before a pattern that is to be met in the graph of a source."""
    ours = f'STRSTARTS(STR({variable}), "{BASE}")'
    return f"FILTER({ours} && {variable} != <{UNION}> && {variable} != <{EDITION}>) GRAPH {variable}"


def joined_as_written(text: str) -> str:
    """Return a query with repeated paths or MINUS (SPARQL 1.1 Query 9.3, 8.2) such that Virtuoso joins it as it stands.

    By an order of its own, which follows from samples of the data, it loses their rows in some runs and not in others.
    """
    try:
        nodes = list(walk(parse(text, QUERY_PREFIXES)))
    except Malformed:
        return text
    lost = any(isinstance(node, Minus) or (isinstance(node, Path) and node.kind in ("*", "+")) for node in nodes)
    return f'DEFINE sql:select-option "order"\n{text}' if lost else text


_TRUTHS = frozenset(
    """
    ! && || = != < > <= >= IN BOUND CONTAINS ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANGMATCHES REGEX SAMETERM STRENDS
    STRSTARTS
    """.split()  # noqa: SIM905
) | {"NOT IN"}
"""The operators and functions that say whether something is true (SPARQL 1.1 Query 17.3 and 17.4)."""


def with_truth(text: str) -> str:
    """Return a query in which what is true or false is an xsd:boolean where it becomes a value (SPARQL 1.1 Query 17.2).

    Virtuoso makes a number of it, 1 or 0. A query that cannot be read stays as it is.
    """
    try:
        query = parse(text, QUERY_PREFIXES)
    except Malformed:
        return text
    made = [node.expression for node in walk(query) if isinstance(node, Bind) and _is_truth(node.expression)]
    return splice(text, [(each.start, each.end, f"<{XSD}boolean>({query.of(each)})") for each in made])


def _is_truth(expression: Expression) -> bool:
    return isinstance(expression, Exists) or (isinstance(expression, Call) and expression.name in _TRUTHS)


DIALECTS: Mapping[str, tuple[Callable[[str], str], ...]] = {
    "oxigraph": (sortable,),  # a sort of mixed values ends its process
    "virtuoso": (with_truth, joined_as_written),
}
"""By the name that a server gives itself, what is done to every query for it, one after the other."""


def in_dialect(text: str, server: str) -> str:
    """Return a query as a server of a name in `DIALECTS` takes it; for any other, as it is."""
    for rewrite in DIALECTS.get(server, ()):
        text = rewrite(text)
    return text
