"""The parts of a catalogued question: its groups, patterns and filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exists:
    """A group that a condition asks for, or asks not to be there."""

    group: Group
    negated: bool
    text: str


@dataclass(frozen=True, slots=True)
class Path:
    """A way from subject to object: a `step`, or `/`, `|`, `^`, `+` and `*` of other ways."""

    kind: str
    step: str = ""
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Triple:
    """A subject, a way, and an object."""

    subject: str
    path: Path
    object: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition, as tokens and the groups that it asks for."""

    condition: tuple[str | Exists, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Optional:
    """A group that may be there."""

    group: Group
    text: str


@dataclass(frozen=True, slots=True)
class InGraph:
    """A group that one source states."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class Union:
    """Groups any of which will do; one alone is a group within a group."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What matches nothing in a solution: BIND, VALUES, and MINUS, which takes solutions away, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT: `shown` maps its columns to the expression of each, or to None for a plain variable.

    `text` is all of it but the order of its rows.
    """

    shown: dict[str, str | None]
    group: Group
    grouped: tuple[str, ...]
    text: str


Element = Triple | Filter | Optional | InGraph | Union | Verbatim | Select


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces."""

    elements: tuple[Element, ...]


def variables(text: str) -> set[str]:
    """Return the variables of a text."""
    return set(re.findall(r"\?\w+", text))


def written(tokens: Iterable[str]) -> str:
    """Return tokens as text; a bracket stands close to what it follows, as Oxigraph wants it."""
    text = ""
    for token in tokens:
        text += token if not text or token in ("(", ")") or text[-1] == "(" else f" {token}"
    return text


def mentioned(group: Group) -> set[str]:
    """Return the variables that a group may bind."""
    found: set[str] = set()
    for element in group.elements:
        if isinstance(element, Triple):
            found |= variables(f"{element.subject} {element.object}") | _stepped(element.path)
        elif isinstance(element, (InGraph, Optional)):
            found |= mentioned(element.group) | (variables(element.name) if isinstance(element, InGraph) else set())
        elif isinstance(element, Union):
            found = found.union(*map(mentioned, element.groups))
        elif isinstance(element, Verbatim) and "{ UNDEF }" not in element.text:
            found |= variables(element.text)
        elif isinstance(element, Select):
            found |= element.shown.keys()
    return found


def filters(group: Group) -> Iterator[Filter]:
    """Yield the conditions of a group and of the groups in it, but those of a SELECT within."""
    for element in group.elements:
        if isinstance(element, Filter):
            yield element
        elif isinstance(element, (InGraph, Optional)):
            yield from filters(element.group)
        elif isinstance(element, Union):
            for branch in element.groups:
                yield from filters(branch)


def _stepped(path: Path) -> set[str]:
    return variables(path.step).union(*map(_stepped, path.parts))
