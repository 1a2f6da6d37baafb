"""What makes an RDF file a contribution: known words, sound values, and a source for every statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.misread import bad_literal, bad_name
from cybercoop.records.reading import Reading, Record, hidden
from cybercoop.records.statements import Stated, Statement
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.literals import date_type, iri, well_formed
from cybercoop.terms.names import NS, RDF_TYPE, XSD
from cybercoop.terms.term import iri_of

Key = tuple[str, ...]
"""(graph, subject, predicate, object) or a beginning of it, each as N-Triples writes it; no graph is an empty text."""

_DATES = {XSD + "date", XSD + "gYearMonth", XSD + "gYear"}
_SOURCES = names.ID + "source/"


def key(quad: ox.Quad) -> Key:
    """Return the full key of a statement."""
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name)
    return graph, str(quad.subject), str(quad.predicate), str(quad.object)


def note(places: dict[Key, Where], parts: Key, wheres: Sequence[Where]) -> None:
    """Remember where a subject, a predicate and an object stand, where they were not seen before."""
    for end, where in enumerate(wheres, 2):
        places.setdefault(parts[:end], where)


def resolved(iri: str, base: str) -> str:
    """Return a relative IRI made whole as Oxigraph does it."""
    line = f"<{iri}> <{base}> <{base}> ."
    quad = next(iter(ox.parse(line.encode(), format=ox.RdfFormat.TURTLE, base_iri=base)))
    return iri_of(quad.subject)


def named(
    quads: Iterable[ox.Quad], places: Mapping[Key, Where], roots: Iterable[Where], file: str
) -> tuple[list[ox.Quad], list[Problem]]:
    """Return the statements about things that have names, and a problem for each place that leads to one without.

    `roots` are the places of things without a name that nothing leads to. What is said of such things is left out.
    """
    kept: list[ox.Quad] = []
    found = {where: problem("blank-node", where) for where in roots}
    for quad in quads:
        if not any(isinstance(term, ox.BlankNode) for term in (quad.graph_name, quad.subject, quad.object)):
            kept.append(quad)
        elif isinstance(quad.subject, ox.NamedNode):
            where = _place((*key(quad)[:3], NAMELESS), places, file)
            told = problem("blank-node", where, thing=names.short(names.secure(quad.subject.value)))
            found[where] = told._replace(
                property=names.secure(quad.predicate.value), record=_place(key(quad)[:2], places, file)
            )
    return kept, list(found.values())


NAMELESS = "_:"
"""What stands for any thing without a name in a key."""


def _secure(quad: ox.Quad) -> ox.Quad:
    """Return a statement with `https` in the addresses that have `http` in its place."""
    subject, value, graph = (
        ox.NamedNode(names.secure(term.value)) if isinstance(term, ox.NamedNode) else term
        for term in (quad.subject, quad.object, quad.graph_name)
    )
    meant = ox.Quad(subject, ox.NamedNode(names.secure(quad.predicate.value)), value, graph)  # type: ignore[arg-type]
    return quad if meant == quad else meant


def is_name(value: str) -> bool:
    """Return whether an IRI can name a thing: it is one, shows all its signs, and is plain where it is one of ours."""
    ours = value.startswith(names.BASE)
    if names.secure(value) != value:
        return False
    return iri(value) is not None and (value.isascii() if ours else not hidden(value))


def take(quads: Iterable[ox.Quad], places: Mapping[Key, Where], file: str, context: Context) -> Reading:
    """Return the statements of an RDF file as a reading.

    Statements outside a named graph belong to the one source that the file's `coop:Record` names. Those of no source
    are read as of one without a name, so that all else that is wrong with them is said; but for a graph of others.
    """
    reading = Reading()
    pairs = [(quad, _secure(quad)) for quad in quads]
    every = [quad for _, quad in pairs]
    subjects: dict[tuple[str, str], Where] = {}
    sources = {
        quad.object.value
        for quad in every
        if quad.predicate.value == NS + "source" and isinstance(quad.object, ox.NamedNode)
    }
    judge = Judge(reading, context)
    unsaid = ox.NamedNode(names.source(names.unsaid(file)))
    ours = any(str(term).startswith(f"<{NS}") for quad in every for term in (quad.predicate, quad.object))
    told: set[object] = set()
    for written, quad in pairs:
        parts = key(written)
        where, begun = _place(parts, places, file), _place(parts[:2], places, file)
        if written is not quad and "http-address" not in told:
            told.add("http-address")
            reading.problems.append(problem("http-address", where)._replace(record=begun))
        if isinstance(quad.graph_name, ox.DefaultGraph) and len(sources) == 1:
            quad = ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(next(iter(sources))))
        if (astray := judge.astray(quad, where)) is not None:
            if quad.graph_name not in told or astray.code == "source-differs":
                reading.problems.append(_of_statement(astray, quad, begun, judge))
            told.add(quad.graph_name)
            if not ours:
                continue
            own = ox.NamedNode(iri_of(quad.graph_name)) if astray.code == "source-differs" else unsaid
            target = own if quad.predicate.value == NS + "source" else quad.object
            quad = ox.Quad(quad.subject, quad.predicate, target, own)
        found = judge(quad, where)
        if found is not None:
            if found.code in ("computed-term", "unknown-term"):
                found = found._replace(where=_place(parts[:3], places, file))
            reading.problems.append(_of_statement(found, quad, begun, judge))
            meant = context.classes.get((found.nearest or "").rpartition(":")[2], "")
            if found.code != "unknown-class" or not names.is_named_as(iri_of(quad.subject), names.short(meant)):
                continue
            quad = ox.Quad(quad.subject, quad.predicate, ox.NamedNode(meant), quad.graph_name)
        reading.statements.append(Statement(quad, where))
        reading.heads.setdefault(str(quad.subject), begun)
        subject, graph = iri_of(quad.subject), iri_of(quad.graph_name)
        if names.source_of_parts(subject) is None:
            subjects.setdefault((graph, subject), begun)
    if told - {"http-address"}:
        reading.statements.add(Stated(_sourced(reading.statements, unsaid)))
    reading.records += [Record(graph, subject, where, (subject,)) for (graph, subject), where in subjects.items()]
    return reading


def _sourced(statements: Iterable[Statement], graph: ox.NamedNode) -> list[Statement]:
    """Return for each record of a graph that it is of that source, where it names none."""
    source, kind = ox.NamedNode(NS + "source"), ox.NamedNode(NS + "Record")
    own = [each for each in statements if each.quad.graph_name == graph]
    named = {each.quad.subject for each in own if each.quad.predicate == source}
    records = [each for each in own if each.quad.object == kind and each.quad.subject not in named]
    return [Statement(ox.Quad(each.quad.subject, source, graph, graph), each.where) for each in records]


def _of_statement(found: Problem, quad: ox.Quad, record: Where, judge: Judge) -> Problem:
    """Return a problem that knows its thing and its property; of a misspelt one, the property that is meant."""
    meant = next((iri for iri, word in judge.predicates.items() if word == found.nearest), quad.predicate.value)
    return found._replace(thing=names.short(iri_of(quad.subject)), property=meant, record=record)


class Judge:
    """Says what is wrong with one statement, if anything is."""

    def __init__(self, reading: Reading, context: Context) -> None:
        self.alike: Callable[[str, Iterable[str]], str] = reading.alike
        self.predicates = {iri: names.short(iri) for iri in (RDF_TYPE, *(one.iri for one in context.terms.values()))}
        self.classes = {iri: names.short(iri) for iri in context.classes.values()}
        known = {"unknown-term": self.predicates, "unknown-class": self.classes}
        self.local = {
            code: {word: re.split("[#/]", iri)[-1] for iri, word in all_.items()} for code, all_ in known.items()
        }

    def __call__(self, quad: ox.Quad, where: Where) -> Problem | None:
        """Return what is wrong with a statement at a place."""
        value = quad.object
        if isinstance(value, ox.Triple):
            return problem("triple-term", where)
        if not isinstance(value, ox.BlankNode) and (character := hidden(value.value)):
            return problem("hidden-character", where, value=character)
        for node in (quad.subject, quad.predicate, value, quad.graph_name):
            if isinstance(node, ox.NamedNode) and not is_name(node.value):
                return bad_name(names.short(node.value), where)
        return self._words(quad, where) or self._literal(quad, where)

    def astray(self, quad: ox.Quad, where: Where) -> Problem | None:
        """Return the problem that a statement is in no graph of a source, or in another than it says, if it is."""
        if isinstance(quad.graph_name, ox.DefaultGraph):
            return problem("rdf-without-source", where)
        graph = iri_of(quad.graph_name)
        if not names.SLUG.fullmatch(graph.removeprefix(_SOURCES)) or graph == names.DERIVED:
            return problem("not-a-source", where, value=names.short(graph))
        if quad.predicate.value == NS + "source" and quad.object != quad.graph_name:
            named = quad.object.value if isinstance(quad.object, (ox.NamedNode, ox.Literal)) else str(quad.object)
            return problem("source-differs", where, value=names.short(named), graph=names.short(graph))
        return None

    def _words(self, quad: ox.Quad, where: Where) -> Problem | None:
        if quad.predicate.value in names.COMPUTED:
            return problem("computed-term", where, value=names.short(quad.predicate.value))
        if quad.predicate.value not in self.predicates:
            return self._unknown("unknown-term", quad.predicate.value, where)
        if quad.predicate.value != RDF_TYPE:
            return None
        kind = quad.object.value if isinstance(quad.object, (ox.NamedNode, ox.Literal)) else str(quad.object)
        return None if kind in self.classes else self._unknown("unknown-class", kind, where)

    def _unknown(self, code: str, iri: str, where: Where) -> Problem:
        word, local = names.short(iri), self.local[code]
        own = re.split("[#/:]", iri)[-1]
        same = [each for each, name in local.items() if name.casefold() == own.casefold()]
        if len(same) != 1:
            near = self.alike(own, local.values())
            same = [each for each, name in local.items() if name == near]
        return problem(code, where, value=word, nearest=same[0] if len(same) == 1 else "")

    def _literal(self, quad: ox.Quad, where: Where) -> Problem | None:
        value = quad.object
        if not isinstance(value, ox.Literal):
            return None
        if value.direction is not None:
            return problem("text-direction", where, value=f"{value.language}--{value.direction}".lower())
        kind = value.datatype.value
        if well_formed(value.value, kind):
            return None
        form, term = names.short(kind), names.short(quad.predicate.value)
        meant = date_type(value.value)
        if kind in _DATES and meant is not None:
            return problem("date-type", where, value=value.value, form=form, meant=names.short(meant))
        return bad_literal(value.value, term, kind, where)


def _place(parts: Key, places: Mapping[Key, Where], file: str) -> Where:
    for end in range(len(parts), 1, -1):
        if (where := places.get(parts[:end])) is not None:
            return where
    return Where(file, 1, 1)
