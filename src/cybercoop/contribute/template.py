"""A skeleton of a record of any class, from the shapes: what is required first, then all else that it may say."""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from cybercoop.documents import csv
from cybercoop.problems.problem import LANGUAGES, in_language, listed, one_of, sentence
from cybercoop.records.reading import Fields as NodeFields
from cybercoop.records.reading import Scalar
from cybercoop.terms import names
from cybercoop.terms.names import ID, KINDS, NS, PREFIXES, XSD
from cybercoop.workspace.workspace import Workspace

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from cybercoop.contribute.fields import Field, Fields

FORMATS = ("yaml", "csv", "xlsx", "turtle", "jsonld")
"""The ways in which a skeleton can be written."""

FORM = ("source", "id", "type", "section")
"""The words that every row of a table begins with."""

REASON = "because"
"""The word of the reason for a judgement of ours, which every row of a table ends with."""

_WIDTH = 110
_EXAMPLES = {
    "Activity": "activity/2005-05-17-cairo-launching-conference",
    "Agent": "country/MA",
    "Country": "MA",
    "Instrument": "ets-185",
    "Organisation": "council-of-europe",
    "Place": "rabat",
    "Programme": "programme/pogar",
    "Project": "project/cybersouth-plus",
    "Source": "coe-cybersouth-plus-page",
    "Treaty": "ets-185",
}


def template(workspace: Workspace, name: str, form: str = "yaml", lang: str = "en") -> bytes:
    """Return the skeleton of a record of a class, named as in records or in any language.

    Raises `Refusal` for a class or a format that there is not, with the nearest.
    """
    one_of(form, FORMATS)
    from cybercoop.contribute.fields import Fields

    fields = Fields(workspace)
    found = _class(name, fields)
    if form == "xlsx":
        return _workbook(found, fields, lang)
    if form in ("turtle", "jsonld"):
        return (_jsonld(found, fields) if form == "jsonld" else _turtle(found, fields, lang)).encode()
    return (_yaml(found, fields, lang) if form == "yaml" else _csv(found, fields, lang)).encode()


def without_skeleton(text: str, tree: NodeFields, workspace: Workspace) -> str:
    """Return a record as it was filled in: without the comments that the skeleton of its class came with."""
    kind = tree.get("type")
    for lang in LANGUAGES:
        text = text.replace(f"  # {sentence('template-id', lang)}\n", "\n")
    if not isinstance(kind, Scalar) or not re.search(r"^\s*#", text, re.MULTILINE):
        return text
    comments = _comments(kind.text, workspace)
    kept: list[str] = []
    after = False
    for line in text.split("\n"):
        if line.strip() in comments:
            while kept and not kept[-1].strip():
                kept.pop()
            after = True
        elif line.strip() or not after:
            kept.append(line)
            after = False
    return "\n".join(kept)


@cache
def _comments(name: str, workspace: Workspace) -> frozenset[str]:
    """Return the lines of the skeleton of a class that are comments, in every language."""
    from cybercoop.contribute.fields import Fields

    fields = Fields(workspace)
    if name not in fields.classes:
        return frozenset()
    lines = (line.strip() for lang in LANGUAGES for line in _yaml(name, fields, lang).split("\n"))
    return frozenset(line for line in lines if line.startswith("#"))


def columns(name: str, fields: Fields, lang: str) -> list[tuple[str, Field | None]]:
    """Return the header of a table for a class, each word with its field; a text has a column per language."""
    found: list[tuple[str, Field | None]] = [(word, None) for word in FORM]
    owner = fields.owner(name)
    if owner is not None:
        found += [(each.word, each) for each in fields.of(owner[0]) if each.word == owner[1]]
    for each in fields.of(name):
        if each.kind == "texts":
            found += [(f"{each.word}@{language}", each) for language in each.languages or (lang,)]
        elif each.kind != "amount" and each.word not in dict(found):
            found.append((each.word, each))
    return [*found, *((f"{REASON}@{language}", None) for language in LANGUAGES)]


def explained(field: Field, lang: str, *, kind: bool = True) -> str:
    """Return what a word means, its codes and, by its `kind`, what it takes, in a language."""
    known = next((iri for iri in field.classes if iri.removeprefix(NS) in _EXAMPLES), None)
    example = _EXAMPLES[known.removeprefix(NS)] if known else next((f"{_kind(iri)}…" for iri in field.classes), "")
    if known and field.term.base == ID and "/" not in example:
        example = _kind(known) + example
    said = [
        f"{in_language(field.label, lang) or field.word}.",
        in_language(field.definition, lang),
        sentence(f"template-kind-{field.kind}", lang, example=example) if kind else "",
    ]
    if field.codes:
        codes = listed([f"{code} ({in_language(texts, lang)})" for code, texts in field.codes.items()], lang)
        said.append(sentence("template-codes", lang, codes=codes))
    if len(field.instead) > 1:
        said.append(sentence("template-one-of", lang, words=listed(field.instead, lang)))
    return " ".join(text for text in said if text)


