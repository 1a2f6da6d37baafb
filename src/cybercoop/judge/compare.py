"""What one graph says that another does not: added, withdrawn and changed, by thing and source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from cybercoop.judge.sides import MADE, Side, alike, classes
from cybercoop.problems.problem import Where, refuse
from cybercoop.terms import labels, names
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import COMPUTED, DERIVED, EDITORS, NS, REPLACED, source_of_parts
from cybercoop.terms.patch import canonical, digest, parsed
from cybercoop.workspace import contents
from cybercoop.workspace.workspace import Workspace

STATED, EDITORIAL, VOCABULARY, DERIVATION = "stated", "editorial", "vocabulary", "derived"
KINDS = (STATED, EDITORIAL, VOCABULARY, DERIVATION)
"""What changes: what sources state, what the editors say and where it is read, words, consequences."""

NEW, GONE, MOVED, CHANGED = "new", "gone", "moved", "changed"
"""What became of a thing: it came, it went, it has another address, or other things are said of it."""

_CALLED = frozenset({labels.NAME, labels.OTHER_NAME, labels.NOTICE, NS + "sourceKind"})
"""What things of today's graph are called by, and what says whose name goes first."""

_REASON = NS + "reason"
_ABOUT, _PARTS = NS + "about", (NS + "citation", NS + "passage")

Value: TypeAlias = ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple


class Entry(NamedTuple):
    """What one source says otherwise of one thing by one property, `term`; and what other sources say by it now."""

    term: str
    source: str
    withdrawn: tuple[Value, ...]
    added: tuple[Value, ...]
    others: tuple[tuple[Value, int], ...] = ()

    @property
    def pairs(self) -> list[tuple[Value | None, Value | None]]:
        """Its values as (before, after): one of each where it is the same text in a language, or the only value."""
        old, new = _by_language(self.withdrawn), _by_language(self.added)
        pairs: list[tuple[Value | None, Value | None]] = []
        for language in sorted(old.keys() | new.keys()):
            gone, come = old[language], new[language]
            if len(gone) == len(come) == 1:
                pairs.append((gone[0], come[0]))
            else:
                pairs += [*((value, None) for value in gone), *((None, value) for value in come)]
        return pairs


def _by_language(values: Iterable[Value]) -> defaultdict[str, list[Value]]:
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for value in values:
        found[(value.language or "") if isinstance(value, ox.Literal) else ""].append(value)
    return found


class Told(NamedTuple):
    """What changed of one thing, of one kind of change; `places` counts the statements on where it is read."""

    thing: str
    kind: str
    state: str
    entries: tuple[Entry, ...]
    places: tuple[int, int] = (0, 0)
    now: str = ""


class Loss(NamedTuple):
    """The things of a class that are described no more, and are not said to have another address."""

    kind: str
    before: int
    after: int
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """How one graph became another; `before` and `after` are their canonical lines."""

    names: tuple[str, str]
    before: list[str]
    after: list[str]
    added: list[ox.Quad]
    withdrawn: list[ox.Quad]
    told: tuple[Told, ...]
    losses: tuple[Loss, ...]
    left_out: tuple[str, ...]
    labels: Labels
    lang: str

    def __repr__(self) -> str:
        before, after = self.names
        return f"<Comparison: {before} to {after}, statements +{len(self.added)} −{len(self.withdrawn)}>"

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return not self.added and not self.withdrawn

    @property
    def digests(self) -> tuple[str, str]:
        """The hashes of both datasets (RDFC-1.0)."""
        return digest(self.before), digest(self.after)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return how many statements were added and withdrawn, by the kind of change."""
        found = {kind: [0, 0] for kind in KINDS}
        for place, quads in enumerate((self.added, self.withdrawn)):
            for quad in quads:
                found[_kind(quad)][place] += 1
        return {kind: (added, withdrawn) for kind, (added, withdrawn) in found.items()}


def compare(home: Workspace, before: Side, after: Side, lang: str = "en") -> Comparison:
    """Return what was added, withdrawn and changed from one side to the other, told in a language.

    Raises `Refusal` where blank nodes look too much alike to be told apart in time.
    """
    called = before.name, after.name
    before, after, left = alike(before, after)
    old, new = _canonical(before), _canonical(after)
    withdrawn, added = parsed(sorted({*old}.difference(new))), parsed(sorted({*new}.difference(old)))
    gone, losses = _losses(before.quads, after.quads)
    told = _told(before.quads, after.quads, withdrawn, added, gone)
    named = _labels(home, before, after)
    return Comparison(called, old, new, added, withdrawn, told, losses, tuple(left), named, lang)


def _canonical(side: Side) -> list[str]:
    try:
        return canonical(side.quads)
    except ValueError:
        raise refuse("blank-nodes-alike", Where(side.name), value=side.name) from None


def _labels(home: Workspace, *sides: Side) -> Labels:
    """Return what things are called: as they are now, else as they were, else as the graph of today calls them."""
    known: dict[str, Mapping[str, str]] = {}
    notices: dict[str, Mapping[str, str]] = {}
    own = [quad for quad in home.stored.each_quad() if quad.predicate.value in _CALLED]
    for quads, order in (
        (own, home.name_order(own)),
        *((side.quads, side.graph.name_order(side.quads) if side.graph else labels.alike) for side in sides),
    ):
        found = labels.of_quads(quads, order)
        known |= found.names
        notices |= found.notices
    named = Labels(known, notices)
    for side in sides:
        known |= contents.of_quads(side.quads, named)
    return Labels(known, notices, labels.of_quads(own).marked)


def _kind(quad: ox.Quad) -> str:
    """Return whose change a statement is."""
    graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
    if graph == DERIVED or (not graph and quad.predicate.value in COMPUTED):
        return DERIVATION
    if graph in MADE:
        return VOCABULARY
    if graph == EDITORS or source_of_parts(_text(quad.subject)):
        return EDITORIAL
    return STATED


def _text(term: Value) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _losses(before: Iterable[ox.Quad], after: list[ox.Quad]) -> tuple[dict[str, str], tuple[Loss, ...]]:
    """Return the things that are gone, each with the address that it has now, if any; and the losses by class."""
    old, new = classes(before), classes(after)
    moved = _replaced(after)
    there = {_text(quad.subject) for quad in after} - (moved.keys() - _replaced(before).keys())
    gone = {thing: moved.get(thing, "") for things in old.values() for thing in things - there}
    losses = []
    for kind, things in sorted(old.items()):
        lost = tuple(sorted(thing for thing in things if thing in gone and not gone[thing]))
        if lost and not source_of_parts(lost[0]):
            losses.append(Loss(kind, len(things), len(new.get(kind, ())), lost))
    return gone, tuple(losses)


def _replaced(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return the former addresses that are known, each with the present one."""
    return {_text(quad.subject): _text(quad.object) for quad in quads if quad.predicate.value == REPLACED}


