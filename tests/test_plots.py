"""Pictures of answers: drawn the same each time, in each language, with sources and notices."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.ask import plots
from cybercoop.ask.answer import Answer
from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.sparql.question import Question
from cybercoop.terms import names
from cybercoop.terms.term import Term
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
DRAWN = [question for question in Workspace(ROOT).questions.values() if question.plot]

DRAWN_BEFORE: dict[tuple[str, str], bytes] = {}
"""The pictures in English that were drawn already: question and form → bytes."""

every_picture = pytest.mark.parametrize("question", DRAWN, ids=lambda question: question.name)


def asked(graph: Graph, question: Question, lang: str = "en") -> Answer:
    """The answer to a question with its mandatory examples, in a language."""
    given = {p.variable: p.example or "" for p in question.parameters.values() if not p.optional}
    return Graph(graph.workspace, lang).query(question.name, **given)


def test_every_kind_of_picture_is_in_use() -> None:
    """The catalogue has a question for each kind of picture, and asks for no other."""
    assert {question.plot.kind for question in DRAWN if question.plot} == set(plots.DRAWN)


@every_picture
def test_a_picture_is_made_of_columns(question: Question) -> None:
    """What a question declares for its picture are columns of its answer."""
    plot = question.plot
    assert plot
    named = {name for name in (plot.x, *plot.y, plot.cell, plot.text) if name}
    assert named <= set(question.columns)


@every_picture
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_picture_is_drawn_in_each_language(graph: Graph, question: Question, lang: str) -> None:
    """Every picture can be drawn in every language, each letter of it from the font."""
    drawn = plots.draw(asked(graph, question, lang), question, "svg")
    assert drawn.startswith(b"<?xml")
    if lang == "en":
        DRAWN_BEFORE[question.name, "svg"] = drawn


@every_picture
def test_a_picture_is_the_same_each_time(graph: Graph, question: Question) -> None:
    """The same answer gives the same bytes, in both forms, and no date stands in them."""
    answer = asked(graph, question)
    for form in plots.FORMATS:
        drawn = DRAWN_BEFORE.get((question.name, form)) or plots.draw(answer, question, form)
        assert drawn == plots.draw(answer, question, form)
        assert b"dc:date" not in drawn


def test_under_a_picture_stand_its_sources_and_notices(graph: Graph) -> None:
    """A matrix with Palestine* in it carries the notice, the question and the sources of its cells."""
    question = graph.questions["partner-output-matrix"]
    for lang in LANGUAGES:
        answer = asked(graph, question, lang)
        note = " ".join(plots.note(answer, question.name).split())
        assert question.name in note
        assert all(" ".join(notice.split()) in note for _, notice in answer.notices())
        assert answer.labels.get("https://w3id.org/cybercoop/id/source/cybercoop-editors", lang) in note
    assert answer.notices()


def part(answer: Answer, rows: list[list[Term | None]]) -> Answer:
    """The same answer with these rows."""
    return Answer(answer.columns, rows, answer.headings, answer.labels, answer.lang, True, answer.question)


def test_the_rows_of_a_heat_table_tell_what_differs(graph: Graph) -> None:
    """Kinds of one project stand by their names alone, those of two with the project before them."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    question = graph.questions["activities-by-project-and-year"]
    assert question.plot
    told = []
    for project in ("cybersouth", "cybersouth, cybersouth-plus"):
        figure, axes = pyplot.subplots()
        plots.DRAWN["heat"](graph.query(question.name, project=project), question.plot, axes)
        told.append({label.get_text() for label in axes.get_yticklabels()})
        pyplot.close(figure)
    assert "workshop" in told[0]
    assert {"CyberSouth · workshop", "CyberSouth+ · workshop"} <= told[1]
    assert not any(" · " in label for label in told[0])


def test_a_colour_is_the_position_and_a_border_what_is_known(graph: Graph) -> None:
    """A status that is none, though stated, has the colour of no position; borders differ."""
    question = graph.questions["country-instrument-matrix"]
    answer = asked(graph, question)
    assert question.plot
    assert question.plot.cell
    assert question.plot.text
    at = [
        answer.columns.index(name)
        for name in (*question.plot.y, question.plot.x, question.plot.cell, question.plot.text)
    ]

    def drawn(country: str, instrument: str) -> tuple[str, set[str]]:
        rows = [
            row
            for row in answer.rows
            if [names.short(str(row[each])[1:-1]) for each in at[:2]] == [country, instrument]
        ]
        fills = set(re.findall(r"fill: (#[0-9a-f]{6})", plots.draw(part(answer, rows), question, "svg").decode()))
        return " ".join(names.short(str(row[at[2]])[1:-1]) for row in rows), fills

    filled = set(plots.POSITIONS)
    assert drawn("country/MA", "instrument/ets-185")[1] & filled == {"#1f3b57"}
    said, fills = drawn("country/DZ", "instrument/ets-185")
    assert ("knowledge/stated" in said, fills & filled) == (True, set())
    assert len({str(look) for look in plots._KNOWN.values()}) == len(plots._KNOWN)


