"""YAML read strictly: every scalar stays what was typed, and nothing is said twice or by reference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import yaml

from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records.broken import STRANGE_SPACE, of_yaml, spaced
from cybercoop.records.reading import MAX_DEPTH, Fields, Items, Node, Places, Reading, Scalar, Unreadable, hidden, made
from cybercoop.records.records import read_records
from cybercoop.terms.context import Context

_TAB = re.compile(r"^ *\t", re.MULTILINE)


def read(text: str, file: str, context: Context, _form: str = "yaml") -> Reading:
    """Return what the records of a YAML file say."""
    trees, problems = documents(text, file)
    reading = read_records(trees, file, context)
    reading.problems += problems
    return reading


def events(text: str) -> Iterator[yaml.Event]:
    """Yield what the parser finds in a text, with its places (YAML 1.1, 3.1); raises `yaml.YAMLError`."""
    return iter(getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text).get_event, None)


def documents(text: str, file: str) -> tuple[list[Node], list[Problem]]:
    """Return the documents of a YAML file as trees; a file that cannot be read gives one problem instead."""
    if tab := _TAB.search(text):
        return [], [problem("yaml-tab", Places(text, file)(tab.end() - 1))]
    builder = _Builder(file)
    try:
        builder.take(events(text))
    except Unreadable as error:
        return [], [error.problem]
    except yaml.MarkedYAMLError as error:
        found = of_yaml(error, text, file)
        if found.code != "yaml-space":
            return [], [found]
        trees, more = documents(_plainly_spaced(text, found.where), file)  # the rest of it is read as it is meant
        return trees, [found] if not trees and len(more) == 1 else [found, *more]
    except yaml.YAMLError as error:
        return [], [problem("yaml-syntax", Where(file, 1, 1), value=str(error))]
    return builder.done, builder.problems


def _plainly_spaced(text: str, where: Where) -> str:
    """Return a text with a plain space at a place, so that all others stay where they are."""
    lines = text.split("\n")
    line, at = lines[where.line - 1], where.column - 1
    lines[where.line - 1] = f"{line[:at]} {line[at + 1 :]}"
    return "\n".join(lines)


class _Builder:
    """Makes trees from the parser's events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.done: list[Node] = []
        self.problems: list[Problem] = []
        self.stack: list[tuple[list[Node], Where, bool]] = []

    def take(self, events: Iterable[yaml.Event]) -> None:
        """Add what events bring; raises `Unreadable` where nothing sound can come of the file."""
        file, stack, into = self.file, self.stack, self.done
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                mark = event.start_mark
                where = made(Where, (file, mark.line + 1, mark.column + 1, "") if mark else (file, 1, 1, ""))
                if event.anchor:
                    raise Unreadable(problem("yaml-alias", where, value=str(event.anchor)))
                if isinstance(event, yaml.ScalarEvent):
                    style, text = event.style, event.value
                    if event.tag:
                        raise Unreadable(problem("yaml-tag", where, value=str(event.tag)))
                    if style == '"' and (character := hidden(text)):  # an escape: all else was seen in the text
                        raise Unreadable(problem("hidden-character", where, value=character))
                    into.append(made(Scalar, (text, where, style == "'" or style == '"')))
                elif isinstance(event, yaml.CollectionStartEvent):
                    if event.tag:
                        raise Unreadable(problem("yaml-tag", where, value=str(event.tag)))
                    if len(stack) >= MAX_DEPTH:
                        raise Unreadable(problem("too-deep", where, value=str(MAX_DEPTH)))
                    stack.append((into, where, isinstance(event, yaml.MappingStartEvent)))
                    into = []
            elif isinstance(event, yaml.CollectionEndEvent):
                parts, (into, start, is_mapping) = into, stack.pop()
                into.append(self._fields(parts, start) if is_mapping else Items(tuple(parts), start))

    def _fields(self, parts: list[Node], where: Where) -> Fields:
        fields: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(problem("yaml-key", key.where))
            elif strange := STRANGE_SPACE.search(key.text):
                self.problems.append(spaced(strange[0], key.where._replace(column=key.where.column + strange.start())))
            elif key.text in fields:
                first = fields[key.text][0].where
                self.problems.append(problem("duplicate-key", key.where, value=key.text, first=str(first.line)))
            else:
                fields[key.text] = (key, value)
        return Fields(tuple(fields.values()), where)
