"""A skeleton of a record as statements: in Turtle with a comment for each word, in JSON-LD what is required."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace

from cybercoop.contribute.fields import Field, Fields
from cybercoop.problems.problem import in_language, listed, sentence
from cybercoop.terms import names
from cybercoop.terms.names import KINDS, NS, PREFIXES, XSD

_WIDTH = 110
_SOURCE, _NAME, _OWNER = "SOURCE", "NAME", "OWNER"
"""What is replaced wherever it stands: the slug of the source, that of the thing, that of what it stands inside of."""
_CONTEXT = names.BASE + "context.jsonld"

_USED = ("coop", "dct", "eli", "foaf", "schema", "skos", "xsd")


def turtle(name: str, fields: Fields, lang: str) -> str:
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
    for required in (True, False):
        told = sentence("template-required" if required else "template-optional", lang)
        lines += ["", f"#### {told} ####"]
        for each in _written(fields.of(name)):
            if each.first == required:
                mark = "  " if each.asked else "#  "
                word = names.short(each.term.iri)
                lines += ["", *_comment(_explained(each, lang)), f"{mark}{word} {_value(each, lang)} ;"]
    return "\n".join([*lines, "", "  .", ""])


def jsonld(name: str, fields: Fields) -> str:
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


def _explained(field: Field, lang: str) -> str:
    said = [f"{in_language(field.label, lang) or field.word}.", in_language(field.definition, lang)]
    if field.codes:
        codes = listed([f"{code} ({in_language(texts, lang)})" for code, texts in field.codes.items()], lang)
        said.append(sentence("template-codes", lang, codes=codes))
    if len(field.instead) > 1:
        said.append(sentence("template-one-of", lang, words=listed(field.instead, lang)))
    return " ".join(text for text in said if text)


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


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
