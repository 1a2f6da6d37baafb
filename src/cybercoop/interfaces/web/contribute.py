"""Contribute a record: a form of the same fields as templates, the verdict beside them; nothing is stored here."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop.contribute.fields import Field
from cybercoop.contribute.fixes import applied
from cybercoop.contribute.fixes.candidates import Page, cures
from cybercoop.contribute.fixes.meanings import Known
from cybercoop.documents import xlsx
from cybercoop.interfaces.web.forms import ABOUT, PARTS, certain, changes, taken, unseen, written
from cybercoop.interfaces.web.pages import HTML, missing, place, sent
from cybercoop.interfaces.web.programs import stopped
from cybercoop.interfaces.web.site import Site, thing_of
from cybercoop.interfaces.web.site import called as named
from cybercoop.interfaces.web.uploads import LARGEST, SECONDS, Sent, form_sent, judged, packed, suffix_of
from cybercoop.interfaces.web.verdicts import Said, said
from cybercoop.problems.problem import (
    LANGUAGES,
    Mend,
    Problem,
    Refusal,
    in_language,
    listed,
    refuse,
    sentence,
    sentences,
)
from cybercoop.records import NAMES, SUFFIXES
from cybercoop.terms import names
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import KINDS, NS

_PASTED = ("yaml", "csv", "tsv", "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml")
_TOO_LARGE = ("file-too-large", "workbook-too-large")
"""What is said of a small file that would fill the memory once it is unpacked."""

_LINKED = 1_900_000
"""How long a workbook may be as the address of a link: Chromium opens none of more than 2 MiB (`kMaxURLChars`)."""


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
    """Answer with the classes that records are written for; or with the verdict on a text or a file that was sent."""
    try:
        given = await form_sent(request) if request.method == "POST" else Sent({})
        return await run_in_threadpool(_start, request, given)
    except Refusal as refusal:
        return stopped(request, refusal.problem)


def _start(request: Request, given: Sent) -> Response:
    """Return the page, or the workbook with marks where that was asked for. Raises `Refusal` as `judged` does."""
    site: Site = request.app.state.site
    lang, text = request.path_params["lang"], given.fields.get("text", "")
    form = given.fields.get("form", "yaml") if given.fields.get("form", "yaml") in _PASTED else "yaml"
    name, data, suffix = given.name, given.data, NAMES[form].suffixes[0]
    if request.method == "POST" and not data and (name or "text" not in given.fields):
        raise refuse("upload-empty")
    if name or data:
        suffix = suffix_of(name)
        form, text = SUFFIXES[f".{suffix.rpartition('.')[2]}"].name, ""
    said, take = None, bool(given.fields.get("take")) and not data
    if data or text.strip():
        root = site.graphs[lang].workspace.root
        said = judged(root, lang, name, suffix, data or text.encode(), take=take)
        text = said["text"] or text
    marked = f"{name.rpartition('.')[0]}-marked.xlsx"
    if said and said["marked"] and given.fields.get("as") == "marked":
        told = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(marked)}", "Cache-Control": "no-store"}
        return packed(request, base64.b64decode(said["marked"]), xlsx.TYPE, told)
    body = site.render(
        "contribute.html",
        lang,
        place(request),
        classes=site.graphs[lang].record_classes(),
        pasted=text,
        form=form,
        forms=_PASTED,
        suffixes=[*(suffix for suffix in SUFFIXES if suffix != ".gz"), ".csv.gz"],
        largest=LARGEST >> 20,
        seconds=SECONDS,
        called=name,
        said=said,
        took=take,
        marked=marked,
        linked=said is not None and len(said["marked"]) <= _LINKED,
        workbook=xlsx.TYPE,
        notices=[],
    )
    wrong = said["code"] if said else ""
    told = {"Cache-Control": "no-store"}
    return packed(request, body.encode(), HTML, told, 413 if wrong in _TOO_LARGE else 200)


async def record(request: Request) -> Response:
    """Answer with the form of a class: empty, or with the verdict on what was typed; or with the record as a file."""
    try:
        given = (await form_sent(request)).fields if request.method == "POST" else dict(request.query_params)
    except Refusal as refusal:
        return stopped(request, refusal.problem)
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
    given = {**given, **taken(given.get("take", ""))}
    posted = request.method == "POST"
    if posted and given.get("as") == "file":
        told = {"Content-Disposition": f'attachment; filename="{name.lower()}.yaml"', "Cache-Control": "no-store"}
        return Response(written(name, fields, given), 200, told, "application/yaml; charset=utf-8")
    hidden = unseen(fields, given) if posted else {}
    text = written(name, fields, {**given, **{key: plain for key, (_, plain) in hidden.items()}}) if posted else ""
    wrong: dict[str, list[Said]] = {}
    for key, (problem, plain) in hidden.items():
        mend = Mend((), sentences("mend-unseen")) if certain(given[key]) else None
        wrong[key] = [said(problem._replace(mend=mend), lang, json.dumps({key: plain}) if mend else "")]
    problems = _judged(site, lang, text) if text else []
    page = Page("record.yaml", text, Known(graph.workspace))
    for problem in problems:
        mend = problem.mend or _meant(problem, page)
        take = changes(fields, text, applied(text, mend.edits)) if mend else ""
        wrong.setdefault(_input(problem, fields, text), []).append(said(problem, lang, take, mend))
    lists = {kinds: list(_listed(site, lang, kinds)) for field in fields if (kinds := _kinds(field))}
    lists["Source"] = list(_listed(site, lang, "Source"))
    boxes = [*_about(lang, name, given, wrong), *_boxes(lang, fields, given, wrong, graph.usual(name))]
    beside = {box.name for box in boxes}
    body = site.render(
        "record.html",
        lang,
        place(request),
        name=name,
        label=graph.record_classes()[name],
        boxes=boxes,
        others=[each for key, own in wrong.items() if key not in beside for each in own],
        lists=lists,
        typed=written(name, fields, given) if posted else "",
        fine=posted and not wrong,
        notices=site.things("Country", lang).notices() if lists.keys() & {"Country", "Agent"} else [],
    )
    return Response(body, 200, {"Cache-Control": "no-store"}, HTML)


def _judged(site: Site, lang: str, text: str) -> list[Problem]:
    """Return what is wrong with a text, in the context of the graph, with mends that were tried on a passing copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "record.yaml")
        copy.write_bytes(text.encode())
        try:
            return list(site.graphs[lang].validate(copy, mends=True).problems)
        except Refusal as refusal:
            return [refusal.problem]


