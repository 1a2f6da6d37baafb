"""Answers as pictures of a page: a matrix with a text in each cell, steps of numbers, lanes of dates (SVG 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.ask.plots import POSITIONS
from cybercoop.interfaces.web.answers import together
from cybercoop.interfaces.web.cards import Notes, Shown, said
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import listed
from cybercoop.sparql.question import Plot
from cybercoop.terms import literals
from cybercoop.terms.names import DERIVED, SCHEME
from cybercoop.terms.term import Term

_KNOWN = ("stated", "inferred", "not-on-complete-list", "not-on-lists-read", "unknown")
"""What is known of a cell, in the order in which one of several paints it."""

WIDTH, MARGIN = 720, 4
"""How wide a curve is, in units of its own, and how much of a lane stands free on both sides, in hundredths."""


class Cell(NamedTuple):
    """What stands in a cell: all that is said, what is known, the step of its position, who says so."""

    texts: Sequence[str]
    known: str
    position: int
    note: str


class Matrix(NamedTuple):
    """Things across things."""

    corner: str
    columns: Sequence[Shown]
    rows: Sequence[tuple[Shown, Sequence[Cell]]]


class Tick(NamedTuple):
    """A dated claim in a lane: where it begins and how wide its date is, in hundredths; what it says; whose it is."""

    x: float
    width: float
    text: str
    source: Shown


class Lane(NamedTuple):
    """The dated claims on one treaty, and how many have no date."""

    thing: Shown
    ticks: Sequence[Tick]
    undated: int


class Lanes(NamedTuple):
    """Lanes below an axis of years."""

    years: Sequence[tuple[float, int]]
    lanes: Sequence[Lane]


class Steps(NamedTuple):
    """Lines of steps: the points of each with what it is called and its last number; the axes; all in words."""

    lines: Sequence[tuple[str, str, int, float, float]]
    years: Sequence[tuple[float, int]]
    counts: Sequence[tuple[float, int]]
    said: str


def matrix(site: Site, answer: Answer, plot: Plot, notes: Notes) -> Matrix:
    """Return an answer as a matrix; a cell holds all that the rows for it say."""
    place = {column: index for index, column in enumerate(answer.columns)}
    cells: dict[tuple[Term | None, Term | None], list[int]] = {}
    for number, row in enumerate(answer.rows):
        cells.setdefault((row[place[plot.y[0]]], row[place[plot.x]]), []).append(number)
    columns = list(dict.fromkeys(key[1] for key in cells))
    rows = list(dict.fromkeys(key[0] for key in cells))

    def cell(row: Term | None, column: Term | None) -> Cell:
        numbers = cells.get((row, column), [])
        said = [answer.rows[number] for number in numbers]
        known = [_end(each[place[plot.cell or plot.x]]) for each in said]
        texts = [_said(answer, each, place, plot) for each in said] or [answer.shown(None)]
        rests = [entry for number in numbers for entry in (answer.sources or ((),) * len(answer.rows))[number]]
        state = next((state for state in _KNOWN if state in known), "unknown")
        steps = [step_of(each[place[plot.text]]) for each in said] if plot.text else []
        return Cell(list(dict.fromkeys(texts)), state, min(steps, default=len(POSITIONS)), notes.note(together(rests)))

    return Matrix(
        answer.heading(plot.y[0]),
        [site.shown(column, answer.labels, answer.lang) for column in columns],
        [(site.shown(row, answer.labels, answer.lang), [cell(row, column) for column in columns]) for row in rows],
    )


def _said(answer: Answer, row: Sequence[Term | None], place: dict[str, int], plot: Plot) -> str:
    """Return what a row says in its cell: what is stated, else what is known and of what."""
    known = row[place[plot.cell or plot.x]]
    text = row[place[plot.text]] if plot.text else None
    if text is None:
        return answer.shown(known)
    kind = "" if _end(known) == "stated" else f"{answer.shown(known)}{said(answer.lang, 'colon')} "
    return kind + answer.shown(text)


def step_of(term: Term | None) -> int:
    """Return the place of a concept among the positions that pictures know; of another, the place after the last."""
    return next((step for step, slugs in enumerate(POSITIONS.values()) if _end(term) in slugs.split()), len(POSITIONS))


def _end(term: Term | None) -> str:
    return term.value.rpartition("/")[2] if isinstance(term, ox.NamedNode) and term.value.startswith(SCHEME) else ""


def lanes(site: Site, answer: Answer) -> Lanes | None:
    """Return the dated claims of sources on each treaty; None where there is no date. What is derived is no claim."""
    place = {column: index for index, column in enumerate(answer.columns)}
    claims: dict[Term | None, list[tuple[str, str, str, Term]]] = {}
    undated: dict[Term | None, int] = {}
    for row in answer.rows:
        thing, act, known, date, source = (
            row[place[column]] for column in ("instrument", "act", "statement", "date", "source")
        )
        if _end(known) != "stated" or source is None or (isinstance(source, ox.NamedNode) and source.value == DERIVED):
            continue
        if isinstance(date, ox.Literal) and literals.date_type(date.value):
            text = f"{date.value} {answer.shown(act)}"
            said = literals.first_day(date.value), literals.last_day(date.value), text, source
            claims.setdefault(thing, []).append(said)
        else:
            undated[thing] = undated.get(thing, 0) + 1
    if not claims:
        return None
    first = min(int(begin[:4]) for said in claims.values() for begin, *_ in said)
    last = max(int(end[:4]) for said in claims.values() for _, end, *_ in said) + 1
    scale = (100 - 2 * MARGIN) / max(last - first, 1)

    def at(day: str) -> float:
        year, month, date = (int(part) for part in day.split("-"))
        return round(MARGIN + (year + (month - 1) / 12 + (date - 1) / 372 - first) * scale, 2)

    def ticks(said: list[tuple[str, str, str, Term]]) -> Iterator[Tick]:
        for begin, end, text, source in sorted(said, key=str):
            x = at(begin)
            yield Tick(x, max(round(at(end) - x, 2), 0.6), text, site.shown(source, answer.labels, answer.lang))

    step = max((last - first) // 8, 1)
    years = [(at(f"{year}-01-01"), year) for year in range(first, last + 1, step)]
    found = [
        Lane(site.shown(thing, answer.labels, answer.lang), list(ticks(said)), undated.get(thing, 0))
        for thing, said in claims.items()
    ]
    return Lanes(years, found)


def steps(answer: Answer, plot: Plot) -> Steps | None:
    """Return columns of numbers as lines of steps over years; None where there are fewer than two years."""
    place = {column: index for index, column in enumerate(answer.columns)}
    rows = [row for row in answer.rows if row[place[plot.x]] is not None]
    years = [int(answer.shown(row[place[plot.x]])) for row in rows]
    if len(set(years)) < 2:
        return None
    most = max(int(answer.shown(row[place[column]])) for row in rows for column in plot.y) or 1
    across, height = (WIDTH - 70) / (max(years) - min(years)), 260

    def x(year: int) -> float:
        return round(34 + (year - min(years)) * across, 1)

    def y(count: int) -> float:
        return round(20 + height * (1 - count / most), 1)

    lines, texts = [], []
    for column in plot.y:
        counts = [int(answer.shown(row[place[column]])) for row in rows]
        points = f"M{x(years[0])} {y(counts[0])}"
        points += "".join(f"H{x(year)}V{y(count)}" for year, count in zip(years[1:], counts[1:], strict=True))
        lines.append((points, answer.heading(column), counts[-1], x(years[-1]), y(counts[-1])))
        texts.append(f"{answer.heading(column)}{said(answer.lang, 'colon')} {counts[-1]} ({years[-1]})")
    step = max((max(years) - min(years)) // 8, 1)
    marks = [(x(year), year) for year in range(min(years), max(years) + 1, step)]
    return Steps(
        lines,
        marks,
        [(y(count), count) for count in range(0, most + 1, max(most // 4, 1))],
        listed(texts, answer.lang, ";"),
    )
