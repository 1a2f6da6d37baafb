"""What things without a name are called: by what they consist of, and by what they are a part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox

from cybercoop.problems.problem import LANGUAGES
from cybercoop.problems.values import in_words
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import COMPUTED, ID, NS, RDF_TYPE, source_of_parts

if TYPE_CHECKING:
    from cybercoop.engines.embedded import Engine

Value: TypeAlias = ox.NamedNode | ox.Literal
_Said = Mapping[str, Iterable[tuple[str, Value]]]
_WHOLES = frozenset({NS + "contribution", NS + "participation"})
"""The properties by which a thing with a name has parts without one."""
_AT_ONCE = 200


def parts(said: Iterable[tuple[str, Value]]) -> tuple[Value, ...]:
    """Return what a thing without a name consists of, from its properties and their values, in order of the properties.

    What is computed is left out, and so are truth values and texts in a language, which would be told three times.
    """
    kept = (pair for pair in set(said) if pair[0] != RDF_TYPE and pair[0] not in COMPUTED)
    return tuple(
        value
        for _, value in sorted(kept, key=str)
        if value.value not in ("true", "false") and not (isinstance(value, ox.Literal) and value.language)
    )


def called(
    engine: Engine, file: str, things: Set[ox.NamedNode], named: Callable[[Set[ox.NamedNode]], Labels]
) -> Labels:
    """Return the names of some things, those of ours without one called by their parts: “Party · Norway · …”.

    `named` gives the names of things, `file` is that of the question for which they are looked up.
    """
    labels = named(things)
    nameless = sorted(iri for thing in things if not labels.names.get(iri := thing.value) and iri.startswith(ID))
    if not nameless:
        return labels
    said, wholes = defaultdict[str, list[tuple[str, Value]]](list), defaultdict[str, list[tuple[str, Value]]](list)
    parting = " UNION ".join(f"{{ ?value <{iri}> ?thing BIND(<{iri}> AS ?property) }}" for iri in sorted(_WHOLES))
    near = engine.at_hand()
    for start in range(0, len(nameless), _AT_ONCE):
        listed = " ".join(f"<{iri}>" for iri in nameless[start : start + _AT_ONCE])
        for found, pattern in ((said, "?thing ?property ?value"), (wholes, parting)):
            text = f"SELECT DISTINCT ?thing ?property ?value WHERE {{ VALUES ?thing {{ {listed} }} {pattern} }}"
            for thing, term, value in near.rows(text, file)[1]:
                if isinstance(thing, ox.NamedNode) and isinstance(term, ox.NamedNode) and isinstance(value, Value):
                    found[thing.value].append((term.value, value))
    consists = _consisting(nameless, said, wholes)
    met = named({value for values in consists.values() for value in values if isinstance(value, ox.NamedNode)})
    return labels._replace(names={**labels.names, **_composed(consists, met)})


def of_quads(quads: Iterable[ox.Quad], labels: Labels) -> dict[str, dict[str, str]]:
    """Return what the things of ours without a name in `labels` are called, from the statements about them."""
    said, wholes = defaultdict[str, list[tuple[str, Value]]](list), defaultdict[str, list[tuple[str, Value]]](list)
    for quad in quads:
        thing, term, value = quad.subject, quad.predicate.value, quad.object
        if isinstance(thing, ox.NamedNode) and isinstance(value, Value):
            if term in _WHOLES:
                wholes[value.value].append((term, thing))
            elif thing.value.startswith(ID) and not labels.names.get(thing.value) and not source_of_parts(thing.value):
                said[thing.value].append((term, value))
    return _composed(_consisting(said, said, wholes), labels)


def _consisting(things: Iterable[str], said: _Said, wholes: _Said) -> dict[str, list[Value]]:
    """Return what things are called by: of a part of something with a name, what it refers to and that; else all."""
    found: dict[str, list[Value]] = {}
    for thing in things:
        own, of = parts(said.get(thing, ())), [value for _, value in sorted(wholes.get(thing, ()), key=str)]
        links = [value for value in own if isinstance(value, ox.NamedNode)] if of else []
        found[thing] = [*(links or own), *of]
    return found


def _composed(consists: Mapping[str, Iterable[Value]], labels: Labels) -> dict[str, dict[str, str]]:
    """Return a name in each language of ours, “magistrates · Training, Tunis”, for what consists of anything."""

    @cache
    def shown(value: Value, lang: str) -> str:
        return labels.get(value.value, lang) if isinstance(value, ox.NamedNode) else in_words(value, lang)

    return {
        thing: {lang: " · ".join(dict.fromkeys(shown(value, lang) for value in values)) for lang in LANGUAGES}
        for thing, values in consists.items()
        if values
    }
