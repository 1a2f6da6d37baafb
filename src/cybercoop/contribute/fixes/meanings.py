"""What a wrong word may have meant: things, words by label, languages of sources; what countries a record is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache

import pyoxigraph as ox

from cybercoop import records
from cybercoop.ask.parameters import find
from cybercoop.contribute.fixes.certain import LONG_IN_A_LIST, OF_COUNTRIES, Certain, local, misspelt
from cybercoop.problems.problem import Problem, Refusal
from cybercoop.records.reading import Reading
from cybercoop.terms import names
from cybercoop.terms.context import Term
from cybercoop.terms.labels import NAME, OTHER_NAME, fold
from cybercoop.terms.names import RDFS, SH
from cybercoop.terms.term import iri_of, members
from cybercoop.workspace.workspace import Workspace

NAMELESS = ("bad-name", "jsonld-lost")
"""What cannot be the name of a thing, and may be what one is called."""


class Known:
    """The graph as a mender asks it; every answer is kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store: ox.Store = workspace.stored.open()
        self.certain = Certain(self.store)
        self._meant: dict[tuple[str, str, frozenset[str]], str | None] = {}

    def thing(self, written: str, class_iri: str, countries: Collection[str] = ()) -> str | None:
        """Return the IRI of the thing of a class that a text means for certain, in a record of some countries."""
        key = (written, class_iri, frozenset(countries))
        if key not in self._meant:
            self._meant[key] = self.certain.thing(*key)
        return self._meant[key]

    def named(self, found: Problem) -> str | None:
        """Return the short name of the one thing whose name or code stands where a problem is; of a label, its word."""
        if found.code in ("unknown-class", "unknown-term"):
            context = self.workspace.context
            words = context.classes if found.code == "unknown-class" else {w: t.iri for w, t in context.terms.items()}
            return found.nearest or self.word(found.value or "", words, words)
        written = found.term[1:-1] if found.term and found.term.startswith("<") else found.value or ""
        kinds = self.classes(found.code) or (self._of_property(found.property) if found.code in NAMELESS else [])
        meant = {iri for kind in kinds if (iri := self.thing(written, kind) or self._coded(written, kind))}
        return names.short(meant.pop()) if len(meant) == 1 else None

    def _coded(self, written: str, kind: str) -> str | None:
        """Return the country of a code that may be something else as well, such as that of a telephone."""
        text = local(written, names.class_path(kind) or "")
        if kind != names.NS + "Country" or text is None or not re.fullmatch("[A-Za-z]{3}|[0-9]{3}", text):
            return None
        with suppress(Refusal):
            return find(text, self.store, kind).value
        return None

    def classes(self, code: str) -> list[str]:
        """Return the classes that a constraint demands of its values; of one without things of its own, those below."""
        return sorted(
            {below for kind in self._demanded.get(names.SHAPES + code, ()) for below in self._with_things(kind)}
        )

    def classes_of(self, term: Term) -> list[str]:
        """Return the classes that the values of a word may have, as the shapes of its property say."""
        return self._of_property(term.iri)

    def _of_property(self, iri: str | None) -> list[str]:
        codes = (shape.removeprefix(names.SHAPES) for shape in self._shapes_of.get(iri or "", ()))
        return sorted({kind for code in codes for kind in self.classes(code)})

    def _with_things(self, kind: str) -> list[str]:
        if names.class_path(kind) is not None:
            return [kind]
        below = self.store.query(f"SELECT ?below {{ ?below <{RDFS}subClassOf>* <{kind}> }}")
        return [iri for row in below if names.class_path(iri := iri_of(row["below"])) is not None]  # type: ignore[union-attr]

    def pattern(self, code: str) -> str | None:
        """Return the pattern that a constraint demands of its values."""
        facts = self.workspace.shapes.about.get(ox.NamedNode(names.SHAPES + code), {})
        return next(
            (str(value.value) for value in facts.get(SH + "pattern", []) if isinstance(value, ox.Literal)), None
        )

    def word(self, text: str, known: Iterable[str], graph_names: Mapping[str, str]) -> str | None:
        """Return the one known word that a text means: in another case, by its label, or clearly misspelt."""
        words = list(known)
        same = [word for word in words if word.casefold() == text.strip().casefold()]
        named = {word for word in words if fold(text) in self._labels.get(graph_names.get(word, ""), ())}
        if len(same) == 1 or len(named) == 1:
            return same[0] if len(same) == 1 else named.pop()
        return clear(text, words)

    def describes(self, short: str) -> bool:
        """Whether the graph says what kind of thing an id names."""
        node, kind = ox.NamedNode(names.expand(short)), ox.NamedNode(names.RDF_TYPE)
        return next(self.store.quads_for_pattern(node, kind, None, None), None) is not None

    def language(self, source: str) -> str | None:
        """Return the language that the card of a source states, where it is the only one."""
        card = ox.NamedNode(names.source(source))
        stated = {
            iri_of(quad.object).removeprefix(names.LANGUAGE)
            for word in ("language", "alsoInLanguage")
            for quad in self.store.quads_for_pattern(card, self._term(word), None, ox.DefaultGraph())
        }
        return stated.pop() if len(stated) == 1 else None

    def _term(self, word: str) -> ox.NamedNode:
        return ox.NamedNode(self.workspace.context.terms[word].iri)

    @cached_property
    def _demanded(self) -> dict[str, list[str]]:
        """Shape → the classes that it demands, also one of several by `sh:or`."""
        found: dict[str, list[str]] = {}
        about = self.workspace.shapes.about
        for shape, facts in about.items():
            choices = [choice for head in facts.get(SH + "or", []) for choice in members(about, head)]
            kinds = [kind for said in (facts, *map(about.get, choices)) for kind in (said or {}).get(SH + "class", [])]
            if kinds and SH + "path" in facts:
                found[iri_of(shape)] = [*map(iri_of, kinds)]
        return found

    @cached_property
    def _shapes_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for shape, facts in self.workspace.shapes.about.items():
            for path in facts.get(SH + "path", []):
                found.setdefault(iri_of(path), []).append(iri_of(shape))
        return found

    @cached_property
    def _labels(self) -> dict[str, set[str]]:
        """Term of the ontology → its labels as they are compared."""
        found: dict[str, set[str]] = {}
        for predicate in (NAME, OTHER_NAME):
            for quad in self.store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph()):
                subject = iri_of(quad.subject)
                if isinstance(quad.object, ox.Literal) and not subject.startswith((names.ID, names.SCHEME)):
                    found.setdefault(subject, set()).add(fold(quad.object.value))
        return found


