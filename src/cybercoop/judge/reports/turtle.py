"""The verdict as a standard SHACL validation report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.judge.reports import with_followers
from cybercoop.problems.problem import ERROR, INFO, WARNING, Problem, seen
from cybercoop.terms.names import NS, PREFIXES, RDF_TYPE, RDFS, SH, SHAPES, XSD, expand

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_SEVERITIES = {ERROR: "Violation", WARNING: "Warning", INFO: "Info"}
_SPARQL = SH + "SPARQLConstraintComponent"


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as Turtle, in all three languages.

    What no shape finds (a misspelt word, a file that cannot be read) names the problem as its constraint component.
    """
    top = ox.BlankNode("report")
    truth = ox.Literal("false" if report.problems else "true", datatype=ox.NamedNode(XSD + "boolean"))
    triples = [
        ox.Triple(top, ox.NamedNode(RDF_TYPE), ox.NamedNode(SH + "ValidationReport")),
        ox.Triple(top, ox.NamedNode(SH + "conforms"), truth),
    ]
    for number, found in enumerate(with_followers(report.problems), 1):
        node = ox.BlankNode(f"result{number}")
        triples.append(ox.Triple(top, ox.NamedNode(SH + "result"), node))
        triples += [ox.Triple(node, ox.NamedNode(predicate), value) for predicate, value in _facts(found)]
    used = {name: PREFIXES[name] for name in ("coop", "coopsh", "rdfs", "sh", "xsd")}
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b"").decode()


def _facts(found: Problem) -> list[tuple[str, ox.NamedNode | ox.Literal]]:
    shape = ox.NamedNode(SHAPES + found.code)
    facts: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF_TYPE, ox.NamedNode(SH + "ValidationResult")),
        (RDFS + "label", ox.Literal(seen(str(found.where)))),
        (SH + "resultSeverity", ox.NamedNode(SH + _SEVERITIES[found.severity])),
        (SH + "focusNode", _focus(found)),
        (SH + "sourceConstraintComponent", ox.NamedNode(found.component) if found.component else shape),
    ]
    if found.component is not None:
        facts.append((SH + ("sourceConstraint" if found.component == _SPARQL else "sourceShape"), shape))
    if found.property is not None:
        facts.append((SH + "resultPath", ox.NamedNode(found.property)))
    if (value := _value(found)) is not None:
        facts.append((SH + "value", value))
    facts += [(SH + "resultMessage", ox.Literal(text, language=said)) for said, text in found.message.items()]
    facts += [(NS + "cure", ox.Literal(text, language=said)) for said, text in found.cure.items()]
    return facts


def _focus(found: Problem) -> ox.NamedNode | ox.Literal:
    try:
        return ox.NamedNode(expand(found.thing)) if found.thing else ox.Literal(found.where.file)
    except ValueError:
        return ox.Literal(found.thing or found.where.file)


def _value(found: Problem) -> ox.NamedNode | ox.Literal | None:
    if found.term is None:
        return None if found.value is None else ox.Literal(found.value)
    line = f"<x:> <x:> {found.term} ."
    value = next(iter(ox.parse(line.encode(), format=ox.RdfFormat.N_TRIPLES))).object
    return value if isinstance(value, (ox.NamedNode, ox.Literal)) else None
