"""The page of a thing: its names, what it is, answers about it, every claim with who makes it, what names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cybercoop.ask.answer import Answer
from cybercoop.ask.explanation import Explanation, Property, Stated
from cybercoop.ask.plots import POSITIONS
from cybercoop.export import schema_org
from cybercoop.interfaces.web.answers import DATED, grid, until, years
from cybercoop.interfaces.web.cards import Grid, Notes, Shown
from cybercoop.interfaces.web.cite import citation
from cybercoop.interfaces.web.pages import Missing
from cybercoop.interfaces.web.pictures import Lanes, Matrix, Steps, lanes, matrix, steps
from cybercoop.interfaces.web.site import Site, called
from cybercoop.interfaces.web.world import World, world
from cybercoop.problems.problem import in_language, sentence
from cybercoop.sparql.question import Question
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME
from cybercoop.terms.names import DCT, NS, RDF_TYPE
from cybercoop.terms.places import Cited
from cybercoop.terms.term import Term, iri_of

SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Activity": (
        ("activity-participants", "activity"),
        ("activity-organisers", "activity"),
    ),
    "Country": (
        ("treaty-status", "country"),
        ("activity-calendar", "venue"),
        ("activity-calendar", "beneficiary"),
        ("national-laws", "country"),
        ("authorities", "country"),
        ("organisations-in-country", "country"),
    ),
    "Organisation": (("activities-of-an-organisation", "organisation"),),
    "Project": (
        ("project-dates", "project"),
        ("project-budgets", "project"),
        ("project-funders", "project"),
        ("project-countries", "project"),
        ("country-instrument-matrix", "project"),
        ("project-outputs", "project"),
        ("partner-output-matrix", "project"),
        ("project-activities", "project"),
    ),
    "Protocol": (
        ("treaty-positions", "instrument"),
        ("parties-over-time", "instrument"),
        ("open-invitations", "instrument"),
        ("instrument-family", "instrument"),
        ("authorities", "instrument"),
    ),
    "Theme": (("activities-by-theme", "theme"), ("recommendations-by-theme", "theme")),
    "Treaty": (
        ("treaty-positions", "instrument"),
        ("parties-over-time", "instrument"),
        ("open-invitations", "instrument"),
        ("instrument-family", "instrument"),
        ("authorities", "instrument"),
    ),
}
"""Class → the questions whose answers its pages show, each with the parameter that the thing is given to."""


class Said(NamedTuple):
    """One value with who says so."""

    value: Shown
    why: str


class Claims(NamedTuple):
    """What is said by one property, or what names a thing by it."""

    property: Shown
    values: Sequence[Said]
    contradicted: bool = False


class Section(NamedTuple):
    """The answer to a question about a thing, as its page shows it."""

    name: str
    parameter: str
    title: str
    answer: Answer
    grid: Grid
    matrix: Matrix | None
    lanes: Lanes | None
    steps: Steps | None
    world: World | None
    dated: bool

    @property
    def rows(self) -> int:
        """How many rows there are: things across, where it is a matrix; treaties, where it has lanes."""
        if self.lanes:
            return len({row.cells[0] for row in self.grid.rows})
        return len(self.matrix.rows) if self.matrix else len(self.grid.rows)


def ask_ahead(site: Site, name: str, things: Sequence[str]) -> None:
    """Ask what the pages of many things of a class will show, all at once."""
    for question, parameter in SECTIONS.get(name, ()):
        site.ask_ahead(question, parameter, things)


def explained(site: Site, lang: str, path: str) -> Explanation:
    """Return what is known of the thing at a path. Raises `Missing` where there is none."""
    if not site.known(path) or names.expand(path) in site.former:
        raise Missing(path)
    return site.explain(names.expand(path), lang)


def page(site: Site, lang: str, here: str, path: str, day: str = "") -> str:
    """Return the page of the thing at a path, as of a day where one is given. Raises `Missing` where there is none."""
    told = explained(site, lang, path)
    notes, own = Notes(), names.short(told.thing)
    shown = list(sections(site, lang, told, notes, day))
    notices = dict(told.notices())
    for each in shown:
        notices.update(each.answer.notices())
        notices.update(each.world.notices if each.world else ())
    title = _named(told, told.thing, lang)
    properties = {entry.iri: entry for entry in told.properties}
    said = {entry.iri: [stated.value for stated in entry.values] for entry in told.properties}
    others = [
        called_
        for entry in (NAME, OTHER_NAME)
        if entry in properties
        for stated in properties[entry].values
        if (called_ := site.shown(stated.value, told.labels, lang)).text != title.text
    ]
    return site.render(
        "thing.html",
        lang,
        here,
        notes,
        title=title,
        path=own,
        iri=told.thing,
        classes=[called(iri, told.labels, lang) for iri in told.classes],
        others=list({each.text: each for each in reversed(others)}.values())[::-1],
        description=_described(site, told, lang, notes),
        schema=schema_org.whole(schema_org.thing(told.thing, said, told.labels, site.schema_words)),
        record_class=next((each for each in map(_local, told.classes) if each in site.record_classes), ""),
        cite=citation(site, lang, title.text, own, list(notes.numbers)),
        day=day,
        dated=any(years(each.answer) for each in shown if each.name in DATED),
        sections=shown,
        facts_first=NS + "Activity" in told.classes,
        claims=[_claims(site, lang, told, notes, entry) for entry in told.properties if entry.iri != RDF_TYPE],
        pointing=list(_pointing(lang, told, notes)),
        policy=told.policy,
        notices=list(notices.items()),
    )


def _local(iri: str) -> str:
    return iri.removeprefix(NS)


def _described(site: Site, told: Explanation, lang: str, notes: Notes) -> Shown | None:
    """Return the description in the language of the page, else none: below it every one is shown."""
    for entry in told.properties:
        if entry.iri == DCT + "description":
            for stated in entry.values:
                if getattr(stated.value, "language", "") == lang:
                    return site.shown(stated.value, told.labels, lang, notes.note(_cited(told, stated.sources)))
    return None


def sections(site: Site, lang: str, told: Explanation, notes: Notes, day: str, only: str = "") -> Iterator[Section]:
    """Yield the answers about a thing that its page shows, as of a day where one is given; or `only` one of them."""
    seen = set[tuple[str, str]]()
    for iri in told.classes:
        for name, parameter in SECTIONS.get(iri.removeprefix(NS), ()):
            if (name, parameter) not in seen and only in ("", name):
                seen.add((name, parameter))
                question = site.graphs[lang].question(name)
                dated = "as-of" in question.parameters
                given = {parameter: [told.thing]} | ({"as-of": [day]} if day and dated else {})
                curve = question.plot if question.plot and question.plot.kind == "line" else None
                answer = site.query(name, lang, given, with_sources=curve is None)  # each number rests on all acts
                if day and not dated and curve:
                    answer = until(answer, curve.x, day)
                yield section(site, lang, notes, answer, question, parameter, dated, told.thing)


def section(
    site: Site,
    lang: str,
    notes: Notes,
    answer: Answer,
    question: Question,
    parameter: str,
    dated: bool = False,
    thing: str = "",
) -> Section:
    """Return the answer to a question about a thing with all pictures that show it."""
    plot, name = question.plot, question.name
    if name == "treaty-positions":  # who is bound stands before who is not, in every language
        place = answer.columns.index("position")
        answer = answer.only(sorted(range(len(answer)), key=lambda number: _place(answer.rows[number][place])))
    return Section(
        name,
        parameter,
        _title(lang, name, parameter),
        answer,
        grid(site, answer, notes, merged=True, without=thing),
        matrix(site, answer, plot, notes) if plot and plot.kind == "matrix" else None,
        lanes(site, answer) if (name, parameter) == ("treaty-status", "country") else None,
        steps(answer, plot) if plot and plot.kind == "line" else None,
        world(site, answer) if name == "treaty-positions" else None,
        dated,
    )


def _place(position: Term | None) -> int:
    """Return the place of a position: the furthest first, those that were left last."""
    left, *others = POSITIONS.values()
    order, slug = " ".join([*others, left]).split(), iri_of(position).rpartition("/")[2] if position else ""
    return order.index(slug) if slug in order else len(order)


def _title(lang: str, name: str, parameter: str) -> str:
    return sentence(f"web-section-{name}-{parameter}", lang)


def _cited(told: Explanation, sources: Sequence[str], *words: str) -> list[Cited]:
    """Return sources with the places at which they say something of the thing by these words."""
    return [Cited(source, told.witnesses[source].places(*words)) for source in sources]


def _why(told: Explanation, stated: Stated) -> str:
    """Return why a value stands where it stands, and by what reason the editors state it where they do."""
    reasons = [in_language(told.witnesses[source].reason, told.lang) for source in stated.sources]
    return " ".join(filter(None, [told.why(stated.reason), *reasons]))


def _claims(site: Site, lang: str, told: Explanation, notes: Notes, entry: Property) -> Claims:
    values = []
    for stated in entry.values:
        why = _why(told, stated)
        note = notes.note(_cited(told, stated.sources, entry.iri, stated.value.value), why)
        if stated.value.value in told.contents:
            value = _named(told, stated.value.value, lang)._replace(note=note)
        else:
            value = site.shown(stated.value, told.labels, lang, note)
        values.append(Said(value, why))
    return Claims(called(entry.iri, told.labels, lang), values, entry.contradicted)


def _pointing(lang: str, told: Explanation, notes: Notes) -> Iterator[Claims]:
    for pointer in told.pointing:
        values = [
            Said(_named(told, iri, lang)._replace(note=notes.note(_cited(told, sources))), "")
            for iri, sources in pointer.things
        ]
        yield Claims(called(pointer.iri, told.labels, lang), values)


def _named(told: Explanation, iri: str, lang: str) -> Shown:
    """Return what a thing is called; without a name, what it consists of, not too long."""
    name = called(iri, told.labels, lang)
    if iri not in told.contents or not told.contents[iri]:
        return name
    whole = told.named(iri)
    return name._replace(text=whole if len(whole) <= 120 else whole[:120].rsplit(" ", 1)[0] + " …", lang="")
