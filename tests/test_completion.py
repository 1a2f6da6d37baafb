"""The shell completes questions, their parameters and values, in bash, zsh and fish."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cybercoop
from cybercoop.ask import catalogue
from cybercoop.graph import Graph
from cybercoop.interfaces.cli import run
from cybercoop.problems.problem import Refusal
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).parent / "cybercoop"


def offered(shell: str, *words: str) -> str:
    """What the shell is offered for the last of some words, which is not finished."""
    done = subprocess.run(
        [str(COMMAND), *words],
        cwd=ROOT,
        env={**os.environ, "_CYBERCOOP_COMPLETE": shell},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert not done.stderr
    assert done.returncode == (0 if done.stdout else 1)
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_questions_parameters_and_values(shell: str, graph: Graph) -> None:
    """A name of a question, of one of its parameters and a value of it are completed, step by step."""
    assert len(graph.query("sources"))
    assert offered(shell, "que").startswith("query")
    assert "country-profile" in offered(shell, "query", "country-p")
    assert "--instrument" in offered(shell, "query", "treaty-status", "--ins")
    assert "ets-185" in offered(shell, "query", "treaty-status", "--instrument", "ets-18")


def test_each_shell_reads_it_in_its_own_way(graph: Graph) -> None:
    """In bash a word stands alone on its line; in zsh and fish it is told what it means."""
    assert len(graph.query("sources"))
    line = ("query", "country-profile", "--country", "M")
    assert "MA" in offered("bash", *line).splitlines()
    assert "MA:Morocco" in offered("zsh", *line).splitlines()
    assert "MA\tMorocco" in offered("fish", *line).splitlines()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", {"build", "query", "validate"}),
        ("--v", {"--version"}),
        ("query treaty-status --", {"--country", "--as-of", "--format", "--with-sources"}),
        ("query --lang fr treaty-status --ins", {"--instrument"}),
        ("query treaty-status --with-sources --ins", {"--instrument"}),
        ("query treaty-status --lang ", {"en", "fr", "ar"}),
        ("query --lang=a", {"--lang=ar"}),
        ("query --lang = a", {"ar"}),
        ("query 'country-p", {"country-profile"}),
        ("export n", {"ntriples", "nquads"}),
        ("export --excel -o x tu", {"turtle"}),
        ("validate x.yaml --form", {"--format"}),
        ("validate x.yaml --format j", {"json", "junit"}),
        ("validate --severity ", {"error", "warning", "info"}),
        ("search --kind Proj", {"Project"}),
        ("export turtle ", set()),
        ("validate x", set()),
        ("nothing ", set()),
        ("query nothing --c", set()),
        ("query treaty-status --nothing ", set()),
        ("query --nothing x --c", set()),
    ],
)
def test_what_is_offered(line: str, words: set[str]) -> None:
    """Commands, their options and arguments, and values of options; nothing where nothing is known."""
    found = set(offered("bash", *line.split(" ")).split())
    assert words <= found if words else not found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_taught_once(shell: str, tmp_path: Path) -> None:
    """`--install-completion` adds what `--show-completion` prints to a file of the shell, and that only once."""
    place = tmp_path / {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/cybercoop.fish"}[shell]
    if shell == "bash":
        place.write_bytes(b"# mine: \xe9\n")
    environment = {**os.environ, "HOME": str(tmp_path), "SHELL": f"/bin/{shell}"}

    def told(*line: str) -> str:
        command = [str(COMMAND), *line]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    for line in (["--install-completion", shell], ["--install-completion"]):
        assert str(place) in told(*line)
    assert place.read_bytes().count(told("--show-completion", shell).encode()) == 1
    assert told("--show-completion") == told("--show-completion", shell)
    if shell == "bash":
        assert place.read_bytes().startswith(b"# mine: \xe9\n")


def test_no_other_shell_is_taught(capsys: pytest.CaptureFixture[str]) -> None:
    """A shell that is none of the three is refused, with those that are."""
    with pytest.raises(Refusal) as raised:
        run(["--install-completion", "tcsh"])
    assert "bash zsh fish" in raised.value.problem.message["en"]


@pytest.mark.parametrize(
    ("line", "word"),
    [("cybercoop query country-p", "country-profile"), ("cybercoop query treaty-status --instrument budap", "ets-185")],
)
@pytest.mark.parametrize(
    ("shell", "script"),
    [
        (
            "bash",
            'eval "$({command} --show-completion bash)"; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));'
            ' _cybercoop cybercoop; printf "%s\\n" "${{COMPREPLY[@]}}"',
        ),
        ("fish", '{command} --show-completion fish | source; complete -C "{line}"'),
    ],
)
def test_a_shell_does_as_it_is_told(shell: str, script: str, line: str, word: str, graph: Graph) -> None:
    """The shell itself completes a question and a value, with what it is told."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert len(graph.query("sources"))
    done = subprocess.run(
        [shell, "-c", script.format(command=COMMAND, line=line)],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert word in done.stdout.split()


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
    assert value in dict(catalogue.values(graph.workspace, "treaty-status", parameter, begun))


def test_territories_without_a_role_are_not_offered(graph: Graph) -> None:
    """Of countries and territories those are offered that some record speaks of; any can be asked about by its code."""
    assert len(graph.query("sources")) > 0
    offered = dict(catalogue.values(graph.workspace, "treaty-status", "country", "B"))
    assert "BR" in offered and "BV" not in offered
    assert not graph.query("country-profile", country="BV").to_dicts()


@pytest.mark.parametrize(("question", "parameter"), [("nothing", "country"), ("treaty-status", "nothing"), ("", "")])
def test_nothing_is_offered_for_what_is_not_known(graph: Graph, question: str, parameter: str) -> None:
    """An unknown question or parameter offers nothing, and is no error."""
    assert not list(catalogue.values(graph.workspace, question, parameter, ""))
    assert not list(catalogue.parameters(graph.workspace, "nothing", "--"))


def test_a_shell_does_not_wait_for_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store is not built, no value is offered and nothing is built."""
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path))
    workspace: Workspace = cybercoop.open(ROOT).workspace
    assert not list(catalogue.values(workspace, "treaty-status", "country", ""))
    assert not list(tmp_path.glob("store/*-*"))
