"""Tables as people see them: they fit the terminal, cut no word, and stand in order where Arabic is among them."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from cybercoop.ask.answer import FORMATS
from cybercoop.documents import CODE, Heading, Item, Text, csv, filled, html, markdown, text
from cybercoop.graph import Graph
from tests.conftest import on_terminal

ROOT = Path(__file__).parent.parent
MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
ARABIC = "المؤتمر الإقليمي حول الجريمة الإلكترونية"
QUESTIONS = [
    ("treaty-status", {"country": "MA"}),
    ("country-profile", {"country": "MA"}),
    ("project-dates", {"project": "cybersouth"}),
    ("national-laws", {}),
]


def shown(line: str, base: str | None = None) -> str:
    """A line as the Unicode bidirectional algorithm orders it, without marks; `base` is the direction of the screen."""
    return MARKS.sub("", get_display(line, base_dir=base) if base else get_display(line))


def grid(headings: list[str], rows: list[list[str]], lang: str = "en", room: int | None = None) -> list[str]:
    """The lines of a table."""
    made = text.Grid(headings, rows, lang, room)
    return (made.head() + made.body(rows)).splitlines()


def test_a_table_that_fits_is_a_table_at_any_width() -> None:
    """What fits stands side by side, whatever it holds, however narrow the terminal is."""
    assert grid(["a", "b"], [["x", "1"], ["x", "2"]], room=20) == ["a   b", "─   ─", "x   1", "x   2"]


def test_a_column_of_one_value_becomes_a_heading() -> None:
    """Where the table does not fit, what is the same in each row stands above it once; of a single row, nothing."""
    rows = [["a" * 20, "same " * 8, "1"], ["b" * 20, "same " * 8, "2"]]
    first, *others = grid(["Name", "Source", "Number"], rows, room=45)
    assert first.startswith("Source: same same")
    assert others[1:3] == ["", "Name                   Number"]
    assert "Source: same" in grid(["Name", "Source"], [rows[0][:2]], room=45)[1]


def test_a_narrow_terminal_shows_a_block_for_each_row() -> None:
    """Below 100 columns what does not fit is a heading and a line for each other cell that holds something."""
    rows = [["first second", "x", "long " * 19 + "long"], ["second", "", "short"]]
    assert grid(["Name", "Kind", "Text"], rows, room=60) == [
        "Name: first second",
        "  Kind: x",
        "  Text: " + "long " * 9 + "long",
        "    " + "long " * 9 + "long",
        "",
        "Name: second",
        "  Text: short",
        "",
    ]


def test_a_wide_terminal_folds_cells() -> None:
    """From 100 columns on, cells are folded between words in their columns, as long as every word fits."""
    rows = [["word " * 20, "1", "text " * 20], ["a", "2", "b"]]
    lines = grid(["One", "Two", "Three"], rows, room=100)
    assert lines[0].split() == ["One", "Two", "Three"]
    assert max(map(text.width, lines)) <= 100
    assert len(lines) > 4


@pytest.mark.parametrize("room", [30, 60, 99, 100, 120, 200])
@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
@pytest.mark.parametrize(("name", "given"), QUESTIONS, ids=[name for name, _ in QUESTIONS])
def test_no_answer_is_wider_than_the_terminal(
    name: str, given: dict[str, str], lang: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is wider than the terminal, unless one word is; every word of every cell is there in one piece."""
    import cybercoop

    answer = cybercoop.open(ROOT, lang).query(name, **given)
    monkeypatch.setenv("COLUMNS", str(room))
    said = MARKS.sub("", FORMATS["table"](answer))
    assert all(text.width(line) <= room or len(line.split()) <= 2 for line in said.splitlines())
    words = {word for row in answer.cells() for cell in row for word in cell.split()}
    assert words <= set(said.split())


@settings(deadline=None)
@given(st.lists(st.lists(st.text("ab اب-/", max_size=12), min_size=3, max_size=3), min_size=1, max_size=4))
def test_nothing_is_lost(rows: list[list[str]]) -> None:
    """In a table of any width each word of each cell stands whole, as often as its row is not like all others."""
    for room in (1, 12, 30, 100, None):
        said = MARKS.sub("", "\n".join(grid(["x", "y", "z"], rows, "en", room))).split()
        assert {word for row in rows for cell in row for word in cell.split()} <= set(said)


