"""Where in its source each claim is read: the sections that records name, in the order of the things they are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import count

from cybercoop.export.facts import number_order, text_of
from cybercoop.export.statements import Block, Row, place_of
from cybercoop.terms.names import NS

Sections = Mapping[str, Mapping[str, Collection[str]]]
"""The sections of each source that speak of a thing, with the IRIs of what is said there."""


def named(blocks: Iterable[Block], told: Callable[[str], list[Row]]) -> Iterator[str]:
    """Yield a line for each source in which a record finds a thing, which sorts to the place of that thing.

    `told` gives what is said of a passage or citation.
    """
    numbers = count()
    for _, rows in blocks:
        if sources := _values(rows, "source"):
            here: dict[str, set[str]] = {}
            for passage in _values(rows, "passage"):
                for section in _values(told(passage), "section"):
                    here.setdefault(section, set())
            for citation in _values(rows, "citation") if here else ():
                cited = told(citation)
                for passage in _values(cited, "cites"):
                    for section in _values(told(passage), "section"):
                        here.setdefault(section, set()).update(_values(cited, "says"))
            said = json.dumps([[section, sorted(each)] for section, each in here.items()])
            for thing in _values(rows, "about") if here else ():
                for source in sources:
                    yield f"{place_of(thing)}\t{next(numbers):010}\t{source}\t{said}\n"


def found(lines: Iterator[str]) -> Callable[[str], Sections]:
    """Return what gives the sections of a thing from sorted lines; things are asked for in their order."""
    ahead = next(lines, "")

    def of(thing: str) -> Sections:
        nonlocal ahead
        begin, own = f"{place_of(thing)}\t", dict[str, dict[str, set[str]]]()
        while ahead and ahead < begin:
            ahead = next(lines, "")
        while ahead.startswith(begin):
            *_, source, said = ahead.split("\t", 3)
            for section, each in json.loads(said):
                own.setdefault(source, {}).setdefault(section, set()).update(each)
            ahead = next(lines, "")
        return own

    return of


def read_in(said: Mapping[str, Collection[str]], words: Collection[str]) -> list[str]:
    """Return the sections in which a claim is read: those that a record names for its words, else all that it names."""
    own = [section for section, each in said.items() if any(word in each for word in words)]
    return sorted(own or said, key=number_order)


def _values(rows: Iterable[Row], word: str) -> list[str]:
    return [text_of(value) for predicate, value, _ in rows if predicate == NS + word]
