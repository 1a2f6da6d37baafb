"""The vocabulary as a page: every class and property with its definition, at the anchor that its IRI has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.cards import Shown
from cybercoop.interfaces.web.pages import answered
from cybercoop.interfaces.web.site import LISTED, PATHS, Site, called, class_of, thing_of
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, Labels

_KINDS = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdfs:Datatype")
_SAID = {"domain": names.RDFS + "domain", "range": names.RDFS + "range"}
_ABOVE = (names.RDFS + "subClassOf", names.RDFS + "subPropertyOf")


class Word(NamedTuple):
    """A class or property of the ontology."""

    anchor: str
    name: Shown
    definition: Shown
    above: Sequence[Shown]
    domain: Sequence[Shown]
    range: Sequence[Shown]


def vocabulary(request: Request) -> Response:
    """Answer with the vocabulary: classes, properties, and the concept schemes."""
    return answered(request, page)


def page(site: Site, lang: str, here: str) -> str:
    """Return the page of the vocabulary."""
    groups = []
    named = labels(site, lang, [names.NS + word for word in words(site)])
    for kind in _KINDS:
        found = site.things(kind, lang)
        terms = [thing_of(row) for row in found.rows]
        groups.append(
            (kind.split(":")[1], [_word(site, lang, iri, named) for iri in terms if iri.startswith(names.NS)])
        )
    schemes = []
    for kind in LISTED:
        if PATHS[class_of(kind)].startswith("scheme/"):
            own = site.things(class_of(kind), lang).labels
            schemes.append((kind, called(names.NS + class_of(kind), own, lang)))
    return site.render("terms.html", lang, here, groups=groups, schemes=schemes, notices=[])


def words(site: Site) -> list[str]:
    """Return the words of the ontology, without its namespace."""
    found = (term.value for term in site.graphs["en"].vocabulary() if isinstance(term, ox.NamedNode))
    return [iri.removeprefix(names.NS) for iri in found if iri.startswith(names.NS)]


def labels(site: Site, lang: str, terms: Sequence[str]) -> Labels:
    """Return what words of the ontology are called, by their IRIs."""
    found = {word: site.graphs[lang].vocabulary().get(ox.NamedNode(word), {}).get(NAME, []) for word in terms}
    named = {
        word: {text.language or "": text.value for text in texts if isinstance(text, ox.Literal)}
        for word, texts in found.items()
    }
    return Labels({word: texts for word, texts in named.items() if texts}, {})


def _word(site: Site, lang: str, iri: str, labels: Labels) -> Word:
    said = site.graphs[lang].vocabulary().get(ox.NamedNode(iri), {})

    def named(*properties: str) -> list[Shown]:
        terms = [value for each in properties for value in said.get(each, ()) if isinstance(value, ox.NamedNode)]
        return [called(term.value, labels, lang) for term in terms if term.value.startswith(names.NS)]

    texts = said.get(names.SKOS + "definition", [])
    spoken = sorted(texts, key=lambda text: getattr(text, "language", "") != lang)
    definition = site.shown(spoken[0] if spoken else None, labels, lang)
    name = called(iri, labels, lang)
    return Word(iri.removeprefix(names.NS), name, definition, named(*_ABOVE), *map(named, _SAID.values()))


routes = [Route("/{lang:lang}/ns", vocabulary)]
