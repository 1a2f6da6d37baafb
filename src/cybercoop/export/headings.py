"""Which tables a graph has, and which columns: found by what is said of its things."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from cybercoop.export import sections
from cybercoop.export.csvw import Column
from cybercoop.export.facts import literal, text_of
from cybercoop.export.statements import Row, Statements, key
from cybercoop.export.told import Told
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.labels import NAME, NOTICE, base_of
from cybercoop.terms.names import DERIVED, LANG_STRING, NS, RDF_TYPE
from cybercoop.terms.names import short as _short

short = lru_cache(1 << 12)(_short)

FIRST = ("id", *(f"name_{lang}" for lang in LANGUAGES))
LAST = ("notice", "sources", "sources_name")
CODE, NAMES = "code", "names"
ELSEWHERE = {RDF_TYPE, NAME, NOTICE, NS + "source"}
"""Properties that the fixed columns show."""


class Use:
    """What values a property has in a table: how they end, as N-Triples writes them, and whether some have names."""

    def __init__(self) -> None:
        self.endings: set[str] = set()
        self.is_named = False


def surveyed(said: Statements, told: Told, uses: dict[str, dict[str, Use]]) -> Iterator[str]:
    """Yield the keys of all things and the notes on their sections, and learn which table uses which property."""
    noted = sections.named(told)
    for thing, rows, *place in said.located():
        yield key(thing, *place)
        yield from noted(rows)
        for name in tables_of(rows):
            table = uses.setdefault(name, {})
            for predicate, value, _ in rows:
                if predicate in ELSEWHERE:
                    continue
                use = table.get(predicate) or table.setdefault(predicate, Use())
                if value[0] == '"':
                    use.endings.add(value[value.rindex('"') :])
                elif not use.is_named:
                    use.endings.add("")
                    use.is_named = bool(told.names(value[1:-1]))


def tables_of(rows: Iterable[Row]) -> Collection[str]:
    """Return the tables of the classes of a thing.

    Where it has classes of ours, those of others (`skos:Concept`) are left aside, and where a source states one, those
    that follow from it (`coop:Agent`); without any it is an other thing.
    """
    return _tables(tuple([row for row in rows if row[0] == RDF_TYPE]))


@lru_cache(1 << 12)
def _tables(rows: Iterable[Row]) -> Collection[str]:
    types = [(text_of(value), source) for _, value, source in rows]
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


def columns(used: Mapping[str, Use], words: Mapping[str, str]) -> list[Column]:
    """Return the columns of a table, A to Z by the names of its properties."""
    taken = {*FIRST, *LAST}
    made: list[Column] = []
    for predicate in sorted(used.keys() - ELSEWHERE, key=lambda iri: (words.get(iri, short(iri)), iri)):
        datatypes = {literal(ending)[2] or LANG_STRING if ending else "" for ending in used[predicate].endings}
        datatype = datatypes.pop() if len(datatypes) == 1 else ""
        for word in (words.get(predicate, re.split(r"[/#:]", predicate)[-1]), short(predicate), predicate):
            found = [
                Column(snake(word + ending), predicate, part, datatype if part == CODE else "")
                for part, ending in _parts(used[predicate]).items()
            ]
            if taken.isdisjoint(found):
                break
        taken.update(found)
        made += found
    return made


def _parts(use: Use) -> dict[str, str]:
    languages = {base(literal(ending)[1]) if ending else "" for ending in use.endings}
    parts = {CODE: ""} if "" in languages else {}
    if use.is_named:
        parts[NAMES] = "_name"
    for language in sorted(languages - {""}, key=language_order):
        parts[f"@{language}"] = f"_{language}"
    return parts


def base(tag: str) -> str:
    """Return the language of a text; of English, French and Arabic, without the region that writes it."""
    return language if (language := base_of(tag)) in LANGUAGES else tag
