"""A stream: the answer to a free query while it is still computed, within limits, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.limits import Clock, Limits
from cybercoop.terms.term import Term

_LIMITS = {
    "rows": "query-limit-rows",
    "bytes": "query-limit-bytes",
    "seconds": "query-limit-seconds",
    "memory": "query-limit-memory",
}
"""Name of a limit → the problem of meeting it."""

Row = list[Term | None]

Named = Callable[[Iterable[str]], ox.Store]
"""Gives a store with the names and notices of some things, the kinds of all sources, and every notice."""


@dataclass
class Stream:
    """An answer that is read while it is still computed; `kind` is `rows`, `triples` or `truth`.

    `given` counts the rows read so far; `clock` stands still while whoever reads is waited for; `named` tells what the
    things in the rows are called where the rows come from.
    """

    kind: str
    columns: list[str]
    clock: Clock
    named: Named
    _source: Iterator[list[Row]]
    given: int = field(default=0)

    def blocks(self) -> Iterator[list[Row]]:
        """Yield rows, at most a thousand at a time; raises `Refusal` where a limit is met."""
        for block in self._source:
            self.given += len(block)
            yield block


def is_limit(end: str) -> bool:
    """Return whether that is the name of a limit."""
    return end in _LIMITS


def limit_met(name: str, limits: Limits) -> Refusal:
    """Return the refusal of a query that met the limit of that name."""
    return refuse(_LIMITS[name], Where("query"), limit=f"{getattr(limits, name):,}")


def limit_of(refusal: Refusal) -> str:
    """Return the name of the limit that a refusal speaks of, else nothing."""
    return next((name for name, code in _LIMITS.items() if code == refusal.problem.code), "")


def within_rows(blocks: Iterable[list[Row]], limits: Limits) -> Iterator[list[Row]]:
    """Yield rows up to their limit; raises `Refusal` where there are more."""
    left = limits.rows
    for block in blocks:
        if block[:left]:
            yield block[:left]
        left -= len(block)
        if left < 0:
            raise limit_met("rows", limits)
