"""CSV: a table for each class and one for all claims, for a zip or a folder, safe to open in a spreadsheet."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.documents import Table
from cybercoop.documents.csv import BOM, joined, written
from cybercoop.export import LICENCE, csvw
from cybercoop.export.csvw import Column
from cybercoop.export.facts import (
    Fact,
    Thing,
    Value,
    facts,
    iri_order,
    number_order,
    property_order,
    things,
    value_order,
)
from cybercoop.problems.problem import LANGUAGES
from cybercoop.problems.progress import watched
from cybercoop.terms.context import Context
from cybercoop.terms.labels import NAME, NOTICE, Labels, Order, alike, base_of, of_quads
from cybercoop.terms.names import DERIVED, NS, RDF_TYPE, short, source_of_parts

_README = Path(__file__).with_name("tables-readme.txt")


def write_csv(
    quads: Sequence[ox.Quad],
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
    tables = tables_of(quads, context, order)
    described = csvw.metadata(tables, of_quads([*quads, *words], order), LICENCE)
    out.write(zipped([*_files(tables, excel=excel), (csvw.NAME, described)]))
    return len(tables[-1].rows)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files by name, whose bytes depend on these alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def unpacked(packed: Path, folder: Path) -> list[Path]:
    """Return the files in a zip of tables, put into a folder."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
        return [folder / name for name in archive.namelist()]


def tables_of(quads: Sequence[ox.Quad], context: Mapping[str, object], order: Order = alike) -> list[Table]:
    """Return the tables of all classes, A to Z, and behind them that of all claims."""
    said, words, names = list(facts(quads)), Context.of(context), of_quads(quads, order)
    return [*class_tables(said, words, names), claims_table(said, words, names)]


