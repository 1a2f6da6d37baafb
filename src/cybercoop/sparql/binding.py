"""A query with parameters, cut down to what is asked: what was not given takes its lines with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tree import (
    Bind,
    Call,
    Change,
    Element,
    Filter,
    Graph,
    Group,
    Minus,
    Node,
    Optional,
    Query,
    Triples,
    Union,
    Variable,
    splice,
    variables,
    walk,
    without,
)

_MARK = "\0"
"""Stands in no query: between two of these stands a variable whose values belong there."""


def asked(text: str, parameters: Sequence[str], given: Collection[str]) -> list[str]:
    """Return a query for some of its parameters, by their variables: pieces of text, and between them variables.

    In place of each of these belongs `VALUES ?variable { … }` with what was given: it stands at the head of every group
    that mentions the variable itself, in a triple, a filter, BIND or MINUS, so that no engine need carry it there.

    What mentions, as `$x`, a parameter that was not given is left out. (SPARQL 1.1 Query 4.1.3: `$x` is the variable
    `?x`.) That is a block of triples up to its dot, or BIND or a filter with all in its brackets; lines that stand in
    braces of their own go together, and where they stay, these braces go. `FILTER(BOUND($x))` and `FILTER(!BOUND($x))`
    are decided; a group for which one is false goes: a branch of UNION, an OPTIONAL or MINUS whole.

    >>> text = 'SELECT ?law { ?law coop:jurisdiction ?in . ?law dct:title ?title FILTER(LANG(?title) = $lang) }'
    >>> asked(f"PREFIX coop: <urn:coop:> PREFIX dct: <urn:dct:> {text}", ["in", "lang"], ["in"])[1:]
    ['in', ' ?law coop:jurisdiction ?in . ?law dct:title ?title }']

    Raises `ValueError` where a parameter that was given stands nowhere in what is left, or nothing is left.
    """
    binder = _Binder(text, parameters, given)
    changes = binder.query(parse(text))
    if changes is None:
        raise ValueError("no part of the query is asked for")
    if missing := [name for name in binder.given if name not in binder.placed]:
        raise ValueError(f"?{missing[0]} stands nowhere in the query")
    return splice(text, changes).split(_MARK)


class _Binder:
    """Collects the changes of a text; a part of the query that cannot match anything has None instead."""

    def __init__(self, text: str, parameters: Sequence[str], given: Collection[str]) -> None:
        self.text = text
        self.given = [name for name in parameters if name in given]
        self.idle = set(parameters) - set(given)
        self.placed: set[str] = set()

    def query(self, query: Query) -> list[Change] | None:
        return self.group(query.where) if query.where is not None else []

    def group(self, group: Group, around: set[str] | None = None) -> list[Change] | None:
        """Return the changes of a group; in a named graph, triples give what they mention to the group `around`."""
        here: set[str] = set()
        changes = self.elements(group, here, here if around is None else around)
        return None if changes is None else [*self.values(group, here), *changes]

    def elements(
        self, group: Group, here: set[str], by_triples: set[str], *, unfolded: bool = False
    ) -> list[Change] | None:
        """Return the changes of what stands in a group, and add to two sets what it mentions itself."""
        changes: list[Change] = []
        dropped: list[Element] = []
        for element in group.elements:
            holds = self.decided(element)
            if holds is False:
                return None
            if holds:
                here |= variables(element)
            if holds or self.marked(element) & self.idle:
                dropped.append(element)
                continue
            folds = isinstance(element, Group) and not unfolded and bool(self.marked(element))
            inside = self.unfolded(element, here) if folds else self.inside(element, here)  # type: ignore[arg-type]
            if inside is not None:
                changes += inside
                (by_triples if isinstance(element, Triples) else here).update(_own(element))
            elif isinstance(element, (Optional, Minus)):
                dropped.append(element)
            else:
                return None
        return changes + [
            (self.blank(start) if not to else start, end, to) for start, end, to in without(group, dropped)
        ]

    def inside(self, element: Element, here: set[str]) -> list[Change] | None:
        """Return the changes within an element that stays."""
        if isinstance(element, Query):
            return self.query(element)
        if isinstance(element, Union):
            return self.union(element)
        if isinstance(element, Graph):
            return self.group(element.group, here)
        if isinstance(element, (Optional, Minus, Group)):
            return self.group(element if isinstance(element, Group) else element.group)
        return [(part.start, part.start + 1, "?") for part in self.dollars(element)]

    def union(self, union: Union) -> list[Change] | None:
        """Return the changes of what UNION joins; branches that cannot match go with the word beside them."""
        found = [(branch, self.group(branch)) for branch in union.groups]
        kept = [(branch, inside) for branch, inside in found if inside is not None]
        if not kept:
            return None
        changes = [change for _, inside in kept for change in inside]
        if len(kept) < len(found):
            edges = [union.start, *(edge for branch, _ in kept for edge in (branch.start, branch.end)), union.end]
            for place in range(0, len(edges), 2):
                outer = place in (0, len(edges) - 2)
                changes.append((edges[place], edges[place + 1], "" if outer else " UNION "))
        return changes

    def decided(self, element: Element) -> bool | None:
        """Return whether a filter holds that asks for nothing but whether a parameter was given; None for another."""
        condition: Node = element.condition if isinstance(element, Filter) else element
        negated = isinstance(condition, Call) and condition.name == "!"
        if negated:
            (condition,) = condition.arguments  # type: ignore[attr-defined]
        if not isinstance(condition, Call) or condition.name != "BOUND":
            return None
        (name,) = variables(condition)
        return (name in self.idle) == negated if name in self.idle or name in self.given else None

    def marked(self, element: Element) -> set[str]:
        """Return the variables that an element mentions as `$x`, outside of groups in it but those of its condition."""
        if isinstance(element, Group):
            return set[str]().union(*map(self.marked, element.elements))
        says = isinstance(element, (Triples, Filter, Bind)) and self.decided(element) is None
        return {part.name for part in self.dollars(element)} if says else set()

    def dollars(self, element: Element) -> list[Variable]:
        """Return the variables that an element writes as `$x`."""
        if "$" not in self.text[element.start : element.end]:
            return []
        return [part for part in walk(element) if isinstance(part, Variable) and self.text[part.start] == "$"]

    def unfolded(self, group: Group, here: set[str]) -> list[Change] | None:
        """Return the changes of lines that braces only hold together: these go, others in them stay."""
        changes = self.elements(group, here, here, unfolded=True)
        ends = [(group.start, group.elements[0].start, ""), (self.blank(group.end - 1), group.end, "")]
        return None if changes is None else changes + ends

    def values(self, group: Group, mentioned: set[str]) -> Iterator[Change]:
        """Yield the blocks of values at the head of a group, in the order of the parameters, on lines of their own."""
        before = self.text[group.start + 1 : group.elements[0].start] if group.elements else ""
        line = before[before.rfind("\n") :] if "\n" in before else " "
        if names := [name for name in self.given if name in mentioned]:
            self.placed.update(names)
            yield group.start + 1, group.start + 1, "".join(f"{line}{_MARK}{name}{_MARK}" for name in names)

    def blank(self, place: int) -> int:
        """Return where the blanks before a place begin."""
        return len(self.text[:place].rstrip())


def _own(element: Element) -> set[str]:
    """Return the variables that an element mentions itself, rather than a group within it."""
    if isinstance(element, Graph):
        return variables(element.name)
    return set() if isinstance(element, (Optional, Union, Group, Query)) else variables(element)
