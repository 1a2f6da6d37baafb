"""Ask the graph: a question of the catalogue, or a query in SPARQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from cybercoop import labels, names
from cybercoop.labels import Labels
from cybercoop.names import QUERY_PREFIXES, XSD
from cybercoop.parameters import resolve
from cybercoop.problems import Where, in_language, nearest, refuse, sentence
from cybercoop.workspace import Workspace

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_QUIET = re.compile(r"""<[^\s<>"{}|\\^`]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""")
_LONG = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|' + r"'''(?:[^'\\]|\\.|'(?!''))*'''", re.DOTALL)
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of terms, with the names of the things in them and the notices that those names carry.

    `named` tells whether things are shown by their names (catalogue) or by their short IRIs (free SPARQL).
    """

    columns: list[str]
    rows: list[list[Term | None]]
    headings: Mapping[str, Mapping[str, str]]
    labels: Labels
    lang: str
    named: bool
    question: Mapping[str, str]
    about: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def heading(self, column: str) -> str:
        """Return what stands above a column."""
        return in_language(self.headings.get(column, {}), self.lang) or column

    def shown(self, term: Term | None) -> str:
        """Return a cell as people read it; a cell without a value is said to be unknown."""
        if term is None:
            return sentence("unknown", self.lang) if self.named else ""
        if isinstance(term, ox.NamedNode):
            return self.labels.get(term.value, self.lang) if self.named else names.short(term.value)
        return term.value if isinstance(term, (ox.Literal, ox.BlankNode)) else str(term)

    def notices(self) -> list[tuple[str, str]]:
        """Return (name, designation notice) for every thing of the answer whose name carries one."""
        things = set(self.about)
        for term in (term for row in self.rows for term in row):
            if isinstance(term, ox.NamedNode):
                things.add(term.value)
            elif isinstance(term, ox.Literal):
                things.update(self.labels.bearers(term.value))
        found = ((thing, self.labels.notice(thing, self.lang)) for thing in sorted(things))
        return [(self.labels.get(thing, self.lang).rstrip("*"), notice) for thing, notice in found if notice]

    def to_dicts(self) -> list[dict[str, str | None]]:
        """Return each row as column → IRI or lexical form; catalogue answers add `<column>_label` for things."""
        return [dict(self._pairs(row)) for row in self.rows]

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: whole numbers, decimals and truth values typed, things with their labels.

        Needs pandas (`pip install cybercoop[pandas]`).
        """
        import pandas

        frame = pandas.DataFrame(self.to_dicts(), columns=list(self._keys()))
        for index, column in enumerate(self.columns):
            kinds = {term.datatype.value for row in self.rows if isinstance(term := row[index], ox.Literal)}
            if kinds and kinds <= {XSD + "integer", XSD + "decimal", XSD + "double"}:
                frame[column] = pandas.to_numeric(frame[column])
        return frame

    def _repr_html_(self) -> str:
        from cybercoop.layouts import FORMATS

        return FORMATS["html"](self)

    def _keys(self) -> Iterator[str]:
        for column in self.columns:
            yield column
            if self.named and any(isinstance(row[self.columns.index(column)], ox.NamedNode) for row in self.rows):
                yield f"{column}_label"

    def _pairs(self, row: list[Term | None]) -> Iterator[tuple[str, str | None]]:
        keys = set(self._keys())
        for column, term in zip(self.columns, row, strict=True):
            yield column, None if term is None else _plain(term)
            if f"{column}_label" in keys:
                yield f"{column}_label", None if term is None else self.shown(term)


def ask(workspace: Workspace, name: str, given: Mapping[str, str], lang: str = "en") -> Answer:
    """Return the answer to a question of the catalogue.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise refuse("no-such-question", value=name, nearest=nearest(name, workspace.questions))
    store = workspace.stored.open()
    terms = resolve(question, given, store)
    columns, rows = _run(store, question.bind(terms), f"queries/{name}.rq")
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    found = _labels(store, (*(term for row in rows for term in row), *map(ox.NamedNode, about)))
    return Answer(columns, rows, question.columns, found, lang, True, question.question, about)


def sparql(workspace: Workspace, text: str, lang: str = "en") -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    refuse_outside(text)
    store = workspace.stored.open()
    columns, rows = _run(store, text, "query")
    return Answer(columns, rows, {}, _labels(store, (term for row in rows for term in row)), lang, False, {})


def refuse_outside(text: str) -> None:
    """Raise `Refusal` where a query has SERVICE outside strings, IRIs and comments: Oxigraph would send the request."""
    bare = _QUIET.sub(lambda match: " " * len(match.group()), _LONG.sub(_blank, text))
    if match := re.search(r"(?<![\w?$:-])SERVICE(?![\w:-])", bare, re.IGNORECASE):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        raise refuse("query-refused", Where("query", line, column), line=text.splitlines()[line - 1], value="SERVICE")


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _run(store: ox.Store, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
    try:
        result = store.query(text, prefixes=QUERY_PREFIXES)
        if isinstance(result, ox.QueryBoolean):
            value = ox.Literal("true" if result else "false", datatype=ox.NamedNode(XSD + "boolean"))
            return ["answer"], [[value]]
        if isinstance(result, ox.QueryTriples):
            rows = sorted(([t.subject, t.predicate, t.object] for t in result), key=lambda row: [str(t) for t in row])
            return ["subject", "predicate", "object"], rows
        columns = [variable.value for variable in result.variables]
        return columns, [[solution[index] for index in range(len(columns))] for solution in result]
    except SyntaxError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise refuse("query-syntax", Where(file), value=str(error)) from None
        line, column = int(place.group(1)), int(place.group(2))
        shown = (text.splitlines() or [""])[min(line, text.count("\n") + 1) - 1]
        raise refuse("query-syntax", Where(file, line, column), line=shown, value=_expected(place.group(3))) from None


def _expected(text: str) -> str:
    """Return the parser's words without the character classes that no person asked for."""
    head, found, rest = text.partition("expected one of ")
    words = [word for word in re.split(r",\s+", rest) if found and not word.startswith("[")]
    return f"{head}{found}{', '.join(words[:12])}" if words else text


def _labels(store: ox.Store, terms: Iterable[Term | None]) -> Labels:
    bearers = {quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(labels.NOTICE), None, None)}
    things = bearers | {term for term in terms if isinstance(term, ox.NamedNode)}
    wanted = [ox.NamedNode(name) for name in (labels.NAME, labels.OTHER_NAME, labels.NOTICE)]
    return labels.of_quads(
        quad
        for thing in things
        for predicate in wanted
        for quad in store.quads_for_pattern(thing, predicate, None, None)
        if isinstance(quad.graph_name, ox.NamedNode)
    )


def _plain(term: Term) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value
