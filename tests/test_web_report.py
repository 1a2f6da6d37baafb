"""Reports: a project's year and the briefing on a country, a note for each row, no sum that may not be made."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES
from tests.test_web import BASE, Page, read


@pytest.fixture(scope="module")
def web(graph: Graph) -> Iterator[TestClient]:
    with TestClient(made(graph, BASE), base_url=BASE.rstrip("/"), follow_redirects=False) as client:
        yield client


def _tables(text: str) -> dict[str, list[list[str]]]:
    """Return heading → rows of the table below it, of a Markdown document."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, *lines = part.splitlines()
        found[heading] = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][2:]
    return found


@pytest.mark.parametrize(("project", "year"), [("cybersouth-plus", "2024"), ("cybersouth", "2018")])
def test_the_year_of_a_project(web: TestClient, graph: Graph, project: str, year: str) -> None:
    """It lists the activities of the year and no others, each with its notes, and adds no head counts."""
    answer = graph.query("project-activities", project=project).to_dicts()
    wanted = {row["activity_label"] for row in answer if (row["start"] or "").startswith(year)}
    text = web.get(f"/en/project/{project}/report.md?year={year}").text
    tables = _tables(text)
    assert {row[0] for row in tables["Activities"]} == wanted
    assert all(re.fullmatch(r"\[\d+\]( \[\d+\])*|–", row[-1]) for rows in tables.values() for row in rows)
    assert f"each counted once: {len(wanted)}" in text
    counted = [row["headcount"] for row in graph.query("attendance", activity=list(_iris(answer, year))).to_dicts()]
    shown = " ".join(cell for row in tables["How many took part"] for cell in row)
    assert counted
    assert all(number in shown.split() for number in counted)
    assert len(set(counted)) == 1 or str(sum(map(int, set(counted)))) not in re.findall(r"\d+", text)
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert numbers == set(range(1, max(numbers) + 1))
    assert ("| Palestine* |" in text) == ("Palestine:" in text)
    whole = web.get(f"/en/project/{project}/report.md").text
    assert {row[0] for row in _tables(whole)["Activities"]} == {row["activity_label"] for row in answer}


def _iris(rows: list[dict[str, Any]], year: str) -> set[str]:
    return {row["activity"] for row in rows if (row["start"] or "").startswith(year)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_briefing_in_three_forms(web: TestClient, lang: str) -> None:
    """The page, the Markdown and the document of a country say the same, in each direction."""
    page = read(web, f"/{lang}/country/MA/report")
    assert not [cell for cell in page.cells if not cell.strip()]
    text = web.get(f"/{lang}/country/MA/report.md").text
    answer = web.get(f"/{lang}/country/MA/report.docx")
    document: Any = docx.Document(io.BytesIO(answer.content))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows[1:]]
    assert (
        len(rows)
        == sum(map(len, _tables(text).values()))
        == len(re.findall("<tr>", _body(web, lang))) - len(document.tables)
    )
    assert answer.headers["content-disposition"] == f'attachment; filename="country-MA-{lang}.docx"'
    about = document.core_properties
    assert (about.author, about.comments, about.language) == ("cybercoop", "", lang)
    assert about.title == document.paragraphs[0].text
    assert about.created.year >= 2026
    page_ = document.sections[0]
    assert (round(page_.page_width.mm), round(page_.page_height.mm)) == (210, 297)
    checked = re.findall(r"<w:lang [^>]*", document.styles.element.xml)
    assert all({"en": "en-GB", "fr": "fr-FR", "ar": "ar-SA"}[lang] in each for each in checked)
    assert ("w:bidiVisual" in document.element.xml) == (lang == "ar")
    assert text.startswith('<div dir="rtl" lang="ar">') == (lang == "ar")


def _body(web: TestClient, lang: str) -> str:
    return web.get(f"/{lang}/country/MA/report").text


@pytest.mark.parametrize("year", ["20", "2024-05", "x", "٢٠٢٤", "<script>", "9999", "2018,2019", "2018..2020"])
def test_what_is_no_year_is_refused(web: TestClient, year: str) -> None:
    """A word in place of a year ends in a sentence, in each form."""
    for suffix in ("", ".md", ".docx"):
        answer = web.get(f"/fr/project/cybersouth/report{suffix}", params={"year": year})
        assert answer.status_code == 400
        assert "<script>" not in answer.text


def test_there_is_no_report_on_what_there_is_not(web: TestClient) -> None:
    """Nothing stands at the report of a thing that is unknown, or of another kind."""
    for path in ("project/none", "country/XX", "theme/dark-web", "project/a%2Fb"):
        assert web.get(f"/en/{path}/report").status_code == 404
    empty = read(web, "/en/country/AQ/report")
    assert isinstance(empty, Page)
    assert "No source read here" in empty.words
