"""The constraints asked of a snapshot in columns or of a lake: each as one set query, cross-record rules included."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from cybercoop.engines.embedded import Engine
from cybercoop.engines.store import Stored
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.problems.progress import watched
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import Result
from cybercoop.shapes.engines.rules import COMPONENT
from cybercoop.shapes.queries import NAMED, Asked, queries
from cybercoop.sparql.limits import DEFAULT, limit_of
from cybercoop.terms.names import PREFIXES, short

_TOGETHER = 12
_UNHURRIED = DEFAULT._replace(seconds=3600)
"""What one query may take: there is much to look at."""
_PROLOGUE = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in PREFIXES.items())


def in_columns(stored: Stored, shapes: Shapes) -> list[Result]:
    """Return the violations in the snapshot of a store. Raises `Refusal` where there is none."""
    from cybercoop.engines.columns.columns import Columns

    return violations(Columns(stored, _UNHURRIED), shapes)


def on_cluster(url: str, stored: Callable[[], Stored], shapes: Shapes) -> list[Result]:
    """Return the violations in the lake of a cluster. Raises `Refusal` where it cannot be asked."""
    from cybercoop.engines.columns.cluster import Cluster

    return met(Cluster(url, stored).within(_UNHURRIED), every(shapes), _TOGETHER)


def violations(engine: Engine, shapes: Shapes) -> list[Result]:
    """Return one result per violation in what an engine holds, sorted, as the engines for SHACL give them.

    Values are written as the engine holds them: `4.0` is `4`. Raises `Refusal` where a query is not answered.
    """
    return met(engine, every(shapes))


def every(shapes: Shapes) -> list[Asked]:
    """Return all constraints as queries: the core ones, and the rules across records."""
    rules = (Asked(rule.iri, "", COMPONENT, f"{_PROLOGUE}{rule.select}") for rule in shapes.selects)
    return [*queries(shapes), *rules]


def met(engine: Engine, asked: Iterable[Asked], together: int = 1) -> list[Result]:
    """Return one result per violation that some queries find; of the core ones so many go in one request."""
    alone = [each for each in asked if together == 1 or each.component == COMPONENT]
    others = [each for each in asked if each not in alone]
    groups = [[each] for each in alone]
    groups += [others[start : start + together] for start in range(0, len(others), together)]
    ahead = watched("progress-judge", groups, lambda: len(groups))
    return sorted({result for group in ahead for result in _met(engine, group)})


def _met(engine: Engine, group: list[Asked]) -> Iterable[Result]:
    text = group[0].select
    if len(group) > 1:
        parts = (each.select.replace(" {", f" ({number} AS ?asked) {{", 1) for number, each in enumerate(group))
        text = f"SELECT ?asked ?this ?value {{ {' UNION '.join(f'{{ {part} }}' for part in parts)} }}"
    try:
        columns, rows = engine.rows(text, group[0].shape)
    except Refusal as refusal:
        if limit_of(refusal):  # with the advice of options that are not there
            raise refuse("constraint-stopped", Where("validate"), value=short(group[0].shape)) from None
        raise
    for row in rows:
        terms = {name: term for name, term in zip(columns, row, strict=True) if term is not None}
        found = {name: str(term) for name, term in terms.items()}
        number = terms.get("asked")
        asked = group[int(number.value) if isinstance(number, ox.Literal) else 0]
        this = found["this"]
        value = found.get("value", this if asked.component in NAMED else "")
        yield Result(asked.shape, this, asked.path or found.get("path", ""), value, asked.component)
