"""Turtle and TriG, N-Triples and N-Quads: every fact on a line of its own, so that one new fact is one new line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import BinaryIO

from cybercoop.export import NOTE
from cybercoop.export.facts import PATH, literal, prefixed, relative
from cybercoop.export.statements import Statements, Thing
from cybercoop.terms.labels import Order
from cybercoop.terms.names import BASE, PREFIXES, RDF_TYPE, XSD

_BARE = {
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "decimal": re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]{1,6}"),
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
}
"""The forms that may stand without quotes and that every reader keeps as they are written."""


_OURS = re.compile(f"<{re.escape(BASE)}({PATH})>")


def write_turtle(said: Statements, context: Mapping[str, object], out: BinaryIO, *, order: Order | None = None) -> int:
    """Write the union of all sources, one block a thing."""
    out.write(header().encode())
    count = 0
    for thing in said.union(order):
        count += thing.length
        out.write(f"\n{block(thing)}".encode())
    return count


@cache
def header() -> str:
    """Return the note, the base and the prefixes, the same for every graph."""
    lines = [*(f"# {line}\n" for line in NOTE), f"@base <{BASE}> .\n"]
    lines += [f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(PREFIXES.items())]
    return "".join(lines)


def block(thing: Thing, margin: str = "") -> str:
    """Return all facts of one thing; the closing dot has a line to itself, which no new fact touches."""
    said = "".join([_lines(predicate, values, margin) for predicate, values in thing.properties])
    return f"{margin}{name(thing.iri)}\n{said}{margin}.\n"


@lru_cache(1 << 15)
def _lines(predicate: str, values: tuple[str, ...], margin: str) -> str:
    verb = "a" if predicate == RDF_TYPE else name(predicate)
    return "".join([f"{margin}    {verb} {_written(value)} ;\n" for value in values])


def name(iri: str) -> str:
    """Return the IRI as Turtle writes it, as short as it can be without escapes; a path of ours has no prefix."""
    return f"<{path}>" if (path := relative(iri, BASE)) else prefixed(iri) or f"<{iri}>"


def _written(value: str) -> str:
    if value.startswith("<"):
        return f"<{ours[1]}>" if (ours := _OURS.fullmatch(value)) else name(value[1:-1])
    if not value.endswith(">"):
        return value
    form, _, datatype = literal(value)
    if datatype in _BARE and _BARE[datatype].fullmatch(form):
        return form
    return f"{value[: value.rindex('^^')]}^^{name(datatype)}"


def write_trig(said: Statements, context: Mapping[str, object], out: BinaryIO) -> int:
    """Write one graph a source, one block a thing."""
    out.write(header().encode())
    count = 0
    for section in said.by_source(lambda thing: block(thing, "    "), "\n"):
        count += section.length
        out.write(f"\n{name(section.source)} {{\n".encode())
        out.writelines(section.parts)
        out.write(b"}\n")
    return count


def write_ntriples(
    said: Statements, context: Mapping[str, object], out: BinaryIO, *, order: Order | None = None
) -> int:
    """Write the union of all sources."""
    return _put(said.triples(order), out)


def write_nquads(said: Statements, context: Mapping[str, object], out: BinaryIO) -> int:
    """Write what every source says; without blank nodes this is the canonical form of the dataset."""
    return _put(said.lines(), out)


def _put(parts: Iterable[bytes], out: BinaryIO) -> int:
    """Write parts of a document and return how many lines they have."""
    count = 0
    for lines in parts:
        count += lines.count(b"\n")
        out.write(lines)
    return count
