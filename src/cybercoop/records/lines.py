"""N-Quads and N-Triples as they are published, a plain statement a line: read without a value for each.

https://www.w3.org/TR/n-quads/#sec-grammar and https://www.w3.org/TR/n-triples/#n-triples-grammar
"""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from sys import intern

import pyoxigraph as ox

from cybercoop.problems.problem import Where
from cybercoop.records.rdf import Judge, is_name
from cybercoop.records.reading import Reading, Record, hidden
from cybercoop.records.statements import Lines, Row, Spoken, Stated, Statement
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
_ANY = f"<{names.ID}source/any>"
"""What stands in the other places of a statement whose property, class or graph is looked at."""

_AT_ONCE = 10_000
"""How many lines are parsed at once where values are wanted."""


def read(data: bytes, file: str, context: Context, form: str) -> Reading | None:
    """Return what a file says that has one plain statement a line, all of them sound; of any other file, None.

    Each different term is judged once. Of two equal lines, each has its own place.
    """
    data = data.replace(b"\r\n", b"\n") if b"\r" in data else data
    if not data.endswith(b"\n") or b"<<" in data:
        return None
    own = "" if form == "nquads" else _one_source(data)
    if form == "ntriples" and not own:
        return None
    reading = Reading()
    try:
        said = _Lines(data, file, own, _Sound(Judge(reading, context), file))
    except (SyntaxError, ValueError):
        return None
    for graph, subject, line in said.first():
        where, thing = Where(file, line, 1), subject[1:-1]
        reading.heads.setdefault(subject, where)
        if names.source_of_parts(thing) is None:
            reading.records.append(Record(intern(graph[1:-1]), thing, where, (thing,)))
    reading.statements = Stated(said)
    reading.texts.keep(file, said.text)
    return reading


def _one_source(data: bytes) -> str:
    """Return the source that the records of a file without graphs name, or an empty text where that is not one."""
    sources = set(re.findall(rf"^{_IRI} {re.escape(_SOURCE)} ({_IRI}) \.$".encode(), data, re.MULTILINE))
    return sources.pop().decode(errors="replace") if len(sources) == 1 else ""


class _Terms(dict[bytes, int]):
    """The numbers of the terms that stand in one column of lines, each looked at when it comes first."""

    def __init__(self, texts: list[str], sound: Callable[[str], str]) -> None:
        self._texts = texts
        self._sound = sound

    def __missing__(self, term: bytes) -> int:
        number = self[term] = len(self._texts)
        self._texts.append(self._sound(term.decode()))
        return number


class _Sound:
    """Gives terms as N-Triples writes them where nothing is wrong with them; raises `ValueError` for any other."""

    def __init__(self, judge: Judge, file: str) -> None:
        self._judge = judge
        self._where = Where(file)
        self._endings: set[str] = set()
        self.as_written = True
        """Whether all terms so far stand in their lines as N-Triples writes them."""

    def name(self, text: str) -> str:
        """Return an IRI that can name a thing."""
        if not _OURS.fullmatch(text) and not (_NAME.fullmatch(text) and is_name(text[1:-1])):
            raise ValueError(text)
        return text

    def word(self, text: str) -> str:
        """Return a property that records may have."""
        self._stated(self.name(text), f"<{min(self._judge.classes)}>" if text == _TYPE else _ANY, _ANY)
        return text

    def kind(self, text: str) -> None:
        """Raise `ValueError` for what is no class of things."""
        self._stated(_TYPE, text, _ANY)

    def graph(self, text: str) -> str:
        """Return the name of a graph that a source may have."""
        self._stated(_SOURCE, text, self.name(text))
        return text

    def value(self, text: str) -> str:
        """Return any value."""
        if text.startswith("<"):
            return self.name(text)
        if not _LITERAL.fullmatch(text):
            raise ValueError(text)
        lexical, _, ending = text[1:].rpartition('"')
        if ending not in self._endings or "\\" in lexical or "\t" in lexical or text.endswith(_STRING):
            term = _term(text)
            self._endings.add(ending)
            self.as_written &= text == str(term)
            text, lexical = str(term), term.value
        if not lexical.isprintable() and hidden(lexical):
            raise ValueError(text)
        if ending.startswith("^") and not well_formed(lexical, ending[3:-1]):
            raise ValueError(text)
        return text

    def _stated(self, word: str, value: str, graph: str) -> None:
        (quad,) = ox.parse(f"{_ANY} {word} {value} {graph} .", format=ox.RdfFormat.N_QUADS)
        if self._judge(quad, self._where) or (word == _SOURCE and self._judge.astray(quad, self._where)):
            raise ValueError(quad)


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(lines, _AT_ONCE)):
        yield piece


