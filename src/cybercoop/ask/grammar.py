"""The grammar of catalogued questions: from their text to their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cybercoop.ask.patterns import (
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Optional,
    Path,
    Select,
    Triple,
    Union,
    Verbatim,
    written,
)

_IRI = r'<[^\s<>"{}|\\^`]*>'
_PREFIXED = r"[\w-]*:(?:[\w-]|\.(?=[\w-]))*"
_TOKEN = re.compile(
    rf"""\#[^\n]*|\s+|(?P<token>{_IRI}|"(?:[^"\\\n]|\\.)*"(?:@[\w-]+|\^\^(?:{_IRI}|{_PREFIXED}))?|\?\w+|{_PREFIXED}"""
    r"""|\d+(?:\.\d+)?|[A-Za-z_]\w*|&&|\|\||!=|<=|>=|[{}().;,=<>!+*/|^?-])"""
)


def read(text: str) -> tuple[str, Select]:
    """Return the prefixes of a question, as text, and its SELECT.

    Raises `ValueError` for what no question of the catalogue has been written with so far.
    """
    reader = _Reader(list(tokens(text)))
    prefixes = ""
    while reader.next == "PREFIX":
        prefixes += f"{reader.take()} {reader.take()} {reader.take()}\n"
    return prefixes, reader.select()


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of a question, without spaces and comments; raises `ValueError` where there is none."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"cannot be read: {text[place : place + 20]!r}")
        place = match.end()
        if token := match["token"]:
            yield token


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]
        self.place = 0

    @property
    def next(self) -> str:
        token = self.tokens[self.place]
        return token.upper() if token.isalpha() and len(token) > 1 else token

    def take(self, wanted: str = "") -> str:
        """Return the token at hand and pass it; raises `ValueError` where it is not the one that is wanted."""
        if self.place + 1 == len(self.tokens) or wanted not in ("", self.next):
            raise ValueError(f"{self.tokens[self.place]!r} stands where {wanted or 'more'} is expected")
        self.place += 1
        return self.tokens[self.place - 1]

    def taken(self, *wanted: str) -> bool:
        """Pass the token at hand if it is one of those; return whether it is."""
        found = self.next in wanted
        self.place += found
        return found

    def select(self) -> Select:
        start = self.place
        self.take("SELECT")
        self.taken("DISTINCT")
        shown: dict[str, str | None] = {}
        while self.next not in ("WHERE", "{"):
            if self.next == "(":
                *expression, _as, name = self.inner()
                shown[name] = written(expression)
            else:
                shown[self.take()] = None
        self.taken("WHERE")
        group = self.group()
        grouped = []
        if self.taken("GROUP"):
            self.take("BY")
            while self.next.startswith("?"):
                grouped.append(self.take())
        while self.next not in ("", "}", "ORDER"):
            self.take()
        text = written(self.tokens[start : self.place])
        while self.next not in ("", "}"):
            self.take()
        return Select(shown, group, tuple(grouped), text)

    def inner(self) -> list[str]:
        """Pass what stands in brackets, and return it without them."""
        self.take("(")
        start, depth = self.place, 1
        while depth:
            depth += {"(": 1, ")": -1}.get(self.take(), 0)
        return self.tokens[start : self.place - 1]

    def group(self) -> Group:
        self.take("{")
        found: list[Element] = [self.select()] if self.next == "SELECT" else []
        while not self.taken("}"):
            found += self.element()
            self.taken(".")
        return Group(tuple(found))

    def element(self) -> list[Element]:
        if self.next == "{":
            groups = [self.group()]
            while self.taken("UNION"):
                groups.append(self.group())
            return [Union(tuple(groups))]
        if self.next == "OPTIONAL":
            start = self.place
            self.take()
            group = self.group()
            return [Optional(group, written(self.tokens[start : self.place]))]
        if self.taken("GRAPH"):
            return [InGraph(self.take(), self.group())]
        if self.next == "FILTER":
            start = self.place
            self.take()
            condition = tuple(self.condition())
            return [Filter(condition, written(self.tokens[start : self.place]))]
        if self.next in ("BIND", "MINUS", "VALUES"):
            return [self.verbatim()]
        if self.next.isalpha() and self.next != "a":
            raise ValueError(f"{self.next} is not understood")
        return list(self.triples())

    def verbatim(self) -> Verbatim:
        start = self.place
        kind = self.take().upper()
        if kind == "BIND":
            self.inner()
        elif kind == "MINUS":
            self.group()
        else:
            while self.take() != "}":
                pass
        return Verbatim(written(self.tokens[start : self.place]))

    def condition(self) -> Iterator[str | Exists]:
        depth = 0
        while True:
            start = self.place
            negated = self.next == "NOT" and self.tokens[self.place + 1].upper() == "EXISTS" and self.taken("NOT")
            if self.taken("EXISTS"):
                group = self.group()
                yield Exists(group, negated, written(self.tokens[start : self.place]))
            else:
                token = self.take()
                depth += {"(": 1, ")": -1}.get(token, 0)
                yield token
            if depth == 0 and self.next != "(":
                return

    def triples(self) -> Iterator[Triple]:
        subject = self.take()
        while True:
            path = self.path()
            yield Triple(subject, path, self.take())
            while self.taken(","):
                yield Triple(subject, path, self.take())
            if not self.taken(";"):
                return
            if self.next in (".", "}"):
                return

    def path(self) -> Path:
        return self.joined("|", lambda: self.joined("/", self.step))

    def joined(self, mark: str, part: Callable[[], Path]) -> Path:
        parts = [part()]
        while self.taken(mark):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Path(mark, parts=tuple(parts))

    def step(self) -> Path:
        if self.taken("^"):
            return Path("^", parts=(self.step(),))
        if self.taken("("):
            path = self.path()
            self.take(")")
        else:
            path = Path("", self.take())
        if self.next == "?":
            raise ValueError(f"the path {self.next} is not understood")
        return Path(self.take(), parts=(path,)) if self.next in ("+", "*") else path
