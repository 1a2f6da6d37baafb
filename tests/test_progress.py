"""Work that takes time shows on a terminal how far it has come and what is left, and in a pipe nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cybercoop.problems import progress
from cybercoop.problems.problem import sentence
from tests.conftest import on_terminal

ROOT = Path(__file__).parent.parent
AT_ONCE = """
from cybercoop.interfaces import cli
from cybercoop.interfaces.cli import progress
progress.AFTER = progress.EVERY = 0
"""
FEW_PAGES = """
from cybercoop.interfaces.web import folder
folder.pages, folder.FORMATS = (lambda site: iter(("about", "ns"))), {}
"""
COMMANDS = {
    "query": (
        ["query", "project-countries", "--project", "cybersouth-plus"],
        {"progress-read", "progress-build", "progress-derive", "progress-pack", "progress-ask"},
    ),
    "query --sparql": (["query", "--lang", "fr", "--sparql", "SELECT * { ?s ?p ?o } LIMIT 9"], {"progress-ask"}),
    "validate": (["validate"], {"progress-read", "progress-judge"}),
    "export turtle": (["export", "turtle"], {"progress-write"}),
    "export ntriples": (["export", "ntriples"], {"progress-write"}),
    "export trig": (["export", "trig", "--lang", "fr"], {"progress-write"}),
    "export csv": (["export", "csv"], {"progress-write"}),
    "lake build": (["lake", "build", "--lang", "ar"], {"progress-build"}),
    "compare": (["compare", "now"], {"progress-compare"}),
    "site build": (["site", "build", "--lang", "fr"], {"progress-write"}),
}
"""Command → its words, and the works of which something is shown at least once."""


def told(command: str, terminal: bool, cache: Path) -> str:
    """What a command says on standard error, its lines of progress shown from the begin; its results go nowhere."""
    words = COMMANDS[command][0]
    around = {**os.environ, "CYBERCOOP_CACHE": str(cache)}
    site = command == "site build"
    to_folder = ["-o", str(cache.parent / "pages")] if site else []
    line = [sys.executable, "-c", f"{AT_ONCE}{FEW_PAGES if site else ''}cli.main()", *words, *to_folder]
    if not terminal:
        to = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.run(line, cwd=ROOT, env=around, **to).stderr.decode()  # type: ignore[call-overload,no-any-return]
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    master, slave = pty.openpty()
    with subprocess.Popen(line, cwd=ROOT, env=around, stdout=subprocess.DEVNULL, stderr=slave) as child:
        os.close(slave)
        shown = on_terminal(master)
        assert child.wait() == 0
    return shown.decode()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the first command builds the store."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_shows_how_far_work_has_come(command: str, cache: Path) -> None:
    """Each work is named with its share and the seconds that are left; no line of it stays, and a pipe has none."""
    if command == "lake build":
        pytest.importorskip("duckdb", reason="columns need the extra lake")
    words, works = COMMANDS[command]
    said, lang = told(command, True, cache), words[words.index("--lang") + 1] if "--lang" in words else "en"
    *_, left = said.rpartition("\r\x1b[K")
    for work in works:
        form = re.escape(sentence(work, lang, percent="NUMBER", seconds="NUMBER")).replace("NUMBER", "[0-9]+")
        assert re.search(rf"\r\x1b\[K{form}", said), (work, said)
        assert not re.search(form, left)
    piped = told(command, False, cache)
    assert "\x1b" not in piped and "%" not in piped


def test_a_work_whose_share_nobody_knows_is_told_of_until_it_ends() -> None:
    """The watcher hears of it at once and at its end, and of nothing within; an error ends it as well."""
    seen: list[tuple[str, int, int]] = []
    with progress.going_on("a"):
        assert not seen
    try:
        progress.watch(lambda *each: seen.append(each))
        with pytest.raises(KeyError), progress.going_on("a"):
            progress.tell("b", 1, 2)
            raise KeyError
        assert seen[0] == ("a", 0, progress.UNKNOWN)
        assert seen[-1] == ("a", 0, 0)
        assert {work for work, *_ in seen} == {"a"}
        assert progress.is_watched()
    finally:
        progress._watching.clear()


def test_work_within_work_is_a_part_of_it() -> None:
    """Only the outermost is told of; sizes add up; without a watcher, items pass as they are."""
    seen: list[tuple[str, int, int]] = []
    assert list(progress.watched("a", "xy", lambda: 1 // 0)) == ["x", "y"]
    try:
        progress.watch(lambda *each: seen.append(each))
        for outer in progress.watched("a", (1, 2), lambda: 3, int):
            assert list(progress.watched("b", "xy", lambda: 2)) == ["x", "y"], outer
        assert seen == [("a", 1, 3), ("a", 3, 3), ("a", 3, 3)]
    finally:
        progress._watching.clear()
    assert not progress.is_watched()