def _term(value: str) -> ox.Literal:
    """Return a literal as N-Triples writes it. Raises `SyntaxError` where it is none."""
    quad = next(iter(ox.parse(f"<a:a> <a:a> {value} .", format=ox.RdfFormat.N_TRIPLES)))
    assert isinstance(quad.object, ox.Literal)
    return quad.object


class _Lines(Lines):
    """The statements of a file in columns: the numbers of their terms, of which each different one is kept once.

    `own` is the one source of a file without graphs. Raises `SyntaxError` or `ValueError` where a line or a term is not
    sound.
    """

    def __init__(self, data: bytes, file: str, own: str, sound: _Sound) -> None:
        self._file = file
        self._texts: list[str] = []
        self._columns = [array("I") for _ in range(4)]
        self._runs = array("I")
        subject_of, word_of, value_of, graph_of = (
            _Terms(self._texts, way) for way in (sound.name, sound.word, sound.value, sound.graph)
        )
        subjects, words, values, graphs = self._columns
        before, thing, graph, held, source = b"", 0, own.encode(), b"", 0
        for line in io.BytesIO(data):
            subject, word, rest = line.split(b" ", 2)
            if own:
                value, end = rest.rsplit(b" ", 1)
            else:
                value, graph, end = rest.rsplit(b" ", 2)
            if end != b".\n":
                raise ValueError(line)
            if subject != before or graph != held:
                self._runs.append(len(words))
                before, thing, held, source = subject, subject_of[subject], graph, graph_of[graph]
            subjects.append(thing)
            words.append(word_of[word])
            values.append(value_of[value])
            graphs.append(source)
        self._words = {self._texts[number]: number for number in word_of.values()}
        for kind, _ in self._pairs(_TYPE):
            sound.kind(kind)
        if any(source != stated for source, stated in self._pairs(_SOURCE)):
            raise ValueError(_SOURCE)
        self._data = b"" if sound.as_written and not own else data

    def _pairs(self, word: str) -> set[tuple[str, str]]:
        """Return the different values of a property, each with its source."""
        number, (_, words, values, graphs) = self._words.get(word), self._columns
        found = {(value, graph) for each, value, graph in zip(words, values, graphs, strict=True) if each == number}
        return {(self._texts[value], self._texts[graph]) for value, graph in found}

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Statement]:
        quads = (quad for piece in _pieces(self.lines()) for quad in ox.parse(piece, format=ox.RdfFormat.N_QUADS))
        return (Statement(quad, row[4]) for quad, row in zip(quads, self.rows(), strict=True))

    def lines(self) -> Iterator[str]:
        texts, rows = self._texts, zip(*self._columns, strict=True)
        return (f"{texts[thing]} {texts[word]} {texts[value]} {texts[graph]} .\n" for thing, word, value, graph in rows)

    def text(self) -> bytes:
        """Return the file as it was read; where that is how its lines are written anyway, it is not kept."""
        return self._data or "".join(self.lines()).encode()

    def rows(self, words: Collection[str] | None = None) -> Iterator[Row]:
        texts, file = self._texts, self._file
        wanted = {number for word, number in self._words.items() if words is None or word in words}
        for line, (subject, word, value, graph) in enumerate(zip(*self._columns, strict=True), 1):
            if word in wanted:
                thing, said = texts[subject], texts[word]
                yield texts[graph], thing, said, texts[value], Where(file, line, len(thing) + len(said) + 3)

    def spoken(self, words: Collection[str], things: Collection[str] | None = None) -> Iterator[Spoken]:
        texts, wanted = self._texts, {number for word, number in self._words.items() if word in words}
        among = {number for number in set(self._columns[0]) if things is None or texts[number] in things}
        for subject, word, value, graph in zip(*self._columns, strict=True):
            if word in wanted and subject in among:
                yield texts[graph], texts[subject], texts[word], texts[value]

    def first(self) -> Iterator[tuple[str, str, int]]:
        """Yield each source and thing of which it says something, with the first line of that."""
        texts, met, (subjects, _, _, graphs) = self._texts, set[tuple[int, int]](), self._columns
        for place in self._runs:
            if (each := (graphs[place], subjects[place])) not in met:
                met.add(each)
                yield texts[each[0]], texts[each[1]], place + 1

    def begun(self) -> Iterator[tuple[str, str]]:
        return ((graph, subject) for graph, subject, _ in self.first())

    def words(self) -> Collection[str]:
        return self._words.keys()

    def values(self) -> Iterator[str]:
        return (self._texts[number] for number in set(self._columns[2]))

    def triples(self) -> Iterator[str]:
        texts, before = self._texts, None
        for each in zip(*self._columns[:3], strict=True):
            if each != before:
                before = subject, word, value = each
                yield f"{texts[subject]} {texts[word]} {texts[value]} .\n"
