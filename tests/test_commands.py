"""A line is read the same way for every command, help says what each takes, and nothing slow is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as some

from cybercoop.interfaces.cli import main, run, start
from cybercoop.interfaces.cli.commands import COMMANDS, Command, Option, find, given, screen
from cybercoop.problems.problem import Refusal

ROOT = Path(__file__).parent.parent
SLOW = ("argparse", "dataclasses", "hashlib", "inspect", "rdflib", "shutil", "subprocess", "textwrap", "yaml")

TAKES = (
    Option("[NAME]", "A name.", ""),
    Option("[PATH]...", "Paths.", [], list),
    Option("-o, --out PATH", "Where to.", None),
    Option("-q, --quiet", "Say nothing."),
    Option("--pager / --no-pager", "Page.", True),
    Option("--max NUMBER", "At most.", 7, int, 1),
    Option("--lang TEXT", "Language.", "en", env="CYBERCOOP_LANG"),
)
TRIED = Command(print, TAKES)
BARE = vars(given("try", TRIED, []))


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("", {}),
        ("a", {"name": "a"}),
        ("a b c", {"name": "a", "path": ["b", "c"]}),
        ("-o x a", {"name": "a", "out": "x"}),
        ("a -o x b --quiet c", {"name": "a", "path": ["b", "c"], "out": "x", "quiet": True}),
        ("-ox", {"out": "x"}),
        ("-o=x", {"out": "=x"}),
        ("-qo-", {"quiet": True, "out": "-"}),
        ("-qq", {"quiet": True}),
        ("-o -", {"out": "-"}),
        ("--out=-", {"out": "-"}),
        ("--out=a=b", {"out": "a=b"}),
        ("--out --quiet", {"out": "--quiet"}),
        ("--out --", {"out": "--"}),
        ("--out -1 --max +3", {"out": "-1", "max": 3}),
        ("--lang fr --lang=ar", {"lang": "ar"}),
        ("--no-pager", {"pager": False}),
        ("--no-pager --pager", {"pager": True}),
        ("- a", {"name": "-", "path": ["a"]}),
        ("-- -o --quiet", {"name": "-o", "path": ["--quiet"]}),
        ("-q -- -- a", {"quiet": True, "name": "--", "path": ["a"]}),
    ],
)
def test_a_line(line: str, values: dict[str, Any]) -> None:
    """Options stand before, between and after arguments; what follows one that takes a value is its value."""
    assert vars(given("try", TRIED, line.split())) == {**BARE, **values}


@pytest.mark.parametrize(
    ("line", "code", "nearest"),
    [
        ("--quite", "unknown-option", "--quiet"),
        ("--qui", "unknown-option", "--quiet"),
        ("--quiet=1", "unknown-option", "--quiet"),
        ("---out x", "unknown-option", "--out"),
        ("-x", "unknown-option", None),
        ("-qx", "unknown-option", None),
        ("-q-o", "unknown-option", "-q"),
        ("a --out", "option-without-value", None),
        ("-qo", "option-without-value", None),
        ("--out=", "argument-empty", None),
        ("--max 0", "bad-number", None),
        ("--max 1.5", "bad-number", None),
        ("--max=", "bad-number", None),
        ("--max many", "bad-number", None),
    ],
)
def test_a_wrong_line(line: str, code: str, nearest: str | None) -> None:
    """No name is shortened, a flag has no value, a number is one; the nearest right name is offered."""
    with pytest.raises(Refusal) as raised:
        given("try", TRIED, line.split())
    assert (raised.value.problem.code, raised.value.problem.nearest) == (code, nearest)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("quer", "unknown-choice"),
        ("", None),
        ("--vers", "unknown-option"),
        ("--lang fr query", "unknown-option"),
        ("mcp --lang fr", "unknown-option"),
        ("build everything", "argument-extra"),
        ("export turtle csv", "argument-extra"),
        ("query sources more", "argument-extra"),
        ("explain", "argument-missing"),
        ("publish --update http://127.0.0.1:9/", "argument-missing"),
        ("query --country MA", "unknown-option"),
        ("query --sparql ASK{} --formt csv", "unknown-option"),
        ("query country-profile --country --lang fr", "option-without-value"),
        ("query country-profile --country --", "option-without-value"),
        ("query country-profile --country", "option-without-value"),
        ("query sources --limit-seconds nan", "bad-number"),
    ],
)
def test_a_line_that_no_command_takes(line: str, code: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use is refused before anything is done; a bare line shows the help, and ends with 2 as well."""
    with pytest.raises(Refusal if code else SystemExit) as raised:
        run(line.split())
    shown = capsys.readouterr()
    assert not shown.out
    assert getattr(raised.value, "code", None) == 2 if code is None else raised.value.problem.code == code  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [20, 66, 200])
