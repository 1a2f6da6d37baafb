"""A query of one's own, in SPARQL 1.1, and its answer in every format, written while it is computed."""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from cybercoop.ask import layouts
from cybercoop.ask.answer import Answer
from cybercoop.documents import csv, html, markdown, text
from cybercoop.engines.worker import worked
from cybercoop.problems.problem import Refusal, is_text, one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.sparql.stream import Row, Stream
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import PREFIXES, XSD
from cybercoop.terms.term import Term
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cybercoop.engines.engine import Engine


def stream(
    workspace: Workspace, text: str, limits: Limits, engine: Engine | None = None
) -> AbstractContextManager[Stream]:
    """Give the answer to a query as a stream; the worker or the connection behind it ends with the block.

    Raises `Refusal` with line and column for a query that cannot be read, and for one that would leave this graph.
    """
    if not is_text(text):
        raise refuse("not-text", value="SPARQL")
    return engine.stream(text, limits) if engine else worked(workspace.stored, text, limits)


def sparql(
    workspace: Workspace, text: str, lang: str = "en", limits: Limits = DEFAULT, engine: Engine | None = None
) -> Answer:
    """Return the answer to a SPARQL 1.1 query over the union of all sources; `GRAPH ?source {…}` tells who says so.

    Raises `Refusal` as `stream` does, and where a limit is met: an answer is whole.
    """
    with stream(workspace, text, limits, engine) as found:
        rows = [row for block in found.blocks() for row in block]
        things = {term for row in rows for term in row if isinstance(term, ox.NamedNode)}
        named = workspace.labels(found.named(thing.value for thing in things), things)
    if found.kind == "triples":
        rows.sort(key=lambda row: [str(term) for term in row])
    return Answer(found.columns, rows, {}, named, lang, False, {})


_SHORT = 1000


@dataclass
class Sheet:
    """The rows of a stream and the place they are written to, with the notices met on the way."""

    stream: Stream
    out: TextIO
    labels: Labels
    lang: str
    met: dict[tuple[str, str], None] = field(default_factory=dict)

    def answers(self) -> Iterator[Answer]:
        """Yield the rows as they come, as answers, noting the notices of each."""
        for block in self.stream.blocks():
            yield self._noted(block)

    def opening(self) -> tuple[Answer, bool]:
        """Return the first rows, and whether they are all: of a long answer, a thousand or somewhat more."""
        rows: list[Row] = []
        for block in self.stream.blocks():
            rows += block
            if len(rows) > _SHORT:
                return self._noted(rows), False
        return self._noted(rows), True

    def noticed(self) -> tuple[list[str], Iterator[list[Row]]]:
        """Return columns and rows with a column `notice` more, where one is needed.

        A long answer always has it: when its head is written, nobody knows what will come.
        """
        first, whole = self.opening()
        columns = self.stream.columns
        if whole and not self.met:
            return columns, iter([first.rows])
        name = next(
            name for number in count(1) if (name := f"notice{number}"[: 6 if number == 1 else None]) not in columns
        )
        rest = (answer.rows for answer in self.answers())
        return [*columns, name], ([[*row, self._said(row)] for row in rows] for rows in chain([first.rows], rest))

    def answer(self, rows: list[Row]) -> Answer:
        """Return some rows as an answer."""
        return Answer(self.stream.columns, rows, {}, self.labels, self.lang, False, {})

    def write(self, text: str) -> None:
        """Write now; the time that a slow reader takes is not counted."""
        with self.stream.clock.paused():
            self.out.write(text)
            self.out.flush()

    def notices(self) -> list[str]:
        """Return the notices met so far, as sentences."""
        return [sentence("notice", self.lang, name=name, notice=notice) for name, notice in self.met]

    def _noted(self, rows: list[Row]) -> Answer:
        answer = self.answer(rows)
        self.met |= dict.fromkeys(answer.notices())
        return answer

    def _said(self, row: Row) -> ox.Literal | None:
        notices = " ".join(notice for _, notice in self.answer([row]).notices())
        return ox.Literal(notices, language=self.lang) if notices else None


