"""A thing in short, for a frame in the page of another site: what it is called, what it is, its notice."""

from __future__ import annotations

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from cybercoop.interfaces.web.pages import HTML, POLICY, language, missing, place, sent
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import Refusal
from cybercoop.terms import names
from cybercoop.terms.labels import spoken
from cybercoop.terms.names import DCT


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
    framed = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    return sent(request, body.encode(), HTML, {"Content-Security-Policy": framed})
