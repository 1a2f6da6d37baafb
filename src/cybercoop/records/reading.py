"""What is read: text that can be trusted, trees of words with places, and the statements that they make."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import UserDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import UNSEEN, Problem, Where, nearest, problem
from cybercoop.records.statements import Row, Stated

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LISTED = 20
_MARKER = re.compile(r"^(?:[<>|]{7}(?: .*)?|={7})$", re.MULTILINE)
_MARKS = tuple(7 * mark for mark in "<>|=")


class Unreadable(Exception):
    """What ends the reading of a file: the problem says which and where."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found.code)
        self.problem = found


_PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n\r"
"""The characters of ASCII that can be seen, or end a line."""


def decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Return the text of a file without its byte-order mark, and what makes it unfit to be read.

    Line ends become a single newline. A file with problems gives an empty text.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        text = _lines(data.decode())
    except UnicodeDecodeError as error:
        before = _lines(data[: error.start].decode())
        where = Places(before, file)(len(before))
        return "", [problem("not-utf-8", where, value=f"0x{data[error.start]:02X}", encoding=encoding_of(data))]
    odd = data.translate(None, _PLAIN).decode()
    if not any(mark in text and _MARKER.search(text) for mark in _MARKS) and hidden(odd) is None:
        return text, []
    place = Places(text, file)
    problems = [
        problem("conflict-marker", place(match.start()), value=match.group().strip())
        for match in islice(_MARKER.finditer(text), _LISTED)
    ]
    problems += [
        problem("hidden-character", place(match.start()), value=_code(match.group()))
        for match in islice(re.finditer(UNSEEN, text), _LISTED)
    ]
    return "", problems


def encoding_of(data: bytes) -> str:
    """Return the encoding that a text which is no UTF-8 is likely to be in: by its mark, else by its letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    high = [byte for byte in data if byte >= _HIGH]
    arabic = sum(1 for byte in high if unicodedata.name(bytes([byte]).decode("cp1256"), "").startswith("ARABIC"))
    return "Windows-1256" if len(high) > _FEW and arabic > _MOSTLY * len(high) else "Windows-1252"


_HIGH, _FEW, _MOSTLY = 0x80, 3, 0.8
"""A byte beyond ASCII; so many of them, and the share of them that are Arabic letters, tell an Arabic text."""


def hidden(text: str) -> str | None:
    """Return the code (`U+200B`) of the first character of a text that cannot be seen, or None."""
    match = re.search(UNSEEN, text)
    return _code(match.group()) if match else None


_NOTHING = re.compile(
    r"[-–—.?…_/]+|n[./]a\.?|tb[acd]|todo|none|null|nil|to be (?:confirmed|defined|determined)"
    r"|néant|s\.o\.|sans objet|à (?:confirmer|définir|déterminer|préciser)|غير محدد|لا يوجد|لا ينطبق|يحدد لاحقا",
    re.IGNORECASE,
)
"""What people write where they know nothing; not NA, which is Namibia."""


@lru_cache(maxsize=1 << 14)
def says_nothing(text: str) -> bool:
    """Return whether a text stands where there is no value: n/a, a dash, to be confirmed."""
    return _NOTHING.fullmatch(text.strip()) is not None


class Places:
    """Turns character offsets of one text into lines and columns."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __call__(self, offset: int) -> Where:
        """Return the place of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return made(Where, (self.file, line, offset - self._starts[line - 1] + 1, ""))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


MAX_DEPTH = 40
"""Nesting beyond which a file is refused."""


made = tuple.__new__
"""Makes a named tuple of all of its values, where there are many: its class takes twice the time."""


class Scalar(NamedTuple):
    """A piece of text as it was typed; `quoted` tells `"2024"` from `2024`."""

    text: str
    where: Where
    quoted: bool = False


@dataclass(unsafe_hash=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(unsafe_hash=True, slots=True)
class Fields:
    """A mapping, in the order of the file; keys are unique."""

    fields: tuple[tuple[Scalar, Node], ...]
    where: Where

    def get(self, *names: str) -> Node | None:
        """Return the value under the first of `names` that is there."""
        for name in names:
            for key, value in self.fields:
                if key.text == name:
                    return value
        return None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.fields)


Node = Scalar | Items | Fields


def scalar(text: str) -> Scalar:
    """Return a value that stands in no file."""
    return Scalar(text, Where(""))


def fields(pairs: Iterable[tuple[str, Node]]) -> Fields:
    """Return words with their values that stand in no file."""
    return Fields(tuple((scalar(word), node) for word, node in pairs), Where(""))


def some(nodes: Sequence[Node]) -> Node:
    """Return the one node, or the list of several."""
    return nodes[0] if len(nodes) == 1 else Items(tuple(nodes), Where(""))


def listed(node: Node) -> tuple[Node, ...]:
    """Return the items of a list, or the node itself as the only one."""
    return node.items if isinstance(node, Items) else (node,)


def without(wrong: Collection[Where], tree: Node) -> Node:
    """Return a tree without the words and values that stand at some places."""
    if isinstance(tree, Items):
        return Items(tuple(without(wrong, item) for item in tree.items if item.where not in wrong), tree.where)
    if isinstance(tree, Scalar):
        return tree
    kept = ((key, value) for key, value in tree if key.where not in wrong and value.where not in wrong)
    left = ((key, value, without(wrong, value)) for key, value in kept)
    return Fields(
        tuple((key, rest) for key, value, rest in left if value == rest or rest != Fields((), rest.where)), tree.where
    )


def nodes(tree: Node) -> Iterator[Node]:
    """Yield the words and values of a tree."""
    yield tree
    for node in tree.items if isinstance(tree, Items) else ():
        yield from nodes(node)
    for key, value in tree if isinstance(tree, Fields) else ():
        yield key
        yield from nodes(value)


_LOOKED_FOR = 100


class Texts(UserDict[str, str]):
    """What files look like, by their names; what is large is kept elsewhere, and given as UTF-8 when asked for."""

    def keep(self, name: str, text: Callable[[], bytes]) -> None:
        """Take what gives a text as UTF-8."""
        self.data[name] = text  # type: ignore[assignment]

    def __getitem__(self, name: str) -> str:
        text: str | Callable[[], bytes] = self.data[name]  # what `lines` puts in place of a text
        return text if isinstance(text, str) else text().decode()


class Record(NamedTuple):
    """What one source says of one thing, and of the things that stand inside it."""

    source: str
    thing: str
    where: Where
    subjects: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """All that was found in one or more files; `texts` holds what each file, or sheet of a workbook, looks like.

    `heads` says where a thing begins, by its text in N-Triples, where that is not at the first statement about it.
    """

    statements: Stated = field(default_factory=Stated)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: Texts = field(default_factory=Texts, repr=False)
    heads: dict[str, Where] = field(default_factory=dict, repr=False)
    _alike: dict[str, str] = field(default_factory=dict, repr=False)

    def add(self, other: Reading) -> None:
        """Take over everything that `other` holds."""
        self.statements.add(other.statements)
        self.records += other.records
        self.problems += other.problems
        self.texts |= other.texts
        self.heads = other.heads | self.heads

    def alike(self, word: str, known: Iterable[str]) -> str:
        """Return the known word nearest to a wrong one; it is looked for no more after a hundred different ones."""
        if word not in self._alike and len(self._alike) < _LOOKED_FOR:
            self._alike[word] = nearest(word, known)
        return self._alike.get(word, "")

    def stated(self) -> Iterator[Row]:
        """Yield the statements as texts, each with its place."""
        return self.statements.rows()

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements without their places."""
        return (statement.quad for statement in self.statements)
