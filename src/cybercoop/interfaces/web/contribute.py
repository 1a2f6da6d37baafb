"""Contribute a record: a form of the same fields as templates, the verdict beside them; nothing is stored here."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.contribute.fields import Field
from cybercoop.contribute.fixes import applied
from cybercoop.documents import xlsx
from cybercoop.interfaces.web.pages import HTML, missing, place, refused, sent
from cybercoop.interfaces.web.programs import fields, received, status
from cybercoop.interfaces.web.site import Site, thing_of
from cybercoop.interfaces.web.site import called as named
from cybercoop.problems.problem import LANGUAGES, Problem, Refusal, in_language, listed, sentence
from cybercoop.records import NAMES
from cybercoop.terms import names
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import KINDS, NS

_PLAIN = re.compile(r"[^\W_](?:[\w+/()&’-]|[.,](?=[^\s])|, | (?=[\w(&]))*\.?")
"""A text that YAML takes for itself without quotation marks."""

_PASTED = ("yaml", "csv", "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml")
_ABOUT = ("source", "section", "id")
_PARTS = {"texts": [("@", lang) for lang in LANGUAGES], "amount": [(".", "amount"), (".", "currency")]}
"""The kinds of fields that have several inputs: what stands between the name of the field and that of the part."""


class Said(NamedTuple):
    """A problem as it stands beside a field; `take` is the whole record with its mend, for who clicks on that."""

    severity: str
    message: str
    cure: str
    mend: str
    choices: Sequence[str]
    line: int
    take: str


class Box(NamedTuple):
    """One input of the form: its name, label and help, what it takes, what was typed, and what is wrong with that."""

    name: str
    label: str
    help: str
    kind: str
    lang: str
    listed: str
    value: str
    required: bool
    problems: Sequence[Said]
    usual: bool = True

    @property
    def first(self) -> bool:
        """Whether it stands with those that are mostly filled: as one of them, or as it is filled or wrong."""
        return bool(self.required or self.usual or self.value or self.problems)


async def start(request: Request) -> Response:
    """Answer with the classes that records are written for; or with the verdict on a text that was pasted."""
    try:
        given = await _sent(request) if request.method == "POST" else {}
    except Refusal as refusal:
        return refused(request, refusal.problem, status(refusal.problem))
    return await run_in_threadpool(_start, request, given)


def _start(request: Request, given: Mapping[str, str]) -> Response:
    site: Site = request.app.state.site
    lang, text = request.path_params["lang"], given.get("text", "")
    form = given.get("form", "yaml") if given.get("form", "yaml") in _PASTED else "yaml"
    problems = _judged(site, lang, text, form) if text.strip() else None
    body = site.render(
        "contribute.html",
        lang,
        place(request),
        classes=site.graphs[lang].record_classes(),
        pasted=text,
        form=form,
        forms=_PASTED,
        problems=problems and [_said(each, lang) for each in problems],
        judged=problems is not None,
        notices=[],
    )
    return Response(body, 200, {"Cache-Control": "no-store"}, HTML)


async def record(request: Request) -> Response:
    """Answer with the form of a class: empty, or with the verdict on what was typed; or with the record as a file."""
    try:
        given = await _sent(request) if request.method == "POST" else dict(request.query_params)
    except Refusal as refusal:
        return refused(request, refusal.problem, status(refusal.problem))
    return await run_in_threadpool(_record, request, given)


def _record(request: Request, given: Mapping[str, str]) -> Response:
    site: Site = request.app.state.site
    lang = request.path_params["lang"]
    name, _, suffix = request.path_params["name"].partition(".")
    graph = site.graphs[lang]
    if name not in graph.record_classes():
        return missing(request)
    if suffix:
        types = {"yaml": "application/yaml", "csv": "text/csv; charset=utf-8"}
        types["xlsx"] = xlsx.TYPE
        return sent(request, graph.template(name, suffix), types[suffix]) if suffix in types else missing(request)
    fields = graph.fields(name)
    if mended := given.get("take"):
        given = typed(fields, mended)
    text = written(name, fields, given) if request.method == "POST" else ""
    if text and given.get("as") == "file":
        told = {"Content-Disposition": f'attachment; filename="{name.lower()}.yaml"', "Cache-Control": "no-store"}
        return Response(text, 200, told, "application/yaml; charset=utf-8")
    problems = _judged(site, lang, text, "yaml") if text else []
    known = {field.term.iri for field in fields}
    lists = {kinds: list(_listed(site, lang, kinds)) for field in fields if (kinds := _kinds(field))}
    lists["Source"] = list(_listed(site, lang, "Source"))
    body = site.render(
        "record.html",
        lang,
        place(request),
        name=name,
        label=graph.record_classes()[name],
        boxes=[*_about(lang, name, given), *_boxes(lang, fields, given, problems, text, graph.usual(name))],
        others=[_said(each, lang, text) for each in problems if each.property not in known],
        lists=lists,
        typed=text,
        fine=bool(text) and not problems,
        notices=site.things("Country", lang).notices() if lists.keys() & {"Country", "Agent"} else [],
    )
    return Response(body, 200, {"Cache-Control": "no-store"}, HTML)


async def _sent(request: Request) -> dict[str, str]:
    """Return what a form sends (HTML, 4.10.21), of each field the first value. Raises `Refusal` as `received` does."""
    given = fields(await received(request), "form", "replace")
    return {name: text.replace("\r\n", "\n") for name, text in reversed(given) if text}


def _judged(site: Site, lang: str, text: str, form: str) -> list[Problem]:
    """Return what is wrong with a text, in the context of the graph, with mends that were tried on a passing copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"record{NAMES[form].suffixes[0]}")
        copy.write_bytes(text.encode())
        try:
            return list(site.graphs[lang].validate(copy, mends=True).problems)
        except Refusal as refusal:
            return [refusal.problem]