def _told(
    before: list[ox.Quad],
    after: list[ox.Quad],
    withdrawn: Iterable[ox.Quad],
    added: Iterable[ox.Quad],
    gone: Mapping[str, str],
) -> tuple[Told, ...]:
    """Return what changed, by the kind of change and by thing; statements of records stand with what they are about.

    What was said of a thing at a former address is held against what is said at the present one.
    """
    about = _about([*before, *after])
    moved = {thing: ox.NamedNode(now) for thing, now in gone.items() if now}
    known = {_text(quad.subject) for quad in before} | {now.value for now in moved.values()}
    withdrawn, added = _apart(withdrawn, added, moved)
    said: dict[tuple[str, str], dict[tuple[str, str], tuple[list[Value], list[Value]]]] = {}
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for place, quads in enumerate((withdrawn, added)):
        for quad in quads:
            subject, property_ = _text(quad.subject), quad.predicate.value
            record = source_of_parts(subject)
            key = (_kind(quad), about.get(subject, subject))
            if record and property_ != _REASON:
                places[key][place] += 1
                said.setdefault(key, {})
                continue
            source = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
            source = "" if key[0] == VOCABULARY else source
            values = said.setdefault(key, {}).setdefault((property_, source), ([], []))
            values[place].append(quad.object)
    found = []
    others = _others(
        after, {(thing, term) for (kind, thing), terms in said.items() if kind == STATED for term, _ in terms}
    )
    for (kind, thing), entries in said.items():
        state = GONE if thing in gone else CHANGED if thing in known else NEW
        told = []
        for (property_, source), (old, new) in sorted(entries.items()):
            told.append(Entry(property_, source, tuple(sorted(old, key=str)), tuple(sorted(new, key=str))))
            if kind == STATED:
                told[-1] = told[-1]._replace(others=_counted(others[thing, property_], source))
        out, into = places.get((kind, thing), (0, 0))
        found.append(Told(thing, kind, state, tuple(told), (into, out)))
    found += [Told(thing, STATED, MOVED, (), now=now.value) for thing, now in moved.items()]
    order = (GONE, CHANGED, NEW, MOVED)
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), order.index(each.state), each.thing)))


_Others: TypeAlias = dict[tuple[str, str], dict[Value, set[str]]]


def _others(quads: Iterable[ox.Quad], asked: set[tuple[str, str]]) -> _Others:
    """Return who states which value of some things by some properties: (thing, property) → value → sources."""
    found: _Others = {key: {} for key in asked}
    for quad in quads:
        if (values := found.get((_text(quad.subject), quad.predicate.value))) is not None and _kind(quad) == STATED:
            values.setdefault(quad.object, set()).add(str(quad.graph_name))
    return found


def _counted(values: Mapping[Value, set[str]], source: str) -> tuple[tuple[Value, int], ...]:
    """Return by how many other sources each value is stated, the most first."""
    counts = [(value, len(sources - {f"<{source}>"})) for value, sources in values.items()]
    return tuple(sorted((pair for pair in counts if pair[1]), key=lambda pair: (-pair[1], str(pair[0]))))


def _apart(
    withdrawn: Iterable[ox.Quad], added: Iterable[ox.Quad], moved: Mapping[str, ox.NamedNode]
) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Return what is withdrawn, at the present addresses, and what is added, without what stands in both."""

    def now(term: ox.NamedNode) -> ox.NamedNode:
        return moved.get(_text(term), term)

    renamed = {ox.Quad(now(quad.subject), quad.predicate, now(quad.object), quad.graph_name) for quad in withdrawn}  # type: ignore[arg-type]
    come = set(added)
    return sorted(renamed - come, key=str), sorted(come - renamed, key=str)


def _about(quads: list[ox.Quad]) -> dict[str, str]:
    """Return the thing that each record is about, and that of the record that each passage or citation belongs to."""
    about: dict[str, str] = {}
    for quad in quads:
        if quad.predicate.value == _ABOUT:
            record, thing = _text(quad.subject), _text(quad.object)
            if record not in about or record == names.record(_source(record), thing):
                about[record] = thing
    placed = (quad for quad in quads if quad.predicate.value in _PARTS)
    parts = {_text(quad.object): about[record] for quad in placed if (record := _text(quad.subject)) in about}
    return about | parts


def _source(record: str) -> str:
    return names.source(source_of_parts(record) or "")
