"""Which sources, and which places in them, the rows of a catalogued question rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from cybercoop.ask.trace import Said, Statement, Trace, trace
from cybercoop.problems.problem import Refusal, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import Row
from cybercoop.sparql.tree import Graph, Group, Union, splice
from cybercoop.terms import names
from cybercoop.terms.names import DERIVED, NS, PREFIXES, RDF_TYPE
from cybercoop.terms.places import Cited, Place, carrying, in_order
from cybercoop.terms.term import Term
from cybercoop.workspace.derive import grounds

_SOURCES = names.ID + "source/"
_ANYONE = ox.DefaultGraph()
_BATCH = 500
"""Rows of VALUES in one query."""

Run = Callable[[str], tuple[list[str], list[Row]]]
"""Runs a query of ours: its text → columns and rows."""

_Key = tuple[Term | None, ...]
_Pair = tuple[str, str]
_Records = dict[str, dict[Place, set[str]]]


def cite(text: str, columns: Sequence[str], rows: Sequence[Sequence[Term | None]], run: Run) -> list[tuple[Cited, ...]]:
    """Return for each row of a question's answer the sources that it rests on, A to Z.

    `text` is the question with its parameters bound. A statement that several sources make is cited from all of them;
    of the class of a thing, only from those that the row rests on anyway, where one of them gives it. A derived day is
    cited from the statements that it was derived from; the vocabulary is no source.
    """
    if not rows:
        return []
    claimed = claims(text, columns, rows, run)
    origins = stated({claim for found in claimed for claim in found}, run)
    known = {claim: frozenset(_of_sources(quads)) for claim, quads in origins.items()}
    kinds = {claim for claim in known if claim.graph_name == _ANYONE and _is(claim.predicate, RDF_TYPE)}
    cited = [_cited(found, known, kinds) for found in claimed]
    quads = {quad for found in cited for quad in found}
    said = _said_at({_pair(quad) for quad in quads}, run)
    places = {quad: _places(quad, said) for quad in quads}
    return [_of_row(found, places) for found in cited]


def _places(quad: ox.Quad, said: Mapping[_Pair, _Records]) -> tuple[str, bool, set[Place]]:
    """Return the source of a claim, whether it has a place of its own, and the places at which it is read."""
    words = (quad.predicate.value, _text(quad.subject), _text(quad.object))
    records = said[_pair(quad)].values()
    return _text(quad.graph_name), not _placeless(quad), {place for each in records for place in carrying(each, *words)}


def _of_row(quads: Iterable[ox.Quad], places: Mapping[ox.Quad, tuple[str, bool, set[Place]]]) -> tuple[Cited, ...]:
    """Return the sources of a row, each with the places of its claims.

    The class of a thing, and that a record is about it, have no place of their own: they count where they stand alone.
    """
    found: dict[str, set[Place]] = {}
    others: dict[str, set[Place]] = {}
    for quad in quads:
        source, own, there = places[quad]
        (found if own else others).setdefault(source, set()).update(there)
    for source, there in others.items():
        found[source] = found.get(source) or there
    return tuple(Cited(source, in_order(found[source])) for source in sorted(found))


def claims(text: str, columns: Sequence[str], rows: Iterable[Sequence[Term | None]], run: Run) -> list[set[ox.Quad]]:
    """Return for each row the statements that it was made from; those that any source may make have no graph.

    Raises `Refusal` where a server does not say it of every row that it has given.
    """
    traced = trace(text)
    found = _by_key(traced, run)
    chosen = [list(columns).index(column) for column in traced.key]
    keys = [tuple(row[index] for index in chosen) for row in rows]
    if missing := sum(key not in found for key in keys):
        raise refuse("not-all-cited", count=str(missing), all=str(len(keys)))
    return [found[key] for key in keys]


def _by_key(traced: Trace, run: Run) -> dict[_Key, set[ox.Quad]]:
    """Return the statements behind each combination of values of the columns of a trace."""
    within = [(inner, _by_key(inner.trace, run)) for inner in traced.inner]
    columns, rows = solutions(traced.text, run)
    place = {f"?{column}": index for index, column in enumerate(columns)}
    found: dict[_Key, set[ox.Quad]] = {}
    for row in rows:

        def value(said: Said | None, row: Sequence[Term | None] = row) -> Term | None:
            if not isinstance(said, str):
                return said
            return row[place[said]] if said in place else None

        said = found.setdefault(tuple(value(variable) for variable in traced.key.values()), set())
        said.update(_matched(traced.statements, value))
        for inner, behind in within:
            if all(value(mark) for mark in inner.given):
                said |= behind.get(tuple(value(inner.values[column]) for column in inner.trace.key), set())
    return found


def _matched(statements: Iterable[Statement], value: Callable[[Said | None], Term | None]) -> Iterator[ox.Quad]:
    """Yield the statements that one solution was made from."""
    for statement in statements:
        if all(value(mark) for mark in statement.given):
            subject, predicate, thing = map(value, (statement.subject, statement.predicate, statement.object))
            source = value(statement.graph) or ox.DefaultGraph()
            if subject is not None and predicate is not None and thing is not None:
                yield ox.Quad(subject, predicate, thing, source)  # type: ignore[arg-type]


def stated(said: Iterable[ox.Quad], run: Run) -> dict[ox.Quad, set[ox.Quad]]:
    """Return each claim as the sources state it: with their names, and derived facts as what they follow from."""
    found = {claim: set() if claim.graph_name == _ANYONE else {claim} for claim in said}
    unnamed = [(claim.subject, claim.predicate, claim.object) for claim in found if claim.graph_name == _ANYONE]
    for row in _look_up(unnamed, "subject predicate object", "GRAPH ?source { ?subject ?predicate ?object }", run):
        quad = ox.Quad(*row)  # type: ignore[arg-type]
        claim = ox.Quad(quad.subject, quad.predicate, quad.object, _ANYONE)
        if claim in found:  # to Virtuoso 2024 is 2024-01-01
            found[claim].add(quad)
    derived = {quad for quads in found.values() for quad in quads if _is(quad.graph_name, DERIVED)}
    known: dict[Term, list[ox.Quad]] = {}
    found_behind = _look_up({(quad.subject,) for quad in derived}, "subject", _BEHIND, run, "predicate thing object")
    for subject, predicate, thing, value, source in found_behind:
        known.setdefault(subject, []).append(ox.Quad(thing, predicate, value, source))  # type: ignore[arg-type]
    behind = {quad: set(grounds(quad, known.get(quad.subject, []))) for quad in derived}
    return {claim: {origin for quad in quads for origin in behind.get(quad, {quad})} for claim, quads in found.items()}


_BEHIND = f"""{{ GRAPH ?source {{ ?subject ?predicate ?object . BIND(?subject AS ?thing) }} }}
UNION {{ GRAPH ?source {{ ?subject <{NS}about> ?thing . ?thing ?predicate ?object }} }}
UNION {{
  ?subject <{PREFIXES["prov"]}wasDerivedFrom> ?record .
  GRAPH ?source {{
    {{ ?record <{NS}about> ?thing . ?thing ?predicate ?object }}
    UNION {{ ?record ?predicate ?object . BIND(?record AS ?thing) }}
  }}
}}"""
"""What is said of a thing, of what a record is about by the source of that record, and of what a position rests on."""


def _is(term: object, iri: str) -> bool:
    return isinstance(term, ox.NamedNode) and term.value == iri


def _placeless(quad: ox.Quad) -> bool:
    return _is(quad.predicate, RDF_TYPE) or names.source_of_parts(_text(quad.subject)) is not None


def _cited(said: set[ox.Quad], known: Mapping[ox.Quad, frozenset[ox.Quad]], kinds: set[ox.Quad]) -> set[ox.Quad]:
    """Return the claims of sources that a row rests on; `kinds` are those that say the class of a thing."""
    own_kinds = said.intersection(kinds)
    cited = set[ox.Quad]().union(*(known[claim] for claim in said - own_kinds))
    for claim in sorted(own_kinds, key=str):
        own = known[claim]
        if {_pair(quad) for quad in own}.isdisjoint(map(_pair, cited)):
            heard = {quad.graph_name for quad in cited}
            cited |= {quad for quad in own if quad.graph_name in heard} or own
    return cited


def _of_sources(stated: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    return (
        quad
        for quad in stated
        if isinstance(quad.subject, ox.NamedNode) and _text(quad.graph_name).startswith(_SOURCES)
    )


def _pair(quad: ox.Quad) -> _Pair:
    return _text(quad.graph_name), _text(quad.subject)


_PLACES = f"""GRAPH ?source {{
  {{ ?record <{NS}about> ?thing }} UNION {{ ?thing <{NS}about> ?any . BIND(?thing AS ?record) }}
  ?record <{NS}passage> ?passage .
  {{ ?passage <{NS}section> ?section }}
  UNION {{ ?passage <{NS}firstCharacter> ?first ; <{NS}endCharacter> ?end }}
  UNION {{ ?record <{NS}citation> ?citation . ?citation <{NS}cites> ?passage ; <{NS}says> ?said }}
}}"""
"""The passages of records, each with its parts in rows of their own: an OPTIONAL would be looked for in all records."""


def _said_at(pairs: set[_Pair], run: Run) -> dict[_Pair, _Records]:
    """Return for each source and thing the records of it, each with its places and what is said at them."""
    found: dict[_Pair, _Records] = {pair: {} for pair in pairs}
    wanted = {(ox.NamedNode(source), ox.NamedNode(thing)) for source, thing in pairs}
    passages: dict[tuple[str, ...], tuple[set[str], ...]] = {}
    for row in _look_up(wanted, "source thing", _PLACES, run, "record passage section first end said"):
        passage, told = tuple(map(_text, row[:4])), map(_text, row[4:])
        for texts, text in zip(passages.setdefault(passage, (set(), set(), set(), set())), told, strict=True):
            texts.update([text] if text else [])
    for (source, thing, record, _), (section, first, end, said) in passages.items():
        if section:
            place = Place(min(section), *(int(min(each)) for each in (first, end) if each))
            found[source, thing].setdefault(record, {}).setdefault(place, set()).update(said)
    return found


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""


def _look_up(
    values: Iterable[Sequence[Term | None]], variables: str, pattern: str, run: Run, more: str = ""
) -> Iterator[list[Term | None]]:
    """Yield the rows of a pattern for many values of some variables: these, then `more`, then the source."""
    head = [f"?{name}" for name in variables.split()]
    shown = [*head, *(f"?{name}" for name in more.split())]
    shown += [] if "?source" in shown else ["?source"]
    known = sorted({" ".join(map(str, row[: len(head)])) for row in values})

    def asked(some: Sequence[str]) -> str:
        block = " ".join(f"({row})" for row in some)
        return f"SELECT {' '.join(shown)} WHERE {{ VALUES ({' '.join(head)}) {{ {block} }} {pattern} }}"

    for start in range(0, len(known), _BATCH):
        yield from matches(known[start : start + _BATCH], asked, run)


# a query asked in parts, for servers that refuse it as a whole: some turn it into SQL of a limited length


def solutions(text: str, run: Run) -> tuple[list[str], list[Row]]:
    """Return the solutions of a query that neither counts nor cuts; where it is refused, those of its branches.

    A solution of two branches may come twice. Raises `Refusal` where a part without branches is refused.
    """
    try:
        return run(text)
    except Refusal as refusal:
        if not _refused(refusal) or not (parts := branches(text)):
            raise
    answers = [solutions(part, run) for part in parts]
    columns = list(dict.fromkeys(column for found, _ in answers for column in found))
    rows = []
    for found, some in answers:
        places = [found.index(column) if column in found else None for column in columns]
        rows += [[None if place is None else row[place] for place in places] for row in some]
    return columns, rows


def matches(values: Sequence[str], asked: Callable[[Sequence[str]], str], run: Run) -> Iterator[Row]:
    """Yield the rows of a query about some values; where it is refused, those for half of them, and for the others."""
    if len(values) == 1:
        yield from solutions(asked(values), run)[1]
        return
    try:
        rows = run(asked(values))[1]
    except Refusal as refusal:
        if not _refused(refusal):
            raise
        middle = len(values) // 2
        yield from matches(values[:middle], asked, run)
        yield from matches(values[middle:], asked, run)
    else:
        yield from rows


def branches(text: str) -> list[str]:
    """Return a query once for each branch of its first UNION whose solutions are solutions of the query; else none."""
    query = parse(text)
    for union in _unions(query.where) if query.where else ():
        return [splice(text, [(union.start, union.end, query.of(branch))]) for branch in union.groups]
    return []


def _unions(group: Group) -> Iterator[Union]:
    """Yield each UNION of which all that a branch finds is found by all that stands around it."""
    for element in group.elements:
        if isinstance(element, Union):
            yield element
        elif isinstance(element, (Graph, Group)):
            yield from _unions(element.group if isinstance(element, Graph) else element)


def _refused(refusal: Refusal) -> bool:
    return refusal.problem.code == "endpoint-refused"
