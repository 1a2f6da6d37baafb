"""From an engine's results, and what no engine sees, to problems with a line, its text and a cure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

from cybercoop.problems.problem import Excerpt, Problem, Where, nearest, problem
from cybercoop.records.reading import Reading
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import Result
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.labels import distance, fold, words_of

if TYPE_CHECKING:
    from cybercoop.records.table import Cell

_CODES = 20
"""How many codes are listed at most."""
_SAME = 5
"""How many results of one constraint are told of one place, all but the first under that: things alike have many."""
_LOOKED_FOR = 100
"""How many different words are compared with those that a class takes."""
_CODE, _LETTERS_A_SLIP = 2, 10
"""How long the code of a country is; in a name, one slip is taken for one, and a further one in so many letters."""


_DAILY = {
    "prefLabel": ("label", "name", "title", "nom", "titre", "intitule", "الاسم", "العنوان"),
    "startDate": ("date", "start", "begin", "from", "debut", "date de debut", "التاريخ", "تاريخ البدء"),
    "endDate": ("end", "to", "until", "fin", "date de fin", "تاريخ الانتهاء"),
    "heldIn": ("place", "location", "venue", "city", "lieu", "ville", "المكان"),
    "benefits": ("country", "countries", "beneficiary", "beneficiaries", "pays", "beneficiaires", "البلد"),
    "organiser": ("organizer", "organised by", "organisateur", "الجهة المنظمة"),
}
"""Words of records → what offices write in their place."""


class Known(Protocol):
    """What a diagnosis asks of the graph that a contribution is judged in."""

    def types(self, thing: str) -> Set[str]:
        """Return the stated classes of a thing."""
        ...

    def classes(self, thing: str) -> Set[str]:
        """Return the classes of a thing with everything above them."""
        ...

    def of_kind(self, iri: str) -> list[str]:
        """Return the things whose IRIs begin as one does."""
        ...

    def now(self, thing: str) -> Set[str]:
        """Return the address that replaces the one of a thing, if any."""
        ...


class Places:
    """Where a thing, a property of it, or a value of that stands in the files that were read; found when asked.

    What stands in none of them is in `data`, or at the address of the thing itself.
    """

    def __init__(self, reading: Reading, *, at_thing: bool = False) -> None:
        self.reading, self._at_thing = reading, at_thing
        self.later: Places | None = None

    @cached_property
    def records(self) -> dict[tuple[str, str], list[Where]]:
        """Where the records of a page begin, and among them those of a thing."""
        records: dict[tuple[str, str], list[Where]] = {}
        for record in self.reading.records:
            for name in {"", record.thing, *record.subjects}:
                records.setdefault((record.where.page, name), []).append(record.where)
        for begun in records.values():
            begun.sort()
        return records

    @cached_property
    def exact(self) -> dict[tuple[str, ...], Where]:
        """Where what is stated, as N-Triples writes it, or a part of that, stands first."""
        exact: dict[tuple[str, ...], Where] = {}
        things: dict[str, Where] = {}
        for statement in self.reading.statements:
            subject, predicate = str(statement.quad.subject), str(statement.quad.predicate)
            value, where = str(statement.quad.object), statement.where
            things.setdefault(subject, where)
            exact.setdefault((subject, predicate, value), where)
            exact.setdefault((subject, "", value), where)
            exact.setdefault((subject, predicate), where)
            kind = exact.get((subject, f"<{names.RDF_TYPE}>"))
            if predicate == f"<{names.NS}about>" and kind == self.record(where, value[1:-1]):
                exact.setdefault((value,), where)
        for record in self.reading.records:
            exact.setdefault((f"<{record.thing}>",), record.where)
        for subject, where in (things | self.reading.heads).items():
            exact.setdefault((subject,), where)
        return exact

    def add(self, reading: Reading) -> None:
        """Take the places of another reading, for things that are not in this one."""
        self.later = Places(reading)

    def find(self, result: Result) -> Where:
        """Return the place of a result's value, else of its property, else of its thing."""
        keys = ((result.focus, result.path, result.value), (result.focus, result.path), (result.focus,))
        found = next((self.exact[key] for key in keys if key in self.exact), None)
        if found is None:
            elsewhere = names.short(result.focus[1:-1]) if self._at_thing else "data"
            return self.later.find(result) if self.later else Where(elsewhere)
        return found

    def property(self, result: Result, reads: Sequence[str]) -> str | None:
        """Return the property that states a result's value, else the first of those that its constraint reads."""
        states = (iri for iri in reads if (result.focus, f"<{iri}>", result.value) in self.exact)
        return next(states, reads[0] if reads else None)

    def record(self, where: Where, thing: str) -> Where | None:
        """Return where the record begins that a place stands in: the last one before it, of that thing if there is."""
        for name in (thing, ""):
            begun = self.records.get((where.page, name), [])
            if count := bisect_right(begun, where):
                return begun[count - 1]
        return self.later.record(where, thing) if self.later else None


