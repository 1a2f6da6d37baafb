"""CSV: a table for each class and one for all claims, for a zip or a folder, safe to open in a spreadsheet."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyoxigraph as ox

from cybercoop.documents.csv import BOM, joined, lines, safe
from cybercoop.export import LICENCE, csvw, sections, statements
from cybercoop.export.csvw import Column
from cybercoop.export.facts import iri_order, literal, property_order, text_of, value_order
from cybercoop.export.statements import Row, Statements, properties
from cybercoop.export.told import Told
from cybercoop.export.zips import pack
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.context import Context
from cybercoop.terms.labels import NAME, NOTICE, Labels, Order, alike, base_of, of_quads
from cybercoop.terms.names import DERIVED, LANG_STRING, NS, RDF_TYPE, source_of_parts
from cybercoop.terms.names import short as _short
from cybercoop.terms.sorting import in_order

_README = Path(__file__).with_name("tables-readme.txt")
_ROWS = 2000
"""How many rows wait in memory for the tables that they stand in."""

short = lru_cache(1 << 12)(_short)

Line = Sequence[str]
"""The cells of a row."""
Form = Callable[[Iterable[Line]], str]
"""Writes rows as text."""


class Laid(NamedTuple):
    """A table that lies in a file; `length` is how many rows it has."""

    name: str
    headings: Sequence[str]
    path: Path
    length: int


def write_csv(
    said: Statements,
    context: Mapping[str, object],
    out: BinaryIO,
    *,
    order: Order = alike,
    excel: bool = False,
    words: Sequence[ox.Quad] = (),
) -> int:
    """Write a zip of all tables, what their columns mean by what is said of `words`, and a README.

    Nothing is compressed, as libraries compress to different bytes.
    """
    mark = BOM if excel else ""
    with tempfile.TemporaryDirectory() as folder, closing(Told(said, order)) as told:
        tables = laid(said, told, context, Path(folder), _safe, mark)
        meant = {column.predicate for table in tables for column in table.headings if isinstance(column, Column)}
        labels = of_quads([*(quad for iri in meant for quad in told.values(iri)), *words], order)
        described = csvw.metadata({table.name: table.headings for table in tables}, labels, LICENCE)
        readme = mark + _README.read_text(encoding="utf-8").replace("\n", "\r\n")
        besides = (("README.txt", readme.encode()), (csvw.NAME, described))
        pack([*((f"{table.name}.csv", table.path) for table in tables), *besides], out)
    return tables[-1].length


def _safe(rows: Iterable[Line]) -> str:
    return lines((map(safe, row) for row in rows), end="\r\n")


class _Use:
    """What values a property has in a table: how they end, as N-Triples writes them, and whether some have names."""

    def __init__(self) -> None:
        self.endings: set[str] = set()
        self.is_named = False


def laid(
    said: Statements, told: Told, context: Mapping[str, object], folder: Path, form: Form = lines, mark: str = ""
) -> list[Laid]:
    """Lay down the tables of all classes, A to Z, and behind them that of all claims; return them.

    Rows are written by `form`; each file begins with the mark. A thing has a row in the table of each of its classes.
    """
    words = {term.iri: term.name for term in Context.of(context).terms.values()}
    uses: dict[str, dict[str, _Use]] = {}
    records = sections.named(_surveyed(said, told, uses), told)
    found = sections.found(in_order(records, statements.BLOCKS, folder))
    columns = {name: _columns(uses[name], words) for name in sorted(uses)}
    headings = {name: [*_FIRST, *own, *_LAST] for name, own in columns.items()} | {_CLAIMS: HEADER}
    files = _Files({name: folder / f"table-{number}" for number, name in enumerate(headings)}, form)
    for name, heading in headings.items():
        files.paths[name].write_text(mark + form([heading]), "utf-8", newline="")
    words |= {RDF_TYPE: "type"}
    for thing, rows in said.things():
        linked = {value[1:-1] for _, value, _ in rows if value.startswith("<")}
        labels = told.of({thing, *linked, *(source for *_, source in rows)})
        for name, line in _class_rows(thing, rows, columns, labels):
            files.add(name, line)
        if source_of_parts(thing) is None:
            for line in _claims(thing, rows, words, labels, found(thing)):
                files.add(_CLAIMS, line)
    files.put()
    return [Laid(name or "claims", own, files.paths[name], files.lengths[name]) for name, own in headings.items()]


def _surveyed(said: Statements, told: Told, uses: dict[str, dict[str, _Use]]) -> Iterator[tuple[str, list[Row]]]:
    """Yield all things, and note meanwhile which properties are used in which table."""
    for thing, rows in said.blocks():
        own = [uses.setdefault(name, {}) for name in _tables_of(rows)]
        for predicate, value, _ in rows:
            if predicate not in _ELSEWHERE:
                for table in own:
                    use = table.get(predicate) or table.setdefault(predicate, _Use())
                    use.endings.add(_ending(value))
                    if not use.is_named and value.startswith("<"):
                        use.is_named = bool(told.names(value[1:-1]))
        yield thing, rows


class _Files:
    """Tables that rows are added to, by their names; few rows wait in memory."""

    def __init__(self, paths: Mapping[str, Path], form: Form) -> None:
        self.paths, self._form = paths, form
        self.lengths = dict.fromkeys(paths, 0)
        self._waiting: dict[str, list[Line]] = {}
        self._held = 0

    def add(self, name: str, line: Line) -> None:
        """Add a row to a table."""
        self._waiting.setdefault(name, []).append(line)
        self._held += 1
        if self._held > _ROWS:
            self.put()

    def put(self) -> None:
        """Write what waits."""
        for name, rows in self._waiting.items():
            with self.paths[name].open("a", encoding="utf-8", newline="") as out:
                out.write(self._form(rows))
            self.lengths[name] += len(rows)
        self._waiting, self._held = {}, 0


_ELSEWHERE = (RDF_TYPE, NAME, NOTICE, NS + "source")
"""Properties that the fixed columns show."""

_FIRST = ("id", *(f"name_{lang}" for lang in LANGUAGES))
_LAST = ("notice", "sources", "sources_name")
_CODE, _NAMES = "code", "names"
_CLAIMS = ""
"""What stands for the table of claims, as no class is called so."""


def _tables_of(rows: Iterable[Row]) -> set[str]:
    """Return the tables of the classes of a thing.

    Where it has classes of ours, those of others (`skos:Concept`) are left aside, and where a source states one, those
    that follow from it (`coop:Agent`); without any it is an other thing.
    """
    types = [(text_of(value), source) for predicate, value, source in rows if predicate == RDF_TYPE]
    stated = [iri for iri, source in types if source != DERIVED] or [iri for iri, _ in types]
    ours = [iri for iri in stated if iri.startswith(NS)]
    return set(map(table_name, ours or stated)) or {"other_things"}


@lru_cache(1024)
def table_name(class_iri: str) -> str:
    """Return the name of the table of a class: `coop:TreatyAction` → `treaty_actions`."""
    word = snake(re.split(r"[/#:]", class_iri)[-1])
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def snake(name: str) -> str:
    """Return `partnerCountry` as `partner_country`."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def language_order(language: str) -> tuple[int, str]:
    """Return a sort key: the languages of the product, then the others A to Z."""
    return LANGUAGES.index(language) if language in LANGUAGES else len(LANGUAGES), language


