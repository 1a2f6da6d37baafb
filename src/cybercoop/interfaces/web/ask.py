"""Questions of the catalogue as pages: a sentence, a form, the answer with who says so, the same rows as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.ask.answer import FORMATS, Answer, as_xlsx
from cybercoop.ask.parameters import texts_of
from cybercoop.documents import xlsx
from cybercoop.interfaces.web.answers import grid
from cybercoop.interfaces.web.cards import Notes
from cybercoop.interfaces.web.pages import answered, in_form, missing, refused, sent
from cybercoop.interfaces.web.pictures import matrix, steps
from cybercoop.interfaces.web.site import Site, called
from cybercoop.problems.problem import Problem, Refusal, in_language, sentence
from cybercoop.problems.problem import catalogue as catalogued
from cybercoop.sparql.question import TOPICS, Parameter, Question
from cybercoop.terms import names

FILES = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "tsv": ("tsv", "text/tab-separated-values; charset=utf-8"),
    "xlsx": ("xlsx", xlsx.TYPE),
    "json": ("json", "application/json"),
    "md": ("md", "text/markdown; charset=utf-8"),
}
"""Suffix → the layout that writes it, that of the command line where it has one, and its media type."""


MOST = 300
"""How many rows of an answer a page shows; its files hold them all."""


class Choice(NamedTuple):
    """A value that a parameter can be given."""

    value: str
    name: str
    lang: str
    chosen: bool


class Control(NamedTuple):
    """One parameter in the form: a list to choose from, or a text."""

    parameter: Parameter
    name: str
    help: str
    value: str
    choices: Sequence[Choice]


def catalogue(request: Request) -> Response:
    """Answer with all questions, by topic."""
    return answered(request, catalogue_page)


def catalogue_page(site: Site, lang: str, here: str) -> str:
    """Return the page of all questions, by topic."""
    questions = site.graphs[lang].questions.values()
    topics = {topic: [each for each in questions if each.topic == topic] for topic in TOPICS}
    return site.render("questions.html", lang, here, topics=topics, notices=[])


def question(request: Request) -> Response:
    """Answer with a question: its form and, where what it needs is given, the answer; or the answer as a file."""
    name, dot, suffix = request.path_params["name"].rpartition(".")
    if not dot or suffix not in (*FILES, "html"):
        name, suffix = request.path_params["name"], "html"
    given = {key: values for key in request.query_params if (values := texts_of_request(request, key))}
    site: Site = request.app.state.site
    if name not in site.graphs["en"].questions:
        return missing(request)
    if suffix == "html":
        return answered(request, lambda site, lang, here: page(site, lang, here, name, given))
    lang = request.path_params["lang"]
    try:
        answer = site.query(name, lang, given, with_sources=False)
    except Refusal as refusal:
        return refused(request, refusal.problem)
    layout, media_type = FILES[suffix]
    headers = {"Content-Disposition": f'inline; filename="{name}.{suffix}"', "Access-Control-Allow-Origin": "*"}
    body = as_xlsx(answer, name) if layout == "xlsx" else FORMATS[layout](answer).encode()
    return sent(request, body, media_type, headers)


def texts_of_request(request: Request, key: str) -> list[str]:
    """Return what is given for a parameter in the address of a request."""
    return [text for text in request.query_params.getlist(key) if text.strip()]


def page(site: Site, lang: str, here: str, name: str, given: Mapping[str, list[str]]) -> str:
    """Return the page of a question: its form and, where what it needs is given, its answer."""
    graph, notes = site.graphs[lang], Notes()
    asked = graph.question(name)
    plot = asked.plot
    answer: Answer | None = None
    problem: Problem | None = None
    shown = {} if given or not site.static else example(asked)
    unknown = given.keys() - asked.parameters.keys()
    if unknown or all(each.optional or each.name in (given or shown) for each in asked.parameters.values()):
        try:
            most = None if plot and plot.kind == "matrix" else MOST
            answer = site.query(name, lang, given or shown, most=most)
        except Refusal as refusal:
            problem = refusal.problem
    controls = list(_controls(site, lang, asked, given or shown, answer))
    texts = [choice.name for control in controls for choice in control.choices]
    notices = dict(answer.notices() if answer is not None else [])
    if any("*" in text for text in texts):
        notices |= dict(site.things("Country", lang).notices())
    return site.render(
        "question.html",
        lang,
        here,
        notes,
        question=asked,
        controls=controls,
        given=[(key, text) for key, values in given.items() for text in values],
        answer=answer,
        grid=grid(site, answer, notes, most=MOST) if answer is not None else None,
        most=MOST,
        matrix=matrix(site, answer, plot, notes) if answer and plot and plot.kind == "matrix" else None,
        steps=steps(answer, plot) if answer and plot and plot.kind == "line" else None,
        message=in_form(site, in_language(problem.message, lang), lang) if problem else "",
        cure=in_form(site, in_language(problem.cure, lang), lang) if problem else "",
        choices=list(zip(problem.choices, (in_language(each, lang) for each in problem.called), strict=False))
        if problem
        else [],
        notices=list(notices.items()),
    )


def example(question: Question) -> dict[str, list[str]]:
    """Return the example of each parameter that is needed, for who has given none."""
    return {each.name: [each.example or ""] for each in question.parameters.values() if not each.optional}


def _controls(
    site: Site, lang: str, question: Question, given: Mapping[str, list[str]], answer: Answer | None
) -> Iterator[Control]:
    for parameter in question.parameters.values():
        value = ",".join(texts_of(given.get(parameter.name, [])))
        if site.static and not value:  # there is no form
            continue
        choices: list[Choice] = []
        if parameter.name == "language":
            choices = [Choice(each, each, each, each == (value or lang)) for each in ("en", "fr", "ar")]
        elif parameter.kind == "iri" and parameter.class_iri:
            choices = list(_choices(site, lang, parameter, value, answer))
        yield Control(
            parameter, _name(site, lang, question, parameter), in_language(parameter.help, lang), value, choices
        )


def _name(site: Site, lang: str, question: Question, parameter: Parameter) -> str:
    """Return what a parameter is called: in words of its own, else as its column, else as its class."""
    if (code := f"web-parameter-{parameter.name}") in catalogued()["sentences"]:
        return sentence(code, lang)
    if parameter.variable in question.columns:
        return in_language(question.columns[parameter.variable], lang)
    name = site.things(names.short(parameter.class_iri or ""), lang).question
    return in_language(name, lang).capitalize()


def _choices(site: Site, lang: str, parameter: Parameter, value: str, answer: Answer | None) -> Iterator[Choice]:
    """Yield the things that a parameter can be given; what was typed in another way stands first."""
    found = site.things(names.short(parameter.class_iri or ""), lang)
    path = names.class_path(parameter.class_iri or "") or names.ID
    met = set(answer.about) if answer and value else set()
    choices = []
    for row in found.rows:
        iri = row[0].value if isinstance(row[0], ox.NamedNode) else ""
        shown = called(iri, found.labels, lang)
        slug = iri.removeprefix(path) if iri.startswith(path) else names.short(iri)
        choices.append(Choice(slug, shown.text, shown.lang, slug == value or (iri in met and "," not in value)))
    if value and not any(choice.chosen for choice in choices):
        yield Choice(value, value, "", True)
    yield from choices


routes = [
    Route("/{lang:lang}/ask/", catalogue),
    Route("/{lang:lang}/ask/{name}", question),
]
