"""What is said of a thing as rows of tables: cells that come again are written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from cybercoop.terms.labels import NAME, Labels
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
    """What is said of a thing, in rows and by property: its values in order, each with its sources; and its names."""

    thing: str
    rows: Sequence[Row]
    said: Mapping[str, Mapping[str, Sequence[str]]]
    names: Mapping[str, str]


class _Cells(NamedTuple):
    """Some cells of a row: as they are written, with a comma behind each, and as they are."""

    written: str
    texts: tuple[str, ...]


_Value = tuple[str, tuple[str, ...], tuple[tuple[str, str, str], ...]]
"""A value as the table of claims has it, its texts, and for each part of its property the text as it is, as written."""


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

    def about(self, thing: str, rows: Sequence[Row]) -> About:
        """Return what rows say of a thing."""
        said: dict[str, dict[str, tuple[str, ...]]] = {}
        for predicate, value, source in rows:
            if (values := said.get(predicate)) is None:
                said[predicate] = {value: (source,)}
            elif value in values:
                values[value] = (*values[value], source)
            else:
                values[value] = (source,)
        for predicate, values in said.items():
            if len(values) > 1:
                said[predicate] = {value: values[value] for value in values_in_order([*values])}
        return About(thing, rows, said, self._told.called(said.get(NAME, {})))

    def of_class(self, table: str, about: About) -> str:
        """Return the row of a thing in the table of one of its classes."""
        thing, rows, said, names = about
        places, cells = self._places[table], self._empty[table].copy()
        called = [_own(names, lang) for lang in LANGUAGES] if names else _NAMELESS
        for predicate, values in said.items():
            if columns := places.get(predicate):
                for part, _, written in self._value(*values)[2] if len(values) == 1 else self._shown(values):
                    if part in columns:
                        cells[columns[part]] = written
        _, every, sources = zip(*rows, strict=True)
        ends = self._sources(frozenset(sources))
        row = ",".join([self._form.cell(short(thing)), *(map(self._form.cell, called) if names else called), *cells])
        notice = ""
        if "*" in row or "*" in ends.written or f"<{thing}>" in self._noticed or not self._noticed.isdisjoint(every):
            links = (value[1:-1] for value in every if value[0] == "<")
            shown = ((places.get(predicate, ()), self._shown(values)) for predicate, values in said.items())
            texts = (text for columns, parts in shown for part, text, _ in parts if part in columns)
            notice = self._notice((thing, *links), (*called, *texts, *ends.texts))
        return f"{row},{notice},{ends.written[:-1]}{self._form.end}"

    def of_claims(self, about: About, read: sections.Sections) -> tuple[str, int]:
        """Return every claim about a thing, and how many they are.

        `coop:source`, records and passages become `source` and `section` of its row. A value with neither language nor
        datatype is a thing, in the short form of its IRI.
        """
        thing, _, said, names = about
        begin, end = self._cells(short(thing), _english(thing, names)), self._form.end
        ends: dict[str, _Cells] = {}
        is_noticed, written = f"<{thing}>" in self._noticed, list[str]()
        for predicate in properties_in_order(tuple(said)):
            if predicate == _SOURCE:
                continue
            word = self._word(predicate)
            start = begin.written + word.written
            for value, sources in said[predicate].items():
                shown, texts, _ = self._value(value)
                for source in sources if len(sources) == 1 else sorted(sources, key=iri_order):
                    if (said_by := ends.get(source)) is None:
                        own = read.get(source, {})
                        words = {predicate, thing, text_of(value)} if (is_apart := any(own.values())) else ()
                        said_by = self._source(source, joined(sections.read_in(own, words)))
                        if not is_apart:
                            ends[source] = said_by
                    row = f"{start}{shown}{said_by.written}"
                    if is_noticed or "*" in row or value in self._noticed:
                        every = (*begin.texts, *word.texts, *texts, *said_by.texts)
                        row += self._notice((thing, value[1:-1]) if value[0] == "<" else (thing,), every)
                    written.append(row)
        return f"{end.join(written)}{end}" if written else "", len(written)

    def _shown(self, values: Mapping[str, object]) -> Iterable[tuple[str, str, str]]:
        """Return for each part of the values of a property what its cell holds, as it is and as it is written."""
        if len(values) == 1:
            return self._value(*values)[2]
        found: dict[str, list[str]] = {}
        for value in values:
            for part, text, _ in self._value(value)[2]:
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
            return f"{written},{beside if names else ''},,,", (code, name if names else ""), parts
        form, _, end = value.rpartition('"')
        form = literal(value)[0] if "\\" in form else form[1:]
        written, (ending, columns) = cell(form), self._ending(end)
        found = tuple([(part, form, written) for part in columns])
        return f"{written},,{ending.written}", (form, *ending.texts), found

    def _ended(self, ending: str) -> tuple[_Cells, tuple[str, ...]]:
        """Return language and datatype of literals that end so, and the parts of a property that these are."""
        _, language, datatype = literal(f'""{ending}')
        parts = (f"@{base(language)}",) if language else (CODE, NAMES)
        return self._cells(language, short(datatype) if datatype else ""), parts

    def _sourced(self, source: str, section: str) -> _Cells:
        return self._cells(short(source), self._name(source), section)

    def _joined(self, sources: Iterable[str]) -> _Cells:
        said_by = sorted(sources, key=iri_order)
        return self._cells(joined(map(short, said_by)), joined(map(self._name, said_by)))


_NAMELESS = [""] * len(LANGUAGES)


_SOURCE = NS + "source"


def _own(names: Mapping[str, str], lang: str) -> str:
    return names[lang] if lang in names else Labels({"": names}, {}).own("", lang) or ""


def _english(thing: str, names: Mapping[str, str]) -> str:
    return names.get("en") or Labels({thing: names}, {}).get(thing, "en")


def _places(columns: Sequence[Column]) -> dict[str, dict[str, int]]:
    """Return where the parts of each property stand among columns."""
    places: dict[str, dict[str, int]] = {}
    for place, column in enumerate(columns):
        places.setdefault(column.predicate, {})[column.part] = place
    return places
