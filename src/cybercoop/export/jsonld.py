"""JSON-LD: what each source says, compacted with our context, which stands inside the document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, BinaryIO, TypeAlias

import pyoxigraph as ox

from cybercoop.export.facts import (
    ExportError,
    Thing,
    Value,
    by_source,
    facts,
    length,
    one_name,
    prefixed,
    relative,
    things,
)
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.labels import Order
from cybercoop.terms.names import CONTEXT, ID, PREFIXES, RDF_TYPE, XSD
from cybercoop.terms.term import iri_of

_Json: TypeAlias = Any
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_LOOKS_PREFIXED = re.compile(rf"(?:{'|'.join(PREFIXES)}):(?!//)")


def write_jsonld(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write one named graph a source, one object a thing, under the words of `context`.

    Raises `ExportError` for an IRI that begins like a prefixed name (`schema:…`): JSON-LD would read another IRI.
    """
    compactor = _Compactor(Context.of(context))
    sources = by_source(facts(quads))
    graphs = [
        {"id": _path(source, ID), "@graph": [compactor.thing(thing) for thing in said]} for source, said in sources
    ]
    words, said = _lines(dict(context), 1, "  "), _lines(graphs, 4, "  ")
    out.write(f'{{\n  "@context": {words},\n  "@graph": {said}\n}}\n'.encode())
    return sum(length(said) for _, said in sources)


def written(quads: Sequence[ox.Quad], context: Mapping[str, object], order: Order | None = None) -> bytes:
    """Return one thing, whoever says what of it, as an object under the words of the context at its own address.

    As in other formats without sources, it has one preferred name in a language, the first in
    `order` (SKOS Reference, S14).
    A context elsewhere sets no base (JSON-LD 1.1 API, 5.1.2), so the base stands in the document.
    """
    known = _COMPACTORS.get(id(context))
    if known is None or known[0] is not context:
        _COMPACTORS.clear()
        known = _COMPACTORS[id(context)] = context, _Compactor(Context.of(context))
    said = [known[1].thing(thing) for thing in things(facts(one_name(quads, order)))]
    return (json.dumps({"@context": [CONTEXT, {"@base": ID}], **said[0]}, ensure_ascii=False, indent=2) + "\n").encode()


def nodes(triples: Iterable[ox.Triple], context: Context) -> Iterator[str]:
    """Yield triples as JSON objects under the words of the context, one a thing as often as it comes round again.

    What has no name keeps its label. Raises `ExportError` for what JSON-LD 1.1 has no way to say.
    """
    compactor = _Compactor(context)
    for subject, own in groupby(triples, key=lambda triple: triple.subject):
        values: dict[str, dict[Any, None]] = {}
        for triple in own:
            value = triple.object
            if isinstance(value, ox.Triple) or (isinstance(value, ox.Literal) and value.direction is not None):
                code = "export-no-iri" if isinstance(value, ox.Triple) else "export-text-direction"
                raise ExportError(code, iri_of(subject), triple.predicate.value, str(value))
            values.setdefault(triple.predicate.value, {})[value] = None
        yield _encoded(
            compactor.thing(Thing(iri_of(subject), tuple((iri, tuple(all_)) for iri, all_ in values.items())))
        )


class _Compactor:
    """Turns things into JSON objects that the context reads back as the same facts."""

    def __init__(self, context: Context) -> None:
        self.terms = {term.iri: term for _, term in sorted(context.terms.items(), reverse=True)}
        self.classes = {iri: name for name, iri in sorted(context.classes.items(), reverse=True)}

    def thing(self, thing: Thing) -> dict[str, _Json]:
        """Return the object of one thing: `id`, `type`, then its properties A to Z."""
        _refuse_look_alikes(thing)
        written = dict(self._property(predicate, values) for predicate, values in thing.properties)
        head = {"id": _path(thing.iri, ID)} | ({"type": written.pop("type")} if "type" in written else {})
        return head | dict(sorted(written.items()))

    def _property(self, predicate: str, values: tuple[Value, ...]) -> tuple[str, _Json]:
        if predicate == RDF_TYPE and all(isinstance(value, ox.NamedNode) for value in values):
            return "type", _one_or_all(self.classes.get(value.value) or _name(value.value) for value in values)
        term = self.terms.get(predicate)
        if term is None:
            return _name(predicate), _one_or_all(_object(value) for value in values)
        if term.kind == LANGUAGE:
            return term.name, _texts(values)
        return term.name, _one_or_all(_under(term, value) for value in values)


_COMPACTORS: dict[int, tuple[Mapping[str, object], _Compactor]] = {}
"""What turns things into objects, for the context that was asked for last: things are asked for one by one."""


def _texts(values: tuple[Value, ...]) -> _Json:
    texts: dict[str, list[str]] = {}
    for value in values:
        if not isinstance(value, ox.Literal) or value.language is None:
            return [_object(value) for value in values]
        texts.setdefault(value.language, []).append(value.value)
    return {language: _one_or_all(forms) for language, forms in texts.items()}


def _under(term: Term, value: Value) -> _Json:
    if not isinstance(value, ox.Literal):
        return _path(iri_of(value), term.base) if term.kind == LINK else _object(value)
    if value.datatype.value != term.kind:
        return _object(value, coerced=term.kind != XSD + "string")
    if term.kind == XSD + "integer" and _PLAIN_INTEGER.fullmatch(value.value):
        return int(value.value)
    if term.kind == XSD + "boolean" and value.value in ("true", "false"):
        return value.value == "true"
    return value.value


def _object(value: Value, *, coerced: bool = False) -> _Json:
    if not isinstance(value, ox.Literal):
        return {"id": _path(iri_of(value), ID)}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if value.datatype.value != XSD + "string":
        return {"@value": value.value, "@type": _name(value.datatype.value)}
    return {"@value": value.value} if coerced else value.value


def _path(iri: str, base: str) -> str:
    return relative(iri, base) or iri


def _name(iri: str) -> str:
    return prefixed(iri) or iri


def _one_or_all(values: Iterable[_Json]) -> _Json:
    several = list(values)
    return several[0] if len(several) == 1 else several


def _lines(value: _Json, levels: int, margin: str) -> str:
    """Return JSON with the members of the outer `levels` on lines of their own, and whatever is deeper on one line."""
    if not levels or not value or not isinstance(value, (dict, list)):
        return _encoded(value)
    inner = f"{margin}  "
    if isinstance(value, list):
        members = [_lines(member, levels - 1, inner) for member in value]
    else:
        members = [f"{_encoded(key)}: {_lines(member, levels - 1, inner)}" for key, member in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{inner}" + f",\n{inner}".join(members) + f"\n{margin}{closing}"


def _refuse_look_alikes(thing: Thing) -> None:
    for predicate, values in thing.properties:
        for iri in (thing.iri, predicate, *(value.value for value in values if isinstance(value, ox.NamedNode))):
            if _LOOKS_PREFIXED.match(iri):
                raise ExportError("jsonld-looks-prefixed", thing.iri, predicate, iri)
