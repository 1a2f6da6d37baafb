"""What is computed from what sources state, for a graph of its own: comparable first and last days."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from cybercoop.literals import date_type, first_day, last_day
from cybercoop.names import DERIVED, NS, PREFIXES, XSD

_BEGIN = (PREFIXES["schema"] + "startDate", NS + "actionDate")
_END = (PREFIXES["schema"] + "endDate", NS + "actionDate")


def derive(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return `coop:firstDay` and `coop:lastDay` of everything that has a stated begin or end.

    The most precise statement is taken; among equally precise ones the earliest begin and the latest end.
    """
    begins: dict[ox.NamedNode, list[str]] = {}
    ends: dict[ox.NamedNode, list[str]] = {}
    for quad in quads:
        if isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
            if date_type(quad.object.value) is None:
                continue
            if quad.predicate.value in _BEGIN:
                begins.setdefault(quad.subject, []).append(quad.object.value)
            if quad.predicate.value in _END:
                ends.setdefault(quad.subject, []).append(quad.object.value)
    return [
        *(_day(thing, "firstDay", min(_first_days(dates))) for thing, dates in begins.items()),
        *(_day(thing, "lastDay", max(_last_days(dates))) for thing, dates in ends.items()),
    ]


def _first_days(dates: list[str]) -> list[str]:
    return [first_day(date) for date in dates if len(date) == max(map(len, dates))]


def _last_days(dates: list[str]) -> list[str]:
    return [last_day(date) for date in dates if len(date) == max(map(len, dates))]


def _day(thing: ox.NamedNode, name: str, day: str) -> ox.Quad:
    value = ox.Literal(day, datatype=ox.NamedNode(XSD + "date"))
    return ox.Quad(thing, ox.NamedNode(NS + name), value, ox.NamedNode(DERIVED))
