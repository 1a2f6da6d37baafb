"""Rows in the order of an ORDER BY, sorted outside the store."""

from __future__ import annotations

import pyoxigraph as ox

from cybercoop.engines.runner import run
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tree import Call, Expression, Literal, Order, Variable, variables
from cybercoop.terms.names import XSD
from cybercoop.terms.term import Term

_Terms = tuple[Term | None, ...]
_NUMBERS = frozenset({"decimal", "double", "float", "integer"})


def ordered(columns: list[str], rows: list[list[Term | None]], order: str) -> list[list[Term | None]]:
    """Return rows in the order that the words of an ORDER BY give them in the embedded engine.

    Servers sort unbound cells and IRIs as they like; a store on disk reads its dictionary at each comparison, which
    takes most of the time of a long answer.
    """
    if not order or len(rows) < 2 or any(isinstance(term, ox.BlankNode) for row in rows for term in row):
        return rows
    ranked, query = [], parse(f"ASK {{ }} {order}")
    for condition in query.order.parts:
        assert isinstance(condition, Order)
        names = sorted(variables(condition))
        cells = ([row[columns.index(name)] for row in rows] for name in names)
        chosen = list(zip(*cells, strict=True)) if names else [()] * len(rows)
        ranks = _ranks(condition.expression, query.of(condition.expression), names, set(chosen))
        ranked.append([-ranks[terms] if condition.descending else ranks[terms] for terms in chosen])
    return [rows[found[-1]] for found in sorted(zip(*ranked, range(len(rows)), strict=True))]


def _ranks(condition: Expression, words: str, names: list[str], values: set[_Terms]) -> dict[_Terms, int]:
    """Return the place of each of some values in the order of one condition; what is equal shares a place.

    IRIs and texts sort here as they do in the engine, by their characters; anything else the engine sorts itself.
    """
    match condition:
        case Call(
            name="COALESCE",
            arguments=(Call(name="STR" | "LANG" as function, arguments=(Variable(),)), Literal(value="")),
        ):
            keys = {terms: _text(function, terms[0], True) for terms in values}
        case Call(name="STR" | "LANG" as function, arguments=(Variable(),)):
            keys = {terms: _text(function, terms[0], False) for terms in values}
        case Variable() if not any(isinstance(term, ox.Literal) for (term,) in values):
            keys = {terms: _text("STR", terms[0], False) for terms in values}
        case _:
            return _ranks_by_engine(words, names, list(values))
    places = {key: place for place, key in enumerate(sorted(set(keys.values())))}
    return {terms: places[key] for terms, key in keys.items()}


def _text(function: str, term: Term | None, instead: bool) -> tuple[bool, str]:
    """Return whether STR or LANG gives a text, and which; `instead` of none an empty one, else that comes first."""
    if isinstance(term, ox.Literal):
        return True, (term.language or "") if function == "LANG" else term.value
    if isinstance(term, ox.NamedNode) and function == "STR":
        return True, term.value
    return instead, ""


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