def _files(tables: Iterable[Table], *, excel: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of all tables, and of a README."""
    for table in tables:
        yield f"{table.name}.csv", written(table, excel=excel)
    readme = _README.read_text(encoding="utf-8").replace("\n", "\r\n")
    yield "README.txt", ((BOM if excel else "") + readme).encode()


_ELSEWHERE = (RDF_TYPE, NAME, NOTICE, NS + "source")
"""Properties that the fixed columns show."""

_FIRST = ("id", *(f"name_{lang}" for lang in LANGUAGES))
_LAST = ("notice", "sources", "sources_name")
_CODE, _NAMES = "code", "names"


def class_tables(said: Sequence[Fact], context: Context, labels: Labels) -> list[Table]:
    """Return the tables of all classes A to Z; a thing has a row in that of each of its classes.

    Where it has classes of ours, those of others (`skos:Concept`) are left aside, and where a source states one, those
    that follow from it (`coop:Agent`); without any it is an other thing.
    """
    sources: dict[str, set[str]] = {}
    stated: dict[str, set[str]] = {}
    for fact in said:
        if fact.predicate == RDF_TYPE and fact.source != DERIVED:
            stated.setdefault(fact.subject, set()).add(fact.value.value)
        sources.setdefault(fact.subject, set()).add(fact.source)
    members: dict[str, list[Thing]] = {}
    every = things(said)
    for thing in watched("progress-write", every, lambda: len(every)):
        types = stated.get(thing.iri) or {value.value for value in dict(thing.properties).get(RDF_TYPE, ())}
        ours = [iri for iri in types if iri.startswith(NS)]
        for name in set(map(table_name, ours or types)) or {"other_things"}:
            members.setdefault(name, []).append(thing)
    words = {term.iri: term.name for term in context.terms.values()}
    return [_table(name, members[name], words, labels, sources) for name in sorted(members)]


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
    starred = (text for text in texts if "*" in text)
    bearers = {iri for iri in iris if iri in labels.notices}.union(*map(labels.bearers, starred))
    found = (labels.notice(iri, lang) for iri in sorted(bearers, key=iri_order) for lang in LANGUAGES)
    return joined(dict.fromkeys(text for text in found if text))


def names_of(labels: Labels, iris: Iterable[str]) -> str:
    """Return the English names of these things, as one cell."""
    return joined(labels.get(iri, "en") for iri in iris)


def _table(
    name: str, members: list[Thing], words: Mapping[str, str], labels: Labels, sources: Mapping[str, set[str]]
) -> Table:
    columns = _columns(members, words, labels)
    rows = []
    for thing in members:
        properties = dict(thing.properties)
        cells = [short(thing.iri), *(labels.own(thing.iri, lang) or "" for lang in LANGUAGES)]
        cells += [_cell(column, properties.get(column.predicate, ()), labels) for column in columns]
        linked = [value.value for values in properties.values() for value in values if isinstance(value, ox.NamedNode)]
        said_by = sorted(sources[thing.iri], key=iri_order)
        ends = [joined(map(short, said_by)), names_of(labels, said_by)]
        rows.append([*cells, notices(labels, [thing.iri, *linked], [*cells, *ends]), *ends])
    return Table(name, [*_FIRST, *columns, *_LAST], rows)


def _columns(members: Iterable[Thing], words: Mapping[str, str], labels: Labels) -> list[Column]:
    used: dict[str, set[Value]] = {}
    for thing in members:
        for predicate, values in thing.properties:
            if predicate not in _ELSEWHERE:
                used.setdefault(predicate, set()).update(values)
    taken = {*_FIRST, *_LAST}
    columns: list[Column] = []
    for predicate in sorted(used, key=lambda iri: (words.get(iri, short(iri)), iri)):
        datatypes = {"" if isinstance(value, ox.NamedNode) else value.datatype.value for value in used[predicate]}
        datatype = datatypes.pop() if len(datatypes) == 1 else ""
        for word in (words.get(predicate, re.split(r"[/#:]", predicate)[-1]), short(predicate), predicate):
            found = [
                Column(snake(word + ending), predicate, part, datatype if part == _CODE else "")
                for part, ending in _parts(used[predicate], labels).items()
            ]
            if taken.isdisjoint(found):
                break
        taken.update(found)
        columns += found
    return columns


def _parts(values: Iterable[Value], labels: Labels) -> dict[str, str]:
    languages = {language for value in values if (language := _language(value))}
    parts = {}
    if any(not _language(value) for value in values):
        parts[_CODE] = ""
    if any(value.value in labels.names for value in values if isinstance(value, ox.NamedNode)):
        parts[_NAMES] = "_name"
    for language in sorted(languages, key=language_order):
        parts[f"@{language}"] = f"_{language}"
    return parts


def _cell(column: Column, values: Iterable[Value], labels: Labels) -> str:
    if column.part.startswith("@"):
        return joined(value.value for value in values if _language(value) == column.part[1:])
    beside = (value for value in values if not _language(value))
    return joined(map(_code, beside) if column.part == _CODE else (_named(value, labels) for value in beside))


def _code(value: Value) -> str:
    return short(value.value) if isinstance(value, ox.NamedNode) else value.value


def _named(value: Value, labels: Labels) -> str:
    return labels.get(value.value, "en") if isinstance(value, ox.NamedNode) else value.value


def _language(value: Value) -> str | None:
    """Return the language of a text; of English, French and Arabic, without the region that writes it."""
    tag = None if isinstance(value, ox.NamedNode) else value.language
    return base if tag and (base := base_of(tag)) in LANGUAGES else tag


HEADER = (
    *("thing", "thing_name", "property", "value", "value_name", "language", "datatype"),
    *("source", "source_name", "section", "notice"),
)


def claims_table(said: Sequence[Fact], context: Context, labels: Labels) -> Table:
    """Return every claim about the world; records, passages and `coop:source` become `source` and `section` of its row.

    A value with neither language nor datatype is a thing, in the short form of its IRI.
    """
    words = {term.iri: term.name for term in context.terms.values()} | {RDF_TYPE: "type"}
    sections = _sections(said)
    claims = {
        _order(fact): fact for fact in said if source_of_parts(fact.subject) is None and fact.predicate != NS + "source"
    }
    rows = []
    for _, fact in watched("progress-write", sorted(claims.items()), lambda: len(claims)):
        thing, value = fact.subject, fact.value
        linked = value.value if isinstance(value, ox.NamedNode) else None
        row = [
            short(thing),
            labels.get(thing, "en"),
            words.get(fact.predicate, short(fact.predicate)),
            short(linked) if linked else value.value,
            labels.get(linked, "en") if linked and linked in labels.names else "",
            "" if isinstance(value, ox.NamedNode) else value.language or "",
            "" if isinstance(value, ox.NamedNode) or value.language else short(value.datatype.value),
            short(fact.source),
            labels.get(fact.source, "en"),
            joined(_read_in(sections.get((fact.source, thing), {}), fact)),
        ]
        rows.append([*row, notices(labels, [thing, linked] if linked else [thing], row)])
    return Table("claims", HEADER, rows)


def _order(fact: Fact) -> tuple[object, ...]:
    return (
        iri_order(fact.subject),
        property_order(fact.predicate),
        value_order(str(fact.value)),
        iri_order(fact.source),
    )


def _read_in(said: Mapping[str, Collection[str]], fact: Fact) -> list[str]:
    """Return the sections in which a claim is read: those that a record names for it, else all that it names."""
    words = {fact.predicate, fact.subject, fact.value.value}
    own = [section for section, each in said.items() if not words.isdisjoint(each)]
    return sorted(own or said, key=number_order)


def _sections(said: Sequence[Fact]) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return the sections of each source in which it speaks of each thing, with what is said there."""
    words = ("about", "passage", "section", "citation", "cites", "says")
    told: dict[str, dict[str, list[str]]] = {word: {} for word in words}
    for fact in said:
        word = fact.predicate.removeprefix(NS)
        if word in told:
            told[word].setdefault(fact.subject, []).append(fact.value.value)
    sections: dict[tuple[str, str], dict[str, set[str]]] = {}
    for fact in said:
        if fact.predicate == NS + "source":
            here: dict[str, set[str]] = {}
            for passage in told["passage"].get(fact.subject, ()):
                for section in told["section"].get(passage, ()):
                    here.setdefault(section, set())
            for citation in told["citation"].get(fact.subject, ()):
                for passage in told["cites"].get(citation, ()):
                    for section in told["section"].get(passage, ()):
                        here[section].update(told["says"].get(citation, ()))
            for thing in told["about"].get(fact.subject, ()):
                at = sections.setdefault((fact.value.value, thing), {})
                for section, each in here.items():
                    at.setdefault(section, set()).update(each)
    return sections
