"""What a SELECT reads: its patterns, by group, as far as they can be told from the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

import pyoxigraph as ox

from cybercoop.names import PREFIXES, RDF_TYPE
from cybercoop.shapes.paths import Choice, Group, Line, Node, Path, Pattern, Repeat, Step, back, may_stay

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<iri><[^<>"{}|^`\\\s]*>)|(?P<text>"(?:[^"\\\n]|\\.)*"(?:@[\w-]+|\^\^[^\s;,.)]+)?)
    |(?P<variable>[?$]\w+)|(?P<name>(?:[A-Za-z][\w-]*)?:[\w-]+(?:\.[\w-]+)*)|(?P<number>[+-]?\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z]\w*)|(?P<mark>&&|\|\||[!<>]=|[{}().;,/^|*+?!=<>-])""",
    re.VERBOSE,
)


class NotLocal(Exception):
    """The text says things whose reach from `$this` cannot be told."""


def groups(select: str) -> tuple[Group, ...]:
    """Return what a SELECT reads, as groups that each hang together from `$this`.

    Raises `NotLocal` for a query whose answer for one `$this` may depend on what is not tied to it.
    """
    found = tuple(_Reader(select).query().groups((), {}))
    for group in found:
        _tied(group)
    return found


@dataclass(frozen=True, slots=True)
class Absence:
    """What must not be there, as a group, and the variables that it shares with what stands around it."""

    group: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """A SELECT in pieces: a row of `rest` stands where no absence has one with the same values of what it shares.

    `rest` has a column for all that is shared, beside what the SELECT has shown.
    """

    shown: tuple[str, ...]
    rest: str
    absences: tuple[Absence, ...]


def apart(select: str) -> Apart:
    """Return a SELECT with each NOT EXISTS set apart that can be asked on its own.

    Both sides must bind what they share in every solution, and the inner one must be patterns and filters only.
    Raises `NotLocal` for a query that cannot be read.
    """
    reader = _Reader(select)
    outer = reader.query()
    outside = reader.variables(0, len(reader.tokens), outer.inner)
    rest, place, absences = "", outer.begin, []
    for inner in outer.inner:
        shared = reader.variables(inner.brace, inner.end) & outside
        if inner.absent and inner.is_plain and shared and shared <= outer.bound & inner.bound:
            absences.append(Absence(reader.text(inner.brace, inner.end), tuple(sorted(shared))))
            rest, place = rest + reader.text(place, inner.begin), inner.end
    rest += reader.text(place, outer.end)
    columns = dict.fromkeys(chain(reader.shown, *(absence.shared for absence in absences)))
    return Apart(tuple(reader.shown), f"SELECT DISTINCT ?{' ?'.join(columns)} WHERE {rest}", tuple(absences))


def _tied(group: Group) -> None:
    known, ahead = {"this"}, list(group.patterns)
    while ahead:
        met = [pattern for pattern in ahead if pattern.variables & known]
        if not met:
            raise NotLocal("patterns that do not hang together")
        known.update(*(pattern.variables for pattern in met))
        ahead = [pattern for pattern in ahead if pattern not in met]


_Said = tuple[str | Node, Path | str, str | Node]
"""Subject, property, object as written; a text is a variable."""


@dataclass(slots=True)
class _Block:
    """What stands between braces, and the places of its tokens: where it begins, its first brace, past its last."""

    begin: int
    brace: int
    absent: bool = False
    end: int = 0
    said: list[_Said] = field(default_factory=list)
    domains: dict[str, frozenset[Node]] = field(default_factory=dict)
    inner: list[_Block] = field(default_factory=list)

    @property
    def bound(self) -> set[str]:
        """The variables that have a value in every solution."""
        return {part for said in self.said for part in said if isinstance(part, str)}

    @property
    def is_plain(self) -> bool:
        """Whether it holds patterns and filters only, and no path that may lead nowhere."""
        return not self.inner and not any(not isinstance(path, str) and may_stay(path) for _, path, _ in self.said)

    def groups(self, outer: tuple[_Said, ...], domains: Mapping[str, frozenset[Node]]) -> Iterator[Group]:
        both, every = {**domains, **self.domains}, (*outer, *self.said)
        yield Group(tuple(_pattern(said, both) for said in every), len(outer), both)
        for block in self.inner:
            yield from block.groups(every, both)


