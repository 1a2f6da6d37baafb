"""A query of one's own, in SPARQL 1.1, and its answer in every format, written while it is computed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.ask.serialisations import as_json, as_jsonld, as_terms, as_xml, serialised
from cybercoop.ask.sheet import Sheet, as_html, as_markdown, as_table, separated
from cybercoop.engines.worker import worked
from cybercoop.problems.problem import Refusal, is_text, one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits, Stream
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cybercoop.engines.embedded import Engine


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


ROWS: dict[str, Callable[[Sheet], None]] = {
    "table": as_table,
    "csv": separated(",", "\r\n"),
    "tsv": separated("\t", "\n"),
    "sparql-tsv": as_terms,
    "json": as_json,
    "xml": as_xml,
    "md": as_markdown,
    "html": as_html,
}
"""The formats of every answer; triples are three columns."""

TRIPLES: dict[str, Callable[[Sheet], None]] = {
    "turtle": serialised(ox.RdfFormat.TURTLE),
    "ntriples": serialised(ox.RdfFormat.N_TRIPLES),
    "nquads": serialised(ox.RdfFormat.N_QUADS),
    "trig": serialised(ox.RdfFormat.TRIG),
    "jsonld": as_jsonld,
    "rdfxml": serialised(ox.RdfFormat.RDF_XML),
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
        sheet = Sheet(found, out, workspace.labels(found.named(()), ()), lang, workspace.context)
        try:
            FORMATS[form or ("turtle" if triples else "table")](sheet)
        except Refusal:
            if found.given:
                print(sentence("partial", lang, count=f"{found.given:,}"), file=sys.stderr)
            raise


def whole(
    workspace: Workspace,
    text: str,
    chosen: Callable[[str], str],
    lang: str = "en",
    limits: Limits = DEFAULT,
    engine: Engine | None = None,
) -> tuple[str, str]:
    """Return what an answer is (`rows`, `triples` or `truth`) and the whole of it, in the format `chosen` for that.

    Notices have a column only where one is met. Raises `Refusal` as `stream` does.
    """
    out = io.StringIO()
    with stream(workspace, text, limits, engine) as found:
        FORMATS[chosen(found.kind)](
            Sheet(found, out, workspace.labels(found.named(()), ()), lang, workspace.context, limits.rows)
        )
        kind = found.kind
    return kind, out.getvalue()
