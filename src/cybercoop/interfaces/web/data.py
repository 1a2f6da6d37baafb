"""Linked data: permanent names that lead to pages or statements, as the reader prefers; the whole graph as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cybercoop.documents.blocks import Table
from cybercoop.documents.csv import written
from cybercoop.export import FORMATS
from cybercoop.interfaces.web.negotiation import preferred
from cybercoop.interfaces.web.pages import at, language, missing, place, sent
from cybercoop.interfaces.web.site import LISTED, Site, class_of, relative, thing_of
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms import names

HTML = "text/html"
SUFFIXES = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("jsonld", "application/ld+json"),
    "nt": ("ntriples", "application/n-triples"),
    "trig": ("trig", "application/trig"),
    "rdf": ("rdfxml", "application/rdf+xml"),
    "csv": ("", "text/csv"),
}
"""Suffix → the format of exports, and its registered media type; the comma-separated values are a list of claims."""

_OFFERED = {SUFFIXES["ttl"][1]: "ttl", HTML: "html", **{media: suffix for suffix, (_, media) in SUFFIXES.items()}}
"""Media type → suffix, what is given to readers without a preference first (RFC 9110, 12.5.1)."""

_OPEN = {"Access-Control-Allow-Origin": "*"}


def named(request: Request) -> Response:
    """Answer for a permanent name: 303, See Other (Cool URIs for the Semantic Web, 4.3)."""
    path, suffix = _parted(request.path_params["path"])
    if not names.PATH.fullmatch(path):
        return missing(request)
    if now := request.app.state.site.former.get(names.expand(path)):
        return at(request, now.removeprefix(names.BASE) + (f".{suffix}" if suffix else ""), 301)
    chosen = suffix or _OFFERED.get(preferred(request.headers.get("accept", ""), tuple(_OFFERED)), "")
    if not chosen:
        offered = "".join(f"{place(request)}.{each}  {media}\n" for media, each in _OFFERED.items())
        return PlainTextResponse(offered, 406, {"Vary": "Accept", **_OPEN})
    if chosen == "html":
        return at(request, f"{language(request)}/{path}" + ("" if "/" in path else "/"))
    answer = at(request, f"data/{path}.{chosen}")
    answer.headers.update(_OPEN)
    return answer


def statements(request: Request) -> Response:
    """Answer with what is said of a thing, in the format of the suffix; or with a file of the whole graph."""
    site: Site = request.app.state.site
    path, suffix = _parted(request.path_params["path"])
    if suffix in ("", "html"):
        return missing(request)
    form, media_type = SUFFIXES[suffix]
    iri = names.expand(path) if "/" in path else names.SCHEME + path
    try:
        body = site.graphs["en"].describe(iri, form) if form else claims(site, iri)
    except Refusal:
        return missing(request)
    page = relative(place(request), f"{LANGUAGES[0]}/{path}")
    return sent(request, body, media_type, {"Link": f'<{quote(page)}>; rel="alternate"; type="text/html"', **_OPEN})


def claims(site: Site, iri: str) -> bytes:
    """Return the claims about a thing as comma-separated values, one a row. Raises `Refusal` where there is none."""
    told = site.explain(iri, "en")
    rows = [
        [names.short(entry.iri), stated.value.value, getattr(stated.value, "language", None) or "", source]
        for entry in told.properties
        for stated in entry.values
        for source in stated.sources
    ]
    return written(Table("", ["property", "value", "language", "source"], rows))


def whole(form: str) -> Callable[[Request], Response]:
    """Return what answers with the whole graph in a format of exports."""

    def answer(request: Request) -> Response:
        site: Site = request.app.state.site
        body = site.graphs["en"].export(form)
        return sent(request, body, FORMATS[form].media_type, _OPEN)

    return answer


def context(request: Request) -> Response:
    """Answer with the JSON-LD context, at the address that documents name."""
    import json

    site: Site = request.app.state.site
    text = json.dumps({"@context": site.graphs["en"].workspace.context.source}, ensure_ascii=False, indent=2)
    return sent(request, f"{text}\n".encode(), "application/ld+json", _OPEN)


def described(request: Request) -> Response:
    """Answer with what the graph is as a data set: VoID, with the words of DCAT for its files."""
    site: Site = request.app.state.site
    return sent(request, "".join(_dataset(site)).encode(), "text/turtle", _OPEN)


def _dataset(site: Site) -> Iterator[str]:
    graph = site.graphs["en"]
    count = len({(quad.subject, quad.predicate, quad.object) for quad in graph.quads()})
    for prefix, namespace in (
        ("dcat", "http://www.w3.org/ns/dcat#"),
        ("dct", names.DCT),
        ("foaf", "http://xmlns.com/foaf/0.1/"),
        ("void", "http://rdfs.org/ns/void#"),
        ("xsd", names.XSD),
    ):
        yield f"@prefix {prefix}: <{namespace}> .\n"
    yield f"\n<{names.BASE}> a void:Dataset, dcat:Dataset ;\n"
    for lang in LANGUAGES:
        title, lead = (site.said(lang, code).replace('"', '\\"') for code in ("home-title", "home-lead"))
        yield f'    dct:title "{title}"@{lang} ;\n    dct:description "{lead}"@{lang} ;\n'
    yield "    dct:license <https://creativecommons.org/licenses/by/4.0/> ;\n"
    yield f"    foaf:homepage <{site.base}> ;\n    void:triples {count} ;\n"
    yield f"    void:sparqlEndpoint <{site.base}sparql> ;\n"
    yield f'    void:uriSpace "{names.ID}" ;\n    void:vocabulary <{names.NS}> ;\n'
    for kind in LISTED:
        found = len(graph.things(class_of(kind)))
        yield f"    void:classPartition [ void:class <{names.NS}{class_of(kind)}> ; void:entities {found} ] ;\n"
    for form in FORMATS.values():
        address = f"{site.base}data/cybercoop.{form.extension}"
        yield f"    void:dataDump <{address}> ;\n" if form.name != "csv" else ""
        yield f'    dcat:distribution [ a dcat:Distribution ; dct:title "{form.title}" ;\n'
        yield f"        dcat:downloadURL <{address}> ;\n"
        yield f"        dcat:mediaType <https://www.iana.org/assignments/media-types/{form.media_type}> ] ;\n"
    yield ".\n"


def sitemap(request: Request) -> Response:
    """Answer with the address of every page of a thing or question, in every language (sitemaps.org, 0.9)."""
    site: Site = request.app.state.site
    paths = ["", "about", "ns", "ask/", *(f"ask/{name}" for name in site.graphs["en"].questions), *every(site)]
    lines = [f"<url><loc>{site.base}{lang}/{quote(path)}</loc></url>\n" for path in paths for lang in LANGUAGES]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return sent(request, (head + "".join(lines) + "</urlset>\n").encode(), "application/xml")


def every(site: Site) -> Iterator[str]:
    """Yield the path of every list and every thing."""
    for kind in LISTED:
        yield f"{kind}/"
        for row in site.graphs["en"].things(class_of(kind)).rows:
            yield names.short(thing_of(row))


def robots(request: Request) -> Response:
    """Answer with what crawlers may read (RFC 9309): pages and data, not answers without end."""
    site: Site = request.app.state.site
    closed = "".join(f"Disallow: /{lang}/{path}\n" for lang in LANGUAGES for path in ("ask/*?", "search", "sparql?"))
    closed += "Disallow: /sparql?\n"
    return sent(request, f"User-agent: *\n{closed}Sitemap: {site.base}sitemap.xml\n".encode(), "text/plain")


def _parted(path: str) -> tuple[str, str]:
    """Return a path and its suffix, where it ends in one that is known."""
    stem, dot, suffix = path.rpartition(".")
    return (stem, suffix) if dot and suffix in (*SUFFIXES, "html") else (path, "")


async def words(request: Request) -> Response:
    """Answer for the name of the vocabulary and of its terms, whose ends a reader looks up in the page."""
    return at(request, f"{language(request)}/ns")


routes = [
    Route("/id/{path:path}", named),
    Route("/scheme/{path:path}", named),
    Route("/ns", words),
    Route("/context.jsonld", context),
    *(Route(f"/data/cybercoop.{form.extension}", whole(form.name)) for form in FORMATS.values()),
    Route("/data/{path:path}", statements),
    Route("/.well-known/void", described),
    Route("/sitemap.xml", sitemap),
    Route("/robots.txt", robots),
]
