"""An assistant asks the catalogue over the Model Context Protocol, and hears where the answer comes from."""

from __future__ import annotations

import gc
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from cybercoop.graph import Graph
from cybercoop.interfaces import assistants, cli, mcp
from cybercoop.interfaces.mcp import server
from cybercoop.problems.problem import LANGUAGES, sentence
from cybercoop.terms.names import ID

ROOT = Path(__file__).parent.parent
ASKED = yaml.safe_load(Path(__file__).with_name("assistants.yaml").read_text("utf-8"))
TOOLS = {"ask", "explain", "find_things", "list_questions", "sparql", "validate"}


def spoken(graph: Graph, asked: Callable[[Client], Awaitable[Any]]) -> Any:
    """Return what a client in this process is told."""

    async def run() -> Any:
        async with Client(server(lambda lang: Graph(graph.workspace, lang))) as client:
            return await asked(client)

    return anyio.run(run)


def told(graph: Graph, tool: str, **given: Any) -> Any:
    """Return what a tool answers."""
    return spoken(graph, lambda client: client.call_tool(tool, given))


def content(answer: Any) -> Any:
    """Return the one text of an answer as values."""
    assert not answer.is_error, answer.content[0].text
    assert answer.structured_content is None and len(answer.content) == 1
    return json.loads(answer.content[0].text)


def test_a_client_asks_over_standard_input_and_output() -> None:
    """A client of the protocol's own library starts `cybercoop mcp`, lists its tools, asks, and is answered."""

    async def asked() -> tuple[set[str], Any, Any]:
        started = StdioServerParameters(command=sys.executable, args=["-m", "cybercoop", "mcp"], cwd=ROOT)
        async with Client(stdio_client(started)) as client:
            tools = await client.list_tools()
            given = {"question": "project-dates", "parameters": {"project": "cybersouth"}}
            wrong = await client.call_tool("ask", {"question": "project-dates", "project": "cybersouth"})
            return {tool.name for tool in tools.tools}, await client.call_tool("ask", given), wrong

    tools, answer, wrong = anyio.run(asked)
    assert tools == TOOLS
    said = content(answer)
    assert said["in_the_data"] is True and all(row[-1] for row in said["rows"])
    assert wrong.is_error and "ask has no argument project" in wrong.content[0].text


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case["asks"][:40])
def test_what_is_cited_has_its_source_and_what_nobody_says_is_refused(graph: Graph, case: dict[str, Any]) -> None:
    """Each fact comes with the source that it rests on; what no source answers is refused, or said to be empty."""
    (tool,) = case.keys() & TOOLS
    answer = told(graph, tool, **case[tool])
    if "refused" in case:
        assert answer.is_error and case["refused"] in answer.content[0].text
    elif "empty" in case:
        said = content(answer)
        lang = case[tool].get("language", "en")
        assert (said["in_the_data"], said["rows"], said["statement"]) == (False, [], sentence("no-rows", lang))
    elif "says" in case:
        text = answer.content[0].text
        (line,) = (line for line in text.splitlines() if case["says"] in line)
        cited = re.search(r"\\\[(\d+)", line)
        assert cited is not None and f"- \\[{cited[1]}\\] " in text.split("## Sources")[1]
    else:
        said = content(answer)
        rows = [row for row in said["rows"] if set(case["row"]) <= {str(cell) for cell in row}]
        assert rows, said["rows"][:5]
        for row in rows:
            if tool == "sparql":
                assert any(str(cell).startswith("source/") for cell in row)
            else:
                assert row[-1] and all(any(note.startswith(f"[{n}] ") for note in said["sources"]) for n in row[-1])
        assert len(answer.content[0].text.encode()) <= assistants.TOLD


def test_forty_questions_stand_there() -> None:
    """Twenty-five have an answer, fifteen have none."""
    assert len(ASKED) == 40
    assert sum("empty" in case or "refused" in case for case in ASKED) == 15


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_of_questions_is_short(graph: Graph, lang: str) -> None:
    """All questions with what they take fit into 8 kB; of fewer more is said, of one all."""
    text = told(graph, "list_questions", language=lang).content[0].text
    assert len(text.encode()) < 8_000
    assert all(f'"{name}(' in text for name in graph.questions)
    few = content(told(graph, "list_questions", language=lang, words="budget"))["questions"]
    assert few and len(json.dumps(few).encode()) < 8_000
    (one,) = content(told(graph, "list_questions", language=lang, words="country-profile"))["questions"]
    assert one["question"] == graph.questions["country-profile"].question[lang]
    assert one["parameters"]["country"]["example"] == "MA"


