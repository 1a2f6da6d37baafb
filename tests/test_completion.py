"""The shell completes questions, their parameters and values, in bash, zsh and fish."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cybercoop
from cybercoop.ask import suggestions
from cybercoop.graph import Graph
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).parent / "cybercoop"


def offered(shell: str, line: str) -> str:
    """What the shell is offered for a line of which the last word is not finished."""
    words = line.split(" ")
    given = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = subprocess.run(
        [str(COMMAND)],
        cwd=ROOT,
        env={**os.environ, "_CYBERCOOP_COMPLETE": f"complete_{shell}", **given},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_questions_parameters_and_values(shell: str, graph: Graph) -> None:
    """A name of a question, of one of its parameters and a value of it are completed, step by step."""
    assert len(graph.query("sources"))
    assert "country-profile" in offered(shell, "cybercoop query country-p")
    assert "--instrument" in offered(shell, "cybercoop query treaty-status --ins")
    assert "ets-185" in offered(shell, "cybercoop query treaty-status --instrument ets-18")


def test_options_of_every_question_stand_beside_those_of_the_command() -> None:
    """After a question, its own options are offered, and those that every question has."""
    words = offered("bash", "cybercoop query treaty-status --").split()
    assert {"--country", "--as-of", "--format", "--with-sources"} <= set(words)


@pytest.mark.parametrize(
    ("parameter", "begun", "value"),
    [
        ("country", "M", "MA"),
        ("country", "moroc", "MA"),
        ("country", "المغر", "MA"),
        ("country", "TN,ma", "TN,MA"),
        ("instrument", "budap", "ets-185"),
        ("as-of", "20", "2018-12-31"),
    ],
)
def test_values_are_offered_by_code_and_by_name(graph: Graph, parameter: str, begun: str, value: str) -> None:
    """A value is found by the beginning of its code, else of a word of its name; in a list, the last one."""
    assert len(graph.query("sources")) > 0
    assert value in dict(suggestions.values(graph.workspace, "treaty-status", parameter, begun))


@pytest.mark.parametrize(("question", "parameter"), [("nothing", "country"), ("treaty-status", "nothing"), ("", "")])
def test_nothing_is_offered_for_what_is_not_known(graph: Graph, question: str, parameter: str) -> None:
    """An unknown question or parameter offers nothing, and is no error."""
    assert not list(suggestions.values(graph.workspace, question, parameter, ""))
    assert not list(suggestions.parameters(graph.workspace, "nothing", "--"))


def test_a_shell_does_not_wait_for_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store is not built, no value is offered and nothing is built."""
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path))
    workspace: Workspace = cybercoop.open(ROOT).workspace
    assert not list(suggestions.values(workspace, "treaty-status", "country", ""))
    assert not list(tmp_path.glob("store/*-*"))
