"""A notebook asks with a magic, and goes on with typed columns."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cybercoop.ask.answer import Answer, as_table
from cybercoop.ask.explanation import FORMATS
from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent
CELL = re.compile(r"^```ipython\n(?P<cell>.*?)^```$(?:\n+^```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A real shell of IPython in the repository, with the extension loaded."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(ROOT)
    made: Any = InteractiveShell
    shell = made()
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "cybercoop")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def result(shell: Any, cell: str) -> Any:
    """Return what a cell gives; an exception in it fails the test."""
    done = shell.run_cell(cell)
    done.raise_error()
    return done.result


def test_a_line_asks_a_question(shell: Any) -> None:
    """`%cybercoop` takes a question with its parameters as the command line does, names with spaces in quotes."""
    answer = result(shell, '%cybercoop treaty-status --country Morocco --instrument "Budapest Convention" --lang fr')
    assert isinstance(answer, Answer)
    assert len(answer)
    assert answer.lang == "fr"
    assert "<td" in answer._repr_html_()


def test_a_cell_asks_in_sparql(shell: Any) -> None:
    """`%%cybercoop` takes the cell as a query, and `--as` keeps the answer under a name."""
    result(shell, "%%cybercoop --as found\nSELECT ?project { ?project a coop:Project }")
    assert len(result(shell, "found")) > 10


def test_a_parameter_may_be_a_variable(shell: Any) -> None:
    """`$name` is the value of a variable, one or several; a dollar before no variable stays as it is."""
    result(shell, "codes = ['MA', 'TN']")
    both = result(shell, "%cybercoop country-profile --country $codes")
    each = [len(result(shell, f"%cybercoop country-profile --country {code}")) for code in ("MA", "TN")]
    assert len(both) == sum(each)


def test_sources_come_where_they_are_asked_for(shell: Any) -> None:
    """`--with-sources` needs no value, wherever it stands, and adds notes to the HTML."""
    answer = result(shell, "%cybercoop project-dates --with-sources --project cybersouth")
    assert answer.sources
    assert "[1]" in answer._repr_html_()


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("%cybercoop contry-profile", "country-profile"),
        ("%cybercoop country-profile --country Marocco", "Morocco"),
        ("%cybercoop country-profile --country 'MA", "quotation"),
        ("%cybercoop country-profile --country", "country"),
        ("%cybercoop --lang de", "de"),
        ("%cybercoop explain cybersuoth", "cybersouth"),
        ("%cybercoop explain cybersouth --property endDat", "endDat"),
        ("%cybercoop explain cybersouth --kind Project", "--property"),
        ("%cybercoop explain", "explain"),
        ("%cybercoop search rabat --kind Contry", "Country"),
        ("%cybercoop country-profile --country MA --limit-rows many", "--limit-rows"),
        ("%cybercoop --endpoint localhost", "endpoint-address"),
        ("%%cybercoop --limit-rows 10\nSELECT * { ?s ?p ?o }", "query-limit-rows"),
        ("%%cybercoop --limit-seconds 0\nSELECT * { ?s ?p ?o }", "--limit-seconds"),
        ("%%cybercoop --limit-rows many\nSELECT * { ?s ?p ?o }", "--limit-rows"),
        ("%%cybercoop\nSELECT ?x {", "query-syntax"),
        ("%%cybercoop\nSELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "query-refused"),
        ("%%cybercoop country-profile\nSELECT * { ?s ?p ?o }", "country-profile"),
    ],
)
def test_wrong_input_is_said_in_words(shell: Any, cell: str, word: str) -> None:
    """Wrong input is explained under the cell as text, never as a traceback."""
    said = result(shell, cell)
    assert word in repr(said)
    assert "<pre" in said._repr_html_()


def test_the_environment_holds_in_a_notebook_too(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """CYBERCOOP_LANG is the language, CYBERCOOP_ENDPOINT the server, where a line says nothing else."""
    monkeypatch.setenv("CYBERCOOP_LANG", "fr")
    assert result(shell, "%cybercoop project-dates --project cybersouth").lang == "fr"
    monkeypatch.setenv("CYBERCOOP_ENDPOINT", "http://127.0.0.1:9/")
    assert "injoignable" in repr(result(shell, "%cybercoop project-dates --project cybersouth"))


def test_an_explanation_is_shown_as_text(graph: Graph) -> None:
    """In a notebook an explanation is what the command line prints, or its Markdown."""
    explained = graph.explain("cybersouth", "endDate")
    assert repr(explained) == FORMATS["text"](explained).rstrip()
    assert explained._repr_markdown_() == FORMATS["md"](explained)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("explain cybersouth", ["explain", "cybersouth"]),
        ("explain budapest convention", ["explain", "budapest", "convention"]),
        ("explain Maroc --lang ar", ["explain", "Maroc", "--lang", "ar"]),
        ("explain cybersouth --property endDate", ["explain", "cybersouth", "--property", "endDate"]),
        ("search budapest convention", ["search", "budapest convention"]),
        ("search rabat --kind Place --lang fr", ["search", "rabat", "--kind", "Place", "--lang", "fr"]),
    ],
)
def test_explain_and_search_are_those_of_the_command_line(
    shell: Any, line: str, typed: list[str], command: Any
) -> None:
    """`%cybercoop explain` and `%cybercoop search` answer what the commands of that name print."""
    shown = result(shell, f"%cybercoop {line}")
    printed = command(*typed)
    assert printed.code == 0
    assert printed.text == (as_table(shown) if isinstance(shown, Answer) else FORMATS["text"](shown))


def test_an_explanation_keeps_the_direction_of_each_text(shell: Any) -> None:
    """As HTML an explanation has the labels of its text, each in a `bdi`, and nothing that a source wrote is markup."""
    shown = result(shell, "%cybercoop explain PS --lang ar")
    page = shown._repr_html_()
    told = FORMATS["text"](shown)
    assert page.startswith('<div lang="ar" dir="rtl">')
    assert "".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split()) == "".join(told.split())
    assert all("<bdi>" in line for line in page.splitlines() if line.startswith("<p>"))
    assert set(re.findall(r"</?(\w+)", page)) <= {"div", "h3", "h4", "h5", "p", "bdi"}


def test_a_bare_line_lists_the_questions(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """`%cybercoop` alone lists the catalogue; with --search, the questions that speak of something."""
    result(shell, "%cybercoop")
    assert "country-profile" in capsys.readouterr().out
    result(shell, "%cybercoop --search gazette")
    assert "country-profile" not in capsys.readouterr().out


#### Typed columns ####


def test_full_dates_are_dates(graph: Graph) -> None:
    """A column of days is one of dates in pandas and in polars."""
    answer = graph.query("laws-enacted-during-projects", country="MA")
    assert answer.to_pandas()["first"].dtype.kind == "M"
    assert answer.to_polars()["first"].dtype == polars.Date
    assert isinstance(answer.to_polars()["first"][0], datetime.date)


def test_a_year_does_not_become_a_day(graph: Graph) -> None:
    """A column in which a source gives but a year or a month stays text, as precise as it was."""
    answer = graph.query("projects-with-moved-end")
    assert {len(text) for text in answer.to_texts()["end"] if text} & {4, 7}
    assert list(answer.to_pandas()["end"]) == answer.to_texts()["end"]
    assert answer.to_polars()["end"].dtype == polars.String


def test_numbers_and_truth_values_are_typed_with_gaps(graph: Graph) -> None:
    """Whole numbers, amounts and truth values are typed; what is unknown is missing, not zero or false."""
    partners = graph.query("partner-count", project="cybersouth-plus")
    assert str(partners.to_pandas()["named"].dtype) == "Int64"
    assert partners.to_polars()["named"].dtype == polars.Int64
    people = graph.query("attendance")
    assert str(people.to_pandas()["estimated"].dtype) == "boolean"
    assert people.to_polars()["estimated"].dtype == polars.Boolean
    assert people.to_polars()["estimated"].null_count() == people.to_pandas()["estimated"].isna().sum() > 0
    assert graph.query("project-budgets").to_polars()["amount"].dtype.is_numeric()


@pytest.mark.parametrize("name", ["authorities", "project-dates"])
def test_an_empty_answer_has_its_columns(graph: Graph, name: str) -> None:
    """An answer without rows is a frame without rows."""
    given = {"authorities": {"country": "JP"}, "project-dates": {"project": "glacy"}}[name]
    answer = graph.query(name, **given, with_sources=True)
    assert list(answer.to_pandas().columns) == answer.to_polars().columns
    assert len(answer.to_polars()) == len(answer)


#### The document ####


def test_the_document_is_run(shell: Any, capsys: pytest.CaptureFixture[str], pytestconfig: Any) -> None:
    """Every cell of docs/notebook.md runs, and gives what stands below it."""
    path = ROOT / "docs" / "notebook.md"
    text = path.read_text(encoding="utf-8")

    def fresh(match: re.Match[str]) -> str:
        done = shell.run_cell(match["cell"])
        done.raise_error()
        printed = capsys.readouterr().out
        output = (
            re.sub(r"\x1b\[[0-9;]*m", "", printed).partition("]: ")[2] or printed
            if done.result is not None
            else printed
        )
        shown = f"\n\n```text\n{output.strip()}\n```" if output.strip() else ""
        return f"```ipython\n{match['cell']}```{shown}"

    made = CELL.sub(fresh, text)
    if pytestconfig.getoption("--accept"):
        path.write_text(made, encoding="utf-8")
        return
    assert made == text, "if the new output is right, run `pytest tests/test_notebook.py --accept`, then read it"