def _table(sheet: Sheet) -> None:
    """Write a table; the columns of a long one are as wide as its first rows need."""
    first, whole = sheet.opening()
    if whole:
        sheet.write(layouts.as_table(first))
        return
    table = first.table()
    grid = text.Grid(table.headings, table.rows, sheet.lang, text.terminal_width(), whole=False)
    sheet.write(grid.head() + grid.body(table.rows))
    for answer in sheet.answers():
        sheet.write(grid.body(answer.cells()))
    foot = [*sheet.notices(), sentence("rows", sheet.lang, count=sheet.stream.given)]
    sheet.write("".join(f"\n{text.paragraph(line, grid.room)}\n" for line in foot))


def _markdown(sheet: Sheet) -> None:
    """Write a Markdown table with the notices below it."""
    sheet.write(markdown.head(sheet.stream.columns))
    for answer in sheet.answers():
        sheet.write("".join(map(markdown.row, answer.cells())))
    sheet.write(markdown.foot(sheet.notices()))


def _html(sheet: Sheet) -> None:
    """Write an HTML table with the notices below it."""
    sheet.write(html.head(sheet.answer([]).table().headings, sheet.lang))
    for answer in sheet.answers():
        sheet.write(html.rows(answer.cells(known=True)))
    sheet.write(html.end(sheet.notices(), sheet.lang))


def _separated(delimiter: str, end: str) -> Callable[[Sheet], None]:
    """Return the format of CSV and its like: full IRIs, and a `notice` column where one is needed."""

    def write(sheet: Sheet) -> None:
        columns, blocks = sheet.noticed()
        sheet.write(csv.lines([columns], delimiter, end))
        for rows in blocks:
            sheet.write(csv.lines(([_cell(term) for term in row] for row in rows), delimiter, end))

    return write


def _cell(term: Term | None) -> str:
    return "" if term is None else csv.safe(str(term) if isinstance(term, ox.Triple) else term.value)


_NAMESPACE = "http://www.w3.org/2005/sparql-results#"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold."""


def _json(sheet: Sheet) -> None:
    """Write SPARQL 1.1 Query Results JSON; the notice of a row is one of its bindings."""
    if sheet.stream.kind == "truth":
        sheet.write(json.dumps({"head": {}, "boolean": _truth(sheet)}) + "\n")
        return
    columns, blocks = sheet.noticed()
    head = json.dumps({"vars": columns}, ensure_ascii=False)
    sheet.write(f'{{"head": {head}, "results": {{"bindings": [')
    between = "\n"
    for rows in blocks:
        if rows:
            sheet.write(between + ",\n".join(json.dumps(_binding(columns, row), ensure_ascii=False) for row in rows))
            between = ",\n"
    sheet.write("\n]}}\n")


def _xml(sheet: Sheet) -> None:
    """Write SPARQL Query Results XML; the notice of a row is one of its bindings."""
    names, blocks = sheet.noticed() if sheet.stream.kind != "truth" else ([], iter(()))
    variables = "".join(f"<variable name={quoteattr(name)}/>" for name in names)
    sheet.write(f'<?xml version="1.0"?>\n<sparql xmlns="{_NAMESPACE}">\n<head>{variables}</head>\n')
    if sheet.stream.kind == "truth":
        sheet.write(f"<boolean>{json.dumps(_truth(sheet))}</boolean>\n</sparql>\n")
        return
    sheet.write("<results>\n")
    for rows in blocks:
        sheet.write("".join(f"<result>{''.join(_xml_bindings(names, row))}</result>\n" for row in rows))
    sheet.write("</results>\n</sparql>\n")


def _truth(sheet: Sheet) -> bool:
    return any(
        isinstance(term, ox.Literal) and term.value == "true" for answer in sheet.answers() for [term] in answer.rows
    )


def _binding(names: list[str], row: Row) -> dict[str, Any]:
    return {name: _json_term(term) for name, term in zip(names, row, strict=True) if term is not None}


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        return {"type": "triple", "value": {name: _json_term(part) for name, part in _parts(term).items()}}
    known: dict[str, Any] = {"type": "literal", "value": term.value}
    if term.language:
        known["xml:lang"] = term.language
    elif term.datatype.value != XSD + "string":
        known["datatype"] = term.datatype.value
    return known


def _xml_bindings(names: list[str], row: Row) -> Iterator[str]:
    for name, term in zip(names, row, strict=True):
        if term is not None:
            yield f"<binding name={quoteattr(name)}>{_xml_term(term)}</binding>"


def _xml_term(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{escape(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{escape(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        return (
            f"<triple>{''.join(f'<{name}>{_xml_term(part)}</{name}>' for name, part in _parts(term).items())}</triple>"
        )
    said = ""
    if term.language:
        said = f" xml:lang={quoteattr(term.language)}"
    elif term.datatype.value != XSD + "string":
        said = f" datatype={quoteattr(term.datatype.value)}"
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", term.value)
    return f"<literal{said}>{escape(text, {chr(13): '&#13;'})}</literal>"


def _parts(triple: ox.Triple) -> dict[str, Any]:
    return {"subject": triple.subject, "predicate": triple.predicate, "object": triple.object}


_DECLARED = re.compile(r"\A(?:@prefix .*\n)+")
"""The head of a Turtle document, which the engine writes in no order; it comes in one piece."""


def _serialised(form: ox.RdfFormat) -> Callable[[Sheet], None]:
    """Return a format of triples; notices stand in comments at the end."""

    def write(sheet: Sheet) -> None:
        prefixes = PREFIXES if form == ox.RdfFormat.TURTLE else None
        ox.serialize(_triples(sheet), _Bytes(sheet), format=form, prefixes=prefixes)  # type: ignore[arg-type]
        sheet.write("".join(f"# {line}\n" for notice in sheet.notices() for line in notice.splitlines()))

    return write


def _jsonld(sheet: Sheet) -> None:
    """Write expanded JSON-LD; notices stand in a member that is no statement."""
    sheet.write('{"@graph": ')
    ox.serialize(_triples(sheet), _Bytes(sheet), format=ox.RdfFormat.JSON_LD)  # type: ignore[arg-type]
    met = [{"name": name, "notice": notice} for name, notice in sheet.met]
    sheet.write((f', "notices": {json.dumps(met, ensure_ascii=False)}' if met else "") + "}\n")


def _triples(sheet: Sheet) -> Iterable[ox.Triple]:
    return (ox.Triple(*row) for answer in sheet.answers() for row in answer.rows)  # type: ignore[arg-type]


class _Bytes:
    """A place for the bytes of a serialiser, which may end inside a character."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._begun = False

    def write(self, data: bytes) -> int:
        """Write some bytes on."""
        text = self._decoder.decode(data)
        self._sheet.write(text if self._begun else _DECLARED.sub(_sorted, text))
        self._begun = True
        return len(data)

    def flush(self) -> None:
        """Do nothing: every write is written through."""


