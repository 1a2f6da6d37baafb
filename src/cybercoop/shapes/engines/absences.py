"""A rule in pieces, each of which Oxigraph answers in time that grows with the graph and not with its square."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from cybercoop.shapes.reads import About, Block, Reader


@dataclass(frozen=True, slots=True)
class Absence:
    """What must not be there, as a group, and the variables that it shares with what stands around it."""

    group: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """A SELECT in pieces: a row of `rest` stands where no absence has one with the same values of what it shares.

    `rest` has a column for all that is shared, beside what the SELECT has shown.
    """

    shown: tuple[str, ...]
    rest: str
    absences: tuple[Absence, ...]


def apart(select: str) -> Apart:
    """Return a SELECT with each NOT EXISTS set apart that can be asked on its own.

    Both sides must bind what they share in every solution, and the inner one must be patterns and filters only.
    Raises `NotLocal` for a query that cannot be read.
    """
    reader = Reader(select)
    outer = reader.query()
    outside = reader.variables(0, len(reader.tokens), outer.inner)
    absences, left_out = [], []
    for inner in outer.inner:
        shared = reader.variables(inner.brace, inner.end) & outside
        if inner.absent and inner.is_plain and shared and shared <= outer.bound & inner.bound:
            absences.append(Absence(_text(reader, inner), tuple(sorted(shared))))
            left_out.append(inner)
    columns = dict.fromkeys(chain(reader.shown, *(absence.shared for absence in absences)))
    rest = f"SELECT DISTINCT ?{' ?'.join(columns)} WHERE {_text(reader, outer, left_out)}"
    return Apart(tuple(reader.shown), rest, tuple(absences))


def _text(reader: Reader, block: Block, left_out: Iterable[Block] = ()) -> str:
    """Return a group without some of those in it, and with what is listed in a SELECT of its own.

    Oxigraph joins a SELECT by all that it shares at once. What stands in the group itself it looks up by one variable
    and tries by the next, which takes time with the square of all that have the first one in common.
    """
    text, place = "", block.brace
    changes = [(about.begin, about.end, _listed(reader, about)) for about in block.about if _meets_twice(about, block)]
    for begin, end, instead in sorted([*changes, *((inner.begin, inner.end, "") for inner in left_out)]):
        text, place = text + reader.text(place, begin) + instead, end
    return text + reader.text(place, block.end)


def _meets_twice(about: About, block: Block) -> bool:
    """Return whether something shares two values or more with the rest of a group, none of them `$this` or itself."""
    others = set().union(*(other.bound for other in block.about if other is not about))
    is_apart = "this" not in about.bound and about.said[0][0] not in others
    return about.is_listed and is_apart and len(about.bound & others) > 1


def _listed(reader: Reader, about: About) -> str:
    return f"{{ SELECT ?{' ?'.join(sorted(about.bound))} {{ {reader.text(about.begin, about.end)} }} }} "
