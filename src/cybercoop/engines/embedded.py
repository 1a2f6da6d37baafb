"""What an engine is: it knows terms and queries, no question, record or language; and the engine in this process."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyoxigraph as ox

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import Clock, Limits, limit_met
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import (
    Bind,
    Call,
    Expression,
    Iri,
    Literal,
    Node,
    Order,
    Query,
    Variable,
    splice,
    variables,
    walk,
)
from cybercoop.terms.names import QUERY_PREFIXES, XSD
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.sparql.limits import Stream


class Engine(Protocol):
    """What answers: the store on disk, one in memory, or an endpoint anywhere. All give the same rows."""

    def within(self, limits: Limits) -> Engine:
        """Return the same engine for one question, which holds what comes from elsewhere to some limits."""

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""

    def at_hand(self) -> Engine:
        """Return the engine for what is looked up of a few things: the store here, where it holds the same."""

    def stream(self, text: str, limits: Limits) -> AbstractContextManager[Stream]:
        """Give the answer to a query of one's own while it is computed."""

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return a store where what each (text, class) means can be found: by its IRI, else by any of its names."""

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return a store with the names and notices of some things, the kinds of all sources, and every notice."""

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return a store with what is said of a thing and points at it, by which sources and where, and all names.

        `through` are the properties by which publishers may be close to it.
        """


_BLOCK = 1000
_ALL = 1 << 60


class Embedded:
    """The engine inside this process, on disk or in memory."""

    def __init__(self, store: ox.Store, limits: Limits | None = None) -> None:
        self.store = store
        self._limits = limits

    def within(self, limits: Limits) -> Embedded:
        """Return the same engine, which gives no more rows than that."""
        return Embedded(self.store, limits)

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""
        asked = without_order(text)
        return asked.rows(*run(self.store, asked.text, file, self._limits))

    def at_hand(self) -> Embedded:
        """Return this engine."""
        return self

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; one that would leave the store is refused.

        In this process nothing stops a query in the middle of its work: of the limits, that of the rows holds. And
        nothing survives the engine's breaking off: what it cannot sort is never given to it.
        """
        from cybercoop.sparql.guard import look
        from cybercoop.sparql.limits import Stream, within_rows
        from cybercoop.sparql.rewriting import sortable

        text = look(text)
        kind, columns, rows = answered(self.store, sortable(text), "query")
        blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
        yield Stream(kind, columns, Clock(limits.seconds), self.named, within_rows(blocks, limits))

    def meant(self, *_: object) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store

    named = around = meant


_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def run(
    store: ox.Store, text: str, file: str, limits: Limits | None = None
) -> tuple[list[str], list[list[Term | None]]]:
    """Return columns and rows; an ASK gives one cell, triples come as three columns, sorted.

    Raises `Refusal` with line and column in `file` for a query that cannot be read, and for more rows than `limits`
    allow.
    """
    return answered(store, text, file, limits)[1:]


def answered(
    store: ox.Store, text: str, file: str, limits: Limits | None = None
) -> tuple[str, list[str], list[list[Term | None]]]:
    """Return what kind of answer it is (`rows`, `triples` or `truth`), and what `run` returns."""
    try:
        result = store.query(text, prefixes=QUERY_PREFIXES)
        if isinstance(result, ox.QueryBoolean):
            value = ox.Literal("true" if result else "false", datatype=ox.NamedNode(XSD + "boolean"))
            return "truth", ["answer"], [[value]]
        if isinstance(result, ox.QueryTriples):
            rows = sorted(([t.subject, t.predicate, t.object] for t in result), key=lambda row: [str(t) for t in row])
            return "triples", ["subject", "predicate", "object"], rows
        columns = [variable.value for variable in result.variables]
        rows = [list(solution) for solution in islice(result, limits and min(limits.rows, _ALL) + 1)]
        if limits and len(rows) > limits.rows:
            raise limit_met("rows", limits)
        return "rows", columns, rows
    except SyntaxError as error:
        raise unreadable(text, file, str(error)) from None


