"""Which engine answers here: columns where they are at hand and the answer is long, else the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cybercoop.engines.embedded import Embedded
from cybercoop.engines.store import Stored, snapshot
from cybercoop.problems.problem import Refusal, one_of
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import (
    Graph,
    Group,
    Iri,
    Literal,
    Minus,
    Optional,
    Query,
    Triple,
    Triples,
    Union,
    Values,
    Variable,
    variables,
    walk,
)
from cybercoop.terms.names import QUERY_PREFIXES, RDF
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.engines.embedded import Engine
    from cybercoop.sparql.limits import Stream

ENGINES = ("columns", "store")
"""What `--engine` takes."""
LONG = 45_000
"""From how many statements on that a query is likely to read columns answer sooner (docs/scale.md)."""
_TYPE = RDF + "type"
_NARROW, _FEW = 100, 1000
"""How many times fewer statements there are of one thing than of all, at a guess; how many are few."""


class Choice(NamedTuple):
    """An engine by its name, why it is taken, and how many statements it is likely to read, -1 where nobody knows."""

    engine: str
    reason: str
    reads: int = -1


class Local:
    """The engine beside the store on disk; `wanted` names one, else each query goes to the one that suits it."""

    def __init__(self, stored: Stored, wanted: str = "", limits: Limits = DEFAULT) -> None:
        self.stored, self.wanted, self.limits = stored, wanted, limits

    def within(self, limits: Limits) -> Local:
        """Return the same engine for one question, which is held to the limits; the store to those of rows."""
        return Local(self.stored, self.wanted, limits)

    def choice(self, text: str) -> Choice:
        """Return the engine for a query, and why. Raises `Refusal` for an engine that there is not."""
        if self.wanted:
            return Choice(one_of(self.wanted, ENGINES), "asked")
        found = snapshot(self.stored)
        if found is None:
            return Choice("store", "no-lake")
        try:
            query = parse(text, QUERY_PREFIXES)
        except Malformed:
            return Choice("store", "unread")
        reads = likely(query, found.uses)
        return Choice("columns", "long", reads) if reads >= LONG else Choice("store", "short", reads)

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""
        chosen = self.choice(text)
        if chosen.engine == "columns":
            try:
                return self._columns().rows(text, file)
            except Refusal as refusal:
                if self.wanted or refusal.problem.code not in ("extra-missing", "not-in-columns"):
                    raise
        return self.at_hand().rows(text, file)

    def at_hand(self) -> Embedded:
        """Return the store, whatever is asked for: to open columns takes longer than to look a few things up."""
        return Embedded(self.stored.open(), self.limits)

    def stream(self, text: str, limits: Limits) -> AbstractContextManager[Stream]:
        """Give the answer to a query of one's own, from a process of its own."""
        from cybercoop.engines.worker import worked

        return worked(self.stored, text, limits, in_columns=self.wanted == "columns")

    def _columns(self) -> Engine:
        from cybercoop.engines.columns.columns import Columns

        return Columns(self.stored, self.limits)

    def meant(self, *_: object) -> ox.Store:
        """Return the store, which holds everything."""
        return self.stored.open()

    named = around = meant


def chosen(stored: Callable[[], Stored], endpoint: str | None, wanted: str | None, *, in_memory: bool) -> Engine:
    """Return the engine that is asked for: a server, the graph read into memory, or one beside the store on disk.

    Raises `Refusal` where the address is none, or there is no such engine.
    """
    if endpoint is not None and endpoint.startswith("sc://"):
        from cybercoop.engines.columns.cluster import Cluster

        return Cluster(endpoint, stored)
    if endpoint is not None:
        from cybercoop.engines.remote import Endpoint

        return Endpoint(endpoint)
    if wanted:
        one_of(wanted, ENGINES)
    return Embedded(stored().in_memory()) if in_memory else Local(stored(), wanted or "")


def likely(query: Query, uses: Mapping[str, int]) -> int:
    """Return how many statements a query is likely to read, by how many there are of each predicate and class.

    A group that speaks of one thing begins there, and reads little. Any other reads what there is of each pattern.
    """
    return _group(query.where, uses, {}) if query.where else 0


def _group(
    group: Group, uses: Mapping[str, int], known: Mapping[str, list[str]], reached: frozenset[str] = frozenset()
) -> int:
    """Return the statements that a group reads; of variables that are `reached`, it meets only a few values.

    Whatever is joined is looked up for each solution of the pattern that has the fewest.
    """
    triples, parts, asked, found = list[Triple](), list[tuple[Group, ...]](), list[Group](), 0
    ahead: list[object] = [*group.elements]
    known = {**known, **_values(group)}
    while ahead:
        element = ahead.pop()
        if isinstance(element, Graph):
            known = {**known, **_values(element.group)}
            ahead += element.group.elements
        elif isinstance(element, Triples):
            triples += element.triples
        elif isinstance(element, (Group, Union)):
            parts.append(element.groups if isinstance(element, Union) else (element,))
        elif isinstance(element, Query) and element.where:
            reads = _group(element.where, uses, known)
            found += reads
            reached |= variables(element) if reads < _FEW else frozenset()
        elif isinstance(element, (Optional, Minus)):
            asked.append(element.group)
    if any(_is_known(triple, known) or _triple(triple, uses, known, reached) < _NARROW for triple in triples):
        reached |= variables(tuple(triples))
    for groups in parts:
        reads = sum(_group(each, uses, known, reached) for each in groups)
        found += reads
        reached |= variables(groups) if reads < _FEW else frozenset()
    patterns = [_triple(triple, uses, known, reached) for triple in triples]
    found += min(patterns, default=0) * (1 if reached else len(patterns))
    return found if reached else found + sum(_group(each, uses, known) for each in asked)


def _is_known(triple: Triple, known: Mapping[str, list[str]]) -> bool:
    """Return whether a triple pattern speaks of one thing or a few; a class is none."""
    ends = (triple.subject,) if isinstance(triple.path, Iri) and triple.path.value == _TYPE else triple[2::2]
    return any(isinstance(end, (Iri, Literal)) or (isinstance(end, Variable) and end.name in known) for end in ends)


def _values(group: Group) -> dict[str, list[str]]:
    """Return the variables of a group that have a few values, with these."""
    found = {}
    for values in group.elements:
        if isinstance(values, Values) and 0 < len(values.rows) <= _NARROW:
            for place, variable in enumerate(values.variables):
                cells = [row[place] for row in values.rows]
                if None not in cells:
                    found[variable.name] = [cell.value for cell in cells if cell is not None]
    return found


def _triple(triple: Triple, uses: Mapping[str, int], known: Mapping[str, list[str]], reached: frozenset[str]) -> int:
    """Return how many statements match a triple pattern, about."""

    def values(node: object) -> list[str] | None:
        if isinstance(node, Variable):
            return known.get(node.name)
        return [node.value] if isinstance(node, (Iri, Literal)) else None

    subject, path, value = values(triple.subject), values(triple.path), values(triple.object)
    if path is None:
        parts = [node.value for node in walk(triple.path) if isinstance(node, Iri)]
        count = max((uses.get(each, 0) for each in parts), default=uses.get("", 0))
    elif path == [_TYPE] and value is not None:
        return sum(uses.get(f"a {each}", 0) for each in value)
    else:
        count = sum(uses.get(each, 0) for each in path)
    if subject is not None:
        return min(count, len(subject))
    if not reached.isdisjoint(variables(triple)):
        return count // _NARROW
    return count * min(len(value), _NARROW) // _NARROW if value is not None else count
