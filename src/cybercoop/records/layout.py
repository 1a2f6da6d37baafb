"""Records written the one way: order of words, quotation marks, spaces, dates; comments stay."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import yaml

from cybercoop.documents import csv
from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import SUFFIXES, table
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.reading import Items, Node, Scalar, decode
from cybercoop.records.table import SEPARATOR
from cybercoop.terms.context import Context
from cybercoop.terms.literals import date_type
from cybercoop.terms.names import XSD

Place = Callable[[str], int]
"""Gives the place of a word in the order in which the words of a record stand."""

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SPECIAL = re.compile(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|[\n\r\t]|: |:$| #|\s$|^$|^---|^\.\.\.")
_IN_BRACKETS = re.compile(r"[,\[\]{}]")
_KEY = re.compile(r"[^\s#\-\[{][^\n]*?:(?:\s|$)|\"[^\"]*\":|'[^']*':")
_MARK = re.compile(r"^---[ \t]*$", re.MULTILINE)


def tidied(data: bytes, file: str, context: Context, place: Place) -> tuple[bytes, list[Problem]]:
    """Return the content of a file as it is written here; with problems, where it cannot be read, as it was.

    Formatting twice gives what formatting once gives. Formats other than YAML and CSV are left as they are.
    """
    suffix = SUFFIXES.get(PurePath(file).suffix.lower())
    if suffix is None or suffix.name not in ("yaml", "csv"):
        return data, []
    text, problems = decode(data, file)
    if problems:
        return data, problems
    documents = yaml_reader.documents if suffix.name == "yaml" else table.documents
    before, problems = documents(text, file)
    if problems:
        return data, problems
    after = _yaml(text, context, place) if suffix.name == "yaml" else _csv(text, context)
    same = [_content(tree, context) for tree in documents(after, file)[0]] == [
        _content(tree, context) for tree in before
    ]
    return (after.encode() if same else data), []


@dataclass(frozen=True, slots=True)
class Tidied:
    """What formatting files gives: their contents before and after, and what could not be read."""

    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]
    problems: tuple[Problem, ...]

    @property
    def changed(self) -> list[Path]:
        """The files whose content changes."""
        return [path for path in self.after if self.after[path] != self.before[path]]

    def diff(self) -> str:
        """Return the changes as a unified diff."""
        return "".join(
            unified(str(path), self.before[path].decode("utf-8-sig"), self.after[path].decode())
            for path in self.changed
        )


def tidy(paths: Iterable[Path], context: Context, place: Place) -> Tidied:
    """Return files as they are written here; nothing is written yet."""
    before: dict[Path, bytes] = {}
    after: dict[Path, bytes] = {}
    problems: list[Problem] = []
    for path in paths:
        if not os.access(path, os.R_OK):
            problems.append(problem("file-missing", Where(str(path)), value=str(path)))
            continue
        before[path] = path.read_bytes()
        after[path], found = tidied(before[path], str(path), context, place)
        problems += found
    return Tidied(before, after, tuple(problems))


def span(event: yaml.Event) -> tuple[int, int]:
    """Return where in the text what an event stands for begins and ends."""
    begin, end = event.start_mark, event.end_mark
    return (begin.index, end.index) if begin is not None and end is not None else (0, 0)


def plain(text: str, *, in_brackets: bool = True) -> str:
    """Return a text as a YAML scalar: bare where it can stand so, within brackets or on a line of its own, else quoted.

    See https://yaml.org/spec/1.2.2/#733-plain-style.
    """
    if not _SPECIAL.search(text) and not (in_brackets and _IN_BRACKETS.search(text)):
        return text
    return '"' + text.translate(_ESCAPED) + '"'


def _content(node: Node, context: Context, word: str = "") -> object:
    """Return what a tree says, whatever the order of its words and the notation of its dates."""
    if isinstance(node, Scalar):
        return _dated(node.text, word, context)
    if isinstance(node, Items):
        return [_content(item, context, word) for item in node.items]
    return {key.text: _content(value, context, key.text) for key, value in node}


def _dated(text: str, word: str, context: Context) -> str:
    term = context.terms.get(word)
    if term is None or term.kind != XSD + "date" or date_type(text):
        return text
    from cybercoop.records.misread import stated_date

    return stated_date(text) or text


#### YAML ####


def _yaml(text: str, context: Context, place: Place) -> str:
    text = "".join(_respaced(text, context))
    parts = [_ordered(part, place) for part in _MARK.split(text)]
    kept = [part for part in parts if part.strip()]
    return "---\n".join(kept) if kept else text


def _respaced(text: str, context: Context) -> Iterator[str]:
    """Yield the text with single spaces, without needless quotation marks, and with dates in our notation."""
    done = 0
    for start, stop, new in sorted(_replacements(text, context)):
        if start >= done:
            yield text[done:start]
            yield new
            done = stop
    yield text[done:]


def _replacements(text: str, context: Context) -> Iterator[tuple[int, int, str]]:
    events = list(yaml_reader.events(text))
    blocks = []
    for number, event in enumerate(events):
        if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
            blocks.append(span(event))
        yield from _flow(events, number, text)
    yield from _scalars(events, text, context)
    for match in re.finditer(r"[ \t]+$", text, re.MULTILINE):
        if not any(start <= match.start() < stop for start, stop in blocks):
            yield match.start(), match.end(), ""


def _flow(events: list[yaml.Event], number: int, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield a list or mapping in brackets, if it stands on one line, as it is written here."""
    event = events[number]
    if not isinstance(event, yaml.CollectionStartEvent) or not event.flow_style:
        return
    end = _end(events, number)
    start, stop = span(event)[0], span(events[end])[1]
    if "\n" not in text[start:stop]:
        yield start, stop, _bracketed(events[number : end + 1])


