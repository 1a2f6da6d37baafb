"""RDF files: what their statements claim, record by record, and the way back to the words of a record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cybercoop import records
from cybercoop.contribute import folders
from cybercoop.contribute.accept.entries import Entry, Pile
from cybercoop.judge.diagnosis import with_excerpts
from cybercoop.problems.problem import ERROR, Problem, Where, problem
from cybercoop.records.layout import Place
from cybercoop.records.reading import Fields, Node, Reading, Record, Texts, fields, scalar, some
from cybercoop.records.records import SAYS
from cybercoop.records.statements import Stated, Statement
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.names import NS, RDF_TYPE
from cybercoop.terms.term import iri_of

_INSIDE = (NS + "about", NS + "passage", NS + "citation")

Part = tuple[str, str]
"""A graph, and a thing that it speaks of."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says in one record: the record's node, all that it takes in, and the statements about that."""

    node: Part
    parts: tuple[Part, ...]
    statements: tuple[Statement, ...]

    @property
    def quads(self) -> frozenset[ox.Quad]:
        """The statements without their places."""
        return frozenset(each.quad for each in self.statements)


def claims(reading: Reading) -> list[Claim]:
    """Return the records among the statements of a file, in its order."""
    about: dict[Part, list[Statement]] = {}
    for statement in reading.statements:
        about.setdefault((iri_of(statement.quad.graph_name), iri_of(statement.quad.subject)), []).append(statement)
    found = []
    for (graph, node), said in about.items():
        if not any(
            each.quad.predicate.value == RDF_TYPE and iri_of(each.quad.object) == NS + "Record" for each in said
        ):
            continue
        inside = [iri_of(each.quad.object) for each in said if each.quad.predicate.value in _INSIDE]
        parts = tuple(dict.fromkeys((graph, thing) for thing in (node, *inside)))
        found.append(Claim((graph, node), parts, tuple(each for part in parts for each in about.get(part, []))))
    return found


_DEPTH = 8
"""How many things may stand one inside the other."""

_REASON = Term("because", NS + "reason", LANGUAGE)

_Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Spelling:
    """The statements of one record, and the words for them.

    What no word can say is left out: whoever asks compares what the words say with the statements.
    """

    def __init__(self, statements: Iterable[Statement], graph: str, node: str, context: Context, place: Place) -> None:
        self.graph = graph
        self.node = node
        self.place = place
        self.terms = {term.iri: term for term in context.terms.values()}
        self.classes = {iri: name for name, iri in context.classes.items()}
        self.facts: dict[str, dict[str, list[_Value]]] = {}
        for statement in statements:
            quad = statement.quad
            facts = self.facts.setdefault(iri_of(quad.subject), {})
            facts.setdefault(quad.predicate.value, []).append(quad.object)
        self.inside = [iri_of(value) for value in self._values(node, "about")]

    def record(self) -> Fields | None:
        """Return the record as a tree of words, or None where its name is that of no thing that it is about."""
        thing = next((each for each in self.inside if names.record(self.graph, each) == self.node), None)
        if thing is None:
            return None
        self.inside.remove(thing)
        head: list[tuple[str, Node]] = [("source", scalar(self.graph.removeprefix(names.ID + "source/")))]
        if passages := [self._passage(iri_of(value)) for value in self._values(self.node, "passage")]:
            head.append(("at", some(passages)))
        if reasons := self._values(self.node, "reason"):
            head.append(("because", self._node(_REASON, reasons, 0)))
        return fields([*head, *self._thing(thing, 0)])

    def places(self) -> dict[str, str]:
        """Return the IRIs in YAML of the places in the source, and of what is taken from them, by those here."""
        found: dict[str, str] = {}
        for value in self._values(self.node, "passage"):
            passage = iri_of(value)
            section = next((_text(each) for each in self._values(passage, "section")), "")
            span = self._span(passage)
            found[passage] = names.passage(self.graph, section, (span[0], span[1]) if len(span) == 2 else None)
            found[names.citation(self.node, passage)] = names.citation(self.node, found[passage])
        return found

    def _span(self, passage: str) -> list[str]:
        return [_text(value) for word in ("firstCharacter", "endCharacter") for value in self._values(passage, word)]

    def _values(self, subject: str, word: str) -> list[_Value]:
        return self.facts.get(subject, {}).get(NS + word, [])

    def _passage(self, passage: str) -> Node:
        said = {word: [_text(value) for value in self._values(passage, word)] for word in ("section", "digest")}
        span = self._span(passage)
        parts = [("section", text) for text in said["section"]]
        parts += [("chars", "-".join(span))] if span else []
        parts += [("digest", each) for each in said["digest"]]
        place: list[tuple[str, Node]] = [(word, scalar(text)) for word, text in parts]
        says = [self._word(_text(value)) for value in self._values(names.citation(self.node, passage), SAYS)]
        return fields([*place, (SAYS, some([scalar(word) for word in says]))] if says else place)

    def _word(self, iri: str) -> str:
        """Return how a record writes a property or a thing inside of it."""
        return self.terms[iri].name if iri in self.terms else names.short(iri)

    def _thing(self, thing: str, depth: int) -> Iterator[tuple[str, Node]]:
        yield "id", scalar(_short(thing, names.ID))
        facts = self.facts.get(thing, {})
        if kinds := [self.classes[iri] for kind in facts.get(RDF_TYPE, []) if (iri := iri_of(kind)) in self.classes]:
            yield "type", some([scalar(kind) for kind in kinds])
        words = [(self.terms[iri], values) for iri, values in facts.items() if iri in self.terms]
        for term, values in sorted(words, key=lambda pair: (self.place(pair[0].name), pair[0].name)):
            yield term.name, self._node(term, values, depth)

    def _node(self, term: Term, values: list[_Value], depth: int) -> Node:
        if term.kind != LANGUAGE:
            return some([self._value(term, value, depth) for value in values])
        texts: dict[str, list[Node]] = {}
        for value in values:
            texts.setdefault(getattr(value, "language", None) or "", []).append(scalar(_text(value)))
        return fields((language, some(forms)) for language, forms in texts.items())

    def _value(self, term: Term, value: _Value, depth: int) -> Node:
        if term.kind != LINK or not isinstance(value, ox.NamedNode):
            return scalar(_text(value))
        if term.base != names.ID or value.value not in self.inside or depth > _DEPTH:
            return scalar(_short(value.value, term.base))
        amount = [_text(part) for word in ("amount", "currency") for part in self._values(value.value, word)]
        if len(amount) == 2 and names.amount(*amount) == value.value:
            return fields(zip(("amount", "currency"), map(scalar, amount), strict=True))
        self.inside.remove(value.value)
        return fields(self._thing(value.value, depth + 1))


def _text(value: _Value) -> str:
    return value.value if isinstance(value, (ox.Literal, ox.NamedNode)) else str(value)


def _short(iri: str, base: str) -> str:
    """Return an IRI as a record writes it: what follows the base, where that is a name; else the whole."""
    rest = iri.removeprefix(base)
    fit = rest != iri and all(names.SLUG.fullmatch(part) for part in rest.split("/"))
    return rest if fit else iri


