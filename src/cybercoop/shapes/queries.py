"""Constraints as queries: each part of a shape as a SELECT of its violations, for engines that answer sets at once.

https://www.w3.org/TR/shacl/#core-components, https://www.w3.org/TR/shacl/#rdf-path
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.shapes import Shapes
from cybercoop.terms.literals import iri
from cybercoop.terms.names import RDF_TYPE, RDFS, SH, XSD
from cybercoop.terms.term import Term, iri_of, members

_TARGETS = {
    "targetClass": f"?this <{RDF_TYPE}>/<{RDFS}subClassOf>* {{}} .",
    "targetSubjectsOf": "?this {} ?target_ .",
    "targetObjectsOf": "?target_ {} ?this .",
    "targetNode": "VALUES ?this {{ {} }}",
}
_KINDS = {
    "IRI": "isIRI({})",
    "Literal": "isLITERAL({})",
    "BlankNode": "isBLANK({})",
    "BlankNodeOrIRI": "!isLITERAL({})",
    "BlankNodeOrLiteral": "!isIRI({})",
    "IRIOrLiteral": "!isBLANK({})",
}
_BOUNDS = {"minInclusive": ">=", "maxInclusive": "<=", "minExclusive": ">", "maxExclusive": "<"}
_ORDERS = {"lessThan": "<", "lessThanOrEquals": "<="}
_ZONE = "(Z|[+-][0-9]{2}:[0-9]{2})?"
_FORMS = {"gYear": f"^-?[0-9]{{4,}}{_ZONE}$", "gYearMonth": f"^-?[0-9]{{4,}}-(0[1-9]|1[0-2]){_ZONE}$"}
"""How values of datatypes are written to which no query can cast."""
_CAST = frozenset({"boolean", "date", "dateTime", "decimal", "double", "float", "integer"})
_OF_VALUES = ("class", "datatype", "nodeKind", "pattern", "languageIn", "in", *_BOUNDS, "node", "or", "and", "not")
_OF_ALL = ("minCount", "maxCount", "hasValue", "qualifiedMinCount", "uniqueLang")
_TOLD = ("description", "flags", "group", "message", "name", "order", "severity")
_BESIDE = frozenset((*_TARGETS, *_TOLD, "path", "property", "qualifiedValueShape", "sparql"))


def _component(name: str) -> str:
    return f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"


NAMED = frozenset(map(_component, _OF_VALUES)) | {f"{SH}SPARQLConstraintComponent"}
"""The components whose results name a value: where a query shows none, that is the thing itself."""


class Unasked(Exception):
    """A part of a shape that is no query, by its name."""


class Asked(NamedTuple):
    """A SELECT of violations: `?this`, and `?value` where there is one; with the shape, path and component."""

    shape: str
    path: str
    component: str
    select: str


def queries(shapes: Shapes) -> list[Asked]:
    """Return the core constraints of all shapes as queries. Raises `Unasked` for a part that is none."""
    return list(dict.fromkeys(_Queries(shapes).all()))


class _Queries:
    """Writes queries; a variable has a name of its own wherever one begins."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes, self._count = shapes, count()

    def all(self) -> Iterator[Asked]:
        """Yield the queries of every shape that has a target, and of the shapes of properties in it."""
        for node, facts in self.shapes.about.items():
            found = [
                pattern.format(target) for name, pattern in _TARGETS.items() for target in facts.get(SH + name, [])
            ]
            if found:
                targets = " UNION ".join(f"{{ {each} }}" for each in found)
                yield from self._violations(node, f"{{ SELECT DISTINCT ?this {{ {targets} }} }}")

    def _violations(self, node: Term, target: str) -> Iterator[Asked]:
        facts = self.shapes.about[node]
        path = facts.get(SH + "path", [None])[0]
        shown = str(path) if isinstance(path, ox.NamedNode) else ""
        value, given = ("?this", "") if path is None else ("?value", f"?this {self._path(path)} ?value .")
        for name, values in self._parts(node):
            component = _component(name)
            if name in _ORDERS:
                ordered = f"COALESCE(!(?value {_ORDERS[name]} ?other_), true)"
                body = f"{target} {given} ?this {values[0]} ?other_ FILTER({ordered})"
                yield Asked(iri_of(node), shown, component, f"SELECT DISTINCT ?this ?value {{ {body} }}")
                continue
            for each in values:
                if name in _OF_VALUES:
                    met = self._value(name, each, value, node)
                    body, columns = f"{target} {given} FILTER(!({met}))", " ".join(dict.fromkeys(("?this", value)))
                else:
                    body, columns = f"{target} FILTER(!({self._all(name, each, '?this', node)}))", "?this"
                yield Asked(iri_of(node), shown, component, f"SELECT DISTINCT {columns} {{ {body} }}")
        for inner in facts.get(SH + "property", []):
            if path is not None:
                raise Unasked("sh:property in a shape of a property")
            yield from self._violations(inner, target)

    def _parts(self, node: Term) -> Iterator[tuple[str, list[Term]]]:
        """Yield the components of a shape with their values."""
        for predicate, values in self.shapes.about.get(node, {}).items():
            name = predicate.removeprefix(SH)
            if predicate.startswith(SH) and name not in _BESIDE:
                if name not in (*_OF_VALUES, *_OF_ALL, *_ORDERS):
                    raise Unasked(f"sh:{name}")
                yield name, values

    def _holds(self, node: Term, value: str) -> str:
        """Return the condition that a value conforms to a shape; it is never an error."""
        facts = self.shapes.about.get(node, {})
        if SH + "path" in facts:
            return self._holds_of_all(node, value)
        met = [self._value(name, each, value, node) for name, values in self._parts(node) for each in values]
        met += [self._holds_of_all(each, value) for each in facts.get(SH + "property", [])]
        return " && ".join(f"({each})" for each in met) or "true"

    def _holds_of_all(self, node: Term, focus: str) -> str:
        """Return the condition that the values which something has by the path of a shape conform to it."""
        path, met = self._path(self.shapes.about[node][SH + "path"][0]), list[str]()
        for name, values in self._parts(node):
            for each in values:
                if name in _ORDERS:
                    raise Unasked(f"sh:{name} within a shape")
                if name in _OF_ALL:
                    met.append(self._all(name, each, focus, node))
                else:
                    value = self._variable()
                    wrong = f"FILTER(!({self._value(name, each, value, node)}))"
                    met.append(f"NOT EXISTS {{ {focus} {path} {value} {wrong} }}")
        return " && ".join(f"({each})" for each in met) or "true"

    def _value(self, name: str, given: Term, value: str, node: Term) -> str:
        """Return the condition that a value meets a component that looks at each value by itself."""
        text = given.value if isinstance(given, (ox.Literal, ox.NamedNode)) else ""
        match name:
            case "class":
                return f"EXISTS {{ {value} <{RDF_TYPE}>/<{RDFS}subClassOf>* {given} }}"
            case "datatype":
                return f"COALESCE(DATATYPE({value}) = {given}{_well_formed(text, value)}, false)"
            case "nodeKind":
                return _KINDS[text.removeprefix(SH)].format(value)
            case "pattern":
                flags = "".join(f", {each}" for each in self.shapes.about[node].get(SH + "flags", []))
                return f"COALESCE(!isBLANK({value}) && REGEX(STR({value}), {ox.Literal(text)}{flags}), false)"
            case "languageIn":
                asked = (f"LANGMATCHES(LANG({value}), {each})" for each in members(self.shapes.about, given))
                return f"COALESCE({' || '.join(asked)}, false)"
            case "in":
                return f"EXISTS {{ VALUES {value} {{ {' '.join(map(str, members(self.shapes.about, given)))} }} }}"
            case "hasValue":
                return f"sameTerm({value}, {given})"
            case "node":
                return self._holds(given, value)
            case "not":
                return f"!({self._holds(given, value)})"
            case "or" | "and":
                by = " || " if name == "or" else " && "
                return by.join(f"({self._holds(each, value)})" for each in members(self.shapes.about, given))
        return f"COALESCE({value} {_BOUNDS[name]} {given}, false)"

    def _all(self, name: str, given: Term, focus: str, node: Term) -> str:
        """Return the condition that the values of something meet a component that looks at all of them."""
        facts = self.shapes.about[node]
        one, other = self._variable(), self._variable()
        if SH + "path" not in facts:
            if name != "hasValue":
                raise Unasked(f"sh:{name} of a node")
            return f"sameTerm({focus}, {given})"
        path = self._path(facts[SH + "path"][0])
        two = f"{focus} {path} {one} . {focus} {path} {other} FILTER(!sameTerm({one}, {other}))"
        number = given.value if isinstance(given, ox.Literal) else ""
        match name, number:
            case (("minCount" | "qualifiedMinCount"), "0"):
                return "true"
            case "minCount", "1":
                return f"EXISTS {{ {focus} {path} {one} }}"
            case "maxCount", "1":
                return f"NOT EXISTS {{ {two} }}"
            case "hasValue", _:
                return f"EXISTS {{ {focus} {path} {given} }}"
            case "qualifiedMinCount", "1":
                met = " && ".join(self._holds(each, one) for each in facts[SH + "qualifiedValueShape"])
                return f"EXISTS {{ {focus} {path} {one} FILTER({met}) }}"
            case "uniqueLang", _:
                return f'NOT EXISTS {{ {two} FILTER(LANG({one}) != "" && LANG({one}) = LANG({other})) }}'
        raise Unasked(f"sh:{name} {number}")

    def _path(self, node: Term) -> str:
        """Return a path as a property path of SPARQL (2.3.1)."""
        facts = self.shapes.about.get(node, {})
        if isinstance(node, ox.NamedNode) and iri(node.value):
            return str(node)
        if SH + "inversePath" in facts:
            return f"^({self._path(facts[SH + 'inversePath'][0])})"
        if SH + "zeroOrMorePath" in facts:
            return f"({self._path(facts[SH + 'zeroOrMorePath'][0])})*"
        if SH + "alternativePath" in facts:
            return f"({'|'.join(map(self._path, members(self.shapes.about, facts[SH + 'alternativePath'][0])))})"
        if steps := members(self.shapes.about, node):
            return f"({'/'.join(map(self._path, steps))})"
        raise Unasked("a path of another kind")

    def _variable(self) -> str:
        return f"?v{next(self._count)}"


def _well_formed(datatype: str, value: str) -> str:
    """Return the condition that a literal is one of its datatype (4.1.2), beside that it says so."""
    name = datatype.removeprefix(XSD)
    if name in _FORMS:
        return f" && REGEX(STR({value}), {ox.Literal(_FORMS[name])})"
    return f" && isLITERAL(<{datatype}>(STR({value})))" if name in _CAST else ""
