"""Facts that follow from others by rules: each is a CONSTRUCT in `ontology/rules/`, run in the order of their names.

SPARQL 1.1 Query 16.2, https://www.w3.org/TR/sparql11-query/#construct
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from cybercoop.sparql.tokens import Tokens
from cybercoop.terms.literals import date_type, last_day
from cybercoop.terms.names import DCT, DERIVED, NS, PREFIXES, QUERY_PREFIXES, RDF_TYPE, XSD
from cybercoop.workspace.policy import Policy

RANK = NS + "rank"
_ISSUED = DCT + "issued"


def follow(quads: Iterable[ox.Quad], rules: Mapping[str, str], policy: Policy) -> list[ox.Quad]:
    """Return what the rules (name → text) find in some statements and in what rules before them found.

    All of it stands in the graph of derived facts, with the ranks of kinds of source that the policy gives and the last
    day on which each source can have been issued. A rule sees
    the statements whose properties the rules name. Raises `SyntaxError` for a rule that is no query.
    """
    issued: list[ox.Quad] = []
    read = needed(rules)

    def used() -> Iterator[ox.Quad]:
        for quad in quads:
            if (predicate := quad.predicate.value) in read:
                yield quad
            if predicate == _ISSUED:
                issued.append(quad)

    store = ox.Store()
    store.bulk_extend(used())
    found = [*_ranks(policy), *_issued(issued)]
    store.extend(found)
    graph = ox.NamedNode(DERIVED)
    for _, text in sorted(rules.items()):
        rows = store.query(text, prefixes=QUERY_PREFIXES, use_default_graph_as_union=True)
        assert isinstance(rows, ox.QueryTriples), "a rule is a CONSTRUCT"
        new = sorted({ox.Quad(row.subject, row.predicate, row.object, graph) for row in rows}, key=str)
        store.extend(new)
        found += new
    return found


def needed(rules: Mapping[str, str]) -> set[str]:
    """Return the properties that the rules name, and that of when a source was issued."""
    return {_ISSUED, *(iri for text in rules.values() for iri in _named(text))}


def _ranks(policy: Policy) -> Iterator[ox.Quad]:
    """Yield the rank of each kind of source in the policy, from 1."""
    for place, rank in enumerate(policy.kinds, 1):
        for kind in rank.kinds:
            yield ox.Quad(ox.NamedNode(kind), ox.NamedNode(RANK), ox.Literal(place), ox.NamedNode(DERIVED))


def _issued(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield the last day on which a source can have been issued: a list without a date shows what it shows by then."""
    for quad in quads:
        if isinstance(quad.object, ox.Literal) and date_type(quad.object.value):
            day = ox.Literal(last_day(quad.object.value), datatype=ox.NamedNode(XSD + "date"))
            yield ox.Quad(quad.subject, ox.NamedNode(NS + "lastDay"), day, ox.NamedNode(DERIVED))


def _named(text: str) -> Iterator[str]:
    """Yield the IRIs that a query names by prefixed names."""
    tokens = Tokens(text)
    while tokens.kind != "end":
        if tokens.kind == "name":
            prefix, _, local = tokens.at.partition(":")
            if (base := {**QUERY_PREFIXES, **PREFIXES}.get(prefix)) and base + local != RDF_TYPE:
                yield base + local
        tokens.advance()
