"""Pages of things by their classes, lists of them, search, the first page, and what stands at no address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web import explained
from cybercoop.interfaces.web.answers import grid
from cybercoop.interfaces.web.cards import Notes, Shown
from cybercoop.interfaces.web.pages import answered, at, given, missing, place
from cybercoop.interfaces.web.site import LISTED, Site, called, class_of, thing_of
from cybercoop.interfaces.web.world import world
from cybercoop.problems.problem import sentence
from cybercoop.terms import names
from cybercoop.terms.term import iri_of

HOME = ("project", "programme", "activity", "instrument", "country", "organisation", "theme", "source")
"""The kinds that the first page counts."""

BEGIN = (
    "treaty-status",
    "country-profile",
    "project-activities",
    "contradictions",
    "national-laws",
    "donors-at-same-institution",
)
"""The questions that the first page offers."""


MAPPED = names.ID + "instrument/ets-185"
"""The treaty whose map the first page shows, where the graph has it and the shapes are there."""


async def first(request: Request) -> Response:
    """Answer the base with the first page in the language that the reader's browser asks for (RFC 9110, 12.5.4)."""
    return at(request, f"{spoken(request)}/")


def home(request: Request) -> Response:
    """Answer with the first page: what this is, what there is, what can be asked, what is new."""
    return answered(request, first_page)


def first_page(site: Site, lang: str, here: str) -> str:
    """Return the first page: what this is, what there is, what can be asked, what is new."""
    graph, notes = site.graphs[lang], Notes()
    counts = [(kind, len(site.things(class_of(kind), lang))) for kind in HOME]
    latest = site.query("activity-calendar", lang, {})
    shown = grid(site, latest, notes, merged=True, last=6)
    known = site.things("Treaty", lang)
    has_it = any(thing_of(row) == MAPPED for row in known.rows)
    drawn = world(site, site.query("treaty-positions", lang, {"instrument": [MAPPED]})) if has_it else None
    notices = dict(latest.notices()) | dict(drawn.notices if drawn else ())
    return site.render(
        "home.html",
        lang,
        here,
        notes,
        counts=counts,
        questions=[graph.question(name) for name in BEGIN],
        latest=shown,
        mapped=called(MAPPED, known.labels, lang),
        world=drawn,
        notices=list(notices.items()),
    )


def thing(request: Request) -> Response:
    """Answer with the page of a thing: its names, what it is, answers about it, every claim, what names it."""
    path = request.path_params["path"]
    if path in LISTED:
        return at(request, f"{place(request)}/")
    if path.endswith(".html"):
        return missing(request)
    if now := request.app.state.site.former.get(names.expand(path)):
        return at(request, f"{request.path_params['lang']}/{names.short(now)}", 301)
    day = given(request, "as-of")
    return answered(request, lambda site, lang, here: page(site, lang, here, path, day))


def page(site: Site, lang: str, here: str, path: str, day: str = "") -> str:
    """Return the page of a thing, as of a day where one is given, or of all things of a kind.

    Raises `Missing` where there is none.
    """
    if path.endswith("/") and path[:-1] in LISTED:
        return _listing(site, lang, here, path[:-1])
    return explained.page(site, lang, here, path, day)


def search(request: Request) -> Response:
    """Answer with the things that have all words of a text in one name."""
    text = request.query_params.get("q", "").strip()

    def made(site: Site, lang: str, here: str) -> str:
        found = site.graphs[lang].search(text[:200])
        rows = [
            (
                site.shown(row[0], found.labels, lang),
                site.shown(row[1], found.labels, lang),
                site.shown(row[2], found.labels, lang),
            )
            for row in found.rows[:200]
        ]
        return site.render("search.html", lang, here, text=text, rows=rows, count=len(found), notices=found.notices())

    return answered(request, made, keep=False)


def about(request: Request) -> Response:
    """Answer with what this is, how it is made, its licences."""
    return answered(request, about_page)


def about_page(site: Site, lang: str, here: str) -> str:
    """Return what this is, how it is made, its licences."""
    return site.render("about.html", lang, here, notices=[])


def spoken(request: Request) -> str:
    """Return the language of ours that a browser prefers."""
    from cybercoop.interfaces.web.pages import preferred

    return preferred(request.headers.get("accept-language", ""), ("en", "fr", "ar")) or "en"


def _listing(site: Site, lang: str, here: str, kind: str) -> str:
    found = site.things(class_of(kind), lang)
    shown = {thing_of(row): site.shown(row[0], found.labels, lang) for row in found.rows}
    groups: dict[str, list[Shown]] = {}
    below: dict[str, list[Shown]] = {}
    for thing_, kind_, broader in found.rows:
        iri = thing_of([thing_])
        if broader is not None and iri_of(broader) in shown:
            below.setdefault(shown[iri_of(broader)].href, []).append(shown[iri])
        else:
            groups.setdefault(site.shown(kind_, found.labels, lang).text, []).append(shown[iri])
    label = found.labels.get(found.about[0], lang)
    title = sentence(f"web-kind-{kind}", lang) if kind in HOME else label[:1].upper() + label[1:]
    return site.render(
        "list.html", lang, here, title=title, groups=groups, below=below, count=len(found), notices=found.notices()
    )


routes = [
    Route("/", first),
    Route("/{lang:lang}/", home),
    Route("/{lang:lang}/about", about),
    Route("/{lang:lang}/search", search),
]
"""What this module answers; `last` stands behind all others, since it takes every path."""

last = [Route("/{lang:lang}/{path:path}", thing)]