def clear(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelt one must be."""
    return misspelt(word, {each: (each.casefold(),) for each in known}, LONG_IN_A_LIST)


_ID_KINDS = {path.removeprefix("id/").rstrip("/"): kind for kind, path in names.KINDS.items() if path.startswith("id/")}
"""How ids begin → a class of the things that they name."""


def renamed(found: Problem, text: str, file: str, known: Known) -> str | None:
    """Return the id that a thing must have whose id is in capitals, or of no kind or another; None where it may not be.

    Certain is one without a kind, or with the plural of its own. Of another kind, the type or the id is wrong: the id,
    where the record states what only its type may bear, and the graph knows nothing by either id.
    """
    if not found.nearest or not found.thing or known.describes(found.nearest):
        return None
    written, meant = (short.rpartition("/")[0] for short in (found.thing, found.nearest))
    plain = written.casefold()
    if written == meant or plain in ("", meant, f"{meant}s", f"{meant.removesuffix('y')}ies"):
        return found.nearest
    if written not in _ID_KINDS or known.describes(found.thing):
        return None
    thing, domains = names.expand(found.thing), known.workspace.shapes.domains
    own = known.workspace.context.classes[_ID_KINDS[meant]]
    words = {
        each.quad.predicate.value for each in _read(text, file, known).statements if iri_of(each.quad.subject) == thing
    }
    return found.nearest if any(domains.get(word) == {own} for word in words) else None


_OF_PLACES = (names.NS + "Country", names.NS + "Place")


def countries_of(thing: str | None, text: str, file: str, known: Known) -> frozenset[str]:
    """Return the countries of the record that describes a thing, as the text of a file has them and as the graph does.

    A country or place that is not written as it should be counts where it is certain which is meant.
    """
    said_of, beside, wrong = _told(text, file, known)
    iri = names.expand(thing) if thing else ""
    subjects = beside.get(iri, ())
    written = {value for subject in subjects for value in said_of.get(subject, ())}
    written |= {value for subject in subjects for value in wrong.get(names.short(subject), ())}
    meant = {
        known.thing(said, kind) or (said if said in known.certain.of(kind).words else "")
        for said in written
        for kind in _OF_PLACES
    }
    places = {each for each in meant if each.startswith(names.ID + "place/")}
    of_places = (known.certain.countries_of(each) for each in (*places, *subjects))
    return frozenset((meant - places - {""}).union(*of_places))


_Told = Mapping[str, Collection[str]]


@lru_cache(maxsize=8)
def _told(text: str, file: str, known: Known) -> tuple[_Told, _Told, _Told]:
    """Return the countries and places that a text names of things, what is described together, and what is no country.

    The last are things by their short names, with what was written of them in the place of a country.
    """
    reading = _read(text, file, known)
    said: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    wrong: dict[str, set[str]] = {}
    for quad, _ in reading.statements:
        if quad.predicate.value in OF_COUNTRIES:
            said.setdefault(iri_of(quad.subject), set()).add(iri_of(quad.object))
    for record in reading.records:
        together = {record.thing, *record.subjects}
        beside |= {each: together.union(beside[each]) if each in beside else together for each in together}
    for found in reading.problems:
        if found.value and found.thing and found.property in OF_COUNTRIES:
            wrong.setdefault(found.thing, set()).add(found.value)
    return said, beside, wrong


@lru_cache(maxsize=8)
def _read(text: str, file: str, known: Known) -> Reading:
    return records.read(text.encode(), file, known.workspace.context)
