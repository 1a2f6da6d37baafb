"""The tree of a SPARQL 1.1 query, each node of which knows where it stands in the text.

The nodes follow the grammar of SPARQL 1.1 Query (https://www.w3.org/TR/sparql11-query/#grammar). A rewriting replaces
spans of the text (`splice`); whatever no change names stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any, dataclass_transform

Change = tuple[int, int, str]
"""What is to stand in place of the characters from a start up to an end."""


@dataclass_transform(frozen_default=True)
class _Record(tuple[Any, ...]):
    """A tuple whose parts have the names of its annotations; made a tenth as slowly as `NamedTuple` makes it."""

    def __new__(cls, *parts: Any) -> Any:
        return tuple.__new__(cls, parts)

    def __init_subclass__(cls) -> None:
        for place, name in enumerate(dict.fromkeys(("start", "end", *cls.__annotations__))):
            setattr(cls, name, property(itemgetter(place)))


class Node(_Record):
    """A part of a query, from the character `start` of its text up to `end`."""

    start: int
    end: int


class Variable(Node):
    """A variable, by its name without `?` or `$`."""

    name: str


class Iri(Node):
    """An IRI in full, however it is written; `a` is `rdf:type`, and `()` is `rdf:nil`."""

    value: str


class Literal(Node):
    """A literal, its escapes resolved; `datatype` is `xsd:string` where none is written."""

    value: str
    language: str
    datatype: str


class Blank(Node):
    """A blank node: by its label `_:x`, or by the place of the bracket that stands for it (`[]`, `(1 2)`)."""

    label: str


class Path(Node):
    """A property path: `/` and `|` of several parts; `^`, `*`, `+` and `?` of one; `!` of those that it leaves out."""

    kind: str
    parts: tuple[Iri | Path, ...]


class Triple(Node):
    """A triple pattern; it starts where the part begins that it does not share with the one before it."""

    subject: Term
    path: Variable | Iri | Path
    object: Term


class Triples(Node):
    """All that is said of one subject in a row, with what stands in its brackets as triples of their own."""

    triples: tuple[Triple, ...]


class Call(Node):
    """An operator, a function or an aggregate with its arguments.

    `name` is `||`, `&&`, `!`, `=`, `IN`, `NOT IN`, `+`, …; a function's name in capitals; or the IRI of a function. A
    row of one operator is one call (`a - b - c`). COUNT(*) has no argument; a SEPARATOR is the second of GROUP_CONCAT.
    """

    name: str | Iri
    arguments: tuple[Expression, ...]
    distinct: bool


class Exists(Node):
    """A group that a condition asks for, or with NOT that it asks not to be there."""

    negated: bool
    group: Group


class Filter(Node):
    """A condition; its own span has no brackets."""

    condition: Expression


class Bind(Node):
    """A variable that an expression makes: by BIND, in the head of a SELECT, or in GROUP BY."""

    expression: Expression
    variable: Variable


class Values(Node):
    """Rows of values for variables; None is UNDEF."""

    variables: tuple[Variable, ...]
    rows: tuple[tuple[Iri | Literal | None, ...], ...]


class Optional(Node):
    """A group that may be there."""

    group: Group


class Minus(Node):
    """A group that takes solutions away."""

    group: Group


class Graph(Node):
    """A group that is met in a named graph."""

    name: Variable | Iri
    group: Group


class Service(Node):
    """A group that another server is asked for."""

    silent: bool
    name: Variable | Iri
    group: Group


class Union(Node):
    """Two groups or more, any of which will do."""

    groups: tuple[Group, ...]


class Group(Node):
    """What stands between braces; `stops` says for each element where it ends with the dot behind it, if there is one.

    A sub-SELECT is the only element of its group.
    """

    elements: tuple[Element, ...]
    stops: tuple[int, ...]


class Prefix(Node):
    """A PREFIX and what it stands for, or with None for its name the BASE."""

    name: str | None
    iri: Iri


class Dataset(Node):
    """FROM or FROM NAMED."""

    named: bool
    graph: Iri


class Order(Node):
    """A condition of ORDER BY."""

    expression: Expression
    descending: bool


class Clause(Node):
    """A clause with its keywords; without parts it is not there, and starts and ends where it would stand."""

    parts: tuple[Node, ...]


class Query(Node):
    """A query or a sub-SELECT, from SELECT, CONSTRUCT, DESCRIBE or ASK (`form`) to its end.

    `columns` are those of SELECT, or what DESCRIBE names; `*` leaves them empty. `modifier` is DISTINCT, REDUCED or "".
    `dataset_at` is where FROM stands, or would stand.
    `text` is the whole text that all spans belong to. Only the query itself has a prologue.
    """

    text: str
    prologue: tuple[Prefix, ...]
    form: str
    modifier: str
    columns: tuple[Variable | Iri | Bind, ...]
    template: Group | None
    dataset_at: int
    datasets: tuple[Dataset, ...]
    where: Group | None
    grouped: Clause
    having: Clause
    order: Clause
    limit: Clause
    offset: Clause
    values: Values | None

    def of(self, node: Node) -> str:
        """Return the text of a node."""
        return str(self.text[node.start : node.end])

    @property
    def names(self) -> list[str]:
        """The names of the columns of a SELECT, in their order; those of `*` as they come in the text."""
        if not self.columns and self.where is not None:
            return list(in_scope(self.where) | in_scope(self.grouped) | in_scope(self.values))
        return [name for column in self.columns for name in in_scope(column)]

    @property
    def is_grouped(self) -> bool:
        """Whether its solutions are taken together: it has GROUP BY, HAVING, or an aggregate in its head or order."""
        heads = (*self.columns, *self.order.parts)
        return bool(self.grouped.parts or self.having.parts) or any(is_aggregate(n) for h in heads for n in walk(h))


Term = Variable | Iri | Literal | Blank
Expression = Variable | Iri | Literal | Call | Exists
Element = Triples | Filter | Bind | Values | Optional | Minus | Graph | Service | Union | Group | Query

AGGREGATES = frozenset({"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"})


def is_aggregate(node: Node) -> bool:
    """Return whether a node is an aggregate."""
    return isinstance(node, Call) and node.name in AGGREGATES


def splice(text: str, changes: Iterable[Change]) -> str:
    """Return a text in which some spans, none within another, are replaced.

    >>> splice("SELECT ?a { }", [(7, 9, "?b")])
    'SELECT ?b { }'
    """
    parts, place = [], 0
    for start, end, instead in sorted(changes):
        parts += [text[place:start], instead]
        place = end
    return "".join([*parts, text[place:]])


def walk(node: tuple[object, ...] | None) -> Iterator[Node]:
    """Yield a node and every node below it, each before its parts, and the parts in their order; also of several."""
    ahead: list[object] = [node]
    while ahead:
        part = ahead.pop()
        if isinstance(part, tuple):
            ahead += reversed(part)
            if isinstance(part, Node):
                yield part


def variables(node: tuple[object, ...] | None) -> set[str]:
    """Return the names of all variables that a node mentions, in scope or not."""
    return {part.name for part in walk(node) if isinstance(part, Variable)}


def in_scope(node: tuple[object, ...] | None) -> dict[str, None]:
    """Return the names of the variables that a node makes known to what stands around it, in the order of the text.

    https://www.w3.org/TR/sparql11-query/#variableScope
    """
    if isinstance(node, Variable):
        return {node.name: None}
    if isinstance(node, Query):
        return dict.fromkeys(node.names)
    if isinstance(node, Bind):
        return in_scope(node.variable)
    found: dict[str, None] = {}
    if node and not isinstance(node, (Filter, Minus, Call, Exists, Path)):
        for part in node:
            found |= in_scope(part) if isinstance(part, tuple) else {}
    return found


def without(group: Group, dropped: Collection[Node]) -> Iterator[Change]:
    """Yield the changes that take elements out of a group, with their dots; what stays is still parted."""
    parted, open_end = True, group.start + 1
    for element, stop in zip(group.elements, group.stops, strict=True):
        if element in dropped:
            yield element.start, stop, ""
        else:
            if not parted and isinstance(element, Triples):
                yield open_end, open_end, " ."
            parted, open_end = not isinstance(element, Triples) or stop > element.end, element.end