def test_rows_stay_within_a_budget_and_the_rest_can_be_asked_for(graph: Graph) -> None:
    """Asked on from the offset that “more” names, every row comes once, and no name is said twice."""
    whole = graph.query("treaty-status", country="MA").rows
    rows: list[Any] = []
    while True:
        given = {"question": "treaty-status", "parameters": {"country": "MA"}, "offset": len(rows)}
        answer = told(graph, "ask", **given)
        said = content(answer)
        assert len(answer.content[0].text.encode()) <= assistants.TOLD
        rows += said["rows"]
        if "more" not in said:
            break
        assert str(len(rows)) in said["more"]
    assert len(rows) == len(whole)


def test_a_column_that_is_called_sources_keeps_its_values(graph: Graph) -> None:
    """The number of sources of a profile is not taken for the sources of a row."""
    said = content(told(graph, "ask", question="country-profile", parameters={"country": "LB"}))
    assert all(row[-2].isdecimal() and isinstance(row[-1], list) for row in said["rows"])


def test_notices_come_with_an_answer(graph: Graph) -> None:
    """A name that carries a designation notice never comes without it."""
    assert content(told(graph, "ask", question="names-of-a-thing", parameters={"thing": "country/PS"}))["notices"]
    assert "without prejudice" in told(graph, "explain", thing="cybersouth-plus").content[0].text


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("ask", {"question": "contry-profile"}, ["country-profile"]),
        ("ask", {"question": "country-profile"}, ["country"]),
        ("ask", {"question": "country-profile", "parameters": {"country": "Marocco"}}, ["Morocco"]),
        ("ask", {"question": "country-profile", "parameters": {"contry": "MA"}}, ["country"]),
        ("ask", {"question": "country-profile", "parameters": {"with_sources": "MA"}}, ["with_sources"]),
        ("ask", {"question": "activity-calendar", "parameters": {"from": "2024-13"}}, ["2024-13"]),
        ("ask", {"question": "treaty-status", "country": "MA"}, ["no argument country", "parameters"]),
        ("ask", {"question": "treaty-status", "parameters": {"country": "MA"}, "rows": 3}, ["no argument rows"]),
        ("find_things", {"text": "Rabat", "kind": "Place"}, ["no argument kind"]),
        ("list_questions", {"lang": "fr"}, ["no argument lang"]),
        ("ask", {}, ["needs the argument question"]),
        ("ask", {"question": None}, ["needs the argument question"]),
        ("ask", {"question": "treaty-status", "limit": "many"}, ["cannot take many as limit"]),
        ("ask", {"question": "treaty-status", "limit": 0}, ["cannot take 0 as limit"]),
        ("ask", {"question": "treaty-status", "language": "de"}, ["cannot take de", "en fr ar"]),
        ("ask", {"question": "treaty-status", "parameters": "MA"}, ["cannot take MA as parameters"]),
        ("ask", {"question": "treaty-status", "parameters": {"country": None}}, ["country is null"]),
        ("ask", {"question": "treaty-status", "parameters": {"country": ["MA", None]}}, ["country is null"]),
        ("ask", {"question": "treaty-status", "parameters": {"country": []}}, ["country is null"]),
        ("ask", {"question": "treaty-status", "parameters": {"country": {"a": 1}}}, ["cannot take"]),
        ("explain", {"thing": "cybersouth-plus", "only": "colour"}, ["colour"]),
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, ["query-refused"]),
        ("sparql", {"query": "SELECT ?s WHERE {"}, ["query-syntax"]),
        ("validate", {"record": "id: x", "form": "docx"}, ["docx", "yaml"]),
        ("tell", {}, ["tell", "ask"]),
    ],
)
def test_a_wrong_call_is_explained_in_our_words(
    graph: Graph, tool: str, given: dict[str, Any], words: list[str]
) -> None:
    """What is wrong with a call is an error of the tool that says so, and what was perhaps meant; never a traceback."""
    answer = told(graph, tool, **given)
    assert answer.is_error
    text = answer.content[0].text
    assert all(word in text for word in words), text
    assert not re.search("Traceback|pydantic|validation error|Error executing", text)
    told_to_programs = answer.structured_content["problem"]
    assert told_to_programs["message"] in text and told_to_programs["code"] in text
    assert json.loads(answer.content[1].text) == answer.structured_content


