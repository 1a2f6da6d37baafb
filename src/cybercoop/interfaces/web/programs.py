"""What programs send and are told: bodies within limits, refusals as problem details (RFC 9457), any origin (CORS)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cybercoop.interfaces.web.pages import failed, in_form, language, preferred
from cybercoop.problems.problem import LANGUAGES, Problem, in_language, refuse, sentence, visible
from cybercoop.problems.values import in_words
from cybercoop.sparql.limits import Limits, is_limit

MOST = 1 << 20
"""How many bytes a body may have."""

SECONDS = 20
"""How long a body may take to arrive."""

FIELDS = 600
"""How many fields a form may have."""

OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link, Retry-After"}
"""Programs in pages of any other site may read the answer (Fetch, 3.3)."""

_STATUS = {
    "body-encoded": 415,
    "body-media-type": 415,
    "body-too-long": 413,
    "body-too-many": 413,
    "body-too-slow": 408,
    "file-too-large": 413,
    "judge-busy": 429,
    "judge-too-much": 503,
    "no-such-question": 404,
    "nothing-called": 404,
    "query-busy": 429,
    "query-crashed": 500,
    "query-limit-memory": 503,
    "query-limit-seconds": 503,
    "query-too-long": 413,
    "unknown-format": 415,
    "workbook-too-large": 413,
}
"""Problem → status (RFC 9110, 15); any other is 400."""

_RETRY = {"Retry-After": "5"}


async def received(request: Request, most: int = MOST) -> bytes:
    """Return the body of a request, of so many bytes at most.

    Raises `Refusal` where it is too long, packed, or does not come in time.
    """
    body = bytearray()
    packed = request.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity"):  # RFC 9110, 8.4
        raise refuse("body-encoded", value=visible(packed))
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise refuse("body-too-long", limit=f"{most:,}")
    except (TimeoutError, ClientDisconnect):
        raise refuse("body-too-slow", limit=str(SECONDS)) from None
    return bytes(body)


def fields(text: bytes, name: str, errors: str = "strict") -> list[tuple[str, str]]:
    """Return the fields of a form or of the query of an address, in order; `name` is what it is called in a refusal.

    Raises `Refusal` where it has fields without end, or is no text in UTF-8 and `errors` is `strict`.
    """
    try:
        return parse_qsl(text.decode("utf-8", errors), keep_blank_values=True, errors=errors, max_num_fields=FIELDS)
    except UnicodeDecodeError:
        raise refuse("not-text", value=name) from None
    except ValueError:
        raise refuse("body-too-many", limit=str(FIELDS)) from None


def status(problem: Problem) -> int:
    """Return the status that a refusal is answered with."""
    if problem.code == "query-refused" and problem.value != "SERVICE":
        return 403
    return _STATUS.get(problem.code, 400)


def stopped(request: Request, problem: Problem) -> Response:
    """Return a refusal of what a person sent by a form, as a page."""
    answer = failed(request, status(problem), "wrong", in_language(problem.message, language(request)), problem)
    answer.headers.update(_RETRY if answer.status_code == 429 else {})
    return answer


def told(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a refusal: as a page for who prefers one, else as JSON with its code, place and cure."""
    number = status(problem)
    headers = {"Cache-Control": "no-store", **(headers or {}), **(_RETRY if number == 429 else {})}
    if preferred(request.headers.get("accept", ""), ("application/problem+json", "text/html")) == "text/html":
        answer = stopped(request, problem)
        answer.headers.update(headers)
        return answer
    lang, site = language(request), request.app.state.site
    body = {
        "type": "about:blank",
        "title": HTTPStatus(number).phrase,
        "status": number,
        "detail": in_form(site, in_language(problem.message, lang)),
        "code": problem.code,
        "cure": in_form(site, in_language(problem.cure, lang)),
        "line": problem.where.line or None,
        "column": problem.where.column or None,
        "choices": problem.chosen(lang),
    }
    text = json.dumps({name: value for name, value in body.items() if value not in (None, [])}, ensure_ascii=False)
    return Response(f"{text}\n", number, {**headers, "Content-Language": lang}, "application/problem+json")


def within(problem: Problem, limits: Limits) -> Problem:
    """Return a refusal whose cure is one for a reader of this server, who cannot set its limits."""
    if not is_limit(problem.code.removeprefix("query-limit-")):
        return problem
    said, rows = {"seconds": f"{limits.seconds:g}"}, grouped(limits.rows)
    told = {lang: sentence("web-query-limits", lang, **said, rows=rows[lang]) for lang in problem.cure}
    return problem._replace(cure=told)


def grouped(number: int) -> dict[str, str]:
    """Return a number as each language groups its digits."""
    return {lang: in_words(ox.Literal(number), lang) for lang in LANGUAGES}


def permitted(methods: str) -> Response:
    """Return what a program in a page of another site may ask (Fetch, 3.3.2)."""
    allowed = {"Access-Control-Allow-Methods": methods, "Access-Control-Allow-Headers": "Accept, Content-Type"}
    return Response(status_code=204, headers={**OPEN, **allowed, "Access-Control-Max-Age": "86400", "Allow": methods})
