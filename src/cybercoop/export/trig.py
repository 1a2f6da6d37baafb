"""TriG: the Turtle of each source, inside the graph that bears the name of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.export.facts import by_source, facts
from cybercoop.export.turtle import block, header, name


def write(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> None:
    """Write one graph a source, one block a thing."""
    out.write(header().encode())
    for source, said in by_source(facts(quads)):
        out.write(f"\n{name(source)} {{\n".encode())
        out.write("\n".join(block(thing, "    ") for thing in said).encode())
        out.write(b"}\n")