def problems(results: Iterable[Result], shapes: Shapes, places: Places, known: Known) -> list[Problem]:
    """Return what the results of an engine mean to the person who wrote the files."""
    found = []
    likenesses: dict[str, str] = {}
    same: Counter[tuple[str, Where]] = Counter()
    for result in results:
        shape = shapes.constraints.get(result.shape)
        if shape is None:
            raise RuntimeError(f"a result names {result.shape}, which has no message in shapes/")
        where = places.find(result)
        same[result.shape, where] += 1
        if same[result.shape, where] > _SAME:
            continue
        iri = result.value[1:-1] if result.value.startswith("<") else ""
        unknown = bool(iri) and not known.types(iri)
        if unknown and iri not in likenesses:
            likenesses[iri] = _alike(iri, known)
        alike = likenesses[iri] if unknown else ""
        found.append(
            Problem(
                shape.code,
                where,
                shape.message,
                shape.cure,
                shape.severity,
                names.short(result.focus[1:-1]),
                _plain(result.value) if result.value and result.value != result.focus else None,
                alike or None,
                _codes(iri, known) if unknown else (),
                property=result.path[1:-1] or places.property(result, shapes.reads[shape.code]),
                record=places.record(where, result.focus[1:-1]),
                term=result.value or None,
                component=result.component,
            )
        )
    return found


def _alike(iri: str, known: Known) -> str:
    """Return the short name of the thing of the same kind that a reference may have meant, or an empty text.

    It is the one most like it, where they differ in few letters and in no number or code of a country: nobody who
    writes of a ministry of Algeria means that of Jordan, and EUROPOL is not INTERPOL.
    """
    written = iri.removeprefix(names.kind_of(iri))
    if "/" in written:
        return ""  # two names in one: the last of them is not all that was meant
    things = {thing.rpartition("/")[2]: thing for thing in known.of_kind(iri)}
    found = nearest(written, things)
    one, other = words_of(written), words_of(found)
    differing = {*one} ^ {*other}
    if not found or any(re.search(r"\d", word) or _is_country(word, known) for word in differing):
        return ""
    near = distance(fold(written), fold(found)) <= 1 + len(found) // _LETTERS_A_SLIP
    numbered = any(re.search(r"\d", word) for word in one) and ({*one} < {*other} or {*other} < {*one})
    return names.short(things[found]) if near or numbered else ""


def _is_country(code: str, known: Known) -> bool:
    return len(code) == _CODE and code.isascii() and bool(known.types(f"{names.ID}country/{code.upper()}"))


def _codes(iri: str, known: Known) -> tuple[str, ...]:
    """Return the codes of a scheme, one of which is wanted where a wrong one stands, with their number in bounds."""
    if not iri.startswith(names.SCHEME):
        return ()
    every = sorted({thing.rpartition("/")[2] for thing in known.of_kind(iri)})
    return tuple(every) if len(every) <= _CODES else ()


def twice(reading: Reading) -> list[Problem]:
    """Return a problem for each thing that one source describes in two places."""
    first: dict[tuple[str, str], Where] = {}
    found = []
    for record in reading.records:
        for subject in record.subjects:
            if subject.startswith(names.BASE + names.KINDS["MonetaryAmount"]):
                continue
            earlier = first.setdefault((record.source, subject), record.where)
            if earlier is not record.where:
                found.append(
                    problem(
                        "described-twice",
                        record.where,
                        value=names.short(record.source),
                        thing=names.short(subject),
                        first=str(earlier),
                    )
                )
                found[-1] = found[-1]._replace(record=record.where)
    return found


def untyped(reading: Reading, known: Known, shapes: Shapes) -> list[Problem]:
    """Return a problem for each described thing that no shape looks at: nothing passes unseen."""
    places = {subject: record.where for record in reading.records for subject in record.subjects}
    return [
        problem("record-without-type", where, thing=names.short(subject))._replace(record=where)
        for subject, where in places.items()
        if shapes.classes.isdisjoint(known.classes(subject))
    ]


def suggested(reading: Reading, known: Known, shapes: Shapes, context: Context) -> list[Problem]:
    """Return the problems of a reading, each unknown word with the nearest that the class of its thing takes.

    In the header of a table, that is the class of all rows. A word without such a thing keeps the nearest of all words.
    """
    words = {term.name: term.iri for term in context.terms.values() if term.iri not in names.COMPUTED}
    told: dict[tuple[str, frozenset[str]], str] = {}

    def classes(found: Problem) -> frozenset[str]:
        page = found.where.page
        rows = [record.thing for record in reading.records if record.where.page == page] if not found.thing else []
        things = rows[:_CODES] or [names.expand(found.thing or "")]
        every = [known.classes(thing) or {kind for kind in shapes.classes if by_id(thing, kind)} for thing in things]
        return frozenset(set.intersection(*map(set, every)) & shapes.classes)

    def by_id(thing: str, kind: str) -> bool:
        return names.class_path(kind) == names.kind_of(thing)

    def near(written: str, kinds: frozenset[str]) -> str:
        fitting = {word: iri for word, iri in words.items() if not shapes.bearers.get(iri, kinds).isdisjoint(kinds)}
        named = {re.split("[#/]", iri)[-1]: iri for iri in fitting.values()} | fitting
        own = re.split("[#/:]", written.partition("@")[0])[-1]
        daily = fold(re.sub(r"\(.*\)", "", own).strip())
        if meant := next((fitting[word] for word, said in _DAILY.items() if daily in said and word in fitting), ""):
            return meant
        same = {iri for word, iri in named.items() if word.casefold() == own.casefold()}
        return same.pop() if len(same) == 1 else named.get(nearest(own, named), "")

    def better(found: Problem) -> Problem:
        written = found.value or ""
        ours = not found.nearest or found.nearest in words or names.expand(found.nearest) in words.values()
        if found.code != "unknown-term" or not ours or not (kinds := classes(found)):
            return found
        if (key := (written, kinds)) not in told:
            if len(told) >= _LOOKED_FOR:
                return found
            told[key] = near(*key)
        iri = told[key]
        short = names.short(iri) if ":" in written else next((word for word in words if words[word] == iri), "")
        return found._replace(nearest=short or None, property=iri or found.property)

    return [better(found) for found in reading.problems]


