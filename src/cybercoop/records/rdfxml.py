"""RDF/XML: parsed by Oxigraph, with the places found by reading the elements; a DOCTYPE is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

import pyoxigraph as ox

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import rdf
from cybercoop.records.rdf import Key
from cybercoop.records.reading import MAX_DEPTH, Places, Reading, Unreadable
from cybercoop.terms.context import Context
from cybercoop.terms.literals import iri
from cybercoop.terms.names import RDF, RDF_TYPE

_XML = "http://www.w3.org/XML/1998/namespace"
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)\s*=\s*("[^"]*"|'[^']*')""")
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SYNTAX = {RDF + name for name in ("about", "ID", "nodeID", "resource", "datatype", "parseType", "bagID", "aboutEach")}


def read(text: str, file: str, context: Context, _form: str = "rdfxml") -> Reading:
    """Return what an RDF/XML file says."""
    scan = _Scan(text, file)
    if scan.problem is not None:
        return Reading(problems=[scan.problem])
    data = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode()
    quads: list[ox.Quad] = []
    try:
        quads.extend(ox.parse(data, format=ox.RdfFormat.RDF_XML))
    except (SyntaxError, ValueError) as error:
        return Reading(problems=[problem("rdf-syntax", scan.first, value=getattr(error, "msg", None) or str(error))])
    kept, problems = rdf.named(quads, scan.places, scan.roots, file)
    reading = rdf.take(kept, scan.places, file, context) if kept else Reading()
    reading.problems[:0] = problems
    return reading


@dataclass(slots=True)
class _Element:
    """An open element: the thing it stands for, or the property with its subject; and the text in it."""

    is_property: bool
    iri: str
    where: Where
    subject: tuple[str, Where] | None = None
    value: tuple[str, Where] | None = None
    datatype: str = ""
    language: str = ""
    base: str = ""
    text: str = ""
    begins: Where | None = None
    items: int = 0


