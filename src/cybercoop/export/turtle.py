"""Turtle and TriG, N-Triples and N-Quads: every fact on a line of its own, so that one new fact is one new line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.export import NOTE
from cybercoop.export.facts import Thing, Value, by_source, facts, length, prefixed, relative, things
from cybercoop.terms.names import BASE, PREFIXES, RDF_TYPE, XSD

_BARE = {
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "decimal": re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]{1,6}"),
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
}
"""The forms that may stand without quotes and that every reader keeps as they are written."""


def write_turtle(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write the union of all sources, one block a thing."""
    out.write(header().encode())
    said = things(facts(quads))
    for thing in said:
        out.write(("\n" + block(thing)).encode())
    return length(said)


@cache
def header() -> str:
    """Return the note, the base and the prefixes, the same for every graph."""
    lines = [*(f"# {line}\n" for line in NOTE), f"@base <{BASE}> .\n"]
    lines += [f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(PREFIXES.items())]
    return "".join(lines)


def block(thing: Thing, margin: str = "") -> str:
    """Return all facts of one thing; the closing dot has a line to itself, which no new fact touches."""
    lines = [f"{margin}{name(thing.iri)}\n"]
    for predicate, values in thing.properties:
        verb = "a" if predicate == RDF_TYPE else name(predicate)
        lines += [f"{margin}    {verb} {_written(value)} ;\n" for value in values]
    return "".join(lines) + f"{margin}.\n"


def name(iri: str) -> str:
    """Return the IRI as Turtle writes it, as short as it can be without escapes."""
    return prefixed(iri) or f"<{relative(iri, BASE) or iri}>"


def _written(value: Value) -> str:
    if isinstance(value, ox.NamedNode):
        return name(value.value)
    datatype = value.datatype.value
    if datatype in _BARE and _BARE[datatype].fullmatch(value.value):
        return value.value
    if value.language or datatype == XSD + "string":
        return str(value)
    return f"{ox.Literal(value.value)}^^{name(datatype)}"


def write_trig(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write one graph a source, one block a thing."""
    out.write(header().encode())
    count = 0
    for source, said in by_source(facts(quads)):
        count += length(said)
        out.write(f"\n{name(source)} {{\n".encode())
        out.write("\n".join(block(thing, "    ") for thing in said).encode())
        out.write(b"}\n")
    return count


def write_ntriples(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write the union of all sources."""
    lines = {f"<{fact.subject}> <{fact.predicate}> {fact.value} .\n" for fact in facts(quads)}
    out.writelines(line.encode() for line in sorted(lines))
    return len(lines)


def write_nquads(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> int:
    """Write what every source says; without blank nodes this is the canonical form of the dataset."""
    lines = {f"<{fact.subject}> <{fact.predicate}> {fact.value} <{fact.source}> .\n" for fact in facts(quads)}
    out.writelines(line.encode() for line in sorted(lines))
    return len(lines)