def recorded(problems: Iterable[Problem], reading: Reading) -> list[Problem]:
    """Return problems, each of which knows the record that it stands in, and the thing of that where it knows none."""
    every = list(problems)
    if all(found.record for found in every):
        return every
    places = Places(reading)
    things = {record.where: names.short(record.thing) for record in reading.records}

    def known(found: Problem) -> Problem:
        names_none = found.record is None and found.where.line and found.where.page in reading.texts
        where = places.record(found.where, names.expand(found.thing or "")) if names_none else None
        return found._replace(record=where, thing=found.thing or things[where]) if where else found

    return [known(found) for found in every]


def unnamed(problems: tuple[Problem, ...], reading: Reading) -> tuple[Problem, ...]:
    """Return problems with an ellipsis for what stands in for a source or an id that a record does not say."""
    told = (name.rpartition("/")[2] for record in reading.records for name in (record.source, *record.subjects))
    stand_ins = {name for name in told if names.UNSAID.fullmatch(name)}

    def shown(text: str) -> str:
        return names.UNSAID.sub(lambda found: "…" if found[0] in stand_ins else found[0], text)

    def said(found: Problem) -> Problem:
        return found._replace(
            thing=found.thing and shown(found.thing),
            value=found.value and shown(found.value),
            message={lang: shown(text) for lang, text in found.message.items()},
            follows=tuple(map(said, found.follows)),
        )

    return tuple(map(said, problems)) if stand_ins else problems


def _plain(term: str) -> str:
    if term.startswith("<"):
        return names.short(term[1:-1])
    return term[1:].rsplit('"', 1)[0] if term.startswith('"') else term


_NEAR = 200
"""How many characters before and after a place are shown at most."""


def with_excerpts(problems: Iterable[Problem], texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return the problems, and what follows from them, each with the line that it points into.

    `texts` holds by its name each file that was read, and by `file:sheet` each sheet of a workbook as CSV.
    """

    @cache
    def lines(name: str) -> list[str]:
        return texts.get(name, "").split("\n")

    @cache
    def table(name: str) -> tuple[list[int], list[tuple[Cell, int]], list[Cell]]:
        from cybercoop.records.table import divided, header_of

        rows, _, _ = divided(texts.get(name, ""))
        every = [(cell, number) for row in rows for number, cell in enumerate(row)]
        return (
            [cell.offset for cell, _ in every],
            every,
            rows[header_of(rows)] if rows else [],
        )

    @cache
    def starts(name: str) -> list[int]:
        found = [0]
        for line in lines(name):
            found.append(found[-1] + len(line) + 1)
        return found

    def excerpt(where: Where) -> Excerpt | None:
        name = where.page
        if not 0 < where.line <= len(lines(name)):
            return None
        line = lines(name)[where.line - 1]
        if not where.cell and not name.lower().endswith((".csv", ".csv.gz", ".tab", ".tsv")):
            return _cut(line, where.column)
        offsets, every, header = table(name)
        if where.cell:
            first = bisect_right(offsets, starts(name)[where.line - 1] - 1)
            at = min(first + where.column - 1, len(every) - 1)
        else:
            at = bisect_right(offsets, starts(name)[where.line - 1] + where.column - 1) - 1
        if at < 0:
            return _cut(line, where.column)
        cell, number = every[at]
        if not where.cell and cell.at(len(cell.text)) < starts(name)[where.line - 1] + where.column - 1:
            return _cut(line, where.column)  # in a row that could not be read
        title = header[number].text.strip() if where.line > 1 and number < len(header) else ""
        column = cell.offset - starts(name)[where.line - 1] + 1 if where.cell else where.column
        return _cut(line, column, title)

    def shown(found: Problem) -> Problem:
        return found._replace(excerpt=excerpt(found.where) or found.excerpt, follows=tuple(map(shown, found.follows)))

    return tuple(map(shown, problems))


def _cut(line: str, column: int, title: str = "") -> Excerpt:
    """Return the piece of a line that is near a column: lines have no end in some files."""
    start = max(column - 1 - _NEAR, 0)
    return Excerpt(line[start : column + _NEAR], column - start, title)
