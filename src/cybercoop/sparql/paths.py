"""Property paths of any length followed here, for a server that at times loses what they join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from itertools import count

from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import (
    Blank,
    Change,
    Exists,
    Filter,
    Graph,
    Group,
    Iri,
    Node,
    Path,
    Query,
    Service,
    Triples,
    splice,
    variables,
    walk,
)
from cybercoop.terms.names import QUERY_PREFIXES
from cybercoop.terms.term import closure

Pairs = Callable[[str], list[tuple[str, str]] | None]
"""Return what a property joins, things as `<IRI>`; None where that is too much to be sent, or no things alone."""

_REPEATED = ("*", "+")
_ZERO = ("*", "?")
MOST = 2000
"""How many pairs of a property are read, and how many rows of values a query gets, at the most."""


class _Unknown(Exception):
    """What a path joins cannot be told here."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """What a path joins, each pair as often as by the standard; `nothing` is how often each thing is joined to itself.

    https://www.w3.org/TR/sparql11-query/#sparqlTranslatePathExpressions
    """

    pairs: Counter[tuple[str, str]]
    nothing: int = 0


def with_paths_followed(text: str, pairs: Pairs) -> str:
    """Return a query in which what a path of any length joins stands as values, found from what its properties join.

    What is asked within a graph or of another server stays as it is, as does a path whose ends may be any thing, or
    that has more than properties in it, with those beside it. So does a query that cannot be read.

    >>> print(with_paths_followed("ASK { ?x <x:p>+ <x:c> }", lambda _: [("<x:a>", "<x:b>"), ("<x:b>", "<x:c>")]))
    ASK { VALUES (?x) { (<x:a>) (<x:b>) } }
    """
    if text.startswith("DEFINE "):  # a word of the server's own, on a line of its own
        line, _, rest = text.partition("\n")
        return f"{line}\n{with_paths_followed(rest, pairs)}"
    try:
        query = parse(text, QUERY_PREFIXES)
    except Malformed:
        return text
    if not _repeats(query):
        return text
    apart = {
        id(part) for node in walk(query) if isinstance(node, (Graph, Service, Exists)) for part in walk(node.group)
    }
    stars = [node for node in walk(query) if isinstance(node, Query) and node.form == "SELECT" and not node.columns]
    made: list[str] = []
    fresh = _fresh(text, made, unknown=not all(star.names for star in stars))
    changes: list[Change] = []
    for group in walk(query):
        if not isinstance(group, Group) or id(group) in apart:
            continue
        bound = {f"?{name}" for part in group.elements if isinstance(part, Triples) for name in variables(part)}
        with suppress(_Unknown):  # of paths that meet in one group, all are followed or none
            rows = [each for each in group.elements if isinstance(each, Triples) and _repeats(each)]
            changes += [(each.start, each.end, " . ".join(_spelt(query, each, pairs, fresh))) for each in rows]
        for node in (part for element in group.elements for part in _conditions(element) if _repeats(part.group)):
            with suppress(_Unknown):
                changes.append((node.start, node.end, _condition(query, node, pairs, bound)))
    if made:
        changes += [(star.start, star.dataset_at, _head(star)) for star in stars]
    return splice(text, changes)


def _fresh(text: str, made: list[str], *, unknown: bool) -> Iterator[str]:
    """Yield variables that a text does not have, and note them; raises `_Unknown` where that is `unknown`."""
    if unknown:
        raise _Unknown
    for number in count():
        if f"step{number}" not in text:
            made.append(f"?step{number}")
            yield made[-1]


def _head(star: Query) -> str:
    """Return the head of `SELECT *` with its columns named, so that no other variable becomes one."""
    return " ".join(["SELECT", *([star.modifier] if star.modifier else []), *(f"?{name}" for name in star.names), ""])


def _conditions(element: Node) -> Iterator[Exists]:
    """Yield the groups that a filter asks for."""
    if isinstance(element, Filter):
        apart = {id(part) for node in walk(element) if isinstance(node, Exists) for part in walk(node.group)}
        yield from (node for node in walk(element) if isinstance(node, Exists) and id(node) not in apart)


def _repeats(node: Node) -> bool:
    """Return whether there is a path of any length."""
    return any(isinstance(part, Path) and part.kind in _REPEATED for part in walk(node))


def _spelt(query: Query, node: Triples, pairs: Pairs, fresh: Iterator[str]) -> Iterator[str]:
    """Yield the triples of a row each for itself, and rows of values for paths of any length, which come first."""
    if any(isinstance(part, Blank) for triple in node.triples for part in (triple.subject, triple.object)):
        raise _Unknown
    for triple in sorted(node.triples, key=_repeats, reverse=True):
        path, start = triple.path, _end(query, triple.subject)
        if not _repeats(triple):
            yield f"{start} {query.of(path)} {_end(query, triple.object)}"
            continue
        steps = path.parts if isinstance(path, Path) and path.kind == "/" else (path,)
        for place, step in enumerate(steps, 1):
            end = _end(query, triple.object) if place == len(steps) else next(fresh)
            if _repeats(step):
                yield _values(*_rows((start, end), _joined(step, pairs)))
            else:
                yield f"{start} {query.of(step)} {end}"
            start = end


def _end(query: Query, term: Node) -> str:
    return f"<{term.value}>" if isinstance(term, Iri) else query.of(term)


def _joined(path: Node, pairs: Pairs) -> _Joined:
    """Return what a path joins; raises `_Unknown`."""
    if isinstance(path, Iri) and (found := pairs(path.value)) is not None:
        return _Joined(Counter(found))
    if not isinstance(path, Path) or path.kind == "!":
        raise _Unknown
    first, *others = (_joined(part, pairs) for part in path.parts)
    if path.kind == "^":
        return _Joined(Counter({(end, start): times for (start, end), times in first.pairs.items()}), first.nothing)
    if path.kind == "|":
        return _Joined(
            sum((each.pairs for each in others), first.pairs), sum(each.nothing for each in (first, *others))
        )
    if path.kind == "/":
        return reduce(_one_after_the_other, others, first)
    far = set(first.pairs) if path.kind == "?" else _all_the_way(set(first.pairs))
    if path.kind in _ZERO or first.nothing:
        return _Joined(Counter({(start, end) for start, end in far if start != end}), 1)
    return _Joined(Counter(far))


def _one_after_the_other(first: _Joined, second: _Joined) -> _Joined:
    found: Counter[tuple[str, str]] = Counter()
    for (start, middle), times in first.pairs.items():
        found[start, middle] += times * second.nothing
        for (other, end), again in second.pairs.items():
            found[start, end] += times * again * (middle == other)
    for ends, times in second.pairs.items():
        found[ends] += times * first.nothing
    return _Joined(+found, first.nothing * second.nothing)


def _all_the_way(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs that one or more of these join, one after the other."""
    following: dict[str, set[str]] = {}
    for start, end in pairs:
        following.setdefault(start, set()).add(end)
    return {(start, end) for start in following for end in closure(following[start], lambda e: following.get(e, ()))}


