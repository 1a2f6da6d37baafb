"""What is said of a thing as rows of tables: cells that come again are written once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from cybercoop.documents.csv import joined
from cybercoop.export import sections
from cybercoop.export.csvw import Column
from cybercoop.export.facts import iri_order, literal, text_of
from cybercoop.export.headings import CODE, NAMES, base, short
from cybercoop.export.statements import Row, properties_in_order, values_in_order
from cybercoop.export.told import Told
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import NS

_ROOM = 1 << 14
"""How many values are kept as cells show them."""


class Form(NamedTuple):
    """How cells are written, and what ends a row."""

    cell: Callable[[str], str]
    end: str

    def row(self, cells: Iterable[str]) -> str:
        """Return cells as a row."""
        return ",".join(map(self.cell, cells)) + self.end


class About(NamedTuple):
    """What is said of a thing: its cells at the head of rows, and the sources of each value of each property, in order.

    `links` holds the values that are things, as N-Triples writes them, `sources` who says any of it.
    """

    thing: str
    names: Mapping[str, str]
    said: Mapping[str, Mapping[str, Sequence[str]]]
    links: Collection[str]
    sources: Collection[str]


class _Cells(NamedTuple):
    """Some cells of a row: as they are written, with a comma behind each, and as they are."""

    written: str
    texts: tuple[str, ...]


class _Value(NamedTuple):
    """A value as the table of claims has it, and for each part of its property the text, as it is and as written."""

    written: str
    texts: tuple[str, ...]
    parts: tuple[tuple[str, str, str], ...]


class Rows:
    """Writes what is said of things as rows of tables."""

    def __init__(
        self, told: Told, form: Form, tables: Mapping[str, Sequence[Column]], words: Mapping[str, str]
    ) -> None:
        self._told, self._form, self._words = told, form, words
        self._noticed = {f"<{thing}>" for thing in told.noticed.notices}
        self._places = {name: _places(columns) for name, columns in tables.items()}
        self._empty = {name: [""] * len(columns) for name, columns in tables.items()}
        self._value, self._name = lru_cache(_ROOM)(self._valued), lru_cache(_ROOM)(self._named)
        self._word, self._ending = lru_cache(_ROOM)(self._worded), lru_cache(_ROOM)(self._ended)
        self._source, self._sources = lru_cache(_ROOM)(self._sourced), lru_cache(_ROOM)(self._joined)

    def about(self, thing: str, rows: Iterable[Row]) -> About:
        """Return what rows say of a thing."""
        found: dict[str, dict[str, list[str]]] = {}
        links, sources = set(), set()
        for predicate, value, source in rows:
            sources.add(source)
            if value[0] == "<":
                links.add(value)
            if (values := found.get(predicate)) is None:
                found[predicate] = {value: [source]}
            elif (said := values.get(value)) is None:
                values[value] = [source]
            else:
                said.append(source)
                said.sort(key=iri_order)
        ordered = {
            predicate: values
            if len(values := found[predicate]) == 1
            else {value: values[value] for value in values_in_order([*values])}
            for predicate in properties_in_order(tuple(found))
        }
        return About(thing, self._told.named(thing, rows), ordered, links, sources)

    def of_class(self, table: str, about: About) -> str:
        """Return the row of a thing in the table of one of its classes."""
        thing, names, said, links, sources = about
        own = [_own(names, lang) or "" for lang in LANGUAGES] if names else _NAMELESS
        places, cells = self._places[table], self._empty[table].copy()
        texts = [short(thing), *own]
        head = ",".join(map(self._form.cell, texts))
        for predicate, values in said.items():
            if columns := places.get(predicate):
                for part, text, written in self._shown(values):
                    if (place := columns.get(part)) is not None:
                        cells[place] = written
                        texts.append(text)
        ends = self._sources(frozenset(sources))
        row = ",".join([head, *cells])
        notice = ""
        if "*" in row or "*" in ends.written or f"<{thing}>" in self._noticed or not self._noticed.isdisjoint(links):
            notice = self._notice((thing, *(link[1:-1] for link in links)), (*texts, *ends.texts))
        return f"{row},{notice},{ends.written[:-1]}{self._form.end}"

    def of_claims(self, about: About, read: sections.Sections) -> tuple[str, int]:
        """Return every claim about a thing, and how many they are.

        `coop:source`, records and passages become `source` and `section` of its row. A value with neither language nor
        datatype is a thing, in the short form of its IRI.
        """
        thing, names, said, *_ = about
        begin, end = self._cells(short(thing), _english(thing, names)), self._form.end
        whole = {source: _sections(own, ()) for source, own in read.items() if not any(own.values())}
        is_noticed, rows = f"<{thing}>" in self._noticed, list[str]()
        for predicate, values in said.items():
            if predicate == NS + "source":
                continue
            word = self._word(predicate)
            start = begin.written + word.written
            for value, sources in values.items():
                shown = self._value(value)
                for source in sources:
                    if (section := whole.get(source)) is None:
                        own = read.get(source)
                        section = _sections(own, {predicate, thing, text_of(value)}) if own else ""
                    said_by = self._source(source, section)
                    row = f"{start}{shown.written}{said_by.written}"
                    if is_noticed or "*" in row or value in self._noticed:
                        texts = (*begin.texts, *word.texts, *shown.texts, *said_by.texts)
                        row += self._notice((thing, value[1:-1]) if value[0] == "<" else (thing,), texts)
                    rows.append(row)
        return f"{end.join(rows)}{end}" if rows else "", len(rows)

    def _shown(self, values: Mapping[str, object]) -> Iterable[tuple[str, str, str]]:
        """Return for each part of the values of a property what its cell holds, as it is and as it is written."""
        if len(values) == 1:
            (value,) = values
            return self._value(value).parts
        found: dict[str, list[str]] = {}
        for value in values:
            for part, text, _ in self._value(value).parts:
                found.setdefault(part, []).append(text)
        every = {part: joined(texts) for part, texts in found.items()}
        return [(part, text, self._form.cell(text)) for part, text in every.items()]

    def _notice(self, things: Iterable[str], texts: Iterable[str]) -> str:
        """Return, in each language, the notices of these things and of the starred names in these texts, as a cell."""
        labels = self._told.noticed
        bearers = labels.notices.keys() & things
        bearers.update(*(labels.bearers(text) for text in texts if "*" in text))
        found = (labels.notice(iri, lang) for iri in sorted(bearers, key=iri_order) for lang in LANGUAGES)
        return self._form.cell(joined(dict.fromkeys(text for text in found if text)))

    def _named(self, thing: str) -> str:
        return _english(thing, self._told.names(thing))

    def _cells(self, *texts: str) -> _Cells:
        return _Cells("".join([f"{self._form.cell(text)}," for text in texts]), texts)

    def _worded(self, predicate: str) -> _Cells:
        return self._cells(self._words.get(predicate, short(predicate)))

    def _valued(self, value: str) -> _Value:
        cell = self._form.cell
        if value[0] == "<":
            names = self._told.names(value[1:-1])
            code, name = short(value[1:-1]), _english(value[1:-1], names)
            written, beside = cell(code), cell(name)
            parts = ((CODE, code, written), (NAMES, name, beside))
            return _Value(f"{written},{beside if names else ''},,,", (code, name if names else ""), parts)
        form, language, datatype = literal(value)
        written, ending = cell(form), self._ending(language, datatype)
        if language:
            return _Value(
                f"{written},,{ending.written}", (form, *ending.texts), ((f"@{base(language)}", form, written),)
            )
        return _Value(
            f"{written},,{ending.written}", (form, *ending.texts), ((CODE, form, written), (NAMES, form, written))
        )

    def _ended(self, language: str, datatype: str) -> _Cells:
        return self._cells(language, short(datatype) if datatype else "")

    def _sourced(self, source: str, section: str) -> _Cells:
        return self._cells(short(source), self._name(source), section)

    def _joined(self, sources: Iterable[str]) -> _Cells:
        said_by = sorted(sources, key=iri_order)
        return self._cells(joined(map(short, said_by)), joined(map(self._name, said_by)))


_NAMELESS = [""] * len(LANGUAGES)


def _own(names: Mapping[str, str], lang: str) -> str | None:
    return Labels({"": names}, {}).own("", lang)


def _english(thing: str, names: Mapping[str, str]) -> str:
    return names.get("en") or Labels({thing: names}, {}).get(thing, "en")


def _sections(own: Mapping[str, Collection[str]], words: Collection[str]) -> str:
    return joined(sections.read_in(own, words))


def _places(columns: Sequence[Column]) -> dict[str, dict[str, int]]:
    """Return where the parts of each property stand among columns."""
    places: dict[str, dict[str, int]] = {}
    for place, column in enumerate(columns):
        places.setdefault(column.predicate, {})[column.part] = place
    return places
