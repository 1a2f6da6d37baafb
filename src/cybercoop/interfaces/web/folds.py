"""How a table stands on a page: what all rows share once above it, rows that belong together as parts that fold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from cybercoop.documents import alike
from cybercoop.interfaces.web.cards import Folded, Grid, Part, Row, Shown

FEW = 9
"""How many rows a table has to have before it is divided."""

_OPEN = 30
"""How many rows a table has at most whose parts are open."""

_DATE = re.compile(r"\d{4}(-\d\d){0,2}")


def folded(grid: Grid, *, divided: bool = True) -> Folded:
    """Return a table as it stands on a page; where it is to be `divided`, in parts, if its rows come in such."""
    cells = [row.cells for row in grid.rows]
    same = alike(cells)
    above = [(grid.headings[index], cells[0][index]) for index in same]
    shown = [index for index in range(len(grid.headings)) if index not in same]
    rows = [Row([row.cells[index] for index in shown], row.note) for row in grid.rows]
    headings = [grid.headings[index] for index in shown]
    parts = _parts(headings, rows) if divided and len(rows) >= FEW else []
    if parts and parts[0].heading:
        own = headings.index(parts[0].heading)
        headings = headings[:own] + headings[own + 1 :]
    else:
        parts = parts or [Part("", None, None, rows)]
    title = _title([row for part in parts for row in part.rows])
    return Folded(above, headings, title, parts, len(rows) <= _OPEN, grid.sourced)


def _parts(headings: Sequence[str], rows: Sequence[Row]) -> list[Part]:
    """Return the parts of a table by the first column whose values come together, else by year; none where none do."""
    for index, heading in enumerate(headings):
        runs = [list(each) for _, each in groupby(rows, lambda row, index=index: row.cells[index])]  # type: ignore[misc]
        heads = [run[0].cells[index] for run in runs]
        most = len(rows) * (2 / 3 if index == 0 else 1 / 4)
        if len(set(heads)) == len(heads) and 1 < len(heads) <= most:
            leads = _leads(runs)
            found = [
                Part(heading, head, lead, [_without(row, index) for row in run])
                for head, lead, run in zip(heads, leads, runs, strict=True)
            ]
            return sorted(found, key=lambda part: -len(part.rows)) if any(leads) else found
    for index in range(len(headings)):
        dates = [row.cells[index] for row in rows]
        if not all(each.unknown or _DATE.fullmatch(each.text) for each in dates):
            continue
        years = [(key, list(each)) for key, each in groupby(rows, lambda row, index=index: _year(row.cells[index]))]  # type: ignore[misc]
        if len(dict(years)) == len(years) > 1:
            return [Part("", key, None, run) for key, run in years]
    return []


def _year(date: Shown) -> Shown:
    return date._replace(text=date.text if date.unknown else date.text[:4], href="", note="")


def _leads(runs: Sequence[Sequence[Row]]) -> list[Shown | None]:
    """Return the verdict that each part begins with, where first rows are verdicts and no others are."""
    for index in range(len(runs[0][0].cells)):
        first = [run[0].cells[index] for run in runs]
        later = [row.cells[index] for run in runs for row in run[1:]]
        if any(map(_verdict, first)) and not any(map(_verdict, later)):
            return [*first]
    return [None] * len(runs)


def _verdict(cell: Shown) -> bool:
    return cell.href.startswith("position/")


def _without(row: Row, index: int) -> Row:
    return Row([*row.cells[:index], *row.cells[index + 1 :]], row.note)


def _title(rows: Sequence[Row]) -> int | None:
    """Return the column that rows are known by: the first that mostly leads to things; None where none does."""
    columns = range(len(rows[0].cells)) if rows else range(0)
    leads = (index for index in columns if 2 * sum(bool(row.cells[index].href) for row in rows) > len(rows))
    return next(leads, None)
