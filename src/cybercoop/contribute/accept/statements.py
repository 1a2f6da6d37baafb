"""RDF files: the statements about a record, its things and its places in the source are one record of ours."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyoxigraph as ox

from cybercoop import records
from cybercoop.contribute import folders
from cybercoop.contribute.accept.claims import Claim, Part, claims
from cybercoop.contribute.accept.entries import Entry, Pile
from cybercoop.judge.excerpts import with_excerpts
from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.from_statements import Spelling
from cybercoop.records.layout import Place
from cybercoop.records.reading import Reading, Record
from cybercoop.records.tree import Fields
from cybercoop.terms import names
from cybercoop.terms.context import Context


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
        return Reading(list(statements.values()), records, problems, dict(self.whole.texts))

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
        """Give each problem of the reading to its records; what belongs to none is a problem of the file."""
        self.told = [(found, self._owners(found)) for found in self.whole.problems]
        found = [found for found, owners in self.told if not owners] if self.entries else []
        for part, record in self.records.items():
            if part not in self.owners:
                short = names.short(part[1])
                found.append(problem("accept-no-record", record.where, thing=short, value=short))
        self.problems += with_excerpts(found, self.whole.texts)

    def _spelled(self, claim: Claim) -> Fields | None:
        graph, node = claim.node
        return Spelling(claim.statements, graph, node, self.context, self.place).record()

    def _unfit(self, claim: Claim) -> list[Problem]:
        """Return why a record cannot be written in the words of YAML without a loss or an addition."""
        begun = next(each.where for each in claim.statements if str(each.quad.subject)[1:-1] == claim.node[1])
        for part in claim.parts[1:]:
            first = self.claims[self.owners[part][0]]
            if first is not claim and not _shared(part[1]):
                return [_twice(part, begun, first.statements[0].where)]
        tree = self._spelled(claim)
        text = folders.document(tree) if tree is not None else ""
        said = set(records.read(text.encode(), self.shown, self.context, "yaml").quads())
        own = {each.quad for each in claim.statements}
        lost = [_told("accept-no-place", each.quad, each.where) for each in claim.statements if each.quad not in said]
        return lost or [_told("accept-adds", quad, begun) for quad in sorted(said - own, key=str)]


def _twice(part: Part, where: Where, first: Where) -> Problem:
    source, thing = map(names.short, part)
    return problem("described-twice", where, value=source, thing=thing, first=str(first))._replace(record=where)


def _told(code: str, quad: ox.Quad, where: Where) -> Problem:
    thing, term, value = _iri(quad.subject), quad.predicate.value, quad.object
    shown = value.value if isinstance(value, ox.Literal) else names.short(_iri(value))
    return problem(code, where, thing=names.short(thing), term=names.short(term), value=shown)


def _shared(thing: str) -> bool:
    """Return whether a thing is made from what it is, so that several records may speak of it."""
    return thing.startswith(names.BASE + names.KINDS["MonetaryAmount"]) or names.source_of_parts(thing) is not None


def _iri(term: object) -> str:
    return str(term)[1:-1]