def test_a_null_beside_the_parameters_is_none(graph: Graph) -> None:
    """An argument that is null is one that is not given."""
    given = {"question": "partner-count", "parameters": {"project": "cybersouth-plus"}}
    answer = told(graph, "ask", **given, limit=None, language=None, offset=None)
    assert content(answer) == content(told(graph, "ask", **given))


def test_a_wrong_call_is_explained_in_the_language_of_the_call(graph: Graph) -> None:
    """An assistant that speaks Arabic is told so in Arabic."""
    answer = told(graph, "ask", question="treaty-status", country="MA", language="ar")
    assert "وسيط" in answer.content[0].text


def test_a_query_of_ones_own_says_whether_it_can_be_cited(graph: Graph) -> None:
    """Rows without a source are told to be without; with one they are not."""
    bare = content(told(graph, "sparql", query="SELECT ?p { ?p a coop:Project }", limit=2))
    assert bare["citing"] == sentence("mcp-uncited", "en") and len(bare["rows"]) == 2 and "more" in bare
    query = "SELECT ?source ?p { GRAPH ?source { ?p a coop:Project } }"
    assert "citing" not in content(told(graph, "sparql", query=query, limit=2))


def test_a_record_is_judged_and_not_written(graph: Graph) -> None:
    """The verdict has line, message and cure of each problem, in the language asked for."""
    record = "source: gsm-launch\nat: {section: x}\nid: project/cybersouth-plus\ntype: Project\nstartDate: 2024-13\n"
    said = content(told(graph, "validate", record=record, language="fr"))
    assert said["conforms"] is False
    assert any(found["line"] == 5 and found["cure"] for found in said["problems"])
    assert not (ROOT / "record").exists()


def test_a_large_thing_is_explained_in_part_with_its_sources(graph: Graph) -> None:
    """What is told of a country fits; each claim told has its source; the other properties are named."""
    text = told(graph, "explain", thing="MA").content[0].text
    assert len(text.encode()) <= assistants.TOLD
    claims, sources = text.split("## Sources")
    assert set(re.findall(r"\\\[(\d+)", claims)) <= set(re.findall(r"- \\\[(\d+)", sources))
    assert "partnerCountry" in text.splitlines()[-1]


def test_a_thing_is_a_resource_by_its_iri(graph: Graph) -> None:
    """The IRI of a thing, read as a resource, gives every claim about it; another IRI is refused in words."""

    async def read(client: Client) -> Any:
        templates = await client.list_resource_templates()
        found = await client.read_resource(f"{ID}project/cybersouth-plus")
        with pytest.raises(Exception, match="nothing-called"):
            await client.read_resource(f"{ID}project/none")
        return templates, found

    templates, found = spoken(graph, read)
    assert [each.uri_template for each in templates.resource_templates] == [ID + "{kind}/{name}"]
    assert found.contents[0].mime_type == "text/markdown" and "3,890,000" in found.contents[0].text


def test_things_are_found_by_name(graph: Graph) -> None:
    """A thing is found by a name in another language, with the path that a parameter takes."""
    said = content(told(graph, "find_things", text="المغرب"))
    assert said["rows"][0][0] == "country/MA" and said["things"]["country/MA"] == "Morocco"


def test_a_server_collects_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cybercoop mcp` lives long, so that what commands do without is done again, however it is called."""

    class Stopped:
        def run(self, _: str) -> None:
            assert gc.isenabled()

    monkeypatch.setattr(mcp, "server", lambda opened: Stopped())
    gc.disable()
    try:
        cli.run(["--", "mcp"])
    finally:
        gc.enable()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_offset_past_the_end_is_said(graph: Graph, lang: str) -> None:
    """An assistant that asks on beyond the last row hears that there is none, and how many there were."""
    said = content(told(graph, "ask", question="project-dates", offset=9000, language=lang))
    assert said["rows"] == []
    assert "9000" in said["more"]
