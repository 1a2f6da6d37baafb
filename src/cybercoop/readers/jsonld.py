"""JSON-LD: parsed by Oxigraph through our context or one inside the file; places from the JSON itself."""

from __future__ import annotations

import json as plain_json
from typing import Any

import pyoxigraph as ox

from cybercoop.context import LINK, Context
from cybercoop.names import CONTEXT, ID, RDF_TYPE
from cybercoop.problems import Problem, Where, problem
from cybercoop.readers import json, rdf
from cybercoop.readers.reading import Key, Reading
from cybercoop.readers.tree import Fields, Items, Node, Scalar, listed


def read(text: str, file: str, context: Context, _form: str = "jsonld") -> Reading:
    """Return what a JSON-LD file says."""
    quads, places, problems = parse(text, file, context)
    return Reading(problems=problems) if problems else rdf.take(quads, places, file, context)


def parse(text: str, file: str, context: Context) -> tuple[list[ox.Quad], dict[Key, Where], list[Problem]]:
    """Return the statements of a JSON-LD text, the places of their terms, and what stops the reading.

    A context is never fetched: the file brings its own, names ours by its IRI, or has none and gets ours.
    """
    tree, problems = json.document(text, file)
    if tree is None or problems:
        return [], {}, problems
    document = plain_json.loads(text)
    roots = document if isinstance(document, list) else [document]
    for root, node in zip(roots, listed(tree), strict=True):
        if not isinstance(root, dict) or not isinstance(node, Fields):
            return [], {}, [problem("not-a-record", node.where)]
        outside = _foreign(root.get("@context", CONTEXT))
        if outside is not None:
            where = (node.get("@context") or node).where
            return [], {}, [problem("foreign-context", where, value=outside)]
        root["@context"] = _ours(root.get("@context", CONTEXT), context)
    try:
        quads = list(ox.parse(plain_json.dumps(document), format=ox.RdfFormat.JSON_LD, base_iri=ID))
    except (SyntaxError, ValueError) as error:
        return [], {}, [problem("rdf-syntax", tree.where, value=str(error))]
    finder = _Finder(context)
    for node in listed(tree):
        finder.visit(node)
    if finder.blank is not None:
        return [], {}, [problem("blank-node", finder.blank)]
    return quads, finder.places, []


def _foreign(context: Any) -> str | None:
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, str) and part != CONTEXT:
            return part
        if isinstance(part, dict):
            for key, value in part.items():
                if key == "@import":
                    return str(value)
                if isinstance(value, dict) and (found := _foreign(value.get("@context", {}))):
                    return found
    return None


def _ours(context: Any, ours: Context) -> Any:
    parts = context if isinstance(context, list) else [context]
    return [dict(ours.source) if part == CONTEXT else part for part in parts]


class _Finder:
    """Walks the JSON and remembers where each subject, property and value stands."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.words: dict[str, str] = {term.name: term.iri for term in context.terms.values()}
        self.places: dict[Key, Where] = {}
        self.blank: Where | None = None

    def visit(self, node: Node, base: str = ID) -> str | None:
        """Note the places inside an object and return its own IRI, if it has one."""
        if isinstance(node, Items):
            for item in node.items:
                self.visit(item, base)
        if not isinstance(node, Fields):
            return None
        self._learn(node.get("@context"))
        identity = node.get("@id", "id")
        subject = self._link(identity, base) if isinstance(identity, Scalar) else None
        if subject is not None and isinstance(identity, Scalar):
            self.places.setdefault((f"<{subject}>",), identity.where)
        elif node.get("@graph") is None and node.get("@value") is None and self.blank is None:
            self.blank = node.where
        for key, value in node:
            if key.text in ("@type", "type"):
                for item in listed(value):
                    if isinstance(item, Scalar) and subject:
                        kind = self.context.classes.get(item.text, item.text)
                        self.places.setdefault((f"<{subject}>", f"<{RDF_TYPE}>", f"<{kind}>"), item.where)
            elif key.text == "@graph":
                self.visit(value)
            elif not key.text.startswith("@") and key.text != "id":
                self._property(subject, key, value)
        return subject

    def _property(self, subject: str | None, key: Scalar, value: Node) -> None:
        term = self.context.terms.get(key.text)
        predicate = term.iri if term else self.words.get(key.text, key.text)
        self.places.setdefault((f"<{subject}>", f"<{predicate}>"), key.where)
        for item in listed(value):
            if isinstance(item, Scalar):
                link = self._link(item, term.base) if term and term.kind == LINK else None
                self._value(subject, predicate, f"<{link}>" if link else item.text, item.where)
            elif isinstance(item, Fields) and (literal := item.get("@value")) is not None:
                self._value(subject, predicate, getattr(literal, "text", ""), literal.where)
            elif isinstance(item, Fields) and term is not None and term.kind == "language":
                for _, texts in item:
                    for text in listed(texts):
                        self._value(subject, predicate, getattr(text, "text", ""), text.where)
            elif (inner := self.visit(item, term.base if term else ID)) is not None:
                self._value(subject, predicate, f"<{inner}>", item.where)

    def _value(self, subject: str | None, predicate: str, value: str, where: Where) -> None:
        self.places.setdefault((f"<{subject}>", f"<{predicate}>", value), where)

    def _link(self, node: Scalar, base: str) -> str:
        prefix, colon, local = node.text.partition(":")
        if colon and not local.startswith("//") and prefix in self.words:
            return self.words[prefix] + local
        return node.text if "://" in node.text else base + node.text

    def _learn(self, node: Node | None) -> None:
        for part in listed(node) if node is not None else ():
            if isinstance(part, Fields):
                for key, value in part:
                    meaning = value.get("@id") if isinstance(value, Fields) else value
                    if isinstance(meaning, Scalar):
                        self.words[key.text] = self._word(meaning.text)

    def _word(self, text: str) -> str:
        prefix, colon, local = text.partition(":")
        return self.words[prefix] + local if colon and prefix in self.words else text


