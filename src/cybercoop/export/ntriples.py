"""N-Triples: every fact once, one a line, lines sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.export.facts import facts


def write(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> None:
    """Write the union of all sources."""
    lines = {f"<{fact.subject}> <{fact.predicate}> {fact.value} .\n" for fact in facts(quads)}
    out.writelines(line.encode() for line in sorted(lines))
