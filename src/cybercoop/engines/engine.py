"""What an engine is: it knows terms and queries, and no question, record, shape or human language."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from cybercoop.sparql.limits import Limits
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.sparql.stream import Stream


class Engine(Protocol):
    """What answers: the store on disk, one in memory, or an endpoint anywhere. All give the same rows."""

    def within(self, limits: Limits) -> Engine:
        """Return the same engine for one question, which holds what comes from elsewhere to some limits."""

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""

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