class _Reader:
    """Reads the part of SPARQL that rules are written in, one token after the other."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.tokens: list[tuple[str, str]] = []
        self.starts: list[int] = []
        self.shown: list[str] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise NotLocal(text[place : place + 20])
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup or "", found.group()))
                self.starts.append(found.start())
            place = found.end()
        self.starts.append(len(text))
        self.place = 0

    def query(self) -> _Block:
        self.expect("SELECT")
        self.take("DISTINCT")
        while self.at()[0] == "variable":
            self.shown.append(self.next()[1:])
            self.place += 1
        self.take("WHERE")
        block = self.block(self.place)
        if self.place != len(self.tokens):
            raise NotLocal("something after the pattern")
        return block

    def text(self, start: int, end: int) -> str:
        return self.whole[self.starts[start] : self.starts[end]]

    def variables(self, start: int, end: int, without: Iterable[_Block] = ()) -> set[str]:
        """Return the variables between two places, without those in some absences."""
        left_out = {place for block in without if block.absent for place in range(block.begin, block.end)}
        places = (place for place in range(start, end) if place not in left_out)
        return {self.tokens[place][1][1:] for place in places if self.tokens[place][0] == "variable"}

    def at(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def next(self) -> str:
        return self.at()[1]

    def take(self, word: str) -> bool:
        if self.next().upper() != word:
            return False
        self.place += 1
        return True

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise NotLocal(f"{self.next()} where {word} was expected")

    def block(self, begin: int, absent: bool = False) -> _Block:
        block = _Block(begin, self.place, absent)
        self.expect("{")
        while not self.take("}"):
            begin = self.place
            if self.take("FILTER"):
                self.filter(block)
            elif self.take("OPTIONAL") or self.take("MINUS"):
                block.inner.append(self.block(begin))
            elif not self.take("."):
                block.said += self.about()
        block.end = self.place
        return block

    def filter(self, block: _Block) -> None:
        begin, absent = self.place - 1, self.take("NOT")
        if self.take("EXISTS"):
            block.inner.append(self.block(begin, absent))
            return
        start = self.place
        while self.next() != "(":
            self.place += 1
            if self.next() in ("", "{", "}"):
                raise NotLocal("a filter without brackets")
        depth = 0
        while True:
            depth += {"(": 1, ")": -1}.get(self.next(), 0)
            if self.next().upper() in ("EXISTS", "{", "}", ""):
                raise NotLocal("a pattern inside a filter")
            self.place += 1
            if depth == 0:
                break
        block.domains.update(self.domain(start, self.place))

    def domain(self, start: int, end: int) -> dict[str, frozenset[Node]]:
        """Return the values that `(?variable IN (…))` leaves, and nothing for any other filter."""
        tokens = self.tokens[start:end]
        texts = [text.upper() for _, text in tokens]
        if texts[:1] != ["("] or texts[2:4] != ["IN", "("] or texts[-2:] != [")", ")"] or tokens[1][0] != "variable":
            return {}
        values = [(kind, text) for kind, text in tokens[4:-2] if text != ","]
        if any(kind not in ("iri", "name") for kind, _ in values):
            return {}
        return {tokens[1][1][1:]: frozenset(_named(kind, text) for kind, text in values)}

    def about(self) -> Iterator[_Said]:
        subject = self.term()
        while True:
            kind, text = self.at()
            path: Path | str = self.path() if kind != "variable" else text[1:]
            self.place += kind == "variable"
            while True:
                yield subject, path, self.term()
                if not self.take(","):
                    break
            if not self.take(";") or self.next() in (".", "}"):
                return

    def path(self) -> Path:
        ways = [self.line()]
        while self.take("|"):
            ways.append(self.line())
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def line(self) -> Path:
        parts = [self.part()]
        while self.take("/"):
            parts.append(self.part())
        return parts[0] if len(parts) == 1 else Line(tuple(parts))

    def part(self) -> Path:
        if self.take("^"):
            return back(self.part())
        if self.take("("):
            path = self.path()
            self.expect(")")
        else:
            kind, text = self.at()
            self.place += 1
            path = Step(frozenset((_named(kind, text),)))
        repeated = self.take("*") or self.take("+") or self.take("?")
        return Repeat(path) if repeated else path

    def term(self) -> str | Node:
        kind, text = self.at()
        self.place += 1
        return text[1:] if kind == "variable" else _literal(text) if kind == "text" else _named(kind, text)


def _pattern(said: _Said, domains: Mapping[str, frozenset[Node]]) -> Pattern:
    """Return a pattern; a variable in the place of the property stands for what a filter leaves it, else for any."""
    start, path, end = said
    if isinstance(path, str):
        names = domains.get(path)
        path = Step(None if names is None else frozenset(name for name in names if isinstance(name, ox.NamedNode)))
    return Pattern(start, path, end)


def _named(kind: str, text: str) -> ox.NamedNode:
    if kind == "iri":
        return ox.NamedNode(text[1:-1])
    prefix, _, local = text.partition(":")
    if text == "a":
        return ox.NamedNode(RDF_TYPE)
    if kind != "name" or prefix not in PREFIXES:
        raise NotLocal(text)
    return ox.NamedNode(PREFIXES[prefix] + local)


def _literal(text: str) -> ox.Literal:
    if not text.endswith('"') or "\\" in text:
        raise NotLocal(text)
    return ox.Literal(text[1:-1])
