"""The constraints asked of a snapshot in columns or of a lake: each as one set query, cross-record rules included."""

from __future__ import annotations

from collections.abc import Iterable

from cybercoop.engines.embedded import Engine
from cybercoop.engines.store import Stored
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import Result
from cybercoop.shapes.engines.rules import COMPONENT
from cybercoop.shapes.queries import NAMED, Asked, queries
from cybercoop.terms.names import PREFIXES

_PROLOGUE = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in PREFIXES.items())


def in_columns(stored: Stored, shapes: Shapes) -> list[Result]:
    """Return the violations in the snapshot of a store. Raises `Refusal` where there is none."""
    from cybercoop.engines.columns.columns import Columns

    return violations(Columns(stored), shapes)


def violations(engine: Engine, shapes: Shapes) -> list[Result]:
    """Return one result per violation in what an engine holds, sorted, as the engines for SHACL give them.

    Values are written as the engine holds them: `4.0` is `4`. Raises `Refusal` where a query is not answered.
    """
    rules = (Asked(rule.iri, "", COMPONENT, f"{_PROLOGUE}{rule.select}") for rule in shapes.selects)
    return sorted({result for asked in (*queries(shapes), *rules) for result in _met(engine, asked)})


def _met(engine: Engine, asked: Asked) -> Iterable[Result]:
    columns, rows = engine.rows(asked.select, asked.shape)
    for row in rows:
        found = {name: str(term) for name, term in zip(columns, row, strict=True) if term is not None}
        this = found["this"]
        value = found.get("value", this if asked.component in NAMED else "")
        yield Result(asked.shape, this, asked.path or found.get("path", ""), value, asked.component)
