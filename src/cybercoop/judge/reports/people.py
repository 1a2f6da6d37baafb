"""The verdict for people, record by record, first causes first: on a terminal, as Markdown, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from cybercoop.documents import (
    CHOICE,
    CODE,
    NAME,
    STRONG,
    Block,
    Heading,
    Item,
    Line,
    Paragraph,
    Text,
    filled,
    text,
)
from cybercoop.documents import Excerpt as Pointed
from cybercoop.judge.root_causes import group
from cybercoop.problems.problem import (
    ERROR,
    SHOWN,
    Excerpt,
    Problem,
    Where,
    help_link,
    in_language,
    listed,
    sentence,
    visible,
)

if TYPE_CHECKING:
    from cybercoop.judge.verdict import Report


def summary(report: Report, lang: str, hidden: Sequence[Problem] = ()) -> str:
    """Return how many problems there are, shown or hidden, in how many records, and where to begin."""
    every = [*report.problems, *hidden]
    if not every:
        counts = {name: value for name, value in report.to_dict().items() if name != "problems"}
        return sentence("conforms", lang, **counts)
    groups = {group(found) for found in every}
    read = {each.file for each in groups if each.line}
    bad = max(sum(1 for each in groups if each.line or each.file not in read), report.records - report.fine)
    said = sentence(
        "found",
        lang,
        problems=len(every),
        errors=sum(found.severity == ERROR for found in every),
        warnings=sum(found.severity != ERROR for found in every),
        bad=bad,
        records=report.fine + bad,
        fine=report.fine,
        first=every[0].where,
    )
    more = sentence("found-more", lang, count=len(hidden), shown=len(report.problems))
    return f"{said} {more}" if hidden else said


def by_record(report: Report) -> list[tuple[str, Where, list[Problem]]]:
    """Return the problems of each record with its name, or that of its file, and where it begins."""
    found = []
    for where, problems in groupby(report.problems, key=group):
        every = list(problems)
        things = [one.thing for one in every if one.thing and one.record]
        found.append((things[0] if things else where.file, where, every))
    return found


def folded(report: Report) -> tuple[Report, dict[int, list[Problem]]]:
    """Return a report that people can read, and by the identity of each of its problems those that it stands for.

    One cause in many records (an unknown name in each row of a table) is told once, at its first place, and so is a
    code with many causes after the first few of these.
    """
    same: dict[tuple[object, ...], list[Problem]] = {}
    for found in report.problems:
        same.setdefault((found.code, found.property, found.value, found.severity), []).append(found)
    alike: dict[str, list[list[Problem]]] = {}
    for problems in same.values():
        several = [problems] if len(problems) > _FLOOD else [[found] for found in problems]
        alike.setdefault(problems[0].code, []).extend(several)
    kept: list[Problem] = []
    others: dict[int, list[Problem]] = {}
    for causes in alike.values():
        shown = causes if len(causes) <= _FLOOD else causes[:_FIRST]
        for problems in shown:
            kept.append(problems[0])
            others[id(problems[0])] = problems[1:]
        others[id(shown[-1][0])] += [found for problems in causes[len(shown) :] for found in problems]
    order = {id(found): number for number, found in enumerate(report.problems)}
    kept.sort(key=lambda found: order[id(found)])
    return replace(report, problems=tuple(kept)), others


_FLOOD, _FIRST = 10, 3
"""How many like problems are told one by one; of more, how many causes, and how many places of the rest."""


def item(found: Problem, lang: str, *more: Line, rest: Sequence[Problem] = ()) -> Item:
    """Return a problem as an item: place, severity and code; what is wrong; its line; the value; the cure; `more`.

    `rest` are the problems that it stands for as well.
    """
    if rest:
        places = listed((each.where for each in rest[:_FIRST]), lang)
        told = filled(sentence("and-as-often", lang, count=len(rest), places="\0"), Text(places, CODE))
        return Item([*_lines(found, lang), told, *more], found.severity)
    return Item([*_lines(found, lang), *more], found.severity)


def _lines(found: Problem, lang: str) -> Iterator[Line | Pointed]:
    message = in_language(found.message, lang)
    severity = Text(sentence("severity-" + found.severity, lang), STRONG)
    yield [*_place(found), "  ", severity, "  ", Text(found.code, CODE, href=help_link(found.code))]
    yield [message]
    if found.excerpt is not None and found.excerpt.line.strip():
        yield pointed(found, lang)
    if found.value and found.value not in message:
        yield filled(sentence("value-found", lang, value="\0"), Text(visible(found.value), NAME))
    if found.nearest and not found.mend:
        yield filled(sentence("did-you-mean", lang, nearest="\0"), Text(found.nearest, NAME))
    yield [found.remedy(lang)]
    for choice in found.chosen(lang):
        yield [Text(choice, CHOICE)]
    most = len(found.follows) if found.code == "record-replaces" else _FLOOD
    for after in found.follows[:most]:
        said = sentence("follows", lang, where="\0", name="\1", message=in_language(after.message, lang))
        yield filled(said, *_place(after), Text(after.code, CODE))
    if rest := found.follows[most:]:
        places = listed((each.where for each in rest[:_FIRST]), lang)
        yield filled(sentence("and-follows", lang, count=len(rest), places="\0"), Text(places, CODE))


def _place(found: Problem) -> Line:
    return [Text(str(found.where), CODE)]


def pointed(found: Problem, lang: str) -> Pointed:
    """Return the line that a problem points into, from not too far before the place to not too far after it."""
    assert found.excerpt is not None
    line, column, title = found.excerpt
    start = max(column - SHOWN // 2, 0)
    place = column - 1 - start
    shown = visible(line[start:].replace("\t", " ").rstrip()).ljust(place)
    title = sentence("in-column", lang, title=visible(title)) if title else ""
    return Pointed(shown[:place], shown[place : place + 1], shown[place + 1 :], title)


def write_text(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as text."""
    parts = []
    short, others = folded(report)
    for name, _, problems in by_record(short):
        parts.append(text.write([Heading(1, [f"── {name}"])], lang))
        parts += [f"{said(found, lang, rest=others.get(id(found), ()))}\n" for found in problems]
    in_text = (found for found in report.problems if found.mend and not found.where.cell)
    promise = [[sentence("try-mends", lang)]] if any(in_text) else []
    end = [[summary(report, lang, hidden)], *promise]
    return "\n".join([*parts, text.write([Paragraph(end)], lang)])


