"""What the documents show is what happens: commands and code are run, links lead somewhere, references are fresh."""

from __future__ import annotations

import contextlib
import difflib
import doctest
import fnmatch
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import catalogue

ROOT = Path(__file__).parent.parent
MADE = ("<!-- Made by ", "Written by ")
ACCEPT = "if the new output is right, run `pytest tests/test_docs.py --accept`, then read what it wrote"

BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (?P<text>.*(?:\n> .*)*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
SAVED = re.compile(r"# (?P<file>build/\S+)\n")
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
QUOTED = re.compile(r"`(?P<path>[\w.-]+/[\w./-]*)`")
REGISTRY = re.compile(r"pypi\.org|pythonhosted|npmjs|crates\.io|anaconda\.org|proxy\.golang")
MACHINE = re.compile(r"(?<![\w.~/:}-])/(?:home|mnt|opt|root|tmp|Users|work)\b")


def texts(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def is_made(path: Path) -> bool:
    """Whether a program wrote the document, and another test compares it with a fresh one."""
    return any(line.startswith(MADE) for line in path.read_text(encoding="utf-8").splitlines()[:3])


EVERY = texts("*.md", "data/README.md", "docs/**/*.md")
WRITTEN = [path for path in EVERY if not is_made(path)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("path", EVERY, ids=name)
every_written_document = pytest.mark.parametrize("path", WRITTEN, ids=name)


def own_folders() -> list[Path]:
    """The folders at top level, without what .gitignore leaves out."""
    left_out = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split())]
    folders = sorted(path for path in ROOT.iterdir() if path.is_dir())
    return [path for path in folders if not any(fnmatch.fnmatch(path.name, pattern) for pattern in left_out)]


def own_texts() -> Iterator[tuple[Path, str]]:
    """Every file of ours that is text, with its text."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for path in [*top, *(file for folder in own_folders() for file in folder.rglob("*") if file.is_file())]:
        with contextlib.suppress(UnicodeDecodeError):
            yield path, path.read_text(encoding="utf-8")


#### Running a document ####


def environment() -> dict[str, str]:
    """The environment of a reader: the commands of .venv, a terminal as wide as a page, and no setting of ours."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CYBERCOOP_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**kept, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def console(body: str) -> str:
    """Return a block of commands with what they print now; `> ` continues a command."""

    def run(match: re.Match[str]) -> str:
        script = match["text"].replace("\n> ", "\n")
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = done.stdout.decode().replace("\r\n", "\n")
        return f"$ {match['text']}\n{said}" + ("" if said.endswith("\n") or not said else "\n")

    return COMMAND.sub(run, body)


def python(body: str, names: dict[str, Any]) -> str:
    """Return a block of Python with what each statement prints now, as doctest writes it."""
    parts = []
    for part in doctest.DocTestParser().parse(body):
        if isinstance(part, str):
            parts.append(part)
            continue
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(part.source, "<document>", "single"), names)
        first, *rest = part.source.rstrip("\n").split("\n")
        lines = [f">>> {first}", *(f"... {line}".rstrip() for line in rest)]
        parts.append("\n".join([*lines, *(line or "<BLANKLINE>" for line in said.getvalue().splitlines()), ""]))
    return "".join(parts)


