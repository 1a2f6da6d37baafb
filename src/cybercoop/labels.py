"""What things are called in a language, and the notice that a name carries with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from cybercoop.names import BASE, EDITORS, NS, SKOS

NAME = SKOS + "prefLabel"
OTHER_NAME = SKOS + "altLabel"
NOTICE = NS + "designationNotice"


@dataclass(frozen=True, slots=True)
class Labels:
    """Names and notices by IRI and language; `marked` holds the starred names of things that have a notice."""

    names: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, Mapping[str, str]]
    marked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, iri: str, lang: str) -> str:
        """Return the name in `lang`, else in English, else in any language; without one, the end of our IRI."""
        return _in_language(self.names.get(iri, {}), lang) or _end(iri)

    def own(self, iri: str, lang: str) -> str | None:
        """Return the name that is in `lang` itself, else None."""
        return self.names.get(iri, {}).get(lang)

    def notice(self, iri: str, lang: str) -> str | None:
        """Return the designation notice of a thing in `lang`, else in English, else in any; None where it has none."""
        return _in_language(self.notices.get(iri, {}), lang)

    def bearers(self, text: str) -> list[str]:
        """Return the things whose starred name stands in `text`, such as a title that says “Palestine*”."""
        if "*" not in text:
            return []
        return sorted({iri for name, bearers in self.marked.items() if name in text for iri in bearers})


def of_quads(quads: Iterable[ox.Quad]) -> Labels:
    """Return the names that `quads` give: the editors' own name first, else that of the first source A to Z."""
    names: dict[tuple[str, str], tuple[bool, str, str]] = {}
    notices: dict[tuple[str, str], tuple[bool, str, str]] = {}
    starred: dict[str, set[str]] = {}
    for quad in quads:
        predicate, text = quad.predicate.value, quad.object
        if predicate not in (NAME, OTHER_NAME, NOTICE) or not isinstance(text, ox.Literal):
            continue
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        thing = quad.subject.value
        if predicate != NOTICE and "*" in text.value:
            starred.setdefault(text.value, set()).add(thing)
        if predicate != OTHER_NAME:
            source = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
            rank = (source != EDITORS, source, text.value)
            chosen = names if predicate == NAME else notices
            key = (thing, text.language or "")
            chosen[key] = min(chosen.get(key, rank), rank)
    noticed = _by_thing(notices)
    marked = {name: tuple(sorted(things & noticed.keys())) for name, things in sorted(starred.items())}
    return Labels(_by_thing(names), noticed, {name: things for name, things in marked.items() if things})


def _by_thing(chosen: Mapping[tuple[str, str], tuple[bool, str, str]]) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for (thing, language), (_, _, text) in sorted(chosen.items()):
        texts.setdefault(thing, {})[language] = text
    return texts


def _in_language(texts: Mapping[str, str], lang: str) -> str | None:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), None)


def _end(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] if iri.startswith(BASE) else iri
