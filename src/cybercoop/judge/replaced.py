"""What goes where a record takes the place of what its source said of the thing before, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from cybercoop.judge.root_causes import UNSAID
from cybercoop.problems.problem import ERROR, WARNING, Problem, Where, problem
from cybercoop.records.reading import Record
from cybercoop.records.statements import Statement
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.names import NS
from cybercoop.terms.term import iri_of

TAKES_IN = (NS + "about", NS + "citation")
"""What a record holds together: things, and the places that carry what it says of them."""
PASSAGE = NS + "passage"
_WORDS = {PASSAGE: "at", NS + "reason": "because"}
_BESIDE = tuple(f"{names.ID}{kind}/" for kind in ("passage", "citation"))


def goes(record: Record, lost: Iterable[Statement], context: Context, severity: str = WARNING) -> Problem | None:
    """Return the problem that a record takes the place of statements, each with its place; None where it takes none.

    What a record holds together is not told of, only what it says: a value, a reason, a place in the source.
    """
    words = {term.iri: name for name, term in context.terms.items()} | _WORDS
    told = [_told(record, each, words) for each in sorted(lost, key=lambda each: each.where) if is_said(each.quad)]
    if not told:
        return None
    thing, source = names.short(record.thing), names.short(record.source)
    found = problem("record-replaces", record.where, severity=severity, thing=thing, value=source, count=str(len(told)))
    return found._replace(record=record.where, follows=tuple(told))


def explained(problems: Iterable[Problem], context: Context) -> dict[Where, set[str]]:
    """Return, by where a record begins, the properties of which an error tells already that they are not there.

    An empty text among them stands for all: of a record that nothing is known of, nothing more is told.
    """
    found: dict[Where, set[str]] = {}
    for each in problems:
        if each.severity == ERROR and each.record is not None:
            near = context.terms.get(each.nearest or "")
            place = PASSAGE if each.code.startswith("passage-") else ""
            told = {each.property, near and near.iri, "" if each.code in UNSAID else None, place or None}
            found.setdefault(each.record, set()).update(said for said in told if said is not None)
    return found


def is_said(quad: ox.Quad) -> bool:
    """Return whether a statement is one that a person would miss."""
    return quad.predicate.value not in TAKES_IN and not iri_of(quad.subject).startswith(_BESIDE)


def parts(base: ox.Store, entries: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what stored records hold together, which is replaced with them: (source, thing or citation) → record."""
    shared = names.BASE + names.KINDS["MonetaryAmount"]
    return {
        (source, part): entry
        for source, entry in entries
        for word in TAKES_IN
        for quad in base.quads_for_pattern(ox.NamedNode(entry), ox.NamedNode(word), None, ox.NamedNode(source))
        if not (part := iri_of(quad.object)).startswith(shared)
    }


def _told(record: Record, lost: Statement, words: Mapping[str, str]) -> Problem:
    """Return a problem for one statement that goes, where it stands now."""
    subject, value, term = iri_of(lost.quad.subject), lost.quad.object, lost.quad.predicate.value
    shown = value.value if isinstance(value, ox.Literal) else names.short(iri_of(value))
    language = value.language if isinstance(value, ox.Literal) else None
    thing = names.short(record.thing if subject.startswith(names.ID + "record/") else subject)
    word = words.get(term, names.short(term)) + (f"@{language}" if language else "")
    return problem("statement-goes", lost.where, severity=WARNING, thing=thing, term=word, value=shown)


def placed(lost: Iterable[ox.Quad], statements: Iterable[Statement]) -> list[Statement]:
    """Return stored statements with the places where the files of the graph have them."""
    places: dict[object, Where] = {}
    for each in statements:
        quad = each.quad
        for key in (quad, (quad.graph_name, quad.subject, quad.predicate), (quad.graph_name, quad.subject)):
            places.setdefault(key, each.where)
    found = []
    for quad in lost:
        keys = (quad, (quad.graph_name, quad.subject, quad.predicate), (quad.graph_name, quad.subject))
        found.append(Statement(quad, next((places[key] for key in keys if key in places), Where("data"))))
    return found