def said(found: Problem, lang: str, source_line: str | None = None, *, rest: Sequence[Problem] = ()) -> str:
    """Return a problem as text, and where to read more; `source_line` is the line of a text that was typed.

    Arabic lines carry marks of direction, so that paths and codes stay whole in a terminal that lays out text.
    """
    if found.excerpt is None and source_line:
        found = found._replace(excerpt=Excerpt(source_line, found.where.column))
    see = filled(sentence("see", lang, help="\0"), Text(help_link(found.code), CODE))
    return text.write([item(found, lang, see, rest=rest)], lang).rstrip("\n")


def write_markdown(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as Markdown; Arabic stands in a block that runs from right to left."""
    from cybercoop.documents import markdown

    blocks: list[Block] = [Paragraph([[summary(report, lang, hidden)]])]
    short, others = folded(report)
    for name, where, problems in by_record(short):
        blocks.append(Heading(3, [f"{name} (", Text(str(where), CODE), ")"]))
        blocks += [item(found, lang, rest=others.get(id(found), ())) for found in problems]
    return markdown.write(blocks, lang)


_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h2 { font-size: 1.1rem; border-block-end: 1px solid #767676 }
li { list-style: none; margin-block: 1rem; padding-inline-start: .75rem; border-inline-start: .3rem solid #767676 }
ul { padding: 0 } li.error { border-color: #a4000f } li.warning { border-color: #8a5a00 }
code, pre { font-family: ui-monospace, monospace; unicode-bidi: isolate }
pre { direction: ltr; text-align: left; overflow-x: auto; background: #f4f4f4; padding: .5rem }
mark { background: #ffd54d } p { margin: .25rem 0 }
"""


def write_html(report: Report, lang: str, hidden: Sequence[Problem]) -> str:
    """Return the report as HTML."""
    from cybercoop.documents import html

    blocks: list[Block] = [Heading(1, [summary(report, lang, hidden)])]
    short, others = folded(report)
    for name, where, problems in by_record(short):
        place = [" ", Text(str(where), CODE)] if name != str(where) else []
        blocks += [
            Heading(2, [Text(name, NAME), *place]),
            *(item(found, lang, rest=others.get(id(found), ())) for found in problems),
        ]
    return html.page("cybercoop validate", _STYLE, html.write(blocks), lang)