def test_help(name: str, columns: int, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The help of a command names all that it takes, in lines of the terminal; `--help` may stand anywhere."""
    monkeypatch.setenv("COLUMNS", str(columns))
    asked = find(name) if name else start
    shown = screen(" ".join(["cybercoop", *name.split()]), asked)
    assert all(option.shown in shown for option in asked.takes)
    assert all(each in shown for each in (asked.named if name else COMMANDS))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= max(min(columns, 80), 50) or max(lines, key=len).startswith("  cybercoop")
    assert shown == command(*name.split(), "--help").text == command(*name.split(), "-h").text


@pytest.mark.parametrize("line", ["explain --help", "export --lang fr --help", "validate x.yaml --help --max 3"])
def test_help_wants_nothing_else(line: str, command: Any) -> None:
    """Whoever asks for help has it, whatever is missing on the line."""
    assert command(*line.split()).text.startswith(f"Usage: cybercoop {line.split()[0]} ")


WORDS = some.lists(
    some.one_of(
        some.sampled_from(
            ["-", "--", "-q", "-o", "--out", "--out=", "--max", "3", "--lang", "--pager", "--help", "-h"]
        ),
        some.text(max_size=4),
    ),
    max_size=7,
)


@generated(WORDS)
def test_any_line_has_values_or_is_refused(words: list[str]) -> None:
    """Nothing but a refusal comes of a line; what stands behind `--` is taken as it is."""
    for each in (TRIED, TRIED._replace(loose=True)):
        try:
            values = given("try", each, words)
        except Refusal as refusal:
            assert refusal.problem.message["ar"]
        else:
            assert values.max >= 1
            more = given("try", each, [*words, "--", "-x"])
            assert [more.name, *more.path][-1] == "-x"


@generated(some.permutations([("-o", "x"), ("--max=3",), ("--no-pager",), ("a",)]))
def test_the_order_of_options_does_not_matter(parts: list[tuple[str, ...]]) -> None:
    """Options may stand in any order, and before or after the argument."""
    expected = {**BARE, "out": "x", "max": 3, "pager": False, "name": "a"}
    assert vars(given("try", TRIED, [word for part in parts for word in part])) == expected


def test_variables_stand_in_for_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """CYBERCOOP_LANG holds where a line says nothing else and is not empty."""
    for value, line, lang in (("fr", [], "fr"), ("fr", ["--lang", "ar"], "ar"), ("", [], "en")):
        monkeypatch.setenv("CYBERCOOP_LANG", value)
        assert given("try", TRIED, line).lang == lang


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("query country-profile --country Maroco", "Maroc?"),
        ("query country-profile", "--country"),
        ("query country-profile --country MA --lang de", "en fr ar"),
        ("query country-profile --country MA --format xslx", "csv"),
        ("validate data/places.csv --lang de", "en fr ar"),
        ("validate no-such-file.yaml --lang fr", "no-such-file.yaml"),
        ("validate --formt json --lang fr", "Vouliez-vous dire --format"),
        ("qurey --lang ar", "أتقصدون"),
    ],
)
def test_what_is_wrong_is_said(
    line: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong line is refused in words, in the language that it asks for, with exit 2 and nothing on stdout."""
    monkeypatch.setattr(sys, "argv", ["cybercoop", *line.split()])
    monkeypatch.setattr("gc.disable", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert said in shown.err


@pytest.mark.parametrize(
    "line",
    [
        ["query", "project-countries", "--project", "cybersouth-plus"],
        ["query", "project-countries", "--project=cybersouth-plus", "--no-pager", "--format", "csv"],
        ["query", "--format", "json", "project-countries", "--lang", "fr", "--project", "cybersouth-plus"],
    ],
)
def test_nothing_slow_is_loaded(line: list[str]) -> None:
    """Asked a second time, a question loads no module that takes as long as its answer, however it is written."""
    code = f"import sys; from cybercoop.interfaces.cli import run; run({line}); print(*sys.modules)"
    loaded = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ][-1]
    assert not {*SLOW} & {*loaded.splitlines()[-1].split()}


@pytest.mark.parametrize(
    ("line", "collects"),
    [
        (["query", "project-countries", "--project", "cybersouth-plus"], False),
        (["search", "budapest"], False),
        (["export", "ntriples"], False),
        (["validate", "data/places.csv"], False),
        (["mcp"], True),
    ],
)
def test_only_what_stays_collects_garbage(line: list[str], collects: bool) -> None:
    """A command that ends with its answer collects no garbage; a server does."""
    code = f"""import atexit, gc, sys
from cybercoop.interfaces.cli import main
sys.argv[1:] = {line}
atexit.register(lambda: print(gc.isenabled(), file=sys.stderr))
main()"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True
    )
    assert done.stderr.split()[-1] == str(collects)
