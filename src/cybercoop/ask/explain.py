"""Explain a thing: gather its claims from the store, and let the policy say which value is shown first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.ask.explanation import Explanation, Pointer, Property, Stated, Witness
from cybercoop.ask.parameters import find, own_classes
from cybercoop.problems import problem
from cybercoop.problems.problem import LANGUAGES, nearest, refuse
from cybercoop.sparql.limits import DEFAULT
from cybercoop.terms import labels, names
from cybercoop.terms.labels import NAME, OTHER_NAME, base_of, fold
from cybercoop.terms.names import DCT, NS, RDF_TYPE
from cybercoop.terms.places import Place, in_order
from cybercoop.terms.term import iri_of
from cybercoop.workspace.contents import parts
from cybercoop.workspace.policy import Claim, Policy, Value, contradict
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cybercoop.engines.embedded import Engine

_FIRST = (RDF_TYPE, NAME, OTHER_NAME, DCT + "title", DCT + "description")
"""Properties that stand before the others, which stand A to Z by their labels."""
_ROOM = 1 << 16
"""How many look-ups are kept."""
_SECTION = ox.NamedNode(NS + "section")


def explain(
    workspace: Workspace, text: str, only: str | None = None, lang: str = "en", engine: Engine | None = None
) -> Explanation:
    """Return every claim about the thing that a text means, or those by one property.

    Raises `Refusal` where the text means nothing or several things, or `only` is no property of the thing.
    """
    engine = engine and engine.within(DEFAULT)
    stored = workspace.stored
    store = engine.meant([(text, None)]) if engine else stored.open()
    thing = find(text, store, stored=None if engine else stored)
    if engine:
        steps = workspace.policy.closeness
        store = engine.around(thing, {predicate for step in steps for predicate in step.through})
    own = store.quads_for_pattern(thing, None, None, None) if engine else stored.about(thing.value)
    graph = _Graph(store) if engine else _shared(store)
    claims: dict[str, dict[Value, list[str]]] = {}
    for predicate, value, source in _said(own):
        claims.setdefault(predicate, {}).setdefault(value, []).append(source)
    pointers = _pointers(graph, thing)
    if only is not None:
        chosen = _property(workspace, graph, only, [*claims, *pointers], lang)
        claims = {iri: values for iri, values in claims.items() if iri == chosen}
        pointers = {iri: things for iri, things in pointers.items() if iri == chosen}
    heard = {source for values in claims.values() for sources in values.values() for source in sources}
    heard |= {source for things in pointers.values() for sources in things.values() for source in sources}
    witnesses = {source: graph.witness(source, thing) for source in sorted(heard)}
    met = [thing, *(value for values in claims.values() for value in values if isinstance(value, ox.NamedNode))]
    met += [ox.NamedNode(iri) for things in pointers.values() for iri in things]
    known = workspace.labels(graph.store, met).names
    contents = graph.told(node for node in met if not known.get(node.value))
    named = _labels(
        workspace, graph, [thing.value, *claims, *pointers, *(node.value for node in met)], witnesses, contents
    )

    @cache
    def near(publishers: tuple[str, ...]) -> str:
        return workspace.policy.near(thing.value, publishers, graph.linked)

    def order(iri: str) -> tuple[int, str]:
        return _FIRST.index(iri) if iri in _FIRST else len(_FIRST), fold(named.get(iri, lang))

    return Explanation(
        thing.value,
        tuple(own_classes(thing, store)),
        tuple(_told(workspace.policy, near, iri, claims[iri], witnesses) for iri in sorted(claims, key=order)),
        tuple(Pointer(iri, _pointing(pointers[iri])) for iri in sorted(pointers, key=order)),
        witnesses,
        contents,
        workspace.policy,
        named,
        lang,
    )


@lru_cache(maxsize=1)
def _shared(store: ox.Store) -> _Graph:
    """Return the look-ups in the store on disk: what they found of sources and places serves the next thing, too."""
    return _Graph(store)


class _Graph:
    """The look-ups that explaining needs."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self.values = lru_cache(_ROOM)(self._values)

    def _values(self, thing: str, predicate: str) -> tuple[Value, ...]:
        """Return what a thing has by a property, whoever says so; looked up once."""
        pattern = (ox.NamedNode(thing), ox.NamedNode(predicate), None, ox.DefaultGraph())
        found = (quad.object for quad in self.store.quads_for_pattern(*pattern))
        return tuple(sorted((value for value in found if isinstance(value, (ox.NamedNode, ox.Literal))), key=str))

    def linked(self, thing: str, predicate: str) -> list[str]:
        """Return the IRIs, or the forms, of what a thing has by a property."""
        return [value.value for value in self.values(thing, predicate)]

    def witness(self, source: str, thing: ox.NamedNode) -> Witness:
        """Return what a source is, and where it speaks of a thing."""
        about = self.store.quads_for_pattern(None, ox.NamedNode(NS + "about"), thing, ox.NamedNode(source))
        records = [iri_of(quad.subject) for quad in about]
        said: dict[Place, set[str]] = {}
        for record in records:
            citing = {
                cited: node
                for node in self.linked(record, NS + "citation")
                for cited in self.linked(node, NS + "cites")
            }
            for passage in self.linked(record, NS + "passage"):
                words = self.linked(citing[passage], NS + "says") if passage in citing else []
                said.setdefault(self.place(passage), set()).update(words)
        reasons = [text for record in records for text in self.values(record, NS + "reason")]
        return Witness(
            source,
            next(iter(self.linked(source, NS + "sourceKind")), ""),
            tuple(self.linked(source, DCT + "publisher")),
            max(self.linked(source, DCT + "issued"), default=""),
            {place: frozenset(said[place]) for place in in_order(set(said))},
            _by_language(reasons),
        )

    def place(self, passage: str) -> Place:
        """Return where a passage stands."""
        first, end = (self.linked(passage, NS + name) for name in ("firstCharacter", "endCharacter"))
        section = next(iter(self.linked(passage, NS + "section")), "")
        return Place(section, int(first[0]), int(end[0])) if first and end else Place(section)

    def contents(self, thing: ox.NamedNode) -> tuple[Value, ...]:
        """Return what a thing without a name consists of; nothing for one that has a name, or is not described."""
        if self.values(thing.value, NAME):
            return ()
        if next(self.store.quads_for_pattern(thing, _SECTION, None, None), None):
            return (ox.Literal(str(self.place(thing.value))),)
        quads = self.store.quads_for_pattern(thing, None, None, None)
        return parts((predicate, value) for predicate, value, _ in _said(quads))

    def told(self, things: Iterable[ox.NamedNode]) -> dict[str, tuple[Value, ...]]:
        """Return what each of some things without a name consists of, and so of what these consist of."""
        found: dict[str, tuple[Value, ...]] = {}
        ahead = [*things]
        while ahead:
            thing = ahead.pop()
            if thing.value not in found and (values := self.contents(thing)):
                found[thing.value] = values
                ahead += [value for value in values if isinstance(value, ox.NamedNode)]
        return found


