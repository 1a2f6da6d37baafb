"""One catalogued question: its front matter, its parameters, and its text with the parameters bound."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.terms.names import NS

TOPICS = ("treaty", "project", "activity", "country", "provenance")
"""What a question may be about first of all: the first of its tags, and its place in the catalogue."""

_VALUES = re.compile(r"VALUES\s+\?(\w+)\s*\{[^}]*\}")


Recall = Callable[[str, Callable[[], Any]], Any]
"""Gives what was made for a text before, else makes it."""


class Parameter(NamedTuple):
    """What a question can be told: `variable` is its name in the query, `name` on the command line."""

    name: str
    variable: str
    kind: str
    class_iri: str | None
    optional: bool
    help: Mapping[str, str]
    example: str | None


class Plot(NamedTuple):
    """How an answer is drawn: as a `line`, `bar` or `matrix`, from which columns.

    `y` holds numbers, several for a line; the parts of a bar are told apart `by` a column. `cell` paints a matrix, and
    `text`, of the last row for a cell, stands in it.
    """

    kind: str
    x: str
    y: tuple[str, ...]
    by: str | None = None
    cell: str | None = None
    text: str | None = None


class Question(NamedTuple):
    """A query of the catalogue; `columns` maps each variable to its heading per language."""

    name: str
    text: str
    question: Mapping[str, str]
    asked_by: str
    tags: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Mapping[str, str]]
    plot: Plot | None = None

    @classmethod
    def of(cls, name: str, text: str, recall: Recall = lambda _key, make: make()) -> Question:
        """Return the question in a `.rq` file; raises `ValueError` where its front matter is incomplete.

        `recall` may give what was read of the same front matter before.
        """
        front = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
        facts: dict[str, Any] = recall(front, lambda: _read(front))
        missing = {"question", "columns"} - set(facts)
        if missing:
            raise ValueError(f"queries/{name}.rq: the front matter lacks {' and '.join(sorted(missing))}")
        parameters = {key: _parameter(key, value) for key, value in (facts.get("parameters") or {}).items()}
        return cls(
            name,
            text,
            facts["question"],
            facts.get("asked-by", ""),
            tuple(facts.get("tags", ())),
            parameters,
            facts["columns"],
            _plot(facts["plot"]) if "plot" in facts else None,
        )

    @property
    def topic(self) -> str:
        """What the question is about first of all."""
        return self.tags[0]

    @property
    def said(self) -> str:
        """Everything that a person may look for: name, wording in each language, tags, headings."""
        headings = (text for column in self.columns.values() for text in column.values())
        return " ".join([self.name, *self.question.values(), *self.tags, *headings])

    def bind(self, terms: Mapping[str, list[ox.NamedNode | ox.Literal]]) -> str:
        """Return the query with each parameter's block of values replaced by `terms` (name → values).

        Only terms are written, in their serialised form, and all in one pass over our own text: nothing that a user
        typed is ever looked through for a block.
        """
        wanted = {self.parameters[name].variable: values for name, values in terms.items()}
        bound: set[str] = set()

        def block(match: re.Match[str]) -> str:
            if (name := match.group(1)) not in wanted:
                return match.group()
            bound.add(name)
            return f"VALUES ?{name} {{ {' '.join(str(value) for value in wanted[name])} }}"

        text = _VALUES.sub(block, self.text)
        if missing := wanted.keys() - bound:
            raise ValueError(f"queries/{self.name}.rq has no VALUES ?{min(missing)} {{ … }}")
        return text


def _read(front: str) -> Any:
    """Return what stands in front matter, every value as text."""
    import yaml

    return yaml.load(front, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)) or {}  # noqa: S506  (gives text only)


def variable(name: str) -> str:
    """Return the variable that a parameter binds: `as-of` → `asOf`."""
    head, *rest = name.split("-")
    return head + "".join(part.capitalize() for part in rest)


def _plot(facts: Mapping[str, Any]) -> Plot:
    y = [facts["y"]] if isinstance(facts["y"], str) else facts["y"]
    return Plot(facts["kind"], facts["x"], tuple(y), facts.get("by"), facts.get("cell"), facts.get("text"))


def _parameter(name: str, facts: Mapping[str, Any]) -> Parameter:
    prefixed = facts.get("class")
    return Parameter(
        name,
        variable(name),
        facts.get("type", "string"),
        NS + prefixed.removeprefix("coop:") if prefixed else None,
        facts.get("optional", "false") == "true",
        facts.get("help", {}),
        facts.get("example") or facts.get("default"),
    )
