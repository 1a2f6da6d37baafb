"""Turtle, TriG, N-Triples and N-Quads: parsed by Oxigraph, with the places found by reading the tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import rdf
from cybercoop.records.broken import of_turtle
from cybercoop.records.rdf import Key
from cybercoop.records.reading import Places, Reading
from cybercoop.terms.context import Context
from cybercoop.terms.names import RDF, RDF_TYPE, XSD

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\n]|\#[^\n]*+)++)
  | (?P<long>\"\"\"(?:[^"\\]++|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\]++|\\.|'(?!''))*+''')
  | (?P<string>(?!\"\"\"|''')(?:"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'))
  | (?P<statement><<)
  | (?P<iri><[^\x00-\x20<>"{}|^`]*+>)
  | (?P<type>\^\^)
  | (?P<at>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+)
  | (?P<nil>\((?:[ \t\n]|\#[^\n]*+)*+\))
  | (?P<blank>_:|\[|\(|\{\||~)
  | (?P<double>[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)[eE][+-]?[0-9]++)
  | (?P<decimal>[+-]?[0-9]*+\.[0-9]++)
  | (?P<integer>[+-]?[0-9]++)
  | (?P<mark>[.;,{}\])])
  | (?P<name>(?:[^\x00-\x20<>"'{}()\[\];,\#.@^\\]|\.(?=\.*+[^\x00-\x20<>"'{}()\[\];,\#@^.])|\\.)++)
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: what it is, as it is written, and where it begins."""

    kind: str
    text: str
    offset: int

    @property
    def word(self) -> str:
        """The keyword that a name may be, in small letters; for anything else, an empty text."""
        return self.text.lower() if self.kind == "name" and ":" not in self.text else ""

    @property
    def value(self) -> str:
        """What stands between the marks of a string or IRI, without its escapes."""
        width = 3 if self.kind == "long" else 1
        return _ESCAPE.sub(_unescaped, self.text[width:-width])


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces of a text, without space and comments, up to the first that cannot be one."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup is None:
            return
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), match.start())


def _unescaped(match: re.Match[str]) -> str:
    if code := match.group(1) or match.group(2):
        return chr(int(code, 16))
    return _LETTERS.get(match.group(3), match.group(3))


_FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
}
_DIRECTIVES = ("base", "prefix", "version")


def read(text: str, file: str, context: Context, form: str = "turtle") -> Reading:
    """Return what a file of the Turtle family says."""
    quads, places, problems = parse(text, file, _FORMS[form])
    reading = rdf.take(quads, places, file, context) if quads else Reading()
    reading.problems[:0] = problems
    return reading


def parse(text: str, file: str, form: ox.RdfFormat) -> tuple[list[ox.Quad], dict[Key, Where], list[Problem]]:
    """Return the statements of a text about things that have names, the places of their terms, and what is wrong.

    Statements about statements are refused before parsing: nested deeply, they bring Oxigraph's whole process down.
    """
    place = Places(text, file)
    if "<<" in text:
        for token in tokens(text):
            if token.kind == "statement":
                return [], {}, [problem("triple-term", place(token.offset))]
    try:
        quads = list(ox.parse(text.encode(), format=form))
    except (SyntaxError, ValueError) as error:
        where = _where(error, text, place)
        return [], {}, [of_turtle(getattr(error, "msg", None) or str(error), where, text)]
    scan = _Scan(place)
    for token in tokens(text):
        scan.take(token)
        if scan.annotation is not None:
            return [], {}, [problem("blank-node", scan.annotation)]
    kept, problems = rdf.named(quads, scan.places, scan.roots(), file)
    return kept, scan.places, problems


_MISSED = ("A dot is expected at the end of statements", "Unexpected end")


def _where(error: SyntaxError | ValueError, text: str, place: Places) -> Where:
    """Return where a text is wrong: a mark that is missing is missed after the word before, not on the next line."""
    where = Where(place.file, getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1)
    if not str(getattr(error, "msg", "")).endswith(_MISSED):
        return where
    before = Where(place.file, 1, 1)
    for token in tokens(text):
        if (begun := place(token.offset)) >= where:
            break
        before = begun._replace(column=begun.column + len(token.text)) if "\n" not in token.text else begun
    return before if before.line < where.line else where


