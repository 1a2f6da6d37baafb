"""Each row of the list of hazards that is about reading or judging: its input ends soon, in little memory, with words.

A row is named as the list names it (`../shared/design/hazards.md`, where it is at hand). Its cases are judged by the
command line, each in a process of its own, which dies beyond its bounds.
"""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cybercoop.records import MAX_BYTES

Bounded = Callable[..., Any]
Files = dict[str, str | bytes]

GROUPS = runpy.run_path(str(Path(__file__).with_name("test_hazards.py")))["GROUPS"]
SECONDS, MEMORY = 10, 512 * 2**20
FINE = {"no problem"}
LIST = Path(__file__).parents[2] / "shared" / "design" / "hazards.md"
GOOD = """\
source: coe-cybersouth-plus-page
at: {section: example}
id: activity/2024-03-04-hazard
type: Activity
prefLabel: {en: Example, fr: Exemple, ar: مثال}
activityKind: workshop
startDate: 2024-03-04
presentationCount: 011
attendedBy: [country/NO]
"""
LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
PATTERNED = ("page", "alpha2", "alpha3", "m49", "currency", "notation", "identifier", "designationNotice", "sha256")
THING = "source: {0}\nat: {{section: a}}\nid: {1}\ntype: {2}\nprefLabel: {{en: A, fr: B, ar: ت}}\n"


def of(group: str, *names: str) -> dict[str, tuple[Files, set[str]]]:
    """Cases that stand in the tests of hazards already, one file each."""
    cases = {}
    for name in names:
        file, content, problems = GROUPS[group][name]
        cases[f"{group}, {name}"] = ({file: content}, {problem.partition(":")[0] for problem in problems})
    return cases


