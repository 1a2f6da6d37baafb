"""An answer as a table of a page: each cell with its language and where it leads, each row with who says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.interfaces.web.cards import Grid, Notes, Row, Shown
from cybercoop.interfaces.web.site import Site
from cybercoop.terms import literals
from cybercoop.terms.places import Cited, in_order
from cybercoop.terms.term import Term


def grid(
    site: Site,
    answer: Answer,
    notes: Notes,
    *,
    merged: bool = False,
    without: str = "",
    last: int | None = None,
    most: int | None = None,
) -> Grid:
    """Return an answer as a table.

    With `merged`, the column of the source is left out, and rows that are the same without it become one, which rests
    on the sources of all; of rows that say the same in several languages the reader's stand alone; columns that hold
    only the thing `without` are left out as well. `last` keeps so many rows
    from the end, the latest first; `most` so many from the beginning.
    """
    answer, left_out = _spoken(answer) if merged else (answer, set[int]())
    kept = [
        index
        for index, column in enumerate(answer.columns)
        if not (merged and column == "source")
        and index not in left_out
        and not (without and answer.rows and all(_is(row[index], without) for row in answer.rows))
    ]

    def shown(index: int, term: Term | None) -> Shown:
        if answer.columns[index] == LANGUAGE and isinstance(term, ox.Literal):
            return Shown(site.tongue(term.value, answer.lang), answer.lang)
        return site.shown(term, answer.labels, answer.lang)

    rests = answer.sources or ((),) * len(answer.rows)
    found: dict[tuple[Term | None, ...], list[Cited]] = {}
    for number, (row, cited) in enumerate(zip(answer.rows, rests, strict=True)):
        key = (*(row[index] for index in kept), *(() if merged else (ox.Literal(number),)))
        found.setdefault(key, []).extend(cited)
    chosen = list(found.items())[-last:] if last else list(found.items())
    chosen = chosen[:most]
    rows = [
        Row([shown(index, term) for index, term in zip(kept, key, strict=False)], notes.note(together(cited)))
        for key, cited in (reversed(chosen) if last else chosen)
    ]
    return Grid([answer.heading(answer.columns[index]) for index in kept], rows, answer.sources is not None)


LANGUAGE = "language"
"""The column of a question for the language that a text is in."""


def _spoken(answer: Answer) -> tuple[Answer, set[int]]:
    """Return an answer without what it says in the reader's language as well, and the columns that need not stand.

    These are the language, which each text shows itself, and what sources say in other languages alone.
    """
    if LANGUAGE not in answer.columns:
        return answer, set()
    place, columns = answer.columns.index(LANGUAGE), range(len(answer.columns))
    own = [answer.shown(row[place]) == answer.lang for row in answer.rows]
    things = [
        tuple(
            row[index]
            for index in columns
            if isinstance(row[index], ox.NamedNode) and answer.columns[index] != "source"
        )
        for row in answer.rows
    ]
    told = {each for each, is_own in zip(things, own, strict=True) if is_own}
    found = answer.only([number for number, each in enumerate(things) if own[number] or each not in told])
    silent = {
        index
        for index in columns
        if all(row[index] is None for row in found.rows) and any(row[index] is not None for row in answer.rows)
    }
    return found, {place} | silent


def until(answer: Answer, column: str, day: str) -> Answer:
    """Return an answer over years without those that end after a day, month or year."""
    index, last = answer.columns.index(column), literals.last_day(day) if literals.date_type(day) else "9999"
    return answer.only(
        [number for number, row in enumerate(answer.rows) if f"{answer.shown(row[index])}-12-31" <= last]
    )


DATED = ("project-activities", "activity-calendar")
"""The questions whose rows have a `start`, and stand in its year."""


def spans(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Yield activity, first and last year of each row; of one without a date no year."""
    place = {column: index for index, column in enumerate(answer.columns)}
    for row in answer.rows:
        start, end = (getattr(row[place[column]], "value", "")[:4] for column in ("start", "end"))
        yield getattr(row[place["activity"]], "value", ""), start, (end or start) if start else ""


def years(answer: Answer) -> set[str]:
    """Return the years in which the activities of an answer were."""
    return {str(year) for _, first, last in spans(answer) if first for year in range(int(first), int(last) + 1)}


def together(cited: Sequence[Cited]) -> list[Cited]:
    """Return each source once, with all its places."""
    places: dict[str, set[object]] = {}
    for each in cited:
        places.setdefault(each.source, set()).update(each.places)
    return [Cited(source, in_order(found)) for source, found in sorted(places.items())]  # type: ignore[arg-type]


def _is(term: Term | None, iri: str) -> bool:
    return isinstance(term, ox.NamedNode) and term.value == iri