class Statements(Pile):
    """A file of statements; its records are those that it has a `coop:Record` for."""

    def __init__(self, path: Path, shown: str, data: bytes, context: Context, place: Place) -> None:
        super().__init__(path, shown, context)
        self.place = place
        self.whole = records.read(data, shown, context)
        self.claims = claims(self.whole)
        self.take(data, len(self.claims))
        self.records: dict[Part, Record] = {(each.source, each.thing): each for each in self.whole.records}
        self.owners: dict[Part, list[int]] = {}
        self.places: dict[Where, set[int]] = {}
        for number, claim in enumerate(self.claims):
            for part in claim.parts:
                self.owners.setdefault(part, []).append(number)
                if part in self.records:
                    self.places.setdefault(self.records[part].where, set()).add(number)
            for statement in claim.statements:
                self.places.setdefault(statement.where, set()).add(number)
        self.named: dict[str, set[int]] = {}
        for (_, thing), owners in self.owners.items():
            self.named.setdefault(names.short(thing), set()).update(owners)
        self._sort_problems()
        for entry in self.entries:
            entry.problems += with_excerpts(self._unfit(self.claims[entry.number]), self.whole.texts)

    def reading(self, kept: Collection[Entry]) -> Reading:
        """Return the statements of some records, with what is wrong with these."""
        numbers = {entry.number for entry in kept}
        own = [self.claims[number] for number in sorted(numbers)]
        statements = {id(each): each for claim in own for each in claim.statements}
        parts = dict.fromkeys(part for claim in own for part in claim.parts)
        problems = [found for found, owners in self.told if owners & numbers]
        records = [self.records[part] for part in parts if part in self.records]
        return Reading(Stated([*statements.values()]), records, problems, Texts(self.whole.texts))

    def alone(self, entry: Entry) -> Reading:
        """Return the statements of one record."""
        return self.reading([entry])

    def written(self, entry: Entry) -> tuple[Fields, str] | None:
        """Return a record in the words of YAML."""
        tree = self._spelled(self.claims[entry.number])
        return (tree, folders.document(tree)) if tree is not None else None

    def holds(self, entry: Entry, found: Problem) -> bool:
        """Return whether a problem is one of a statement or of a thing of this record."""
        return entry.number in self._owners(found)

    def blamed(self, found: Problem) -> list[Entry]:
        """Return the records that a problem is one of."""
        owners = self._owners(found) if found.where.file == self.shown else ()
        return [self.entries[number] for number in sorted(owners)]

    def _owners(self, found: Problem) -> set[int]:
        near = {number for where in (found.where, found.record) if where for number in self.places.get(where, ())}
        return near or self.named.get(found.thing or "", set())

    def _sort_problems(self) -> None:
        """Give each problem of the reading to its records; what belongs to none is a problem of the file.

        What was lost in reading, and nobody knows of which record, is a problem of them all.
        """
        every = {entry.number for entry in self.entries}
        self.told = [
            (found, self._owners(found) or (set() if found.thing or found.severity != ERROR else every))
            for found in self.whole.problems
        ]
        found = [found for found, owners in self.told if not owners] if self.entries else []
        for part, record in self.records.items():
            if part not in self.owners:
                short = names.short(part[1])
                found.append(problem("accept-no-record", record.where, thing=short, value=short))
        self.problems += with_excerpts(found, self.whole.texts)

    def _spelled(self, claim: Claim) -> Fields | None:
        return self._spelling(claim).record()

    def _spelling(self, claim: Claim) -> Spelling:
        graph, node = claim.node
        return Spelling(claim.statements, graph, node, self.context, self.place)

    def _unfit(self, claim: Claim) -> list[Problem]:
        """Return why a record cannot be written in the words of YAML without a loss or an addition."""
        begun = next(each.where for each in claim.statements if iri_of(each.quad.subject) == claim.node[1])
        for part in claim.parts[1:]:
            first = self.claims[self.owners[part][0]]
            if first is not claim and not _shared(part[1]):
                return [_twice(part, begun, first.statements[0].where)]
        tree = self._spelled(claim)
        text = folders.document(tree) if tree is not None else ""
        said = set(records.read(text.encode(), self.shown, self.context, "yaml").quads())
        places = self._spelling(claim).places()
        own = {_renamed(each.quad, places): each for each in claim.statements}
        lost = [_told("accept-no-place", each.quad, each.where) for quad, each in own.items() if quad not in said]
        return lost or [_told("accept-adds", quad, begun) for quad in sorted(said - own.keys(), key=str)]


def _twice(part: Part, where: Where, first: Where) -> Problem:
    source, thing = map(names.short, part)
    return problem("described-twice", where, value=source, thing=thing, first=str(first))._replace(record=where)


def _renamed(quad: ox.Quad, renamed: Mapping[str, str]) -> ox.Quad:
    """Return a statement with other IRIs for some things: a place in a source is named anew when it is written."""
    subject, value = iri_of(quad.subject), iri_of(quad.object)
    if subject not in renamed and value not in renamed:
        return quad
    first = ox.NamedNode(renamed.get(subject, subject))
    last = ox.NamedNode(renamed[value]) if value in renamed else quad.object
    return ox.Quad(first, quad.predicate, last, quad.graph_name)


def _told(code: str, quad: ox.Quad, where: Where) -> Problem:
    thing, term, value = iri_of(quad.subject), quad.predicate.value, quad.object
    shown = value.value if isinstance(value, ox.Literal) else names.short(iri_of(value))
    return problem(code, where, thing=names.short(thing), term=names.short(term), value=shown)


def _shared(thing: str) -> bool:
    """Return whether a thing is made from what it is, so that several records may speak of it."""
    return thing.startswith(names.BASE + names.KINDS["MonetaryAmount"]) or names.source_of_parts(thing) is not None
