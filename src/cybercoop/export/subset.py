"""A part of the graph that can be read by itself: what is said of some things, with all that a reader of it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from cybercoop.export.facts import literal
from cybercoop.export.statements import Row
from cybercoop.export.whole import Whole
from cybercoop.terms.labels import NAME, NOTICE, OTHER_NAME
from cybercoop.terms.names import DERIVED, EDITORS, LANG_STRING, NS, RDF_TYPE, RDFS, SCHEME, source_of_parts

_SHOWN = (RDF_TYPE, NAME, OTHER_NAME, NOTICE)
"""What is told of things that are only mentioned."""

_ABOVE = (RDF_TYPE, RDFS + "subClassOf", RDFS + "subPropertyOf")
_WORDS = NS.rstrip("#")

_Said = tuple[str, Row]
"""A thing, and one statement about it."""


def subset(whole: Whole, things: Collection[str] | None, graphs: Collection[str] = ()) -> Iterator[str]:
    """Yield what is said of some things, or of all where that is None, by some graphs or by all, closed, as lines.

    They are lines of N-Quads, sorted, each once. To them belong the records that say so with their passages, the cards
    of all sources that are met, class, names and notice of everything that is mentioned (also by a starred name inside
    a text), and of the vocabulary, where it is there, the words that are used. Without a single statement of the things
    there is nothing.
    """
    if things is None and not graphs:
        for thing, rows in whole.said.blocks():
            yield from _lines(thing, whole.counting(thing, rows))
        return
    part = _Part(whole)
    part.begin(things, graphs)
    part.close()
    for thing in sorted(part.found, key="{}>".format):
        yield from _lines(thing, part.found[thing])


def _lines(thing: str, rows: Iterable[Row]) -> list[str]:
    return sorted(f"<{thing}> <{predicate}> {value} <{source}> .\n" for predicate, value, source in rows)


class _Part:
    """What was found so far, by thing."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.found: defaultdict[str, set[Row]] = defaultdict(set)

    def begin(self, things: Collection[str] | None, graphs: Collection[str]) -> None:
        """Add what is said of things, and the records that say so with their passages."""
        whole = self.whole

        def add(added: Iterable[str]) -> set[str]:
            """Add what is said of some things; return the records, citations and passages that it points at."""
            new = ((each, row) for each in added for row in whole.of(each) if not graphs or row[2] in graphs)
            values = (value for _, (_, value, _) in self._added(new) if value[0] == "<")
            return {value[1:-1] for value in values if source_of_parts(value[1:-1])}

        wanted = whole.said_by(graphs) if things is None else things
        pointed = add(wanted)
        if self.found:
            entries = {entry for entry in pointed if whole.whole_of(entry)}
            pointed |= add(entries.union(*map(whole.records, () if things is None else things)))
            for _ in range(2):  # citations, then what they cite
                pointed = add(pointed)

    def _added(self, new: Iterable[_Said]) -> list[_Said]:
        """Add statements; return those that were not there."""
        added = []
        for thing, row in new:
            if row not in (rows := self.found[thing]):
                rows.add(row)
                added.append((thing, row))
        return added

    def close(self) -> None:
        """Add what is told of whatever is mentioned, and the cards of sources, until nothing is missing."""
        whole, told, known = self.whole, set[str](), set[str]()
        heard = {EDITORS, DERIVED, SCHEME.rstrip("/"), _WORDS}
        ahead: list[_Said] = [(thing, row) for thing, rows in self.found.items() for row in rows]
        while ahead:
            sources = {source for _, (_, _, source) in ahead}
            mentioned = {value[1:-1] for _, (_, value, _) in ahead if value[0] == "<"}
            mentioned.update(thing for thing, _ in ahead)
            texts = {value for _, (_, value, _) in ahead if value[0] != "<" and "*" in value}
            mentioned.update(*(whole.noticed.bearers(literal(text)[0]) for text in texts))
            words = {predicate for _, (predicate, _, _) in ahead}
            words.update(value[1:-1] for _, (predicate, value, _) in ahead if predicate in _ABOVE and value[0] == "<")
            endings = {value[value.rindex('"') :] for _, (_, value, _) in ahead if value[0] != "<"}
            words.update(literal(ending)[2] or LANG_STRING for ending in endings)
            ahead = self._added((iri, row) for iri in sources - told for row in whole.of(iri))
            heard |= sources
            ahead += self._added((iri, row) for iri in mentioned - told for row in self._shown(iri, heard))
            ahead += self._added((iri, row) for iri in words - known for row in whole.of(iri) if row[2] == _WORDS)
            told |= sources  # a thing that was only mentioned may yet be met as a source
            known |= words

    def _shown(self, thing: str, heard: Collection[str]) -> list[Row]:
        """Return class, names and notice of a thing as those say them who are heard anyway, else whoever does."""
        found: list[Row] = []
        for predicate in _SHOWN:
            every = [row for row in self.whole.of(thing) if row[0] == predicate]
            found += [row for row in every if row[2] in heard] or every
        return found
