"""What is new, for readers of feeds: the sources that were read, of all or of one thing, those of the last days first.

Atom, https://www.rfc-editor.org/rfc/rfc4287
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.cards import said
from cybercoop.interfaces.web.explained import explained
from cybercoop.interfaces.web.pages import Missing, missing, sent
from cybercoop.interfaces.web.site import Site, relative
from cybercoop.terms import names

TYPE = "application/atom+xml; charset=utf-8"
MOST = 100
"""How many sources a feed names."""

_ATOM, _XML = "http://www.w3.org/2005/Atom", "{http://www.w3.org/XML/1998/namespace}"


def feed(request: Request) -> Response:
    """Answer with the sources that were read last."""
    site: Site = request.app.state.site
    lang = request.path_params["lang"]
    return sent(request, written(site, lang, "", said(lang, "home-title"), site.cards[lang]), TYPE)


def of_thing(request: Request) -> Response:
    """Answer with the sources that were read last and speak of one thing, or of what names it."""
    site: Site = request.app.state.site
    lang, path = request.path_params["lang"], request.path_params["path"]
    try:
        told = explained(site, lang, path)
    except Missing:
        return missing(request)
    naming = (source for pointer in told.pointing for _, sources in pointer.things for source in sources)
    return sent(request, written(site, lang, path, told.named(told.thing), {*told.witnesses, *naming}), TYPE)


def written(site: Site, lang: str, path: str, title: str, sources: Collection[str]) -> bytes:
    """Return the feed of some sources, which is about the thing at a path, or about all."""
    known = [(card.read, source, card) for source in sources if (card := site.card(source, lang)).read]
    known = sorted(known, key=lambda each: each[:2], reverse=True)[:MOST]
    root = ElementTree.Element("feed", {"xmlns": _ATOM, f"{_XML}lang": lang})
    about = f"{names.ID}{path}" if path else names.BASE
    _put(root, "id", f"{about}#feed-{lang}")
    _put(root, "title", f"cybercoop – {title}")
    _put(root, "updated", _moment(known[0][0] if known else "1970-01-01"))
    _put(ElementTree.SubElement(root, "author"), "name", "cybercoop")
    here = f"{lang}/{path}/feed.atom" if path else f"{lang}/feed.atom"

    def page(path: str) -> str:
        """Return where a page is found; in a folder, from the feed."""
        there = f"{lang}/{site.page_file(path)}"
        return relative(here, there) if site.static else site.base + quote(there)

    if not site.static:
        ElementTree.SubElement(root, "link", rel="self", href=site.base + quote(here))
    ElementTree.SubElement(root, "link", rel="alternate", href=page(path))
    for read, source, card in known:
        entry = ElementTree.SubElement(root, "entry")
        _put(entry, "id", source)
        _put(entry, "title", card.source.text)
        _put(entry, "updated", _moment(read))
        ElementTree.SubElement(entry, "link", href=page(names.short(source)))
        _put(entry, "summary", " · ".join(each.text for each in card.about if not each.unknown) or card.source.text)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return content + b"\n"


def _put(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _moment(day: str) -> str:
    """Return the first moment that a day, month or year may mean (RFC 3339)."""
    return f"{day}{'-01-01'[len(day) - 4 :] if len(day) < 10 else ''}T00:00:00Z"  # 2026-11 → 2026-11-01


routes = [Route("/{lang:lang}/feed.atom", feed), Route("/{lang:lang}/{path:path}/feed.atom", of_thing)]
