"""First causes: what follows from another problem is folded under it, and the rest is put in order by record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from cybercoop.problems import ERROR, Problem, Where

_UNSAID = (
    "record-without-source",
    "not-a-source",
    "source-differs",
    "bad-name",
    "unknown-class",
    "record-without-type",
)
"""After these, nothing is known of the thing: what it lacks and what points at it follows. The first cause first."""

_DROPPED = frozenset(
    {
        "bad-language",
        "bad-literal",
        "bad-name",
        "computed-term",
        "date-type",
        "duplicate-key",
        "empty-value",
        "hidden-character",
        "language-missing",
        "passage-span",
        "passage-without-section",
        "unknown-class",
        "unknown-term",
        "wrong-form",
    }
)
"""After these, one statement of the thing is missing: what asks for it follows."""

_CAUSES = (*_UNSAID, "described-twice")


def first_causes(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems, each once, with what follows from one under it: by record, errors first, then by place."""
    once: dict[tuple[object, ...], Problem] = {}
    for found in problems:
        once.setdefault((found.code, found.where, found.thing, found.value), found)
    return _grouped(_folded(sorted(once.values(), key=_first)))


def group(found: Problem) -> Where:
    """Return where the record of a problem begins; for a problem of no record, the beginning of its file."""
    return found.record or Where(found.where.file)


def _first(found: Problem) -> tuple[object, ...]:
    """Return what puts a cause before what may follow from it."""
    rank = _CAUSES.index(found.code) if found.code in _CAUSES else len(_CAUSES)
    read = found.component is None
    return found.severity != ERROR, not read, rank, found.component or "", found.where, found.code


def _folded(ordered: list[Problem]) -> list[Problem]:
    causes: list[Problem] = []
    about: dict[object, list[int]] = defaultdict(list)
    follows: dict[int, list[Problem]] = defaultdict(list)
    for found in ordered:
        names = (found.thing, found.value, found.where)
        near = {at: None for name in names if name for at in about[name] if _follows(found, causes[at])}
        if near:
            cause = min(near, key=lambda at: causes[at].property is None or causes[at].property != found.property)
            follows[cause].append(found)
            continue
        for name in {found.thing, found.where, found.value if _unsaid(found) else None} - {None}:
            about[name].append(len(causes))
        causes.append(found)
    return [replace(cause, follows=tuple(follows[at])) if at in follows else cause for at, cause in enumerate(causes)]


def _unsaid(cause: Problem) -> bool:
    return cause.code in _UNSAID and not (cause.code == "bad-name" and cause.property)


def _follows(found: Problem, cause: Problem) -> bool:
    """Return whether one problem is there because of the other."""
    if found.where == cause.where and found.code == cause.code:
        return True
    if found.component is None:
        return found.code == "record-without-type" and _unsaid(cause) and found.thing == cause.thing
    if _unsaid(cause) and cause.thing in (found.value, found.thing):
        return True
    if found.thing != cause.thing:
        return cause.code == "bad-name" and found.value == cause.value
    if cause.component is None:
        return cause.code in _DROPPED and found.property in (None, cause.property)
    return found.value is not None and found.value == cause.value


def _grouped(causes: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems record by record, those with errors first."""
    worst = {group(found): True for found in causes}
    for found in causes:
        worst[group(found)] &= found.severity != ERROR
    return tuple(
        sorted(
            causes,
            key=lambda found: (worst[group(found)], group(found), found.severity != ERROR, found.where, found.code),
        )
    )
