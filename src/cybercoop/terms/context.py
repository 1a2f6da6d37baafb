"""The one mapping between the words that people write and the IRIs that they mean: the JSON-LD context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.terms.literals import STATED_DATE
from cybercoop.terms.names import (
    BARE,
    FORMER,
    ID,
    KINDS,
    LANG_STRING,
    NS,
    OWL,
    PREFIXES,
    RDF_TYPE,
    RDFS,
    SH,
    XSD,
    class_path,
)

LANGUAGE, LINK = "language", "link"
_STATED_DATE_SHAPE = "stated-date"


class Term(NamedTuple):
    """One word of the context: its IRI, and what its values are.

    `kind` is `language` (text with a language), `link` (an IRI, completed from `base`) or the IRI of a datatype;
    values under `xsd:date` may have any precision, and take their datatype from their form.
    """

    name: str
    iri: str
    kind: str
    base: str = ID


class Context(NamedTuple):
    """The words that may stand in a record."""

    terms: Mapping[str, Term]
    classes: Mapping[str, str]
    source: Mapping[str, Any]

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Context:
        """Return the words of a JSON-LD context in the form that `generate` gives."""
        terms, classes = {}, {}
        for name, meaning in context.items():
            if isinstance(meaning, str):
                if ":" in meaning and not meaning.endswith(("#", "/")):
                    classes[name] = _whole(meaning)
            elif isinstance(meaning, Mapping) and "@id" in meaning:
                terms[name] = _term(name, meaning)
        return cls(terms, classes, context)


def generate(ontology: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> dict[str, Any]:
    """Return the JSON-LD context that ontology and shapes imply.

    A property of ours takes its kind of value from its `rdfs:range`; one that we borrow, from the shapes whose
    path it is. Raises `ValueError` when they say nothing of a property, or different things.
    """
    ranges = _ranges(ontology, shapes)
    context: dict[str, Any] = {"@version": 1.1, "@base": ID, "id": "@id", "type": "@type"}
    context |= dict(sorted(PREFIXES.items()))
    context |= {name: f"coop:{name}" for name in sorted({*KINDS, FORMER})}
    for iri, values in sorted(ranges.items(), key=lambda item: _local(item[0])):
        if len(values) != 1:
            raise ValueError(f"{iri} takes {sorted(values) or 'nothing known'}: say one kind of value")
        if _local(iri) in context:
            raise ValueError(f"two properties would be written {_local(iri)}")
        context[_local(iri)] = _definition(iri, next(iter(values)))
    return context


def _ranges(ontology: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> dict[str, set[str]]:
    ranges: dict[str, set[str]] = {}
    about: dict[str, dict[str, list[str]]] = {}
    for triple in shapes:
        about.setdefault(str(triple.subject), {}).setdefault(triple.predicate.value, []).append(_value(triple.object))
    for facts in about.values():
        for path in facts.get(SH + "path", []):
            if path.startswith(("http://", "https://")) and not path.startswith(NS) and path != RDF_TYPE:
                ranges.setdefault(path, set()).update(_shape_values(facts))
    types: dict[str, str] = {}
    for triple in ontology:
        subject = _value(triple.subject)
        if triple.predicate.value == RDF_TYPE and _value(triple.object).startswith(OWL):
            types[subject] = _value(triple.object)
        elif triple.predicate.value == RDFS + "range" and subject.startswith(NS):
            ranges.setdefault(subject, set()).add(_value(triple.object))
    for subject, kind in types.items():
        if subject.startswith(NS) and kind in (OWL + "ObjectProperty", OWL + "DatatypeProperty"):
            ranges.setdefault(subject, set())
    return {iri: values for iri, values in ranges.items() if values or iri.startswith(NS)}


def _shape_values(facts: Mapping[str, list[str]]) -> set[str]:
    found = set(facts.get(SH + "datatype", [])) | set(facts.get(SH + "class", []))
    if any(node.endswith(_STATED_DATE_SHAPE) for node in facts.get(SH + "node", [])):
        found.add(STATED_DATE)
    if not found and SH + "IRI" in facts.get(SH + "nodeKind", []):
        found.add(RDFS + "Resource")
    return found


def _definition(iri: str, value: str) -> dict[str, Any]:
    definition: dict[str, Any] = {"@id": _prefixed(iri)}
    if value == LANG_STRING:
        definition["@container"] = "@language"
    elif value == STATED_DATE:
        definition["@type"] = "xsd:date"
    elif value.startswith(XSD):
        if value != XSD + "string":
            definition["@type"] = _prefixed(value)
    else:
        definition["@type"] = "@id"
        if value.removeprefix(NS) in BARE:
            definition["@context"] = {"@base": class_path(value)}
    return definition


def _term(name: str, meaning: Mapping[str, Any]) -> Term:
    iri = _whole(meaning["@id"])
    if meaning.get("@container") == "@language":
        return Term(name, iri, LANGUAGE)
    if meaning.get("@type") == "@id":
        return Term(name, iri, LINK, meaning.get("@context", {}).get("@base", ID))
    return Term(name, iri, _whole(meaning.get("@type", "xsd:string")))


def _local(iri: str) -> str:
    return iri.rstrip("/").replace("#", "/").rsplit("/", 1)[-1]


def _prefixed(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def _whole(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, (ox.Triple, ox.BlankNode)) else term.value