@pytest.mark.parametrize("base", [None, "L", "R"])
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_columns_stand_in_order(lang: str, base: str | None) -> None:
    """Whatever mixes in a row, its cells stand in order, from the right in Arabic, and days are read as days."""
    rows = [
        [ARABIC, "2007-06-19", "CyberSouth+", "مجلس أوروبا"],
        ["Workshop (Rabat)", "2024-05-21", ARABIC, "12"],
        ["1999", "غير معروف", "2018-07-01", "A"],
    ]
    widths = [max(map(text.width, column)) for column in zip(*rows, strict=True)]
    from_right = lang == "ar" if base is None else base == "R"
    for line, row in zip(grid(["a", "b", "c", "d"], rows, lang)[2:], rows, strict=True):
        cells = [shown(cell).strip() for cell in row]
        found = shown(line, base)
        places = [found.index(cell) for cell in cells]
        assert places == sorted(places, reverse=from_right)
        starts = [sum(widths[:index]) + 3 * index for index in range(len(widths))]
        for cell, start, place in zip(cells, starts, places, strict=True):
            assert start == (len(found) - place - len(cell) if from_right else place)


def test_a_block_keeps_its_directions() -> None:
    """In a block, heading and value are each in their own direction, and the lines of a folded value in that of it."""
    value = f"{ARABIC} CyberSouth {ARABIC}"
    lines = grid(["Date", "Text"], [["2007-06-19", value], ["x", "y"]], "en", 60)
    (named,) = [line for line in lines if "Text" in line and "y" not in line]
    assert shown(named).startswith("  Text: ")
    folded = [line for room in range(20, 60) for line in grid(["Date", "Text"], [["2007", value]], "en", room)]
    begun = [line for line in folded if MARKS.sub("", line).split()[:1] == ["CyberSouth"] and ARABIC[:5] in line]
    assert begun
    assert {shown(line).split()[-1] for line in begun} == {"CyberSouth"}


def test_isolates_stand_where_directions_mix_and_nowhere_else(graph: Graph) -> None:
    """An English table has no marks; one with Arabic has a pair round each cell; tables for programs have none."""
    answer = graph.query("treaty-status", country="MA")
    assert not MARKS.search(FORMATS["table"](answer))
    line = grid(["a"], [[ARABIC]])[2]
    assert (line[0], line[-1]) == ("\u2068", "\u2069")
    out = io.StringIO()
    arabic = "SELECT ?x ?n { ?x a coop:Project ; skos:prefLabel ?n FILTER(LANG(?n) = 'ar') }"
    for form in ("csv", "tsv", "json", "md"):
        graph.write(arabic, form, out)
    assert not MARKS.search(out.getvalue())


@pytest.mark.parametrize(
    ("said", "columns"),
    [("Morocco", 7), ("é", 1), ("e\u0301", 1), ("كَتَب", 3), ("日本", 4), ("می\u200cخواهم", 7), ("ه\u200dم", 2), ("", 0)],
)
def test_width_of_a_text(said: str, columns: int) -> None:
    """Marks and joiners take no column, wide characters two."""
    assert text.width(said) == columns


def test_what_is_measured_without_the_library_is_as_the_library_says() -> None:
    """Every character that is taken to be narrow takes one column, and what stands above others none."""
    every = list(map(chr, range(0x20, 0x3000)))
    assert {wcwidth(each) for each in every if re.fullmatch(text._NARROW, each)} == {1}
    assert {wcwidth(each) for each in every if re.fullmatch(text._ABOVE.split("|")[0], each)} == {0}


def test_a_line_end_in_a_cell_ends_no_line() -> None:
    """What would move the cursor of a terminal is a space."""
    assert grid(["a"], [["x\ry\tz\nw"]])[2] == "x y z w"


