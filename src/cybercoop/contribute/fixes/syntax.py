"""What may mend a text that cannot be read as what it is: edits by the code of the problem, still to be judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from cybercoop.problems.problem import Edit, Problem, Where
from cybercoop.records.broken import STRANGE_SPACE
from cybercoop.records.layout import plain
from cybercoop.records.reading import Places
from cybercoop.terms.names import ID, PREFIXES, SCHEMES

Repair = tuple[str, list[Edit]]
"""The sentence that says what is done, and the edits."""

_TABBED = re.compile(r"^ *\t[ \t]*", re.MULTILINE)
_WORD = re.compile(r"(?:(?P<flow>[{,])|^)\s*(?:- +)*(?P<word>[\w@-]+):\s+")
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*"
_TEXT = re.compile(rf"[{{,]\s*{_LANGUAGE}:\s+(?=\S)")
_MARKS = "'\"[{&*|>"
"""What a value begins with that is more than a plain one (YAML 1.1, 5.3)."""
_NEXT = re.compile(rf"\s*(?:,\s*{_LANGUAGE}:\s|\}})")
_DECLARED = re.compile(r"""(?i:@?prefix\s+)(\w+):\s*<([^<>\s]*)>|"(\w+)"\s*:\s*"([^"\s]*[/#])\"""")


def repairs(found: Problem, text: str) -> Iterator[Repair]:
    """Yield what may mend a problem of the text as such, the likeliest first."""
    repair = _BY_CODE.get(found.code)
    if repair is not None:
        yield from repair(found, text)


def _line(found: Problem, text: str) -> str:
    return text.split("\n")[found.where.line - 1]


def _spaced(found: Problem, text: str) -> Iterator[Repair]:
    """Yield a plain space for each strange one that stands together, and nothing; first what fits the line above."""
    *_, above, line = ["", *text.split("\n")[: found.where.line]]
    if match := re.compile(f"{STRANGE_SPACE.pattern}+").match(line, found.where.column - 1):
        indented = not line[: match.start()].strip()
        fits = above.rstrip().endswith(":") or len(above) - len(above.lstrip(" ")) == match.end()
        spaces = " " * len(match[0])
        for new in ("", spaces) if indented and not fits else (spaces, ""):
            yield "mend-yaml-space", [Edit(found.where, len(match[0]), new)]


def _doubled(found: Problem, text: str) -> Iterator[Repair]:
    """Yield a second apostrophe beside each one inside a word, up to the one that closes the text."""
    line = _line(found, text)
    edits = []
    for match in re.compile("'").finditer(line, found.where.column - 1):
        if not re.fullmatch(r"\w'\w", line[max(match.start() - 1, 0) : match.end() + 1]):
            break
        edits.append(Edit(found.where._replace(column=match.start() + 1), 1, "''"))
    if edits:
        yield "mend-yaml-quote", edits


def _indented(found: Problem, text: str) -> Iterator[Repair]:
    """Yield two spaces for each tab at the head of a line, and nothing for it."""
    place = Places(text, found.where.file)
    for spaces in ("  ", ""):
        heads = [(place(match.start()), match[0]) for match in _TABBED.finditer(text)]
        yield "mend-yaml-tab", [Edit(where, len(head), head.replace("\t", spaces)) for where, head in heads]


def _quoted(found: Problem, text: str) -> Iterator[Repair]:
    """Yield quotation marks around a value on one line that has a colon in it, in braces around each such value there.

    In braces the text of a language goes up to the next language. What stands before the colon is no language itself:
    braces may be all that is missing.
    """
    line, colon = _line(found, text), found.where.column - 1
    words = [match for match in _WORD.finditer(line) if match.end() <= colon]
    if not words:
        return
    start = words[-1].end()
    if re.fullmatch(_LANGUAGE, line[start:colon].strip()):
        if not words[-1]["flow"] and not re.search("[{}\\[\\]\"'#]", line):
            edit = Edit(
                found.where._replace(column=start + 1), len(line.rstrip()) - start, f"{{{line[start:].rstrip()}}}"
            )
            yield "mend-yaml-braces", [edit]
        return
    if not words[-1]["flow"]:
        values = [] if " #" in line else [(start, len(line.rstrip()))]
    else:
        ends = ((match.end(), _NEXT.search(line, match.end())) for match in _TEXT.finditer(line))
        values = [(begun, after.start()) for begun, after in ends if after]
    edits = [
        Edit(found.where._replace(column=begun + 1), stop - begun, plain(line[begun:stop]))
        for begun, stop in values
        if line[begun] not in _MARKS and re.search(r":\s", line[begun:stop])
    ]
    if edits:
        yield "mend-yaml-colon", edits


def _declared(found: Problem, text: str) -> Iterator[Repair]:
    """Yield the declaration of a prefix that everyone writes for the same vocabulary."""
    if namespace := PREFIXES.get(found.value or ""):
        yield "mend-rdf-head", [Edit(Where(found.where.file, 1, 1), 0, f"@prefix {found.value}: <{namespace}> .\n")]


def _based(found: Problem, text: str) -> Iterator[Repair]:
    """Yield the base of our addresses for a file that has none."""
    yield "mend-rdf-head", [Edit(Where(found.where.file, 1, 1), 0, f"@base <{ID}> .\n")]


def _ended(found: Problem, text: str) -> Iterator[Repair]:
    """Yield a full stop, and a semicolon, after the last word before the place where one is missing."""
    for mark in (".", ";"):
        yield "mend-rdf-end", [Edit(found.where, 0, f" {mark}")]


@lru_cache(maxsize=8)
def _secured(text: str) -> list[tuple[int, str, str]]:
    """Return where `http` stands before our namespace or that of schema.org, what is there, and what belongs there."""
    pairs = SCHEMES.items()
    return [(match.start(), old, new) for old, new in pairs for match in re.finditer(re.escape(old), text)]


@lru_cache(maxsize=8)
def _declared_anew(text: str) -> list[tuple[int, str, str]]:
    """Return where prefixes are declared to mean another namespace than theirs, that one, and theirs."""
    named = ((match, 2 if match[1] else 4) for match in _DECLARED.finditer(text))
    known = ((match.start(number), match[number], PREFIXES.get(match[number - 1])) for match, number in named)
    return [(start, old, new) for start, old, new in known if new and old != new]


def _everywhere(
    code: str, changes: Callable[[str], list[tuple[int, str, str]]]
) -> Callable[[Problem, str], Iterator[Repair]]:
    """Return the repair that makes all such changes of a text."""

    def repair(found: Problem, text: str) -> Iterator[Repair]:
        if wrong := changes(text):
            place = Places(text, found.where.file)
            yield code, [Edit(place(start), len(old), new) for start, old, new in wrong]

    return repair


_of_our_scheme = _everywhere("mend-scheme", _secured)
_of_our_vocabulary = _everywhere("mend-rdf-prefix", _declared_anew)

_BY_CODE: dict[str, Callable[[Problem, str], Iterator[Repair]]] = {
    "http-address": _of_our_scheme,
    "not-a-source": _of_our_vocabulary,
    "rdf-base": _based,
    "rdf-end": _ended,
    "rdf-prefix": _declared,
    "rdf-without-source": _of_our_vocabulary,
    "record-without-type": _of_our_vocabulary,
    "unknown-class": _of_our_vocabulary,
    "unknown-term": _of_our_vocabulary,
    "yaml-colon": _quoted,
    "yaml-quote": _doubled,
    "yaml-space": _spaced,
    "yaml-tab": _indented,
}
