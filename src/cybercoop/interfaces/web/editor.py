"""The form for queries of one's own: a text, its answer as a table, what is wrong marked; whole without any script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.ask.answer import Answer
from cybercoop.interfaces.web import terms
from cybercoop.interfaces.web.ask import MOST, example
from cybercoop.interfaces.web.cards import Shown
from cybercoop.interfaces.web.pages import HTML, missing, place
from cybercoop.interfaces.web.programs import grouped, status
from cybercoop.interfaces.web.site import SUFFIXES, Site
from cybercoop.interfaces.web.sparql import LIMITS, Asked, Desk, answered
from cybercoop.problems.problem import Refusal, in_language, sentence
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.question import TOPICS
from cybercoop.sparql.tokens import Malformed
from cybercoop.terms import names
from cybercoop.terms.labels import Labels
from cybercoop.terms.term import Term

BEGIN = """SELECT ?country ?name
WHERE {
  ?country a coop:Country ; skos:prefLabel ?name .
  FILTER(LANG(?name) = "LANGUAGE")
}
ORDER BY ?name
LIMIT 20"""
"""What stands in the form of a reader who has not asked yet."""

ROWS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
}
"""Suffix → the media type of rows as a file."""

TRIPLES = {suffix: media for suffix, (_, media) in SUFFIXES.items() if suffix not in ROWS}
"""The same for triples."""


class Mark(NamedTuple):
    """Where a query stops making sense: line and column, and the text of that line before, at and behind it."""

    line: int
    column: int
    before: str
    at: str
    behind: str


def page(request: Request) -> Response:
    """Answer with the form and, where a query is given, with its answer or what is wrong with it."""
    site: Site = request.app.state.site
    desk: Desk = request.app.state.desk
    lang, given = request.path_params["lang"], request.query_params
    text, named = given.get("query", ""), given.get("example", "")
    if named and named not in site.graphs[lang].questions:
        return missing(request)
    answer: Answer | None = None
    refusal: Refusal | None = None
    if text.strip():
        try:
            with desk.place() as limits:
                answer = site.graphs[lang].sparql(text, limits)
        except Refusal as error:
            refusal = error
    elif named:
        text = site.graphs[lang].bound(named, **example(site.graphs[lang].question(named)))
    problem = refusal.problem if refusal else None
    body = _rendered(
        site,
        lang,
        place(request),
        desk.limits,
        query=text or BEGIN.replace("LANGUAGE", lang),
        again=f"?{request.url.query}" if request.url.query else "",
        named=named,
        iris=bool(given.get("iris")),
        mark=_mark(refusal) if refusal else None,
        message=in_language(problem.message, lang) if problem else "",
        cure=in_language(problem.cure, lang) if problem else "",
        answer=answer,
        rows=list(_rows(site, answer, bool(given.get("iris")))) if answer else [],
        forms=TRIPLES if _is_triples(text) else ROWS,
        notices=answer.notices() if answer else [],
    )
    return Response(body, status(problem) if problem else 200, {"Cache-Control": "no-store"}, HTML)


def local_page(site: Site, lang: str, here: str) -> str:
    """Return the page of a folder whose queries are answered in the reader’s browser; it has every notice."""
    graph = site.graphs[lang]
    return _rendered(
        site,
        lang,
        here,
        LIMITS,
        query=BEGIN.replace("LANGUAGE", lang),
        named="",
        iris=False,
        mark=None,
        message="",
        answer=None,
        bound={name: graph.bound(name, **example(question)) for name, question in graph.questions.items()},
        notices=site.things("Country", lang).notices(),
    )


def _rendered(site: Site, lang: str, here: str, limits: Limits, **values: Any) -> str:
    questions = site.graphs[lang].questions.values()
    return site.render(
        "sparql.html",
        lang,
        here,
        topics={topic: [each for each in questions if each.topic == topic] for topic in TOPICS},
        words=words(site, lang),
        limits={"seconds": f"{limits.seconds:g}", "rows": grouped(limits.rows)[lang]},
        most=MOST,
        things=names.ID,
        schemes=names.SCHEME,
        **{"bound": {}, **values},
    )


def _rows(site: Site, answer: Answer, iris: bool) -> Iterator[Sequence[Shown]]:
    """Yield the first rows as a page shows them, things by their names or by their short IRIs."""
    labels = Labels({}, {}) if iris else answer.labels
    unbound = Shown(sentence("web-sparql-no-value", answer.lang), answer.lang, unknown=True)
    for row in answer.rows[:MOST]:
        yield [_shown(site, term, labels, answer.lang) if term is not None else unbound for term in row]


def _shown(site: Site, term: Term, labels: Labels, lang: str) -> Shown:
    shown = site.shown(term, labels, lang)
    return shown if shown.text.strip() else shown._replace(text="“”")


def _is_triples(text: str) -> bool:
    try:
        return parse(text, names.QUERY_PREFIXES).form in ("CONSTRUCT", "DESCRIBE")
    except Malformed:
        return False


def _mark(refusal: Refusal) -> Mark | None:
    """Return the place that a refusal points at, where it points at one."""
    where, line = refusal.problem.where, refusal.line or ""
    if not where.line:
        return None
    start = where.column - 1
    word = line[start:].split(maxsplit=1)[0] if line[start:].strip() else ""
    return Mark(where.line, where.column, line[:start], word, line[start + len(word) :])


def file(request: Request) -> Response:
    """Answer with a query's answer as a file of a format."""
    suffix = request.path_params["suffix"]
    media = {**ROWS, **TRIPLES}.get(suffix)
    if media is None or not request.query_params.get("query", "").strip():
        return missing(request)
    answer = answered(request, Asked(request.query_params["query"], (), ()), media)
    answer.headers["Content-Disposition"] = f'inline; filename="answer.{suffix}"'
    return answer


@lru_cache
def words(site: Site, lang: str) -> list[tuple[str, str, str]]:
    """Return the words that a query may use: each with what it is called, and whether it is a class or a property.

    A prefix has its namespace in place of a name.
    """
    known = [term.value for term in site.graphs[lang].vocabulary() if isinstance(term, ox.NamedNode)]
    named = terms.labels(site, lang, known)
    found = [(prefix + ":", iri, "prefix") for prefix, iri in names.QUERY_PREFIXES.items()]
    for iri in known:
        prefix, colon, word = names.short(iri).partition(":")
        if colon and prefix in names.PREFIXES and word.isalnum():
            name = named.get(iri, lang) if iri in named.names else ""
            found.append((f"{prefix}:{word}", name, "class" if word[0].isupper() else "property"))
    return sorted(found)


routes = [
    Route("/{lang:lang}/sparql", page),
    Route("/{lang:lang}/sparql.{suffix}", file),
]
