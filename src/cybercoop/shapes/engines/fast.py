"""The fast engine: core constraints in Rust, rules across records as set queries on Oxigraph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
import shacl

from cybercoop.shapes import Shape, Shapes, ntriples
from cybercoop.shapes.engines import Result, one_property
from cybercoop.shapes.engines.rules import violations


class Fast:
    """The engine that commands use."""

    name = f"shacl {getattr(shacl, '__version__', '')} with Oxigraph".replace("  ", " ")

    def __call__(
        self, triples: Iterable[ox.Triple], shapes: Shapes, rules: Sequence[Shape] | None = None
    ) -> list[Result]:
        """Return one result per violation, sorted. Triples hold each triple once; no rule but `rules` need be asked."""
        text = ntriples(triples)
        found = _results(_compiled(shapes.core).validate_text(text, "ntriples"))
        store = ox.Store()
        store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)  # its terms were checked when they were made
        return sorted(found | set(violations(store, shapes.selects if rules is None else rules)))

    def file(self, path: Path, shapes: Shapes) -> list[Result]:
        """Return one result per violation in a file of N-Triples; no statement of it becomes a Python value."""
        found = _results(_compiled(shapes.core).validate_file(str(path)))
        store = ox.Store()
        store.bulk_load(path=str(path), format=ox.RdfFormat.N_TRIPLES)
        return sorted(found | set(violations(store, shapes.selects)))


def _results(report: shacl.Report) -> set[Result]:
    return {
        Result(
            (result.source_shape or "")[1:-1],
            result.focus_node,
            one_property(result.path),
            result.value or "",
            result.component_iri,
        )
        for result in report.results
    }


@lru_cache(maxsize=4)
def _compiled(text: str) -> shacl.Shapes:
    return shacl.Shapes.from_text(text, "ntriples")


ENGINE = Fast()