def test_shades_leave_no_year_out(graph: Graph) -> None:
    """Between two years the others stand, though nothing is counted in them; no year is said to be unknown."""
    question = graph.questions["activities-by-country-and-year"]
    answer = asked(graph, question)
    year, integer = answer.columns.index("year"), ox.NamedNode(names.XSD + "integer")
    rows = [list(answer.rows[0]) for _ in range(3)]
    for row, value in zip(rows, ("2019", "2022", None), strict=True):
        row[year] = None if value is None else ox.Literal(value, datatype=integer)
    drawn = plots.draw(part(answer, rows), question, "svg").decode()
    assert [text for text in ("2019", "2020", "2021", "2022", "unknown") if f"<!-- {text} -->" not in drawn] == []


def test_what_has_no_date_is_printed_under_a_curve(graph: Graph) -> None:
    """A column of what has no certain day is no curve: its last number stands in the note."""
    question = graph.questions["parties-over-time"]
    answer = asked(graph, question)
    if "undated" not in answer.columns:
        answer = Answer(
            [*answer.columns, "undated"],
            [[*row, ox.Literal("19")] for row in answer.rows],
            *(answer.headings, answer.labels, "en", True, answer.question),
        )
    last = answer.shown(answer.rows[-1][answer.columns.index("undated")])
    assert f"in no curve: {last}." in " ".join(plots.note(answer, question.name).split())


def test_an_answer_without_rows_is_drawn_as_such(graph: Graph) -> None:
    """Where nothing is known the picture says so."""
    question = graph.questions["activities-by-country-and-year"]
    found = asked(graph, question)
    nothing = Answer(found.columns, [], found.headings, found.labels, "ar", True, found.question)
    assert plots.draw(nothing, question, "png").startswith(b"\x89PNG")


def test_a_question_without_a_picture_is_refused(graph: Graph) -> None:
    """A question that declares no picture, a form that is none, are refused in words."""
    with pytest.raises(Refusal) as without:
        plots.draw(graph.query("sources"), graph.questions["sources"], "svg")
    assert without.value.problem.code == "not-drawn"
    question = graph.questions["partner-output-matrix"]
    with pytest.raises(Refusal) as strange:
        plots.write(asked(graph, question), question, Path("matrix.pdf"))
    assert strange.value.problem.code == "unknown-choice"


@pytest.mark.parametrize("version", [None, (3, 10, 8, "final", 0)])
def test_without_matplotlib_it_is_said(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, version: tuple[object, ...] | None
) -> None:
    """Where matplotlib is missing, or too old to join Arabic letters, the refusal says what to install."""
    question = graph.questions["partner-output-matrix"]
    answer = asked(graph, question)
    if version is None:
        monkeypatch.setitem(sys.modules, "matplotlib", None)
    else:
        monkeypatch.setattr("matplotlib.__version_info__", version)
    with pytest.raises(Refusal) as refusal:
        plots.draw(answer, question, "svg")
    assert refusal.value.problem.code == "plot-library-missing"
    assert all(re.search(r"cybercoop\[plot\]", cure) for cure in refusal.value.problem.cure.values())


def test_the_command_line_draws_into_a_file(tmp_path: Path) -> None:
    """`--plot FILE` writes the picture, prints nothing else on stdout, and leaves no file where it is refused."""
    command = [sys.executable, "-m", "cybercoop", "query"]
    file = tmp_path / "matrix.svg"
    asked = [*command, "partner-output-matrix", "--project", "cybersouth-plus", "--lang", "ar", "--plot", str(file)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    assert (done.stdout, file.name in done.stderr) == ("", True)
    assert file.read_bytes().startswith(b"<?xml")
    none = tmp_path / "none.svg"
    refused = subprocess.run(
        [*command, "sources", "--plot", str(none)], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert (refused.returncode, none.exists(), "not-drawn" in refused.stderr) == (2, False, True)


def test_a_french_title_keeps_its_marks(graph: Graph) -> None:
    """A line of a French title never begins with the question mark."""
    question = graph.questions["activities-by-country-and-year"]
    drawn = plots.draw(asked(graph, question, "fr"), question, "svg").decode()
    assert not re.search(r"<!-- \?", drawn)
