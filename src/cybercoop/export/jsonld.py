"""JSON-LD: what each source says, compacted with our context, which stands inside the document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO, TypeAlias

import pyoxigraph as ox

from cybercoop.export.facts import ExportError, literal, prefixed, relative
from cybercoop.export.statements import Statements, Thing
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.labels import Order
from cybercoop.terms.names import CONTEXT, ID, PREFIXES, RDF_TYPE, XSD
from cybercoop.terms.term import iri_of

_Json: TypeAlias = Any
_quoted = json.encoder.encode_basestring
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_LOOKS_PREFIXED = re.compile(rf"(?:{'|'.join(PREFIXES)}):(?!//)")


def write_jsonld(said: Statements, context: Mapping[str, object], out: BinaryIO) -> int:
    """Write one named graph a source, one object a thing, under the words of `context`.

    Raises `ExportError` for an IRI that begins like a prefixed name (`schema:…`): JSON-LD would read another IRI.
    """
    compactor = _Compactor(Context.of(context))
    out.write(f'{{\n  "@context": {_lines(dict(context))},\n  "@graph": ['.encode())
    count, between = 0, "\n    "
    for section in said.by_source(compactor.lines, ",\n        "):
        count += section.length
        head = f'{{\n      "id": {_encoded(_path(section.source, ID))},\n      "@graph": [\n        '
        out.write((between + head).encode())
        out.writelines(section.parts)
        out.write(b"\n      ]\n    }")
        between = ",\n    "
    out.write(b"\n  ]\n}\n" if count else b"]\n}\n")
    return count


def written(statements: Statements, context: Mapping[str, object], order: Order | None = None) -> bytes:
    """Return one thing, whoever says what of it, as an object under the words of the context at its own address.

    As in other formats without sources, it has one preferred name in a language, the first in
    `order` (SKOS Reference, S14).
    A context elsewhere sets no base (JSON-LD 1.1 API, 5.1.2), so the base stands in the document.
    """
    known = _COMPACTORS.get(id(context))
    if known is None or known[0] is not context:
        _COMPACTORS.clear()
        known = _COMPACTORS[id(context)] = context, _Compactor(Context.of(context))
    said = [known[1].thing(thing) for thing in statements.union(order)]
    return (json.dumps({"@context": [CONTEXT, {"@base": ID}], **said[0]}, ensure_ascii=False, indent=2) + "\n").encode()


def nodes(triples: Iterable[ox.Triple], context: Context) -> Iterator[str]:
    """Yield triples as JSON objects under the words of the context, one a thing as often as it comes round again.

    What has no name keeps its label. Raises `ExportError` for what JSON-LD 1.1 has no way to say.
    """
    compactor = _Compactor(context)
    for subject, own in groupby(triples, key=lambda triple: triple.subject):
        values: dict[str, dict[str, None]] = {}
        for triple in own:
            value = triple.object
            if isinstance(value, ox.Triple) or (isinstance(value, ox.Literal) and value.direction is not None):
                code = "export-no-iri" if isinstance(value, ox.Triple) else "export-text-direction"
                raise ExportError(code, iri_of(subject), triple.predicate.value, str(value))
            values.setdefault(triple.predicate.value, {})[str(value)] = None
        thing = Thing(iri_of(subject), [(iri, tuple(every)) for iri, every in values.items()])
        yield _encoded(compactor.thing(thing))


class _Compactor:
    """Turns things into JSON objects that the context reads back as the same facts."""

    def __init__(self, context: Context) -> None:
        self.terms = {term.iri: term for _, term in sorted(context.terms.items(), reverse=True)}
        self.classes = {iri: name for name, iri in sorted(context.classes.items(), reverse=True)}

        self._member = lru_cache(1 << 15)(self._written)

    def thing(self, thing: Thing) -> dict[str, _Json]:
        """Return the object of one thing: `id`, `type`, then its properties A to Z."""
        _refuse_look_alike(thing)
        written = dict(self._property(predicate, values) for predicate, values in thing.properties)
        head = {"id": _path(thing.iri, ID)} | ({"type": written.pop("type")} if "type" in written else {})
        return head | dict(sorted(written.items()))

    def lines(self, thing: Thing) -> str:
        """Return the same as text, each member on a line."""
        members = sorted([self._member(predicate, values) for predicate, values in thing.properties])
        if any(map(itemgetter(2), members)) or _LOOKS_PREFIXED.match(thing.iri):
            _refuse_look_alike(thing)
        said = ",\n          ".join([member[1] for member in members])
        return f'{{\n          "id": {_quoted(_path(thing.iri, ID))},\n          {said}\n        }}'

    def _written(self, predicate: str, values: tuple[str, ...]) -> tuple[str, str, str]:
        """Return a member by its place among others, as text, and with what in it looks like a prefixed name."""
        name, value = self._property(predicate, values)
        return "" if name == "type" else name, f"{_quoted(name)}: {_encoded(value)}", _look_alike(predicate, values)

    def _property(self, predicate: str, values: tuple[str, ...]) -> tuple[str, _Json]:
        if predicate == RDF_TYPE and all(value.startswith("<") for value in values):
            return "type", _one_or_all(self.classes.get(value[1:-1]) or _name(value[1:-1]) for value in values)
        term = self.terms.get(predicate)
        if term is None:
            return _name(predicate), _one_or_all(_object(value) for value in values)
        if term.kind == LANGUAGE:
            return term.name, _texts(values)
        return term.name, _one_or_all(_under(term, value) for value in values)


_COMPACTORS: dict[int, tuple[Mapping[str, object], _Compactor]] = {}
"""What turns things into objects, for the context that was asked for last: things are asked for one by one."""


def _texts(values: tuple[str, ...]) -> _Json:
    texts: dict[str, list[str]] = {}
    for value in values:
        form, language, _ = literal(value) if value.startswith('"') else ("", "", "")
        if not language:
            return [_object(value) for value in values]
        texts.setdefault(language, []).append(form)
    return {language: _one_or_all(forms) for language, forms in texts.items()}


def _under(term: Term, value: str) -> _Json:
    if not value.startswith('"'):
        return _path(_iri(value), term.base) if term.kind == LINK else _object(value)
    form, language, datatype = literal(value)
    if language or datatype != term.kind:
        return _object(value, coerced=term.kind != XSD + "string")
    if term.kind == XSD + "integer" and _PLAIN_INTEGER.fullmatch(form):
        return int(form)
    if term.kind == XSD + "boolean" and form in ("true", "false"):
        return form == "true"
    return form


def _object(value: str, *, coerced: bool = False) -> _Json:
    if not value.startswith('"'):
        return {"id": _path(_iri(value), ID)}
    form, language, datatype = literal(value)
    if language:
        return {"@value": form, "@language": language}
    if datatype != XSD + "string":
        return {"@value": form, "@type": _name(datatype)}
    return {"@value": form} if coerced else form


def _iri(value: str) -> str:
    """Return the IRI, or the label of what has none."""
    return value[1:-1] if value.startswith("<") else value


def _path(iri: str, base: str) -> str:
    return relative(iri, base) or iri


def _name(iri: str) -> str:
    return prefixed(iri) or iri


def _one_or_all(values: Iterable[_Json]) -> _Json:
    several = list(values)
    return several[0] if len(several) == 1 else several


def _encoded(value: _Json) -> str:
    """Return a value as JSON: what `json` writes, without its way through values of every kind."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_encoded, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join([f'{_quoted(key)}: {_encoded(each)}' for key, each in value.items()])}}}"
    return json.dumps(value)


def _lines(members: Mapping[str, object]) -> str:
    """Return the members of an object in a document, each on a line of its own."""
    said = ",\n    ".join(f"{_encoded(key)}: {_encoded(value)}" for key, value in members.items())
    return f"{{\n    {said}\n  }}" if members else "{}"


def _look_alike(predicate: str, values: tuple[str, ...]) -> str:
    """Return the first of a predicate and values that JSON-LD would read as another name."""
    if _LOOKS_PREFIXED.match(predicate):
        return predicate
    return next((value[1:-1] for value in values if value[0] == "<" and _LOOKS_PREFIXED.match(value, 1)), "")


def _refuse_look_alike(thing: Thing) -> None:
    for predicate, values in thing.properties:
        if alike := thing.iri if _LOOKS_PREFIXED.match(thing.iri) else _look_alike(predicate, values):
            raise ExportError("jsonld-looks-prefixed", thing.iri, predicate, alike)
