"""Parts of pages for the pages of others: a matrix, a line of time or a map, with its notices; a thing in short.

Only these addresses may stand in a frame of another site (Content Security Policy Level 3, `frame-ancestors`).
"""

from __future__ import annotations

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.cards import Notes
from cybercoop.interfaces.web.explained import explained, sections
from cybercoop.interfaces.web.pages import HTML, POLICY, Missing, answered, given, language, missing, place, sent
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import Refusal
from cybercoop.terms import names
from cybercoop.terms.labels import spoken
from cybercoop.terms.names import DCT

PICTURES = {"matrix": "country-instrument-matrix", "timeline": "treaty-status", "map": "treaty-positions"}
"""Picture → the question whose answer it shows."""

FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")


def embedded(request: Request) -> Response:
    """Answer with a picture that may stand in a frame."""
    path, what = request.path_params["path"], request.path_params["what"]
    day = given(request, "as-of")
    response = answered(request, lambda site, lang, here: page(site, lang, here, path, what, day))
    if response.status_code in (200, 304):
        response.headers["Content-Security-Policy"] = FRAMED
    return response


def page(site: Site, lang: str, here: str, path: str, what: str, day: str = "") -> str:
    """Return a picture about the thing at a path, as of a day. Raises `Missing` where there is none."""
    told, notes = explained(site, lang, path), Notes()
    shown = next(sections(site, lang, told, notes, day, PICTURES.get(what, "-")), None)
    if shown is None or not (shown.matrix or shown.lanes or shown.world):
        raise Missing(path)
    notices = dict(told.notices()) | dict(shown.answer.notices()) | dict(shown.world.notices if shown.world else ())
    return site.render(
        "embed.html",
        lang,
        here,
        notes if shown.matrix else None,
        title=told.labels.get(told.thing, lang),
        path=path,
        day=day,
        section=shown,
        notices=list(notices.items()),
    )


def preview(request: Request) -> Response:
    """Answer with a thing in short, for a frame in the page of another site (3.2)."""
    site: Site = request.app.state.site
    lang, iri = language(request), names.expand(request.query_params.get("id", "")[:500])
    try:
        known = site.explain(iri, lang)
    except Refusal:
        return missing(request)
    if known.thing != iri:
        return missing(request)
    about = [stated.value for entry in known.properties if entry.iri == DCT + "description" for stated in entry.values]
    texts = {getattr(value, "language", ""): value.value for value in about if isinstance(value, ox.Literal)}
    tag = spoken(texts, lang) or ""
    body = site.render(
        "preview.html",
        lang,
        place(request),
        thing=site.shown(ox.NamedNode(iri), known.labels, lang),
        kinds=[known.labels.get(each, lang) for each in known.classes],
        about=site.shown(ox.Literal(texts[tag], language=tag or None), known.labels, lang) if texts else None,
        notices=known.labels.noticed([iri], [known.labels.get(iri, lang), *texts.values()], lang),
    )
    return sent(request, body.encode(), HTML, {"Content-Security-Policy": FRAMED})


routes = [Route("/embed/{lang:lang}/{path:path}/{what}", embedded)]
