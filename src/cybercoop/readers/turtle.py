"""Turtle, TriG, N-Triples and N-Quads: parsed by Oxigraph, with the places found by reading the tokens."""

from __future__ import annotations

import re

import pyoxigraph as ox

from cybercoop.names import RDF_TYPE, XSD
from cybercoop.problems import Problem, Where, problem
from cybercoop.context import Context
from cybercoop.readers import rdf
from cybercoop.readers.reading import Key, Reading
from cybercoop.readers.text import Places

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n]+|\#[^\n]*)
  | (?P<long>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*''')
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<iri><[^\s<>"{}|^`]*>)
  | (?P<type>\^\^)
  | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<blank>_:[^\s;,.()\[\]{}]+|\[|\()
  | (?P<number>[+-]?(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w:-]))
  | (?P<punctuation>[.;,{}\])])
  | (?P<name>(?:[^\s<>"'{}()\[\];,\#.@^\\]|\.(?=[^\s<>"'{}()\[\];,\#])|\\.)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


_FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
}


def read(text: str, file: str, context: Context, form: str = "turtle") -> Reading:
    """Return what a file of the Turtle family says."""
    quads, places, problems = parse(text, file, _FORMS[form])
    return Reading(problems=problems) if problems else rdf.take(quads, places, file, context)


def parse(text: str, file: str, form: ox.RdfFormat) -> tuple[list[ox.Quad], dict[Key, Where], list[Problem]]:
    """Return the statements of a text, the places of their terms, and what stops the reading."""
    try:
        quads = list(ox.parse(text.encode(), format=form))
    except SyntaxError as error:
        where = Where(file, error.lineno or 1, error.offset or 1)
        return [], {}, [problem("rdf-syntax", where, value=str(error.msg))]
    places, blank = _places(text, file)
    if blank is not None:
        return [], {}, [problem("blank-node", blank)]
    return quads, places, []


def _places(text: str, file: str) -> tuple[dict[Key, Where], Where | None]:
    scan = _Scan(Places(text, file))
    offset = 0
    while offset < len(text) and scan.blank is None:
        match = _TOKEN.match(text, offset)
        if match is None:
            break
        if match.lastgroup != "space":
            scan.take(match.lastgroup or "", match.group(), offset)
        offset = match.end()
    return scan.places, scan.blank


class _Scan:
    """Follows subject, predicate and object through the tokens."""

    def __init__(self, place: Places) -> None:
        self.place = place
        self.places: dict[Key, Where] = {}
        self.blank: Where | None = None
        self.prefixes: dict[str, str] = {}
        self.directive: list[str] | None = None
        self.terms: list[tuple[str, Where]] = []
        self.literal = ""
        self.typed = False

    def take(self, group: str, token: str, offset: int) -> None:
        where = self.place(offset)
        if group == "blank":
            self.blank = where
        elif self.directive is not None or self._starts_directive(group, token):
            self._direct(group, token)
        elif group == "punctuation":
            self._close(token)
        elif group == "type":
            self.typed = True
        elif group == "at":
            self._replace(str(ox.Literal(self.literal, language=token[1:])))
        elif self.typed:
            self.typed = False
            self._replace(str(ox.Literal(self.literal, datatype=ox.NamedNode(self._iri(token)))))
        else:
            self.terms.append((self._term(group, token), where))
            self._note()

    def _starts_directive(self, group: str, token: str) -> bool:
        word = token.lower()
        if (group == "at" and word in ("@prefix", "@base")) or (group == "name" and word in ("prefix", "base")):
            self.directive = [word]
            return True
        return group == "name" and word == "graph"

    def _direct(self, group: str, token: str) -> None:
        if self.directive is None:
            return
        if group == "iri":
            if len(self.directive) == 2 and "prefix" in self.directive[0]:
                self.prefixes[self.directive[1].removesuffix(":")] = token[1:-1]
            self.directive = [self.directive[0], "done"] if self.directive[0].startswith("@") else None
        elif token == ".":
            self.directive = None
        elif group == "name" and token.lower() not in ("prefix", "base"):
            self.directive.append(token)

    def _term(self, group: str, token: str) -> str:
        if group in ("string", "long"):
            quotes = 3 if group == "long" else 1
            self.literal = _ESCAPE.sub(_unescape, token[quotes:-quotes])
            return str(ox.Literal(self.literal))
        if group == "number":
            kind = "double" if "e" in token.lower() else "decimal" if "." in token else "integer"
            return str(ox.Literal(token, datatype=ox.NamedNode(XSD + kind)))
        if token in ("true", "false"):
            return str(ox.Literal(token, datatype=ox.NamedNode(XSD + "boolean")))
        if token == "a" and len(self.terms) == 1:
            return f"<{RDF_TYPE}>"
        return f"<{self._iri(token)}>"

    def _iri(self, token: str) -> str:
        if token.startswith("<"):
            return _ESCAPE.sub(_unescape, token[1:-1])
        prefix, _, local = token.partition(":")
        return self.prefixes.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)

    def _replace(self, term: str) -> None:
        if self.terms:
            self.terms[-1] = (term, self.terms[-1][1])
            self._note()

    def _note(self) -> None:
        if len(self.terms) <= 3:
            key = tuple(term for term, _ in self.terms)
            self.places.setdefault(key, self.terms[-1][1])

    def _close(self, mark: str) -> None:
        if mark == ",":
            del self.terms[2:]
        elif mark == ";":
            del self.terms[1:]
        else:
            self.terms.clear()


def _unescape(match: re.Match[str]) -> str:
    if code := match.group(1) or match.group(2):
        return chr(int(code, 16))
    return _LETTERS.get(match.group(3), match.group(3))
