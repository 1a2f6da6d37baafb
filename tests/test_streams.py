"""Whatever the encoding and the other end of a stream, a command ends in words and with the right code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FINE = "data/countries/PS.yaml"
WRONG = "tests/fixtures/invalid/activity-has-start-date.yaml"
LINES = {
    "plain": ["query", "project-countries", "--project", "cybersouth-plus"],
    "csv": ["query", "project-countries", "--project", "cybersouth-plus", "--format", "csv", "--with-sources"],
    "list": ["query", "--lang", "ar"],
    "sparql": ["query", "--sparql", "SELECT ?n { country:PS skos:prefLabel ?n }"],
    "search": ["search", "Palestine"],
    "explain": ["explain", "country/PS", "--lang", "fr"],
    "fine": ["validate", FINE, "--lang", "ar"],
    "wrong": ["validate", WRONG, "--lang", "ar"],
    "github": ["validate", WRONG, "--format", "github", "--lang", "fr"],
    "sarif": ["validate", WRONG, "--format", "sarif"],
    "turtle": ["export", "turtle"],
    "template": ["template", "activity", "--lang", "ar"],
    "help": ["--help"],
    "refused": ["query", "treaty-status", "--country", "أطلنطس", "--lang", "ar"],
    "usage": ["nothing-such"],
    "bytes": ["explain", os.fsdecode(b"caf\xe9")],
}
BYTES = os.fsdecode(b"caf\xe9.yaml")
"""The name of a file as another system wrote it; it stands in the folder of the test."""
LINES |= {
    "byte name": ["validate", BYTES, "--format", "turtle"],
    "byte report": ["validate", BYTES, "--format", "json", "-o", "report.json"],
}
ENDS = {"wrong": 1, "github": 1, "sarif": 1, "byte name": 1, "byte report": 1, "refused": 2, "bytes": 2, "usage": 2}
ENCODINGS = ("cp1252", "latin-1", "ascii:strict", "cp1256", "utf-16")
SOME = [(name, ENCODINGS[number % len(ENCODINGS)]) for number, name in enumerate(LINES)]
SOME += [("plain", "ascii:strict"), ("plain", "utf-16")]
PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""The locale of nobody, whose encoding is ASCII."""

needs_posix = pytest.mark.skipif(os.name == "nt", reason="the shell of this system closes no stream")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wrong record under a name that is not UTF-8."""
    folder = tmp_path_factory.mktemp("streams")
    try:
        shutil.copy(ROOT / WRONG, folder / BYTES)
    except OSError:
        pytest.skip("this file system takes no such name")
    return folder


def ran(
    name: str, ends: str = "", text: bytes = b"", folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the list with its streams redirected as a shell would."""
    line = [sys.executable, "-m", "cybercoop", *LINES[name]]
    whole = ["sh", "-c", f'exec "$@" {ends}', "sh", *line] if ends else line
    where = {"PYTHONPATH": str(ROOT / "src"), "CYBERCOOP_HOME": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        whole, cwd=folder, input=text, env={**os.environ, **where, **environment}, capture_output=True, check=False
    )


@cache
def usual(name: str, folder: Path = ROOT) -> bytes:
    """What a command writes where all is as usual."""
    return ran(name, folder=folder, PYTHONIOENCODING="utf-8").stdout


def fine(done: subprocess.CompletedProcess[bytes]) -> bool:
    """Return whether nothing but words was said."""
    return not any(sign in done.stderr for sign in (b"Traceback", b"Exception ignored", b"Fatal"))


@pytest.mark.parametrize(("name", "encoding"), SOME)
def test_every_encoding_is_written(name: str, encoding: str, folder: Path) -> None:
    """Output that is redirected is UTF-8, and ends as it does everywhere."""
    there = folder if "byte " in name else ROOT
    done = ran(name, folder=there, PYTHONIOENCODING=encoding)
    assert fine(done)
    assert done.returncode == ENDS.get(name, 0)
    assert (done.stdout or done.stderr).decode("utf-8")
    assert done.stdout == usual(name, there)


