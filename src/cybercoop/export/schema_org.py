"""Single things in the words of schema.org, as our alignment with it has them (https://schema.org/docs/datamodel.html).

A thing has the types that stand against its class, and against its kind where the property of that is set against
`additionalType`. A property is told where it is narrower than one of theirs, or theirs itself. Names, descriptions,
pages and matches, which other vocabularies word for us, have their words here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import pyoxigraph as ox

from cybercoop.export.facts import Value
from cybercoop.export.whole import Whole
from cybercoop.problems.problem import LANGUAGES, sentence
from cybercoop.terms.labels import NAME, Labels, of_quads
from cybercoop.terms.names import DCT, PREFIXES, RDF_TYPE, RDFS, SKOS
from cybercoop.terms.term import iri_of

_SCHEMA = PREFIXES["schema"]
_WORDS = {DCT + "description": "description", PREFIXES["foaf"] + "page": "url", SKOS + "exactMatch": "sameAs"}
_CONTEXT = "https://schema.org"

Said = Mapping[str, Iterable[Value]]
"""The values of one thing by property."""


class Words(NamedTuple):
    """What stands against our classes and kinds, against our properties, and the properties whose values are kinds."""

    types: Mapping[str, Sequence[str]]
    properties: Mapping[str, str]
    kinds: Sequence[str]


def words(alignment: Iterable[ox.Triple]) -> Words:
    """Return the words of schema.org that an alignment gives."""
    types, properties, kinds = defaultdict[str, list[str]](list), dict(_WORDS), list[str]()
    for triple in alignment:
        ours, how, theirs = iri_of(triple.subject), triple.predicate.value, triple.object
        if isinstance(theirs, ox.NamedNode) and theirs.value.startswith(_SCHEMA) and not ours.startswith(_SCHEMA):
            word = theirs.value.removeprefix(_SCHEMA)
            if word == "additionalType":
                kinds.append(ours)
            elif how == RDFS + "subPropertyOf":
                properties[ours] = word
            elif word[:1].isupper() and how in (RDFS + "subClassOf", RDFS + "seeAlso"):
                types[ours].append(word)
    return Words(types, properties, kinds)


def thing(iri: str, said: Said, labels: Labels, told: Words) -> dict[str, Any]:
    """Return one thing: its types, names, and what has a word there; with the notices of the names that it holds."""
    kinds = [value for word in (RDF_TYPE, *told.kinds) for value in said.get(word, ())]
    types = dict.fromkeys(word for kind in kinds for word in told.types.get(iri_of(kind), ()))
    found: dict[str, list[Any]] = {"name": [_text(text, lang) for lang, text in sorted(_names(iri, labels))]}
    texts = [text for _, text in _names(iri, labels)]
    for predicate, values in sorted(said.items()):
        own = predicate.removeprefix(_SCHEMA) if predicate.startswith(_SCHEMA) else ""
        if word := told.properties.get(predicate, own):
            found.setdefault(word, []).extend(map(_value, values))
            texts += [value.value for value in values if isinstance(value, ox.Literal)]
    notices = [
        _text(sentence("notice", lang, name=name, notice=notice), lang)
        for lang in LANGUAGES
        for name, notice in labels.noticed([iri], texts, lang)
    ]
    found["disambiguatingDescription"] = notices
    known = {word: list({json.dumps(each): each for each in values}.values()) for word, values in found.items()}
    return {"@id": iri, "@type": [*types] or ["Thing"], **{word: each for word, each in known.items() if each}}


def whole(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return one thing, or several under `@graph`, as a document."""
    return {"@context": _CONTEXT, **one}


def write_things(graph: Whole, told: Words, out: BinaryIO) -> None:
    """Write every thing that has a name and a class with a type in schema.org, A to Z by IRI, as JSON-LD."""
    begin, end = json.dumps(whole({"@graph": []}), indent=1).rsplit("]", 1)
    out.write(begin.encode())
    between, after = "\n  ", ""
    for iri, rows in graph.said.blocks():
        kinds = {value[1:-1] for predicate, value, _ in rows if predicate == RDF_TYPE}
        if not kinds.isdisjoint(told.types) and any(predicate == NAME for predicate, _, _ in rows):
            out.write(f"{between}{_written(thing(iri, *_told(graph, iri), told), '  ')}".encode())
            between, after = ",\n  ", "\n "
    out.write(f"{after}]{end}\n".encode())


def _written(value: Any, margin: str) -> str:
    """Return what `json` writes of values that are not empty, with an indent of 1, which leaves circles behind."""
    if isinstance(value, str):
        return json.encoder.encode_basestring(value)
    within = f"\n{margin} "
    if isinstance(value, dict):
        parts = (f"{_written(key, '')}: {_written(each, f'{margin} ')}" for key, each in value.items())
        return f"{{{within}{f',{within}'.join(parts)}\n{margin}}}"
    return f"[{within}{f',{within}'.join([_written(each, f'{margin} ') for each in value])}\n{margin}]"


def _told(graph: Whole, iri: str) -> tuple[Said, Labels]:
    """Return what is said of a thing, values in the order of N-Triples, and names: its own, and those with a notice."""
    quads = list(graph.said.values(graph.lines(iri)))
    said: dict[str, dict[Value, None]] = {}
    for triple in sorted({quad.triple for quad in quads}, key=str):
        values = said.setdefault(triple.predicate.value, {})
        if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
            values[triple.object] = None
    return said, graph.noticed._replace(names={**graph.noticed.names, **of_quads(quads).names})


def _names(iri: str, labels: Labels) -> Iterable[tuple[str, str]]:
    return labels.names.get(iri, {}).items()


def _value(value: Value) -> object:
    if not isinstance(value, ox.Literal):
        return {"@id": iri_of(value)}
    return _text(value.value, value.language) if value.language else value.value


def _text(text: str, lang: str) -> dict[str, str]:
    return {"@language": lang, "@value": text}