def _meant(problem: Problem, page: Page) -> Mend | None:
    """Return the mend that writes what is meant for certain, though the record is then wrong elsewhere.

    That is the thing that a name leads to, or a date or number that can be read in one way only.
    """
    if problem.property is None or not (problem.nearest or problem.code == "bad-literal"):
        return None
    end = (problem.nearest or "").rpartition("/")[2]
    return next(
        (each for each in cures(problem, page) if each.edits[0].text.rpartition("/")[2] == end or not end), None
    )


_ALONE = {
    "record-says-where": "section",
    "record-without-id": "id",
    "record-without-source": "source",
    "record-source-is-known": "source",
}
"""The problems of what every record begins with, which name no word of a field."""

_TONGUES = {"english": "en", "french": "fr", "arabic": "ar"}


def _input(problem: Problem, fields: Sequence[Field], text: str) -> str:
    """Return the name of the input that a problem is about; of one about the record as a whole, nothing."""
    if problem.code in _ALONE:
        return _ALONE[problem.code]
    line = text.split("\n")[problem.where.line - 1] if problem.where.line else ""
    word = line.partition(":")[0].strip()
    if problem.property is None:
        return {"at": "section"}.get(word, word) if word in (*ABOUT, "at") else ""
    named = [field for field in fields if field.term.iri == problem.property]
    field = next(iter(named or [field for field in fields if field.word == word]), None)
    if field is None or field.kind not in PARTS:
        return field.word if field else ""
    told = [*PARTS[field.kind]]
    if field.kind == "texts":
        told = [("@", lang) for lang in field.languages or LANGUAGES]
        word = _TONGUES.get(problem.code.rpartition("-")[2], word)
    mark, part = next((each for each in told if each[1] == word), told[0])
    return f"{field.word}{mark}{part}"


def _about(lang: str, name: str, given: Mapping[str, str], wrong: Mapping[str, Sequence[Said]]) -> Iterator[Box]:
    """Yield the inputs that every record begins with: its source, the place there, its name."""
    card = name == "Source"
    starts = {"id": KINDS[name].removeprefix("id/"), "source": "cybercoop-editors" if card else ""}
    for each in [each for each in ABOUT if not card or each != "section"]:
        told = sentence("template-card" if card and each == "source" else f"template-{each}", lang)
        label = sentence(f"web-about-{each}", lang)
        value, own = given.get(each, starts.get(each, "")), wrong.get(each, ())
        yield Box(each, label, told, "text", "", "Source" if each == "source" else "", value, True, own)


def _boxes(
    lang: str,
    fields: Sequence[Field],
    given: Mapping[str, str],
    wrong: Mapping[str, Sequence[Said]],
    usual: Collection[str],
) -> Iterator[Box]:
    called = {field.word: in_language(field.label, lang) or field.word for field in fields}
    called |= {field.word: sentence("web-field-name", lang) for field in fields if field.term.iri == NAME}
    for field in fields:
        label = called[field.word]
        told = in_language(field.definition, lang)
        if field.instead:
            words = listed((called[word] for word in field.instead), lang)
            told = f"{told} {sentence('template-one-of', lang, words=words)}"
        often = field.term.iri in usual
        whole = Box(field.word, label, told, field.kind, "", _kinds(field), "", field.required, (), often)
        tongues = [("@", tongue) for tongue in field.languages or LANGUAGES]
        parts = tongues if field.kind == "texts" else PARTS.get(field.kind, [("", "")])
        for mark, part in parts:
            key = f"{field.word}{mark}{part}"
            yield whole._replace(
                name=key,
                label=f"{label} ({part})" if part else label,
                lang=part if mark == "@" else "",
                value=given.get(key, ""),
                problems=wrong.get(key, ()),
            )


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


routes = [
    Route("/{lang:lang}/contribute/", start, methods=["GET", "POST"]),
    Route("/{lang:lang}/contribute/{name}", record, methods=["GET", "POST"]),
]