def _end(events: list[yaml.Event], number: int) -> int:
    depth = 0
    for index in range(number, len(events)):
        depth += isinstance(events[index], yaml.CollectionStartEvent)
        depth -= isinstance(events[index], yaml.CollectionEndEvent)
        if depth == 0:
            return index
    return len(events) - 1


def _bracketed(events: list[yaml.Event]) -> str:
    event = events[0]
    if isinstance(event, yaml.ScalarEvent):
        return '""' if not event.value and event.style else plain(event.value) if event.value else ""
    parts, index = [], 1
    while index < len(events) - 1:
        end = _end(events, index) if isinstance(events[index], yaml.CollectionStartEvent) else index
        parts.append(_bracketed(events[index : end + 1]))
        index = end + 1
    if isinstance(event, yaml.SequenceStartEvent):
        return "[" + ", ".join(parts) + "]"
    return "{" + ", ".join(f"{key}: {value}".rstrip() for key, value in zip(parts[::2], parts[1::2], strict=True)) + "}"


def _scalars(events: list[yaml.Event], text: str, context: Context) -> Iterator[tuple[int, int, str]]:
    """Yield each scalar on one line that is better written otherwise, and the space after the colon before it."""
    stack: list[tuple[bool, str | None, bool]] = []
    key_end = -1
    for event in events:
        mapping, word, flow = stack[-1] if stack else (False, None, False)
        if (
            isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
            and mapping
            and word is not None
            and not flow
        ):
            gap = text[key_end : span(event)[0]]
            if re.fullmatch(r":[ \t]{2,}", gap):
                yield key_end, span(event)[0], ": "
        if isinstance(event, yaml.ScalarEvent):
            start, stop = span(event)
            new = _dated(event.value, next((key for _, key, _ in reversed(stack) if key), ""), context)
            if not flow and event.style not in ("|", ">") and "\n" not in text[start:stop].rstrip():
                shown = plain(new, in_brackets=False) if event.style and new else new
                if (event.style and new) or new != event.value:
                    yield start, start + len(text[start:stop].rstrip()), shown
            key_end = stop
            if mapping:
                stack[-1] = (True, event.value if word is None else None, flow)
        elif isinstance(event, yaml.CollectionStartEvent):
            stack.append((isinstance(event, yaml.MappingStartEvent), None, flow or bool(event.flow_style)))
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            if stack and stack[-1][0]:
                stack[-1] = (True, None, stack[-1][2])


def _ordered(document: str, place: Place) -> str:
    """Return a document with its words in order, each with the comment lines above it; the first of all stays first."""
    lines = document.strip("\n").split("\n")
    starts = [number for number, line in enumerate(lines) if _KEY.match(line)]
    if not starts:
        return document.strip("\n") + "\n"
    begins = [_with_comments(lines, number) for number in starts]
    begins[0] = starts[0]
    tail = len(lines)
    while tail > starts[-1] and (not lines[tail - 1].strip() or lines[tail - 1].startswith("#")):
        tail -= 1
    blocks = [lines[begin:end] for begin, end in zip(begins, [*begins[1:], tail], strict=True)]
    words = [re.split(r":(?:\s|$)", lines[start])[0].strip("'\" ") for start in starts]
    ranked = sorted(zip(words, blocks, strict=True), key=lambda pair: place(pair[0]))
    kept = [*lines[: starts[0]], *(line for _, block in ranked for line in block), *lines[tail:]]
    return "\n".join(kept).strip("\n") + "\n"


def _with_comments(lines: list[str], number: int) -> int:
    while number and lines[number - 1].startswith("#"):
        number -= 1
    return number


#### CSV ####


def _csv(text: str, context: Context) -> str:
    rows, _ = table.cells(text)
    plain_rows = [[_cell(cell.text) for cell in row] for row in rows if any(cell.text.strip() for cell in row)]
    words = plain_rows[0] if plain_rows else []
    return csv.lines([_dated(cell, word, context) for word, cell in zip(words, row, strict=True)] for row in plain_rows)


def _cell(text: str) -> str:
    return f" {SEPARATOR} ".join(part.strip() for part in text.split(SEPARATOR)).strip()


def unified(name: str, before: str, after: str) -> str:
    """Return the difference of two texts as a unified diff."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{name.lstrip('/')}", f"b/{name.lstrip('/')}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
