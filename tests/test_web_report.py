"""Reports: a project's year and the briefing on a country, a note for each row, no sum that may not be made."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import docx
import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from cybercoop.ask.answer import Answer
from cybercoop.graph import Graph
from cybercoop.interfaces.web import answers, cards
from cybercoop.interfaces.web.app import made
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.labels import Labels
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


@pytest.mark.parametrize(
    "path",
    [
        "project/cybersouth/report?year=2018&year=2019",
        "country/MA?as-of=2018&as-of=2019",
        "../embed/fr/country/MA/timeline?as-of=2018&as-of=2019",
    ],
)
def test_of_two_days_neither_is_taken(web: TestClient, path: str) -> None:
    """Where one value is meant, two are refused in every place, as they are in questions."""
    assert web.get(f"/fr/{path}").status_code == 400
    assert web.get(f"/fr/{path.rpartition('&')[0]}").status_code == 200


def test_there_is_no_report_on_what_there_is_not(web: TestClient) -> None:
    """Nothing stands at the report of a thing that is unknown, or of another kind."""
    for path in ("project/none", "country/XX", "theme/dark-web", "project/a%2Fb"):
        assert web.get(f"/en/{path}/report").status_code == 404
    empty = read(web, "/en/country/AQ/report")
    assert isinstance(empty, Page)
    assert "No source read here" in empty.words


SCRIPTS = {"en": "[A-Za-z]", "fr": "[A-Za-zÀ-ÿ]", "ar": "[\u0600-\u06ff]"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_outputs_stand_in_the_language_of_the_reader(web: TestClient, graph: Graph, lang: str) -> None:
    """Page, Markdown and document give the words that the graph has in it, once each, and none in another."""
    answer = graph.query("project-outputs", project="cybersouth-plus").to_dicts()
    own = {row["wording"] for row in answer if row["language"] == lang}
    others = {row["wording"] for row in answer} - own
    assert own
    assert others
    path = f"/{lang}/project/cybersouth-plus/report"
    document: Any = docx.Document(io.BytesIO(web.get(f"{path}.docx").content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    for text in (web.get(path).text, web.get(f"{path}.md").text, "\n".join(cells)):
        plain = html.unescape(re.sub(r"</?bdi[^>]*>|\u200e", "", text))
        assert all(plain.count(each) == 1 for each in own)
        assert not [each for each in others if each in plain]


@pytest.mark.parametrize(("lang", "word"), [("en", "French"), ("ar", "الفرنسية")])
def test_words_in_another_language_say_so(web: TestClient, lang: str, word: str) -> None:
    """Where a text is in one language alone, each form has its attribute and the name of the language."""
    gazette = "Bulletin officiel n° 6970, 18 mars 2021"
    path = f"/{lang}/country/MA/report"
    page = web.get(path).text
    assert re.search(rf'<bdi lang="fr" dir="ltr">{gazette}</bdi> <small class="tongue">{word}</small>', page)
    assert f'<span lang="fr" dir="ltr">{gazette}</span> ({word})' in web.get(f"{path}.md").text
    document: Any = docx.Document(io.BytesIO(web.get(f"{path}.docx").content))
    told = [cell.paragraphs[0] for table in document.tables for row in table.rows for cell in row.cells]
    found = next(each for each in told if each.text == f"{gazette} ({word})")
    assert 'w:lang w:val="fr-FR"' in found.runs[0]._r.xml
    assert "w:rtl" not in found.runs[0]._r.xml
    assert ("w:rtl" in found.runs[1]._r.xml) == (lang == "ar")
    in_french = web.get("/fr/country/MA/report.md").text
    assert gazette in in_french
    assert f'<span lang="fr" dir="ltr">{gazette}' not in in_french


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_in_no_language_of_the_reader_stays(lang: str) -> None:
    """A thing that has a text in the reader's language keeps that alone; one that has none keeps all it has."""
    one, other = ox.NamedNode("https://x.example/1"), ox.NamedNode("https://x.example/2")
    said = [(one, "en"), (one, "fr"), (one, "ar"), (other, "de"), (other, "es")]
    rows = [[thing, ox.Literal("x", language=tag), ox.Literal(tag)] for thing, tag in said]
    answer = Answer(["thing", "text", "language"], rows, {}, Labels({}, {}), lang, named=True, question={})
    found, left_out = answers._spoken(answer)
    assert [(row[0], row[2].value) for row in found.rows] == [(one, lang), (other, "de"), (other, "es")]
    assert left_out == {2}


def test_no_mark_of_direction_stands_inside_a_word(web: TestClient) -> None:
    """French words in an Arabic document are whole, accents and all, for who searches or copies them."""
    text = web.get("/ar/project/cybersouth-plus/report.md").text + web.get("/ar/country/MA/report.md").text
    assert not re.findall("[A-Za-zÀ-ÿ]\u200e[A-Za-zÀ-ÿ]", text)
    assert cards.marked("في Côte d’Ivoire", "ar") == "في Côte d’Ivoire\u200e"
    assert 'في <bdi dir="ltr">Élysée</bdi>' in cards.apart("في Élysée", "ar")
