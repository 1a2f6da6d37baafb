"""The JSON Schema of records for editors: completion of words and codes, and what each means, in three languages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cybercoop.contribute.fields import Field, Fields, Texts
from cybercoop.problems import problem
from cybercoop.problems.problem import LANGUAGES, in_language, listed
from cybercoop.records.records import FORM, PASSAGE, SAYS
from cybercoop.terms.names import BASE, KINDS, NS

SCHEMA = BASE + "schemas/record.json"

_DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
_LANGUAGE = r"^[a-zA-Z]{2,3}(-[A-Za-z0-9]+)*$"


def written(fields: Fields) -> bytes:
    """Return the schema: what every record holds, and for each class what records of it may say."""
    found = {name: fields.of(name) for name in fields.classes}
    words: dict[str, Field] = {each.word: each for every in found.values() for each in every}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA,
        "title": "Record of the cybercoop graph",
        "type": "object",
        "required": ["source", "id"],
        "properties": _form(fields),
        "allOf": [_of_class(name, every) for name, every in found.items()],
        "if": {"not": {"required": ["type"]}},
        "then": _only(sorted(words)),
        "definitions": {
            **{word: _value(each) for word, each in sorted(words.items())},
            **{f"inside-{name}": _inside(name, fields) for name in fields.classes},
        },
    }
    return (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode()


def _of_class(name: str, every: list[Field]) -> dict[str, Any]:
    """Return what holds of a record of a class: its words are completed, and others are no words of it."""
    whole = {"properties": {"type": {"const": name}}, "required": ["type"]}
    return {"if": whole, "then": _only(each.word for each in every)}


def _only(words: Iterable[str]) -> dict[str, Any]:
    return {"properties": {**dict.fromkeys(FORM, True), **_references(words)}, "additionalProperties": False}


def _references(words: Iterable[str]) -> dict[str, Any]:
    return {word: {"$ref": f"#/definitions/{word}"} for word in words}


def _inside(name: str, fields: Fields) -> dict[str, Any]:
    form = {word: meaning for word, meaning in _form(fields).items() if word in ("id", "type")}
    words = _references(each.word for each in fields.of(name))
    return {"type": "object", "required": ["id"], "properties": {**form, **words}, "additionalProperties": False}


def _form(fields: Fields) -> dict[str, Any]:
    told = {"source": "template-source", "at": "template-section", "id": "template-id"}
    said = {"type": "string", "markdownDescription": _markdown({}, problem.entry("sentences", "template-says"))}
    passage: dict[str, Any] = {each: {"type": "string"} for each in PASSAGE}
    passage[SAYS] = {"anyOf": [said, {"type": "array", "items": said}]}
    place = {"type": "object", "properties": passage, "required": ["section"], "additionalProperties": False}
    kinds = "|".join(sorted({path.split("/")[1] for path in KINDS.values() if path.startswith("id/")}))
    form: dict[str, Any] = {
        "source": {"type": "string"},
        "at": {"anyOf": [place, {"type": "string"}, {"type": "array", "items": place}]},
        "because": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": _LANGUAGE},
        },
        "id": {"type": "string", "pattern": f"^(({kinds})/|https?://)"},
        "type": {
            "enum": fields.classes,
            "markdownEnumDescriptions": [
                _markdown(fields.label(NS + name), _asked(fields.definition(NS + name), fields.of(name)))
                for name in fields.classes
            ],
        },
    }
    for word, sentence in told.items():
        form[word]["markdownDescription"] = _markdown({}, problem.entry("sentences", sentence))
    return form


def _asked(definition: Texts, every: list[Field]) -> Texts:
    """Return the definition of a class with the words that its first record must have, by language."""
    required = [each.word for each in every if each.required]
    choices = list(dict.fromkeys(each.instead for each in every if each.instead))
    return {
        lang: " ".join(
            [
                definition.get(lang, ""),
                f"{problem.sentence('template-required', lang)} – {listed(required, lang)}.",
                *(problem.sentence("template-one-of", lang, words=listed(words, lang)) for words in choices),
            ]
        )
        for lang in LANGUAGES
    }


def _value(field: Field) -> dict[str, Any]:
    described = {"markdownDescription": _markdown(field.label, field.definition)}
    if field.kind == "texts":
        text = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        languages = dict.fromkeys(LANGUAGES, text)
        return {**described, "type": "object", "properties": languages, "additionalProperties": text}
    one = _one(field)
    return {**described, "anyOf": [one, {"type": "array", "items": one}]}


def _one(field: Field) -> dict[str, Any]:
    if field.kind == "code":
        return {
            "enum": list(field.codes),
            "markdownEnumDescriptions": [_markdown(names, {}) for names in field.codes.values()],
        }
    if field.kind == "thing":
        inner = [
            name
            for iri in field.classes
            if (name := iri.removeprefix(NS)) in KINDS and field.term.base.endswith("/id/")
        ]
        return {"anyOf": [{"type": "string"}, *({"$ref": f"#/definitions/inside-{name}"} for name in inner[:1])]}
    if field.kind == "amount":
        amount = {"amount": {"type": ["number", "string"]}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}
        return {
            "type": "object",
            "properties": amount,
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
    if field.kind == "date":
        return {"type": ["string", "integer"], "pattern": _DATE}
    plain = {"integer": ["integer", "string"], "decimal": ["number", "string"], "boolean": ["boolean", "string"]}
    return {"type": plain.get(field.kind, ["string", "number"])}


def _markdown(label: Texts, definition: Texts) -> str:
    """Return a name and a definition in the three languages, a paragraph each."""
    parts = []
    for lang in LANGUAGES:
        name, text = label.get(lang, ""), definition.get(lang, "")
        parts.append(" – ".join(part for part in (f"**{name}**" if name else "", text) if part))
    return "\n\n".join(part for part in parts if part) or in_language(label, "en")
