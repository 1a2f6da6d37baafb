"""Where in its source each claim is read: the sections that records name, in the order of the things they are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count

from cybercoop.export.facts import number_order, text_of
from cybercoop.export.statements import Row, note
from cybercoop.terms.names import NS

Sections = Mapping[str, Mapping[str, Collection[str]]]
"""The sections of each source that speak of a thing, with the IRIs of what is said there."""
_ROOM = 1 << 14
"""How many passages are kept with their sections."""


def named(told: Callable[[str], list[Row]]) -> Callable[[list[Row]], Iterator[str]]:
    """Return what gives, for a record, a note on each thing that it finds, for each of its sources (`statements.note`).

    `told` gives what is said of a passage or citation.
    """
    numbers = count()
    sections = lru_cache(_ROOM)(lambda passage: _values(told(passage)).get("section", ()))

    def of(rows: list[Row]) -> Iterator[str]:
        if not {row[0] for row in rows} >= _RECORD:
            return
        here = _values(rows)
        said: dict[str, set[str]] = {section: set() for passage in here["passage"] for section in sections(passage)}
        for citation in here.get("citation", ()) if said else ():
            cited = _values(told(citation))
            for passage in cited.get("cites", ()):
                for section in sections(passage):
                    said.setdefault(section, set()).update(cited.get("says", ()))
        if said:
            written = _written(tuple((section, *sorted(words)) for section, words in said.items()))
            for thing in here["about"]:
                for source in here["source"]:
                    yield note(thing, next(numbers), f"{source}\t{written}")

    return of


@lru_cache(1 << 10)
def _written(said: tuple[tuple[str, ...], ...]) -> str:
    """Return sections, each with what is said there, as JSON; records of one passage say the same."""
    return json.dumps(said)


def found(notes: Iterable[str]) -> Sections:
    """Return the sections that the notes on a thing name."""
    own = dict[str, dict[str, set[str]]]()
    for each in notes:
        source, _, said = each.partition("\t")
        for section, *words in _read(said):
            own.setdefault(source, {}).setdefault(section, set()).update(words)
    return own


_read = lru_cache(1 << 10)(json.loads)


def read_in(said: Mapping[str, Collection[str]], words: Collection[str]) -> list[str]:
    """Return the sections in which a claim is read: those that a record names for its words, else all that it names."""
    own = [section for section, each in said.items() if any(word in each for word in words)]
    return sorted(own or said, key=number_order)


def _values(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the values of those properties that say where something is read, by their words."""
    found: dict[str, list[str]] = {}
    for predicate, value, _ in rows:
        if predicate in _WORDS:
            found.setdefault(_WORDS[predicate], []).append(text_of(value))
    return found


_RECORD = {NS + word for word in ("about", "passage", "source")}
_WORDS = {NS + word: word for word in ("about", "citation", "cites", "passage", "says", "section", "source")}
