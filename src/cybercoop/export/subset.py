"""A part of the graph that can be read by itself: what is said of some things, with all that a reader of it needs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from cybercoop.terms.context import Context
from cybercoop.terms.labels import NAME, NOTICE, OTHER_NAME, of_quads
from cybercoop.terms.names import BASE, DERIVED, EDITORS, NS, RDF_TYPE, RDFS, SCHEME, record, short, source_of_parts
from cybercoop.terms.term import iri_of

_ABOUT = NS + "about"
_SHOWN = (RDF_TYPE, NAME, OTHER_NAME, NOTICE)
"""What is told of things that are only mentioned."""

_ABOVE = (RDFS + "subClassOf", RDFS + "subPropertyOf")
_WORDS = NS.rstrip("#")


class Whole:
    """All statements, found by what they are about and by what they point at."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.quads = list(dict.fromkeys(quads))
        self.of: defaultdict[str, list[ox.Quad]] = defaultdict(list)
        self.naming: defaultdict[str, list[ox.Quad]] = defaultdict(list)
        self.whole_of: dict[str, str] = {}
        for quad in self.quads:
            self.of[iri_of(quad.subject)].append(quad)
            if isinstance(quad.object, ox.NamedNode):
                self.naming[quad.object.value].append(quad)
            if quad.predicate.value == _ABOUT:
                thing, entry = iri_of(quad.object), iri_of(quad.subject)
                if record(iri_of(quad.graph_name), thing) == entry:
                    self.whole_of[entry] = thing

    def records(self, thing: str) -> list[str]:
        """Return the records that are about a thing."""
        return [iri_of(quad.subject) for quad in self.naming[thing] if quad.predicate.value == _ABOUT]

    def around(self, things: Iterable[str]) -> set[str]:
        """Return things, what names them, and what these stand inside of."""
        named = {iri_of(quad.subject) for thing in things for quad in self.naming[thing]}
        found = {*things, *(each for each in named if each.startswith(BASE) and source_of_parts(each) is None)}
        return found | {self.whole_of[entry] for thing in found for entry in self.records(thing)}

    def inside(self, things: Iterable[str]) -> set[str]:
        """Return things with those that the records of them describe inside of them."""
        found = set(things)
        entries = {entry for thing in things for entry in self.records(thing) if self.whole_of[entry] == thing}
        return found | {iri_of(quad.object) for each in entries for quad in self.of[each] if _is(quad, _ABOUT)}

    def of_class(self, kinds: Collection[str]) -> set[str]:
        """Return the things of some classes; general classes are among those of a thing."""
        return {iri_of(quad.subject) for kind in kinds for quad in self.naming[kind] if _is(quad, RDF_TYPE)}

    def subset(self, things: Collection[str] | None, graphs: Collection[str] = ()) -> list[ox.Quad]:
        """Return what is said of some things, or of all where that is None, by some graphs or by all, closed.

        To it belong the records that say so with their passages, the cards of all sources that are met, class, names
        and notice of everything that is mentioned (also by a starred name inside a text), and of the vocabulary, where
        it is there, the words that are used. Without a single statement of the things there is nothing.
        """
        found: dict[ox.Quad, None] = {}
        wanted = self.of.keys() if things is None else things

        def add(quads: Iterable[ox.Quad]) -> None:
            found.update((quad, None) for quad in quads if not graphs or iri_of(quad.graph_name) in graphs)

        add(quad for thing in wanted for quad in self.of[thing])
        if not found:
            return []
        entries = {entry for thing in wanted for entry in self.records(thing)} if things is not None else set()
        entries |= {_iri(quad) for quad in found if _iri(quad) in self.whole_of}
        add(quad for entry in sorted(entries) for quad in self.of[entry])
        for _ in range(2):  # citations, then what they cite
            add(each for quad in list(found) if source_of_parts(_iri(quad)) for each in self.of[_iri(quad)])
        return list(self._closed(found))

    def _closed(self, found: dict[ox.Quad, None]) -> dict[ox.Quad, None]:
        """Add what is told of whatever is mentioned, and the cards of sources, until nothing is missing."""
        told: set[str] = set()
        heard = {EDITORS, DERIVED, SCHEME.rstrip("/"), _WORDS}
        labels = of_quads(quad for quad in self.quads if quad.predicate.value in _SHOWN)
        ahead = list(found)
        while ahead:
            sources = {iri_of(quad.graph_name) for quad in ahead}
            mentioned = {iri_of(term) for quad in ahead for term in (quad.subject, quad.object)}
            texts = (quad.object.value for quad in ahead if isinstance(quad.object, ox.Literal))
            mentioned.update(*(labels.bearers(text) for text in texts if "*" in text))
            words = {quad.predicate.value for quad in ahead} | {
                iri_of(quad.object) for quad in ahead if _is_above(quad)
            }
            words |= {quad.object.datatype.value for quad in ahead if isinstance(quad.object, ox.Literal)}
            new = [quad for iri in sources - told for quad in self.of[iri]]
            heard |= sources
            new += [quad for iri in mentioned - told for quad in self._shown(iri, heard)]
            new += [quad for iri in words for quad in self.of[iri] if iri_of(quad.graph_name) == _WORDS]
            told |= sources  # a thing that was only mentioned may yet be met as a source
            ahead = [quad for quad in new if quad not in found]
            found.update(dict.fromkeys(ahead))
        return found

    def _shown(self, thing: str, heard: Collection[str]) -> list[ox.Quad]:
        """Return class, names and notice of a thing as those say them who are heard anyway, else whoever does."""
        found: list[ox.Quad] = []
        for predicate in _SHOWN:
            every = [quad for quad in self.of[thing] if quad.predicate.value == predicate]
            found += [quad for quad in every if iri_of(quad.graph_name) in heard] or every
        return found


def _is(quad: ox.Quad, predicate: str) -> bool:
    return quad.predicate.value == predicate


def _is_above(quad: ox.Quad) -> bool:
    return quad.predicate.value in (RDF_TYPE, *_ABOVE)


def _iri(quad: ox.Quad) -> str:
    """Return the IRI that a statement points at; of a text, nothing."""
    return quad.object.value if isinstance(quad.object, ox.NamedNode) else ""


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
