"""What a group says before it is translated: of its conditions, and of what joins its triples.

https://www.w3.org/TR/sparql11-query/#GroupPatterns
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cybercoop.engines.columns.coding import written
from cybercoop.sparql.tree import Call, Exists, Expression, Group, Iri, Triple, Triples, Variable, variables, walk

FEW = 100
"""How many ids that a variable may have are worth telling to what is joined."""


def conjuncts(condition: Expression) -> list[Expression]:
    """Return the parts of a condition all of which must hold."""
    if isinstance(condition, Call) and condition.name == "&&":
        return [part for each in condition.arguments for part in conjuncts(each)]
    return [condition]


def asks(condition: Expression) -> bool:
    """Return whether a condition asks for a group."""
    return any(isinstance(node, Exists) for node in walk(condition))


def bound(condition: Expression) -> set[str]:
    """Return the variables that are bound wherever a condition holds."""
    return variables(condition) if isinstance(condition, Call) and condition.name == "BOUND" else set()


def few(conditions: Iterable[Expression], ids: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the ids that variables may have where conditions hold which name these."""
    found = dict[str, list[int]]()
    for each in conditions:
        if isinstance(each, Call) and each.name in ("IN", "="):
            variable, *others = each.arguments
            named = [other for other in others if isinstance(other, Iri)]
            if isinstance(variable, Variable) and 0 < len(named) == len(others) <= FEW:
                found[variable.name] = sorted({ids[written(other)] for other in named})
    return found


def compares(group: Group) -> bool:
    """Return whether a group says what two things have in common, or something of each of two."""
    triples = [triple for triple in walk(group) if isinstance(triple, Triple)]
    shared = {
        (triple.object.name, triple.subject.name)
        for triple in triples
        if isinstance(triple.subject, Variable) and isinstance(triple.object, Variable)
    }
    return len({value for value, _ in shared}) < len(shared) or _parts(group) > 1


def _parts(group: Group) -> int:
    """Return into how many parts the triples of a group fall that have no variable in common."""
    found = list[set[str]]()
    for triple in (triple for part in group.elements if isinstance(part, Triples) for triple in part.triples):
        names = variables(triple)
        joined = [part for part in found if part & names]
        found = [part for part in found if part not in joined]
        if names:
            found.append(names.union(*joined))
    return len(found)
