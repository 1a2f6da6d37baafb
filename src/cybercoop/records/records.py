"""From trees to statements: each document is what one source says of one thing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from sys import intern

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, nearest, problem
from cybercoop.records.reading import Fields, Items, Node, Reading, Record, Scalar, listed, says_nothing
from cybercoop.records.statements import Row, Stated, Told
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Context, Term
from cybercoop.terms.literals import date_type, iri, well_formed
from cybercoop.terms.names import NS, XSD

FORM = ("source", "at", "because", "id", "type")
"""Words of the record form itself, beside the terms of the context."""

PASSAGE = ("section", "chars", "digest")
"""Words of a place in a source."""

_DIRECTED = re.compile("[A-Za-z-]+--(?:ltr|rtl)")
"""A language with a direction, as Turtle has it (RDF 1.2 Turtle, LANG_DIR)."""

_LONGEST_LANGUAGE = 3
"""Letters of a language in BCP 47, 2.2.1: what is longer is the rest of a text that a comma cut."""

_MET = 1 << 14
"""How many references are known at once; things are referred to again and again."""

SAYS = "says"
"""The word beside them for what of a record is read there: properties, and things inside of it by their ids."""


def read_records(trees: list[Node], file: str, context: Context) -> Reading:
    """Return what the documents of one file say, each in the graph of its own source."""
    reading, rows = Reading(), list[Row]()
    for tree in trees:
        if isinstance(tree, Scalar) and not tree.text:
            continue
        if isinstance(tree, Fields):
            before = len(reading.problems)
            _Document(reading, rows, context).read(tree)
            reading.problems[before:] = [_of_record(found, tree) for found in reading.problems[before:]]
        else:
            reading.problems.append(problem("not-a-record", tree.where))
    if rows:
        reading.statements = Stated(Told(rows))
    return reading


def _of_record(found: Problem, tree: Fields) -> Problem:
    """Return a problem that knows its record, and the thing of that where it is about none in particular."""
    identity = tree.get("id")
    named = identity.text if isinstance(identity, Scalar) else None
    return found._replace(record=tree.where, thing=found.thing or (named and names.short(names.expand(named))))


class _Document:
    """One document on its way to statements; things, words and values are texts, as N-Triples writes them."""

    def __init__(self, reading: Reading, rows: list[Row], context: Context) -> None:
        self.reading = reading
        self.rows = rows
        self.context = context
        self.graph = _name(names.EDITORS)
        self.begun = len(rows)
        self.subjects: dict[str, Where] = {}
        self.inside: dict[str, list[str]] = {}
        self.about: tuple[str | None, str | None] = (None, None)

    def read(self, tree: Fields) -> None:
        if (linked := tree.get("@context", "@graph", "@id")) is not None:
            self._wrong("yaml-ld", linked.where)
            return
        tree = self._as_meant(tree)
        source = tree.get("source")
        place = source.where if source else tree.where
        named = source.text if isinstance(source, Scalar) else ""
        graph = names.source(named) if names.SLUG.fullmatch(_slug(named)) else ""
        if graph in ("", names.DERIVED):
            self.graph = _name(names.source(names.unsaid(str(tree.where))))
            told = {"value": named} if isinstance(source, Scalar) else {}
            self._wrong("not-a-source" if graph else "record-without-source", place, **told)
        else:
            self.graph = _name(graph)
        thing = self._thing(tree, outer=True)
        if thing is not None:
            self._record(thing, place, tree)

    def _as_meant(self, tree: Fields) -> Fields:
        """Return a document in which the words for its source and its id, where they are missing and misspelt, are."""
        meant = {}
        missing = [word for word in ("source", "id") if tree.get(word) is None]
        for key, _ in tree if missing else ():
            if key.text not in self.context.terms and key.text not in FORM and (near := nearest(key.text, missing)):
                self._unknown(key, ("source", "id"))
                meant[key] = key._replace(text=near)
                missing.remove(near)
        return Fields(tuple((meant.get(key, key), value) for key, value in tree), tree.where) if meant else tree

    def _record(self, thing: str, source: Where, tree: Fields) -> None:
        graph = intern(self.graph[1:-1])
        node = _name(names.record(graph, thing[1:-1]))
        self._say(node, _TYPE, _RECORD, tree.where)
        self._say(node, _SOURCE, self.graph, source)
        for subject, place in self.subjects.items():
            self._say(node, _ABOUT, _name(subject), place)
        if (at := tree.get("at")) is not None:
            self._citations(node, tree, [(item, self._passage(node, item)) for item in listed(at)])
        if (because := tree.get("because")) is not None:
            self._values(node, Term("because", NS + "reason", LANGUAGE), because)
        self.reading.records.append(Record(graph, thing[1:-1], tree.where, tuple(self.subjects)))

    def _citations(self, node: str, tree: Fields, places: list[tuple[Node, str | None]]) -> None:
        """Say what of the record is read at each place; a place that names nothing has what no other one names."""
        told: list[tuple[str, Node, dict[str, Where] | None]] = []
        for item, passage in places:
            if passage is not None:
                says = item.get(SAYS) if isinstance(item, Fields) else None
                told.append((passage, item, None if says is None else self._said(says)))
        named = {word for _, _, said in told if said is not None for word in said}
        if not named:
            return
        stated = [self.context.terms[key.text].iri for key, _ in tree if key.text in self.context.terms]
        for passage, item, said in told:
            citation = _name(names.citation(node[1:-1], passage[1:-1]))
            self._say(node, _ours("citation"), citation, item.where)
            self._say(citation, _TYPE, _ours("Citation"), item.where)
            self._say(citation, _ours("cites"), passage, item.where)
            chosen = {word: item.where for word in stated if word not in named} if said is None else said
            for word in list(chosen):
                chosen |= {thing: item.where for thing in self.inside.get(word, []) if thing not in named}
            for word, where in chosen.items():
                self._say(citation, _ours("says"), _name(word), where)

    def _said(self, says: Node) -> dict[str, Where]:
        """Return what a place names, as IRIs with where they are named; what the record does not state is wrong."""
        stated = {row[2][1:-1] for row in self.rows[self.begun :]}
        words = {term.name: term.iri for term in self.context.terms.values() if term.iri in stated}
        found: dict[str, Where] = {}
        for item in listed(says):
            word = item.text if isinstance(item, Scalar) else ""
            iri = words.get(word) or names.expand(word)
            if word and (iri in stated or iri in self.subjects):
                found[iri] = item.where
            else:
                near = self.reading.alike(word, [*words, *map(names.short, self.subjects)])
                term = self.context.terms.get(word)
                self.about = (next(iter(self.subjects)), term.iri if term else None)
                self._wrong("passage-says-nothing", item.where, value=word, nearest=near)
        return found

    def _passage(self, node: str, item: Node) -> str | None:
        section = item if isinstance(item, Scalar) else item.get("section") if isinstance(item, Fields) else None
        if not isinstance(section, Scalar) or not section.text.strip():
            self._wrong("passage-without-section", item.where)
            return None
        chars = item.get("chars") if isinstance(item, Fields) else None
        span = _span(chars)
        if chars is not None and span is None:
            self._wrong("passage-span", chars.where, value=getattr(chars, "text", ""))
            return None
        passage = _name(names.passage(self.graph[1:-1], section.text, span))
        self._say(node, _ours("passage"), passage, item.where)
        self._say(passage, _TYPE, _ours("Passage"), item.where)
        self._say(passage, _ours("section"), _quoted(section.text), section.where)
        if chars is not None and span is not None:
            integer = f"^^<{XSD}integer>"
            self._say(passage, _ours("firstCharacter"), f"{_quoted(span[0])}{integer}", chars.where)
            self._say(passage, _ours("endCharacter"), f"{_quoted(span[1])}{integer}", chars.where)
        for key, value in item if isinstance(item, Fields) else ():
            if key.text not in (*PASSAGE, SAYS):
                self._unknown(key, (*PASSAGE, SAYS))
            elif key.text == "digest" and isinstance(value, Scalar):
                self._say(passage, _ours("digest"), _quoted(value.text), value.where)
            elif key.text == "digest":
                self._wrong("wrong-form", value.where, value=key.text)
        return passage

    def _thing(self, tree: Fields, *, outer: bool = False) -> str | None:
        identity = tree.get("id")
        if identity is None and (subject := self._amount(tree)) is not None:
            pass
        elif isinstance(identity, Scalar):
            subject = _sound(identity.text, names.ID) or self._misnamed(identity, tree)
            self.subjects.setdefault(subject[1:-1], identity.where)
        else:
            subject = self._nameless(tree)
            self.about = (subject[1:-1], None)
            self._wrong("record-without-id", identity.where if identity else tree.where)
            if not outer and tree.get("type") is None:
                return None
            self.subjects.setdefault(subject[1:-1], tree.where)
        known = self.context.terms
        for key, value in tree:
            word = key.text
            if not isinstance(value, Scalar) and not (value.items if isinstance(value, Items) else value.fields):
                self._wrong("empty-value", value.where, value=word)
            elif word == "type":
                self._type(subject, value)
            elif word == "id" or (outer and word in FORM):
                continue
            elif (term := known.get(word)) is None:
                self.about = (subject[1:-1], None)
                self._unknown(key, (*known, *FORM))
            elif term.iri in names.COMPUTED:
                self._wrong("computed-term", key.where, value=word)
            else:
                self._values(subject, term, value)
        return subject

    def _misnamed(self, identity: Scalar, tree: Fields) -> str:
        """Return the thing of an id with a fault, which is said; what stands in for it where it cannot be one.

        The problem knows the id that a text with spaces or accents comes to, where it does.
        """
        stand_in = self._nameless(tree)
        known, self.about = self.about, (stand_in[1:-1], None)
        subject = self._iri(identity, names.ID)
        self.about = known
        if subject is not None:
            return subject
        kind, _, name = identity.text.replace("’", "'").partition("/")
        latin = all(char.isascii() or not char.isalpha() for char in unicodedata.normalize("NFKD", name))
        if self.reading.problems[-1].code == "bad-name" and latin and name.strip() and names.slug(kind) == kind:
            self.reading.problems[-1] = self.reading.problems[-1]._replace(nearest=f"{kind}/{names.slug(name)}")
        return stand_in

    def _nameless(self, tree: Fields) -> str:
        """Return what stands in for a thing whose id cannot be one, so that all else that is wrong with it is said."""
        identity, kinds = tree.get("id"), tree.get("type")
        words = [item.text for item in listed(kinds) if isinstance(item, Scalar)] if kinds else []
        known = (names.class_path(self.context.classes[word]) for word in words if word in self.context.classes)
        kind = identity.text.partition("/")[0] if isinstance(identity, Scalar) else ""
        base = next(filter(None, known), f"{names.ID}{names.slug(kind) if kind else 'thing'}/")
        return _name(base + names.unsaid(str(tree.where)))

    def _amount(self, tree: Fields) -> str | None:
        amount, currency = tree.get("amount"), tree.get("currency")
        if not isinstance(amount, Scalar) or not isinstance(currency, Scalar):
            return None
        value = amount.text if well_formed(amount.text, XSD + "decimal") else "0"
        subject = _name(names.amount(value, currency.text))
        self._say(subject, _TYPE, _ours("MonetaryAmount"), tree.where)
        self.subjects.setdefault(subject[1:-1], tree.where)
        return subject

    def _type(self, subject: str, node: Node) -> None:
        self.about = (subject[1:-1], names.RDF_TYPE)
        for item in listed(node):
            if isinstance(item, Scalar) and item.text in self.context.classes:
                self._say(subject, _TYPE, _name(self.context.classes[item.text]), item.where)
            else:
                word = getattr(item, "text", "")
                near = self.reading.alike(word, self.context.classes)
                self._wrong("unknown-class", item.where, value=word, nearest=near)
                if names.is_named_as(subject[1:-1], near):
                    self._say(subject, _TYPE, _name(self.context.classes[near]), item.where)

    def _values(self, subject: str, term: Term, node: Node) -> None:
        about = self.about = (subject[1:-1], term.iri)
        if term.kind == LANGUAGE:
            self._texts(subject, term, node)
            return
        for item in listed(node):
            self.about = about
            if isinstance(item, Fields) and term.kind == LINK and term.base == names.ID:
                inner = self._thing(item)
                if inner is not None:
                    self.inside.setdefault(term.iri, []).append(inner[1:-1])
                    self._say(subject, _name(term.iri), inner, item.where)
            elif not isinstance(item, Scalar):
                self._wrong("wrong-form", item.where, value=term.name)
            elif not item.text and not item.quoted:
                self._wrong("empty-value", item.where, value=term.name)
            else:
                if says_nothing(item.text) and (term.kind == LINK or not well_formed(item.text, term.kind)):
                    self._wrong("stands-for-nothing", item.where, value=item.text, term=term.name)
                    continue
                value = self._iri(item, term.base) if term.kind == LINK else self._literal(item, term)
                if value is not None:
                    self._say(subject, _name(term.iri), value, item.where)

    def _texts(self, subject: str, term: Term, node: Node) -> None:
        if not isinstance(node, Fields):
            self._wrong("language-missing", node.where, value=term.name)
            return
        for language, texts in node:
            for item in listed(texts):
                if not isinstance(item, Scalar):
                    self._wrong("wrong-form", item.where, value=term.name)
                elif not item.text.strip():
                    cut = len(language.text.partition("-")[0]) > _LONGEST_LANGUAGE
                    told = language.text if cut else f"{term.name} {language.text}"
                    self._wrong("comma-ends-text" if cut else "empty-value", item.where, value=told)
                else:
                    try:
                        tag = _tag(language.text)
                    except ValueError:
                        code = "text-direction" if _DIRECTED.fullmatch(language.text) else "bad-language"
                        self._wrong(code, language.where, value=language.text)
                        break
                    self._say(subject, _name(term.iri), f"{_quoted(item.text)}@{tag}", item.where)

    def _literal(self, item: Scalar, term: Term) -> str | None:
        datatype = term.kind
        if datatype == XSD + "date":
            datatype = date_type(item.text) or datatype
        if not well_formed(item.text, datatype):
            from cybercoop.records.misread import bad_literal  # which a record without a fault does without

            self._wrong_as(bad_literal(item.text, term.name, datatype, item.where))
            return None
        return _quoted(item.text) if datatype == _STRING else f"{_quoted(item.text)}^^{_name(datatype)}"

    def _iri(self, item: Scalar, base: str) -> str | None:
        if (node := _sound(item.text, base)) is not None:
            return node
        if (text := names.secure(item.text)) != item.text:
            self._wrong("http-address", item.where)
            if (node := _sound(text, base)) is not None:
                return node
        from cybercoop.records.misread import bad_name

        self._wrong_as(bad_name(item.text, item.where))
        return None

    def _say(self, subject: str, word: str, value: str, where: Where) -> None:
        self.rows.append((self.graph, subject, word, value, where))

    def _unknown(self, key: Scalar, known: tuple[str, ...]) -> None:
        near = self.reading.alike(key.text, known)
        if near in self.context.terms:
            self.about = (self.about[0], self.context.terms[near].iri)
        self._wrong("unknown-term", key.where, value=key.text, nearest=near)

    def _wrong(self, code: str, where: Where, **values: str) -> None:
        self._wrong_as(problem(code, where, **values))

    def _wrong_as(self, found: Problem) -> None:
        thing, term = self.about
        self.reading.problems.append(found._replace(thing=names.short(thing) if thing else None, property=term))


@lru_cache(maxsize=_MET)
def _sound(text: str, base: str) -> str | None:
    """Return the IRI that a reference without a fault stands for."""
    if names.secure(text) != text:
        return None
    if "://" in text:
        found = iri(text.rstrip("/") if text.startswith(names.BASE) else text)
    else:
        found = iri(names.direct(base + text)) if names.PATH.fullmatch(text) else None
    return _name(found.value) if found else None


@lru_cache(maxsize=_MET)
def _name(iri: str) -> str:
    return f"<{iri}>"


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and '"' not in text and "\\" not in text else str(ox.Literal(text))


@lru_cache(maxsize=_MET)
def _tag(language: str) -> str:
    """Return a language as N-Triples writes it. Raises `ValueError` where it is none."""
    return str(ox.Literal("", language=language).language)


def _ours(word: str) -> str:
    return _name(NS + word)


_TYPE, _RECORD, _SOURCE, _ABOUT = _name(names.RDF_TYPE), _ours("Record"), _ours("source"), _ours("about")
_STRING = XSD + "string"


def _slug(source: str) -> str:
    """Return the slug of a source that is written by it, by its path or by its IRI."""
    return names.source(source).removeprefix(names.source(""))


def _span(chars: Node | None) -> tuple[str, str] | None:
    """Return the first and the end character that `0-253` names, or None where it names no range."""
    first, _, end = chars.text.partition("-") if isinstance(chars, Scalar) else ("", "", "")
    digits = all(part and well_formed(part, XSD + "integer") and part.isalnum() for part in (first, end))
    return (first, end) if digits else None