def check(text: str, file: str) -> None:
    """Raise `Refusal` with line and column in `file` for a query that cannot be read."""
    try:
        ox.Store().query(text, prefixes=QUERY_PREFIXES)
    except SyntaxError as error:
        raise unreadable(text, file, str(error)) from None


def unreadable(text: str, file: str, said: str) -> Refusal:
    """Return the refusal of a query that cannot be read: where our grammar stops, else where the engine's words say.

    The engine names the farthest place that it tried, which may lie behind the word that is wrong.
    """
    try:
        parse(text, QUERY_PREFIXES)
    except Malformed as error:
        return error.refusal(file)
    place = _PLACE.search(said)
    if place is None:
        return refuse("query-syntax", Where(file), value=said)
    line, column = int(place.group(1)), int(place.group(2))
    lines = text.split("\n")
    shown = lines[min(line, len(lines)) - 1]
    return refuse("query-syntax", Where(file, line, column), line=shown, value=_expected(place.group(3)))


def _expected(text: str) -> str:
    """Return the parser's words without the character classes that no person asked for."""
    head, found, rest = text.partition("expected one of ")
    words = [word for word in re.split(r",\s+", rest) if found and not word.startswith("[")]
    return f"{head}{found}{', '.join(words[:12])}" if words else text


class Unordered(NamedTuple):
    """A question without its ORDER BY, that order, and how many columns stand first for it that are no answer."""

    text: str
    order: str = ""
    hidden: int = 0

    def rows(self, columns: list[str], rows: list[list[Term | None]]) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of the question, of those that were found without its order."""
        rows = ordered(columns, rows, self.order)
        if self.hidden:
            rows = [*map(list, dict.fromkeys(tuple(row[self.hidden :]) for row in rows))]
        return columns[self.hidden :], rows


def without_order(text: str) -> Unordered:
    """Return a question and its ORDER BY apart, where columns decide on the order.

    A variable that the question makes for its order, by a BIND of its own group, stands there as what it is made from;
    any other becomes a column where the rows of the answer are distinct. A text that cannot be read stays as it is, for
    the engine to refuse.
    """
    if "ORDER" not in text.upper():
        return Unordered(text)
    try:
        query = parse(text)
    except Malformed:
        return Unordered(text)
    order, columns = query.order, set(query.names)
    binds = [each for each in (query.where.elements if query.where else ()) if isinstance(each, Bind)]
    made = {each.variable.name: each.expression for each in binds if each.variable.name not in columns}
    needed = variables(order)
    for name in reversed(made):
        if name in needed:
            needed = needed - {name} | variables(made[name])
    hidden = sorted(needed - columns)
    able = not hidden or (query.modifier == "DISTINCT" and not query.is_grouped)
    if not order.parts or query.limit.parts or query.offset.parts or query.values or not able:
        return Unordered(text)
    asked, start = text[: order.start].rstrip() + text[order.end :], query.columns[0].start if hidden else 0
    shown = "".join(f"?{name} " for name in hidden)
    return Unordered(asked[:start] + shown + asked[start:], _spelt(query, order, made), len(hidden))


def _spelt(query: Query, node: Node, made: Mapping[str, Expression]) -> str:
    """Return the text of a node with IRIs in full, and with what some variables are made from in their place."""
    changes = []
    for each in walk(node):
        if isinstance(each, Variable) and each.name in made:
            changes.append((each.start - node.start, each.end - node.start, _spelt(query, made[each.name], made)))
        elif isinstance(each, Iri):
            changes.append((each.start - node.start, each.end - node.start, f"<{each.value}>"))
    return splice(query.of(node), changes)


_Terms = tuple[Term | None, ...]
_Value = Term | None | _Terms
_SAID = (ox.NamedNode, ox.Literal)
_NUMBERS = frozenset({"decimal", "double", "float", "integer"})


def ordered(columns: list[str], rows: list[list[Term | None]], order: str) -> list[list[Term | None]]:
    """Return rows in the order that the words of an ORDER BY give them in the embedded engine.

    Servers sort unbound cells and IRIs as they like; a store on disk reads its dictionary at each comparison, which
    takes most of the time of a long answer.
    """
    if not order or len(rows) < 2 or any(ox.BlankNode in map(type, row) for row in rows):
        return rows
    places, query = [0] * len(rows), parse(f"ASK {{ }} {order}")
    for condition in query.order.parts:
        assert isinstance(condition, Order)
        names = sorted(variables(condition))
        if not names:
            continue
        cells: Sequence[_Value] = [row[columns.index(names[0])] for row in rows]
        if len(names) > 1:
            cells = [*zip(cells, *([row[columns.index(name)] for row in rows] for name in names[1:]), strict=True)]
        ranks = _ranks(condition.expression, query.of(condition.expression), names, dict.fromkeys(cells).keys())
        most = max(ranks.values()) + 1
        if condition.descending:
            ranks = {value: most - rank for value, rank in ranks.items()}
        places = [place * (most + 1) + ranks[value] for place, value in zip(places, cells, strict=True)]
    return [rows[place] for place in sorted(range(len(rows)), key=places.__getitem__)]


def _ranks(condition: Expression, words: str, names: list[str], values: Set[_Value]) -> dict[_Value, int]:
    """Return the place of values in the order of one condition, of whose variable, or variables, they are.

    What is equal shares a place. IRIs and texts sort here as they do in the engine, by their characters; anything else
    the engine sorts itself.
    """
    keys: Iterable[str | None]
    match condition:
        case Call(
            name="COALESCE",
            arguments=(Call(name="STR" | "LANG" as function, arguments=(Variable(),)), Literal(value="")),
        ):
            keys = [text or "" for text in _texts(function, values)]
        case Call(name="STR" | "LANG" as function, arguments=(Variable(),)):
            keys = _texts(function, values)
        case Variable() if not any(isinstance(term, ox.Literal) for term in values):
            keys = _texts("STR", values)
        case _:
            given = [value if isinstance(value, tuple) else (value,) for value in values]
            return dict(zip(values, map(_ranks_by_engine(words, names, given).__getitem__, given), strict=True))
    places: dict[str | None, int] = {
        key: place for place, key in enumerate(sorted(filter(None, dict.fromkeys(keys))), 2)
    }
    places |= {None: 0, "": 1}
    return dict(zip(values, map(places.__getitem__, keys), strict=True))


def _texts(function: str, terms: Iterable[_Value]) -> list[str | None]:
    """Return what STR or LANG gives for some terms, None where neither gives a text: that comes first."""
    if function == "LANG":
        return [term.language or "" if isinstance(term, ox.Literal) else None for term in terms]
    return [term.value if isinstance(term, _SAID) else None for term in terms]


def _ranks_by_engine(words: str, names: list[str], values: list[_Terms]) -> dict[_Terms, int]:
    cells = (" ".join("UNDEF" if term is None else str(term) for term in terms) for terms in values)
    lines = "\n".join(f"({place} {row})" for place, row in enumerate(cells))
    given = f"VALUES (?place_ {' '.join(f'?{name}' for name in names)}) {{ {lines} }} BIND({words} AS ?key_)"
    ranks: dict[_Terms, int] = {}
    rank, before = 0, None
    for place, key in run(ox.Store(), f"SELECT ?place_ ?key_ {{ {given} }} ORDER BY ASC({words})", "query")[1]:
        worth = _worth(key)
        rank, before = rank + (worth != before), worth
        ranks[values[int(place.value)]] = rank  # type: ignore[union-attr]
    return ranks


def _worth(term: Term | None) -> object:
    """Return what makes a term equal to another in an order: the value of a number, else the term."""
    if isinstance(term, ox.Literal) and term.datatype.value.removeprefix(XSD) in _NUMBERS:
        return float(term.value)
    return term