def notices(labels: Labels, iris: Iterable[str], texts: Iterable[str]) -> str:
    """Return, in each language, the notices of these things and of the starred names in these texts."""
    bearers = labels.notices.keys() & iris
    bearers.update(*(labels.bearers(text) for text in texts if "*" in text))
    found = (labels.notice(iri, lang) for iri in sorted(bearers, key=iri_order) for lang in LANGUAGES)
    return joined(dict.fromkeys(text for text in found if text)) if bearers else ""


def names_of(labels: Labels, iris: Iterable[str]) -> str:
    """Return the English names of these things, as one cell."""
    return joined(labels.get(iri, "en") for iri in iris)


def _class_rows(
    thing: str, rows: Sequence[Row], columns: Mapping[str, Sequence[Column]], labels: Labels
) -> Iterator[tuple[str, Line]]:
    """Yield the row of a thing in the table of each of its classes."""
    said = {predicate: [_seen(value, labels) for value in values] for predicate, values in properties(rows)}
    linked = [value[1:-1] for _, value, _ in rows if value.startswith("<")]
    said_by = sorted({source for *_, source in rows}, key=iri_order)
    begin = [short(thing), *(labels.own(thing, lang) or "" for lang in LANGUAGES)]
    ends = [joined(map(short, said_by)), names_of(labels, said_by)]
    for name in _tables_of(rows):
        cells = [*begin, *(_cell(column.part, said.get(column.predicate, ())) for column in columns[name])]
        yield name, [*cells, notices(labels, [thing, *linked], [*cells, *ends]), *ends]


