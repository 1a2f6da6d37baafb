"""All statements of a graph where they lie on disk, found by what they are about and by what they point at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache

import pyoxigraph as ox

from cybercoop.export.statements import Row, Statements
from cybercoop.terms.labels import NOTICE, Labels, of_quads
from cybercoop.terms.names import BASE, NS, RDF_TYPE, record, source_of_parts
from cybercoop.terms.term import iri_of

ABOUT = NS + "about"
_ROOM = 1 << 12
"""How many things are kept with what is said of them."""


def everything(_thing: str, _value: str, _source: str) -> bool:
    """Return whether a statement counts where all of them do."""
    return True


class Whole:
    """The statements `said`, of which `lines` gives those about one thing, and a store that holds the same.

    Of these, `has` tells by thing, value and source (the value as N-Triples writes it) which ones count. What is held
    in memory does not grow with the graph.
    """

    def __init__(
        self,
        said: Statements,
        lines: Callable[[str], bytes],
        store: ox.Store,
        has: Callable[[str, str, str], bool] = everything,
    ) -> None:
        self.said = said
        self.lines = lines
        self.store = store
        self.has = has
        self.of = lru_cache(_ROOM)(self._of)
        self._once = lru_cache(_ROOM)(str)  # properties and sources come again and again

    def of_those(self, has: Callable[[str, str, str], bool]) -> Whole:
        """Return the same, of which other statements count."""
        return Whole(self.said, self.lines, self.store, has)

    def _of(self, thing: str) -> list[Row]:
        """Return what is said of a thing, in the order of lines."""
        rows, once = self.said.rows(self.lines(thing)), self._once
        return [(once(word), value, once(source)) for word, value, source in self.counting(thing, rows)]

    def counting(self, thing: str, rows: Iterable[Row]) -> list[Row]:
        """Return those of what is said of a thing that count."""
        return [row for row in rows if self.has is everything or self.has(thing, row[1], row[2])]

    def found(
        self, subject: str | None = None, predicate: str | None = None, value: str | None = None, source: str = ""
    ) -> Iterator[tuple[str, str, str, str]]:
        """Yield thing, property, value and source of the statements of this pattern whose values are IRIs."""
        asked = (ox.NamedNode(each) if each else None for each in (subject, predicate, value, source))
        for thing, term, pointed, graph in self.store.quads_for_pattern(*asked):
            if isinstance(pointed, ox.NamedNode) and isinstance(graph, ox.NamedNode):
                about, said_by = iri_of(thing), graph.value
                if said_by != self.said.left and self.has(about, f"<{pointed.value}>", said_by):
                    yield about, term.value, pointed.value, said_by

    def naming(self, thing: str, predicate: str | None = None) -> set[str]:
        """Return what points at a thing, by any property or by one."""
        return {about for about, *_ in self.found(None, predicate, thing)}

    def records(self, thing: str) -> set[str]:
        """Return the records that are about a thing."""
        return self.naming(thing, ABOUT)

    def whole_of(self, entry: str) -> str | None:
        """Return the thing that a record is of, and not of what stands inside of it; of another thing, None."""
        return self._told_of(entry)[0]

    def _told_of(self, entry: str) -> tuple[str | None, set[str]]:
        """Return the thing that a record is of, and everything that it is about."""
        about = {(value, source) for _, _, value, source in self.found(entry, ABOUT)}
        own = (value for value, source in about if record(source, value) == entry)
        return max(own, default=None), {value for value, _ in about}

    def around(self, things: Iterable[str]) -> set[str]:
        """Return things, what names them, and what these stand inside of."""
        named = {each for thing in things for each in self.naming(thing)}
        found = {*things, *(each for each in named if each.startswith(BASE) and source_of_parts(each) is None)}
        return found | {whole for thing in found for entry in self.records(thing) if (whole := self.whole_of(entry))}

    def inside(self, things: Collection[str]) -> set[str]:
        """Return things with those that the records of them describe inside of them."""
        found = set(things)
        for entry in {entry for thing in found for entry in self.records(thing)}:
            whole, inside = self._told_of(entry)
            found |= inside if whole in things else set()
        return found

    def of_class(self, kinds: Collection[str]) -> set[str]:
        """Return the things of some classes; general classes are among those of a thing."""
        return {thing for kind in kinds for thing in self.naming(kind, RDF_TYPE)}

    def said_by(self, sources: Iterable[str]) -> set[str]:
        """Return the things of which some sources say something."""
        stated = (self.store.quads_for_pattern(None, None, None, ox.NamedNode(source)) for source in sources)
        return {iri_of(quad.subject) for quads in stated for quad in quads}

    @cached_property
    def noticed(self) -> Labels:
        """The names and notices of everything that has a notice."""
        bearers = {iri_of(quad.subject) for quad in self.store.quads_for_pattern(None, ox.NamedNode(NOTICE), None)}
        said = (quad for thing in sorted(bearers) for quad in self.said.values(self.lines(thing)))
        return of_quads(
            each for each in said if self.has(iri_of(each.subject), str(each.object), iri_of(each.graph_name))
        )
