"""The answer to a free query in every format, written while it is computed; the notices that names carry go with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import pyoxigraph as ox

from cybercoop.ask.free import stream
from cybercoop.ask.results.bindings import as_json, as_xml
from cybercoop.ask.results.sheet import Sheet
from cybercoop.ask.results.tables import as_html, as_markdown, as_table, separated
from cybercoop.ask.results.triples import as_jsonld, serialised
from cybercoop.problems.problem import Refusal, one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cybercoop.engines.engine import Engine

ROWS: dict[str, Callable[[Sheet], None]] = {
    "table": as_table,
    "csv": separated(",", "\r\n"),
    "tsv": separated("\t", "\n"),
    "json": as_json,
    "xml": as_xml,
    "md": as_markdown,
    "html": as_html,
}
"""The formats of every answer; triples are three columns."""

TRIPLES: dict[str, Callable[[Sheet], None]] = {
    "turtle": serialised(ox.RdfFormat.TURTLE),
    "ntriples": serialised(ox.RdfFormat.N_TRIPLES),
    "jsonld": as_jsonld,
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