def _columns(used: Mapping[str, _Use], words: Mapping[str, str]) -> list[Column]:
    taken = {*_FIRST, *_LAST}
    columns: list[Column] = []
    for predicate in sorted(used, key=lambda iri: (words.get(iri, short(iri)), iri)):
        datatypes = {literal(ending)[2] or LANG_STRING if ending else "" for ending in used[predicate].endings}
        datatype = datatypes.pop() if len(datatypes) == 1 else ""
        for word in (words.get(predicate, re.split(r"[/#:]", predicate)[-1]), short(predicate), predicate):
            found = [
                Column(snake(word + ending), predicate, part, datatype if part == _CODE else "")
                for part, ending in _parts(used[predicate]).items()
            ]
            if taken.isdisjoint(found):
                break
        taken.update(found)
        columns += found
    return columns


def _parts(use: _Use) -> dict[str, str]:
    languages = {_base(literal(ending)[1]) if ending else "" for ending in use.endings}
    parts = {_CODE: ""} if "" in languages else {}
    if use.is_named:
        parts[_NAMES] = "_name"
    for language in sorted(languages - {""}, key=language_order):
        parts[f"@{language}"] = f"_{language}"
    return parts


def _ending(value: str) -> str:
    """Return a literal without its form, and an empty text for a thing."""
    return value[value.rindex('"') :] if value.startswith('"') else ""


class _Seen(NamedTuple):
    """A value as a cell shows it: its code or form, its name or form, and the language of its column."""

    code: str
    name: str
    language: str


def _seen(value: str, labels: Labels) -> _Seen:
    if value.startswith("<"):
        return _Seen(short(value[1:-1]), labels.get(value[1:-1], "en"), "")
    form, tag, _ = literal(value)
    return _Seen(form, form, _base(tag))


def _cell(part: str, values: Iterable[_Seen]) -> str:
    if part.startswith("@"):
        return joined(value.code for value in values if value.language == part[1:])
    return joined(value.code if part == _CODE else value.name for value in values if not value.language)


def _base(tag: str) -> str:
    """Return the language of a text; of English, French and Arabic, without the region that writes it."""
    return base if (base := base_of(tag)) in LANGUAGES else tag


HEADER = (
    *("thing", "thing_name", "property", "value", "value_name", "language", "datatype"),
    *("source", "source_name", "section", "notice"),
)


def _claims(
    thing: str, rows: Iterable[Row], words: Mapping[str, str], labels: Labels, said: sections.Sections
) -> Iterator[Line]:
    """Yield every claim about a thing; `coop:source`, records and passages become `source` and `section` of its row.

    A value with neither language nor datatype is a thing, in the short form of its IRI.
    """
    code, name = short(thing), labels.get(thing, "en")
    for predicate, value, source in sorted(rows, key=_order):
        if predicate == NS + "source":
            continue
        linked = value[1:-1] if value.startswith("<") else ""
        form, language, datatype = (linked, "", "") if linked else literal(value)
        row = [
            *(code, name, words.get(predicate, short(predicate)), short(form) if linked else form),
            labels.get(linked, "en") if linked in labels.names else "",
            *(language, short(datatype) if datatype else "", short(source), labels.get(source, "en")),
            joined(sections.read_in(own, {predicate, thing, form})) if (own := said.get(source)) else "",
        ]
        yield [*row, notices(labels, [thing, linked], row)]


def _order(row: Row) -> tuple[object, ...]:
    predicate, value, source = row
    return property_order(predicate), value_order(value), iri_order(source)
