"""What makes a verdict empty: a misspelt word of SHACL, a shape that nothing meets, a thing taken for two."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from cybercoop.judge.consistency import Said
from cybercoop.problems.problem import WARNING, Problem, Where, nearest, problem
from cybercoop.shapes import Shapes
from cybercoop.terms import names
from cybercoop.terms.names import RDF_TYPE, SH
from cybercoop.terms.term import closure, iri_of

_WORDS = """
AbstractResult AndConstraintComponent BlankNode BlankNodeOrIRI BlankNodeOrLiteral ClassConstraintComponent
ClosedConstraintComponent ConstraintComponent DatatypeConstraintComponent DisjointConstraintComponent
EqualsConstraintComponent ExpressionConstraintComponent Function HasValueConstraintComponent IRI IRIOrLiteral
InConstraintComponent Info JSConstraint JSConstraintComponent JSExecutable JSFunction JSLibrary JSRule JSTarget
JSTargetType JSValidator LanguageInConstraintComponent LessThanConstraintComponent
LessThanOrEqualsConstraintComponent Literal MaxCountConstraintComponent MaxExclusiveConstraintComponent
MaxInclusiveConstraintComponent MaxLengthConstraintComponent MinCountConstraintComponent
MinExclusiveConstraintComponent MinInclusiveConstraintComponent MinLengthConstraintComponent
NodeConstraintComponent NodeKind NodeKindConstraintComponent NodeShape NotConstraintComponent
OrConstraintComponent Parameter Parameterizable PatternConstraintComponent PrefixDeclaration
PropertyConstraintComponent PropertyGroup PropertyShape QualifiedMaxCountConstraintComponent
QualifiedMinCountConstraintComponent ResultAnnotation Rule SPARQLAskExecutable SPARQLAskValidator
SPARQLConstraint SPARQLConstraintComponent SPARQLConstructExecutable SPARQLExecutable SPARQLFunction SPARQLRule
SPARQLSelectExecutable SPARQLSelectValidator SPARQLTarget SPARQLTargetType SPARQLUpdateExecutable Severity Shape
Target TargetType TripleRule UniqueLangConstraintComponent ValidationReport ValidationResult Validator Violation
Warning XoneConstraintComponent alternativePath and annotationProperty annotationValue annotationVarName ask class
closed condition conforms construct datatype deactivated declare defaultValue description detail disjoint
entailment equals expression filterShape flags focusNode group hasValue ignoredProperties in intersection
inversePath js jsFunctionName jsLibrary jsLibraryURL labelTemplate languageIn lessThan lessThanOrEquals maxCount
maxExclusive maxInclusive maxLength message minCount minExclusive minInclusive minLength name namespace node
nodeKind nodeValidator nodes not object oneOrMorePath optional or order parameter path pattern predicate prefix
prefixes property propertyValidator qualifiedMaxCount qualifiedMinCount qualifiedValueShape
qualifiedValueShapesDisjoint result resultAnnotation resultMessage resultPath resultSeverity returnType rule
select severity shapesGraph shapesGraphWellFormed sourceConstraint sourceConstraintComponent sourceShape sparql
subject suggestedShapesGraph target targetClass targetNode targetObjectsOf targetSubjectsOf this union uniqueLang
update validator value xone zeroOrMorePath zeroOrOnePath
"""
TERMS = frozenset(_WORDS.split())
"""Every word of the SHACL namespace."""

UNMET = frozenset({names.NS + "openUntil", names.SKOS + "closeMatch", names.SKOS + "exactMatch"})
"""What shapes may speak of though nothing in the graph has it yet.

