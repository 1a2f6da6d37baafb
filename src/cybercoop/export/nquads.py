"""N-Quads: every fact with its source, one a line, lines sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.export.facts import facts


def write(quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO) -> None:
    """Write what every source says; without blank nodes this is the canonical form of the dataset."""
    lines = {f"<{fact.subject}> <{fact.predicate}> {fact.value} <{fact.source}> .\n" for fact in facts(quads)}
    out.writelines(line.encode() for line in sorted(lines))
