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
    sections = lru_cache(_ROOM)(lambda passage: _values(told(passage), "section"))

    def of(rows: list[Row]) -> Iterator[str]:
        if sources := _values(rows, "source"):
            here: dict[str, set[str]] = {}
            for passage in _values(rows, "passage"):
                for section in sections(passage):
                    here.setdefault(section, set())
            for citation in _values(rows, "citation") if here else ():
                cited = told(citation)
                for passage in _values(cited, "cites"):
                    for section in sections(passage):
                        here.setdefault(section, set()).update(_values(cited, "says"))
            said = json.dumps([[section, sorted(each)] for section, each in here.items()])
            for thing in _values(rows, "about") if here else ():
                for source in sources:
                    yield note(thing, next(numbers), f"{source}\t{said}")

    return of


def found(notes: Iterable[str]) -> Sections:
    """Return the sections that the notes on a thing name."""
    own = dict[str, dict[str, set[str]]]()
    for each in notes:
        *_, source, said = each.split("\t", 3)
        for section, words in _read(said):
            own.setdefault(source, {}).setdefault(section, set()).update(words)
    return own


@lru_cache(1 << 10)
def _read(said: str) -> list[tuple[str, list[str]]]:
    """Return sections with what is said there; records of one passage say the same."""
    return [(section, words) for section, words in json.loads(said)]


def read_in(said: Mapping[str, Collection[str]], words: Collection[str]) -> list[str]:
    """Return the sections in which a claim is read: those that a record names for its words, else all that it names."""
    own = [section for section, each in said.items() if any(word in each for word in words)]
    return sorted(own or said, key=number_order)


def _values(rows: Iterable[Row], word: str) -> list[str]:
    wanted = NS + word
    return [text_of(value) for predicate, value, _ in rows if predicate == wanted]
