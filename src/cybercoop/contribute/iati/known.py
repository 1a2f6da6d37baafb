"""What the graph knows that an activity of IATI can be told by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms import names
from cybercoop.terms.iati import CHANNELS, aligned
from cybercoop.terms.labels import fold
from cybercoop.terms.names import ID, SCHEME
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cybercoop.records.iati_activity import Organisation

_FIELD = ("cybercrime", "electronic-evidence")
"""Themes whose words, with those of what is narrower, make an activity a candidate in whatever country."""
_SHORTEST = 4
"""Letters of a name below which it is an abbreviation that other things bear, too.

Outside of the field a single word, such as “governance”, is used of all sorts of things: two are asked for.
"""


class Known:
    """What the graph knows that an activity can be told by: themes and their words, partners, bodies, projects."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace: Workspace | None = workspace
        self._called: dict[str, dict[str, str]] = {}
        self.context, self.place = workspace.context, workspace.place
        self.codes = aligned(workspace.alignment("iati"))
        self.partners = set(self._each("SELECT DISTINCT ?code { ?p coop:partnerCountry/coop:alpha2 ?code }"))
        self.countries = set(self._each("SELECT DISTINCT ?code { ?c a coop:Country ; coop:alpha2 ?code }"))
        self.projects = dict(self._pairs("SELECT DISTINCT ?i ?p { ?p a coop:Project ; dct:identifier ?i }"))
        self.ids = set(self._each("SELECT DISTINCT ?p { ?p a coop:Project }"))
        self.sources = dict(self._pairs("SELECT DISTINCT ?sha ?s { ?s coop:sha256 ?sha }"))
        self.refs = dict(self._pairs("SELECT DISTINCT ?i ?o { ?o a coop:Organisation ; dct:identifier ?i }"))
        self.refs |= {code: f"{ID}organisation/{slug}" for code, slug in CHANNELS.items()}
        self.refs |= {f"XM-DAC-{code}": f"{ID}organisation/{slug}" for code, slug in CHANNELS.items()}
        self.sectors = {code: themes for (kind, code), themes in self.codes.items() if kind == "Sector"}
        against = {iri for themes in self.codes.values() for iri in themes}
        top = " ".join(f"<{SCHEME}theme/{slug}>" for slug in _FIELD)
        self.field = set(self._each(f"SELECT DISTINCT ?t {{ VALUES ?top {{ {top} }} ?t skos:broader* ?top }}"))
        self.near = {iri for iri in against if iri.startswith(f"{SCHEME}theme/")} | self.field

    def themes(self, texts: Iterable[str]) -> set[str]:
        """Return the themes that are named in some texts."""
        return {theme for text in texts for word in self._pattern.findall(fold(text)) for theme in self._words[word]}

    def organisation(self, given: Organisation) -> str | None:
        """Return the body that is meant, by its reference, else by its name; None where there is none, or several."""
        if found := self.refs.get(given.ref):
            return found
        named = self._names.get(fold(given.name), set()) if given.name else set()
        return next(iter(named)) if len(named) == 1 else None

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, thing in self._pairs(
            "SELECT DISTINCT ?l ?o { ?o a coop:Organisation ; skos:prefLabel|skos:altLabel ?l }"
        ):
            found.setdefault(fold(name), set()).add(thing)
        return found

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, theme in self._pairs("SELECT DISTINCT ?l ?t { ?t a coop:Theme ; skos:prefLabel|skos:altLabel ?l }"):
            tells = " " in name or theme in self.field
            if theme in self.near and tells and len(name) >= _SHORTEST:
                found.setdefault(fold(name), set()).add(theme)
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The words of themes; in Arabic also behind the particles that are written with them."""
        words = "|".join(re.escape(word) for word in sorted(self._words, key=len, reverse=True))
        return re.compile(rf"\b[وفبلك]?({words})\b")

    def __getstate__(self) -> dict[str, object]:
        """Return what is known without the graph that it comes from, for where that is not."""
        bodies = {*self.refs.values(), *(each for named in self._names.values() for each in named)}
        self._called = {iri: self.called(iri) for iri in sorted(bodies)}
        assert self._pattern
        return self.__dict__ | {"_workspace": None}

    def called(self, iri: str) -> dict[str, str]:
        """Return what a body is called in each language."""
        if iri in self._called:
            return self._called[iri]
        labels = self._at_hand.labels(self._at_hand.stored.open(), [ox.NamedNode(iri)])
        return {lang: labels.get(iri, lang) for lang in LANGUAGES}

    @property
    def _at_hand(self) -> Workspace:
        assert self._workspace is not None
        return self._workspace

    def _each(self, query: str) -> list[str]:
        return [row[0] for row in self._rows(query)]

    def _pairs(self, query: str) -> list[tuple[str, str]]:
        return [(first, second) for first, second in sorted(self._rows(query))]

    def _rows(self, query: str) -> list[list[str]]:
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in names.PREFIXES.items())
        store = self._at_hand.stored.open()
        found = cast("ox.QuerySolutions", store.query(prefixes + query, use_default_graph_as_union=True))
        return [[cast("ox.Literal", term).value for term in row] for row in found]
