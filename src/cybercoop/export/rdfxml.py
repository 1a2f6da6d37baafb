"""RDF/XML: every fact once and on a line of its own, without a document type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from cybercoop.export import NOTE
from cybercoop.export.facts import ExportError, literal, prefixed
from cybercoop.export.statements import Statements
from cybercoop.terms.labels import Order
from cybercoop.terms.names import PREFIXES, RDF, XSD

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_APART = re.compile('[&<>"\n\r\t\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]')
"""What does not stand in XML as it is."""
_LINE_ENDS = {"\n": "&#10;", "\r": "&#13;"}
_RESERVED = {
    RDF + name
    for name in (
        *("Description", "ID", "RDF", "about", "aboutEach", "aboutEachPrefix"),
        *("bagID", "datatype", "li", "nodeID", "parseType", "resource"),
    )
}


def write_rdfxml(said: Statements, context: Mapping[str, object], out: BinaryIO, *, order: Order | None = None) -> int:
    """Write the union of all sources.

    Raises `ExportError` for a text with a character that XML forbids (U+0000 to U+001F but for tab and line ends,
    U+FFFE, U+FFFF) and for a property whose IRI does not end in an XML name.
    """
    out.write(_head())
    count = 0
    for thing in said.union(order):
        try:
            lines = "".join([_elements(predicate, values) for predicate, values in thing.properties])
        except ExportError as error:
            raise ExportError(error.code, thing.iri, error.predicate, error.value) from None
        count += lines.count("\n")
        described = f"  <rdf:Description rdf:about={_quoted(thing.iri)}>\n{lines}  </rdf:Description>\n"
        out.write(described.encode())
    out.write(b"</rdf:RDF>\n")
    return count


@cache
def _head() -> bytes:
    """Return the note and the root with its namespaces, the same for every graph."""
    note = "\n     ".join(NOTE)
    spaces = "".join(f"\n    xmlns:{prefix}={quoteattr(namespace)}" for prefix, namespace in sorted(PREFIXES.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {note} -->\n<rdf:RDF{spaces}>\n'.encode()


@lru_cache(1 << 15)
def _elements(predicate: str, values: tuple[str, ...]) -> str:
    """Return the elements of a property. Raises `ExportError` without the thing."""
    tag, declared = _tag(predicate)
    return "".join([_element(tag, declared, predicate, value) for value in values])


@lru_cache(1 << 10)
def _tag(predicate: str) -> tuple[str, str]:
    """Return what an element is called, and what declares its namespace. Raises `ExportError`."""
    if predicate not in _RESERVED:
        if known := prefixed(predicate):
            return known, ""
        if match := _NAME.search(predicate):
            return match[0], f" xmlns={quoteattr(predicate[: match.start()])}"
    raise ExportError("rdfxml-property", "", predicate, predicate)


def _element(tag: str, declared: str, predicate: str, value: str) -> str:
    if value.startswith("<"):
        return f"    <{tag}{declared} rdf:resource={_quoted(value[1:-1])}/>\n"
    form, language, datatype = literal(value)
    if _APART.search(form):
        if bad := _NOT_XML.search(form):
            raise ExportError("rdfxml-character", "", predicate, f"U+{ord(bad[0]):04X}")
        form = escape(form, _LINE_ENDS)
    if language:
        declared += f" xml:lang={_quoted(language)}"
    elif datatype != XSD + "string":
        declared += f" rdf:datatype={_quoted(datatype)}"
    return f"    <{tag}{declared}>{form}</{tag}>\n"


def _quoted(value: str) -> str:
    return quoteattr(value) if _APART.search(value) else f'"{value}"'
