"""A problem as people read it, in every form alike: where, how grave, which; what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator

from cybercoop.documents.blocks import CHOICE, CODE, NAME, STRONG, Excerpt, Item, Line, Text, filled
from cybercoop.problems.problem import SHOWN, Problem, help_link, in_language, sentence, visible


def item(found: Problem, lang: str, *more: Line) -> Item:
    """Return a problem as an item: place, severity and code; what is wrong; its line; the value; the cure; `more`."""
    return Item([*_lines(found, lang), *more], found.severity)


def _lines(found: Problem, lang: str) -> Iterator[Line | Excerpt]:
    message = in_language(found.message, lang)
    severity = Text(sentence("severity-" + found.severity, lang), STRONG)
    yield [*_place(found), "  ", severity, "  ", Text(found.code, CODE, href=help_link(found.code))]
    yield [message]
    if found.excerpt is not None and found.excerpt.line.strip():
        yield _excerpt(found, lang)
    if found.value and found.value not in message:
        yield filled(sentence("value-found", lang, value="\0"), Text(visible(found.value), NAME))
    if certain := found.certain(lang):
        yield [certain]
    elif found.nearest:
        yield filled(sentence("did-you-mean", lang, nearest="\0"), Text(found.nearest, NAME))
    yield [in_language(found.cure, lang)]
    for choice in found.chosen(lang):
        yield [Text(choice, CHOICE)]
    for after in found.follows:
        said = sentence("follows", lang, where="\0", name="\1", message=in_language(after.message, lang))
        yield filled(said, *_place(after), Text(after.code, CODE))


def _place(found: Problem) -> Line:
    return [Text(str(found.where), CODE)]


def _excerpt(found: Problem, lang: str) -> Excerpt:
    """Return the line that a problem points into, from not too far before the place to not too far after it."""
    assert found.excerpt is not None
    line, column, title = found.excerpt
    start = max(column - SHOWN // 2, 0)
    place = column - 1 - start
    shown = visible(line[start:].replace("\t", " ").rstrip()).ljust(place)
    title = sentence("in-column", lang, title=visible(title)) if title else ""
    return Excerpt(shown[:place], shown[place : place + 1], shown[place + 1 :], title)
