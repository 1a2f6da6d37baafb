"""How a page is answered: made or kept from before, with its entity tag; refusals; the files that pages have."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from cybercoop.interfaces.web.kept import Kept
from cybercoop.interfaces.web.site import ASSETS, LISTED, SUFFIXES, Site, class_of, relative, thing_of
from cybercoop.problems.problem import LANGUAGES, Problem, Refusal, catalogue, in_language, nearest, sentence
from cybercoop.terms import names

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load (Content Security Policy Level 3): files of this site alone, no script or style in the page."""

HTML = "text/html; charset=utf-8"

_AROUND = " \t\n/.,;:!?()<>[]{}'\"«»“”‘’،؛؟\u200e\u200f\u00a0"
"""What comes with an address that is copied out of a text: marks of the sentence, spaces, marks of direction."""


class Language(Convertor[str]):
    """The language at the head of a path."""

    regex = "en|fr|ar"

    def convert(self, value: str) -> str:
        """Return the language."""
        return value

    def to_string(self, value: str) -> str:
        """Return the language as it stands in a path."""
        return value


register_url_convertor("lang", Language())


class Missing(Exception):
    """Nothing stands at a path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


_ALSO = {"json": "jsonld", "xml": "rdf"}
"""Suffixes that people write for others."""


def answered(request: Request, made: Callable[[Site, str, str], str], *, keep: bool = True) -> Response:
    """Return a page as it was made before, or as `made` makes it of site, language and path.

    A page whose address is no more than a path is kept, packed (RFC 9110, 8.4.1.3), as most readers take it; a refusal
    and what is missing become pages of their own.
    """
    site: Site = request.app.state.site
    pages: Kept = request.app.state.kept
    lang = request.path_params["lang"]
    here = place(request).removesuffix(".html")
    key = here if keep and not request.url.query else ""
    try:
        if not key:
            return sent(request, made(site, lang, here).encode(), HTML)
        packed = pages.get(key) or pages.put(key, gzip.compress(made(site, lang, here).encode(), mtime=0))
    except Refusal as refusal:
        return refused(request, refusal.problem)
    except Missing:
        return missing(request)
    if "gzip" in request.headers.get("accept-encoding", ""):  # as Starlette asks it for all that is not kept
        return sent(request, packed, HTML, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
    return sent(request, gzip.decompress(packed), HTML)


def sent(request: Request, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    """Return a body with its entity tag; no body where the reader has it (RFC 9110, 13.1.2)."""
    told = {"ETag": f'W/"{request.app.state.site.edition}"', "Cache-Control": "public, max-age=60", **(headers or {})}
    held = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if held & {"*", told["ETag"].removeprefix("W/")}:  # the weak comparison
        return Response(status_code=304, headers=told)
    return Response(body, media_type=media_type, headers=told)


def at(request: Request, path: str, status: int = 303) -> Response:
    """Return where to look instead: a path below the base."""
    return RedirectResponse(relative(place(request), path), status, {"Vary": "Accept, Accept-Language"})


def place(request: Request) -> str:
    """Return the path of a request below the base, as it was sent: what relative addresses are read against."""
    sent_: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return sent_.decode("latin-1").removeprefix("/")


def given(request: Request, name: str) -> str:
    """Return what an address gives for a parameter that takes one value; of several, all, which is then refused."""
    return ",".join(text for each in request.query_params.getlist(name) if (text := each.strip()))


def language(request: Request) -> str:
    """Return the language of a request: that of its path, else the one that the browser prefers."""
    own = place(request).partition("/")[0]
    return own if own in LANGUAGES else preferred(request.headers.get("accept-language", ""), LANGUAGES) or "en"


def refused(request: Request, problem: Problem, status: int = 400) -> Response:
    """Return a refusal as a page: what is wrong, how to mend it, what may have been meant."""
    return failed(request, status, "wrong", in_language(problem.message, language(request)), problem)


_OPTION = re.compile("\u200e?--([a-z]+(?:-[a-z]+)*)\u200e?")


_QUOTED = {"en": "“{}”", "fr": "«\u00a0{}\u00a0»", "ar": "«{}»"}


def in_form(site: Site, text: str, lang: str = "") -> str:
    """Return a sentence of the command line as a page says it: a parameter by its label in a language, or its name."""
    known = {name for question in site.graphs["en"].questions.values() for name in question.parameters}

    def called(found: re.Match[str]) -> str:
        if found[1] not in known:
            return found[0]
        labelled = lang and f"web-parameter-{found[1]}" in catalogue()["sentences"]
        return _QUOTED[lang].format(sentence(f"web-parameter-{found[1]}", lang)) if labelled else found[1]

    return _OPTION.sub(called, text)


def missing(request: Request) -> Response:
    """Return where what an address means stands, else the page of one at which there is nothing, with what is near."""
    site: Site = request.app.state.site
    if request.method in ("GET", "HEAD") and (meant := _meant(request)):
        return at(request, meant + (f"?{request.url.query}" if request.url.query else ""))
    lang, path = language(request), request.path_params.get("path") or place(request)
    graph = site.graphs[lang]
    kind, _, end = path.strip("/").rpartition("/")
    kind = kind.rpartition("/")[2]
    found: list[tuple[str, str]] = []
    if kind == "ask":
        near = nearest(end[:200], graph.questions)
        found = [(f"ask/{near}", in_language(graph.question(near).question, lang))] if near else []
    elif (words := end.replace("-", " ").replace(".", " ")[:100]).strip():
        answer = graph.search(words)
        found = [(names.short(thing_of(row)), answer.labels.get(str(row[0])[1:-1], lang)) for row in answer.rows[:6]]
    if not found and kind in names.QUERY_PREFIXES:
        answer = site.things(class_of(kind), lang)
        known = {names.short(thing_of(row)): answer.labels.get(str(row[0])[1:-1], lang) for row in answer.rows}
        if near := nearest(f"{kind}/{end}"[:200], known):
            found = [(near, known[near])]
    return failed(request, 404, "missing", "", None, found)


def _meant(request: Request) -> str:
    """Return the path that a typed one means.

    With or without its last slash, a language, small or large letters, what stands around it in a text, the name of
    its file in a folder of pages.
    """
    path, site = place(request), request.app.state.site
    bare = re.sub(r"/{2,}", "/", unquote(path)).strip(_AROUND)
    bare = re.sub(r"(^|/)index$", "", bare.removesuffix(".html")).rstrip("/")
    head, _, rest = bare.partition("/")
    lang = head.lower().partition("-")[0]
    lang, rest = (lang, rest) if lang in LANGUAGES else (language(request), bare)
    kind, _, end = rest.lower().rpartition("/")
    for own in (*(f"ask/{name}" for name in site.graphs["en"].questions), *_forms(site)):
        if own.casefold() == rest.casefold().replace("_", "-") and path != f"{lang}/{own}":
            return f"{lang}/{own}"
    last = rest[len(kind) :]
    tried = [f"{rest}/" if rest else "", rest, f"{kind}{last}", f"{kind}{last.upper()}", f"{kind}/{end}"]
    for there in (bare, bare.lower(), *(f"{lang}/{each}" for each in tried)):
        if there != path and names.PATH.fullmatch(there.rstrip("/")) and _leads(request, there):
            return there
    routes = [route for route in request.app.routes if isinstance(route, Route) and "{path:path}" not in route.path]
    if any(route.matches(request.scope)[0] is Match.FULL for route in routes):  # it is known, and says that it has none
        return ""
    alone = {route.path for route in routes}
    files = (there for there in (rest, rest.lower(), f"data/{rest.lower()}") if f"/{there}" in alone)
    return next(files, _statements(site, rest))


def _statements(site: Site, path: str) -> str:
    """Return the path of the statements that a path with a suffix means: without a language, the kind and id known."""
    stem, _, suffix = path.rpartition(".")
    suffix = _ALSO.get(suffix.lower(), suffix.lower())
    kind, _, end = re.sub("^(?:data|id|scheme)/", "", stem).rpartition("/")
    for each in (end, end.upper(), end.lower()):
        thing = names.expand(f"{kind.lower()}/{each}".lstrip("/"))
        now = names.short(site.former.get(thing, thing))
        if suffix in SUFFIXES and (site.known(now) or now == "ns" or thing == names.SCHEME + each):
            return f"data/{now}.{suffix}"
    return ""


def _forms(site: Site) -> Iterator[str]:
    """Yield the paths of the forms for records."""
    return (f"contribute/{name}" for name in site.record_classes)


def _leads(request: Request, path: str) -> bool:
    """Return whether something stands at a path: a route of its own, or a thing where the last takes every path."""
    scope = {"type": "http", "method": "GET", "path": f"/{path}"}
    *own, last = request.app.routes
    if any(route.matches(scope)[0] is Match.FULL for route in own):
        return not any(route.matches(request.scope)[0] is Match.FULL for route in own)
    rest = path.partition("/")[2]
    known: bool = rest[:-1] in LISTED or request.app.state.site.known(rest)
    return known and last.matches(scope)[0] is Match.FULL


def failed(
    request: Request,
    status: int,
    title: str,
    message: str = "",
    problem: Problem | None = None,
    found: list[tuple[str, str]] | None = None,
) -> Response:
    """Return a page that says, in the reader's language, why there is no other."""
    site: Site = request.app.state.site
    lang = language(request)
    body = site.render(
        "failed.html",
        lang,
        place(request),
        title=title,
        status=status,
        message=in_form(site, message, lang),
        cure=in_form(site, in_language(problem.cure, lang), lang) if problem else "",
        choices=list(zip(problem.choices, (in_language(each, lang) for each in problem.called), strict=False))
        if problem
        else [],
        found=found or [],
        notices=[],
    )
    return Response(body, status, {"Cache-Control": "no-store"}, HTML)


