"""The catalogue for assistants: tools and resources of the Model Context Protocol, answers with their sources.

See https://modelcontextprotocol.io/specification. Each answer is one text: what a result would have as structured
content beside it would say the same again. What is refused is told in words, and to programs as structured content
(Tools, Error Handling and Structured Content).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field, ValidationError

from cybercoop import __version__
from cybercoop.interfaces import assistants
from cybercoop.judge.reports.people import said
from cybercoop.problems.problem import LANGUAGES, Refusal, nearest, one_of, refuse
from cybercoop.records import NAMES
from cybercoop.terms.names import ID

if TYPE_CHECKING:
    from mcp.server.mcpserver.tools import Tool

    from cybercoop.graph import Graph

_ROWS = 50
_INSTRUCTIONS = """Answers about international cooperation against cybercrime: treaties, projects, activities, laws.
Choose a question with list_questions, ask it with ask. Find how a country, treaty, project or body is written with
find_things; explain tells every claim about one thing. sparql is for what no question asks. Cite the sources of what
you say: the last cell of a row has their numbers. What no source says is unknown, never “no”: an answer with
in_the_data false, and a cell that is null, mean that the graph does not know. Write each notice where its name is
used. validate judges a record before it is sent in."""

Language = Annotated[Literal["en", "fr", "ar"], Field(description="Language of the answer.")]
Limit = Annotated[int, Field(ge=1, le=1000, description="How many rows at most.")]
Offset = Annotated[int, Field(ge=0, description="How many rows to pass over: what “more” of an answer names.")]


class _Server(MCPServer[Any]):
    """A server whose tools say in our words what is wrong with a call."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Return what a tool answers; what is wrong with the arguments, or refused, is an error of the tool."""
        language = arguments.get("language")
        lang = language if language in LANGUAGES else "en"
        try:
            tools = {tool.name: tool for tool in self._tool_manager.list_tools()}
            given = _checked(tools[one_of(name, tools)], arguments)
            return await super().call_tool(name, given, context)
        except Refusal as refusal:
            return _refused(refusal, lang)
        except ToolError as error:
            if isinstance(error.__cause__, Refusal):
                return _refused(error.__cause__, lang)
            raise


def _refused(refusal: Refusal, lang: str) -> CallToolResult:
    """Return a refusal: in words, as JSON for clients that know no structured content, and as that."""
    told = {"problem": refusal.problem.to_dict(lang)}
    texts = (said(refusal.problem, lang, refusal.line), json.dumps(told, ensure_ascii=False))
    content: list[Any] = [TextContent(type="text", text=text) for text in texts]
    return CallToolResult(content=content, structured_content=told, is_error=True)


def _checked(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that a tool is called with; null is none.

    Raises `Refusal` for one that it does not know, that it lacks, or that has another kind of value: dropped in
    silence, another question would be answered.
    """
    known = tool.parameters.get("properties", {})
    for name in arguments:
        if name not in known:
            near = nearest(name, known)
            raise refuse("mcp-unknown-argument", value=name, known=" ".join(known), nearest=near, command=tool.name)
    given = {name: value for name, value in arguments.items() if value is not None}
    for name in tool.parameters.get("required", ()):
        if name not in given:
            raise refuse("mcp-argument-missing", value=name, command=tool.name)
    try:
        tool.fn_metadata.validate_arguments(given)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        taken = known.get(name, {})
        shown = " ".join(map(str, taken.get("enum", ()))) or taken.get("description", "")
        value = str(given.get(name))
        raise refuse("mcp-bad-argument", value=value, term=name, known=shown, command=tool.name) from None
    return given


def server(opened: Callable[[str], Graph]) -> MCPServer[Any]:
    """Return a server of the catalogue over the graph that `opened` gives for a language (en, fr or ar)."""
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    made = _Server("cybercoop", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING")
    tool = made.tool(annotations=reads, structured_output=False)

    @tool
    def list_questions(
        words: Annotated[
            str, Field(description="Only questions that speak of all of these, in any language; or the name of one.")
        ] = "",
        language: Language = "en",
    ) -> str:
        """List the questions of the catalogue; the fewer there are, the more is said of each."""
        return assistants.questions(opened(language), words)

    @tool
    def find_things(
        text: Annotated[str, Field(description="Words of a name, in English, French or Arabic.")],
        language: Language = "en",
        limit: Limit = _ROWS,
        offset: Offset = 0,
    ) -> str:
        """Find things by their names; the path of one is what a parameter of a question takes."""
        return assistants.found(opened(language), text, limit, offset)

    @tool
    def ask(
        question: Annotated[str, Field(description="The name of a question, as list_questions gives it.")],
        parameters: Annotated[
            dict[str, str | int | list[str | int | None] | None],
            Field(description="Its parameters by name: codes, names, paths or dates; a list for several."),
        ] = {},  # noqa: B006  (never changed)
        language: Language = "en",
        limit: Limit = _ROWS,
        offset: Offset = 0,
    ) -> str:
        """Ask a question of the catalogue; the answer comes with the sources of each row and the places in them."""
        return assistants.asked(opened(language), question, parameters, limit, offset)

    @tool
    def explain(
        thing: Annotated[str, Field(description="A code, a name or a path, as find_things gives it.")],
        only: Annotated[str | None, Field(description="One property: its word, its name or its IRI.")] = None,
        language: Language = "en",
    ) -> str:
        """Tell every claim about one thing: who makes it, where, and which value goes first and why."""
        return assistants.explained(opened(language), thing, only)

    @tool
    def sparql(
        query: Annotated[str, Field(description="SPARQL 1.1; GRAPH ?source { … } tells who says it.")],
        language: Language = "en",
        limit: Limit = _ROWS,
        offset: Offset = 0,
    ) -> str:
        """Run a query of your own over the union of all sources, with the usual prefixes; nothing is changed."""
        return assistants.selected(opened(language), query, limit, offset)

    @tool
    def validate(
        record: Annotated[str, Field(description="The record, as a text.")],
        form: Annotated[str, Field(description="Its format: " + ", ".join(NAMES) + ".")] = "yaml",
        language: Language = "en",
    ) -> str:
        """Judge a record before it is sent in: each problem with its line and its cure. Nothing is written."""
        return assistants.judged(opened(language), record, one_of(form, NAMES))

    @made.resource(ID + "{kind}/{name}", mime_type="text/markdown")
    def thing(kind: str, name: str) -> str:
        """Every claim about a thing, by its IRI, with who makes it and where."""
        try:
            return assistants.explained(opened("en"), f"{kind}/{name}")
        except Refusal as refusal:
            raise ResourceNotFoundError(said(refusal.problem, "en")) from None

    return made
