"""Commands that ask: a question or SPARQL, things by name, every claim about a thing; the catalogue for assistants."""

from __future__ import annotations

import gc
import sys
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING

from cybercoop.interfaces.cli import output, put, results
from cybercoop.interfaces.cli.commands import (
    EDITION,
    ENDPOINT,
    LANG,
    NEEDED,
    Given,
    Option,
    a_path,
    command,
    texts,
    unknown,
)
from cybercoop.problems.problem import Where, one_of, refuse, sentence
from cybercoop.sparql.limits import DEFAULT, Limits
from cybercoop.terms.names import KINDS

if TYPE_CHECKING:
    from cybercoop.graph import Graph

_FORMATS = "table, csv, tsv, json, md or html"
_ENGINES = ("columns", "store")
_MORE = _FORMATS + "; SPARQL: also xml, sparql-tsv; triples: also turtle, ntriples, trig, jsonld, rdfxml."


@command(
    Option("[NAME]", "A question; without one, all are listed. “-” reads SPARQL.", ""),
    Option("--format TEXT", _MORE, ""),
    Option("--sparql TEXT", "A query of your own, as text.", take=str),
    Option("--file PATH", "A query of your own, in a file.", take=a_path),
    Option("--search TEXT", "List the questions that speak of this, in any language.", ""),
    Option("--plot PATH", "Draw the answer into this file: .svg or .png; - is standard output, as SVG.", take=a_path),
    Option("--show-sparql", "Print the question as SPARQL, ready for any endpoint."),
    Option("--pager / --no-pager", "Page what a terminal cannot show at once.", True),
    Option("--limit-rows NUMBER", "SPARQL, or a server: rows of the answer.", DEFAULT.rows, int, 1),
    Option("--limit-bytes NUMBER", "SPARQL, or a server: bytes of the answer.", DEFAULT.bytes, int, 1),
    Option("--limit-memory NUMBER", "SPARQL, or a server: bytes of memory.", DEFAULT.memory, int, 1),
    Option("--limit-seconds NUMBER", "SPARQL: seconds of work.", DEFAULT.seconds, float, 0.01),
    EDITION,
    ENDPOINT,
    Option(
        "--engine TEXT", "columns or store, on this machine; else the one that suits the question.", choices=_ENGINES
    ),
    Option("--explain-engine", "Say on standard error which of them is asked, and why."),
    Option("--with-sources", "Add to each row the sources it rests on."),
    LANG,
    loose=True,
)
def query(given: Given) -> None:
    """Ask a question of the catalogue, with its parameters as options, or any SPARQL query.

    Examples:
      cybercoop query country-profile --country MA
      cybercoop query --sparql 'SELECT ?project { ?project a coop:Project }'

    """
    from cybercoop.ask.answer import FORMATS, written

    graph, name, own = given.graph, given.name, _own_text(given)
    if given.engine is not None:
        from cybercoop.engines.columns.choice import chosen

        graph.engine = chosen(lambda: graph.workspace.stored, None, given.engine, in_memory=False)
    if given.parameters and (own is not None or not name):
        raise unknown("cybercoop query", query, f"--{next(iter(given.parameters))}")
    if given.explain_engine and (own is not None or (name and not given.help)):
        print(_engine(graph, given, graph.bound(name, **given.parameters) if own is None else own), file=sys.stderr)
    if given.endpoint and given.endpoint.startswith("sc://") and (own is not None or (name and not given.help)):
        say_of_edition(graph, given)
    if own is not None:
        if given.with_sources or given.plot is not None:
            raise refuse("not-cited" if given.with_sources else "not-drawn", value="SPARQL")
        with output(given.pager) as out:
            graph.write(own, given.format, out, limits(given))
        return
    form = one_of(given.format or "table", FORMATS)
    if not name or given.help:
        from cybercoop.ask.catalogue import explained, listed

        one = graph.question(name) if name else None
        put(explained(one, given.lang) if one else listed(graph.questions.values(), given.lang, given.search))
    elif given.show_sparql:
        put(graph.bound(name, **given.parameters))
    else:
        found = graph.query(name, with_sources=given.with_sources, limits=limits(given), **given.parameters)
        if given.plot is None:
            with output(given.pager) as out, results():
                out.writelines(written(found, form))
            return
        from cybercoop.ask import plots
        from cybercoop.workspace.files import apart

        if str(given.plot) == "-":
            put(plots.draw(found, graph.questions[name], "svg"))
            return
        apart([given.plot], graph.workspace.inputs())
        plots.write(found, graph.questions[name], given.plot)
        given.say("drew", file=given.plot, count=len(found))


