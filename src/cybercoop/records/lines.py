"""N-Quads and N-Triples as they are published, a plain statement a line: read without a value for each.

https://www.w3.org/TR/n-quads/#sec-grammar and https://www.w3.org/TR/n-triples/#n-triples-grammar
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pyoxigraph as ox

from cybercoop.problems.problem import Where
from cybercoop.records.rdf import Judge, is_name
from cybercoop.records.reading import Lines, Reading, Record, Row, Stated, Statement, hidden
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.literals import well_formed
from cybercoop.terms.names import NS, RDF_TYPE, XSD

_IRI = r'<[^\x00-\x20<>"{}|^`\\]*>'
_LITERAL = re.compile(rf'"[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*"(?:@[a-z]+(?:-[a-z0-9]+)*|\^\^{_IRI})?')
_NAME = re.compile(_IRI)
_OURS = re.compile(rf"<{re.escape(names.BASE)}[A-Za-z0-9/._-]*>")
"""An IRI of ours in which nothing can be wrong."""
_TYPE, _SOURCE, _STRING = f"<{RDF_TYPE}>", f"<{NS}source>", f'"^^<{XSD}string>'


def read(text: str, file: str, context: Context, form: str) -> Reading | None:
    """Return what a text says that has one plain statement a line, all of them sound; of any other text, None.

    Each different term is judged once. Of two equal lines, each has its own place.
    """
    if not text.endswith("\n") or "<<" in text:
        return None
    own = "" if form == "nquads" else _one_source(text)
    if form == "ntriples" and not own:
        return None
    reading, data = Reading(), text.encode()
    sound = _Sound(Judge(reading, context), file)
    begun: dict[tuple[str, str], Where] = {}
    number = 0
    before = ("", "")
    try:
        for number, (graph, subject, predicate, value) in enumerate(_parts(data, own), 1):
            if not sound(subject, predicate, value, graph):
                return None
            if (graph, subject) != before and (before := (graph, subject)) not in begun:
                begun[before] = Where(file, number, 1)
    except ValueError:
        return None
    shared: dict[str, str] = {}
    for (source, subject), where in begun.items():
        reading.heads.setdefault(subject, where)
        thing = subject[1:-1]
        if names.source_of_parts(thing) is None:
            source = shared.setdefault(source, source[1:-1])
            reading.records.append(Record(source, thing, where, (thing,)))
    reading.statements = Stated(_Lines(data, file, number, own))
    reading.texts.keep(file, data)
    return reading


def _one_source(text: str) -> str:
    """Return the source that the records of a text without graphs name, or an empty text where that is not one."""
    sources = set(re.findall(rf"^{_IRI} {re.escape(_SOURCE)} ({_IRI}) \.$", text, re.MULTILINE))
    return sources.pop() if len(sources) == 1 else ""


def _parts(data: bytes, own: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield graph, subject, predicate and value of lines with single spaces, in the `own` graph where they have none.

    Raises `ValueError` for a line of another sort.
    """
    for line in io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="\n"):
        subject, predicate, rest = line.split(" ", 2)
        if own:
            value, dot = rest.rsplit(" ", 1)
            graph = own
        else:
            value, graph, dot = rest.rsplit(" ", 2)
        if dot != ".\n":
            raise ValueError(line)
        yield graph, subject, predicate, value


class _Sound:
    """Says whether nothing is wrong with a statement, looking at each of its terms when it comes first."""

    def __init__(self, judge: Judge, file: str) -> None:
        self.judge = judge
        self.where = Where(file)
        self.graphs: set[str] = set()
        self.words: set[str] = set()
        self.classes: set[str] = set()
        self.terms: set[str] = set()
        self.endings: set[str] = set()

    def __call__(self, subject: str, predicate: str, value: str, graph: str) -> bool:
        new = predicate not in self.words or (predicate == _TYPE and value not in self.classes)
        if (new or graph not in self.graphs) and not self._words(subject, predicate, value, graph):
            return False
        if predicate == _SOURCE and value != graph:
            return False
        return (subject in self.terms or self._iri(subject)) and (value in self.terms or self._value(value))

    def _words(self, subject: str, predicate: str, value: str, graph: str) -> bool:
        if not all(map(_NAME.fullmatch, (subject, predicate, graph))):
            return False
        try:
            quad = next(iter(ox.parse(f"{subject} {predicate} {value} {graph} .", format=ox.RdfFormat.N_QUADS)))
        except SyntaxError:
            return False
        if self.judge.astray(quad, self.where) or self.judge(quad, self.where):
            return False
        self.words.add(predicate)
        self.graphs.add(graph)
        if predicate == _TYPE:
            self.classes.add(value)
        return True

    def _iri(self, text: str) -> bool:
        self.terms.add(text)
        return bool(_OURS.fullmatch(text) or (_NAME.fullmatch(text) and is_name(text[1:-1])))

    def _value(self, value: str) -> bool:
        if value.startswith("<"):
            return self._iri(value)
        if not _LITERAL.fullmatch(value):
            return False
        self.terms.add(value)
        text, _, ending = value[1:].rpartition('"')
        if ending not in self.endings or "\\" in text:
            try:
                term = _term(value)
            except (SyntaxError, ValueError):
                return False
            self.endings.add(ending)
            text = term.value
            if hidden(text):
                return False
        return not ending.startswith("^") or well_formed(text, ending[3:-1])


def _term(value: str) -> ox.Literal:
    """Return a literal as N-Triples writes it. Raises `SyntaxError` where it is none."""
    quad = next(iter(ox.parse(f"<a:a> <a:a> {value} .", format=ox.RdfFormat.N_TRIPLES)))
    assert isinstance(quad.object, ox.Literal)
    return quad.object


class _Lines(Lines):
    """The statements of a file that was found sound; `graph` is the one source of a file without graphs."""

    def __init__(self, data: bytes, file: str, count: int, graph: str) -> None:
        self._data = data
        self._file = file
        self._count = count
        self._graph = graph

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Statement]:
        form = ox.RdfFormat.N_TRIPLES if self._graph else ox.RdfFormat.N_QUADS
        graph = ox.NamedNode(self._graph[1:-1]) if self._graph else None
        for quad, row in zip(ox.parse(self._data, format=form), self.rows(), strict=True):
            own = quad if graph is None else ox.Quad(quad.subject, quad.predicate, quad.object, graph)
            yield Statement(own, row[4])

    def rows(self) -> Iterator[Row]:
        file = self._file
        for number, (graph, subject, predicate, value) in enumerate(_parts(self._data, self._graph), 1):
            place = Where(file, number, len(subject) + len(predicate) + 3)
            yield graph, subject, predicate, str(_term(value)) if _is_odd(value) else value, place

    def lines(self) -> Iterator[str]:
        for line in io.TextIOWrapper(io.BytesIO(self._data), "utf-8", newline="\n"):
            if self._graph or _is_odd(line):
                ((graph, subject, predicate, value),) = _parts(line.encode(), self._graph)
                line = f"{subject} {predicate} {str(_term(value)) if _is_odd(value) else value} {graph} .\n"
            yield line


def _is_odd(text: str) -> bool:
    """Whether a literal may be written otherwise than Oxigraph writes it."""
    return "\\" in text or "\t" in text or _STRING in text
