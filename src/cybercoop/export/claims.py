"""One row a claim: who says what of which thing, and where in the source."""

from __future__ import annotations

from collections.abc import Sequence

import pyoxigraph as ox

from cybercoop.documents.blocks import Table
from cybercoop.documents.csv import joined
from cybercoop.export.class_tables import notices
from cybercoop.export.facts import Fact, iri_order, number_order, property_order, value_order
from cybercoop.terms.context import Context
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import NS, RDF_TYPE, short, source_of_parts

HEADER = (
    *("thing", "thing_name", "property", "value", "value_name", "language", "datatype"),
    *("source", "source_name", "section", "notice"),
)


def claims_table(said: Sequence[Fact], context: Context, labels: Labels) -> Table:
    """Return every claim about the world; records, passages and `coop:source` become `source` and `section` of its row.

    A value with neither language nor datatype is a thing, in the short form of its IRI.
    """
    words = {term.iri: term.name for term in context.terms.values()} | {RDF_TYPE: "type"}
    sections = _sections(said)
    claims = {
        _order(fact): fact for fact in said if source_of_parts(fact.subject) is None and fact.predicate != NS + "source"
    }
    rows = []
    for _, fact in sorted(claims.items()):
        thing, value = fact.subject, fact.value
        linked = value.value if isinstance(value, ox.NamedNode) else None
        row = [
            short(thing),
            labels.get(thing, "en"),
            words.get(fact.predicate, short(fact.predicate)),
            short(linked) if linked else value.value,
            labels.get(linked, "en") if linked and linked in labels.names else "",
            "" if isinstance(value, ox.NamedNode) else value.language or "",
            "" if isinstance(value, ox.NamedNode) or value.language else short(value.datatype.value),
            short(fact.source),
            labels.get(fact.source, "en"),
            joined(sections.get((fact.source, thing), ())),
        ]
        rows.append([*row, notices(labels, [thing, linked] if linked else [thing], row)])
    return Table("claims", HEADER, rows)


def _order(fact: Fact) -> tuple[object, ...]:
    return (
        iri_order(fact.subject),
        property_order(fact.predicate),
        value_order(fact.value),
        iri_order(fact.source),
    )


def _sections(said: Sequence[Fact]) -> dict[tuple[str, str], list[str]]:
    """Return the sections of each source in which it speaks of each thing."""
    about: dict[str, list[str]] = {}
    passages: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for fact in said:
        for predicate, found in ((NS + "about", about), (NS + "passage", passages), (NS + "section", names)):
            if fact.predicate == predicate:
                found.setdefault(fact.subject, []).append(fact.value.value)
    sections: dict[tuple[str, str], set[str]] = {}
    for fact in said:
        if fact.predicate == NS + "source":
            here = {name for passage in passages.get(fact.subject, ()) for name in names.get(passage, ())}
            for thing in about.get(fact.subject, ()):
                sections.setdefault((fact.value.value, thing), set()).update(here)
    return {key: sorted(found, key=number_order) for key, found in sections.items()}
