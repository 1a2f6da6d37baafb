"""The engine inside this process, on disk or in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cybercoop.engines.order import ordered
from cybercoop.engines.runner import answered, run
from cybercoop.sparql.limits import Clock, Limits
from cybercoop.sparql.rewriting import without_order
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.sparql.stream import Stream

_BLOCK = 1000


class Embedded(NamedTuple):
    """The engine inside this process, on disk or in memory."""

    store: ox.Store

    def within(self, limits: Limits) -> Embedded:
        """Return the engine itself: nothing comes from elsewhere."""
        return self

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""
        query, order = without_order(text)
        columns, rows = run(self.store, query, file)
        return columns, ordered(columns, rows, order)

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; one that would leave the store is refused.

        In this process nothing stops a query in the middle of its work: of the limits, that of the rows holds. And
        nothing survives the engine's breaking off: what it cannot sort is never given to it.
        """
        from cybercoop.sparql.guard import look
        from cybercoop.sparql.rewriting import sortable
        from cybercoop.sparql.stream import Stream, within_rows

        text = look(text)
        kind, columns, rows = answered(self.store, sortable(text), "query")
        blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
        yield Stream(kind, columns, Clock(limits.seconds), self.named, within_rows(blocks, limits))

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.store
