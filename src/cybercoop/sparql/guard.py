"""What a free query may not do, seen in its tokens before it runs: leave the graph, change it, nest without end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.terms.names import BASE, QUERY_PREFIXES

MAX_CHARACTERS = 100_000
"""The longest query that is read."""

MAX_DEPTH = 100
"""How deep brackets may stand in each other; the parsers of the engines recurse."""

UPDATES = frozenset(["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE"])

_LETTER = r"A-Za-z\u00c0-\u00d6\u00d8-\u02ff\u0370-\u1fff\u200c\u200d\u2070-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_LOCAL = rf"(?:[\w{_LETTER}:-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])"
_TOKEN = re.compile(
    rf'''(?P<space>(?:\s|\#[^\r\n]*+)++)
  | (?P<string>"""(?:[^"\\]++|\\.|"(?!""))*+"""|\'\'\'(?:[^'\\]++|\\.|'(?!''))*+\'\'\'
      |"(?:[^"\\\r\n]++|\\.)*+"|'(?:[^'\\\r\n]++|\\.)*+')
  | (?P<iri><[^\x00-\x20<>"{{}}|\\^`]*+>)
  | (?P<variable>[?$][\w{_LETTER}\u00b7]++)
  | (?P<language>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+)
  | (?P<name>(?:[{_LETTER}][\w{_LETTER}.-]{{0,128}}+)?:(?:{_LOCAL}++(?:\.++{_LOCAL}++)*+)?)
  | (?P<word>[A-Za-z_]\w*+)
  | (?P<number>[0-9]++)
  | (?P<open>[({{\[]) | (?P<close>[)}}\]])
  | (?P<mark>.)
    ''',
    re.VERBOSE | re.DOTALL,
)
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_OPERANDS = frozenset({"iri", "variable", "language", "name", "word", "number", "string", "close"})

Token = re.Match[str]
"""One piece of a query: `lastgroup` is what it is."""


def look(text: str) -> None:
    """Raise `Refusal` with line and column where a query is too long or too deep, or would leave or change the graph.

    `<` may begin an IRI or compare, and only a whole parser knows which: every reading is looked at. A keyword needs
    no space beside it, so that SERVICE is found inside a longer word too.
    """
    if len(text) > MAX_CHARACTERS:
        raise refuse("query-too-long", Where("query"), value=f"{len(text):,}", limit=f"{MAX_CHARACTERS:,}")
    readings = [list(reading) for reading in _readings(text)]
    _measure(readings[0], text)
    prefixes = dict(QUERY_PREFIXES)
    for tokens in readings:
        prefixes |= _declared(tokens)
    for tokens in readings:
        for index, token in enumerate(tokens):
            if token.lastgroup == "word":
                _look_at_word(token, tokens[index + 1 : index + 3], prefixes, text)
            elif token.lastgroup == "name" and "SERVICE" in token.group().upper():
                _look_at_name(token, tokens[index + 1 : index + 2], prefixes, text)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query in its first reading, without spaces and comments."""
    return next(_readings(text))


def _declared(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield each prefix that a query declares, with what it stands for."""
    for keyword, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keyword.group().upper() == "PREFIX" and iri.lastgroup == "iri":
            yield name.group()[:-1], iri.group()[1:-1]


def _look_at_word(token: Token, after: list[Token], prefixes: Mapping[str, str], text: str) -> None:
    word = token.group().upper()
    if word in UPDATES:
        raise _refused("query-refused", token, text, word)
    if "SERVICE" in word:
        raise _refused("query-refused", token, text, "SERVICE")
    if word in ("FROM", "FROMNAMED"):
        graph = next((token for token in after if token.group().upper() != "NAMED"), token)
        if not _iri(graph, prefixes).startswith(BASE):
            raise _refused("query-from-outside", graph, text, graph.group())


def _look_at_name(token: Token, after: list[Token], prefixes: Mapping[str, str], text: str) -> None:
    """Refuse a name in which a parser may read SERVICE and a shorter name: `SERVICEx:y { … }`."""
    prefix = token.group().partition(":")[0]
    if "SERVICE" in prefix.upper() and (prefix not in prefixes or [each.group() for each in after] == ["{"]):
        raise _refused("query-refused", token, text, "SERVICE")


def _iri(token: Token, prefixes: Mapping[str, str]) -> str:
    """Return the IRI that a token stands for, or an empty text."""
    if token.lastgroup == "iri":
        return token.group()[1:-1]
    prefix, _, local = token.group().partition(":")
    return prefixes.get(prefix, "") + local if token.lastgroup == "name" else ""


def _measure(tokens: list[Token], text: str) -> None:
    depth = 0
    for token in tokens:
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth > MAX_DEPTH:
            raise _refused("query-too-deep", token, text, str(MAX_DEPTH))


def _readings(text: str) -> Iterator[Iterator[Token]]:
    """Yield the tokens of a query, then those of each other reading, from where it parts to where it joins again."""
    waiting, seen = [0], set[int]()
    while waiting:
        yield _tokens(text, waiting.pop(), seen, waiting)


def _tokens(text: str, start: int, seen: set[int], waiting: list[int]) -> Iterator[Token]:
    """Yield tokens up to a place that was read before; where `<…>` may be two things, note the other reading."""
    offset, operand = start, False
    while offset < len(text) and offset not in seen:
        seen.add(offset)
        match = _TOKEN.match(text, offset)
        if match is None:
            return
        offset, kind = match.end(), match.lastgroup
        if kind == "iri" and operand and not _ABSOLUTE.match(match.group()):
            waiting.append(match.start() + 1)
        if kind != "space":
            operand = kind in _OPERANDS
            yield match


def _refused(code: str, token: Token, text: str, value: str) -> Refusal:
    line = text.count("\n", 0, token.start()) + 1
    start = text.rfind("\n", 0, token.start()) + 1
    shown = text[start:].split("\n", 1)[0]
    return refuse(code, Where("query", line, token.start() - start + 1), line=shown, value=value)
