"""What sources claim, record by record: the statements about a record, its things and its places in the source."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from cybercoop.records.reading import Reading, Statement
from cybercoop.terms.names import NS, RDF_TYPE

_INSIDE = (NS + "about", NS + "passage")

Part = tuple[str, str]
"""A graph, and a thing that it speaks of."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says in one record: the record's node, all that it takes in, and the statements about that."""

    node: Part
    parts: tuple[Part, ...]
    statements: tuple[Statement, ...]

    @property
    def quads(self) -> frozenset[ox.Quad]:
        """The statements without their places."""
        return frozenset(each.quad for each in self.statements)


def claims(reading: Reading) -> list[Claim]:
    """Return the records among the statements of a file, in its order."""
    about: dict[Part, list[Statement]] = {}
    for statement in reading.statements:
        about.setdefault((_iri(statement.quad.graph_name), _iri(statement.quad.subject)), []).append(statement)
    found = []
    for (graph, node), said in about.items():
        if not any(each.quad.predicate.value == RDF_TYPE and _iri(each.quad.object) == NS + "Record" for each in said):
            continue
        inside = [_iri(each.quad.object) for each in said if each.quad.predicate.value in _INSIDE]
        parts = tuple(dict.fromkeys((graph, thing) for thing in (node, *inside)))
        found.append(Claim((graph, node), parts, tuple(each for part in parts for each in about.get(part, []))))
    return found


def _iri(term: object) -> str:
    return str(term)[1:-1]