def terminal(*args: str, **environment: str) -> str:
    """What the command line prints to a terminal of 80 columns."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    termios = pytest.importorskip("termios", reason="there are no pseudo-terminals here")
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "PAGER")}
    command = [sys.executable, "-m", "cybercoop", *args]
    child = subprocess.Popen(command, cwd=ROOT, stdout=slave, env={**kept, "PAGER": "cat", **environment})
    os.close(slave)
    shown = on_terminal(master)
    assert child.wait() == 0
    return shown.decode(environment.get("PYTHONIOENCODING", "utf-8")).replace("\r\n", "\n")


@pytest.mark.parametrize(
    "args",
    [
        ("query", "treaty-status", "--country", "MA"),
        ("query", "--sparql", "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 1500"),
        ("explain", "cybersouth-plus"),
        ("search", "casablanca"),
    ],
)
def test_a_terminal_is_filled_to_its_width(args: tuple[str, ...]) -> None:
    """Answers, long ones too, fit a terminal; only a word that is longer than its width, such as an IRI, does not."""
    lines = MARKS.sub("", terminal(*args)).splitlines()
    assert all(text.width(line) <= 80 or len(line.split()) <= 2 for line in lines)
    assert len(lines) > 10


@pytest.mark.parametrize("pager", ["cat", "no-such-pager"])
@pytest.mark.parametrize(("encoding", "kept"), [("ascii", ": ??????"), ("cp1256", "المغرب")])
def test_a_terminal_of_another_encoding_shows_no_marks_of_direction(encoding: str, kept: str, pager: str) -> None:
    """A terminal is written to in its encoding, through a pager too; what only gives direction is left out."""
    question = ("query", "treaty-status", "--country", "MA", "--lang", "ar")
    shown = terminal(*question, PYTHONIOENCODING=encoding, PAGER=pager)
    assert kept in shown
    assert not re.search(r"\\u(206[6-9]|200[ef]|061c)", shown)


def test_columns_goes_before_the_terminal_and_holds_in_a_pipe() -> None:
    """COLUMNS is the width to fill, however wide the terminal is, and where there is none."""
    question = ("query", "treaty-status", "--country", "MA")
    wide = terminal(*question, COLUMNS="1000")
    assert re.match(r"Country or organisation   Instrument ", wide)
    piped: Any = {"cwd": ROOT, "capture_output": True, "text": True, "encoding": "utf-8", "check": True}
    plain = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    command = [sys.executable, "-m", "cybercoop", *question]
    assert subprocess.run(command, env=plain, **piped).stdout == wide
    narrow = subprocess.run(command, env={**plain, "COLUMNS": "60"}, **piped).stdout
    assert max(map(text.width, narrow.splitlines())) <= 60


def test_what_a_cell_holds_is_no_markup() -> None:
    """A value is text in Markdown and in HTML, whatever it looks like."""
    harm = "<img src=x> `a` [b](javascript:c) | \\"
    assert markdown.row([harm]) == "| \\<img src=x> \\`a\\` [b\\](javascript:c) \\| \\\\ |\n"
    assert "<img" not in html.rows([[harm]]) + html.end([harm], "en")


def test_blocks_are_the_same_in_every_form() -> None:
    """A heading, and an item with a sentence that has a code in it, as text, Markdown and HTML."""
    blocks = [Heading(1, ["A*"]), Item([filled("see \0.", Text("x<y", CODE, href="docs"))], "error")]
    assert text.write(blocks, "en") == "A*\n\nsee x<y.\n"
    assert text.write(blocks, "ar").endswith("\u200fsee \u200ex<y\u200e.\n")
    assert markdown.write(blocks) == "# A\\*\n\n- see [`x<y`](docs)."
    assert html.write(blocks) == (
        '<h1>A*</h1>\n<ul>\n<li class="error">\n<p>see <a href="docs"><code>x&lt;y</code></a>.</p>\n</li>\n</ul>'
    )


@pytest.mark.parametrize(("lang", "line"), [("en", "Country: Morocco"), ("fr", "Country\N{NO-BREAK SPACE}: Morocco")])
def test_a_heading_has_the_colon_of_its_language(lang: str, line: str) -> None:
    """Above a table, and in blocks of a narrow terminal: French sets its colon apart."""
    rows = [["Morocco", "word " * 9], ["Morocco", "other " * 9]]
    assert text.Grid(["Country", "Said"], rows, lang, 30).whole(rows).splitlines()[0] == line


@given(st.lists(st.tuples(*[st.none() | st.text('a,"\n\r\t= -é', max_size=4)] * 3), max_size=9), st.sampled_from(",\t"))
def test_columns_are_written_as_rows_are(rows: list[tuple[str | None, ...]], delimiter: str) -> None:
    """In blocks, with each cell that a spreadsheet would run made safe."""
    columns = [*zip(*rows, strict=True)] or [(), (), ()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cybercoop.documents.csv._BLOCK", 2)
        blocks = [*csv.of_columns(columns, delimiter, "\r\n")]
    assert len(blocks) == (len(rows) + 1) // 2
    assert "".join(blocks) == csv.lines([[csv.safe(cell or "") for cell in row] for row in rows], delimiter, "\r\n")
