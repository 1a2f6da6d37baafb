"""A term of RDF as engines give it, and what a graph says of each term, found by the term and a property.

See https://www.w3.org/TR/rdf11-concepts/#section-rdf-graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from cybercoop.terms.names import RDF

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

Facts = dict[str, list[Term]]
"""The values of a term, by the IRI of the property."""
About = dict[Term, Facts]

_FIRST, _REST, _NIL = RDF + "first", RDF + "rest", ox.NamedNode(RDF + "nil")


def iri_of(term: Term | ox.DefaultGraph) -> str:
    """Return the IRI of a named node; of any other term its text, which is no IRI."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def plain(text: str) -> str:
    """Return the IRI, or the lexical form of the literal, that stands in a text of N-Triples (RDF 1.1 N-Triples, 2)."""
    if "\\" in text:
        quad = next(iter(ox.parse(f"<a:a> <a:a> {text} .", format=ox.RdfFormat.N_TRIPLES)))
        text = f"<{quad.object.value}>"
    return text[1:-1] if text.startswith("<") else text[1 : text.rindex('"')]


def about(triples: Iterable[ox.Triple]) -> About:
    """Return what some triples say of each subject."""
    found: About = {}
    for triple in triples:
        found.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
    return found


def members(known: About, head: Term) -> list[Term]:
    """Return the members of a list (RDF Schema 1.1, 5.2: https://www.w3.org/TR/rdf-schema/#ch_collectionvocab)."""
    found: list[Term] = []
    while _FIRST in (facts := known.get(head, {})):
        found += facts[_FIRST]
        head = facts.get(_REST, [_NIL])[0]
    return found


def closure(kinds: Iterable[str], above: Callable[[str], Iterable[str]]) -> set[str]:
    """Return classes with everything above them."""
    found: set[str] = set()
    ahead = list(kinds)
    while ahead:
        if (kind := ahead.pop()) not in found:
            found.add(kind)
            ahead += above(kind)
    return found
