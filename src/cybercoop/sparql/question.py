"""One catalogued question: its front matter, its parameters, and its text with the parameters bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import Where, nearest, refuse
from cybercoop.sparql.binding import asked
from cybercoop.sparql.grammar import columns_of
from cybercoop.sparql.tokens import Malformed
from cybercoop.terms import names
from cybercoop.terms.names import NS

TOPICS = ("treaty", "project", "activity", "country", "provenance")
"""What a question may be about first of all: the first of its tags, and its place in the catalogue."""


Recall = Callable[[str, Callable[[], Any]], Any]
"""Gives what was made for a text before, else makes it."""


class Parameter(NamedTuple):
    """What a question can be told: `variable` is its name in the query, `name` on the command line.

    `besides` maps names to things of another class that are taken as well, such as the European Union for a country.
    """

    name: str
    variable: str
    kind: str
    class_iri: str | None
    optional: bool
    help: Mapping[str, str]
    example: str | None
    besides: Mapping[str, str] = {}


class Plot(NamedTuple):
    """How an answer is drawn: as a `line`, `heat` or `matrix`, from which columns.

    For a line, `y` holds numbers, of several lines; for the others the things of the rows, of a `heat` several. `cell`
    holds the number in a table of shades; in a matrix, what is known, which borders a cell, and `text` the position
    that fills it.
    """

    kind: str
    x: str
    y: tuple[str, ...]
    cell: str | None = None
    text: str | None = None


class Usual(NamedTuple):
    """What parameters and columns of any question are called, as the texts of `parameters.yaml` and `columns.yaml`."""

    parameters: str = ""
    columns: str = ""

    @classmethod
    def of(cls, folder: Path) -> Usual:
        """Return what is written in a folder of questions; where a file is missing, nothing."""
        paths = (folder / f"{kind}.yaml" for kind in cls._fields)
        return cls(*(path.read_text("utf-8") if path.is_file() else "" for path in paths))


_NOTHING = Usual()


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
    def of(cls, name: str, text: str, usual: Usual = _NOTHING, recall: Recall = lambda _key, make: make()) -> Question:
        """Return the question in a `.rq` file.

        Its front matter (lines that begin with `#+`, YAML) names its parameters, with `?` behind those that may be left
        out; what it says of one, or of a column, goes before what is `usual`. Columns are those of its SELECT. `recall`
        may give what was read of the same YAML before. Raises `Refusal` for a parameter or column that is not
        described, and for a SELECT whose head cannot be read; `ValueError` for a question without its wording.
        """
        file = f"queries/{name}.rq"
        front = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
        facts, parameters, headings = (recall(yaml, partial(as_typed, yaml)) for yaml in (front, *usual))
        if "question" not in facts:
            raise ValueError(f"{file}: the front matter lacks the question")
        try:
            own, shown = facts.get("columns") or {}, columns_of(text)
        except Malformed as error:
            raise error.refusal(file) from None
        for column in own:
            if column not in shown:
                raise refuse("no-such-column", Where(file), value=column, nearest=nearest(column, shown))
        taken = _named(facts.get("parameters") or {})
        return cls(
            name,
            text,
            facts["question"],
            facts.get("asked-by", ""),
            tuple(facts.get("tags", ())),
            {
                (key := each.removesuffix("?")): _parameter(key, each, said, parameters, file)
                for each, said in taken.items()
            },
            {column: own.get(column) or _described(column, headings, "columns", file) for column in shown},
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
        """Return the query for `terms` (parameter → values) alone, ready for any engine.

        Only terms are written, in their serialised form, between pieces of our own text: nothing that a user typed is
        read as a query. Raises `ValueError` where a parameter that was given stands nowhere in the query.
        """
        given = {self.parameters[name].variable: values for name, values in terms.items()}
        pieces = asked(self.query, [parameter.variable for parameter in self.parameters.values()], given)
        pieces[1::2] = (f"VALUES ?{name} {{ {' '.join(map(str, given[name]))} }}" for name in pieces[1::2])
        return "".join(pieces)

    @property
    def order(self) -> list[str]:
        """The variables that the answer is ordered by, up to the first that something is computed from."""
        keys = self.text.rpartition("\nORDER BY ")[2].split() if "\nORDER BY " in self.text else []
        return [key[1:] for key in takewhile(lambda key: key[0] == "?" and key[1:] in self.columns, keys)]

    @property
    def query(self) -> str:
        """The query with all that may be asked, without the front matter."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith("#+")) + "\n"


def as_typed(text: str) -> Any:
    """Return what stands in YAML, every value as the text that was typed."""
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)) or {}  # noqa: S506  (gives text only)


def _named(parameters: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters with what is said of them: a list of names says nothing more."""
    return {name: {} for name in parameters.split()} if isinstance(parameters, str) else parameters


def _described(word: str, usual: Mapping[str, Any], place: str, file: str) -> Any:
    """Return what is usually said of a parameter or column; raises `Refusal` where nothing is."""
    if word not in usual:
        raise refuse(
            "not-described", Where(file), value=word, file=f"queries/{place}.yaml", nearest=nearest(word, usual)
        )
    return usual[word]


def variable(name: str) -> str:
    """Return the variable that a parameter binds: `as-of` → `asOf`."""
    head, *rest = name.split("-")
    return head + "".join(part.capitalize() for part in rest)


def _plot(facts: Mapping[str, Any]) -> Plot:
    y = [facts["y"]] if isinstance(facts["y"], str) else facts["y"]
    return Plot(facts["kind"], facts["x"], tuple(y), facts.get("cell"), facts.get("text"))


def _parameter(name: str, written: str, said: Any, usual: Mapping[str, Any], file: str) -> Parameter:
    """Return a parameter, as the question describes it and, beside that, as it is described for all."""
    said = said or {}
    facts = said if "type" in said else {**_described(name, usual, "parameters", file), **said}
    prefixed, example = facts.get("class"), facts.get("example")
    return Parameter(
        name,
        variable(name),
        facts["type"],
        NS + prefixed.removeprefix("coop:") if prefixed else None,
        written.endswith("?"),
        {lang: text.replace("{example}", example or "…") for lang, text in facts.get("help", {}).items()},
        example,
        {text: names.expand(path) for path, texts in facts.get("besides", {}).items() for text in (path, *texts)},
    )
