"""Reconciliation: names in a table of anybody's matched with things (Reconciliation Service API 0.2).

Names in every language are looked through, without regard to case, accents or Arabic spelling, as `search` does.
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop import __version__
from cybercoop.ask.catalogue import likeness
from cybercoop.interfaces.web.embed import preview
from cybercoop.interfaces.web.pages import language, place, sent
from cybercoop.interfaces.web.programs import OPEN, fields, permitted, received, told
from cybercoop.interfaces.web.site import PATHS, Site, thing_of
from cybercoop.interfaces.web.terms import labels
from cybercoop.problems.problem import Refusal, in_language, refuse, sentence
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME, fold

MOST, MANY = 100, 50
"""How many queries a batch may hold, and how many candidates each may get."""

USUAL = 10
_SHOWN = ("Country", "Organisation", "Project", "Programme", "Treaty", "NationalLaw", "Activity", "Place", "Theme")
"""The classes that are offered first."""

_EXACT, _SCORES = 100.0, (90.0, 80.0, 60.0, 40.0)
"""What a candidate is worth that is called so, or has that code; else by its likeness: so in brackets, and on."""

_CODES = (names.NS + "alpha3", names.NS + "m49", names.SAME_AS)
_LOCAL = ("Organisation", "NationalLaw")
"""Classes whose things are often called alike in several countries: Ministry of Justice."""

_FIXED = 0.7
"""What part of a score the name keeps where properties are given, too."""

Candidate = dict[str, Any]


async def service(request: Request) -> Response:
    """Answer a batch of queries (4), or say what the service can do (3.1)."""
    if request.method == "OPTIONS":
        return permitted("GET, HEAD, POST, OPTIONS")
    try:
        given = fields(request.scope["query_string"], "queries")
        if request.method == "POST":
            given += fields(await received(request), "queries")
    except Refusal as refusal:
        return told(request, refusal.problem, OPEN)
    text = next((value for name, value in given if name == "queries"), None)
    if text is None and request.method == "POST":
        return told(request, refuse("reconcile-unread", value="–", limit=str(MOST)).problem, OPEN)
    return await run_in_threadpool(_answered, request, text)


def _answered(request: Request, text: str | None) -> Response:
    site: Site = request.app.state.site
    lang = language(request)
    if text is None:
        return _json(request, manifest(site, place(request).removesuffix("reconcile")))
    try:
        with request.app.state.desk.place():
            batch = _batch(text)
            found = {name: {"result": candidates(site, lang, query)} for name, query in batch.items()}
    except Refusal as refusal:
        return told(request, refusal.problem, OPEN)
    return _json(request, found)


def manifest(site: Site, spoken: str = "") -> dict[str, Any]:
    """Return what the service is (3.1); `spoken` is the beginning of its path where it is that of a language."""
    lang = spoken.strip("/") or "en"
    service = {"service_url": f"{site.base}{spoken}reconcile"}
    return {
        "versions": ["0.2"],
        "name": f"{sentence('web-home-title', lang)} – cybercoop",
        "identifierSpace": names.BASE,
        "schemaSpace": names.NS,
        "serviceVersion": f"{__version__}+{site.edition[:8]}",
        "documentation": f"{site.base}{lang}/about",
        "defaultTypes": _types(site, lang, _SHOWN),
        "view": {"url": f"{site.base}{lang}/{{{{id}}}}"},
        "preview": {"url": f"{site.base}{lang}/reconcile/preview?id={{{{id}}}}", "width": 430, "height": 260},
        "suggest": {kind: {**service, "service_path": f"/suggest/{kind}"} for kind in ("entity", "type", "property")},
    }


def _batch(text: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the queries of a batch (4.3). Raises `Refusal` where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse("reconcile-unread", value=str(error), limit=str(MOST)) from None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise refuse("reconcile-unread", value=text, limit=str(MOST))
    if len(found) > MOST:
        raise refuse("reconcile-unread", value=str(len(found)), limit=str(MOST))
    return found


def candidates(site: Site, lang: str, query: Mapping[str, Any]) -> list[Candidate]:
    """Return the things that a query may mean, the likeliest first (4.4). Raises `Refusal` for an unknown class.

    A candidate is sure (`match`) where it alone is called so, and has every property that was given. A body or law of a
    country is sure only where the name or a property tells the country.
    """
    text, limit = query.get("query"), query.get("limit")
    most = min(limit, MANY) if isinstance(limit, int) and limit > 0 else USUAL
    if not isinstance(text, str):
        return []
    kinds = query.get("type") or []
    kinds = [str(kind).removeprefix(names.NS) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    found = list(_found(site, lang, text[:200], kinds, str(query.get("type_strict", "any"))))
    given = query.get("properties")
    wanted = (
        [each for each in given if isinstance(each, dict) and {"pid", "v"} <= each.keys()]
        if isinstance(given, list)
        else []
    )
    sure = [each for each in found if each["score"] >= _EXACT]
    for candidate in found[:most] if wanted else ():
        _compare(site, candidate, wanted)
    for candidate in found[:most]:
        alone = len(sure) == 1 and candidate is sure[0] and candidate["score"] >= _EXACT
        candidate["match"] = alone and (bool(wanted) or not _is_generic(site, candidate, text))
    return sorted(found[:most], key=lambda each: -each["score"])


def _found(site: Site, lang: str, text: str, kinds: list[str], strict: str) -> Iterator[Candidate]:
    """Yield what has all words of a text in one name, of any of some classes, or of `all` of them.

    Where they only `should` be of them, others come last.
    """
    graph = site.graphs[lang]
    answers = [graph.search(text, kind) for kind in kinds]
    things = [{thing_of(row) for row in answer.rows} for answer in answers]
    answer = answers[0] if len(answers) == 1 and strict != "should" else graph.search(text)
    common = set.intersection(*things) if strict == "all" and things else set().union(*things)
    rows = [row for row in answer.rows if not kinds or thing_of(row) in common or strict == "should"]
    for row in sorted(rows, key=lambda row: bool(kinds) and thing_of(row) not in common):
        iri, kind = thing_of(row), thing_of(row[1:])
        score = _score(site, text, iri, getattr(row[2], "value", ""))
        shown, said = answer.labels.get(iri, lang), answer.labels.get(kind, lang)
        notices = [notice for _, notice in answer.labels.noticed([iri], [shown], lang)]
        yield {
            "id": names.short(iri),
            "name": shown,
            "description": ". ".join([said, *notices]),
            "type": [{"id": kind.removeprefix(names.NS), "name": said}],
            "score": score if not kinds or iri in common else score / 2,
        }


def _score(site: Site, text: str, iri: str, name: str) -> float:
    """Return what a thing is worth to which a text led by a name or a code."""
    alike = likeness(text, name)
    if fold(name) == fold(text) or iri == names.ID + "country/" + text.upper():
        return _EXACT
    if alike and any(
        each.predicate.value in _CODES and each.object.value in (text, text.upper()) for each in _said(site, iri)
    ):
        return _EXACT
    return _SCORES[min(alike, 3)]


def _said(site: Site, iri: str) -> list[Any]:
    """Return the statements about a thing that lead to things or texts."""
    try:
        return list(ox.parse(site.graphs["en"].describe(iri, "ntriples"), format=ox.RdfFormat.N_TRIPLES))
    except Refusal:  # of what is known by its name alone
        return []


def _is_generic(site: Site, candidate: Candidate, text: str) -> bool:
    """Return whether a thing belongs to a country that a text does not name."""
    if candidate["type"][0]["id"] not in _LOCAL:
        return False
    values = {each.object.value for each in _said(site, names.expand(candidate["id"]))}
    countries = [value for value in values if value.startswith(names.ID + "country/")]
    return bool(countries) and not any(fold(name) in fold(text) for iri in countries for name in _called(site, iri))


def _called(site: Site, iri: str) -> list[str]:
    """Return every way in which a thing may be written: its names in every language, path, code and IRI."""
    path = names.short(iri)
    known = [each.object.value for each in _said(site, iri) if each.predicate.value in (NAME, OTHER_NAME)]
    return [iri, path, path.rpartition("/")[2], *known]


def _compare(site: Site, candidate: Candidate, wanted: list[dict[str, Any]]) -> None:
    """Hold a candidate against the properties that a query gives: how many it has goes into its score (4.5)."""
    said = _said(site, names.expand(candidate["id"]))
    iris = _properties(site)
    features: list[dict[str, Any]] = [{"id": "name", "value": candidate["score"]}]
    for each in wanted:
        pid = str(each["pid"])
        iri = iris.get(pid, (names.expand(pid), {}))[0]
        values = [quad.object for quad in said if quad.predicate.value == iri]
        texts = {
            fold(text)
            for value in values
            for text in (_called(site, value.value) if isinstance(value, ox.NamedNode) else [value.value])
        }
        given = each["v"] if isinstance(each["v"], list) else [each["v"]]
        meant = [str(value.get("id", "") if isinstance(value, dict) else value) for value in given]
        features.append({"id": pid, "value": any(fold(text) in texts for text in meant)})
    share = sum(each["value"] for each in features[1:]) / len(wanted)
    candidate["score"] = round(candidate["score"] * (_FIXED + (1 - _FIXED) * share), 1)
    candidate["features"] = features


def _properties(site: Site) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return the words that records are written with: the IRI of each, and what it is called."""
    graph = site.graphs["en"]
    fields_ = (field for kind in graph.record_classes() for field in graph.fields(kind))
    return {field.word: (field.term.iri, field.label) for field in fields_}