class _Scan:
    """Follows graph, subject, predicate and object through the tokens of a text without errors."""

    def __init__(self, place: Places) -> None:
        self.place = place
        self.places: dict[Key, Where] = {}
        self.annotation: Where | None = None
        self.around: list[tuple[list[tuple[str, Where]], Where]] = []
        self.begun: dict[str, Where] = {}
        self.led_to: set[str] = set()
        self.base: str | None = None
        self.prefixes: dict[str, str] = {}
        self.directive: list[Token] = []
        self.graph = ""
        self.terms: list[tuple[str, Where]] = []
        self.text: Token | None = None
        self.typed = False
        self.label = -1

    def take(self, token: Token) -> None:
        """Go on by one token."""
        if self.directive:
            self._direct(token)
        elif self.text is not None and token.kind == "at":
            self._literal(_with_language(self.text.value, token.text[1:]))
        elif self.text is not None and token.kind == "type":
            self.typed = True
        elif self.text is not None and self.typed:
            self._literal(ox.Literal(self.text.value, datatype=ox.NamedNode(self._iri(token))))
        else:
            self._settle()
            self._begin(token)

    def _begin(self, token: Token) -> None:
        if token.kind == "blank":
            self._nameless(token)
        elif token.kind == "mark":
            self._mark(token.text)
        elif token.kind in ("string", "long"):
            self.text = token
        elif token.word in _DIRECTIVES or token.kind == "at":
            self.directive = [token]
        elif self.terms and self.terms[-1][0] == rdf.NAMELESS and self.label == token.offset:
            self._labelled(token.text)
        elif token.word != "graph":
            self.terms.append((self._term(token), self.place(token.offset)))

    def roots(self) -> list[Where]:
        """Return where the things without a name are that nothing leads to."""
        return [where for label, where in self.begun.items() if label not in self.led_to]

    def _nameless(self, token: Token) -> None:
        """Take the beginning of a thing without a name: a label, a bracket, a list; an annotation ends the reading."""
        where = self.place(token.offset)
        if token.text in ("[", "("):
            self.around.append((self.terms, where))
            if not self.terms and len(self.around) == 1:
                self.begun[str(where)] = where
            self.terms = [(rdf.NAMELESS, where)] if token.text == "[" else []
        elif token.text == "_:":
            self.terms.append((rdf.NAMELESS, where))
            self.label = token.offset + len(token.text)
        else:
            self.annotation = where

    def _labelled(self, label: str) -> None:
        """Take the label of a thing without a name, which is what it is about or what it leads to."""
        if len(self.terms) == 1:
            self.begun.setdefault(label, self.terms[0][1])
        elif self.terms[0][0] != rdf.NAMELESS:
            self.led_to.add(label)

    def _direct(self, token: Token) -> None:
        self.directive.append(token)
        at = self.directive[0].kind == "at"
        if token.text == "." if at else token.kind in ("iri", "string"):
            self._declare(self.directive[-2] if at else token)
            self.directive = []

    def _declare(self, value: Token) -> None:
        kind = self.directive[0].text.lower().removeprefix("@")
        if kind == "prefix":
            self.prefixes[self.directive[1].text.removesuffix(":")] = self._iri(value)
        elif kind == "base":
            self.base = self._iri(value)

    def _term(self, token: Token) -> str:
        if token.kind in ("integer", "decimal", "double"):
            return str(ox.Literal(token.text, datatype=ox.NamedNode(XSD + token.kind)))
        if token.text in ("true", "false"):
            return str(ox.Literal(token.text, datatype=ox.NamedNode(XSD + "boolean")))
        if token.text == "a" and len(self.terms) == 1:
            return f"<{RDF_TYPE}>"
        return f"<{RDF}nil>" if token.kind == "nil" else f"<{self._iri(token)}>"

    def _iri(self, token: Token) -> str:
        if token.kind == "iri":
            return token.value if self.base is None else rdf.resolved(token.value, self.base)
        prefix, _, local = token.text.partition(":")
        return self.prefixes.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)

    def _settle(self) -> None:
        if self.text is not None:
            self._literal(ox.Literal(self.text.value))

    def _literal(self, literal: ox.Literal) -> None:
        if self.text is not None:
            self.terms.append((str(literal), self.place(self.text.offset)))
        self.text, self.typed = None, False

    def _mark(self, mark: str) -> None:
        if mark == "{":
            self.graph = self.terms[0][0] if self.terms else ""
            self.terms.clear()
            return
        if len(self.terms) >= 3:
            graph = self.terms[3][0] if len(self.terms) > 3 else self.graph
            subject, predicate, value = self.terms[:3]
            wheres = (subject[1], predicate[1], value[1])
            rdf.note(self.places, (graph, subject[0], predicate[0], value[0]), wheres)
        if mark in ("]", ")"):
            self.terms, where = self.around.pop() if self.around else ([], self.place(0))
            self.terms.append((rdf.NAMELESS, where))
        elif mark == ",":
            del self.terms[2:]
        elif mark == ";":
            del self.terms[1:]
        else:
            self.terms.clear()
        if mark == "}":
            self.graph = ""


def _with_language(text: str, tag: str) -> ox.Literal:
    language, _, direction = tag.partition("--")
    if not direction:
        return ox.Literal(text, language=language)
    direct = ox.BaseDirection.RTL if direction == "rtl" else ox.BaseDirection.LTR
    return ox.Literal(text, language=language, direction=direct)
