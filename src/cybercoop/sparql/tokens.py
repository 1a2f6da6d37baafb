"""The tokens of SPARQL 1.1 Query (https://www.w3.org/TR/sparql11-query/#sparqlGrammar, rules 139 to 173)."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING

from cybercoop.problems.problem import LANGUAGES, Refusal, Where, catalogue, refuse, sentence

if TYPE_CHECKING:
    from cybercoop.sparql.tree import Node

MAX_DEPTH = 100
"""How deep brackets may stand in each other; the parsers of the engines recurse, and so does ours."""

_LETTER = r"[^\x00-@\[-`{-\x7f]"
_NAME = r"[^\x00-,./:-@\[-^`{-\x7f]"
_FIRST = r"[^\x00-/:-@\[-^`{-\x7f]"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?\#@%-]"
_ECHAR = r"\\[tbnrf\\\"']"
_TOKEN = re.compile(
    rf'''(?:[ \t\r\n]++|\#[^\r\n]*+)*+(?:
    (?P<iri><[^\x00-\x20<>"{{}}|\\^`]*+>)
  | (?P<variable>[?$]{_FIRST}++)
  | (?P<string>"""(?:[^"\\]++|{_ECHAR}|""?+(?!"))*+"""|\'\'\'(?:[^'\\]++|{_ECHAR}|''?+(?!'))*+\'\'\'
      |"(?:[^"\\\r\n]++|{_ECHAR})*+"|'(?:[^'\\\r\n]++|{_ECHAR})*+')
  | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
  | (?P<blank>_:{_FIRST}(?:{_NAME}++|\.++(?={_NAME}))*+)
  | (?P<name>(?:{_LETTER}(?:{_NAME}|\.){{0,128}}+(?<!\.))?+:
      (?:(?:{_FIRST}|:|{_ESCAPED})(?:{_NAME}++|:|{_ESCAPED}|\.++(?=[:%\\]|{_NAME}))*+)?+)
  | (?P<word>[A-Za-z][A-Za-z0-9_]*+)
  | (?P<number>(?:[0-9]++(?:\.[0-9]*+(?=[eE][+-]?+[0-9])|\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+)
  | (?P<mark>\^\^|&&|\|\||[!<>]=|.)
  | (?P<end>\Z))''',
    re.VERBOSE | re.DOTALL,
)
"""Letters outside ASCII are any here; `_legal` looks at them."""
_CODEPOINT = r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})"


class Malformed(ValueError):
    """A text that is no query: at `offset`, `found` stands where `expected` is expected; lines and columns from 1."""

    def __init__(self, text: str, offset: int, found: str, expected: str) -> None:
        self.offset, self.found, self.expected = offset, found, expected
        self.line = text.count("\n", 0, offset) + 1
        self.column = offset - text.rfind("\n", 0, offset)
        self.shown = text[offset - self.column + 1 :].split("\n", 1)[0]
        super().__init__(f"line {self.line}, column {self.column}: {found} stands where {expected} is expected")

    def refusal(self, file: str, code: str = "query-syntax", value: str = "") -> Refusal:
        """Return the refusal of a query in a file, at this place."""
        where = Where(file, self.line, self.column)
        if value:
            return refuse(code, where, line=self.shown, value=value)
        parts = {lang: {"found": _said(self.found, lang), "expected": _said(self.expected, lang)} for lang in LANGUAGES}
        said = {lang: sentence("query-stands-where", lang, **each) for lang, each in parts.items()}
        return refuse(code, where, line=self.shown, value=said)


def _said(text: str, lang: str) -> str:
    """Return what stands or is expected somewhere in a language; tokens of the query in its quotation marks."""
    code = "query-expects-" + "-".join(re.findall("[a-z]+", re.sub("[0-9]+", "n", text.lower())))
    if not text.startswith("“") and code in catalogue()["sentences"]:
        return sentence(code, lang, count=next(iter(re.findall("[0-9]+", text)), ""))
    return _QUOTED[lang].format(text[1:-1]) if text.startswith("“") and text.endswith("”") else text


_QUOTED = {"en": "“{}”", "fr": "« {} »", "ar": "«{}»"}


class IsUpdate(Malformed):
    """A request of SPARQL 1.1 Update; `found` is the word that it begins with."""


class TooDeep(Malformed):
    """Brackets that stand in each other more than `MAX_DEPTH` deep."""


class Tokens:
    """The tokens of a text from left to right: what the one at hand is (`kind`), its text (`at`) and its start.

    Words are in capitals. `passed` is where the one before it ends.
    """

    def __init__(self, text: str) -> None:
        self.whole = text
        self.text, self.places = expanded(text)
        self.depth = self.next = self.passed = self.begin = self.start = 0
        self.kind = self.at = ""
        self.advance()

    def advance(self) -> None:
        """Pass the token at hand."""
        self.passed = self.next if self.places is None else self.places[self.next]
        found = _TOKEN.match(self.text, self.next)
        assert found  # a mark is any character
        kind = self.kind = found.lastgroup or ""
        self.at, self.next = found[kind], found.end()
        self.begin = self.next - len(self.at)
        self.start = self.begin if self.places is None else self.places[self.begin]
        if kind == "word":
            self.at = self.at if self.at == "a" else self.at.upper()
        elif kind == "mark":
            self.depth += (self.at in "({[") - (self.at in ")}]")
            if self.depth > MAX_DEPTH:
                raise TooDeep(self.whole, self.start, self.at, f"at most {MAX_DEPTH} open brackets")
        elif kind in ("name", "variable", "blank") and not self.at.isascii() and not _legal().fullmatch(self.at):
            raise self.wrong("a name")

    def operator(self) -> str:
        """Return the token behind an operand: there `<` compares, and no IRI begins."""
        if self.kind == "iri":
            self.kind, self.at = "mark", "<=" if self.at.startswith("<=") else "<"
            self.next = self.begin + len(self.at)
        return self.at

    def is_signed(self) -> bool:
        """Return whether a number stands right behind the token at hand."""
        behind = self.text[self.next : self.next + 2].removeprefix(".")[:1]
        return behind.isascii() and behind.isdecimal()

    def skip(self, token: str) -> bool:
        """Pass the token at hand if it is that one; return whether it is."""
        found = self.at == token
        if found:
            self.advance()
        return found

    def take(self, *tokens: str) -> None:
        """Pass the tokens at hand, which must be those."""
        for token in tokens:
            if not self.skip(token):
                raise self.wrong(f"“{token}”")

    def wrong(self, expected: str, node: Node | None = None) -> Malformed:
        """Return what is wrong with a node, or with the token at hand."""
        start, end = (node.start, node.end) if node else (self.start, self.place(self.next))
        found = f"“{self.whole[start : min(end, start + 40)]}{'…' if end > start + 40 else ''}”"
        return Malformed(self.whole, start, found if start < end else "the end", expected)

    def place(self, offset: int) -> int:
        """Return where a character stands in the text as it is written, with its escapes."""
        return offset if self.places is None else self.places[offset]


@cache
def _legal() -> re.Pattern[str]:
    """Return the pattern of names with letters outside ASCII; it takes as long to compile as a question to read."""
    base = (
        r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
        r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
    )
    inner = rf"{base}_0-9\u00b7\u0300-\u036f\u203f\u2040"
    label = rf"[{base}_0-9](?:[{inner}.-]*[{inner}-])?"
    local = rf"(?:[{base}_0-9:]|{_ESCAPED})(?:(?:[{inner}.:-]|{_ESCAPED})*(?:[{inner}:-]|{_ESCAPED}))?"
    return re.compile(rf"[?$][{base}_0-9][{inner}]*|_:{label}|(?:[{base}](?:[{inner}.-]*[{inner}-])?)?:(?:{local})?")


def expanded(text: str) -> tuple[str, list[int] | None]:
    """Return a text without codepoint escapes, and where each of its characters and its end stood.

    https://www.w3.org/TR/sparql11-query/#codepointEscape
    """
    if "\\" not in text:
        return text, None
    parts, places, place = list[str](), list[int](), 0
    for match in re.finditer(_CODEPOINT, text):
        code = int(match[1] or match[2], 16)
        if code > sys.maxunicode or 0xD800 <= code < 0xE000:
            raise Malformed(text, match.start(), f"“{match[0]}”", "a character")
        parts += [text[place : match.start()], chr(code)]
        places += range(place, match.start() + 1)
        place = match.end()
    return ("".join([*parts, text[place:]]), [*places, *range(place, len(text) + 1)]) if parts else (text, None)
