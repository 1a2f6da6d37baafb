"""Ask the graph: a question of the catalogue, or a query in SPARQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from cybercoop import labels
from cybercoop.answer import Answer, Term
from cybercoop.labels import Labels
from cybercoop.names import QUERY_PREFIXES, XSD
from cybercoop.parameters import resolve
from cybercoop.problems import Where, nearest, refuse
from cybercoop.workspace import Workspace

_QUIET = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'''
    r"""|'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n]|\\.)*'"""
    r"""|<[^\s<>"{}|\\^`]*>|\#[^\n]*""",
    re.DOTALL,
)
"""Strings, IRIs and comments, in one pass from left to right: what stands in them is no keyword."""

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def ask(workspace: Workspace, name: str, given: Mapping[str, str], lang: str = "en") -> Answer:
    """Return the answer to a question of the catalogue.

    `given` maps parameters to what people type: a code, a name in any of the three languages, an IRI, a date.
    Raises `Refusal` for an unknown question, parameter or value, with the nearest known one.
    """
    question = workspace.question(name)
    if question is None:
        raise refuse("no-such-question", value=name, nearest=nearest(name, workspace.questions))
    store = workspace.stored.open()
    spoken = {} if given.get("language") or "language" not in question.parameters else {"language": lang}
    terms = resolve(question, {**spoken, **given}, store)
    columns, rows = _run(store, question.bind(terms), f"queries/{name}.rq")
    about = tuple(term.value for values in terms.values() for term in values if isinstance(term, ox.NamedNode))
    found = _labels(workspace, store, (*(term for row in rows for term in row), *map(ox.NamedNode, about)))
    return Answer(columns, rows, question.columns, found, lang, True, question.question, about)


def sparql(workspace: Workspace, text: str, lang: str = "en") -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    refuse_outside(text)
    store = workspace.stored.open()
    columns, rows = _run(store, text, "query")
    return Answer(columns, rows, {}, _labels(workspace, store, (term for row in rows for term in row)), lang, False, {})


def refuse_outside(text: str) -> None:
    """Raise `Refusal` where a query has SERVICE outside strings, IRIs and comments: Oxigraph would send the request."""
    bare = _QUIET.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    if match := re.search(r"(?<![\w?$:-])SERVICE(?![\w:-])", bare, re.IGNORECASE):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        raise refuse("query-refused", Where("query", line, column), line=text.splitlines()[line - 1], value="SERVICE")


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


def _labels(workspace: Workspace, store: ox.Store, terms: Iterable[Term | None]) -> Labels:
    things = (term.value for term in terms if isinstance(term, ox.NamedNode))
    return labels.of_store(store, things, workspace.name_order(store))
