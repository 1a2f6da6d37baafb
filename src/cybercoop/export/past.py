"""What had happened by a day: which statements of a graph are about that, or about what has no date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from cybercoop.export.facts import literal
from cybercoop.export.statements import Row
from cybercoop.export.whole import ABOUT, Whole
from cybercoop.terms.literals import date_type, last_day
from cybercoop.terms.names import ID, record

_CITATION, _PASSAGE = ID + "citation/", ID + "passage/"
_ROOM = 1 << 14
"""How many citations and passages are kept with whether something is left that points at them."""


class Past:
    """The statements about what had happened by a day (`2018-07-31`), and about what has no date.

    What a source dates later by one of some `words`, to its last possible day, is left out of that source; a thing that
    nobody dates by then goes whole, with its records, with what was told inside of it, and with what points at it. Held
    in memory is what is left out.
    """

    def __init__(self, whole: Whole, day: str, words: Collection[str]) -> None:
        self._whole = whole
        self._left = set[str]()
        self._later = set[tuple[str, str]]()
        self._points = lru_cache(_ROOM)(self._is_pointed_at)
        entries = set[str]()
        for thing, rows in whole.said.blocks():
            if dates := _dates(rows, words):
                later = [source for source, days in dates.items() if min(days) > day]
                entries.update(record(source, thing) for source in later)
                if len(later) == len(dates):
                    self._left.add(thing)
                else:
                    self._later.update((source, thing) for source in later)
        entries |= {entry for entry, thing in self._about() if thing in self._left and entry.endswith(_entry(thing))}
        inside = {thing for entry, thing in self._about() if entry in entries}
        inside.difference_update(thing for entry, thing in self._about() if entry not in entries)
        self._left |= inside | entries

    def _about(self) -> Iterator[tuple[str, str]]:
        return ((entry, thing) for entry, _, thing, _ in self._whole.found(None, ABOUT))

    def has(self, thing: str, value: str, source: str) -> bool:
        """Return whether a statement is among them; citations and passages are where a record is left for them."""
        if thing in self._left or (value[0] == "<" and value[1:-1] in self._left) or (source, thing) in self._later:
            return False
        return not thing.startswith((_CITATION, _PASSAGE)) or self._points(thing)

    def _is_pointed_at(self, part: str) -> bool:
        """Return whether something that is left points at a citation or passage: a citation, if that is left itself."""
        naming = self._whole.found(None, None, part)
        left = (
            thing for thing, _, _, source in naming if thing not in self._left and (source, thing) not in self._later
        )
        is_passage = part.startswith(_PASSAGE)
        return any(not (is_passage and thing.startswith(_CITATION)) or self._points(thing) for thing in left)


def _dates(rows: list[Row], words: Collection[str]) -> dict[str, list[str]]:
    """Return the days by which each source dates a thing, at the latest."""
    dates: dict[str, list[str]] = {}
    for predicate, value, source in rows:
        if predicate in words and value[0] == '"' and date_type(text := literal(value)[0]):
            dates.setdefault(source, []).append(last_day(text))
    return dates


def _entry(thing: str) -> str:
    return record("", thing).rpartition("/")[2]
