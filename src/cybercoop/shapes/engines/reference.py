"""pyshacl, the reference that the fast engine is held against; slow, and everywhere to be had."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import pyshacl.shape
import rdflib
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from rdflib.namespace import SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query

from cybercoop.shapes import Shape, Shapes, ntriples
from cybercoop.shapes.engines import Result, one_property
from cybercoop.terms.names import PREFIXES

pyshacl.shape.CONSTRAINT_PARAMS = (frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP)  # type: ignore[attr-defined]
"""pyshacl looks every word of a shape up here for every focus node: a set answers at once."""


class Reference:
    """The engine behind `--engine pyshacl`."""

    name = f"pyshacl {pyshacl.__version__}"

    def __call__(
        self, triples: Iterable[ox.Triple], shapes: Shapes, rules: Sequence[Shape] | None = None
    ) -> list[Result]:
        """Return one result per violation, sorted. Triples hold each triple once; no rule but `rules` need be asked."""
        return _results(_graph(ntriples(triples)), shapes)

    def file(self, path: Path, shapes: Shapes) -> list[Result]:
        """Return one result per violation in a file of N-Triples."""
        return _results(_graph(path.read_text("utf-8")), shapes)

    def begin(self, path: Path, shapes: Shapes) -> Callable[[], list[Result]]:
        """Return what judges a file when its results are wanted."""
        return partial(self.file, path, shapes)


def _results(data: rdflib.Graph, shapes: Shapes) -> list[Result]:
    with _unsaid():
        _, report, _ = pyshacl.validate(data, shacl_graph=_shapes(shapes.whole), inference="none", inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"pyshacl gave no report: {report}")
    return sorted({_result(report, node) for node in report.objects(None, SH.result)})


@contextlib.contextmanager
def _unsaid() -> Iterator[None]:
    """Have pyshacl write no nodes out in its sentences, which nobody reads: that takes half of its time."""
    held = [
        (module, module.stringify_node)
        for name, module in sys.modules.items()
        if name.startswith("pyshacl.constraints.") and hasattr(module, "stringify_node")
    ]
    for module, _ in held:
        vars(module)["stringify_node"] = lambda _, node, *__: str(node)
    try:
        yield
    finally:
        for module, before in held:
            vars(module)["stringify_node"] = before


@lru_cache(maxsize=2)
def _shapes(text: str) -> rdflib.Graph:
    return _graph(text)


class _Graph(rdflib.Graph):
    """A graph that parses each query and reads each list once: pyshacl asks the same ones of every focus node."""

    def __init__(self) -> None:
        super().__init__()
        self._lists = dict[rdflib.term.Node, list[rdflib.term.Node]]()

    def items(self, list: rdflib.term.Node) -> Generator[rdflib.term.Node, None, None]:  # noqa: A002
        """Yield the items of a list, as rdflib does; nothing is added to the graph any more."""
        if list not in self._lists:
            self._lists[list] = [*super().items(list)]
        yield from self._lists[list]

    def query(self, query_object: Any, *args: Any, **kwargs: Any) -> rdflib.query.Result:
        """Return the answer, as rdflib does."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object)
        return super().query(query_object, *args, **kwargs)


@lru_cache(maxsize=256)
def _prepared(text: str) -> Query:
    return prepareQuery(text, initNs=PREFIXES)


def _graph(text: str) -> rdflib.Graph:
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        return _Graph().parse(data=text, format="nt")
    finally:
        rdflib.NORMALIZE_LITERALS = before


def _result(report: rdflib.Graph, node: rdflib.term.Node) -> Result:
    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(node, predicate)
        if isinstance(value, rdflib.Literal):
            return str(ox.Literal(str(value), language=value.language)) if value.language else _literal(value)
        return f"<{value}>" if isinstance(value, rdflib.URIRef) else f"_:{value}" if value is not None else ""

    rule = text(SH.sourceConstraint)
    return Result(
        (rule or text(SH.sourceShape))[1:-1],
        text(SH.focusNode),
        one_property(text(SH.resultPath)),
        text(SH.value),
        text(SH.sourceConstraintComponent)[1:-1],
    )


def _literal(value: rdflib.Literal) -> str:
    datatype = ox.NamedNode(str(value.datatype)) if value.datatype else None
    return str(ox.Literal(str(value), datatype=datatype))


ENGINE = Reference()
