"""What an answer rests on: a source, and the places in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A place in a source: a section and, where known, its characters from 0, end exclusive."""

    section: str
    first: int | None = None
    end: int | None = None

    def __str__(self) -> str:
        return self.section if self.first is None else f"{self.section} ({self.first}–{self.end})"

    def to_dict(self) -> dict[str, Any]:
        """Return the place as plain values."""
        return {"section": self.section, "first": self.first, "end": self.end}


class Cited(NamedTuple):
    """A source, by its IRI, with the places in it that speak of what a row says."""

    source: str
    places: tuple[Place, ...] = ()


def carrying(said: Mapping[Place, Collection[str]], *words: str) -> set[Place]:
    """Return the places of a record at which one of some words is said: a property, or a thing inside of the record.

    A record that does not tell its places apart, or names none for these words, has all that it says at each of them.
    """
    wanted = frozenset(words)
    return {place for place, each in said.items() if not wanted.isdisjoint(each)} or set(said)


def in_order(places: set[Place]) -> tuple[Place, ...]:
    """Return places as they follow each other in a source."""
    return tuple(sorted(places, key=lambda place: (place.first or 0, place.section)))
