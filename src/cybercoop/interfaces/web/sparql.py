"""The SPARQL endpoint: SPARQL 1.1 Protocol over workers with limits, and the description of the service.

An answer is whole before its first byte is sent, so that its status is true.
https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.pages import at, language, preferred, sent
from cybercoop.interfaces.web.programs import OPEN, fields, permitted, received, told, within
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.rewriting import with_dataset
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Call, walk
from cybercoop.terms import names
from cybercoop.terms.term import iri_of

LIMITS = Limits(rows=100_000, bytes=16 << 20, seconds=15.0, memory=512 << 20)
"""What one query of a reader may use."""

AT_ONCE = 4
"""How many of them run at once in one process; pages are made beside them."""

METHODS = "GET, HEAD, POST, OPTIONS"
HTML = "text/html"
FORM, QUERY, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"

ROWS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "sparql-tsv",
}
"""Media type → the format of SELECT and ASK; the first is given to readers without a preference."""

TRIPLES = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/json": "jsonld",
    "application/xml": "rdfxml",
}
"""The same for CONSTRUCT and DESCRIBE."""

_FORMATS = {
    "SPARQL_Results_JSON": "json",
    "SPARQL_Results_XML": "xml",
    "SPARQL_Results_CSV": "csv",
    "SPARQL_Results_TSV": "sparql-tsv",
    "Turtle": "turtle",
    "N-Triples": "ntriples",
    "JSON-LD": "jsonld",
    "RDF_XML": "rdfxml",
    "TriG": "trig",
}
"""The end of the IRI of a format (Unique URIs for File Formats, W3C) → the format."""

_WRITTEN = {"turtle": ox.RdfFormat.TURTLE, "ntriples": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}
_WRITTEN |= {"rdfxml": ox.RdfFormat.RDF_XML, "trig": ox.RdfFormat.TRIG}
_SD = "http://www.w3.org/ns/sparql-service-description#"
_IRI = re.compile(r'[^\x00-\x20<>"{}|^`\\]+')
_VARYING = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
"""Functions whose value is another each time."""


class Desk:
    """Where queries of readers are asked: within limits, so many at once."""

    def __init__(self, limits: Limits = LIMITS, at_once: int = AT_ONCE) -> None:
        self.limits = limits
        self.at_once = at_once
        self._places = threading.BoundedSemaphore(at_once)

    @contextmanager
    def place(self) -> Iterator[Limits]:
        """Give the limits of one query, while a place is free. Raises `Refusal` where there is none."""
        if not self._places.acquire(blocking=False):
            raise refuse("query-busy", Where("query"), limit=str(self.at_once))
        try:
            yield self.limits
        except Refusal as refusal:
            raise Refusal(within(refusal.problem, self.limits), refusal.line) from None
        finally:
            self._places.release()


class Asked(NamedTuple):
    """A query as the protocol carries it: its text, and the graphs of its dataset (2.1.4)."""

    text: str
    default: Sequence[str]
    named: Sequence[str]


async def endpoint(request: Request) -> Response:
    """Answer a query (SPARQL 1.1 Protocol 2.1); without one, describe the service, or lead a person to the form."""
    if request.method == "OPTIONS":
        return permitted(METHODS)
    try:
        asked = await _asked(request)
    except Refusal as refusal:
        return told(request, refusal.problem, OPEN)
    accept = request.headers.get("accept", "")
    if asked is None:
        chosen = preferred(accept, (*TRIPLES, HTML)) or next(iter(TRIPLES))
        if chosen == HTML:
            return at(request, f"{language(request)}/sparql")
        return await run_in_threadpool(described, request, chosen)
    if request.method != "POST" and preferred(accept, (*ROWS, *TRIPLES, HTML)) == HTML:
        return at(request, f"{language(request)}/sparql?{request.url.query}")
    return await run_in_threadpool(answered, request, asked)


async def _asked(request: Request) -> Asked | None:
    """Return the query that a request carries; None where it has none. Raises `Refusal` for what is no query."""
    given = fields(request.scope["query_string"], "query")
    texts = [value for name, value in given if name == "query"]
    if request.method == "POST":
        kind, _, parameters = request.headers.get("content-type", "").partition(";")
        kind, body = kind.strip().lower(), await received(request)
        if kind == UPDATE:
            raise refuse("query-refused", Where("query"), value="update")
        charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", parameters, re.IGNORECASE)
        if kind not in (FORM, QUERY) or (charset and charset.group(1).lower() not in ("utf-8", "utf8", "us-ascii")):
            raise refuse("body-media-type", value=request.headers.get("content-type") or "–")
        if kind == QUERY:
            try:
                texts.append(body.decode())
            except UnicodeDecodeError:
                raise refuse("not-text", value="query") from None
        else:
            sent_ = fields(body, "query")
            given += sent_
            texts += [value for name, value in sent_ if name == "query"]
    if any(name == "update" for name, _ in given):
        raise refuse("query-refused", Where("query"), value="update")
    if not texts and request.method != "POST":
        return None
    if len(texts) != 1:
        raise refuse("query-once", Where("query"), value=str(len(texts)))
    return Asked(texts[0].removeprefix("\ufeff"), _graphs(given, "default"), _graphs(given, "named"))


def _graphs(given: Sequence[tuple[str, str]], which: str) -> list[str]:
    found = [value for name, value in given if name == f"{which}-graph-uri"]
    for value in found:
        if not _IRI.fullmatch(value) or not value.startswith(names.BASE):
            raise refuse("query-from-outside", Where("query"), value=value)
    return found


def answered(request: Request, asked: Asked, suffix: str = "") -> Response:
    """Answer a query in the format that the reader prefers, or in that of a suffix."""
    site: Site = request.app.state.site
    desk: Desk = request.app.state.desk
    accept, lang = suffix or request.headers.get("accept", ""), language(request)

    def media(kind: str) -> str:
        offered = tuple(_offered(kind))
        return preferred(accept, offered) or offered[0]

    headers = {**OPEN, "Vary": "Accept, Accept-Language"}
    try:
        with desk.place() as limits:
            look(asked.text)
            text = with_dataset(asked.text, asked.default, asked.named)
            lasts = request.method != "POST" and _lasts(text)
            tag = hashlib.sha256(f"{accept} {lang}".encode()).hexdigest()[:8]
            headers |= {"ETag": f'W/"{site.edition}-{tag}"'} if lasts else {"Cache-Control": "no-store"}
            if lasts and headers["ETag"] in request.headers.get("if-none-match", ""):
                return sent(request, b"", "", headers)
            kind, body = site.graphs[lang].whole(text, lambda kind: _offered(kind)[media(kind)], limits)
    except Malformed as error:
        return told(request, error.refusal("query").problem, headers)
    except Refusal as refusal:
        return told(request, refusal.problem, headers)
    found = media(kind)
    if found.startswith("text/"):
        found += "; charset=utf-8"
    return sent(request, body.encode(), found, headers) if lasts else Response(body.encode(), 200, headers, found)


def _offered(kind: str) -> Mapping[str, str]:
    return TRIPLES if kind == "triples" else ROWS


def _lasts(text: str) -> bool:
    """Return whether a query has the same answer as long as the graph stays as it is."""
    try:
        calls = [node.name for node in walk(parse(text, names.QUERY_PREFIXES)) if isinstance(node, Call)]
    except Malformed:
        return False
    return not any(isinstance(name, str) and name in _VARYING for name in calls)


def described(request: Request, media_type: str) -> Response:
    """Answer with what the service is and can do (SPARQL 1.1 Service Description)."""
    site: Site = request.app.state.site
    triples = ox.parse("".join(_description(site, request.app.state.desk)), format=ox.RdfFormat.TURTLE)
    form = _WRITTEN[TRIPLES[media_type]]
    prefixes = {"sd": _SD, "void": "http://rdfs.org/ns/void#"} if form == ox.RdfFormat.TURTLE else None
    body = ox.serialize((quad.triple for quad in triples), format=form, prefixes=prefixes)
    return sent(request, body or b"", media_type, {**OPEN, "Vary": "Accept"})


def _description(site: Site, desk: Desk) -> Iterator[str]:
    graph, limits = site.graphs["en"], desk.limits
    count, graphs, before = 0, set[str](), None
    for quad in graph.workspace.stored.each_quad():  # they are sorted
        count, before = count + (quad.triple != before), quad.triple
        graphs.add(iri_of(quad.graph_name))
    yield f"@prefix sd: <{_SD}> .\n@prefix void: <http://rdfs.org/ns/void#> .\n"
    yield f"<{site.base}sparql> a sd:Service ;\n    sd:endpoint <{site.base}sparql> ;\n"
    yield "    sd:supportedLanguage sd:SPARQL11Query ;\n    sd:feature sd:UnionDefaultGraph ;\n"
    for form in _FORMATS:
        yield f"    sd:resultFormat <http://www.w3.org/ns/formats/{form}> ;\n"
    yield '    <http://www.w3.org/2000/01/rdf-schema#comment> "One query: at most '
    yield f"{limits.seconds:g} seconds, {limits.rows:,} rows, {limits.bytes:,} bytes of answer, {limits.memory:,} "
    yield f'bytes of memory; {desk.at_once} at once. No update, no SERVICE."@en ;\n'
    yield f"    sd:defaultDataset [ a sd:Dataset, void:Dataset ; void:inDataset <{names.BASE}> ;\n"
    yield f"        sd:defaultGraph [ a sd:Graph ; void:triples {count} ]"
    for name in sorted(graphs):
        yield f" ;\n        sd:namedGraph [ a sd:NamedGraph ; sd:name <{name}> ]"
    yield " ] .\n"


routes = [Route("/sparql", endpoint, methods=["GET", "POST", "OPTIONS"])]