ROWS: dict[str, dict[str, tuple[Files, set[str]]]] = {
    "607-byte RDF/XML, nested entities": {
        "ten entities of ten": (
            {"a.rdf": f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">{LAUGHS}]><r>&j;</r>'},
            {"xml-doctype"},
        ),
        **of("text", "RDF/XML with entities"),
    },
    "external entity `file://`": {
        "a file of the system": (
            {"a.rdf": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'},
            {"xml-doctype"},
        ),
        "a parameter entity": (
            {"a.rdf": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><r/>'},
            {"xml-doctype"},
        ),
        **of("text", "RDF/XML under another name"),
    },
    "Turtle `[ … ]` nested 300 deep": of("Turtle", "brackets 300 deep", "100,000 brackets", "statements 50,000 deep"),
    "JSON-LD `@context` that names a remote": of("JSON-LD", "remote context", "context from a file", "import"),
    '`REGEX(?o, "^(a+)+$")`': {
        "what patterns of shapes might go back over": (
            {"a.yaml": GOOD + "".join(f'{word}: "{"a" * 5000}!"\n' for word in PATTERNED)},
            {"bad-name"},
        ),
    },
    "YAML alias bomb, 480 bytes": of("YAML", "alias bomb", "alias", "merge key"),
    "`country: NO`": {"a country, a number, a day": ({"a.yaml": GOOD}, FINE)},
    "duplicate keys in YAML or JSON": {**of("YAML", "duplicate key"), **of("JSON-LD", "duplicate name")},
    "`<<<<<<<` merge-conflict markers": of("text", "unfinished merge", "unfinished merge, Windows"),
    "empty graph, misspelt class": {
        "no class at all": ({"a.yaml": "source: gsm-launch\nid: activity/x\n"}, {"record-without-type"}),
        **of("text", "only a comment", "only document marks"),
        **of("YAML", "misspelt class", "misspelt word"),
    },
    '`"2024-13"^^xsd:gYearMonth`': of("Turtle", "month 13", "30 February", "year typed as a day"),
    "two records with one IRI and different types": {
        "in one contribution": (
            {
                "a.yaml": THING.format("gsm-launch", "project/hazard", "Project"),
                "b.yaml": THING.format("coe-cybersouth-plus-page", "project/hazard", "Activity"),
            },
            {"described-as-another-kind"},
        ),
        "against the base": (
            {"a.yaml": THING.format("gsm-launch", "country/MA", "Activity")},
            {"described-as-another-kind"},
        ),
    },
    "Latin-1 bytes, NUL bytes": {
        "more bytes than are read": ({"a.yaml": b"a" * (MAX_BYTES + 2)}, {"file-too-large"}),
        **of("text", "Latin-1", "NUL", "encoded surrogate", "override of direction", "zero-width space", "empty file"),
        **of("JSON-LD", "lone surrogate"),
    },
    "Windows line ends": {
        "with a byte-order mark": ({"a.yaml": b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()}, FINE),
        **of("YAML", "tab", "tab after spaces", "tab between key and value"),
    },
}
"""How a row of the list begins → its cases: files, and the names of the problems that are told."""

ELSEWHERE = (
    "`SERVICE",
    "`FROM",
    "cross product",
    "pyoxigraph `substitutions=`",
    "CSV cell that starts",
    "CSV with Arabic",
    "killed while the on-disk store",
)
"""Rows about queries, exports and the store, which other tests hold."""

CASES = [
    pytest.param(*case, id=f"{row}: {name}".replace("/", "∕"))
    for row, cases in ROWS.items()
    for name, case in cases.items()
]


@pytest.mark.parametrize(("files", "expected"), CASES)
def test_a_hazard_ends_soon_with_words(files: Files, expected: set[str], bounded: Bounded, tmp_path: Path) -> None:
    """Within 10 CPU seconds and 512 MB the command line has named the problem, or says that there is none."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    run = bounded("validate", "--format", "json", str(folder), seconds=SECONDS, memory=MEMORY)
    assert run.code in (0, 1), run.printed[-2000:]
    told = {found["code"] for found in everything(json.loads(run.printed)["problems"])}
    assert told == set() if expected is FINE else expected <= told
    assert run.seconds < SECONDS
    assert run.memory < MEMORY


def everything(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every problem of a report, with those that follow."""
    return [one for found in problems for one in (found, *everything(found["follows"]))]


@pytest.mark.parametrize("kind", ["missing", "empty folder", "circle of links", "pipe", "no ending"])
def test_a_path_that_is_no_file_ends_soon(kind: str, bounded: Bounded, tmp_path: Path) -> None:
    """Of the row “Latin-1 bytes …, directory, symlink loop”: the path is refused by name, and nothing waits for it."""
    path = tmp_path / "a.yaml"
    if kind == "empty folder":
        path.mkdir()
    elif kind == "circle of links":
        path.symlink_to(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "no ending":
        path = tmp_path / "a"
        path.write_text("text", encoding="utf-8")
    run = bounded("validate", str(path), seconds=SECONDS, memory=MEMORY)
    assert run.code == (1 if kind == "no ending" else 2)
    assert ("unknown-format" if kind == "no ending" else "file-missing") in run.printed


@pytest.mark.parametrize(
    ("arguments", "code"), [(("while True: pass",), -24), (("bytearray(10**10)",), 70)], ids=["time", "memory"]
)
def test_the_bounds_hold(arguments: tuple[str], code: int, bounded: Bounded) -> None:
    """What takes more time or memory than it may does die: the bounds of these tests are real."""
    assert bounded("--exec", *arguments, seconds=1, memory=MEMORY).code == code


def test_every_row_is_spoken_of() -> None:
    """Each row of the list is here or is said to be held elsewhere; no row here is missing from the list."""
    if not LIST.is_file():
        pytest.skip("the list of hazards (../shared/design) is not beside this checkout")
    lines = [line.removeprefix("| ") for line in LIST.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    begins = (*ROWS, *ELSEWHERE)
    assert [line for line in lines if not line.startswith(begins)] == []
    assert [row for row in begins if not any(line.startswith(row) for line in lines)] == []