def rerun(text: str) -> str:
    """Return a document with every output as it is now; YAML or Turtle that begins `# build/FILE` is saved there."""
    names: dict[str, Any] = {"__name__": "document"}

    def block(match: re.Match[str]) -> str:
        kind, body = match["kind"], match["body"]
        if kind == "console":
            body = console(body)
        elif kind == "python" and ">>> " in body:
            body = python(body, names)
        elif kind in ("turtle", "yaml") and (saved := SAVED.match(body)):
            file = ROOT / saved["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body, encoding="utf-8")
        return f"```{kind}\n{body}```"

    return BLOCK.sub(block, text)


def test_the_readme_counts_what_there_is(graph: Graph, pytestconfig: pytest.Config) -> None:
    """The sizes that the README gives are those of the graph; `--accept` writes them."""
    readme = ROOT / "README.md"
    said = readme.read_text("utf-8")
    counts = {
        "questions": len(graph.questions),
        "sources": count(graph, "?x a coop:Source"),
        "acts": count(graph, "?x a coop:TreatyAction"),
        "activities": count(graph, "?x a coop:Activity"),
        "projects and programmes": count(graph, "?x a ?c FILTER(?c IN (coop:Project, coop:Programme))"),
        "national laws": count(graph, "?x a coop:NationalLaw"),
    }
    counted = said
    for name, number in counts.items():
        counted = re.sub(rf"\b\d[\d,]*(?= (\w+ )?{name})", f"{number:,}", counted, count=1)
        assert re.search(rf"\b{number:,} (\w+ )?{name}", counted), f"README.md: {number} {name}"
    if pytestconfig.getoption("accept"):
        readme.write_text(counted, encoding="utf-8")
    else:
        assert said == counted


def count(graph: Graph, pattern: str) -> int:
    """How many things a pattern finds as ?x."""
    term = graph.sparql(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}").rows[0][0]
    return int(getattr(term, "value", ""))


@pytest.fixture(scope="module")
def ready() -> None:
    """The environment is prepared, so that no command tells of it."""
    subprocess.run([ROOT / "scripts" / "setup"], check=True, capture_output=True)


@every_written_document
@pytest.mark.usefixtures("ready")
def test_a_document_shows_what_happens(
    path: Path, request: pytest.FixtureRequest, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command and each line of Python prints what the document shows, to the letter."""
    for key in [key for key in os.environ if key.startswith("CYBERCOOP_")]:
        monkeypatch.delenv(key)
    monkeypatch.chdir(ROOT)
    Path("build").mkdir(exist_ok=True)
    monkeypatch.setattr(sys, "displayhook", sys.__displayhook__)
    shown = path.read_text(encoding="utf-8")
    if re.search(r"^\$ .*--edition ", shown, re.MULTILINE):
        request.getfixturevalue("notes")  # editions are asked, which a shallow clone does not have
    now = rerun(shown)
    if pytestconfig.getoption("--accept"):
        path.write_text(now, encoding="utf-8")
        return
    changes = difflib.unified_diff(shown.splitlines(), now.splitlines(), name(path), "now", lineterm="")
    assert shown == now, "\n".join([*changes, ACCEPT])


def test_no_two_documents_write_one_file() -> None:
    """They are run beside each other."""
    used = re.compile(r"^(?:\$|>>>|#) .*?\b(build/[\w-]+\.\w+)", re.MULTILINE)
    files = [file for path in WRITTEN for file in set(used.findall(path.read_text("utf-8")))]
    assert sorted(files) == sorted(set(files))


def test_commands_and_code_are_run() -> None:
    """A wrong output is noticed, in a console block and in a Python block, and what is right stays."""
    wrong = "```console\n$ echo a\nb\n$ echo c \\\n> d\nc d\n```\n"
    wrong += "\n```python\n>>> 1 + 1\n3\n\n>>> print()\n<BLANKLINE>\n```\n"
    right = wrong.replace("\nb\n", "\na\n").replace("\n3\n", "\n2\n")
    assert rerun(wrong) == right
    assert rerun(right) == right


#### What the documents say ####


def test_generated_files_are_fresh() -> None:
    """The context and the references of problems, terms and commands are those that scripts/generate.py writes."""
    command = [sys.executable, str(ROOT / "scripts" / "generate.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings can be linked."""
    titles = (match["title"] for match in HEADING.finditer(path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    """A link to another file of ours, or to a heading in it, finds it; what stands as code is no link."""
    for match in LINK.finditer(CODE.sub("`", BLOCK.sub("", path.read_text(encoding="utf-8")))):
        file, _, anchor = match["target"].partition("#")
        if "://" in file:
            continue
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{name(path)} links to {match['target']}, which is not there"
        assert not anchor or anchor in anchors(target), f"{name(path)} links to {match['target']}: no such heading"


@every_written_document
def test_files_that_are_named_exist(path: Path) -> None:
    """A path in backquotes that begins with a folder of ours is there."""
    folders = {folder.name for folder in own_folders()}
    for match in QUOTED.finditer(BLOCK.sub("", path.read_text(encoding="utf-8"))):
        if match["path"].split("/")[0] in folders:
            assert (ROOT / match["path"]).exists(), f"{name(path)} names {match['path']}, which is not there"


def test_every_problem_is_explained(graph: Graph) -> None:
    """Each code that a problem can have is a heading of docs/problems.md, where problems send their readers."""
    codes = {*catalogue()["problems"], *(shape.code for shape in graph.workspace.shapes.constraints.values())}
    assert not codes - anchors(ROOT / "docs" / "problems.md"), "run scripts/generate.py"


def test_the_readme_names_every_folder() -> None:
    """Each folder at top level has its row in the README's table."""
    rows = re.findall(r"^\| `([^`]+)/` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == [folder.name for folder in own_folders()]


def test_decisions_are_numbered_without_gap() -> None:
    """Decisions are numbered from 0001 on, bear their number in their title, and fit on a page."""
    pages = texts("docs/decisions/*.md")
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {page.name[:4]} "), page.name
        assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
        assert len(lines) < 45, page.name


def test_no_text_names_a_registry_or_a_machine() -> None:
    """Nothing here depends on one package registry, or on the folders of one machine."""
    found = [
        f"{name(path)}: {match.group()}"
        for path, text in own_texts()
        if path != Path(__file__)
        for match in (REGISTRY.search(text), MACHINE.search(text))
        if match
    ]
    assert not found
