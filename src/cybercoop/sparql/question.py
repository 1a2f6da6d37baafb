"""One catalogued question: its front matter, its parameters, and its query for those that are given alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import Where, nearest, refuse
from cybercoop.sparql.grammar import columns_of, parse
from cybercoop.sparql.tokens import Malformed
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
