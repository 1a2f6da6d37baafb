"""The vocabulary as a page: every class and property with its definition, at the anchor that its IRI has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.interfaces.web.pages import answered
from cybercoop.interfaces.web.site import LISTED, Shown, Site, called, class_of, thing_of
from cybercoop.terms import names

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
    graph = site.graphs[lang]
    groups = []
    for kind in _KINDS:
        found = graph.things(kind)
        terms = [thing_of(row) for row in found.rows]
        groups.append((kind.split(":")[1], [_word(site, lang, iri) for iri in terms if iri.startswith(names.NS)]))
    schemes = []
    for kind in LISTED:
        if names.KINDS[class_of(kind)].startswith("scheme/"):
            labels = graph.things(class_of(kind)).labels
            schemes.append((kind, called(names.NS + class_of(kind), labels, lang)))
    return site.render("terms.html", lang, here, groups=groups, schemes=schemes, notices=[])


def _word(site: Site, lang: str, iri: str) -> Word:
    told = site.explain(iri, lang)
    said = {entry.iri: [stated.value for stated in entry.values] for entry in told.properties}

    def names_of(*properties: str) -> list[Shown]:
        terms = [value for each in properties for value in said.get(each, ())]
        return [shown for term in terms if (shown := site.shown(term, told.labels, lang)).href]

    texts = said.get(names.SKOS + "definition", [])
    spoken = sorted(texts, key=lambda text: getattr(text, "language", "") != lang)
    definition = site.shown(spoken[0] if spoken else None, told.labels, lang)
    name = called(iri, told.labels, lang)
    return Word(iri.removeprefix(names.NS), name, definition, names_of(*_ABOVE), *map(names_of, _SAID.values()))


routes = [Route("/{lang:lang}/ns", vocabulary)]
