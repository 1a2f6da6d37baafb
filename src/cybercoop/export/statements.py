"""The statements of a graph as lines of N-Quads, read thing by thing in the order of a document.

What is held in memory at once has an upper limit, whatever the size of the graph.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

import pyoxigraph as ox

from cybercoop.export.facts import facts, iri_order, number_order, property_order, value_order
from cybercoop.problems.progress import watched
from cybercoop.terms.labels import NAME, OTHER_NAME, Order, one_name
from cybercoop.terms.sorting import in_order

BLOCKS = 100_000
"""How many places of things are sorted in memory at once: some 30 MB."""
_SPOOLED = 16 << 20
"""How many characters of a document wait in memory for the source that they stand under."""
_AHEAD = 1 << 16
_THING = re.compile(rb"([^ ]*+) .*+\n(?:\1 .*+\n)*+")
_FORM = r'"(?:[^"]*+(?<!\\)"|[^"\\]*+(?:\\.[^"\\]*+)*+")'
"""A form in quotation marks; one without such marks inside of it is found sooner, by what stands first."""
_VALUE = rf"(?:<[^>]*+>|{_FORM}(?:@[A-Za-z]++(?:-[A-Za-z0-9]++)*+|\^\^<[^>]*+>)?+)"
_LINE = re.compile(rf"<[^>]*+> <([^>]*+)> ({_VALUE}) <([^>]*+)> \.\n")
_LINES = re.compile(rf"(?:<[^>]*+> <[^>]*+> {_VALUE} <[^>]*+> \.\n)*+".encode())
_TRIPLE = re.compile(rf"(<[^>]*+> <[^>]*+> {_VALUE}) <[^>]*+> \.\n".encode())
_NAME = re.compile(rf"<([^>]*+)> <{re.escape(NAME)}> {_FORM}(@[^ ]*+)?".encode())
_OTHER_NAME = f"> <{OTHER_NAME}> ".encode()

Row = tuple[str, str, str]
"""A predicate, a value as N-Triples writes it, and the source that says so."""
Block = tuple[str, list[Row]]
"""A thing, and what is said of it."""


class Thing(NamedTuple):
    """What is said of one thing: its properties, `rdf:type` first and the others A to Z, with their values in order.

    Values are as N-Triples writes them.
    """

    iri: str
    properties: list[tuple[str, tuple[str, ...]]]

    @property
    def length(self) -> int:
        """How many facts that are."""
        return sum(len(values) for _, values in self.properties)


class Section(NamedTuple):
    """What a source says, as a document writes it: in parts, one after the other, with `length` facts in all."""

    source: str
    length: int
    parts: Iterator[bytes]


class Statements(NamedTuple):
    """Statements as sorted lines of N-Quads, each once, in what `opened` opens; `left` is a graph left out of them."""

    opened: Callable[[], BinaryIO]
    left: str = ""

    @classmethod
    def of(cls, quads: Iterable[ox.Quad]) -> Statements:
        """Return statements in memory. Raises `ExportError` for what no published graph holds."""
        lines = {f"<{fact.subject}> <{fact.predicate}> {fact.value} <{fact.source}> .\n" for fact in facts(quads)}
        return cls(partial(io.BytesIO, "".join(sorted(lines)).encode()))

    @classmethod
    def within(cls, path: Path, left: str = "") -> Statements:
        """Return the statements in a file, which is sorted, without those of the graph that is left out."""
        return cls(lambda: path.open("rb", _AHEAD), left)

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements as values."""
        with self.opened() as file:
            yield from self.values(file)

    def values(self, lines: BinaryIO | bytes) -> Iterator[ox.Quad]:
        """Yield what some of the lines say as values."""
        for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS):
            if quad.graph_name.value != self.left:
                yield quad

    def lines(self) -> Iterator[bytes]:
        """Yield all lines, in portions. Raises `ExportError` for what no published graph holds."""
        for _, _, lines in watched("progress-write", self.portions(_AHEAD), self._size, _size_of):
            if not _LINES.fullmatch(lines):
                self.rows(lines)  # which says why not
            if self._left in lines:
                lines = b"".join([line for line in lines.splitlines(keepends=True) if not line.endswith(self._left)])
            yield lines

    def triples(self, order: Order | None = None) -> Iterator[bytes]:
        """Yield the same as N-Triples, whoever says so, each once, with one name for each thing (`one_name`)."""
        for _, _, lines in watched("progress-write", self.portions(_AHEAD), self._size, _size_of):
            if (text := self._united(lines)) is not None:
                yield text
                continue
            for own in _THING.finditer(lines):
                if (text := self._united(own[0])) is None:
                    subject = own[1][1:-1].decode()
                    rows = named_once(subject, self.rows(own[0]), order)
                    text = "".join(sorted({f"<{subject}> <{row[0]}> {row[1]} .\n" for row in rows})).encode()
                yield text

    def _united(self, lines: bytes) -> bytes | None:
        """Return what lines say, each once, without who says so; None where that takes more than to leave it out."""
        found = _TRIPLE.findall(lines)
        if len(found) != lines.count(b"\n") or self._left in lines or _OTHER_NAME in lines:
            return None
        text = b" .\n".join([*dict.fromkeys(found), b""])
        names = _NAME.findall(text)
        return text if len({*names}) == len(names) else None

    @property
    def _left(self) -> bytes:
        return f" <{self.left}> .\n".encode()

    def blocks(self) -> Iterator[Block]:
        """Yield things in the order of their lines. Raises `ExportError` for what no published graph holds."""
        for subject, rows, *_ in self.located():
            yield subject, rows

    def located(self) -> Iterator[tuple[str, list[Row], int, int]]:
        """Yield the same, each with the place and the length of its lines."""
        for subject, start, lines in watched("progress-write", self.placed(), self._size, _size_of):
            if rows := self.rows(lines):
                yield subject, rows, start, len(lines)

    def placed(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield things in the order of their lines, each with the place of these and the lines."""
        for _, place, lines in self.portions(_AHEAD):
            for own in _THING.finditer(lines):
                yield own[1][1:-1].decode(), place + own.start(), own[0]

    def portions(self, size: int) -> Iterator[tuple[str, int, bytes]]:
        """Yield all lines in portions of whole things, little larger: the first thing, the place, and the lines."""
        with self.opened() as file:
            place, ahead = 0, b""
            while lines := b"".join((ahead, file.read(size), file.readline())):
                last = lines[lines.rfind(b"\n", 0, -1) + 1 :]
                begin, ahead, more = last[: last.index(b"> ") + 2], b"", list[bytes]()
                for line in file:
                    if not line.startswith(begin):
                        ahead = line
                        break
                    more.append(line)
                lines = b"".join((lines, *more))
                yield lines[1 : lines.index(b"> ")].decode(), place, lines
                place += len(lines)

    def union(self, order: Order | None = None) -> Iterator[Thing]:
        """Yield things in the order of a document, whoever says what of them, with one name each (`one_name`)."""
        for subject, rows in self.things():
            found = _grouped(rows)
            if NAME in found and not _is_named_once(found[NAME], found.get(OTHER_NAME, ())):
                found = _grouped(named_once(subject, rows, order))
            yield Thing(subject, _laid_out(found))

    def by_source(self, write: Callable[[Thing], str], between: str) -> Iterator[Section]:
        """Yield what each source says, sources in order; `write` writes a thing, `between` stands between two."""
        waiting: dict[str, list[str]] = {}
        places: dict[str, list[tuple[int, int]]] = {}
        lengths: dict[str, int] = {}
        held = 0
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:

            def put() -> None:
                for source, texts in waiting.items():
                    data = "".join(texts).encode()
                    places.setdefault(source, []).append((spool.tell(), len(data)))
                    spool.write(data)
                waiting.clear()

            for subject, rows in self.things():
                said: dict[str, list[Row]] = {}
                for row in rows:
                    said.setdefault(row[2], []).append(row)
                for source, own in said.items():
                    thing = Thing(subject, properties(own))
                    lengths[source] = lengths.get(source, 0) + thing.length
                    text = write(thing)
                    waiting.setdefault(source, []).append(between + text)
                    held += len(text)
                if held > _SPOOLED:
                    put()
                    held = 0
            put()
            skipped = len(between.encode())
            for source in sorted(places, key=iri_order):
                (begin, length), *others = places[source]
                parts = [(begin + skipped, length - skipped), *others]
                yield Section(source, lengths[source], _read(spool, parts))

    def things(self) -> Iterator[Block]:
        """Yield things by kind, then by slug."""
        for subject, rows, _ in self.noted(in_order(self._keyed(), BLOCKS)):
            yield subject, rows

    def noted(self, lines: Iterator[str]) -> Iterator[tuple[str, list[Row], list[str]]]:
        """Yield things in the order of sorted lines: one that is the key of a thing, and those that are notes on it."""
        with self.opened() as file:
            place, rows, notes = "", list[Row](), list[str]()
            for line in watched("progress-write", lines, self._size, _length):
                own, number, rest = line.split("\t", 2)
                if number:
                    if own == place:
                        notes.append(rest)
                    continue
                if rows:
                    yield place.rpartition("\0")[2], rows, notes
                start, length = rest.split("\t")
                file.seek(int(start))
                place, rows, notes = own, self.rows(file.read(int(length))), []
            if rows:
                yield place.rpartition("\0")[2], rows, notes

    def _size(self) -> int:
        with self.opened() as file:
            return file.seek(0, io.SEEK_END)

    def _keyed(self) -> Iterator[str]:
        for subject, start, lines in self.placed():
            yield key(subject, start, len(lines))

    def rows(self, lines: bytes) -> list[Row]:
        """Return what the lines of a thing say. Raises `ExportError` for what no published graph holds."""
        text = lines.decode()
        rows = _LINE.findall(text)
        if len(rows) != text.count("\n"):
            said = facts(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
            rows = [(fact.predicate, str(fact.value), fact.source) for fact in said]
        return [row for row in rows if row[2] != self.left] if self.left and self.left in text else rows


def place_of(thing: str) -> str:
    """Return the place of a thing in a document, as lines are sorted: by kind, then by slug (`facts.iri_order`)."""
    kind, _, slug = thing.rpartition("/")
    return f"{kind}\0{number_order(slug)}\0\0{thing}"


def key(thing: str, start: int, length: int) -> str:
    """Return the line that stands for a thing in `Statements.noted`: its place, and where what is said of it lies."""
    return f"{place_of(thing)}\t\t{start}\t{length}\n"


def note(thing: str, number: int, said: str) -> str:
    """Return a line that is a note on a thing: notes stand behind its key, by their numbers."""
    return f"{place_of(thing)}\t{number:010}\t{said}\n"


def _size_of(placed: tuple[str, int, bytes]) -> int:
    return len(placed[2])


def _length(line: str) -> int:
    _, number, rest = line.split("\t", 2)
    return 0 if number else int(rest.partition("\t")[2])


def _read(file: IO[bytes], parts: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    for begin, length in parts:
        file.seek(begin)
        yield file.read(length)


def properties(rows: Iterable[Row]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what sorted rows say by property, in order."""
    return _laid_out(_grouped(rows))


def _grouped(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the values in sorted rows by property, each once."""
    found: dict[str, list[str]] = {}
    for predicate, value, _ in rows:
        if (values := found.get(predicate)) is None:
            found[predicate] = [value]
        elif values[-1] != value:
            values.append(value)
    return found


def _laid_out(found: dict[str, list[str]]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (predicate, tuple(values) if len(values := found[predicate]) == 1 else values_in_order(values))
        for predicate in properties_in_order(tuple(found))
    ]


@lru_cache(1 << 12)
def properties_in_order(properties: tuple[str, ...]) -> list[str]:
    """Return properties in order; things of a kind have the same ones."""
    return sorted(properties, key=property_order)


def values_in_order(values: list[str]) -> tuple[str, ...]:
    """Return values, each of which is there once, in order."""
    languages = {ending: value for value in values if (ending := value[value.rfind('"') + 1 :]).startswith("@")}
    if len(languages) == len(values):  # as names are
        return tuple([languages[ending] for ending in sorted(languages)])
    return tuple(sorted(values, key=_value_order))


_value_order = lru_cache(1 << 14)(value_order)


def named_once(subject: str, rows: list[Row], order: Order | None) -> list[Row]:
    """Return what is said of a thing, sorted, with one preferred name in a language (`one_name`)."""
    if _is_named_once(*({row[1] for row in rows if row[0] == word} for word in (NAME, OTHER_NAME))):
        return rows
    said = "".join(f"<{subject}> <{row[0]}> {row[1]} <{row[2]}> .\n" for row in rows if row[0] in (NAME, OTHER_NAME))
    quads = one_name(ox.parse(said, format=ox.RdfFormat.N_QUADS), order)
    named = [(quad.predicate.value, str(quad.object), "") for quad in quads]
    return sorted([*(row for row in rows if row[0] not in (NAME, OTHER_NAME)), *named])


def _is_named_once(preferred: Collection[str], others: Collection[str]) -> bool:
    """Whether a thing has one preferred name in a language, and none that is another name, too."""
    names = {*map(_named, preferred)}
    return len(names) == len({language for _, language in names}) and names.isdisjoint(map(_named, others))


def _named(value: str) -> tuple[str, str]:
    """Return the form and the language of a name."""
    form, _, ending = value.rpartition('"')
    return form, ending if ending.startswith("@") else ""
