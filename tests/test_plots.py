"""Pictures of answers: drawn the same each time, in each language, with sources and notices."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cybercoop.ask import plots
from cybercoop.ask.answer import Answer
from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES, Refusal
from cybercoop.sparql.question import Question
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
    named = {name for name in (plot.x, *plot.y, plot.by, plot.cell, plot.text) if name}
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
