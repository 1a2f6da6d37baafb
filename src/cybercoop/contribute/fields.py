"""What a record of each class may say, by shapes and ontology: words, kinds of value, codes, what is required."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.names import DERIVED, KINDS, NS, RDF_TYPE, RDFS, SH, SKOS, XSD
from cybercoop.terms.term import Facts, about, closure, iri_of, members
from cybercoop.terms.term import Term as Node
from cybercoop.workspace.workspace import Workspace

_RECORDS = {name for name, path in KINDS.items() if path.startswith("id/")} - {
    *("Citation", "MonetaryAmount", "Passage", "Record")
}

Texts = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True, slots=True)
class Field:
    """One word that a record of a class may hold; of those in `instead`, itself among them, one is required."""

    term: Term
    label: Texts
    definition: Texts
    required: bool
    languages: tuple[str, ...]
    classes: tuple[str, ...]
    codes: Mapping[str, Texts]
    pattern: str | None
    instead: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether a skeleton asks for it: where it is required, or the first of several that will do."""
        return self.required or self.word in self.instead[:1]

    @property
    def first(self) -> bool:
        """Whether it stands among what is required: by itself, or as one of several that will do."""
        return self.required or bool(self.instead)

    @property
    def word(self) -> str:
        """The word as it is written."""
        return self.term.name

    @property
    def kind(self) -> str:
        """What its values are: texts, code, thing, amount, address, date, integer, decimal, boolean or text."""
        if self.term.kind == LANGUAGE:
            return "texts"
        if self.term.kind == LINK:
            amount = self.classes == (NS + "MonetaryAmount",)
            return "code" if self.codes else "amount" if amount else "thing" if self.classes else "address"
        known = ("date", "integer", "decimal", "boolean")
        return next((name for name in known if self.term.kind == XSD + name), "text")


