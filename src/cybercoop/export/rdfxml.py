"""RDF/XML: every fact once and on a line of its own, without a document type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from cybercoop.export import NOTE
from cybercoop.export.facts import ExportError, Value, facts, length, prefixed, things
from cybercoop.terms.names import PREFIXES, RDF, XSD

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LINE_ENDS = {"\n": "&#10;", "\r": "&#13;"}
_RESERVED = {
    RDF + name
    for name in (
        *("Description", "ID", "RDF", "about", "aboutEach", "aboutEachPrefix"),
        *("bagID", "datatype", "li", "nodeID", "parseType", "resource"),
    )
}


def write_rdfxml(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write the union of all sources.

    Raises `ExportError` for a text with a character that XML forbids (U+0000 to U+001F but for tab and line ends,
    U+FFFE, U+FFFF) and for a property whose IRI does not end in an XML name.
    """
    out.write(_head())
    said = things(facts(quads))
    for thing in said:
        lines = [f"  <rdf:Description rdf:about={quoteattr(thing.iri)}>\n"]
        for predicate, values in thing.properties:
            lines += [_element(thing.iri, predicate, value) for value in values]
        out.write("".join([*lines, "  </rdf:Description>\n"]).encode())
    out.write(b"</rdf:RDF>\n")
    return length(said)


@cache
def _head() -> bytes:
    """Return the note and the root with its namespaces, the same for every graph."""
    note = "\n     ".join(NOTE)
    spaces = "".join(f"\n    xmlns:{prefix}={quoteattr(namespace)}" for prefix, namespace in sorted(PREFIXES.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {note} -->\n<rdf:RDF{spaces}>\n'.encode()


def _element(subject: str, predicate: str, value: Value) -> str:
    if (known := prefixed(predicate)) and predicate not in _RESERVED:
        tag, declared = known, ""
    elif (match := _NAME.search(predicate)) and predicate not in _RESERVED:
        tag, declared = match[0], f" xmlns={quoteattr(predicate[: match.start()])}"
    else:
        raise ExportError("rdfxml-property", subject, predicate, predicate)
    if isinstance(value, ox.NamedNode):
        return f"    <{tag}{declared} rdf:resource={quoteattr(value.value)}/>\n"
    if bad := _NOT_XML.search(value.value):
        raise ExportError("rdfxml-character", subject, predicate, f"U+{ord(bad[0]):04X}")
    if value.language:
        declared += f" xml:lang={quoteattr(value.language)}"
    elif value.datatype.value != XSD + "string":
        declared += f" rdf:datatype={quoteattr(value.datatype.value)}"
    return f"    <{tag}{declared}>{escape(value.value, _LINE_ENDS)}</{tag}>\n"