Records may say which concept of others is like one, and until which day an invitation is open: so far sources state a
length of time only."""

_WORD = re.compile(
    rf'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|<{re.escape(SH)}(?P<iri>[^<>]*)>|<[^<>\s]*>'
    r"|(?<![\w:.-])sh:(?P<name>[\w-]*)"
)
_NAMED, _NAMES = re.compile(r"sh:(?<![\w:.-]sh:)[\w-]*"), {f"sh:{term}" for term in (*TERMS, "")}
"""All that may be such a word, in texts and remarks as well; what is one."""
_MET_BY_SUBJECT = (SH + "path", SH + "targetSubjectsOf", SH + "targetObjectsOf", SH + "lessThan")


def misspelt(text: str, file: str) -> Iterator[Problem]:
    """Yield a problem for each word in a Turtle text that stands in the SHACL namespace but is none of SHACL's."""
    if text.count(SH) == text.count(f"{SH}>") and {*_NAMED.findall(text)} <= _NAMES:
        return
    for found in _WORD.finditer(text):
        word = found["name"] if found["name"] is not None else found["iri"]
        if word and word not in TERMS:
            before = text[: found.start()]
            where = Where(file, before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
            near = nearest(word, TERMS)
            yield problem("unknown-shacl-term", where, value=f"sh:{word}", nearest=f"sh:{near}" if near else "")


def misspelt_in(files: Iterable[Path], root: Path) -> list[Problem]:
    """Return a problem for each misspelt word of SHACL in shapes files."""
    return [found for path in files for found in misspelt(path.read_text("utf-8"), path.relative_to(root).as_posix())]


def unmet(shapes: Shapes, properties: Collection[str], classes: Collection[str]) -> list[Problem]:
    """Return a warning for each class and property that shapes speak of and that nothing in the graph has.

    `properties` are those that something has, `classes` those of things, with all above them.
    """
    missing: dict[str, str] = {}
    around = {triple.object: triple.subject for triple in shapes.triples if isinstance(triple.object, ox.BlankNode)}
    for triple in shapes.triples:
        predicate = triple.predicate.value
        met = classes if predicate == SH + "targetClass" else properties if predicate in _MET_BY_SUBJECT else None
        if met is not None and isinstance(triple.object, ox.NamedNode):
            term, by = triple.object.value, triple.subject
            while isinstance(by, ox.BlankNode) and by in around:
                by = around[by]  # what has a name
            if term not in met and term not in UNMET:
                missing.setdefault(term, iri_of(by))
    return [
        problem(
            "shape-meets-nothing", Where("shapes"), severity=WARNING, value=names.short(term), shape=names.short(by)
        )
        for term, by in sorted(missing.items())
    ]


def taken_for_another(
    said: Said,
    above: Callable[[str], Iterable[str]],
    known: Callable[[str], Iterable[str]],
    place: Callable[[str, str], Where],
) -> list[Problem]:
    """Return a problem for each thing that is taken for things of unrelated classes, by two sources or by one.

    `above` gives the superclasses of a class, `known` the classes that a thing has in the graph beside what was read;
    `place` finds where the graph gives a thing a class.
    """
    found = []
    for thing, by in said.by_thing.items():
        stated = [types for source in by if (types := said.of[source, thing].of(RDF_TYPE))]
        if not stated:
            continue
        earlier: dict[str, Where | None] = dict.fromkeys(sorted(known(thing)))
        if len({kind for pairs in stated for kind, _ in pairs}) + len(earlier) < 2:
            continue
        for pairs in stated:
            kinds: dict[str, Where] = {}
            for kind, where in pairs:
                kinds.setdefault(kind[1:-1], where)
            one, *others = kinds.items()
            for kind, where in others:
                if not closure({kind}, above) & closure({one[0]}, above):
                    values = {"value": names.short(kind), "thing": names.short(thing), "other": names.short(one[0])}
                    found.append(problem("described-as-another-kind", where, first=str(one[1]), **values))
            apart = earlier and earlier.keys().isdisjoint(kinds)
            if apart and not (closure(earlier, above) & set(kinds) or closure(kinds, above) & set(earlier)):
                kind, where = next(iter(kinds.items()))
                other, first = next(iter(earlier.items()))
                values = {"value": names.short(kind), "thing": names.short(thing), "other": names.short(other)}
                values["first"] = str(first or place(thing, other))
                found.append(problem("described-as-another-kind", where, **values))
            earlier |= kinds
    return found
