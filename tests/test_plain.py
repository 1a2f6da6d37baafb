"""A question or a verdict in its plainest form is the same, without what takes longer to load than the answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cybercoop.interfaces.cli import main
from cybercoop.interfaces.cli.app import app
from cybercoop.interfaces.cli.plain import answered

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "tests" / "queries").glob("*.yaml"))
SLOW = ("dataclasses", "hashlib", "inspect", "rdflib", "rich", "subprocess", "typer", "yaml")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_same_answer(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every question, in its plainest form, is answered as Typer has it answered."""
    given = yaml.load(path.read_text("utf-8"), Loader=LOADER)[0]["params"] or {}
    line = ["query", path.stem, *(part for name, value in given.items() for part in (f"--{name}", str(value)))]
    if any(isinstance(value, list) for value in given.values()):
        pytest.skip("a list is no plain value")
    assert answered(line)
    assert capsys.readouterr().out == CliRunner().invoke(app, line).stdout_bytes.decode()


@pytest.mark.parametrize(
    "options", [["--show-sparql"], ["--lang", "ar"], ["--format", "csv"], ["--format", "json", "--lang", "fr"]]
)
def test_language_and_format(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Language and format are plain."""
    line = ["query", "project-countries", "--project", "cybersouth-plus", *options]
    assert answered(line)
    assert capsys.readouterr().out == CliRunner().invoke(app, line).stdout_bytes.decode()


@pytest.mark.parametrize("lang", ["", "fr", "ar"])
@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["data/places.csv", "data/countries"],
        ["tests/fixtures/invalid/activity-has-start-date.yaml"],
        ["tests/fixtures/mends/dates.yaml", "tests/fixtures/house-style", "--lang", "fr"],
    ],
)
def test_the_same_verdict(
    paths: list[str], lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are judged as Typer has them judged, with the same mends and exit code, in the language of the reader."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CYBERCOOP_LANG", lang)
    with pytest.raises(SystemExit) as ended:
        answered(["validate", *paths])
    done = CliRunner().invoke(app, ["validate", *paths])
    assert (ended.value.code, capsys.readouterr().out) == (done.exit_code, done.stdout_bytes.decode())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "query",
        "query country-profile --help",
        "query country-profile --country MA --with-sources",
        "query country-profile --country MA --no-pager",
        "query country-profile --country=MA",
        "query country-profile --country MA --country TN",
        "query country-profile --country --lang",
        "query country-profile --file x.rq",
        "query country-profile --country MA --plot map.svg",
        "query country-profile --country MA --endpoint http://127.0.0.1:1/",
        "query --sparql ASK{}",
        "query - --lang en",
        "query no-such-question",
        "query ../data/policy --lang en",
        "explain cybersouth",
        "validate data/places.csv --quiet",
        "validate --format json",
        "validate data/places.csv --lang",
        "validate --lang fr data/places.csv",
        "validate -",
        "--version",
    ],
)
def test_what_is_not_plain_is_left(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Any other line is left to Typer before anything is printed."""
    assert not answered(line.split())
    assert capsys.readouterr().out == ""


def test_an_endpoint_from_the_environment_is_not_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who set CYBERCOOP_ENDPOINT is answered by that server."""
    monkeypatch.setenv("CYBERCOOP_ENDPOINT", "http://127.0.0.1:1/")
    assert not answered(["query", "project-countries", "--project", "cybersouth-plus"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("query country-profile --country Maroco", "Maroc?"),
        ("query country-profile", "--country"),
        ("query country-profile --country MA --lang de", "en fr ar"),
        ("query country-profile --country MA --format xslx", "csv"),
        ("validate data/places.csv --lang de", "en fr ar"),
        ("validate no-such-file.yaml --lang fr", "no-such-file.yaml"),
    ],
)
def test_what_is_wrong_is_said(
    line: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain line with a wrong value is refused in words, with exit 2 and nothing on stdout."""
    monkeypatch.setattr(sys, "argv", ["cybercoop", *line.split()])
    monkeypatch.setattr("gc.disable", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert said in shown.err


def test_nothing_slow_is_loaded() -> None:
    """Asked a second time, a plain question loads no module that takes as long as its answer."""
    line = ["query", "project-countries", "--project", "cybersouth-plus"]
    code = (
        f"import sys; from cybercoop.interfaces.cli.plain import answered; assert answered({line}); print(*sys.modules)"
    )
    loaded = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ][-1]
    assert not {*SLOW} & {*loaded.split()}


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