def _rows(ends: tuple[str, str], joined: _Joined) -> tuple[list[str], list[list[str]]]:
    """Return which ends are variables, and what these may be; raises `_Unknown` for any thing, or too many."""
    names = list(dict.fromkeys(each for each in ends if each[0] in "?$"))
    fixed = next((each for each in ends if each.startswith("<")), None)
    if not all(each[0] in "?$<" for each in ends) or (joined.nothing and not fixed):
        raise _Unknown
    rows = list(joined.pairs.elements())
    if fixed and (names or ends[0] == ends[1]):
        rows += [(fixed, fixed)] * joined.nothing
    met = [dict(zip(ends, row, strict=True)) for row in rows if _fits(ends, row)]
    if len(met) > MOST or (len(met) > 1 and not names):
        raise _Unknown
    return names, [[row[name] for name in names] for row in met]


def _fits(ends: tuple[str, str], row: tuple[str, str]) -> bool:
    """Return whether a pair joins these ends: a fixed one is that thing, and one variable is one thing."""
    return all(asked[0] in "?$" or asked == found for asked, found in zip(ends, row, strict=True)) and (
        ends[0] != ends[1] or row[0] == row[1]
    )


def _values(names: list[str], rows: list[list[str]]) -> str:
    if not rows or not names:
        return f"FILTER({len(rows)} = 1)"
    listed = " ".join(f"({' '.join(row)})" for row in sorted(rows))
    return f"VALUES ({' '.join(names)}) {{ {listed} }}"


def _condition(query: Query, node: Exists, pairs: Pairs, bound: Container[str]) -> str:
    """Return what is asked for by EXISTS as a condition of variables that have values; raises `_Unknown` else."""
    triples = [each for part in node.group.elements for each in (part.triples if isinstance(part, Triples) else ())]
    if len(triples) != 1 or len(node.group.elements) != 1:
        raise _Unknown
    (triple,) = triples
    names, rows = _rows((_end(query, triple.subject), _end(query, triple.object)), _joined(triple.path, pairs))
    if not all(f"?{name[1:]}" in bound for name in names):
        raise _Unknown
    if not rows or not names:
        met = f"{len(rows)} = 1"
    elif len(names) == 1:
        met = f"{names[0]} IN ({', '.join(row[0] for row in rows)})"
    else:
        listed = ", ".join(f'"{one[1:-1]} {another[1:-1]}"' for one, another in rows)
        met = f'CONCAT(STR({names[0]}), " ", STR({names[1]})) IN ({listed})'
    return f"({'!' * node.negated}({met}))"
