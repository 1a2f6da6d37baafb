"""A query of ours asked in parts, for servers that refuse it as a whole: some turn it into SQL of a limited length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cybercoop.problems.problem import Refusal
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tree import Graph, Group, Union, splice
from cybercoop.terms.term import Term

Row = list[Term | None]

Run = Callable[[str], tuple[list[str], list[Row]]]
"""Runs a query of ours: its text → columns and rows."""


def solutions(text: str, run: Run) -> tuple[list[str], list[Row]]:
    """Return the solutions of a query that neither counts nor cuts; where it is refused, those of its branches.

    A solution of two branches may come twice. Raises `Refusal` where a part without branches is refused.
    """
    try:
        return run(text)
    except Refusal as refusal:
        if not _refused(refusal) or not (parts := branches(text)):
            raise
    answers = [solutions(part, run) for part in parts]
    columns = list(dict.fromkeys(column for found, _ in answers for column in found))
    rows = []
    for found, some in answers:
        places = [found.index(column) if column in found else None for column in columns]
        rows += [[None if place is None else row[place] for place in places] for row in some]
    return columns, rows


def matches(values: Sequence[str], asked: Callable[[Sequence[str]], str], run: Run) -> Iterator[Row]:
    """Yield the rows of a query about some values; where it is refused, those for half of them, and for the others."""
    if len(values) == 1:
        yield from solutions(asked(values), run)[1]
        return
    try:
        rows = run(asked(values))[1]
    except Refusal as refusal:
        if not _refused(refusal):
            raise
        middle = len(values) // 2
        yield from matches(values[:middle], asked, run)
        yield from matches(values[middle:], asked, run)
    else:
        yield from rows


def branches(text: str) -> list[str]:
    """Return a query once for each branch of its first UNION whose solutions are solutions of the query; else none."""
    query = parse(text)
    for union in _unions(query.where) if query.where else ():
        return [splice(text, [(union.start, union.end, query.of(branch))]) for branch in union.groups]
    return []


def _unions(group: Group) -> Iterator[Union]:
    """Yield each UNION of which all that a branch finds is found by all that stands around it."""
    for element in group.elements:
        if isinstance(element, Union):
            yield element
        elif isinstance(element, (Graph, Group)):
            yield from _unions(element.group if isinstance(element, Graph) else element)


def _refused(refusal: Refusal) -> bool:
    return refusal.problem.code == "endpoint-refused"