def say_of_edition(graph: Graph, given: Given) -> None:
    """Say where a lake was made of another state of the graph than that which is here."""
    from cybercoop.engines.columns.cluster import Cluster

    if isinstance(graph.engine, Cluster) and not graph.engine.is_same:
        given.say("lake-of-another-edition", place=graph.engine.url)


def _engine(graph: Graph, given: Given, text: str) -> str:
    """Return in words which engine is asked a query, and why."""
    from cybercoop.engines.columns.choice import LONG, Local

    if given.endpoint and not given.engine:
        return sentence("engine-asked", given.lang, engine=given.endpoint)
    engine, reason, reads = Local(graph.workspace.stored, given.engine or "").choice(text)
    return sentence(f"engine-{reason}", given.lang, engine=engine, count=f"{reads:,}", least=f"{LONG:,}")


def limits(given: Given) -> Limits:
    """Return the limits of a query that a line gives."""
    return Limits(given.limit_rows, given.limit_bytes, given.limit_seconds, given.limit_memory)


def _own_text(given: Given) -> str | None:
    """Return the query of one's own: from standard input, a file or the command line; None where there is none.

    Raises `Refusal` for what cannot be read, is no text, or has no end.
    """
    if given.name != "-" and given.file is None:
        for said in filter(None, (given.name, given.sparql)):
            if " " not in said and said.endswith((".rq", ".sparql")):
                raise refuse("query-is-a-file", value=said)
        return given.sparql  # type: ignore[no-any-return]
    from cybercoop.records import MAX_BYTES

    place = "-" if given.name == "-" else str(given.file)
    try:
        with nullcontext(sys.stdin) if place == "-" else given.file.open(encoding="utf-8") as stream:
            text: str = stream.read(MAX_BYTES + 1)
    except OSError:
        raise refuse("file-missing", Where(place), value=place) from None
    except ValueError as error:
        raise refuse("query-syntax", Where(place), value=str(error)) from None
    if len(text) > MAX_BYTES:
        raise refuse("query-too-long", Where("query"), value=f"{len(text):,}", limit=f"{MAX_BYTES:,}")
    return text.removeprefix("\ufeff")


@command(
    Option("TEXT...", "Words of a name, in en, fr or ar.", NEEDED, texts),
    Option("--kind TEXT", "Only things of this class: Country, Project …", choices=KINDS),
    Option("--format TEXT", _FORMATS + ".", "table"),
    EDITION,
    LANG,
)
def search(given: Given) -> None:
    """Find things by their names in any language, without regard to case, accents or Arabic spelling.

    The path of a thing can be given wherever a question or `explain` asks for one.

    Example: cybercoop search "budapest convention"
    """
    from cybercoop.ask.answer import FORMATS

    write = FORMATS[one_of(given.format, FORMATS)]
    put(write(given.graph.search(" ".join(given.text), given.kind)))


@command(
    Option("THING...", "A code, a name in en, fr or ar, a path or an IRI.", NEEDED, texts),
    Option("--property TEXT", "One property: endDate, “ends on” or its IRI."),
    Option("--format TEXT", "text, json or md.", "text"),
    EDITION,
    ENDPOINT,
    LANG,
)
def explain(given: Given) -> None:
    """Print every claim about a thing, by property: who says so, where, and which value is shown first and why.

    Example: cybercoop explain cybersouth --property endDate
    """
    from cybercoop.ask.explanation import FORMATS

    write = FORMATS[one_of(given.format, FORMATS)]
    put(write(given.graph.explain(" ".join(given.thing), given.property)))


@command()
def mcp(_: Given) -> None:
    """Serve the catalogue to an assistant over standard input and output (Model Context Protocol).

    Needs the extra mcp: pip install cybercoop[mcp]. The assistant is told to start: cybercoop mcp
    """
    from cybercoop.graph import open as open_graph

    try:
        from cybercoop.interfaces.mcp import server
    except ImportError:
        raise refuse("extra-missing", value="mcp") from None
    gc.enable()  # which a command that ends soon does without
    with results():
        try:
            server(cache(lambda language: open_graph(lang=language))).run("stdio")
        except BaseExceptionGroup as several:  # one for each task that was running
            raise _first(several) from None


def _first(several: BaseException) -> BaseException:
    return _first(several.exceptions[0]) if isinstance(several, BaseExceptionGroup) else several