def _said(problem: Problem, lang: str, text: str = "") -> Said:
    mend = problem.certain(lang) or ""
    message, cure = in_language(problem.message, lang), "" if mend else problem.remedy(lang)
    if problem.nearest and not mend:
        cure = f"{sentence('did-you-mean', lang, nearest=problem.nearest)} {cure}"
    severity = sentence(f"severity-{problem.severity}", lang)
    take = applied(text, problem.mend.edits) if text and problem.mend else ""
    return Said(severity, message, cure, mend, problem.chosen(lang), problem.where.line, take)


def _about(lang: str, name: str, given: Mapping[str, str]) -> Iterator[Box]:
    """Yield the inputs that every record begins with: its source, the place there, its name."""
    card = name == "Source"
    starts = {"id": KINDS[name].removeprefix("id/"), "source": "cybercoop-editors" if card else ""}
    for each in [each for each in _ABOUT if not card or each != "section"]:
        told = sentence("template-card" if card and each == "source" else f"template-{each}", lang)
        label = sentence(f"web-about-{each}", lang)
        value = given.get(each, starts.get(each, ""))
        yield Box(each, label, told, "text", "", "Source" if each == "source" else "", value, True, ())


def _boxes(
    lang: str,
    fields: Sequence[Field],
    given: Mapping[str, str],
    problems: Sequence[Problem],
    text: str,
    usual: Collection[str],
) -> Iterator[Box]:
    called = {field.word: in_language(field.label, lang) or field.word for field in fields}
    called |= {field.word: sentence("web-field-name", lang) for field in fields if field.term.iri == NAME}
    for field in fields:
        own = [_said(each, lang, text) for each in problems if each.property == field.term.iri]
        label = called[field.word]
        told = in_language(field.definition, lang)
        if field.instead:
            words = listed((called[word] for word in field.instead), lang)
            told = f"{told} {sentence('template-one-of', lang, words=words)}"
        kinds, often = _kinds(field), field.term.iri in usual
        whole = Box(
            field.word, label, told, field.kind, "", kinds, given.get(field.word, ""), field.required, own, often
        )
        tongues = [("@", tongue) for tongue in field.languages or LANGUAGES]
        for number, (mark, part) in enumerate(tongues if field.kind == "texts" else _PARTS.get(field.kind, ())):
            key, lang_ = f"{field.word}{mark}{part}", part if mark == "@" else ""
            alike = own if not lang_ or number == 0 else ()
            yield whole._replace(
                name=key, label=f"{label} ({part})", lang=lang_, value=given.get(key, ""), problems=alike
            )
        if field.kind not in _PARTS:
            yield whole


