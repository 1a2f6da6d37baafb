"""What sources say of things, found by both and by property: every check beside the shapes reads the same walk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cybercoop.problems.problem import Where
from cybercoop.records.reading import Row
from cybercoop.terms.term import plain

Values = dict[str, list[tuple[str, Where]]]
"""What a source says of a thing by property: each value as N-Triples writes it, with its place."""


class Said:
    """The statements of a reading by source and thing, in the order in which they were first met."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.of: dict[tuple[str, str], Values] = {}
        terms: dict[str, str] = {}
        before, values = ("", ""), Values()
        for graph, subject, predicate, value, where in rows:
            if (graph, subject) != before:
                before = (graph, subject)
                source, thing = terms.setdefault(graph, graph[1:-1]), terms.setdefault(subject, subject[1:-1])
                values = self.of.setdefault((source, thing), {})
            word = terms.get(predicate) or terms.setdefault(predicate, predicate[1:-1])
            pair = (terms.setdefault(f"={value}", value), where)
            if (others := values.get(word)) is None:
                values[word] = [pair]
            else:
                others.append(pair)

    def by_thing(self) -> dict[str, list[str]]:
        """Return the sources that speak of each thing."""
        found: dict[str, list[str]] = {}
        for source, thing in self.of:
            found.setdefault(thing, []).append(source)
        return found

    def pairs(self, source: str, thing: str, word: str) -> Iterator[tuple[str, Where]]:
        """Yield the values of a property as texts without marks, each with its place."""
        return ((plain(value), where) for value, where in self.of.get((source, thing), {}).get(word, ()))


def merged(said: Said, sources: Iterable[str], thing: str) -> dict[str, list[tuple[str, Where]]]:
    """Return what some sources say of a thing, by property, in the order of the files."""
    found: defaultdict[str, list[tuple[str, Where]]] = defaultdict(list)
    for source in sources:
        for word, values in said.of[source, thing].items():
            found[word] += [(plain(value), where) for value, where in values]
    return {word: sorted(values, key=lambda pair: pair[1]) for word, values in found.items()}
