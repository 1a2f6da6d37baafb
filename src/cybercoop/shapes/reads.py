"""What a SELECT reads: its patterns, by group, as far as they can be told from the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from cybercoop.shapes.paths import Choice, Group, Line, Node, Path, Pattern, Repeat, Step, back, may_stay
from cybercoop.terms.names import PREFIXES, RDF_TYPE

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
    found = tuple(Reader(select).query().groups((), {}))
    for group in found:
        _tied(group)
    return found


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


def _variables(said: Iterable[_Said]) -> set[str]:
    return {part for parts in said for part in parts if isinstance(part, str)}


@dataclass(frozen=True, slots=True)
class About:
    """What is said of one subject in a row, and the places of its first token and past its last."""

    begin: int
    end: int
    said: tuple[_Said, ...]

    @property
    def bound(self) -> set[str]:
        """The variables that have a value in every solution."""
        return _variables(self.said)

    @property
    def is_listed(self) -> bool:
        """Whether it says of a variable what it has by properties that are named: a list that can be made."""
        return all(isinstance(start, str) and isinstance(path, Step) for start, path, _ in self.said)


@dataclass(slots=True)
class Block:
    """What stands between braces, and the places of its tokens: where it begins, its first brace, past its last."""

    begin: int
    brace: int
    absent: bool = False
    end: int = 0
    said: list[_Said] = field(default_factory=list)
    domains: dict[str, frozenset[Node]] = field(default_factory=dict)
    inner: list[Block] = field(default_factory=list)
    about: list[About] = field(default_factory=list)

    @property
    def bound(self) -> set[str]:
        """The variables that have a value in every solution."""
        return _variables(self.said)

    @property
    def is_plain(self) -> bool:
        """Whether it holds patterns and filters only, and no path that may lead nowhere."""
        return not self.inner and not any(not isinstance(path, str) and may_stay(path) for _, path, _ in self.said)

    def groups(self, outer: tuple[_Said, ...], domains: Mapping[str, frozenset[Node]]) -> Iterator[Group]:
        """Yield what it reads, then what each group in it reads, with all that stands around it."""
        both, every = {**domains, **self.domains}, (*outer, *self.said)
        yield Group(tuple(_pattern(said, both) for said in every), len(outer), both)
        for block in self.inner:
            yield from block.groups(every, both)


class Reader:
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

    def query(self) -> Block:
        """Return the group of a SELECT; its columns are put down in `shown`."""
        self._expect("SELECT")
        self._take("DISTINCT")
        while self._at()[0] == "variable":
            self.shown.append(self._next()[1:])
            self.place += 1
        self._take("WHERE")
        block = self._block(self.place)
        if self.place != len(self.tokens):
            raise NotLocal("something after the pattern")
        return block

    def text(self, start: int, end: int) -> str:
        """Return the text between two places."""
        return self.whole[self.starts[start] : self.starts[end]]

    def variables(self, start: int, end: int, without: Iterable[Block] = ()) -> set[str]:
        """Return the variables between two places, without those in some absences."""
        left_out = {place for block in without if block.absent for place in range(block.begin, block.end)}
        places = (place for place in range(start, end) if place not in left_out)
        return {self.tokens[place][1][1:] for place in places if self.tokens[place][0] == "variable"}

    def _at(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def _next(self) -> str:
        return self._at()[1]

    def _take(self, word: str) -> bool:
        if self._next().upper() != word:
            return False
        self.place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise NotLocal(f"{self._next()} where {word} was expected")

    def _block(self, begin: int, absent: bool = False) -> Block:
        block = Block(begin, self.place, absent)
        self._expect("{")
        while not self._take("}"):
            begin = self.place
            if self._take("FILTER"):
                self._filter(block)
            elif self._take("OPTIONAL") or self._take("MINUS"):
                block.inner.append(self._block(begin))
            elif not self._take("."):
                about = tuple(self._about())
                block.about.append(About(begin, self.place, about))
                block.said += about
        block.end = self.place
        return block

    def _filter(self, block: Block) -> None:
        begin, absent = self.place - 1, self._take("NOT")
        if self._take("EXISTS"):
            block.inner.append(self._block(begin, absent))
            return
        start = self.place
        while self._next() != "(":
            self.place += 1
            if self._next() in ("", "{", "}"):
                raise NotLocal("a filter without brackets")
        depth = 0
        while True:
            depth += {"(": 1, ")": -1}.get(self._next(), 0)
            if self._next().upper() in ("EXISTS", "{", "}", ""):
                raise NotLocal("a pattern inside a filter")
            self.place += 1
            if depth == 0:
                break
        block.domains.update(self._domain(start, self.place))

    def _domain(self, start: int, end: int) -> dict[str, frozenset[Node]]:
        """Return the values that `(?variable IN (…))` leaves, and nothing for any other filter."""
        tokens = self.tokens[start:end]
        texts = [text.upper() for _, text in tokens]
        if texts[:1] != ["("] or texts[2:4] != ["IN", "("] or texts[-2:] != [")", ")"] or tokens[1][0] != "variable":
            return {}
        values = [(kind, text) for kind, text in tokens[4:-2] if text != ","]
        if any(kind not in ("iri", "name") for kind, _ in values):
            return {}
        return {tokens[1][1][1:]: frozenset(_named(kind, text) for kind, text in values)}

    def _about(self) -> Iterator[_Said]:
        subject = self._term()
        while True:
            kind, text = self._at()
            path: Path | str = self._path() if kind != "variable" else text[1:]
            self.place += kind == "variable"
            while True:
                yield subject, path, self._term()
                if not self._take(","):
                    break
            if not self._take(";") or self._next() in (".", "}"):
                return

    def _path(self) -> Path:
        ways = [self._line()]
        while self._take("|"):
            ways.append(self._line())
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def _line(self) -> Path:
        parts = [self._part()]
        while self._take("/"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Line(tuple(parts))

    def _part(self) -> Path:
        if self._take("^"):
            return back(self._part())
        if self._take("("):
            path = self._path()
            self._expect(")")
        else:
            kind, text = self._at()
            self.place += 1
            path = Step(frozenset((_named(kind, text),)))
        repeated = self._take("*") or self._take("+") or self._take("?")
        return Repeat(path) if repeated else path

    def _term(self) -> str | Node:
        kind, text = self._at()
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
