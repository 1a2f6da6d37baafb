"""What is computed from what sources state, for a graph of its own: comparable days, general classes, names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.sparql.tokens import Tokens
from cybercoop.terms.labels import NAME, of_quads
from cybercoop.terms.literals import date_type, first_day, last_day
from cybercoop.terms.names import (
    DCT,
    DERIVED,
    ID,
    NS,
    PREFIXES,
    QUERY_PREFIXES,
    RDF_TYPE,
    RDFS,
    XSD,
    record,
    source_of_parts,
)
from cybercoop.terms.term import closure, plain

if TYPE_CHECKING:
    from cybercoop.records.statements import Spoken
    from cybercoop.workspace.policy import Policy

_DAYS = (NS + "actionDate", NS + "entryDate", NS + "invitationDate")
_BEGIN = (PREFIXES["schema"] + "startDate", *_DAYS)
_END = (PREFIXES["schema"] + "endDate", *_DAYS)
_AS_OF = NS + "asOf"
"""When a list says what it says: it dates the record of that, but is neither begin nor end of a thing."""
BY = frozenset({*_BEGIN, _AS_OF, NS + "noLaterThan"})
"""The properties by which something had happened by a day; the last is that by which a position can have been reached.

Days on which something ends, is planned to end or stays open to are no reason.
"""


PARTS = {
    "EntryIntoForce": (None, "entryFor", "entryOf"),
    "Invitation": (None, "invites", "invitationTo"),
    "Participation": ("role", "participant", None),
    "TreatyAction": ("actionKind", "actionBy", "actionOn"),
}
"""Class of nameless things → the properties whose values make up a name: the kind, who, and of what.

Without a property for the kind, the class has its name; what is in force in a territory is named after that.
"""

NAMING = (*(NS + part for parts in PARTS.values() for part in parts if part), NS + "entryIn")
_DATED = tuple(dict.fromkeys((*_BEGIN, *_END, _AS_OF)))
ABOVE = RDFS + "subClassOf"
READ = frozenset({*_DATED, *NAMING, NS + "participation", RDF_TYPE, NAME, ABOVE})
"""The properties that `derive` reads."""
OF_EACH = frozenset({*_DATED, RDF_TYPE})
"""The properties of a thing from which days and general classes follow."""

_CLAIMED = frozenset(
    NS + name
    for name in (
        *("about", "actionBy", "actionDate", "actionKind", "actionOn", "asOf", "duration", "entryDate", "entryFor"),
        *("entryIn", "entryOf", "extendsTo", "invitationDate", "invitationTo", "invites", "listedAs", "listedCountry"),
        *("listedFor", "openUntil"),
    )
)
"""What makes a claim to a position on a treaty."""

POSITION = ID + "position/"
_FIRST, _LAST = f"<{NS}firstDay>", f"<{NS}lastDay>"


Said = Callable[[str], Iterable[tuple[str, str, str]]]
"""Gives thing, value and source of the statements of a property, each as N-Triples writes it."""
Fact = tuple[str, str, str]
"""Thing, property and value of what follows."""


def derive(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return what follows from the statements, vocabulary included, in the graph of derived facts."""
    return _quads(following(by_word(texts(quads))))


