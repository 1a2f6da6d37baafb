"""What every page needs: the graph in three languages, addresses, values as they are shown, who says so."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from cybercoop import __version__
from cybercoop.ask.answer import Answer
from cybercoop.ask.ask import ask, each, told
from cybercoop.ask.catalogue import by_name
from cybercoop.ask.explanation import Explanation
from cybercoop.export.schema_org import Words, words
from cybercoop.graph import Graph
from cybercoop.interfaces.web.cards import RTL, Card, Cards, Notes, Pieces, Shown, said
from cybercoop.interfaces.web.folds import folded
from cybercoop.problems.problem import LANGUAGES, in_language, nearest, refuse, seen, sentence
from cybercoop.problems.values import in_words
from cybercoop.terms import names
from cybercoop.terms.labels import Labels, spoken
from cybercoop.terms.term import Term, iri_of

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
PATHS = {**names.KINDS, "Position": "id/position/"}
"""Class → the path of its things; also of positions, which nobody writes, since they are derived."""

LISTED = tuple(
    kind for kind in dict.fromkeys(path.split("/")[1] for path in PATHS.values()) if kind not in ("passage", "record")
)
"""The kinds of things that have a list of their own."""

SUFFIXES = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("jsonld", "application/ld+json"),
    "nt": ("ntriples", "application/n-triples"),
    "trig": ("trig", "application/trig"),
    "rdf": ("rdfxml", "application/rdf+xml"),
    "csv": ("", "text/csv"),
}
"""Suffix → the format of exports, and its registered media type; the comma-separated values are a list of claims."""

_SAFE = "/%+:;,@!$&'()*-._~="
"""What stands in the path of an address as it is (RFC 3986, 3.3); what was encoded stays so."""
_THINGS, _ANSWERS = 64, 32
_DEPTHS = 32
"""For how many languages and depths what pages have there is kept; paths that somebody makes up may have any."""
_Given = tuple[tuple[str, tuple[str, ...]], ...]


def relative(here: str, there: str) -> str:
    """Return the address of one page from another, both below the base (RFC 3986, 4.2).

    >>> relative("en/country/MA", "fr/")
    '../../fr/'
    """
    return "../" * here.count("/") + there or "./"


class Direct(Context):
    """What a template calls is called at once: but for macros, nothing of ours asks for the state of the template."""

    def call(self, called: Any, /, *given: Any, **named: Any) -> Any:
        """Call an object as `Context.call` does."""
        if isinstance(called, Macro):
            return super().call(called, *given, **named)
        for own in ("_loop_vars", "_block_vars"):
            named.pop(own, None)
        return called(*given, **named)


class Site:
    """One graph as pages: `base` is the address that the world knows it by, ending in `/`."""

    def __init__(self, graph: Graph, base: str, *, static: bool = False) -> None:
        self.base = base
        self.static = static
        self.graphs = {lang: Graph(graph.workspace, lang, graph.engine) for lang in LANGUAGES}
        self._ahead: dict[tuple[str, _Given], Answer] = {}
        self._answers = lru_cache(_ANSWERS)(self._answer)
        self._kinds = lru_cache(_THINGS)(self.graphs["en"].things)
        self._things = lru_cache(_THINGS << 2)(lambda kind, lang: by_name(self._kinds(kind), lang))
        self._explanations = lru_cache(_THINGS)(self.graphs["en"].explain)
        self._tongues = lru_cache(_THINGS)(self._named)
        self._from = lru_cache(_DEPTHS)(self._shared)
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.templates.context_class = Direct

    @cached_property
    def made(self) -> Path | None:
        """Where the npm part of the pages is, once `scripts/browser` has built it."""
        folder = self.graphs["en"].workspace.build / "browser" / "made"
        return folder if (folder / "editor.js").is_file() else None

    @cached_property
    def edition(self) -> str:
        """What tells one state of all pages from another: the digest of the graph, and of what pages are made with."""
        workspace = self.graphs["en"].workspace
        made = hashlib.sha256(f"{workspace.digest} {__version__}".encode())
        own = [*HERE.parent.parent.rglob("*.*"), *workspace.files("queries", "")]
        for path in sorted([*own, *(self.made.iterdir() if self.made else ())]):
            if path.suffix in (".html", ".css", ".js", ".json", ".py", ".rq", ".yaml"):
                made.update(path.read_bytes())
        return made.hexdigest()[:20]

    @cached_property
    def schema_words(self) -> Words:
        """What of our words stands against schema.org, which search engines read."""
        return words(self.graphs["en"].workspace.alignment("schema-org"))

    @cached_property
    def former(self) -> dict[str, str]:
        """The addresses that things had before, each with the present one."""
        store = self.graphs["en"].workspace.stored.open()
        moved = store.quads_for_pattern(None, ox.NamedNode(names.REPLACED), None, ox.DefaultGraph())
        return {iri_of(quad.subject): iri_of(quad.object) for quad in moved}

    def known(self, path: str) -> bool:
        """Return whether a thing stands at a path."""
        if "/" not in path or not names.PATH.fullmatch(path):
            return False
        thing, kind = ox.NamedNode(names.expand(path)), ox.NamedNode(names.RDF_TYPE)
        store = self.graphs["en"].workspace.stored.open()
        return next(iter(store.quads_for_pattern(thing, kind, None, ox.DefaultGraph())), None) is not None

    def query(
        self,
        name: str,
        lang: str,
        given: Mapping[str, Sequence[str]],
        *,
        with_sources: bool = True,
        most: int | None = None,
    ) -> Answer:
        """Return the answer to a question, with its sources, asked once for all languages where its rows allow it.

        With `most`, so many first rows have their sources, and those of others are not looked for.
        Raises `Refusal` as `Graph.query` does.
        """
        question = self.graphs[lang].question(name)
        known = [*question.parameters, *(["date"] if question.parameters.keys() >= {"from", "to"} else [])]
        for word in given:
            if word not in known:
                raise refuse(
                    "unknown-parameter", value=word, known=" ".join(known) or "–", nearest=nearest(word, known)
                )
        asked = lang if "language" in question.parameters else "en"
        key = tuple((word, tuple(texts)) for word, texts in given.items())
        return told(self._answers(asked, name, key, with_sources, most), question, lang)

    def _answer(self, lang: str, name: str, given: _Given, with_sources: bool, most: int | None) -> Answer:
        if (ahead := self._ahead.pop((name, given), None)) is not None:
            return ahead
        graph = self.graphs[lang]
        return ask(graph.workspace, name, dict(given), lang, graph.engine, with_sources=with_sources, most=most)

    def ask_ahead(self, name: str, parameter: str, things: Sequence[str]) -> None:
        """Ask a question of many things at once where that is possible, so that `query` has the answer for each."""
        graph = self.graphs["en"]
        for thing, answer in each(graph.workspace, name, parameter, things, graph.engine).items():
            self._ahead[name, ((parameter, (thing,)),)] = answer

    def things(self, kind: str, lang: str) -> Answer:
        """Return the things of a class, gathered once for all languages. Raises `Refusal` as `Graph.things` does."""
        return self._things(kind, lang)

    def explain(self, iri: str, lang: str) -> Explanation:
        """Return what is known of a thing, gathered once for all languages.

        Raises `Refusal` as `Graph.explain` does.
        """
        return replace(self._explanations(iri), lang=lang)

    @cached_property
    def cards(self) -> dict[str, dict[str, Card]]:
        """Language → source → its card."""
        return {lang: self._cards(lang) for lang in LANGUAGES}

    def _cards(self, lang: str) -> dict[str, Card]:
        found = self.graphs[lang].query("sources")
        place = {column: index for index, column in enumerate(found.columns)}
        made: dict[str, Card] = {}
        for row in found.rows:
            source, page, read = (row[place[column]] for column in ("source", "page", "readOn"))
            if isinstance(source, ox.NamedNode) and source.value not in made:
                told = [row[place[column]] for column in ("kind", "publisher", "issued")]
                about = tuple(self.shown(term, found.labels, lang) for term in told if term is not None)
                address = page.value if isinstance(page, (ox.NamedNode, ox.Literal)) else ""
                day = read.value if isinstance(read, ox.Literal) else ""
                made[source.value] = Card(self.shown(source, found.labels, lang), about, web(address), day)
        return made

    @cached_property
    def record_classes(self) -> frozenset[str]:
        """The classes that records are written for."""
        return frozenset(self.graphs["en"].record_classes())

    def tongue(self, tag: str, lang: str) -> str:
        """Return what a language is called, by its tag (BCP 47): a word, else the tag."""
        return self._tongues(tag.partition("-")[0].lower()).get(lang) or tag

    def _named(self, tag: str) -> Mapping[str, str]:
        workspace, iri = self.graphs["en"].workspace, names.LANGUAGE + tag
        return workspace.labels(workspace.stored.open(), [ox.NamedNode(iri)]).names.get(iri, {}) if tag else {}

    def card(self, source: str, lang: str) -> Card:
        """Return the card of a source; one without a card is called by the end of its IRI."""
        known = self.cards[lang].get(source)
        return known or Card(Shown(names.short(source), "", page_of(source)), (), "")

    def shown(self, term: Term | None, labels: Labels, lang: str, note: str = "") -> Shown:
        """Return a term as a page shows it; what is not there is said to be unknown."""
        if term is None:
            return Shown(sentence("unknown", lang), lang, note=note, unknown=True)
        if isinstance(term, ox.NamedNode):
            return called(term.value, labels, lang)._replace(note=note)
        if isinstance(term, ox.Literal):
            text = in_words(term, lang)
            own = term.language or ("" if text == term.value else lang)
            return Shown(text, own, web(term.value), note)
        return Shown(seen(str(term)), note=note)

    def render(self, template: str, lang: str, here: str, notes: Notes | None = None, **values: Any) -> str:
        """Return a page of a language; `here` is its path below the base."""
        own, (shared, pieces) = notes or Notes(), self._from(lang, here.count("/"))
        return self.templates.get_template(template).render(
            shared, here=here.partition("/")[2], notes=own, cards=Cards(pieces, own), **values
        )

    def _shared(self, lang: str, depth: int) -> tuple[Mapping[str, Any], Pieces]:
        """Return what all pages of a language have which lie so many folders below the base: values, and pieces."""

        @lru_cache(_THINGS << 6)
        def below(path: str) -> str:
            return relative("/" * depth, quote(path, safe=_SAFE))

        def file(path: str, **query: str) -> str:
            """Return where a file below the base is found from here."""
            return below(path) + ("?" + urlencode(query) if query else "")

        def page(path: str, fragment: str = "", /, tongue: str = lang, **query: str) -> str:
            """Return where a page is found from here."""
            return file(f"{tongue}/{self.page_file(path)}", **query) + (f"#{quote(fragment)}" if fragment else "")

        def link(shown: Shown) -> str:
            """Return where a value leads; in a folder, nowhere where it has no page of its own there."""
            path, _, fragment = shown.href.partition("#")
            if "://" in path:
                return shown.href
            left_out = self.static and "/" in path and path.partition("/")[0] not in LISTED
            return "" if left_out else page(path, fragment)

        card = partial(self.card, lang=lang)
        values = {
            "site": self,
            "lang": lang,
            "dir": "rtl" if lang in RTL else "ltr",
            "languages": LANGUAGES,
            "file": file,
            "page": page,
            "link": link,
            "t": partial(said, lang),
            "texts": lambda texts: in_language(texts, lang),
            "folded": folded,
            "nothing": sentence("no-rows", lang),
            "unknown": sentence("unknown", lang),
            "counted": lambda count: sentence("rows", lang, count=count),
            "topic_name": lambda topic: sentence(f"topic-{topic}", lang),
            "quoted": shlex.quote,
            "failed": False,
            "card": card,
            "version": __version__,
        }
        for name in ("top", "foot"):
            values[name] = Markup(self.templates.get_template(f"{name}.html").render(values))  # noqa: S704
        return values, Pieces(lang, link, card, partial(self.tongue, lang=lang))

    def page_file(self, path: str) -> str:
        """Return what a page is called: its path, and in a folder the name of its file."""
        if not self.static:
            return path
        return f"{path}index.html" if path.endswith("/") or not path else f"{path}.html"


def class_of(kind: str) -> str:
    """Return the class whose things have addresses of a kind: the widest, where there are several."""
    return next(name for name, path in sorted(PATHS.items()) if path.split("/")[1] == kind)


def thing_of(row: Sequence[Term | None]) -> str:
    """Return the IRI of the thing that a row begins with."""
    return iri_of(row[0]) if row and row[0] is not None else ""


def page_of(iri: str) -> str:
    """Return the path, below its language, of the page of one of our things or words; else nothing.

    A concept scheme has the list of its concepts.

    >>> page_of("https://w3id.org/cybercoop/id/country/MA"), page_of("https://w3id.org/cybercoop/scheme/theme")
    ('country/MA', 'theme/')
    """
    for begin in (names.ID, names.SCHEME):
        if iri.startswith(begin) and names.PATH.fullmatch(iri[len(begin) :]):
            path = iri[len(begin) :]
            return path if "/" in path else f"{path}/"
    return f"ns#{iri.removeprefix(names.NS)}" if iri.startswith(names.NS) else ""


def web(text: str) -> str:
    """Return an address on the web, or nothing where a text is none that a link may lead to."""
    whole = text.startswith(("https://", "http://")) and not any(char in text for char in ' <>"\\^`{|}')
    return text if whole and text.isprintable() else ""


def called(iri: str, labels: Labels, lang: str) -> Shown:
    """Return the name of a thing with the language it is in, and where its page is."""
    texts: Mapping[str, str] = labels.names.get(iri, {})
    tag = spoken(texts, lang) or ""
    text = texts[tag] if texts else names.short(iri)
    return Shown(seen(text), tag, page_of(iri) or web(iri))
