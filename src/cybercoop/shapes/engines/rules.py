"""The rules across records: each `sh:sparql` constraint run once over the whole graph, as a set."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

import pyoxigraph as ox

from cybercoop.names import PREFIXES, SH
from cybercoop.shapes import Shape
from cybercoop.shapes.engines.result import Result

COMPONENT = SH + "SPARQLConstraintComponent"


_ABSENCE = re.compile(r"FILTER\s+NOT\s+EXISTS\s*\{")
_FEW = 5_000
"""How many answers are looked at one by one before it is quicker to ask about all."""


def violations(store: ox.Store, shapes: Iterable[Shape]) -> list[Result]:
    """Return the violations of rules whose query holds its own target pattern."""
    found: set[Result] = set()
    for shape in shapes:
        for row in _rows(store, _among(store, shape.select or "")):
            value = _get(row, "value") or _get(row, "this")
            found.add(Result(shape.iri, str(_get(row, "this")), str(_get(row, "path") or ""), str(value), COMPONENT))
    return sorted(found)


def _rows(store: ox.Store, text: str) -> ox.QuerySolutions:
    return store.query(text, prefixes=PREFIXES)  # type: ignore[return-value]


def _among(store: ox.Store, text: str) -> str:
    """Return the query with each absence asked only of the things that meet the rest of it.

    Oxigraph answers what stands in NOT EXISTS for the whole graph before it looks at what stands around it.
    """
    blocks: list[tuple[int, int]] = []
    for match in _ABSENCE.finditer(text):
        start, end = _block(text, match.start(), match.end())
        if "$this" in text[start:end] and (not blocks or start >= blocks[-1][1]):
            blocks.append((start, end))
    if not blocks:
        return text
    rest, named = text, text
    for start, end in reversed(blocks):
        rest = rest[:start] + rest[end:]
    rows = list(islice(_rows(store, rest), _FEW + 1))
    if len(rows) > _FEW:
        return text
    things = {str(_get(row, "this")) for row in rows}
    for start, _ in reversed(blocks):
        inside = text.index("{", start) + 1
        named = f"{named[:inside]} VALUES $this {{ {' '.join(sorted(things))} }} {named[inside:]}"
    return named


def _block(text: str, start: int, inside: int) -> tuple[int, int]:
    """Return where a block that begins at `start`, and whose brace is opened before `inside`, begins and ends."""
    depth, end = 1, inside
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return start, end


def _get(row: ox.QuerySolution, name: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None:
    try:
        value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None = row[name]
    except KeyError:
        return None
    return value
