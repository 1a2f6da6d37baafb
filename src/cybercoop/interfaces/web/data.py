"""Linked data: permanent names that lead to pages or statements, as the reader prefers; the whole graph as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cybercoop.ask.selection import described
from cybercoop.documents import Table
from cybercoop.documents.csv import written
from cybercoop.export import ABOUT, FORMATS
from cybercoop.interfaces.web.pages import at, language, missing, place, preferred, sent
from cybercoop.interfaces.web.site import LISTED, SUFFIXES, Site, class_of, relative, thing_of
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.terms import names
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH

HTML = "text/html"
_OFFERED = {
    SUFFIXES["ttl"][1]: "ttl",
    HTML: "html",
    **{media: suffix for suffix, (_, media) in SUFFIXES.items()},
    "application/json": "jsonld",
    "application/xml": "rdf",
}
"""Media type → suffix, what is given to readers without a preference first (RFC 9110, 12.5.1)."""

_OPEN = {"Access-Control-Allow-Origin": "*"}


def named(request: Request) -> Response:
    """Answer for a permanent name: 303, See Other (Cool URIs for the Semantic Web, 4.3)."""
    path, suffix = _parted(request.path_params["path"].rstrip("/"))
    if not names.PATH.fullmatch(path):
        return missing(request)
    if now := request.app.state.site.former.get(names.expand(path)):
        return at(request, now.removeprefix(names.BASE) + (f".{suffix}" if suffix else ""), 301)
    return _chosen(request, path, path if "/" in path else f"{path}/", suffix)


def words(request: Request) -> Response:
    """Answer for the vocabulary and its terms: its page, whose ends a reader looks up there, or all of its statements.

    The name of a term is that of the vocabulary and an end that is not sent (Cool URIs for the Semantic Web, 4.1).
    """
    suffix = request.path_params.get("suffix", "")
    return _chosen(request, "ns", "ns", suffix) if suffix in ("", "html", *SUFFIXES) else missing(request)


def _chosen(request: Request, path: str, page: str, suffix: str = "") -> Response:
    """Return where what has a path is found as its reader prefers it: a page, or statements in a format."""
    chosen = suffix or _OFFERED.get(preferred(request.headers.get("accept", ""), tuple(_OFFERED)), "")
    if not chosen:
        offered = "".join(f"{place(request)}.{each}  {media}\n" for media, each in _OFFERED.items())
        return PlainTextResponse(offered, 406, {"Vary": "Accept", **_OPEN})
    if chosen == "html":
        return at(request, f"{language(request)}/{page}")
    answer = at(request, f"data/{path}.{chosen}")
    answer.headers.update(_OPEN)
    return answer


def statements(request: Request) -> Response:
    """Answer with what is said of a thing, in the format of the suffix; or with a file of the whole graph."""
    site: Site = request.app.state.site
    path, suffix = _parted(request.path_params["path"])
    if not suffix and site.known(path):
        return named(request)
    if suffix in ("", "html"):
        return missing(request)
    form, media_type = SUFFIXES[suffix]
    iri = names.expand(path) if "/" in path else names.SCHEME + path
    try:
        if path == "ns" and form:
            body = _vocabulary(site, form)
        else:
            body = site.graphs["en"].describe(iri, form) if form else claims(site, iri)
    except Refusal:
        return missing(request)
    page = relative(place(request), f"{LANGUAGES[0]}/{path}")
    return sent(request, body, media_type, {"Link": f'<{quote(page)}>; rel="alternate"; type="text/html"', **_OPEN})


@lru_cache(maxsize=8)
def _vocabulary(site: Site, form: str) -> bytes:
    """Return the statements of the vocabulary, written once a server."""
    return site.graphs["en"].export(form, graph=ONTOLOGY_GRAPH)


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
    return sent(request, context_text(request.app.state.site).encode(), "application/ld+json", _OPEN)


def context_text(site: Site) -> str:
    """Return the JSON-LD context as a document."""
    import json

    return json.dumps({"@context": site.graphs["en"].workspace.context.source}, ensure_ascii=False, indent=2) + "\n"


def about(name: str) -> Callable[[Request], Response]:
    """Return what answers with a description of the graph as a data set: DCAT-AP 3 with VoID, schema.org, questions."""

    def answer(request: Request) -> Response:
        return sent(request, _about(request.app.state.site, name), ABOUT[name][2], _OPEN)

    return answer


@lru_cache(maxsize=8)
def _about(site: Site, name: str) -> bytes:
    """Return a description, made once a server: the graph is written in every format for it."""
    return described(site.graphs["en"].workspace, name, site.base)


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
        for row in site.things(class_of(kind), "en").rows:
            yield names.short(thing_of(row))


def robots(request: Request) -> Response:
    """Answer with what crawlers may read (RFC 9309): pages and data, not answers without end."""
    site: Site = request.app.state.site
    root = urlsplit(site.base).path  # rules name paths of the host, whatever lies before ours (2.2.2)
    closed = "".join(
        f"Disallow: {root}{lang}/{path}\n" for lang in LANGUAGES for path in ("ask/*?", "search", "sparql?")
    )
    closed += f"Disallow: {root}sparql?\n"
    return sent(request, f"User-agent: *\n{closed}Sitemap: {site.base}sitemap.xml\n".encode(), "text/plain")


def _parted(path: str) -> tuple[str, str]:
    """Return a path and its suffix, where it ends in one that is known."""
    stem, dot, suffix = path.rpartition(".")
    return (stem, suffix) if dot and suffix in (*SUFFIXES, "html") else (path, "")


routes = [
    Route("/id/{path:path}", named),
    Route("/scheme/{path:path}", named),
    Route("/ns", words),
    Route("/ns.{suffix}", words),
    Route("/context.jsonld", context),
    *(Route(f"/data/cybercoop.{form.extension}", whole(form.name)) for form in FORMATS.values()),
    Route("/.well-known/void", about("dcat")),
    *(Route(f"/data/{name}.{extension}", about(name)) for name, (_, extension, _) in ABOUT.items()),
    Route("/data/{path:path}", statements),
    Route("/sitemap.xml", sitemap),
    Route("/robots.txt", robots),
]