async def on_http(request: Request, error: Exception) -> Response:
    """Return the page of a status that the framework raises: nothing there, or a method that is not taken."""
    from starlette.concurrency import run_in_threadpool

    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return await run_in_threadpool(missing, request)
    headers = getattr(error, "headers", None) or {}
    if status == 405 and request.method == "OPTIONS":  # RFC 9110, 9.3.7; Fetch, 3.3.2
        asked = {"Access-Control-Allow-Methods": headers.get("Allow", ""), "Access-Control-Allow-Headers": "*"}
        return Response(status_code=204, headers={**headers, **asked, "Access-Control-Allow-Origin": "*"})
    response = failed(request, status, "method" if status == 405 else "error", "")
    response.headers.update(headers)
    return response


async def on_error(request: Request, error: Exception) -> Response:
    """Return the page of a fault of ours; what went wrong is for the log."""
    return failed(request, 500, "error", "")


_RANGES = 64
"""How many ranges of a header are heard; a longer one is nobody's preference."""


def weights(header: str) -> list[tuple[str, float]]:
    """Return the ranges of an Accept header with their weights; one that cannot be read weighs nothing.

    >>> weights("text/html, text/turtle;q=0.5")
    [('text/html', 1.0), ('text/turtle', 0.5)]
    """
    found = []
    for part in header.split(",", _RANGES)[:_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            number = float(weight)
        except ValueError:
            number = 0.0
        if name:
            found.append((name, number if 0 <= number <= 1 else 0.0))
    return found


def preferred(header: str, offered: Sequence[str]) -> str:
    """Return what is offered that weighs most, the earlier of equals; nothing where all of it is refused.

    >>> preferred("text/*;q=0.3, text/turtle", ("text/html", "text/turtle"))
    'text/turtle'
    >>> preferred("fr-CA, en;q=0.8", ("en", "fr"))
    'fr'
    """
    asked = weights(header) or [("*/*", 1.0), ("*", 1.0)]
    best, most = "", 0.0
    for each in offered:
        fit = [(_fit(name, each), number) for name, number in asked if _fit(name, each)]
        weight = max(fit, default=(0, 0.0))[1]  # the closest range counts (RFC 9110, 12.5.1)
        if weight > most:
            best, most = each, weight
    return best


def _fit(asked: str, offered: str) -> int:
    """Return how closely a range names what is offered; 0 where it does not."""
    if asked == offered:
        return 3
    if asked.split("-")[0] == offered or (asked.endswith("/*") and offered.startswith(asked[:-1]) and asked != "*/*"):
        return 2
    return int(asked in ("*/*", "*"))


TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
TYPES["txt"] = "text/plain; charset=utf-8"
NAMES = tuple(sorted(path.name for path in ASSETS.iterdir() if path.suffix[1:] in TYPES))
"""The files, by name: no other is ever read."""


MADE = ("editor.js", "third-party.txt")
"""The files of the npm part that a server sends (`scripts/browser`)."""


def _asset(name: str) -> Callable[[Request], Response]:
    """Return what answers with a file."""
    return lambda request: sent(request, (ASSETS / name).read_bytes(), TYPES[name.rpartition(".")[2]])


def _made(request: Request) -> Response:
    """Answer with a file of the npm part, where it is built."""
    site: Site = request.app.state.site
    name = request.url.path.rpartition("/")[2]
    if site.made is None:
        return missing(request)
    return sent(request, (site.made / name).read_bytes(), TYPES[name.rpartition(".")[2]])


routes = [Route(f"/assets/{name}", _asset(name)) for name in NAMES]
routes += [Route(f"/assets/{name}", _made) for name in MADE]
