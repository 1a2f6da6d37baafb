"""A file's values with their places, before anyone asks what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cybercoop.problems.problem import Where

MAX_DEPTH = 40
"""Nesting beyond which a file is refused."""


class Scalar(NamedTuple):
    """A piece of text as it was typed; `quoted` tells `"2024"` from `2024`."""

    text: str
    where: Where
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file; keys are unique."""

    fields: tuple[tuple[Scalar, Node], ...]
    where: Where

    def get(self, *names: str) -> Node | None:
        """Return the value under the first of `names` that is there."""
        for name in names:
            for key, value in self.fields:
                if key.text == name:
                    return value
        return None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.fields)


Node = Scalar | Items | Fields


def listed(node: Node) -> tuple[Node, ...]:
    """Return the items of a list, or the node itself as the only one."""
    return node.items if isinstance(node, Items) else (node,)