def _class(name: str, fields: Fields) -> str:
    wanted = name.casefold().replace("-", "").replace(" ", "")
    called: dict[str, str] = {}
    for each in fields.classes:
        for text in (each, *fields.label(NS + each).values()):
            called.setdefault(text.casefold().replace("-", "").replace(" ", ""), each)
    return called[wanted] if wanted in called else one_of(name, fields.classes)


def _csv(name: str, fields: Fields, lang: str) -> str:
    return csv.lines([[word for word, _ in columns(name, fields, lang)]])


def _yaml(name: str, fields: Fields, lang: str) -> str:
    owner = fields.owner(name)
    head = f"{in_language(fields.label(NS + name), lang)}. {in_language(fields.definition(NS + name), lang)}"
    lines = [*_comment(head), *_comment(sentence("template-how", lang)), ""]
    whose = {"template-source": "source:", "template-section": "at: {section: }"}
    for told, line in ({"template-card": "source: cybercoop-editors"} if name == "Source" else whose).items():
        lines += [*_comment(sentence(told, lang)), line]
    lines.append("")
    lines += [*_comment(sentence("template-because", lang)), "#because: {en: , fr: , ar: }", ""]
    body = list(_body(name, fields, lang))
    if owner is None:
        return "\n".join([*lines, *body]) + "\n"
    whole = KINDS[owner[0]].removeprefix("id/")
    lines += [*_comment(sentence("template-owner", lang)), f"id: {whole}", f"type: {owner[0]}", f"{owner[1]}:"]
    inner = [f"  - {body[0]}", *(f"    {line}".rstrip() for line in body[1:])]
    return "\n".join([*lines, *inner]) + "\n"


def _body(name: str, fields: Fields, lang: str) -> Iterator[str]:
    yield f"id: {KINDS[name].removeprefix('id/')}  # {sentence('template-id', lang)}"
    yield f"type: {name}"
    for told, every in _told(fields.of(name), lang):
        yield from ("", told)
        for each in every:
            mark = "" if each.asked else "#"
            yield from ("", *_comment(explained(each, lang)), f"{mark}{each.word}:{_blank(each, lang)}")


def _told(every: list[Field], lang: str) -> Iterator[tuple[str, list[Field]]]:
    """Yield the fields that are required, then the others, each under a heading."""
    for first, code in ((True, "template-required"), (False, "template-optional")):
        yield f"#### {sentence(code, lang)} ####", [each for each in every if each.first == first]


def _blank(field: Field, lang: str) -> str:
    if field.kind == "texts":
        return " {" + ", ".join(f"{language}: " for language in field.languages or (lang,)) + "}"
    return " {amount: , currency: }" if field.kind == "amount" else ""


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _kind(class_iri: str) -> str:
    return KINDS.get(class_iri.removeprefix(NS), "").removeprefix("id/")


_SOURCE, _NAME, _OWNER = "SOURCE", "NAME", "OWNER"
"""What is replaced wherever it stands: the slug of the source, that of the thing, that of what it stands inside of."""
_CONTEXT = names.BASE + "context.jsonld"
_USED = ("coop", "dct", "eli", "foaf", "schema", "skos", "xsd")


def _turtle(name: str, fields: Fields, lang: str) -> str:
    """Return the skeleton of a class in Turtle, each word explained in a language."""
    node, things = _nodes(name, fields)
    head = f"{in_language(fields.label(NS + name), lang)}. {in_language(fields.definition(NS + name), lang)}"
    lines = [f"@base <{names.ID}> .", *(f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in _USED), ""]
    lines += [*_comment(head), *_comment(sentence("template-how-turtle", lang)), ""]
    lines += [f"<{node}> a coop:Record ;", f"  coop:source <source/{_SOURCE}> ;"]
    lines += [f"  coop:about {', '.join(f'<{thing}>' for thing in things)} ;"]
    lines += [f"  coop:passage <passage/{_SOURCE}--1> .", ""]
    lines += [f'<passage/{_SOURCE}--1> a coop:Passage ; coop:section "" .', ""]
    if (owner := fields.owner(name)) is not None:
        term = fields.context.terms[owner[1]]
        lines += [f"<{things[1]}> a coop:{owner[0]} ; {names.short(term.iri)} <{things[0]}> .", ""]
    lines += [f"<{things[0]}> a coop:{name} ;"]
    for told, every in _told(_written(fields.of(name)), lang):
        lines += ["", told]
        for each in every:
            mark, word = "  " if each.asked else "#  ", names.short(each.term.iri)
            lines += ["", *_comment(explained(each, lang, kind=False)), f"{mark}{word} {_value(each, lang)} ;"]
    return "\n".join([*lines, "", "  .", ""])