def _said(quads: Iterable[ox.Quad]) -> Iterator[tuple[str, Value, str]]:
    """Yield (property, value, source) for each claim of a source."""
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode) and isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            yield quad.predicate.value, quad.object, quad.graph_name.value


def _told(
    policy: Policy,
    near: Callable[[tuple[str, ...]], str],
    iri: str,
    values: dict[Value, list[str]],
    witnesses: dict[str, Witness],
) -> Property:
    """Return what is said by one property, in the order of the policy where it has one."""
    claims = []
    for value, sources in values.items():
        for witness in map(witnesses.__getitem__, sources):
            claims.append(Claim(value, witness.source, witness.kind, near(witness.publishers), witness.issued))
    if iri == NAME:
        groups = [[claim for claim in claims if _language(claim.value) == lang] for lang in _languages(claims)]
        stated = tuple(found for group in groups for found in _ranked(policy, group, names_first=True))
        return Property(iri, stated)
    if iri in policy.one_value:
        return Property(iri, _ranked(policy, claims), contradict(claims))
    return Property(iri, tuple(Stated(value, tuple(sorted(values[value]))) for value in sorted(values, key=str)))


def _ranked(policy: Policy, claims: Iterable[Claim], *, names_first: bool = False) -> tuple[Stated, ...]:
    """Return the values that claims state, each with the reason of the claim that brought it to its place."""
    found: dict[Value, Stated] = {}
    for ranked in policy.prefer(claims, names=names_first):
        value, source = ranked.claim.value, ranked.claim.source
        earlier = found.get(value)
        if earlier:
            found[value] = Stated(value, (*earlier.sources, source), earlier.preferred, earlier.reason)
        else:
            found[value] = Stated(value, (source,), not found, ranked.reason)
    return tuple(found.values())


