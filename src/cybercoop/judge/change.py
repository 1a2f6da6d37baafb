"""A change of the stored graph: what is added and removed, with look-ups that never read the whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from cybercoop.shapes.paths import Look
from cybercoop.terms import names
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import DERIVED, NS, RDF_TYPE, RDFS, record
from cybercoop.terms.term import Term, closure, iri_of
from cybercoop.workspace.derive import PARTS, derive

_UNION = ox.DefaultGraph()
_DERIVED = ox.NamedNode(DERIVED)
_TYPE, _ABOVE, _NAME = ox.NamedNode(RDF_TYPE), ox.NamedNode(RDFS + "subClassOf"), ox.NamedNode(NAME)
_WHOLE, _REPLACED = ox.NamedNode(NS + "participation"), ox.NamedNode(names.REPLACED)
_Answer = TypeVar("_Answer")
_LOOKED_THROUGH = 5_000
_PARTS = {ox.NamedNode(NS + part) for parts in PARTS.values() for part in parts if part}


class Change:
    """What some sources now say of some things, in place of what the stored graph has from them.

    `described` holds (source, thing) pairs. Look-ups see what was there before and what is there after, together;
    `before` and `after` tell them apart; `lost` holds what a source no longer says.
    """

    def __init__(self, base: ox.Store, said: Iterable[ox.Quad], described: Collection[tuple[str, str]]) -> None:
        self.base = base
        self._described = described
        stored = [(_as_stored(quad), quad) for quad in said]
        self._written = {str(quad.triple): written.triple for quad, written in stored}
        self._said = ox.Store()
        self._said.extend(quad for quad, _ in stored)
        replaced = {str(quad): quad for source, thing in described for quad in self._of(thing, source)}
        told = {str(quad): quad for quad, _ in stored}
        self.lost = [quad for text, quad in replaced.items() if text not in told]
        either = {**replaced, **told}
        things = self._derived_from(either[text] for text in replaced.keys() ^ told.keys())
        derived = [quad for thing in things for quad in base.quads_for_pattern(thing, None, None, _DERIVED)]
        after = {str(quad.triple): quad.triple for quad in (*told.values(), *self._derived(things))}
        before = {str(quad.triple): quad.triple for quad in (*replaced.values(), *derived)}
        self.added = {text: triple for text, triple in after.items() if not self._stored(triple)}
        self.removed = {
            text: triple
            for text, triple in before.items()
            if text not in after and not self._said_by_others(triple, things)
        }
        self._new = ox.Store()
        self._new.extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in self.added.values())
        self._seen: dict[tuple[Term | None, ...], tuple[ox.Triple, ...]] = {}
        self._things: dict[Term, dict[ox.NamedNode, list[ox.Triple]]] = {}

    @property
    def triples(self) -> list[ox.Triple]:
        """What is added and what is removed."""
        return [*self.added.values(), *self.removed.values()]

    def match(self, subject: Term | None, predicate: ox.NamedNode | None, target: Term | None) -> Sequence[ox.Triple]:
        """Return the statements that fit, of before and after."""
        if subject is not None and predicate is not None:
            found = self._about(subject).get(predicate, ())
            return found if target is None else [triple for triple in found if triple.object == target]
        key = (subject, predicate, target)
        if (known := self._seen.get(key)) is None:
            quads = (
                *self.base.quads_for_pattern(subject, predicate, target, _UNION),  # type: ignore[arg-type]
                *self._new.quads_for_pattern(subject, predicate, target, _UNION),  # type: ignore[arg-type]
            )
            known = self._seen[key] = tuple(quad.triple for quad in quads)
        return known

    def within(self, times: int) -> Look:
        """Return the look-ups, which raise `TooFar` after reading so many times as many statements as are stored.

        What many things have in common is read for each of them anew.
        """
        return _Within(self, times * len(self.base))

    def _about(self, subject: Term) -> Mapping[ox.NamedNode, Sequence[ox.Triple]]:
        """Return all about a thing, by property: one look into the store instead of one for each property."""
        if (known := self._things.get(subject)) is None:
            known = self._things[subject] = {}
            for triple in self.match(subject, None, None):
                known.setdefault(triple.predicate, []).append(triple)
        return known

    def whole(self, most: float) -> dict[str, ox.Triple] | None:
        """Return all statements of before and after, by their text, unless there are more than some number."""
        every: dict[str, ox.Triple] = {}
        for quad in self.base.quads_for_pattern(None, None, None, _UNION):
            if len(every) >= most:
                return None
            every[str(quad.triple)] = quad.triple
        return every | self.added

    def before(self, read: Mapping[str, ox.Triple]) -> list[ox.Triple]:
        """Return those of some statements that were there before the change."""
        return [triple for text, triple in read.items() if text not in self.added]

    def after(self, read: Mapping[str, ox.Triple]) -> list[ox.Triple]:
        """Return those of some statements that are there after the change, as the contribution writes them."""
        return [self._written.get(text, triple) for text, triple in read.items() if text not in self.removed]

    def types(self, thing: str) -> set[str]:
        """Return the classes that are stated of a thing after the change."""
        return self._above(thing, _TYPE)

    def classes(self, thing: str) -> set[str]:
        """Return the classes of a thing, after the change, with everything above them."""
        return closure(self.types(thing), self.supers)

    def now(self, thing: str) -> set[str]:
        """Return the address that replaces the one of a thing, if any."""
        return self._above(thing, _REPLACED)

    def supers(self, kind: str) -> set[str]:
        """Return the classes that are stated to be above a class."""
        return self._above(kind, _ABOVE)

    def types_by_others(self, thing: str) -> set[str]:
        """Return the classes that the stored graph states of a thing beside what is replaced."""
        quads = self.base.quads_for_pattern(ox.NamedNode(thing), _TYPE, None, None)
        stated = (quad for quad in quads if quad.graph_name not in (_UNION, _DERIVED))
        return {iri_of(quad.object) for quad in stated if _key(quad) not in self._described}

    def instances(self, kind: str) -> Iterator[str]:
        """Yield the things of a class, those that are added first."""
        for store in (self._new, self.base):
            for quad in store.quads_for_pattern(None, _TYPE, ox.NamedNode(kind), _UNION):
                yield iri_of(quad.subject)

    def of_kind(self, iri: str) -> list[str]:
        """Return the things whose IRIs begin as one does; of a kind with more than some thousand, not all."""
        base = names.kind_of(iri)
        kinds = [NS + name for name, path in names.KINDS.items() if names.BASE + path == base]
        things = (thing for kind in kinds for thing in self.instances(kind) if thing.startswith(base))
        return list(islice(things, _LOOKED_THROUGH))

    def ask_all(self, ask: Callable[[ox.Store], _Answer]) -> _Answer:
        """Return what is answered by the whole graph after the change.

        It is asked as a store of its own, which shares its files with the stored graph: only what changes is written.
        """
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            self.base.backup(str(Path(folder) / "store"))
            store = ox.Store(str(Path(folder) / "store"))
            for triple in self.removed.values():
                store.remove(ox.Quad(triple.subject, triple.predicate, triple.object))
            store.extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in self.added.values())
            answer = ask(store)
            del store  # closed before its folder goes
        return answer

    def _above(self, node: str, predicate: ox.NamedNode) -> set[str]:
        found = self.match(ox.NamedNode(node), predicate, None)
        return {iri_of(triple.object) for triple in found if str(triple) not in self.removed}

    def _of(self, thing: str, source: str) -> Iterator[ox.Quad]:
        return self.base.quads_for_pattern(ox.NamedNode(thing), None, None, ox.NamedNode(source))

    def _stored(self, triple: ox.Triple) -> bool:
        return ox.Quad(triple.subject, triple.predicate, triple.object) in self.base

    def _said_by_others(self, triple: ox.Triple, things: set[ox.NamedNode]) -> bool:
        """Return whether a statement stays although this contribution no longer makes it."""
        for quad in self.base.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
            if quad.graph_name == _DERIVED:
                if quad.subject not in things:
                    return True
            elif quad.graph_name != _UNION and _key(quad) not in self._described:
                return True
        return False

    def _derived_from(self, changes: Iterable[ox.Quad]) -> set[ox.NamedNode]:
        """Return the things whose derived facts may change: those changed, their records, and those named after one."""
        found: set[Term] = set()
        renamed: set[ox.NamedNode] = set()
        for about, of in groupby(changes, key=_key):
            subject = ox.NamedNode(about[1])
            found |= {subject, ox.NamedNode(record(*about))}
            for quad in of:
                if quad.predicate == _WHOLE:
                    found.add(quad.object)
                elif quad.predicate == _NAME:
                    renamed.add(subject)
        for thing in renamed:
            for part in _PARTS:
                found |= {named.subject for named in self.base.quads_for_pattern(None, part, thing, _UNION)}
            found |= {whole.object for whole in self.base.quads_for_pattern(thing, _WHOLE, None, _UNION)}
        return {node for node in found if isinstance(node, ox.NamedNode)}

    def _derived(self, things: set[ox.NamedNode]) -> list[ox.Quad]:
        """Return what follows, after the change, for some things."""
        facts: dict[str, ox.Quad] = {}
        for thing in things:
            own = [*self._stated(thing, None, None), *self._stated(None, _WHOLE, thing)]
            named = {quad.object for quad in own if quad.predicate in _PARTS}
            named |= {quad.subject for quad in own if quad.predicate == _WHOLE}
            called = [
                quad for part in named if isinstance(part, ox.NamedNode) for quad in self._stated(part, _NAME, None)
            ]
            facts.update((str(quad), quad) for quad in (*own, *called))
        facts.update((str(quad), quad) for quad in self.base.quads_for_pattern(None, _ABOVE, None, None))
        return [quad for quad in derive(facts.values()) if quad.subject in things]

    def _stated(
        self, subject: ox.NamedNode | None, predicate: ox.NamedNode | None, target: Term | None
    ) -> Iterator[ox.Quad]:
        """Yield what sources state after the change, nothing derived."""
        for quad in self.base.quads_for_pattern(subject, predicate, target, None):
            if quad.graph_name not in (_UNION, _DERIVED) and _key(quad) not in self._described:
                yield quad
        yield from self._said.quads_for_pattern(subject, predicate, target, None)


class TooFar(Exception):
    """So much would have to be read that the whole is read sooner."""


class _Within:
    def __init__(self, change: Change, most: int) -> None:
        self.change = change
        self.left = most

    def match(self, subject: Term | None, predicate: ox.NamedNode | None, target: Term | None) -> Sequence[ox.Triple]:
        """Return the statements that fit. Raises `TooFar`."""
        found = self.change.match(subject, predicate, target)
        self.left -= len(found)
        if self.left < 0:
            raise TooFar
        return found


def _key(quad: ox.Quad) -> tuple[str, str]:
    return iri_of(quad.graph_name), iri_of(quad.subject)


def _as_stored(quad: ox.Quad) -> ox.Quad:
    """Return a statement as the store holds it: numbers, truth values and times in their shortest form."""
    term = quad.object
    if not isinstance(term, ox.Literal) or term.language or term.datatype.value.endswith("#string"):
        return quad
    store = ox.Store()
    store.add(quad)
    held: ox.Quad = next(iter(store))
    return held
