"""Questions of the catalogue for programs, as JSON, and their description in OpenAPI 3.1."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cybercoop import __version__
from cybercoop.ask.answer import FORMATS
from cybercoop.interfaces.web import sparql
from cybercoop.interfaces.web.ask import texts_of_request
from cybercoop.interfaces.web.pages import language, sent
from cybercoop.interfaces.web.programs import OPEN, permitted, told
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import LANGUAGES, Refusal, known_language, one_of, refuse, sentence
from cybercoop.sparql.question import Parameter, Question

JSON = "application/json"
LANG, SOURCES = "lang", "with-sources"
"""What may be said beside the parameters of a question: the language, and that rows come with what they rest on."""


def questions(request: Request) -> Response:
    """Answer with every question: its wording in three languages, what it takes, where it is asked."""
    site: Site = request.app.state.site
    found = [_told(site, question) for question in site.graphs["en"].questions.values()]
    return sent(request, _written({"questions": found}), JSON, OPEN)


def _told(site: Site, question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "topic": question.topic,
        "question": dict(question.question),
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind,
                "class": parameter.class_iri,
                "needed": not parameter.optional,
                "example": parameter.example,
                "help": dict(parameter.help),
            }
            for parameter in question.parameters.values()
        ],
        "url": f"{site.base}api/questions/{question.name}",
    }


def question(request: Request) -> Response:
    """Answer a question with the bytes of the command line (`--format json`), its sources beside them if asked for."""
    if request.method == "OPTIONS":
        return permitted("GET, HEAD, OPTIONS")
    site: Site = request.app.state.site
    given = {key: texts_of_request(request, key) for key in request.query_params}
    wanted, sources = given.pop(LANG, []), given.pop(SOURCES, [])
    headers = {**OPEN, "Vary": "Accept, Accept-Language"}
    try:
        for word, texts, example in ((LANG, wanted, "fr"), (SOURCES, sources, "true")):
            if len(texts) > 1:
                raise refuse("one-value", term=word, value=", ".join(texts)[:40], example=example)
        lang = known_language(wanted[0]) if wanted else language(request)
        given = {key: texts for key, texts in given.items() if texts}
        cited = [one_of(each, ("true", "false")) for each in sources][-1:] == ["true"]
        answer = site.query(request.path_params["name"], lang, given, with_sources=cited)
    except Refusal as refusal:
        return told(request, refusal.problem, headers)
    headers |= {"Content-Language": lang, "ETag": f'W/"{site.edition}-{lang}"'}
    return sent(request, FORMATS["json"](answer).encode(), JSON, headers)


def described(request: Request) -> Response:
    """Answer with the description of all that programs can ask (OpenAPI 3.1)."""
    return sent(request, _written(document(request.app.state.site)), JSON, OPEN)


def document(site: Site) -> dict[str, Any]:
    """Return the description: a path for each question, with what it takes; the endpoint; its errors."""
    paths: dict[str, Any] = {
        "/api/questions": {"get": _get("questions", "The catalogue of questions", [], "Catalogue")},
        "/sparql": {
            "get": {
                **_get("sparql", "A query in SPARQL 1.1 (SPARQL 1.1 Protocol)", [_text("query", "The query.")], ""),
                "responses": {"200": {"description": "The answer", "content": _media()}, "default": _failed()},
            }
        },
    }
    for each in site.graphs["en"].questions.values():
        taken = [*map(_parameter, each.parameters.values()), *_beside()]
        path = f"/api/questions/{each.name}"
        paths[path] = {"get": {**_get(each.name, each.question["en"], taken, "Answer"), "tags": [each.topic]}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": sentence("web-home-title", "en"),
            "description": sentence("web-home-lead", "en"),
            "version": f"{__version__}+{site.edition[:8]}",
            "license": {"name": "CC BY 4.0 (data)", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": site.base.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "responses": {"Problem": _PROBLEM}},
    }


def _get(name: str, summary: str, parameters: list[dict[str, Any]], schema: str) -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    responses = {"200": {"description": "The answer", "content": content}, "default": _failed()}
    return {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}


def _failed() -> dict[str, str]:
    return {"$ref": "#/components/responses/Problem"}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """Return what describes a parameter: one text, or several."""
    found = _text(parameter.name, parameter.help["en"], needed=not parameter.optional)
    found["schema"] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {**found, **({"example": [parameter.example]} if parameter.example else {})}


def _text(name: str, told: str, *, needed: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": told, "required": needed, "schema": {"type": "string"}}


def _beside() -> list[dict[str, Any]]:
    spoken = _text(LANG, "The language of names and headings; without it, that of Accept-Language.", needed=False)
    sources = _text(SOURCES, "Whether each row comes with the sources that it rests on.", needed=False)
    return [
        {**spoken, "schema": {"type": "string", "enum": list(LANGUAGES)}},
        {**sources, "schema": {"type": "string", "enum": ["true", "false"]}},
    ]


def _media() -> dict[str, Any]:
    return {media: {} for media in (*sparql.ROWS, *sparql.TRIPLES)}


def _written(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "properties": dict.fromkeys(LANGUAGES, _TEXT)}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_NULLABLE = {"type": ["string", "null"]}
_TAKEN = _object(**{"name": _TEXT, "kind": _TEXT, "class": _NULLABLE, "needed": {"type": "boolean"}})
_QUESTION = _object(name=_TEXT, topic=_TEXT, question=_TEXTS, parameters=_list(_TAKEN), url=_TEXT)
_SCHEMAS = {
    "Catalogue": _object(questions=_list(_QUESTION)),
    "Answer": _object(
        question=_TEXT,
        columns=_list(_object(name=_TEXT, heading=_TEXT)),
        rows=_list({"type": "object", "additionalProperties": {"type": ["string", "null", "array"]}}),
        notices=_list(_object(name=_TEXT, notice=_TEXT)),
    ),
    "Problem": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT, code=_TEXT, cure=_TEXT),
}
_PROBLEM = {
    "description": "Why there is no answer, and what to do (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

routes = [
    Route("/api/questions", questions),
    Route("/api/questions/{name}", question, methods=["GET", "OPTIONS"]),
    Route("/api/openapi.json", described),
]
