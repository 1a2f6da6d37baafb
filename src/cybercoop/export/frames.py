"""For people who want trees: a frame for each class (JSON-LD 1.1 Framing, https://www.w3.org/TR/json-ld11-framing/)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from cybercoop.export.subset import Whole
from cybercoop.terms.context import Context
from cybercoop.terms.names import DERIVED, RDF_TYPE, short, source_of_parts
from cybercoop.terms.term import iri_of

_INSIDE = {"@embed": "@always", "@omitDefault": True}
_ANY = {"@omitDefault": True}
_NAMED = {**_INSIDE, "@explicit": True, "skos:prefLabel": _ANY, "coop:designationNotice": _ANY}
"""What is shown of a thing that is only pointed at; prefixed, as a map of languages takes no pattern for any."""

_DEPTH = 3
"""How many things may stand one inside the other."""


def frames(quads: Sequence[ox.Quad], context: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of a frame for each class of ours that things are stated to be of.

    By it a JSON-LD processor makes a tree of each thing: what stands inside of it whole, and whatever else it points at
    by name, with its notice.
    """
    known = _Known(quads, Context.of(context))
    for iri, name in sorted(known.classes.items(), key=lambda item: item[1]):
        if things := known.members[iri]:
            frame = {"@context": context, "type": name, **known.inner(things, _DEPTH)}
            yield f"{name}.jsonld", (json.dumps(frame, ensure_ascii=False, indent=1) + "\n").encode()


class _Known:
    """The things of each class, and what points from them to what."""

    def __init__(self, quads: Sequence[ox.Quad], context: Context) -> None:
        self.whole = Whole(quads)
        self.words = {term.iri: term.name for term in context.terms.values()}
        self.classes = {iri: name for name, iri in context.classes.items()}
        self.members: defaultdict[str, set[str]] = defaultdict(set)
        for quad in self.whole.quads:
            if quad.predicate.value == RDF_TYPE and iri_of(quad.graph_name) != DERIVED:
                self.members[iri_of(quad.object)].add(iri_of(quad.subject))

    def inner(self, things: set[str], depth: int) -> dict[str, Any]:
        """Return what a frame says of the properties by which some things point at others."""
        inside: defaultdict[str, set[str]] = defaultdict(set)
        for thing in things:
            parts = self.whole.inside({thing}) - {thing}
            for quad in self.whole.of[thing]:
                if isinstance(quad.object, ox.NamedNode) and quad.predicate.value != RDF_TYPE:
                    own = quad.object.value in parts or source_of_parts(quad.object.value) is not None
                    inside[quad.predicate.value].update([quad.object.value] if own else [])
        found: dict[str, Any] = {}
        for predicate, parts in sorted(inside.items(), key=lambda item: self.words.get(item[0], item[0])):
            whole = {**_INSIDE, **self.inner(parts, depth - 1)} if parts and depth else _NAMED
            found[self.words.get(predicate, short(predicate))] = whole
        return found
