"""The catalogue for assistants: questions as tools of the Model Context Protocol, answers with their sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from cybercoop import __version__
from cybercoop.ask.catalogue import speaking_of
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import Refusal, in_language, nearest, refuse, sentence

if TYPE_CHECKING:
    from mcp.server.mcpserver.tools import Tool

    from cybercoop.ask.answer import Answer
    from cybercoop.graph import Graph
    from cybercoop.sparql.question import Question

_ROWS = 50
_INSTRUCTIONS = """Answers about international cooperation against cybercrime: treaties, projects, activities, laws.
Choose a question with list_questions, ask it with ask. Find how a country, treaty, project or body is written with
find_things. Each row says which numbered sources it rests on: cite them. What no source says is unknown, never “no”:
an answer with in_the_data false, and a cell that is null, mean that the graph does not know."""


def server(opened: Callable[[str], Graph]) -> MCPServer[Any]:
    """Return a server of the catalogue over the graph that `opened` gives for a language (en, fr or ar)."""
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    made: MCPServer[Any] = MCPServer("cybercoop", version=__version__, instructions=_INSTRUCTIONS)

    def answered(language: str, make: Callable[[Graph], dict[str, Any]]) -> dict[str, Any]:
        try:
            return make(opened(language))
        except Refusal as refusal:
            raise ToolError(said(refusal.problem, language, refusal.line)) from None

    @made.tool(annotations=reads)
    def list_questions(
        words: Annotated[str, Field(description="Only questions that speak of all of these, in any language.")] = "",
        language: Annotated[Literal["en", "fr", "ar"], Field(description="Language of the wording.")] = "en",
    ) -> dict[str, Any]:
        """List the questions of the catalogue, each with its name, its wording and what it takes."""
        return answered(language, lambda graph: _listed(graph, words, language))

    @made.tool(annotations=reads)
    def find_things(
        text: Annotated[str, Field(description="Words of a name, in English, French or Arabic.")],
        language: Annotated[Literal["en", "fr", "ar"], Field(description="Language of the names.")] = "en",
    ) -> dict[str, Any]:
        """Find things by their names; the path of one is what a parameter of a question takes."""
        return answered(language, lambda graph: _told(graph.search(text), _ROWS))

    @made.tool(annotations=reads)
    def ask(
        question: Annotated[str, Field(description="The name of a question, as list_questions gives it.")],
        parameters: Annotated[
            dict[str, str | int | list[str | int]] | None,
            Field(description="Its parameters by name: codes, names, paths or dates; a list for several."),
        ] = None,
        language: Annotated[Literal["en", "fr", "ar"], Field(description="Language of the answer.")] = "en",
        limit: Annotated[int, Field(ge=1, le=1000, description="How many rows at most.")] = _ROWS,
    ) -> dict[str, Any]:
        """Ask a question of the catalogue; the answer comes with the sources of each row and the places in them."""
        return answered(language, lambda graph: _asked(graph, question, parameters or {}, limit))

    for tool in made._tool_manager.list_tools():
        _strict(tool)
    return made


def _strict(tool: Tool) -> None:
    """Have a tool refuse an argument that it does not know: dropped in silence, another question would be answered."""
    tool.fn_metadata.arg_model.model_config["extra"] = "forbid"
    tool.fn_metadata.arg_model.model_rebuild(force=True)
    tool.parameters["additionalProperties"] = False


def _listed(graph: Graph, words: str, lang: str) -> dict[str, Any]:
    return {"questions": [_described(entry, lang) for entry in speaking_of(graph.questions.values(), words)]}


def _described(question: Question, lang: str) -> dict[str, Any]:
    return {
        "name": question.name,
        "question": in_language(question.question, lang),
        "topic": question.topic,
        "parameters": {
            parameter.name: {
                "takes": in_language(parameter.help, lang),
                "example": parameter.example,
                "optional": parameter.optional,
            }
            for parameter in question.parameters.values()
        },
    }


def _asked(graph: Graph, name: str, parameters: dict[str, Any], limit: int) -> dict[str, Any]:
    if "with_sources" in parameters:
        question = graph.questions.get(name)
        listed = " ".join(question.parameters) if question else "–"
        raise refuse("unknown-parameter", value="with_sources", known=listed, nearest=nearest("source", listed.split()))
    return _told(graph.query(name, with_sources=True, **parameters), limit)


def _told(answer: Answer, limit: int) -> dict[str, Any]:
    """Return an answer as plain values: names beside IRIs, null for what is unknown, sources by number."""
    notes = answer.notes()
    numbers = {source: number for number, source, _ in notes}
    rows = answer.to_dicts()[:limit]
    shown = {entry["source"] for row in rows for entry in row.get("sources", ())}
    for row in rows:
        if "sources" in row:
            row["sources"] = sorted(numbers[entry["source"]] for entry in row["sources"])
    told: dict[str, Any] = {
        "question": in_language(answer.question, answer.lang),
        "in_the_data": bool(len(answer)),
        "columns": {column: answer.heading(column) for column in answer.columns},
        "rows": rows,
        "rows_left_out": len(answer) - len(rows),
        "sources": [
            {
                "number": number,
                "source": source,
                "label": answer.labels.get(source, answer.lang),
                "places": list(map(str, places)),
            }
            for number, source, places in notes
            if source in shown
        ],
        "notices": [{"name": name, "notice": notice} for name, notice in answer.notices()],
    }
    return told if len(answer) else {**told, "statement": sentence("no-rows", answer.lang)}
