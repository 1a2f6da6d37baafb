"""What assistants are told: answers, explanations and verdicts as short JSON or Markdown that says nothing twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cybercoop.ask.catalogue import speaking_of
from cybercoop.problems.problem import in_language, listed, nearest, refuse, sentence
from cybercoop.records import Given
from cybercoop.sparql.limits import Limits
from cybercoop.terms.names import short

if TYPE_CHECKING:
    from cybercoop.ask.answer import Answer
    from cybercoop.graph import Graph
    from cybercoop.sparql.question import Question
    from cybercoop.terms.term import Term

LISTED, TOLD = 8_000, 12_000
"""Bytes of the list of questions, and of whatever else is told at once; one row is told whatever its size."""
_PROBLEMS = 20
_LIMITS = Limits(rows=10_000, bytes=8 * 2**20, seconds=10, memory=2**30)


def questions(graph: Graph, words: str) -> str:
    """Return the questions that speak of some words, or the one of that name, in as much detail as there is room for.

    With what each takes; else with its wording; else by name alone, with its parameters, in their topics.
    """
    found = [graph.questions[words]] if words in graph.questions else [*speaking_of(graph.questions.values(), words)]
    lang = graph.lang
    whole = {"questions": [_described(entry, lang) for entry in found]}
    worded = {"questions": {_called(entry): in_language(entry.question, lang) for entry in found}}
    named: dict[str, list[str]] = {}
    for entry in found:
        named.setdefault(entry.topic, []).append(_called(entry))
    more = sentence("mcp-more-of-a-question", lang)
    forms: tuple[dict[str, Any], ...] = (whole, {**worded, "more": more}, {"questions": named, "more": more})
    return next((text for form in forms if len((text := _json(form)).encode()) <= LISTED), _json(forms[-1]))


def _called(question: Question) -> str:
    """Return the name of a question with what it takes: `treaty-status(instrument?, country?)`."""
    takes = (name + "?" * parameter.optional for name, parameter in question.parameters.items())
    return f"{question.name}({', '.join(takes)})"


def _described(question: Question, lang: str) -> dict[str, Any]:
    return {
        "name": question.name,
        "question": in_language(question.question, lang),
        "parameters": {
            parameter.name: {
                "takes": in_language(parameter.help, lang),
                "example": parameter.example,
                **({"optional": True} if parameter.optional else {}),
            }
            for parameter in question.parameters.values()
        },
    }


def asked(graph: Graph, name: str, parameters: dict[str, Any], limit: int, offset: int) -> str:
    """Return the answer to a question of the catalogue, with what each row rests on. Raises `Refusal`."""
    question = graph.question(name)
    for key, value in parameters.items():
        if key == "with_sources":
            known = list(question.parameters)
            raise refuse("unknown-parameter", value=key, known=" ".join(known), nearest=nearest("source", known))
        if value is None or (isinstance(value, list) and (None in value or not value)):
            raise refuse("mcp-null", value=key)
    return told(graph.query(name, with_sources=True, **parameters), limit, offset)


def found(graph: Graph, text: str, limit: int, offset: int) -> str:
    """Return the things that have all words of a text in a name."""
    return told(graph.search(text), limit, offset)


def selected(graph: Graph, query: str, limit: int, offset: int) -> str:
    """Return the rows of a SPARQL query, which name their sources only where the query asks for them."""
    answer = graph.sparql(query, _LIMITS)
    sourced = any("/id/source/" in str(cell) for row in answer.rows[:1] for cell in row)
    return told(
        answer,
        limit,
        offset,
        *(() if sourced or not answer.rows else (("citing", sentence("mcp-uncited", graph.lang)),)),
    )


def told(answer: Answer, limit: int, offset: int, *more: tuple[str, str]) -> str:
    """Return an answer as JSON within `TOLD`: rows as lists, null for what is unknown, each name and source once.

    A thing stands in a row by its path; `things` has what each is called. The last cell of a row with sources holds the
    numbers of these. What is left out is said, with the offset to ask on from.
    """
    count = max(min(limit, len(answer) - offset), 0)
    while True:
        text = _json({**_told(answer, offset, count), **dict(more)})
        if count <= 1 or len(text.encode()) <= TOLD:
            return text
        count = max(1, min(count - 1, count * TOLD // len(text.encode())))


def _told(answer: Answer, offset: int, count: int) -> dict[str, Any]:
    part = answer.only(range(offset, offset + count))
    notes = part.notes()
    numbers = {source: number for number, source, _ in notes}
    met = [term for row in part.rows for term in row if isinstance(term, ox.NamedNode) and term.value not in numbers]
    rows: list[list[Any]] = [[_cell(term) for term in row] for row in part.rows]
    for row, cited in zip(rows, part.sources or (), strict=False):
        row.append(sorted({numbers[entry.source] for entry in cited}))
    left = len(answer) - offset - count
    more = sentence("mcp-more", answer.lang, count=left, offset=offset + count) if left > 0 else ""
    if 0 < len(answer) <= offset:
        more = sentence("mcp-past-the-end", answer.lang, count=len(answer), offset=offset)
    said: dict[str, Any] = {
        "question": in_language(answer.question, answer.lang),
        "in_the_data": bool(len(answer)),
        "columns": [*map(answer.heading, answer.columns), *(["[…]"] if answer.sources is not None else [])],
        "rows": rows,
        "things": {short(term.value): answer.shown(term) for term in met} if answer.named else {},
        "sources": [f"{part.note(*note)} ({short(note[1])})" for note in notes],
        "notices": [f"{name}: {notice}" for name, notice in part.notices()],
        "statement": "" if len(answer) else sentence("no-rows", answer.lang),
        "more": more,
    }
    return {key: value for key, value in said.items() if value not in ("", [], {}) or key == "rows"}


def _cell(term: Term | None) -> str | None:
    if isinstance(term, ox.NamedNode):
        return short(term.value)
    return None if term is None else str(term) if isinstance(term, ox.Triple) else term.value


def explained(graph: Graph, thing: str, only: str | None = None) -> str:
    """Return every claim about a thing with who makes it and where, as Markdown within `TOLD`. Raises `Refusal`.

    Of a thing with too many claims, the first properties are told, with their own sources, and the others named.
    """
    from cybercoop.ask.explanation import FORMATS

    whole = graph.explain(thing, only)
    text, count = FORMATS["md"](whole), len(whole.properties)
    while len(text.encode()) > TOLD and count > 1:
        count = max(1, min(count - 1, count * TOLD // len(text.encode())))
        kept = whole.properties[:count]
        heard = {source for entry in kept for stated in entry.values for source in stated.sources}
        witnesses = {source: witness for source, witness in whole.witnesses.items() if source in heard}
        part = replace(whole, properties=kept, pointing=(), witnesses=witnesses)
        left = [entry.iri for entry in whole.properties[count:]] + [entry.iri for entry in whole.pointing]
        words = listed((short(iri).rpartition(":")[2] for iri in left), graph.lang)
        text = f"{FORMATS['md'](part)}\n{sentence('mcp-more-claims', graph.lang, known=words)}\n"
    return text


def judged(graph: Graph, record: str, form: str) -> str:
    """Return the verdict on a record that lies nowhere, with the cure of each problem; nothing is written."""
    report = graph.validate(Given("record", record.encode(errors="surrogatepass"), form), mends=True)
    shown = [_problem(each.to_dict(graph.lang)) for each in report.problems[:_PROBLEMS]]
    left = len(report.problems) - len(shown)
    said: dict[str, Any] = {"conforms": report.conforms, "records": report.records, "problems": shown}
    if left:
        said["more"] = sentence("mcp-more-problems", graph.lang, count=left)
    return _json(said)


def _problem(whole: dict[str, Any]) -> dict[str, Any]:
    kept = ("code", "severity", "line", "column", "message", "cure", "thing", "value", "nearest", "choices")
    said = {key: whole[key] for key in kept if whole[key] not in (None, "", [])}
    said["choices"] = said.get("choices", [])[:5]
    mends = [mend["title"] for mend in whole["mends"]]
    return {key: value for key, value in {**said, "mends": mends}.items() if value not in ([],)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
