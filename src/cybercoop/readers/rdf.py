"""What makes an RDF file a contribution: known words, sound values, and a source for every statement."""

from __future__ import annotations

import pyoxigraph as ox

from cybercoop import names
from cybercoop.context import Context
from cybercoop.literals import well_formed
from cybercoop.names import NS, RDF_TYPE
from cybercoop.problems import Where, nearest, problem
from cybercoop.readers.reading import Key, Reading, Record, Statement


def take(quads: list[ox.Quad], places: dict[Key, Where], file: str, context: Context) -> Reading:
    """Return the statements of an RDF file as a reading.

    Statements outside a named graph belong to the one source that the file's `coop:Record` names.
    """
    reading = Reading()
    sources = {quad.object.value for quad in quads if quad.predicate.value == NS + "source"}  # type: ignore[union-attr]
    predicates = {term.iri for term in context.terms.values()} | {RDF_TYPE}
    classes = set(context.classes.values())
    subjects: dict[tuple[str, str], Where] = {}
    for quad in quads:
        where = _place(quad, places, file)
        if isinstance(quad.graph_name, ox.DefaultGraph):
            if len(sources) != 1:
                reading.problems.append(problem("rdf-without-source", where))
                return reading
            quad = ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(next(iter(sources))))
        if quad.predicate.value not in predicates:
            word = names.short(quad.predicate.value)
            close = nearest(word, [names.short(iri) for iri in predicates])
            reading.problems.append(problem("unknown-term", where, value=word, nearest=close))
            continue
        if quad.predicate.value == RDF_TYPE and str(quad.object)[1:-1] not in classes:
            word = names.short(str(quad.object)[1:-1])
            close = nearest(word, [names.short(iri) for iri in classes])
            reading.problems.append(problem("unknown-class", where, value=word, nearest=close))
            continue
        if isinstance(quad.object, ox.Literal) and not well_formed(quad.object.value, quad.object.datatype.value):
            form, term = names.short(quad.object.datatype.value), names.short(quad.predicate.value)
            reading.problems.append(problem("bad-literal", where, value=quad.object.value, term=term, form=form))
            continue
        reading.statements.append(Statement(quad, where))
        subject, graph = str(quad.subject)[1:-1], str(quad.graph_name)[1:-1]
        if names.source_of_parts(subject) is None:
            subjects.setdefault((graph, subject), places.get((str(quad.subject),), where))
    reading.records += [
        Record(graph, subject, where, (subject,)) for (graph, subject), where in subjects.items()
    ]
    return reading


def _place(quad: ox.Quad, places: dict[Key, Where], file: str) -> Where:
    subject, predicate = str(quad.subject), str(quad.predicate)
    keys: list[Key] = [(subject, predicate, str(quad.object))]
    if isinstance(quad.object, ox.Literal):
        keys.append((subject, predicate, quad.object.value))
    keys += [(subject, predicate), (subject,)]
    return next((places[key] for key in keys if key in places), Where(file, 1, 1))