def _pointers(graph: _Graph, thing: ox.NamedNode) -> dict[str, dict[str, set[str]]]:
    """Return property → thing → sources for what points at a thing, but for records and former addresses."""
    found: dict[str, dict[str, set[str]]] = {}
    for quad in graph.store.quads_for_pattern(None, None, thing, None):
        pointing = iri_of(quad.subject)
        if quad.predicate.value == names.REPLACED:
            continue
        if isinstance(quad.graph_name, ox.NamedNode) and names.source_of_parts(pointing) is None:
            found.setdefault(quad.predicate.value, {}).setdefault(pointing, set()).add(quad.graph_name.value)
    return found


def _pointing(things: dict[str, set[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((iri, tuple(sorted(things[iri]))) for iri in sorted(things))


def _property(workspace: Workspace, graph: _Graph, text: str, known: list[str], lang: str) -> str:
    """Return the property that a text means: its word, its IRI, or its label in any language."""
    words = {name: term.iri for name, term in workspace.context.terms.items()}
    if text in words or names.expand(text) in known:
        return words.get(text, names.expand(text))
    named = labels.of_store(graph.store, known)
    for iri in known:
        if fold(text) in {fold(named.own(iri, other) or "") for other in LANGUAGES}:
            return iri
    spoken = [*(name for name, iri in words.items() if iri in known), *(named.get(iri, lang) for iri in known)]
    raise refuse(
        "no-such-thing", value=text, kind=problem.entry("sentences", "property"), nearest=nearest(text, spoken)
    )


def _labels(
    workspace: Workspace,
    graph: _Graph,
    things: Iterable[str],
    witnesses: dict[str, Witness],
    contents: dict[str, tuple[Value, ...]],
) -> labels.Labels:
    """Return the names of all that an explanation shows."""
    met = set(things)
    met |= {kind for thing in list(met) for kind in graph.linked(thing, RDF_TYPE)}
    met |= {iri for witness in witnesses.values() for iri in (witness.source, witness.kind, *witness.publishers) if iri}
    met |= {value.value for values in contents.values() for value in values if isinstance(value, ox.NamedNode)}
    return workspace.labels(graph.store, map(ox.NamedNode, met))


def _by_language(texts: Iterable[Value]) -> dict[str, str]:
    """Return texts by language; one that a region writes stands for its language where there is no other."""
    tagged = {text.language or "": text.value for text in texts if isinstance(text, ox.Literal)}
    return {base_of(tag): tagged[tag] for tag in sorted(tagged, key=len, reverse=True)}


def _languages(claims: Iterable[Claim]) -> list[str]:
    found = {_language(claim.value) for claim in claims}
    return [*(lang for lang in LANGUAGES if lang in found), *sorted(found - set(LANGUAGES))]


def _language(value: Value) -> str:
    return (value.language or "") if isinstance(value, ox.Literal) else ""
