"""JSON-LD: parsed by Oxigraph through our context or one inside the file; places from the JSON itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import rdf
from cybercoop.records.json_text import tree_of
from cybercoop.records.jsonld_context import Active, Word
from cybercoop.records.misread import bad_name
from cybercoop.records.rdf import Key
from cybercoop.records.reading import Fields, Items, Node, Reading, Scalar, Unreadable, listed, nodes, without
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.literals import iri, is_known
from cybercoop.terms.names import CONTEXT, ID, RDF_TYPE, XSD

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_VALUE = ("@value", "@type", "@language")


def read(text: str, file: str, context: Context, _form: str = "jsonld") -> Reading:
    """Return what a JSON-LD file says."""
    quads, places, problems = parse(text, file, context)
    reading = rdf.take(quads, places, file, context)
    reading.problems[:0] = problems
    return reading


def parse(text: str, file: str, context: Context) -> tuple[list[ox.Quad], dict[Key, Where], list[Problem]]:
    """Return the statements of a JSON-LD text, the places of their terms, and what stops the reading.

    A context is never fetched: the file brings its own, names ours by its IRI, or has none and gets ours. What
    JSON-LD would drop without a word (unknown names, values that are no IRI) is a problem.
    """
    tree, problems = tree_of(text, file)
    if tree is None or problems:
        return [], {}, problems
    own = dict(context.source)
    finder = _Finder(Active(tree_of(json.dumps(own), file)[0] or tree), context)
    try:
        finder.roots(tree)
    except Unreadable as error:
        return [], {}, [error.problem]
    wrong = finder.problems
    readable = without({found.where for found in wrong} - finder.nameless.keys(), tree) if wrong else tree
    if isinstance(readable, Scalar):
        return [], {}, wrong
    try:
        document = json.dumps(_document(readable, own, finder.nameless))
        quads = list(ox.parse(document.encode(), format=ox.RdfFormat.JSON_LD, base_iri=ID))
    except (SyntaxError, ValueError) as error:
        return [], {}, wrong or [problem("rdf-syntax", tree.where, value=str(error))]
    quads, nameless = rdf.named(quads, finder.places, (), file)
    wrong += nameless
    said = {rdf.key(quad) for quad in quads}
    kept = {node.where for node in nodes(readable)}
    wrong += [
        problem("jsonld-lost", where, value=value)._replace(thing=_thing(key[1]), property=key[2][1:-1])
        for key, where, value in finder.values
        if key not in said and where in kept and value not in finder.nameless
    ]
    places = {(*key[:3], *map(_direct, key[3:])): where for key, where in finder.places.items()}
    return [_meant(quad) for quad in quads], places, wrong


def _thing(subject: str) -> str | None:
    """Return the short name of a thing by its text in N-Triples; None for a node without a name."""
    return names.short(_direct(subject)[1:-1]) if subject.startswith("<") else None


def _meant(quad: ox.Quad) -> ox.Quad:
    """Return a statement whose value is the thing that its path names, also where the context puts a kind before it."""
    if not isinstance(quad.object, ox.NamedNode) or (iri := names.direct(quad.object.value)) == quad.object.value:
        return quad
    return ox.Quad(quad.subject, quad.predicate, ox.NamedNode(iri), quad.graph_name)


def _direct(term: str) -> str:
    return f"<{names.direct(term[1:-1])}>" if term.startswith("<") else term


def _document(tree: Node, own: dict[str, Any], nameless: Mapping[object, str]) -> Any:
    """Return the whole as plain values, with our context where there is none.

    `nameless` has what stands in for ids, by the place of the object where one is missing, and by what is no id.
    """
    if not isinstance(tree, Items):
        return {"@context": own, **_plain(tree, own, nameless)}
    roots = [_plain(root, own, nameless) for root in tree.items]
    if any("@context" in root for root in roots):
        return [{"@context": own, **root} for root in roots]
    return {"@context": own, "@graph": roots}


def _plain(node: Node, own: dict[str, Any], nameless: Mapping[object, str], *, context: bool = False) -> Any:
    """Return a tree as plain values, with our context in place of its IRI."""
    if isinstance(node, Items):
        return [_plain(item, own, nameless, context=context) for item in node.items]
    if isinstance(node, Scalar):
        text = nameless.get(node.text, node.text)
        return own if context and node.text == CONTEXT else text if node.quoted else json.loads(node.text)
    named = {"@id": nameless[node.where]} if node.where in nameless else {}
    return named | {key.text: _plain(value, own, nameless, context=key.text == "@context") for key, value in node}


class _Finder:
    """Walks the JSON, and remembers where each subject, property and value stands."""

    def __init__(self, active: Active, context: Context) -> None:
        self.first = active
        self.ours = active.extended(active.own)
        self.context = context
        self.places: dict[Key, Where] = {}
        self.problems: list[Problem] = []
        self.values: list[tuple[Key, Where, str]] = []
        self.unsaid: list[tuple[str, Problem]] = []
        self.nameless: dict[object, str] = {}
        self.reading = Reading()

    def roots(self, tree: Node) -> None:
        """Walk the whole document. Raises `Unreadable` for a context or a feature that is not read here."""
        for node in listed(tree):
            if isinstance(node, Fields):
                self._visit(node, self.ours if node.get("@context") is None else self.first, "")
            else:
                self.problems.append(problem("not-a-record", node.where))
        self.problems += [found for label, found in self.unsaid if label not in self.nameless]

    def _visit(self, node: Fields, active: Active, graph: str) -> str | None:
        """Note the places inside an object and return the IRI of the thing, or None when it has none."""
        if (context := node.get("@context")) is not None:
            plain = active is self.first and isinstance(context, Scalar) and context.text == CONTEXT
            active = self.ours if plain else active.extended(context)
        subject, where = self._identity(node, active)
        before = len(self.problems)
        for key, value in node:
            name = active.name(key.text)
            if name == "@type":
                self._types(value, active, (graph, f"<{subject}>"), (where, key.where))
            elif name == "@graph":
                self._graph(value, active, f"<{subject}>" if subject else "")
            elif name is None or (key.text[:1] != "@" and name.startswith("@") and name not in ("@id", "@type")):
                near = self.reading.alike(key.text, self.context.terms)
                found = problem("unknown-term", key.where, value=key.text, nearest=near)
                self.problems.append(found._replace(thing=names.short(subject) if subject else None))
            elif name.startswith("@") and name not in ("@context", "@id"):
                self._unread(key)
            elif not name.startswith("@"):
                self._property(active, key, value, (graph, f"<{subject}>", f"<{name}>"), (where, key.where))
        if subject:
            self.problems[before:] = [_about(found, subject, where) for found in self.problems[before:]]
        return subject

    def _identity(self, node: Fields, active: Active) -> tuple[str | None, Where]:
        for key, value in node:
            if active.name(key.text) == "@id":
                if not isinstance(value, Scalar) or not value.quoted:
                    self.problems.append(problem("blank-node", value.where))
                    return self._nameless(node, active, "thing"), value.where
                if value.text.startswith(rdf.NAMELESS):
                    if len(node.fields) == 1:
                        self.unsaid.append((value.text, problem("blank-node", value.where)))
                        return None, value.where
                    if value.text not in self.nameless:
                        self.problems.append(problem("blank-node", value.where))
                    return self.nameless.setdefault(value.text, self._nameless(node, active, "thing")), value.where
                linked = active.link(value.text)
                if iri(linked) is None and len(node.fields) > 1:
                    self.problems.append(bad_name(value.text, value.where))
                    stand_in = self._nameless(node, active, value.text.partition("/")[0])
                    return self.nameless.setdefault(value.text, stand_in), value.where
                return linked, value.where
        named = {active.name(key.text) or "" for key, _ in node}
        if any(name.startswith("@") for name in named - {"@type", "@context"}):
            return None, node.where
        self.problems.append(problem("blank-node", node.where))
        return self._nameless(node, active, "thing"), node.where

    def _nameless(self, node: Fields, active: Active, path: str) -> str:
        """Return what stands in for an object whose id is missing or cannot be one."""
        kinds = [item for key, value in node if active.name(key.text) == "@type" for item in listed(value)]
        known = (names.class_path(active.kind(item.text)) for item in kinds if isinstance(item, Scalar))
        base = next(filter(None, known), f"{ID}{names.slug(path)}/")
        return self.nameless.setdefault(node.where, base + names.unsaid(str(node.where)))

    def _graph(self, value: Node, active: Active, graph: str) -> None:
        for item in listed(value):
            if isinstance(item, Fields):
                self._visit(item, active, graph)
            else:
                self.problems.append(problem("not-a-record", item.where))

    def _types(self, value: Node, active: Active, key: Key, wheres: tuple[Where, Where]) -> None:
        for item in listed(value):
            if isinstance(item, Scalar) and item.quoted:
                if item.text in active.words and active.words[item.text].inside is not None:
                    self._unread(item)
                self._note((*key, f"<{RDF_TYPE}>", f"<{active.kind(item.text)}>"), (*wheres, item.where), item.text)
            else:
                self.problems.append(problem("wrong-form", item.where, value="type"))

    def _property(self, active: Active, key: Scalar, value: Node, parts: Key, wheres: tuple[Where, Where]) -> None:
        word = active.words.get(key.text) or Word(parts[2][1:-1])
        inside = active.inside(word)
        if word.by_language and isinstance(value, Fields):
            self._texts(value, parts, wheres)
            return
        for item in listed(value):
            if isinstance(item, Scalar):
                if (term := self._scalar(item, word, inside, key.text)) is not None:
                    self._note((*parts, term), (*wheres, item.where), item.text)
            elif isinstance(item, Items):
                self.problems.append(problem("wrong-form", item.where, value=key.text))
            elif item.get("@value") is not None:
                self._literal(item, parts, wheres, inside)
            elif (inner := self._visit(item, inside, parts[0])) is not None:
                self._note((*parts, f"<{inner}>"), (*wheres, item.where), inner)

    def _texts(self, value: Fields, parts: Key, wheres: tuple[Where, Where]) -> None:
        for language, texts in value:
            for item in listed(texts):
                text = self._text(item, language)
                if text is not None:
                    self._note((*parts, text), (*wheres, item.where), getattr(item, "text", ""))

    def _text(self, item: Node, language: Scalar) -> str | None:
        if not isinstance(item, Scalar) or not item.quoted:
            self.problems.append(problem("wrong-form", item.where, value=language.text))
            return None
        try:
            return str(ox.Literal(item.text, language=language.text))
        except ValueError:
            self.problems.append(problem("bad-language", language.where, value=language.text))
            return None

    def _scalar(self, item: Scalar, word: Word, active: Active, name: str) -> str | None:
        if not item.quoted:
            return self._number(item, word.kind, name)
        if word.kind in ("@id", "@vocab"):
            if item.text.startswith(rdf.NAMELESS):
                self.unsaid.append((item.text, problem("blank-node", item.where)))
                return None
            return f"<{active.link(item.text) if word.kind == '@id' else active.kind(item.text)}>"
        if word.kind:
            return _typed(item.text, word.kind)
        if (language := word.language or active.language) is not None:
            return self._text(item, Scalar(language, item.where))
        if word.by_language:
            self.problems.append(problem("language-missing", item.where, value=name))
            return None
        return str(ox.Literal(item.text))

    def _number(self, item: Scalar, kind: str, name: str) -> str | None:
        if item.text == "null":
            self.problems.append(problem("empty-value", item.where, value=name))
            return None
        truth = item.text in ("true", "false")
        if not truth and not _WHOLE_NUMBER.fullmatch(item.text):
            self.problems.append(problem("jsonld-number", item.where, value=item.text))
            return None
        own = XSD + ("boolean" if truth else "integer")
        return _typed(item.text, own if kind in ("", "@id", "@vocab") else kind)

    def _literal(self, item: Fields, parts: Key, wheres: tuple[Where, Where], active: Active) -> None:
        for key, _ in item:
            if active.name(key.text) not in _VALUE:
                self._unread(key)
                return
        value, kind, language = (_of(item, name, active) for name in _VALUE)
        if not isinstance(value, Scalar):
            self.problems.append(problem("wrong-form", item.where, value="@value"))
            return
        doubtful = value.where
        if isinstance(language, Scalar):
            term = self._text(value, language)
        else:
            datatype = active.name(kind.text) if isinstance(kind, Scalar) else None
            term = self._scalar(value, Word("", kind=datatype or ""), Active(active.own), "@value")
            if kind is not None and datatype and not is_known(datatype):
                doubtful = kind.where
        if term is not None:
            self._note((*parts, term), (*wheres, doubtful), value.text)

    def _note(self, key: Key, wheres: tuple[Where, ...], value: str) -> None:
        rdf.note(self.places, key, wheres)
        if key[1] != "<None>":
            self.values.append((key, wheres[-1], value))

    def _unread(self, key: Scalar) -> None:
        code = "text-direction" if key.text == "@direction" else "jsonld-feature"
        self.problems.append(problem(code, key.where, value=key.text))


def _about(found: Problem, subject: str, record: Where) -> Problem:
    return found._replace(thing=found.thing or names.short(subject), record=found.record or record)


def _of(node: Fields, name: str, active: Active) -> Node | None:
    return next((value for key, value in node if active.name(key.text) == name), None)


def _typed(text: str, kind: str) -> str:
    try:
        return str(ox.Literal(text, datatype=ox.NamedNode(kind)))
    except ValueError:
        return ""