def by_property(quads: Iterable[ox.Quad], words: Collection[str]) -> Mapping[str, list[ox.Quad]]:
    """Return the statements of each of some properties."""
    said: defaultdict[str, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        if (predicate := quad.predicate.value) in words:
            said[predicate].append(quad)
    return said


def following(said: Said) -> Iterator[Fact]:
    """Yield the same as texts, from statements none of which needs to stay in memory."""
    yield from _days(said)
    yield from _general(said)
    yield from _composed(said)


def general(said: Mapping[str, Iterable[ox.Quad]]) -> list[ox.Quad]:
    """Return the classes of ours above those that sources state (RDF Schema 1.1, 3.4): a country is an agent, too.

    `said` holds the statements by their property.
    """
    return _quads(_general(by_word(texts(chain.from_iterable(said.values())))))


def composed_names(said: Mapping[str, Iterable[ox.Quad]]) -> list[ox.Quad]:
    """Return a name per language for treaty acts and participations, made from the names of their parts.

    “accession: Morocco, Convention on Cybercrime”: the kind or role, who, and the instrument or activity. `said` holds
    the statements by their property.
    """
    return _quads(_composed(by_word(texts(chain.from_iterable(said.values())))))


def days(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return `coop:firstDay` and `coop:lastDay` of everything that has a stated begin or end, and of its records.

    Of a thing the most precise statement is taken; among equally precise ones the earliest begin and the latest end. A
    record has the days that the dates of its own source can mean, at the least and at the most: who asks what had
    happened by a day compares these. One with begins alone, or ends alone, has both days from them.
    """
    return _quads(_days(by_word(texts(quads))))


def by_word(rows: Iterable[Spoken]) -> Said:
    """Return the statements from which something can follow."""
    said: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    known = {f"<{word}>": word for word in READ}
    for source, thing, predicate, value in rows:
        if (word := known.get(predicate)) is not None:
            said[word].append((thing, value, source))
    return said.__getitem__


def texts(quads: Iterable[ox.Quad]) -> Iterator[Spoken]:
    """Yield source, thing, property and value of statements, each as N-Triples writes it."""
    return ((str(each.graph_name), str(each.subject), str(each.predicate), str(each.object)) for each in quads)


def _quads(facts: Iterable[Fact]) -> list[ox.Quad]:
    lines = "".join(f"{thing} {word} {value} <{DERIVED}> .\n" for thing, word, value in facts)
    return [*ox.parse(lines, format=ox.RdfFormat.N_QUADS)]


def _general(said: Said) -> Iterator[Fact]:
    above: defaultdict[str, set[str]] = defaultdict(set)
    for thing, value, _ in said(ABOVE):
        if value.startswith(f"<{NS}"):
            above[thing].add(value)
    kinds: dict[str, frozenset[str]] = {}
    joined = cache(lambda own, kind: own | {kind})  # things with the same classes share a set of them
    for thing, value, _ in said(RDF_TYPE):
        if value in above and thing.startswith("<"):
            kinds[thing] = joined(kinds.get(thing, frozenset()), value)
    wider_of = {own: sorted(closure(own, lambda kind: above[kind]) - own) for own in set(kinds.values())}
    for thing in sorted(kinds):
        for wider in wider_of[kinds[thing]]:
            yield thing, f"<{RDF_TYPE}>", wider


def _composed(said: Said) -> Iterator[Fact]:
    values: defaultdict[str, dict[str, str]] = defaultdict(dict)
    kinds: dict[str, str] = {}
    for thing, value, _ in said(RDF_TYPE):
        if (kind := value[1:-1].removeprefix(NS)) in PARTS:
            kinds[thing] = kind
    for thing, value, _ in said(NS + "participation"):
        values[value].setdefault("of", thing)
    for part in NAMING:
        local = part.removeprefix(NS)
        for thing, value, _ in said(part):
            if value.startswith("<"):
                known = values[thing]
                known[local] = min(known.get(local, value), value, key=_bare)
    for thing, kind in kinds.items():
        if PARTS[kind][0] is None:
            values[thing]["class"] = f"<{NS}{kind}>"
            values[thing] |= {"entryFor": within} if (within := values[thing].get("entryIn")) else {}
    parts_of = {value for thing in kinds for value in values[thing].values()}
    names = (f"{part} <{NAME}> {name} {source} .\n" for part, name, source in said(NAME) if part in parts_of)
    named = of_quads(ox.parse("".join(names), format=ox.RdfFormat.N_QUADS))
    called = cache(lambda part, lang: named.get(part[1:-1], lang))
    for thing in sorted(kinds, key=_bare):
        named_by, who_by, whole_by = PARTS[kinds[thing]]
        own = values[thing]
        what, who, whole = own.get(named_by or "class"), own.get(who_by), own.get(whole_by or "of")
        for lang, comma in (("en", ","), ("fr", ","), ("ar", "،")):
            parts = [called(part, lang) for part in (who, whole) if part]
            colon = " :" if lang == "fr" else ":"
            if what and parts:
                text = f"{called(what, lang)}{colon} {f'{comma} '.join(parts)}"
                yield thing, f"<{NAME}>", str(ox.Literal(text, language=lang))


def _bare(name: str) -> str:
    return name[1:-1]


def _days(said: Said) -> Iterator[Fact]:
    begins: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for word in _DATED:
        begun, ended = word in _BEGIN, word in _END
        for thing, value, source in said(word):
            if not thing.startswith("<") or not value.startswith('"') or date_type(text := plain(value)) is None:
                continue
            entry = f"<{record(source[1:-1], thing[1:-1])}>"
            for dates, counts in ((begins, begun), (ends, ended)):
                if counts:
                    dates.setdefault(thing, []).append(text)
                if counts or word == _AS_OF:
                    dates.setdefault(entry, []).append(text)
    whole = {thing for thing in begins.keys() | ends.keys() if source_of_parts(thing[1:-1])}
    for thing, told in begins.items():
        yield thing, _FIRST, _day(min(map(first_day, _finest(told))))
    for thing, told in ends.items():
        yield thing, _LAST, _day(max(map(last_day, _finest(told))))
    for thing in sorted(whole - begins.keys()):
        yield thing, _FIRST, _day(min(map(first_day, _finest(ends[thing]))))
    for thing in sorted(whole - ends.keys()):
        yield thing, _LAST, _day(max(map(last_day, _finest(begins[thing]))))


def grounds(fact: ox.Quad, stated: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return which of the statements about its thing a derived fact follows from.

    For a record these are the statements that its source makes about what it is about, for a position on a treaty the
    acts, lists, effects and offers that it was derived from.
    """
    if fact.subject.value.startswith(POSITION):  # type: ignore[union-attr]
        return [quad for quad in stated if quad.predicate.value in _CLAIMED]
    if fact.predicate.value == NAME:
        return [quad for quad in stated if quad.predicate.value in NAMING]
    if fact.predicate.value == RDF_TYPE:
        kinds = (quad for quad in stated if quad.predicate == fact.predicate)
        return [quad for quad in kinds if quad.graph_name != fact.graph_name]
    begins = fact.predicate.value == NS + "firstDay"
    dates = [
        (quad, text)
        for quad in stated
        if quad.predicate.value in (*_BEGIN, *_END, _AS_OF) and date_type(text := quad.object.value)  # type: ignore[union-attr]
    ]
    wanted = (*(_BEGIN if begins else _END), *((_AS_OF,) if source_of_parts(fact.subject.value) else ()))  # type: ignore[union-attr]
    dates = [pair for pair in dates if pair[0].predicate.value in wanted] or dates
    finest = max((len(text) for _, text in dates), default=0)
    day = first_day if begins else last_day
    return [quad for quad, text in dates if len(text) == finest and day(text) == fact.object.value]  # type: ignore[union-attr]


def _finest(dates: list[str]) -> list[str]:
    """Return the most precise of some dates."""
    most = max(map(len, dates))
    return [date for date in dates if len(date) == most]


def _day(day: str) -> str:
    return f'"{day}"^^<{XSD}date>'


RANK = NS + "rank"
ISSUED = DCT + "issued"


def follow(quads: Iterable[ox.Quad], rules: Mapping[str, str], policy: Policy) -> list[ox.Quad]:
    """Return what the rules (name → text) find in some statements and in what rules before them found.

    All of it stands in the graph of derived facts, with the ranks of kinds of source that the policy gives and the last
    day on which each source can have been issued. A rule sees
    the statements whose properties the rules name. Raises `SyntaxError` for a rule that is no query.
    """
    said = by_property(quads, needed(rules))
    store = ox.Store()
    store.bulk_extend(chain.from_iterable(said.values()))
    lines = "".join(found_in(store, rules, told(policy, said[ISSUED])))
    return [*ox.parse(lines, format=ox.RdfFormat.N_QUADS)]


def found_in(store: ox.Store, rules: Mapping[str, str], beforehand: list[ox.Quad]) -> Iterator[str]:
    """Yield what rules are told beforehand, and what they find in a store, as lines of N-Quads, each once.

    All of it is added to the store, what a rule finds before the next is asked.
    """
    store.extend(beforehand)
    yield from (f"{quad} .\n" for quad in beforehand)
    for _, text in sorted(rules.items()):
        rows = store.query(text, prefixes=QUERY_PREFIXES, use_default_graph_as_union=True)
        assert isinstance(rows, ox.QueryTriples), "a rule is a CONSTRUCT"
        triples = (rows.serialize(format=ox.RdfFormat.N_TRIPLES) or b"").decode().split("\n")
        lines = [f"{triple.removesuffix('.')}<{DERIVED}> .\n" for triple in sorted({*triples} - {""})]
        store.bulk_load(input="".join(lines).encode(), format=ox.RdfFormat.N_QUADS, lenient=True)
        yield from lines


def run(
    rules: Mapping[str, str], ask: Callable[[str], Iterable[ox.Triple]], add: Callable[[list[ox.Quad]], object]
) -> Iterator[ox.Quad]:
    """Yield what the rules find, asked one after the other; what each finds is added to what the next is asked of."""
    graph = ox.NamedNode(DERIVED)
    for _, text in sorted(rules.items()):
        new = sorted({ox.Quad(row.subject, row.predicate, row.object, graph) for row in ask(text)}, key=str)
        add(new)
        yield from new


def told(policy: Policy, issued: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return what the rules are told beforehand: ranks of kinds of source, the last day each source can be issued."""
    return [*_ranks(policy), *_issued(issued)]


def needed(rules: Mapping[str, str]) -> set[str]:
    """Return the properties that the rules name, and that of when a source was issued."""
    return {ISSUED, *(iri for text in rules.values() for iri in _named(text))}


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
