"""The facts of a graph, each once, in the order in which people read them; how a document shortens their IRIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import pyoxigraph as ox

from cybercoop.terms.names import PREFIXES, RDF_TYPE, XSD, short

Value: TypeAlias = ox.NamedNode | ox.Literal

_DIGITS = re.compile(r"([0-9]+)")
_REASONS = {
    "export-no-iri": "{value} has no IRI",
    "export-no-source": "no source states this",
    "export-text-direction": "{value} has a base direction, which few readers know",
    "jsonld-looks-prefixed": "JSON-LD would read {value} as a prefixed name",
    "rdfxml-character": "XML has no way to write the character {value}",
    "rdfxml-property": "RDF/XML has no way to write this property",
}


class ExportError(ValueError):
    """A fact that a format cannot carry: `code` names the reason, `value` is what stands in the way."""

    def __init__(self, code: str, subject: str, predicate: str, value: str) -> None:
        super().__init__(f"{short(subject)} {short(predicate)}: {_REASONS[code].format(value=value)}")
        self.code = code
        self.subject = subject
        self.predicate = predicate
        self.value = value


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement and the source that makes it."""

    subject: str
    predicate: str
    value: Value
    source: str


def facts(quads: Iterable[ox.Quad]) -> Iterator[Fact]:
    """Yield each quad as a fact; raise `ExportError` for what no published graph holds.

    That is a blank node, a triple as a term, a text with a direction, and a statement without a source.
    """
    for quad in quads:
        subject, predicate, value, source = quad.subject, quad.predicate.value, quad.object, quad.graph_name
        if not isinstance(subject, ox.NamedNode):
            raise ExportError("export-no-iri", str(subject), predicate, str(subject))
        if not isinstance(value, (ox.NamedNode, ox.Literal)):
            raise ExportError("export-no-iri", subject.value, predicate, str(value))
        if isinstance(value, ox.Literal) and value.direction is not None:
            raise ExportError("export-text-direction", subject.value, predicate, str(value))
        if not isinstance(source, ox.NamedNode):
            raise ExportError("export-no-source", subject.value, predicate, str(source))
        yield Fact(subject.value, predicate, value, source.value)


@lru_cache(maxsize=65536)
def iri_order(iri: str) -> tuple[str, str, str]:
    """Return a sort key: by kind, then by slug, where `recommendation/…-2` comes before `…-12`."""
    kind, _, slug = iri.rpartition("/")
    return kind, number_order(slug), iri


def value_order(value: str) -> tuple[int, str, str, str]:
    """Return a sort key of a value in N-Triples: things before literals, literals by language, then by their form."""
    if value.startswith("<"):
        return 0, *iri_order(value[1:-1])
    form, language, _ = literal(value)
    return 1, language, number_order(form), value


def number_order(text: str) -> str:
    """Return a sort key in which the numbers inside a text count as numbers: a longer one stands for more."""
    parts = _DIGITS.split(text)
    parts[1::2] = map(_number, parts[1::2])
    return "".join(parts)


@lru_cache(maxsize=1024)
def _number(digits: str) -> str:
    number = digits.lstrip("0")
    return f"\0{chr(min(len(number), _LONG) + _BEGIN)}{number}"


_BEGIN, _LONG = 33, 50_000
"""The length of a number is written as a character, beyond line ends and before what cannot be written."""


def literal(value: str) -> tuple[str, str, str]:
    """Return form, language and datatype of a literal in N-Triples; of a plain one `xsd:string`, without language."""
    end = value.rindex('"')
    form, ending = value[1:end], value[end + 1 :]
    if "\\" in form:
        form = _ESCAPE.sub(_unescaped, form)
    if ending.startswith("@"):
        return form, ending[1:], ""
    return form, "", ending[3:-1] or XSD + "string"


def text_of(value: str) -> str:
    """Return the IRI, or the form of a literal, that a value in N-Triples is."""
    return value[1:-1] if value.startswith("<") else literal(value)[0]


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else _ESCAPES.get(escape[3], escape[3])


@lru_cache(maxsize=1024)
def property_order(iri: str) -> tuple[bool, str]:
    """Return a sort key: `rdf:type`, then the others by their prefixed names."""
    return iri != RDF_TYPE, short(iri)


_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_LOCAL = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
PATH = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*+(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*+)*+"
"""The paths that every reader makes the same IRI of again."""
_PATH = re.compile(PATH)


def split(iri: str) -> tuple[str, str]:
    """Return the namespace of an IRI, to its last `#` or `/`, and the name inside it."""
    end = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:end], iri[end:]


def prefixed(iri: str) -> str | None:
    """Return the IRI as `prefix:name` where that needs no escape in any format, else None."""
    namespace, local = split(iri)
    prefix = _PREFIX_OF.get(namespace)
    return f"{prefix}:{local}" if prefix and _LOCAL.fullmatch(local) else None


def relative(iri: str, base: str) -> str | None:
    """Return the path of the IRI below `base` where every reader makes the same IRI of it again, else None."""
    return iri[len(base) :] if iri.startswith(base) and _PATH.fullmatch(iri, len(base)) else None
