"""Whatever the encoding and the other end of a stream, a command ends in words and with the right code."""

from __future__ import annotations

import os
import subprocess
import sys
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
    "bytes": ["explain", os.fsdecode(b"caf\xe9")],
}
ENDS = {"wrong": 1, "github": 1, "sarif": 1, "refused": 2, "bytes": 2}
ENCODINGS = ("cp1252", "latin-1", "ascii", "cp1256", "utf-16")
SOME = [(name, ENCODINGS[number % len(ENCODINGS)]) for number, name in enumerate(LINES)]
SOME += [("plain", encoding) for encoding in ENCODINGS]


def ran(name: str, encoding: str = "utf-8", **streams: object) -> subprocess.CompletedProcess[bytes]:
    """A command of the list in a process of its own, with standard streams of that encoding."""
    line = [sys.executable, "-m", "cybercoop", *LINES[name]]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(line, cwd=ROOT, env=environment, check=False, **ends)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(("name", "encoding"), list(dict.fromkeys(SOME)))
def test_every_encoding_is_written(name: str, encoding: str) -> None:
    """Output that is redirected is UTF-8, and ends as it does everywhere."""
    done = ran(name, encoding)
    assert b"Traceback" not in done.stderr
    assert done.returncode == ENDS.get(name, 0)
    assert (done.stdout or done.stderr).decode("utf-8")
    assert done.stdout == ran(name).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", sorted(LINES.keys() - {"refused", "bytes"}))
def test_a_full_disk_is_a_failure(name: str) -> None:
    """What cannot be written is said on standard error, and the code is 2, never that of a verdict."""
    with Path("/dev/full").open("wb") as full:
        done = ran(name, stdout=full)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"cannot-write" in done.stderr or b"No space left" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="the shell of this system closes no stream")
@pytest.mark.parametrize(
    ("name", "closed"), [(name, end) for name in ("plain", "fine", "wrong", "refused") for end in (">&-", "2>&-")]
)
def test_a_closed_stream_is_no_traceback(name: str, closed: str) -> None:
    """Without standard output nothing can be said: 2; without standard error the answer stands."""
    line = [sys.executable, "-m", "cybercoop", *LINES[name]]
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *line], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == (2 if closed == ">&-" else ENDS.get(name, 0))
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["plain", "turtle", "wrong", "sarif"])
def test_a_reader_who_leaves_changes_no_verdict(name: str) -> None:
    """Where the other end of the pipe is gone, nothing is said, and the code is that of the result."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = ran(name, stdout=gone)
    assert done.stderr == b""
    assert done.returncode == ENDS.get(name, 0)
