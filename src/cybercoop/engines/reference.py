"""pyshacl, the reference that the fast engine is held against; slow, and everywhere to be had."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import SH

from cybercoop.engines.result import Result
from cybercoop.shapes import Shapes, ntriples


class Reference:
    """The engine behind `--engine pyshacl`."""

    name = f"pyshacl {pyshacl.__version__}"

    def __call__(self, triples: Iterable[ox.Triple], shapes: Shapes) -> list[Result]:
        """Return one result per violation, sorted. Triples hold each triple once."""
        data = _graph(ntriples(triples))
        _, report, _ = pyshacl.validate(data, shacl_graph=_graph(shapes.whole()), inference="none", inplace=True)
        if not isinstance(report, rdflib.Graph):
            raise RuntimeError(f"pyshacl gave no report: {report}")
        return sorted({_result(report, node) for node in report.objects(None, SH.result)})


def _graph(text: str) -> rdflib.Graph:
    rdflib.NORMALIZE_LITERALS = False
    return rdflib.Graph().parse(data=text, format="nt")


def _result(report: rdflib.Graph, node: rdflib.term.Node) -> Result:
    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(node, predicate)
        if isinstance(value, rdflib.Literal):
            return str(ox.Literal(str(value), language=value.language)) if value.language else _literal(value)
        return f"<{value}>" if value is not None else ""

    rule = text(SH.sourceConstraint)
    return Result(
        (rule or text(SH.sourceShape))[1:-1],
        text(SH.focusNode),
        text(SH.resultPath),
        text(SH.value),
        text(SH.sourceConstraintComponent)[1:-1],
    )


def _literal(value: rdflib.Literal) -> str:
    datatype = ox.NamedNode(str(value.datatype)) if value.datatype else None
    return str(ox.Literal(str(value), datatype=datatype))


ENGINE = Reference()
