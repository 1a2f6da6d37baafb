"""What a SPARQL server sends back, as columns and rows of terms in their settled form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pyoxigraph as ox

from cybercoop.answers.answer import Term
from cybercoop.literals import settled
from cybercoop.names import XSD
from cybercoop.servers.remote import Reply

Rows = list[list[Term | None]]


def read(reply: Reply) -> tuple[list[str], Rows]:
    """Return the columns and rows of a result; raises `ValueError` and the like for what is none."""
    if ox.RdfFormat.from_media_type(reply.form) is not None:
        triples = sorted(read_triples(reply), key=str)
        return ["subject", "predicate", "object"], [[t.subject, t.predicate, t.object] for t in triples]
    result = json.loads(reply.body)
    if "boolean" in result:
        return ["answer"], [[ox.Literal(bool(result["boolean"]))]]
    columns: list[str] = result["head"]["vars"]
    rows = [
        [_term(found[name]) if name in found else None for name in columns] for found in result["results"]["bindings"]
    ]
    if columns == ["__ASK_RETVAL"]:
        return ["answer"], [[ox.Literal(str(rows[0][0]).startswith('"1"'))]]
    return columns, rows


def read_triples(reply: Reply) -> list[ox.Triple]:
    """Return the triples of a reply; raises `SyntaxError` or `ValueError` where there are none to read."""
    form = ox.RdfFormat.from_media_type(reply.form)
    if form is None:
        raise ValueError(reply.form)
    return [quad.triple for quad in ox.parse(reply.body, format=form)]


def _term(cell: Mapping[str, str]) -> Term:
    """Return the term in a cell of JSON results, of this day or of 2007 (`typed-literal`), in its settled form."""
    kind, value = cell["type"], cell["value"]
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(re.sub(r"[^A-Za-z0-9]", "-", value))
    if language := cell.get("xml:lang"):
        return ox.Literal(value, language=language)
    datatype = cell.get("datatype", XSD + "string")
    return ox.Literal(settled(value, datatype), datatype=ox.NamedNode(datatype))