def _types(site: Site, lang: str, kinds: tuple[str, ...]) -> list[dict[str, str]]:
    named = labels(site, lang, [names.NS + kind for kind in kinds])
    return [{"id": kind, "name": named.get(names.NS + kind, lang)} for kind in kinds]


def _begun(request: Request) -> str:
    return request.query_params.get("prefix", "")[:200].strip()


def entities(request: Request) -> Response:
    """Answer with things that may be meant by what was begun (5.1)."""
    found = list(_found(request.app.state.site, language(request), _begun(request), [], "any"))[:USUAL]
    result = [{**{key: each[key] for key in ("id", "name", "description")}, "notable": each["type"]} for each in found]
    return _json(request, {"result": result})


def types(request: Request) -> Response:
    """Answer with the classes whose names hold what was begun (5.2)."""
    site: Site = request.app.state.site
    kinds = (*_SHOWN, *(kind for kind in PATHS if kind not in _SHOWN and kind in names.KINDS))
    return _begin_so(request, _types(site, language(request), kinds))


def properties(request: Request) -> Response:
    """Answer with the properties whose names hold what was begun (5.3)."""
    lang = language(request)
    known = _properties(request.app.state.site).items()
    return _begin_so(request, [{"id": word, "name": in_language(label, lang) or word} for word, (_, label) in known])


def _begin_so(request: Request, known: Sequence[Mapping[str, str]]) -> Response:
    begun = fold(_begun(request))
    result = [each for each in known if begun in fold(each["name"]) or fold(each["id"]).startswith(begun)]
    return _json(request, {"result": result[:MANY]})


def _json(request: Request, content: Mapping[str, Any]) -> Response:
    site: Site = request.app.state.site
    headers = {**OPEN, "Vary": "Accept-Language", "ETag": f'W/"{site.edition}-{language(request)}"'}
    if request.method == "POST":
        headers["Cache-Control"] = "no-store"
    return sent(request, json.dumps(content, ensure_ascii=False).encode(), "application/json", headers)


routes = [
    route
    for begin in ("", "/{lang:lang}")
    for route in (
        Route(f"{begin}/reconcile", service, methods=["GET", "POST", "OPTIONS"]),
        Route(f"{begin}/reconcile/suggest/entity", entities),
        Route(f"{begin}/reconcile/suggest/type", types),
        Route(f"{begin}/reconcile/suggest/property", properties),
        Route(f"{begin}/reconcile/preview", preview),
    )
]
