"""Reports: a project's year and the briefing on a country, to be printed, as Markdown or for a word processor.

What is stated is listed with its sources as numbered notes. Nothing is added up but things that are counted once each:
head counts and amounts of money of several sources are no parts of one sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.documents import FOREIGN, Block, Heading, Item, Paragraph, Table, Text, docx, markdown
from cybercoop.interfaces.web.answers import DATED, grid, spans, years
from cybercoop.interfaces.web.cards import Grid, Notes, Shown, marked, said
from cybercoop.interfaces.web.explained import SECTIONS, explained
from cybercoop.interfaces.web.pages import Missing, answered, given, missing, refused, sent
from cybercoop.interfaces.web.site import Site, called
from cybercoop.problems.problem import Refusal, refuse
from cybercoop.terms import names

PARTS = {
    "project": (
        ("project-dates", "project"),
        ("project-funders", "project"),
        ("project-budgets", "project"),
        ("project-countries", "project"),
        ("project-outputs", "project"),
        ("project-activities", "project"),
        ("attendance", "activity"),
    ),
    "country": SECTIONS["Country"],
}
"""Kind → what a report holds: questions, each with the parameter that the thing, or its activities, are given to."""

TYPES = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Part(NamedTuple):
    """The answer to one question: its heading and its rows."""

    title: str
    grid: Grid


class Report(NamedTuple):
    """What is known of a thing in a year, or in all."""

    title: Shown
    year: str
    path: str
    iri: str
    facts: Sequence[str]
    parts: Sequence[Part]
    years: list[str]
    notes: Notes
    notices: Sequence[tuple[str, str]]


def _answering(kind: str, suffix: str) -> Callable[[Request], Response]:
    """Return what answers with reports on things of a kind, in a form."""
    return lambda request: report(request, f"{kind}/{request.path_params['slug']}", suffix)


def report(request: Request, path: str, suffix: str) -> Response:
    """Answer with a report as a page to print, or as a file."""
    year = given(request, "year")
    if not suffix:
        return answered(request, lambda site, lang, here: page(site, lang, here, path, year))
    site: Site = request.app.state.site
    lang = request.path_params["lang"]
    try:
        made = made_of(site, lang, path, year)
        blocks = list(_blocks(site, lang, made))
        body = docx.write(blocks, lang) if suffix == "docx" else f"{markdown.write(blocks, lang)}\n".encode()
    except Missing:
        return missing(request)
    except ImportError:
        return refused(request, refuse("docx-library-missing").problem)
    except Refusal as refusal:
        return refused(request, refusal.problem)
    name = f"{path.replace('/', '-')}{f'-{year}' if year else ''}-{lang}.{suffix}"
    return sent(request, body, TYPES[suffix], {"Content-Disposition": f'attachment; filename="{name}"'})


def page(site: Site, lang: str, here: str, path: str, year: str) -> str:
    """Return a report as a page. Raises `Missing` where there is no such thing, `Refusal` for what is no year."""
    made = made_of(site, lang, path, year)
    with_docx = find_spec("docx") is not None
    return site.render(
        "report.html", lang, here, made.notes, report=made, with_docx=with_docx, notices=list(made.notices)
    )


def path_of(path: str, year: str = "") -> str:
    """Return the path of the report on the thing at a path, in a folder, where each year has a page of its own."""
    return f"{path}/report{f'-{year}' if year else ''}"


def years_of(site: Site, path: str) -> list[str]:
    """Return the years in which something that a report on a thing lists has a date; of what has none, nothing."""
    parts = () if path.endswith("/") else PARTS.get(path.partition("/")[0], ())
    asked = (site.query(name, "en", {given: [names.expand(path)]}) for name, given in parts if name in DATED)
    return sorted({year for answer in asked for year in years(answer)})


def made_of(site: Site, lang: str, path: str, year: str) -> Report:
    """Return the report on a thing. Raises `Missing` where there is none, `Refusal` for what is no year."""
    if "," in year or ".." in year:
        raise refuse("one-value", term="year", value=year[:40], example="2024")
    if year and not re.fullmatch("(19|20)[0-9]{2}|2100", year):
        raise refuse("no-such-year", term="year", value=year[:40], first="1900", last="2100")
    told = explained(site, lang, path)
    notes, parts = Notes(), []
    notices = dict(told.notices())
    activities: dict[str, None] = {}
    undated, dated = set[str](), set[str]()
    for name, parameter in PARTS[path.partition("/")[0]]:
        about = list(activities) if parameter == "activity" else [told.thing]
        answer = site.query(name, lang, {parameter: about}) if about else None
        if answer is None:
            continue
        if name in DATED:
            found = list(spans(answer))
            dated |= years(answer)
            undated |= {iri for iri, first, _ in found if not first}
            chosen = [number for number, (_, first, last) in enumerate(found) if not year or first <= year <= last]
            activities |= dict.fromkeys(found[number][0] for number in chosen)
            answer = answer.only(chosen)
        notices.update(answer.notices())
        heading = said(lang, f"section-{name}-{parameter}")
        parts.append(Part(heading, grid(site, answer, notes, merged=True, without=told.thing)))
    facts = [said(lang, "report-activities", count=len(activities))]
    facts += [said(lang, "report-undated", count=len(undated))] if year and undated else []
    facts.append(said(lang, "report-sums"))
    title = called(told.thing, told.labels, lang)
    return Report(title, year, path, told.thing, facts, parts, sorted(dated), notes, list(notices.items()))


def _blocks(site: Site, lang: str, made: Report) -> Iterator[Block | Table]:
    def plain(text: str) -> str:
        return marked(text, lang)

    def cell(shown: Shown) -> str:
        if shown.lang in ("", lang) or shown.unknown:
            return plain(shown.text)
        return Text(marked(shown.text, shown.lang), FOREIGN, lang=shown.lang, hint=site.tongue(shown.lang, lang))

    yield Heading(1, [" – ".join(filter(None, [plain(made.title.text), made.year]))])
    yield Paragraph([[said(lang, "report-lead", edition=site.edition[:8])], [made.iri]])
    for fact in made.facts:
        yield Item([[fact]])
    for part in made.parts:
        yield Heading(2, [part.title])
        if not part.grid.rows:
            yield Paragraph([[said(lang, "report-nothing")]])
            continue
        rows = [[*map(cell, row.cells), _numbers(made.notes, row.note)] for row in part.grid.rows]
        yield Table(part.title, [*part.grid.headings, said(lang, "sources")], rows)
    yield Heading(2, [said(lang, "sources")])
    for source, number in made.notes.numbers.items():
        card = site.card(source, lang)
        about = " · ".join(plain(each.text) for each in card.about)
        named = f"[{number}] {plain(card.source.text)}" + (f" ({about})" if about else "")
        yield Item([[f"{named} {card.page}".rstrip()]])
    for name, notice in made.notices:
        yield Paragraph([[f"* {name}{said(lang, 'colon')} {notice}"]])


def _numbers(notes: Notes, name: str) -> str:
    return " ".join(f"[{number}]" for number in notes.by_name[name].numbers) if name else "–"


routes = [
    Route(f"/{{lang:lang}}/{kind}/{{slug}}/report{end}", _answering(kind, end[1:]))
    for kind in PARTS
    for end in ("", *(f".{suffix}" for suffix in TYPES))
]