class Fields:
    """The fields of every class of records."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.context: Context = workspace.context
        self.shapes = workspace.shapes.about
        self.words = about(quad.triple for quad in workspace.vocabulary())

    @cached_property
    def classes(self) -> list[str]:
        """The classes that records are written for, by name."""
        return sorted(name for name in _RECORDS if name in self.context.classes and not self._is_abstract(name))

    def label(self, iri: str) -> Texts:
        """Return the name of a class, property or concept by language."""
        return self._texts(iri, SKOS + "prefLabel")

    def definition(self, iri: str) -> Texts:
        """Return the definition of a class or property by language."""
        return self._texts(iri, SKOS + "definition")

    def usual(self, name: str) -> set[str]:
        """Return the properties that at least half of the things of a class have."""
        store, anyone = self.workspace.stored.open(), ox.DefaultGraph()
        found = store.quads_for_pattern(None, ox.NamedNode(RDF_TYPE), ox.NamedNode(NS + name), anyone)
        things = [quad.subject for quad in found]
        said = ({quad.predicate.value for quad in store.quads_for_pattern(each, None, None, anyone)} for each in things)
        counts = Counter(predicate for own in said for predicate in own)
        return {predicate for predicate, count in counts.items() if 2 * count >= len(things)}

    def of(self, name: str) -> list[Field]:
        """Return the fields of a class in the order of records: those that a skeleton asks for, then the others."""
        above = self._above(self.context.classes[name])
        shapes: dict[str, list[Facts]] = {}
        for facts in self._property_shapes(above):
            for path in facts.get(SH + "path", []):
                shapes.setdefault(iri_of(path), []).append(facts)
        allowed = set(shapes) | {word for word, kinds in self.workspace.shapes.domains.items() if kinds & above}
        needed = {word for word, every in shapes.items() if any(map(_least, every))}
        for facts, targets in self._general_shapes():
            for path in facts.get(SH + "path", []):
                if (word := iri_of(path)) in self._used.get(self.context.classes[name], ()):
                    allowed.add(word)
                    shapes.setdefault(word, []).append(facts)
                    if _least(facts) and word not in targets:
                        needed.add(word)
        choices = [[word for word in choice if word not in needed] for choice in self._choices(above)]
        needed |= {word for choice in choices if len(choice) == 1 for word in choice}
        terms = {term.iri: term for term in self.context.terms.values()}
        instead = {word: choice for choice in choices for word in choice}
        found = [
            self._field(
                terms[iri],
                shapes.get(iri, []),
                iri in needed,
                tuple(terms[word].name for word in instead.get(iri, ()) if iri not in needed),
            )
            for iri in allowed
            if iri in terms
            and iri not in names.COMPUTED
            and not self.workspace.shapes.domains.get(iri, above).isdisjoint(above)
        ]
        return sorted(
            found, key=lambda each: (not each.asked, not each.first, self.workspace.place(each.word), each.word)
        )

    def owner(self, name: str) -> tuple[str, str] | None:
        """Return the class that a class of things stands inside of, and the word it stands under; None for most."""
        for rule in self.workspace.shapes.constraints.values():
            for word in rule.led_to_by:
                if self.context.classes[name] in map(iri_of, self._said(word, RDFS + "range")):
                    return _local(rule.owner), _local(word)
        return None

    def _field(self, term: Term, shapes: list[Facts], required: bool, instead: tuple[str, ...]) -> Field:
        classes = sorted({kind for facts in shapes for kind in self._classes(facts)})
        classes = classes or [iri_of(kind) for kind in self._said(term.iri, RDFS + "range")]
        demanded = {lang for facts in shapes for lang in self._languages(facts)}
        languages = tuple(lang for lang in LANGUAGES if lang in demanded)
        patterns = [
            value.value for facts in shapes for value in facts.get(SH + "pattern", []) if isinstance(value, ox.Literal)
        ]
        classes = (
            [kind for kind in classes if kind.startswith(NS) or names.class_path(kind)] if term.kind == LINK else []
        )
        codes = self._codes(classes[0]) if len(classes) == 1 else {}
        label, definition = self.label(term.iri), self.definition(term.iri)
        pattern = next(iter(patterns), None)
        return Field(term, label, definition, required, languages, tuple(classes), codes, pattern, instead)

    def _property_shapes(self, classes: set[str]) -> Iterator[Facts]:
        for facts in self.shapes.values():
            if classes & set(map(iri_of, facts.get(SH + "targetClass", []))):
                for shape in facts.get(SH + "property", []):
                    yield self.shapes.get(shape, {})

    def _general_shapes(self) -> Iterator[tuple[Facts, set[str]]]:
        """Yield the shapes of words that no class has to itself, with the words where they hold."""
        for facts in self.shapes.values():
            if SH + "targetSubjectsOf" in facts and SH + "class" not in facts:
                for shape in facts.get(SH + "property", []):
                    yield self.shapes.get(shape, {}), set(map(iri_of, facts[SH + "targetSubjectsOf"]))

    @cached_property
    def _used(self) -> dict[str, set[str]]:
        """Class → the words that things of it, as sources state it, have in the graph."""
        found: dict[str, set[str]] = {}
        stated = f"GRAPH ?source {{ ?thing a ?kind }} FILTER(?source != <{DERIVED}>)"
        rows = self.workspace.stored.open().query(f"SELECT DISTINCT ?kind ?word {{ {stated} ?thing ?word ?value }}")
        for kind, word in rows:  # type: ignore[union-attr]
            found.setdefault(iri_of(kind), set()).add(iri_of(word))
        return found

    def _choices(self, classes: set[str]) -> Iterator[list[str]]:
        """Yield each choice of words of which one is required; what will do in some cases alone is left out."""
        for facts in self.shapes.values():
            if classes & set(map(iri_of, facts.get(SH + "targetClass", []))):
                for head in facts.get(SH + "or", []):
                    every = [self.shapes.get(one, {}) for one in members(self.shapes, head)]
                    plain = [one for one in every if one.keys() == {SH + "path", SH + "minCount"}]
                    yield [iri_of(path) for one in plain for path in one[SH + "path"]]
        for facts in self._property_shapes(classes):
            for path in facts.get(SH + "path", []) if _least(facts) else ():
                for head in self.shapes.get(path, {}).get(SH + "alternativePath", []):
                    yield list(map(iri_of, members(self.shapes, head)))

    def _classes(self, facts: Facts) -> Iterator[str]:
        yield from map(iri_of, facts.get(SH + "class", []))
        for head in facts.get(SH + "or", []):
            for member in members(self.shapes, head):
                yield from map(iri_of, self.shapes.get(member, {}).get(SH + "class", []))

    def _languages(self, facts: Facts) -> Iterator[str]:
        for shape in facts.get(SH + "qualifiedValueShape", []):
            for head in self.shapes.get(shape, {}).get(SH + "languageIn", []):
                yield from (text.value for text in members(self.shapes, head) if isinstance(text, ox.Literal))

    def _codes(self, class_iri: str) -> dict[str, Texts]:
        """Return the concepts of a class, by code, with their names."""
        base = names.class_path(class_iri)
        if base is None or not base.startswith((names.SCHEME, names.LANGUAGE)):
            return {}
        found = {iri_of(key) for key, facts in self.words.items() if class_iri in map(iri_of, facts.get(RDF_TYPE, []))}
        return {iri.removeprefix(base): self.label(iri) for iri in sorted(found)}

    def _above(self, class_iri: str) -> set[str]:
        return closure([class_iri], lambda kind: map(iri_of, self._said(kind, RDFS + "subClassOf")))

    def _said(self, iri: str, predicate: str) -> list[Node]:
        """Return what the ontology says of a class, property or concept."""
        return self.words.get(ox.NamedNode(iri), {}).get(predicate, [])

    def _is_abstract(self, name: str) -> bool:
        """Whether the class is only there for several subclasses, which share its kind of id."""
        iri = self.context.classes[name]
        below = [key for key, facts in self.words.items() if iri in map(iri_of, facts.get(RDFS + "subClassOf", []))]
        return sum(KINDS.get(_local(iri_of(key))) == KINDS[name] for key in below) > 1

    def _texts(self, iri: str, predicate: str) -> Texts:
        values = self._said(iri, predicate)
        return {value.language or "en": value.value for value in values if isinstance(value, ox.Literal)}


def _local(iri: str) -> str:
    return iri.removeprefix(NS)


def _least(facts: Facts) -> bool:
    """Return whether a shape asks for a value."""
    return bool(_number(facts, "minCount") or _number(facts, "qualifiedMinCount"))


def _number(facts: Facts, name: str) -> int:
    return max((int(value.value) for value in facts.get(SH + name, []) if isinstance(value, ox.Literal)), default=0)
