"""The formats that W3C has for answers: SPARQL Results in JSON, XML and TSV; Turtle and its like for triples."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from cybercoop.ask.sheet import Sheet
from cybercoop.problems.problem import refuse
from cybercoop.sparql.limits import Row
from cybercoop.terms.names import PREFIXES, XSD, short
from cybercoop.terms.term import Term

_NAMESPACE = "http://www.w3.org/2005/sparql-results#"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold."""


def as_json(sheet: Sheet) -> None:
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


def as_xml(sheet: Sheet) -> None:
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


def serialised(form: ox.RdfFormat) -> Callable[[Sheet], None]:
    """Return a format of triples; notices stand in comments at the end."""

    def write(sheet: Sheet) -> None:
        prefixes = None if form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS) else PREFIXES
        ox.serialize(_triples(sheet), _Bytes(sheet), format=form, prefixes=prefixes)  # type: ignore[arg-type]
        marks = ("<!-- ", " -->") if form == ox.RdfFormat.RDF_XML else ("# ", "")
        said = (line.replace("--", "‐‐") for notice in sheet.notices() for line in notice.splitlines())
        sheet.write("".join(f"{marks[0]}{line}{marks[1]}\n" for line in said))

    return write


def as_jsonld(sheet: Sheet) -> None:
    """Write JSON-LD under the words of our context, which stands in it; notices stand in a member that is no statement.

    Raises `Refusal` for what JSON-LD cannot say.
    """
    from cybercoop.export.facts import ExportError
    from cybercoop.export.jsonld import nodes

    sheet.write(f'{{"@context": {json.dumps(sheet.context.source, ensure_ascii=False)}, "@graph": [')
    between = "\n"
    try:
        for answer in sheet.answers():
            triples = (ox.Triple(*row) for row in answer.rows)  # type: ignore[arg-type]
            for node in nodes(triples, sheet.context):
                sheet.write(between + node)
                between = ",\n"
    except ExportError as error:
        thing, term = short(error.subject), short(error.predicate)
        raise refuse(error.code, thing=thing, term=term, value=error.value) from None
    met = [{"name": name, "notice": notice} for name, notice in sheet.met]
    sheet.write("\n]" + (f', "notices": {json.dumps(met, ensure_ascii=False)}' if met else "") + "}\n")


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


def as_terms(sheet: Sheet) -> None:
    """Write SPARQL 1.1 Query Results TSV (4): variables and terms as SPARQL writes them, a notice as one more."""
    columns, blocks = sheet.noticed()
    sheet.write("\t".join(f"?{column}" for column in columns) + "\n")
    for rows in blocks:
        sheet.write("".join("\t".join(map(_turtle_term, row)) + "\n" for row in rows))


def _turtle_term(term: Term | None) -> str:
    return "" if term is None else str(term).replace("\t", "\\t")