class _Scan:
    """Follows things, properties and values through the elements of a document."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.place = Places(text, file)
        self.places: dict[Key, Where] = {}
        self.problem: Problem | None = None
        self.roots: list[Where] = []
        self.first = Where(file, 1, 1)
        self.open: list[_Element] = []
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.ordered_attributes = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._run()

    def _run(self) -> None:
        try:
            self.parser.Parse(self.text.encode(), True)
        except Unreadable as refused:
            self.problem = refused.problem
        except expat.ExpatError as error:
            where = Where(self.file, error.lineno, error.offset + 1)
            self.problem = problem("xml-syntax", where, value=expat.ErrorString(error.code))

    def _here(self) -> Where:
        return Where(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def _doctype(self, name: str, *_: object) -> None:
        raise Unreadable(problem("xml-doctype", self._here(), value=name))

    def _attributes(self, flat: list[str]) -> dict[str, tuple[str, Where]]:
        """Return the attributes by IRI with their values, and where in the file each value begins."""
        here = self._here()
        offset = self.starts[here.line - 1] + here.column
        found: dict[str, tuple[str, Where]] = {}
        names = iter(zip(flat[::2], flat[1::2], strict=True))
        while len(found) < len(flat) // 2 and (match := _ATTRIBUTE.search(self.text, offset)):
            offset = match.end()
            if match.group(1) != "xmlns" and not match.group(1).startswith("xmlns:"):
                name, value = next(names)
                found[name.replace(" ", "" if not name.startswith(_XML) else "#")] = (
                    value,
                    self.place(match.start(2) + 1),
                )
        return found

    def _start(self, name: str, flat: list[str]) -> None:
        if len(self.open) > 2 * MAX_DEPTH:
            raise Unreadable(problem("too-deep", self._here(), value=str(MAX_DEPTH)))
        outer = self.open[-1] if self.open else None
        here, word, given = self._here(), name.replace(" ", ""), self._attributes(flat)
        base = given.get(_XML + "#base", (outer.base if outer else "", here))[0]
        language = given.get(_XML + "#lang", (outer.language if outer else "", here))[0]
        if outer is None and word == RDF + "RDF":
            self.first = here
            self.open.append(_Element(True, word, here, base=base, language=language))
        elif outer is None or outer.is_property:
            self._node(word, here, given, base, language)
        else:
            self._property(outer, word, here, given, base, language)

    def _node(self, kind: str, here: Where, given: dict[str, tuple[str, Where]], base: str, language: str) -> None:
        subject = self._subject(given, base, here)
        if self.open and self.open[-1].subject is not None:
            self.open[-1].value = subject
        self.open.append(_Element(False, kind, here, subject, base=base, language=language))
        if kind != RDF + "Description":
            self._note(subject, (RDF_TYPE, here), (f"<{kind}>", here))
        self._given(subject, given, language, base)

    def _property(
        self,
        outer: _Element,
        word: str,
        here: Where,
        given: dict[str, tuple[str, Where]],
        base: str,
        language: str,
    ) -> None:
        if word == RDF + "li":
            outer.items += 1
            word = f"{RDF}_{outer.items}"
        element = _Element(True, word, here, outer.subject, base=base, language=language)
        if RDF + "resource" in given:
            value, where = given[RDF + "resource"]
            element.value = f"<{self._iri(value, base, where)}>", where
            self._given(element.value, given, language, base)
        elif RDF + "nodeID" in given or given.get(RDF + "parseType", ("Literal", here))[0] != "Literal":
            element.value = rdf.NAMELESS, here
        element.datatype = given.get(RDF + "datatype", ("", here))[0]
        self.open.append(element)

    def _subject(self, given: dict[str, tuple[str, Where]], base: str, here: Where) -> tuple[str, Where]:
        if RDF + "about" in given:
            value, where = given[RDF + "about"]
            return f"<{self._iri(value, base, where)}>", where
        if RDF + "ID" in given:
            value, where = given[RDF + "ID"]
            return f"<{self._iri('#' + value, base, where)}>", where
        if RDF + "nodeID" not in given and (not self.open or self.open[-1].subject is None):
            self.roots.append(here)
        return rdf.NAMELESS, here

    def _given(self, subject: tuple[str, Where], given: dict[str, tuple[str, Where]], language: str, base: str) -> None:
        """Note the properties that are written as attributes."""
        for word, (value, where) in given.items():
            if word == RDF_TYPE:
                self._note(subject, (word, where), (f"<{self._iri(value, base, where)}>", where))
            elif word not in _SYNTAX and not word.startswith(_XML):
                self._note(subject, (word, where), (_literal(value, language, ""), where))

    def _iri(self, text: str, base: str, where: Where) -> str:
        """Return an IRI, a relative one made whole. Raises `Unreadable` for what cannot be one."""
        try:
            whole = text if _WHOLE.match(text) or not base else rdf.resolved(text, base)
        except (SyntaxError, ValueError):
            whole = ""
        if not _WHOLE.match(whole) or iri(whole) is None:
            raise Unreadable(problem("bad-name", where, value=text))
        return whole

    def _characters(self, text: str) -> None:
        if self.open and self.open[-1].is_property:
            element = self.open[-1]
            if element.begins is None and text.strip():
                here = self._here()
                element.begins = here._replace(column=here.column + len(text) - len(text.lstrip()))
            element.text += text

    def _end(self, _: str) -> None:
        element = self.open.pop()
        if element.is_property and element.subject is not None:
            value = element.value or (
                _literal(element.text, element.language, element.datatype),
                element.begins or element.where,
            )
            self._note(element.subject, (element.iri, element.where), value)

    def _note(self, subject: tuple[str, Where], predicate: tuple[str, Where], value: tuple[str, Where]) -> None:
        parts = ("", subject[0], f"<{predicate[0]}>", value[0])
        rdf.note(self.places, parts, (subject[1], predicate[1], value[1]))


def _literal(text: str, language: str, datatype: str) -> str:
    try:
        if datatype:
            return str(ox.Literal(text, datatype=ox.NamedNode(datatype)))
        return str(ox.Literal(text, language=language) if language else ox.Literal(text))
    except ValueError:
        return ""
