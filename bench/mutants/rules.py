"""Every way to weaken one rule across records: its query without one pattern, one filter or one part of a filter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(r"""<[^<>\s]*>|"[^"]*"(?:@\w+)?|[$?]\w+|[\w-]*:[\w-]+(?:\.[\w-]+)*|\w+|[<>!]=|&&|\|\||[^\s\w]""")
STEPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "!=": "=", "=": "!="}
STARTS = ("FILTER", "OPTIONAL", "{")
KEYWORDS = ("FILTER", "OPTIONAL", "NOT", "EXISTS")


@dataclass
class Group:
    """What stands between two braces: patterns, filters and further groups, in order."""

    parts: list[Part] = field(default_factory=list)

    def text(self) -> str:
        """Return the group as SPARQL."""
        return "{ " + " ".join(part.text() for part in self.parts) + " }"


@dataclass
class Part:
    """A triple pattern, a filter, or a group of its own, with the keyword before it if there is one."""

    words: list[str]
    group: Group | None = None

    def text(self) -> str:
        """Return the part as SPARQL."""
        words = re.sub(r" ?([(),/]) ?", r"\1", " ".join(self.words))
        return words + (f" {self.group.text()}" if self.group else "" if self.is_filter else " .")

    @property
    def is_filter(self) -> bool:
        """Whether it is a filter on values."""
        return self.group is None and self.words[0] == "FILTER"

    @property
    def shown(self) -> str:
        """How documents write it."""
        text = " ".join(self.words) + (f" {self.group.text()}" if self.group else "")
        text = re.sub(r"https?://\S+/(?=[\w-]+>)", "", text)
        return re.sub(r" ?([(),/*^]) ?", r"\1", text).replace(",", ", ").strip()


def weaker_rules(select: str) -> Iterator[tuple[str, str]]:
    """Yield what is changed, and the query with the change made.

    The pattern that names the class of `$this` stays: house style asks for it, and the targets of the shape, which
    are changed elsewhere, say the same.
    """
    head, _, rest = select.partition("{")
    group = _group(_tokens("{" + rest))
    for what in _changes(group, top=True):
        yield what, f"{head.strip()} {group.text()}"


def _changes(group: Group, *, top: bool = False) -> Iterator[str]:
    """Make each change in turn, yield what it is, and take it back."""
    for number, part in enumerate(list(group.parts)):
        if not (top and number == 0):
            del group.parts[number]
            yield f"without {part.shown}"
            group.parts.insert(number, part)
        if part.group:
            for what in _changes(part.group):
                yield f"{' '.join(part.words) or 'group'}: {what}"
        words = part.words
        for changed in _weaker_filters(words) if part.is_filter else _weaker_paths(words) if number or not top else ():
            before = part.shown
            part.words = changed
            yield f"{before} → {part.shown}"
            part.words = words


def _weaker_filters(words: list[str]) -> Iterator[list[str]]:
    for at, word in enumerate(words):
        if word in STEPS:
            yield [*words[:at], STEPS[word], *words[at + 1 :]]
        if word == "CONCAT":
            yield [*words[:at], *words[at + 2 : _closing(words, at + 1) - 2], *words[_closing(words, at + 1) + 1 :]]
        if word == "IN":
            end = _closing(words, at + 1)
            members = [member for member in words[at + 2 : end] if member != ","]
            for gone in members:
                kept = [member for member in members if member != gone]
                yield [*words[: at + 2], *", ".join(kept).replace(",", " ,").split(), *words[end:]]


def _weaker_paths(words: list[str]) -> Iterator[list[str]]:
    for at, word in enumerate(words):
        if word == "*":
            yield [*words[:at], *words[at + 1 :]]


def _closing(words: list[str], start: int) -> int:
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if not depth:
            return at
    raise ValueError(f"a bracket stays open in {' '.join(words)}")


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(text)[::-1]


def _group(tokens: list[str]) -> Group:
    """Read a group off the end of the reversed tokens."""
    group = Group()
    tokens.pop()
    while tokens[-1] != "}":
        if tokens[-1] in STARTS:
            group.parts.append(_group_or_filter(tokens))
        elif (word := tokens.pop()) != ".":
            group.parts += _triples(word, tokens)
    tokens.pop()
    return group


def _group_or_filter(tokens: list[str]) -> Part:
    words: list[str] = []
    while tokens[-1] in KEYWORDS:
        words.append(tokens.pop())
    if tokens[-1] == "{":
        return Part(words, _group(tokens))
    depth = 0
    while True:
        words.append(tokens.pop())
        depth += (words[-1] == "(") - (words[-1] == ")")
        if not depth:
            return Part(words)


def _triples(subject: str, tokens: list[str]) -> list[Part]:
    """Read the triple patterns of one subject, `;` and `,` written out."""
    found: list[Part] = []
    verb: list[str] = []
    words: list[str] = []
    while True:
        if tokens[-1] not in (".", ";", ",", "}", *STARTS):
            words.append(tokens.pop())
            continue
        verb = words[:-1] or verb
        found.append(Part([subject, *verb, words[-1]]))
        words = []
        if tokens[-1] not in (";", ","):
            return found
        tokens.pop()
