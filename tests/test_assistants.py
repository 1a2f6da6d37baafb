"""An assistant asks the catalogue over the Model Context Protocol, and hears where the answer comes from."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from cybercoop.graph import Graph
from cybercoop.interfaces.mcp import server
from cybercoop.problems.problem import sentence

ROOT = Path(__file__).parent.parent

Asked = Callable[[Client], Awaitable[Any]]


def told(graph: Graph, tool: str, **given: Any) -> Any:
    """Return what a tool answers, asked by a client in this process."""

    async def asked() -> Any:
        async with Client(server(lambda lang: Graph(graph.workspace, lang))) as client:
            return await client.call_tool(tool, given)

    return anyio.run(asked)


def test_a_client_asks_over_standard_input_and_output() -> None:
    """A client of the protocol's own library starts `cybercoop mcp`, lists its tools, asks, and is answered."""

    async def asked() -> tuple[set[str], Any]:
        started = StdioServerParameters(command=sys.executable, args=["-m", "cybercoop", "mcp"], cwd=ROOT)
        async with Client(stdio_client(started)) as client:
            tools = await client.list_tools()
            answer = await client.call_tool(
                "ask", {"question": "project-dates", "parameters": {"project": "cybersouth"}}
            )
            return {tool.name for tool in tools.tools}, answer

    tools, answer = anyio.run(asked)
    assert tools == {"ask", "find_things", "list_questions"}
    assert not answer.is_error
    assert answer.structured_content["in_the_data"] is True
    for row in answer.structured_content["rows"]:
        assert row["sources"]


def test_every_question_is_listed_with_what_it_takes(graph: Graph) -> None:
    """The list holds the whole catalogue, in the language asked for; SPARQL is no tool."""
    listed = told(graph, "list_questions", language="fr").structured_content["questions"]
    assert {entry["name"] for entry in listed} == set(graph.questions)
    profile = next(entry for entry in listed if entry["name"] == "country-profile")
    assert profile["parameters"]["country"]["example"] == "MA"
    assert "Pays" in profile["parameters"]["country"]["takes"] or "pays" in profile["parameters"]["country"]["takes"]


def test_sources_are_numbered_and_placed(graph: Graph) -> None:
    """The numbers in the rows lead to sources with names and places."""
    answer = told(graph, "ask", question="project-activities", parameters={"project": "cybersouth-plus"}, limit=2)
    content = answer.structured_content
    assert len(content["rows"]) == 2
    assert content["rows_left_out"] == len(graph.query("project-activities", project="cybersouth-plus").rows) - 2
    numbers = {number for row in content["rows"] for number in row["sources"]}
    assert {entry["number"] for entry in content["sources"]} == numbers
    assert all(entry["places"] for entry in content["sources"])


def test_notices_come_with_an_answer(graph: Graph) -> None:
    """A name that carries a designation notice never comes without it."""
    content = told(graph, "ask", question="names-of-a-thing", parameters={"thing": "country/PS"}).structured_content
    assert content["notices"]


def test_not_in_the_data_is_an_answer(graph: Graph) -> None:
    """Where no source speaks of what is asked, the answer says so in words, and that it is no “no”."""
    answer = told(graph, "ask", question="authorities", parameters={"country": "JP"}, language="fr")
    assert not answer.is_error
    assert answer.structured_content["in_the_data"] is False
    assert answer.structured_content["statement"] == sentence("no-rows", "fr")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"question": "contry-profile"}, "country-profile"),
        ({"question": "country-profile"}, "country"),
        ({"question": "country-profile", "parameters": {"country": "Marocco"}}, "Morocco"),
        ({"question": "country-profile", "parameters": {"contry": "MA"}}, "country"),
        ({"question": "country-profile", "parameters": {"with_sources": "MA"}}, "with_sources"),
        ({"question": "activity-calendar", "parameters": {"from": "2024-13"}}, "2024-13"),
    ],
)
def test_a_wrong_parameter_is_explained(graph: Graph, given: dict[str, Any], word: str) -> None:
    """Wrong input is an error of the tool that says what is wrong and what was perhaps meant."""
    answer = told(graph, "ask", **given)
    assert answer.is_error
    assert word in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


def test_things_are_found_by_name(graph: Graph) -> None:
    """A thing is found by a name in another language, with the path that a parameter takes."""
    rows = told(graph, "find_things", text="المغرب").structured_content["rows"]
    assert rows[0]["path"] == "country/MA"
    assert rows[0]["thing_label"] == "Morocco"


@pytest.mark.parametrize(
    ("tool", "given", "word"),
    [
        ("ask", {"question": "treaty-status", "country": "MA"}, "country"),
        ("ask", {"question": "treaty-status", "parameters": {"country": "MA"}, "rows": 3}, "rows"),
        ("find_things", {"text": "Rabat", "kind": "Place"}, "kind"),
        ("list_questions", {"lang": "fr"}, "lang"),
    ],
)
def test_an_argument_that_is_not_known_is_refused(graph: Graph, tool: str, given: dict[str, Any], word: str) -> None:
    """What stands beside the arguments of a tool is not dropped in silence: another question would be answered."""
    answer = told(graph, tool, **given)
    assert answer.is_error
    assert word in answer.content[0].text
