"""Property paths that are no sequence, as queries with the columns s, o and, in named graphs, g (18.4).

Of alternatives, a pair that several of them have comes once, as the store gives it. A path that repeats is a recursion
that ends where nothing new is reached; it begins at an end that is known.
https://www.w3.org/TR/sparql11-query/#PropertyPathPatterns
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cybercoop.engines.columns.relations import Algebra, Sql, is_among, number, same
from cybercoop.sparql.tree import Iri, Path

_ENDS = ("s", "o")

End = int | tuple[int, ...] | None
"""What is known of an end of a path: its id, where it is a term; the few ids that it may have, where a variable."""
Closed = Callable[[exp.Query, list[str], tuple[int, ...] | None, bool], str]
"""Computes the closure of pairs, with the names of their columns: of all, or of what is reached from ends that are
known, `o` instead of `s` if said so. Returns the name of a table."""


class Paths:
    """Translates paths."""

    def __init__(self, algebra: Algebra, closed: Closed | None = None) -> None:
        """With `closed`, no recursion is asked for: it gives the pairs of a path that repeats."""
        self.algebra, self.closed = algebra, closed

    def query(
        self,
        path: Iri | Path,
        predicate: Callable[[Iri], int],
        named: bool,
        graph: Sql | None = None,
        subject: End = None,
        value: End = None,
    ) -> exp.Query:
        """Return the pairs of a path: those in named graphs, or in `graph`; of known ends where these are given."""
        kind = "" if isinstance(path, Iri) else path.kind
        parts = () if isinstance(path, Iri) else path.parts

        def part(number: int, start: End = None, end: End = None) -> exp.Query:
            return self.query(parts[number], predicate, named, graph, start, end)

        if kind in ("", "!"):
            return self._step(path, predicate, named, graph)
        if kind == "^":
            inner, column = self.algebra.source(part(0, value, subject))
            return self._select(inner.source, named, column("o"), column("s"), column)
        if kind == "|":
            made = part(0, subject, value)
            for place in range(1, len(parts)):
                made = exp.Union(this=made, expression=part(place, subject, value), distinct=True)
            return made
        if kind == "/":
            return self._sequence([part(place) for place in range(len(parts))], named)
        return self._repeated(kind, part(0), named, graph, subject, value)

    def _select(self, source: Sql, named: bool, s: Sql, o: Sql, column: Callable[[str], Sql]) -> exp.Select:
        columns = [exp.alias_(s, "s"), exp.alias_(o, "o"), *([exp.alias_(column("g"), "g")] if named else [])]
        return exp.Select(expressions=columns).from_(source, copy=False)

    def _step(self, path: Iri | Path, predicate: Callable[[Iri], int], named: bool, graph: Sql | None) -> exp.Query:
        """Return the pairs of one predicate, or of all but some (18.4, NegatedPropertySet)."""
        if isinstance(path, Iri):
            return self._triples(named, graph, same(exp.column("p"), number(predicate(path))))
        ahead = [predicate(each) for each in path.parts if isinstance(each, Iri)]
        back = [predicate(each.parts[0]) for each in path.parts if isinstance(each, Path)]  # type: ignore[arg-type]
        made = []
        for left_out, turned in ((ahead, False), (back, True)):
            if left_out or (not turned and not back):
                others = exp.Not(this=exp.In(this=exp.column("p"), expressions=[number(each) for each in left_out]))
                made.append(self._triples(named, graph, others if left_out else exp.true(), turned=turned))
        return made[0] if len(made) == 1 else exp.Union(this=made[0], expression=made[1], distinct=True)

    def _triples(self, named: bool, graph: Sql | None, condition: Sql, *, turned: bool = False) -> exp.Select:
        join, column = self.algebra.source(exp.to_table("quads" if named else "triples"))
        ends = [column(name) for name in (_ENDS[::-1] if turned else _ENDS)]
        made = self._select(join.source, named, ends[0], ends[1], column).where(condition)
        return made.where(same(column("g"), graph)) if graph is not None else made

    def _sequence(self, parts: list[exp.Query], named: bool) -> exp.Query:
        made = parts[0]
        for other in parts[1:]:
            one, here = self.algebra.source(made)
            two, there = self.algebra.source(other)
            on = same(here("o"), there("s"))
            if named:
                on = exp.And(this=on, expression=same(here("g"), there("g")))
            made = self._select(one.source, named, here("s"), there("o"), here).join(two.source, on=on)
        return made

    def _repeated(
        self, kind: str, step: exp.Query, named: bool, graph: Sql | None, subject: End, value: End
    ) -> exp.Query:
        """Return the pairs of `*`, `+` or `?`, each once (18.4, ALP)."""
        backward = not isinstance(subject, int) and (isinstance(value, int) or subject is None) and value is not None
        start, end = ("o", "s") if backward else ("s", "o")
        one = value if backward else subject
        known = (one,) if isinstance(one, int) else one
        base = self.algebra.alias()
        steps = exp.CTE(this=step, alias=exp.TableAlias(this=exp.to_identifier(base)))
        names = [*_ENDS, *(["g"] if named else [])]
        first = exp.Select(expressions=[exp.column(name) for name in names]).from_(base)
        if known is not None:
            first = first.where(is_among(exp.column(start), known))
        reached = self.algebra.alias()
        if kind == "?":
            made: exp.Query = first.distinct()
        elif self.closed is not None:
            table = self.closed(step, names, known, backward)
            made = exp.Select(expressions=[exp.column(name) for name in names]).from_(table)
        else:
            columns = {start: exp.column(start, table=reached), end: exp.column(end, table=base)}
            if named:
                columns["g"] = exp.column("g", table=reached)
            on = same(exp.column(end, table=reached), exp.column(start, table=base))
            if named:
                on = exp.And(this=on, expression=same(exp.column("g", table=reached), exp.column("g", table=base)))
            further = (
                exp.Select(expressions=[exp.alias_(columns[name], name) for name in names])
                .from_(reached)
                .join(base, on=on)
            )
            made = exp.Union(this=first, expression=further, distinct=True)
        alias = exp.TableAlias(this=exp.to_identifier(reached), columns=[exp.to_identifier(name) for name in names])
        pairs = exp.Select(expressions=[exp.column(name) for name in names]).from_(reached)
        pairs.set(
            "with_",
            exp.With(
                expressions=[steps, exp.CTE(this=made, alias=alias)], recursive=kind != "?" and self.closed is None
            ),
        )
        if kind == "+":
            return pairs
        found, column = self.algebra.source(pairs)
        outer = exp.Select(expressions=[column(name) for name in names]).from_(found.source)
        return exp.Union(this=outer, expression=self._still(named, graph, subject, value), distinct=True)

    def _still(self, named: bool, graph: Sql | None, subject: End, value: End) -> exp.Query:
        """Return the pairs of paths of no length: every node of the graph, or the ends that are known."""
        known = next((each for each in (subject, value) if isinstance(each, int)), subject or value)
        if isinstance(known, int):
            if not named:
                return exp.Select(expressions=[exp.alias_(number(known), "s"), exp.alias_(number(known), "o")])
            join, column = self.algebra.source(exp.to_table("quads"))
            made = self._select(join.source, named, number(known), number(known), column)
            return made.where(same(column("g"), graph)) if graph is not None else made
        one, other = (self._nodes(end, named, graph, known) for end in _ENDS)
        return exp.Union(this=one, expression=other, distinct=True)

    def _nodes(self, end: str, named: bool, graph: Sql | None, known: tuple[int, ...] | None) -> exp.Select:
        join, column = self.algebra.source(exp.to_table("quads" if named else "triples"))
        made = self._select(join.source, named, column(end), column(end), column)
        made = made if known is None else made.where(is_among(column(end), known))
        return made.where(same(column("g"), graph)) if graph is not None else made