@pytest.mark.parametrize("name", ["plain", "wrong"])
def test_a_locale_of_nobody(name: str) -> None:
    """The encoding of file names may be ASCII, too."""
    done = ran(name, **PLAIN_C)
    assert (done.returncode, done.stdout) == (ENDS.get(name, 0), usual(name))
    assert fine(done)


@needs_full
@pytest.mark.parametrize("name", ["plain", "list", "sparql", "search", "fine", "wrong", "help"])
def test_a_full_disk_is_a_failure(name: str) -> None:
    """What cannot be written is said on standard error, and the code is 2, never that of a verdict."""
    unbuffered = "1" if name in ("wrong", "help") else ""
    done = ran(name, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert fine(done)
    assert b"cannot-write" in done.stderr
    assert b"No space left" in done.stderr


@needs_full
@pytest.mark.parametrize("name", ["plain", "wrong", "byte report", "usage"])
def test_what_cannot_be_said_changes_no_code(name: str, folder: Path) -> None:
    """Where standard error is full, the answer and the verdict stand."""
    done = ran(name, "2>/dev/full", folder=folder if "byte " in name else ROOT)
    assert (done.returncode, done.stderr) == (ENDS.get(name, 0), b"")


@needs_posix
@pytest.mark.parametrize("name", ["plain", "fine", "wrong", "refused"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_traceback(name: str, closed: str) -> None:
    """Without standard output nothing can be said: 2; without standard error the answer stands."""
    done = ran(name, closed)
    assert done.returncode == (2 if " >&-" in f" {closed}" else ENDS.get(name, 0))
    assert fine(done)


@needs_posix
@pytest.mark.parametrize("line", [["query", "-"], ["validate", "-", "--input-format", "yaml"], ["mcp"]])
def test_a_closed_standard_input_is_refused(line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to be read there is not there."""
    if line == ["mcp"]:
        pytest.importorskip("mcp")
    monkeypatch.setitem(LINES, "read", line)
    done = ran("read", "<&-")
    assert done.returncode == 2
    assert fine(done)


def test_standard_input_is_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that is piped is read as UTF-8 whatever the code page; bytes that are none are refused."""
    monkeypatch.setitem(LINES, "read", ["query", "-", "--format", "csv"])
    done = ran("read", text='SELECT ("عربي" AS ?x) {}'.encode(), PYTHONIOENCODING="cp1252")
    assert done.stdout.decode() == "x\r\nعربي\r\n"
    wrong = ran("read", text=b'SELECT ("\xe9" AS ?x) {}')
    assert wrong.returncode == 2
    assert fine(wrong)


@needs_posix
@pytest.mark.parametrize("name", ["plain", "list", "search", "help", "template", "turtle", "wrong", "sarif", "usage"])
def test_a_reader_who_leaves_changes_no_verdict(name: str) -> None:
    """Where the other end of the pipe is gone, nothing is said, and the code is that of the result."""
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "cybercoop", *LINES[name]]
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(line, cwd=ROOT, stdout=gone, stderr=gone, check=False)
    assert done.returncode == ENDS.get(name, 0)


@needs_posix
@pytest.mark.parametrize(
    ("line", "encoding", "shown"),
    [
        ("query project-countries --project cybersouth-plus --lang fr --no-pager", "latin-1", "Algérie"),
        ("query project-countries --project cybersouth-plus --lang fr --no-pager", "ascii", "Alg?rie"),
        ("template activity --lang fr", "latin-1", "activité"),
        ("template activity --lang fr -o -", "ascii", "activit?"),
        ("template activity --format csv", "ascii", "startDate"),
        ("export ntriples", "ascii", "Alg?rie"),
        ("validate --format html --lang fr data/places.csv", "latin-1", "Aucun problème"),
    ],
)
def test_a_terminal_keeps_its_encoding(line: str, encoding: str, shown: str) -> None:
    """People read it: a question mark stands for what it lacks, in whatever a command prints."""
    import pty

    parent, child = pty.openpty()
    command = [sys.executable, "-m", "cybercoop", *line.split()]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=child, stderr=child, env=environment) as process:
        os.close(child)
        printed = b"".join(iter(lambda: _read(parent), b""))
    os.close(parent)
    assert process.returncode == 0
    assert shown in printed.decode(encoding)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other end is closed
        return b""