def _sorted(match: re.Match[str]) -> str:
    return "".join(sorted(match.group().splitlines(keepends=True)))


ROWS: dict[str, Callable[[Sheet], None]] = {
    "table": _table,
    "csv": _separated(",", "\r\n"),
    "tsv": _separated("\t", "\n"),
    "json": _json,
    "xml": _xml,
    "md": _markdown,
    "html": _html,
}
"""The formats of every answer; triples are three columns."""

TRIPLES: dict[str, Callable[[Sheet], None]] = {
    "turtle": _serialised(ox.RdfFormat.TURTLE),
    "ntriples": _serialised(ox.RdfFormat.N_TRIPLES),
    "jsonld": _jsonld,
}
"""The formats of CONSTRUCT and DESCRIBE alone."""

FORMATS = {**ROWS, **TRIPLES}
"""Every way of writing the answer to a free query, by the name that people type."""


def write(
    workspace: Workspace,
    text: str,
    form: str,
    out: TextIO,
    lang: str = "en",
    limits: Limits = DEFAULT,
    engine: Engine | None = None,
) -> None:
    """Write the answer to a SPARQL 1.1 query, in constant memory; an empty `form` is a table, or Turtle for triples.

    Raises `Refusal` for an unknown format or one that the answer does not have, and as `stream` does; what was
    written by then is said to be a part.
    """
    if form:
        one_of(form, FORMATS)
    with stream(workspace, text, limits, engine) as found:
        triples = found.kind == "triples"
        if form in TRIPLES and not triples:
            raise refuse("query-not-triples", value=form, known=" ".join(ROWS))
        sheet = Sheet(found, out, workspace.labels(found.named(()), ()), lang)
        try:
            FORMATS[form or ("turtle" if triples else "table")](sheet)
        except Refusal:
            if found.given:
                print(sentence("partial", lang, count=f"{found.given:,}"), file=sys.stderr)
            raise