def _jsonld(name: str, fields: Fields) -> str:
    """Return the skeleton of a class in JSON-LD, with the words of records."""
    node, things = _nodes(name, fields)
    record = {"id": node, "type": "Record", "source": _SOURCE, "about": things if len(things) > 1 else things[0]}
    passage = {"id": f"passage/{_SOURCE}--1", "type": "Passage", "section": ""}
    thing: dict[str, object] = {"id": things[0], "type": name}
    for each in _written(fields.of(name)):
        if each.asked:
            thing[each.word] = dict.fromkeys(each.languages, "") if each.kind == "texts" else ""
    graph: list[dict[str, object]] = [{**record, "passage": passage}, thing]
    if (owner := fields.owner(name)) is not None:
        graph.append({"id": things[1], "type": owner[0], owner[1]: things[0]})
    return json.dumps({"@context": _CONTEXT, "@graph": graph}, ensure_ascii=False, indent=2) + "\n"


def _written(fields: list[Field]) -> list[Field]:
    """Return the fields but for amounts, which are things of their own, and these among words that will do."""
    amounts = {each.word for each in fields if each.kind == "amount"}
    kept = (each for each in fields if each.word not in amounts)
    return [replace(each, instead=tuple(word for word in each.instead if word not in amounts)) for each in kept]


def _nodes(name: str, fields: Fields) -> tuple[str, list[str]]:
    """Return the names of the record and of what it is about."""
    things = [f"{KINDS[name].removeprefix('id/')}{_NAME}"]
    if (owner := fields.owner(name)) is not None:
        things.append(f"{KINDS[owner[0]].removeprefix('id/')}{_OWNER}")
    whole = names.record(names.source(_SOURCE), names.ID + things[-1])
    return names.short(whole), things


def _value(field: Field, lang: str) -> str:
    if field.kind == "texts":
        return " , ".join(f'""@{language}' for language in field.languages or (lang,))
    if field.kind in ("code", "thing"):
        base = field.term.base
        known = next((kind for iri in field.classes if (kind := KINDS.get(iri.removeprefix(NS)))), KINDS["Country"])
        base = f"{names.BASE}{known}" if base == names.ID else base
        return f"<{base.removeprefix(names.ID)}>"
    if field.kind == "address":
        return "<https://>"
    kind = field.term.kind
    return f'""^^xsd:{kind.removeprefix(XSD)}' if kind.startswith(XSD) and field.kind != "text" else '""'


_ROWS = 500
_CODES = "codes"
_HELP = "help"
_TOLD = {word: f"template-{word}" for word in ("source", "id", "section", "because")}


def _workbook(name: str, fields: Fields, lang: str) -> bytes:
    """Return the workbook: a sheet for the records, and hidden ones with all explanations and the codes."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active if book.active is not None else book.create_sheet()
    sheet.title = name
    pages = [sheet, book.create_sheet(_HELP), book.create_sheet(_CODES)]
    for page in pages:
        page.sheet_view.rightToLeft = lang == "ar"
    for number, (word, field) in enumerate(columns(name, fields, lang), 1):
        _put(pages, number, word, field, lang)
    for page in pages[1:]:
        page.sheet_state = "hidden"  # what is visible is read as records
    sheet.cell(2, 3).value = name
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _put(pages: list[Worksheet], number: int, word: str, field: Field | None, lang: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet, page, codes = pages
    form = _TOLD.get(word.partition("@")[0])
    told = explained(field, lang) if field is not None else sentence(form, lang) if form else ""
    letter = get_column_letter(number)
    head = sheet.cell(1, number)
    head.value = word
    head.font = Font(bold=True)
    sheet.column_dimensions[letter].width = max(14, len(word) + 3)
    for rows in range(2, _ROWS):
        sheet.cell(rows, number).number_format = "@"
    required = field.first if field is not None else word in FORM
    if required:
        head.fill = PatternFill("solid", fgColor="FFE9A8")
    if told:
        head.comment = Comment(told[:500], "cybercoop", height=160, width=360)
    page.append([word, sentence("template-required", lang) if required else "", told])
    if field is not None and field.codes:
        for row, (code, texts) in enumerate(field.codes.items(), 2):
            codes.cell(row, number).value = code
            page.append(["", code, in_language(texts, lang)])
        codes.cell(1, number).value = word
        choice = DataValidation("list", f"{_CODES}!${letter}$2:${letter}${len(field.codes) + 1}", allow_blank=True)
        choice.showErrorMessage = False
        sheet.add_data_validation(choice)
        choice.add(f"{letter}2:{letter}{_ROWS}")