def _kinds(field: Field) -> str:
    """Return the classes whose things a field takes, joined; of one that takes none, nothing."""
    return "-".join(iri.removeprefix(NS) for iri in field.classes) if field.kind in ("code", "thing") else ""


def _listed(site: Site, lang: str, kinds: str) -> Iterator[tuple[str, str]]:
    """Yield what may be written for the things of some classes, each with its name."""
    for kind in kinds.split("-"):
        found = site.things(kind, lang)
        for row in found.rows:
            shown = named(thing_of(row), found.labels, lang)
            path = names.short(thing_of(row))
            yield path.rpartition("/")[2] if kinds in names.BARE else path, shown.text


def written(name: str, fields: Sequence[Field], given: Mapping[str, str]) -> str:
    """Return what was typed as a record in YAML; what was left empty is left out.

    >>> print(written("Place", (), {"id": "place/rabat", "source": "x", "section": "list: of 2024"}))
    source: x
    at: {section: "list: of 2024"}
    id: place/rabat
    type: Place
    <BLANKLINE>
    """
    lines = []
    for key in _ABOUT:
        if text := given.get(key, "").strip():
            lines.append(f"at: {{section: {_scalar(text)}}}" if key == "section" else f"{key}: {_scalar(text)}")
    lines.append(f"type: {name}")
    for field in fields:
        if field.kind == "texts":
            said = {lang: given.get(f"{field.word}@{lang}", "").strip() for lang in LANGUAGES}
            lines += [f"{field.word}:"] if any(said.values()) else []
            lines += [f"  {lang}: {_scalar(text)}" for lang, text in said.items() if text]
        elif field.kind == "amount":
            parts = [(part, given.get(f"{field.word}.{part}", "").strip()) for part in ("amount", "currency")]
            inner = ", ".join(f"{part}: {_scalar(text)}" for part, text in parts if text)
            lines += [f"{field.word}: {{{inner}}}"] if inner else []
        elif values := [text.strip() for text in re.split(r"[;\n]", given.get(field.word, "")) if text.strip()]:
            single = f"{field.word}: {_scalar(values[0])}"
            lines += [single] if len(values) == 1 else [f"{field.word}:", *(f"  - {_scalar(text)}" for text in values)]
    return "\n".join(lines) + "\n"


def typed(fields: Sequence[Field], text: str) -> dict[str, str]:
    r"""Return what a form would hold from which a record was `written`; what no form holds is left out.

    >>> typed((), "source: x\nat: {section: list}\nid: place/rabat\ntype: Place")
    {'source': 'x', 'section': 'list', 'id': 'place/rabat'}
    """
    try:
        said = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (it makes texts, lists and maps alone)
    except (yaml.YAMLError, RecursionError):
        said = {}
    held = said if isinstance(said, dict) else {}
    parts = {(field.word, part) for field in fields for part in _PARTS.get(field.kind, ())}
    found = {"source": held.get("source"), "section": _part(held.get("at"), "section"), "id": held.get("id")}
    found |= {f"{word}{mark}{part}": _part(held.get(word), part) for word, (mark, part) in sorted(parts)}
    found |= {field.word: held.get(field.word) for field in fields if field.kind not in _PARTS}
    texts = {key: "; ".join(filter(_text, value)) if isinstance(value, list) else value for key, value in found.items()}
    return {key: value for key, value in texts.items() if isinstance(value, str) and value}


def _part(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _scalar(text: str) -> str:
    """Return a text as a scalar of YAML 1.2 (7.3), quoted where it must be."""
    return text if _PLAIN.fullmatch(text) and "," not in text else json.dumps(text, ensure_ascii=False)


routes = [
    Route("/{lang:lang}/contribute/", start, methods=["GET", "POST"]),
    Route("/{lang:lang}/contribute/{name}", record, methods=["GET", "POST"]),
]
