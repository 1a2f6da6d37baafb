"""A question rewritten so that each of its solutions tells which statements it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cybercoop.ask.grammar import read
from cybercoop.ask.patterns import (
    Exists,
    Filter,
    Group,
    InGraph,
    Optional,
    Path,
    Select,
    Triple,
    Union,
    Verbatim,
    filters,
    mentioned,
    variables,
    written,
)

_AGGREGATE = re.compile(r"\b(?:AVG|COUNT|GROUP_CONCAT|MAX|MIN|SAMPLE|SUM)\(")


@dataclass(frozen=True, slots=True)
class Statement:
    """A pattern that a solution matches where all of `given` are bound; without a graph, in any.

    Subject, predicate, object and graph are tokens: variables or constants.
    """

    subject: str
    predicate: str
    object: str
    graph: str | None
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inner:
    """A SELECT within another, traced by itself; `values` maps its columns to what the outer solution saw of them."""

    trace: Trace
    values: Mapping[str, str]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A query whose solutions are those of a question before they are counted or made distinct.

    `key` maps columns of the question to the variables that tell to which rows a solution belongs.
    """

    prefixes: str
    text: str
    key: Mapping[str, str]
    statements: tuple[Statement, ...]
    inner: tuple[Inner, ...]


def trace(text: str) -> Trace:
    """Return the trace of a question; raises `ValueError` for a form that no question has been written in so far."""
    prefixes, select = read(text)
    return _Tracer(prefixes, select).trace()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a group stands: in which graph, under which marks, with which variables bound and renamed."""

    graph: str | None = None
    given: tuple[str, ...] = ()
    bound: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str:
        """Return a text with its variables as they are called here."""
        return re.sub(r"\?\w+", lambda match: self.renamed.get(match[0], match[0]), text) if self.renamed else text


class _Tracer:
    """Writes one SELECT again; what it meets on the way is collected."""

    def __init__(self, prefixes: str, select: Select) -> None:
        self.prefixes = prefixes
        self.select = select
        bound = mentioned(select.group)
        self.idle = [element for element in filters(select.group) if _always_holds(element.condition, bound)]
        self.used = select.text
        for element in self.idle:
            self.used = self.used.replace(element.text, "")
        self.count = 0
        self.statements: list[Statement] = []
        self.inner: list[Inner] = []

    def trace(self) -> Trace:
        counted = self.select.grouped or any(map(_AGGREGATE.search, filter(None, self.select.shown.values())))
        text = self.group(self.select.group, _Scope())
        key: dict[str, str] = {}
        for column, expression in self.select.shown.items():
            if expression is None:
                key[column[1:]] = column
            elif not counted:
                key[column[1:]] = self.fresh()
                text += f" BIND({expression} AS {key[column[1:]]})"
        return Trace(
            self.prefixes, f"SELECT DISTINCT * WHERE {{ {text} }}", key, tuple(self.statements), tuple(self.inner)
        )

    def fresh(self) -> str:
        self.count += 1
        return f"?cited{self.count}"

    def group(self, group: Group, scope: _Scope) -> str:
        """Return what stands in a group, then the groups that its conditions ask for."""
        asked = [
            part
            for element in group.elements
            if isinstance(element, Filter) and element not in self.idle
            for part in self.asked(element, scope)
        ]
        text = " ".join(self.elements(group, scope))
        return " ".join([f"{{ {text} }}", *asked]) if asked else text

    def elements(self, group: Group, scope: _Scope) -> Iterator[str]:
        """Yield the elements of a group, but what only the order of the rows depends on."""
        before: list[object] = []
        for element in group.elements:
            bound = scope.bound | mentioned(Group(tuple(before)))  # type: ignore[arg-type]
            here = _Scope(scope.graph, scope.given, frozenset(bound), scope.renamed)
            if isinstance(element, Triple):
                yield self.way(scope.named(element.subject), element.path, scope.named(element.object), here)
            elif isinstance(element, Filter):
                yield "" if element in self.idle else scope.named(element.text)
            elif isinstance(element, Optional):
                if self.matters(element, bound):
                    yield f"OPTIONAL {self.marked(element.group, here)}"
            elif isinstance(element, InGraph):
                inside = _Scope(scope.named(element.name), here.given, here.bound, here.renamed)
                yield f"GRAPH {inside.graph} {{ {self.group(element.group, inside)} }}"
            elif isinstance(element, Union) and len(element.groups) == 1:
                yield f"{{ {self.group(element.groups[0], here)} }}"
            elif isinstance(element, Union):
                yield " UNION ".join(self.marked(branch, here) for branch in element.groups)
            elif isinstance(element, Verbatim):
                yield scope.named(element.text)
            else:
                yield self.within(element, here)
            before.append(element)

    def marked(self, group: Group, scope: _Scope, condition: str = "") -> str:
        """Return a group that binds a mark of its own where it is there."""
        mark = self.fresh()
        inside = _Scope(scope.graph, (*scope.given, mark), scope.bound, scope.renamed)
        return f"{{ {self.group(group, inside)} {condition} BIND(1 AS {mark}) }}"

    def asked(self, element: Filter, scope: _Scope) -> Iterator[str]:
        """Yield the groups that a condition asks for, each where the condition would fail without it."""
        for place, exists in enumerate(element.condition):
            if isinstance(exists, Exists) and not _only_hinders(element.condition, place):
                without = [part.text if isinstance(part, Exists) else part for part in element.condition]
                without[place] = "true" if exists.negated else "false"
                needed = self.fresh()
                elsewhere = variables(self.used.replace(exists.text, ""))
                own = {name: self.fresh() for name in sorted(mentioned(exists.group) - elsewhere)}
                inside = _Scope(scope.graph, scope.given, scope.bound, {**scope.renamed, **own})
                yield f"BIND(!COALESCE({scope.named(written(without))}, false) AS {needed})"
                yield f"OPTIONAL {self.marked(exists.group, inside, f'FILTER({needed})')}"

    def matters(self, element: Optional, bound: set[str] | frozenset[str]) -> bool:
        """Return whether anything but the order of the rows depends on an optional group."""
        elsewhere = variables(self.used.replace(element.text, ""))
        return not variables(element.text) & elsewhere <= bound

    def within(self, select: Select, scope: _Scope) -> str:
        """Return a SELECT within this one as it stands, with a copy of each of its columns."""
        copies = {column[1:]: self.fresh() for column in select.shown}
        self.inner.append(Inner(_Tracer(self.prefixes, select).trace(), copies, scope.given))
        return f"{{ {select.text} }} " + " ".join(f"BIND(?{column} AS {copy})" for column, copy in copies.items())

    def way(self, subject: str, path: Path, object: str, scope: _Scope) -> str:  # noqa: A002  (the object of a triple)
        """Return a path as single steps."""
        if path.kind == "":
            step = scope.named(path.step)
            self.statements.append(Statement(subject, step, object, scope.graph, scope.given))
            return f"{subject} {step} {object} ."
        if path.kind == "^":
            return self.way(object, path.parts[0], subject, scope)
        if path.kind == "/":
            ends = [subject, *(self.fresh() for _ in path.parts[1:]), object]
            pairs = zip(ends, path.parts, ends[1:], strict=False)
            return " ".join(self.way(start, part, end, scope) for start, part, end in pairs)
        if path.kind == "|":
            branches = [Group((Triple(subject, part, object),)) for part in path.parts]
            inside = _Scope(scope.graph, scope.given, scope.bound)
            return " UNION ".join(self.marked(branch, inside) for branch in branches)
        step, (start, end) = path.parts[0].step, (self.fresh(), self.fresh())
        if not step:
            raise ValueError("only a single property can be repeated")
        steps = f"{subject} {step}* {start} . {start} {step} {end} . {end} {step}* {object} ."
        if path.kind == "*":
            mark = self.fresh()
            self.statements.append(Statement(start, step, end, scope.graph, (*scope.given, mark)))
            return f"{subject} {step}* {object} . OPTIONAL {{ {steps} BIND(1 AS {mark}) }}"
        self.statements.append(Statement(start, step, end, scope.graph, scope.given))
        return f"{subject} {step}+ {object} . {steps}"


def _always_holds(condition: tuple[str | Exists, ...], bound: set[str]) -> bool:
    """Return whether a condition begins with “unless this is given, or”, and it is not given."""
    head = condition[:7]
    return head[:4] == ("(", "!", "BOUND", "(") and head[5:] == (")", "||") and head[4] not in bound


def _only_hinders(condition: tuple[str | Exists, ...], place: int) -> bool:
    """Return whether a condition can but fail by the group at a place: it says NOT EXISTS, in no inner bracket."""
    asked = condition[place]
    around = (condition[place - 1], condition[place + 1]) if len(condition) > 1 else ("(", ")")
    depth = sum({"(": 1, ")": -1}.get(part, 0) for part in condition[:place] if isinstance(part, str))
    return isinstance(asked, Exists) and asked.negated and depth < 2 and set(around) <= {"(", ")", "||", "&&"}
