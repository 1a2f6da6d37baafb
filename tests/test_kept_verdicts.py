"""A verdict is kept, and taken again only where a fresh one would be the same."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cybercoop.graph import Graph
from cybercoop.graph import open as open_graph
from cybercoop.judge import validate, verdict
from cybercoop.judge.readings import Readings
from cybercoop.judge.reports import FORMATS, written
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import LANGUAGES
from cybercoop.records import read
from cybercoop.records.reading import Reading
from cybercoop.terms.context import Context

ROOT = Path(__file__).parent.parent
RECORD = """\
source: example
at: {{section: a}}
id: place/example-{0}
type: Place
prefLabel: {{en: Example {0}, fr: Exemple {0}, ar: مثال {0}}}
{1}
"""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
"""When a report was written."""
LINES = ("inCountry: MA", "inCountry: XX", "inCountry: Morroco", "latt: 1", "lat: x", "prefLabel: {en: twice}", "")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the words and shapes of the graph, and a few records."""
    for name in ("ontology", "queries"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "shapes", tmp_path / "shapes")
    (tmp_path / "data").mkdir()
    for number in range(2):
        (tmp_path / "data" / f"{number}.yaml").write_text(RECORD.format(number, LINES[number]), encoding="utf-8")
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path / "cache"))
    return tmp_path


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a verdict is judged, from now on."""
    calls: list[str] = []

    def count(whole: Callable[..., Report]) -> Callable[..., Report]:
        def called(*asked: Any) -> Report:
            calls.append("judged")
            return whole(*asked)

        return called

    for name in ("judge", "judge_graph"):
        monkeypatch.setattr(validate, name, count(getattr(validate, name)))
    return calls


def edited(folder: Path, number: int, line: str) -> None:
    (folder / "data" / f"{number}.yaml").write_text(RECORD.format(number, line), encoding="utf-8")


def gone(folder: Path, number: int, _line: str) -> None:
    (folder / "data" / f"{number}.yaml").unlink(missing_ok=True)


def moved(folder: Path, number: int, _line: str) -> None:
    old = folder / "data" / f"{number}.yaml"
    if old.exists():
        old.rename(old.with_name(f"moved-{number}.yaml"))


def ruled(folder: Path, number: int, _line: str) -> None:
    shape = folder / "shapes" / "places.ttl"
    shape.write_text(shape.read_text("utf-8").replace("sh:Violation", "sh:Warning", number), encoding="utf-8")


CHANGES = st.tuples(st.sampled_from((edited, gone, moved, ruled)), st.integers(0, 3), st.sampled_from(LINES))


@pytest.mark.filterwarnings("ignore::cybercoop.problems.problem.Notice")
@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
def test_a_kept_verdict_is_the_fresh_one(
    small: Path, changes: list[tuple[Callable[[Path, int, str], None], int, str]]
) -> None:
    """After any edit, removal, addition or change of the shapes, for the whole graph and for a contribution."""
    for change, number, line in changes:
        change(small, number, line)
        own = small / "data" / "0.yaml"
        for paths in ((), (own,)) if own.exists() else ((),):
            fresh = open_graph(small).validate(*paths, mends=True)
            assert open_graph(small).validate(*paths, mends=True, cache=True) == fresh
            assert open_graph(small).validate(*paths, mends=True, cache=True) == fresh


def test_nothing_is_judged_twice(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time, the verdict is the same in every format and language, and nobody judged."""
    calls, own = counted(monkeypatch), small / "data" / "1.yaml"
    for paths in ((), (own,)):
        calls.clear()
        first = open_graph(small).validate(*paths, mends=True, cache=True)
        assert calls
        calls.clear()
        second = open_graph(small).validate(*paths, mends=True, cache=True)
        assert not calls
        assert first.problems
        assert second == first
        for form in FORMATS:
            for lang in LANGUAGES:
                assert MOMENT.sub("", written(second, form, lang)) == MOMENT.sub("", written(first, form, lang))


@pytest.mark.parametrize("what", ["day", "easternmost day", "installed", "module", "root", "asked"])
def test_what_a_verdict_rests_on_is_in_its_key(small: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Another day, package, module of ours or engine: the verdict is judged again."""
    noon = 1_800_014_400  # 12:00 UTC
    monkeypatch.setattr(verdict.time, "time", lambda: noon - 3 * 3600)
    open_graph(small).validate(cache=True)
    calls = counted(monkeypatch)
    open_graph(small).validate(cache=True)
    assert not calls
    if what == "day":
        monkeypatch.setattr(verdict.time, "time", lambda: noon + 13 * 3600)
    elif what == "easternmost day":
        monkeypatch.setattr(verdict.time, "time", lambda: noon - 2 * 3600)
    elif what == "installed":
        before = verdict.installed()
        monkeypatch.setattr(verdict, "installed", lambda: [*before, "pyoxigraph-9.9.dist-info"])
    elif what == "module":
        extra = small / "module.py"
        extra.write_text("")
        monkeypatch.setattr(verdict, "ours", lambda: [str(extra)])
    elif what == "root":
        shutil.copytree(small, small / "copy", symlinks=True, ignore=lambda *_: ["copy", "cache"])
        small = small / "copy"
    open_graph(small).validate(cache=True, engine="fast" if what == "asked" else None)
    assert calls


def test_hours_at_which_a_rule_may_change_its_mind() -> None:
    """Rules on today compare days, as UTC or the easternmost zone has them; another needs a place in the key."""
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "shapes").glob("*.ttl")))
    rules = re.sub(r"(?m)^\s*#.*$", "", text)
    ways = (r"STR\(YEAR\(NOW\(\)\)", r'"T00:00:00\+14:00"\)\) > NOW\(\)', r"< STR\(NOW\(\)\)")
    assert rules.count("NOW()") == sum(len(re.findall(way, rules)) for way in ways)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"null", b'{"a": 1}', "foreign"])
def test_a_note_that_is_broken_or_foreign_is_ignored(small: Path, content: bytes | str) -> None:
    """Whatever stands in the place of a kept verdict, the verdict is that of the graph."""
    fresh = open_graph(small).validate(cache=True)
    for note in (small / "cache" / "store" / "notes").iterdir():
        if isinstance(content, bytes):
            note.write_bytes(content)
        elif "verdict" in (key := json.loads(note.read_text("utf-8"))[0]):
            for value in (7, [], [7], [[7]], [[[7]], 1], {"problems": []}, [[{}], "", 1, 1, 1, 1, 1, 1]):
                note.write_text(json.dumps([key, value]), encoding="utf-8")
                assert open_graph(small).validate(cache=True) == fresh
    assert open_graph(small).validate(cache=True) == fresh


def test_what_changed_while_it_was_judged_is_not_kept(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is edited meanwhile, and edited back, leaves no verdict on what it was in between."""
    before = open_graph(small).validate()
    whole = validate.judge_graph

    def meanwhile(*asked: Any) -> Report:
        edited(small, 0, "lat: x")
        return whole(*asked)

    monkeypatch.setattr(validate, "judge_graph", meanwhile)
    assert open_graph(small).validate(cache=True) != before
    monkeypatch.undo()
    monkeypatch.setenv("CYBERCOOP_CACHE", str(small / "cache"))
    edited(small, 0, LINES[0])
    assert open_graph(small).validate(cache=True) == before


def test_the_library_keeps_nothing_unasked(small: Path) -> None:
    """Standard input and a program that does not ask leave no verdict behind."""
    open_graph(small).validate()
    assert not list((small / "cache").rglob("notes/*"))


def test_what_is_kept_of_files_is_what_they_say(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement with its place, every record, and the text of each file."""
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path))
    files = graph.workspace.data_files()
    fresh, readings = graph.workspace.read(files), Readings(graph.workspace)
    graph.workspace.read(files, readings)
    readings.keep()
    monkeypatch.setattr("cybercoop.judge.readings.read", None)
    again = graph.workspace.read(files, Readings(graph.workspace))
    assert again.statements == fresh.statements
    assert [*again.stated()] == [*fresh.stated()]
    assert (again.records, again.problems, again.heads) == (fresh.records, fresh.problems, fresh.heads)
    assert {name: again.texts[name] for name in again.texts} == {name: fresh.texts[name] for name in fresh.texts}


def test_only_what_changed_is_read_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a problem that its reader finds is read each time; a damaged note is as none."""
    edited(small, 1, LINES[3])  # a word that is unknown
    edited(small, 2, LINES[0])
    open_graph(small).validate(cache=True)
    met: list[str] = []

    def count(data: bytes, file: str, context: Context) -> Reading:
        met.append(file)
        return read(data, file, context)

    monkeypatch.setattr("cybercoop.judge.readings.read", count)
    edited(small, 2, LINES[4])
    open_graph(small).validate(cache=True)
    assert met == ["data/1.yaml", "data/2.yaml"]
    met.clear()
    for file in (small / "cache").rglob("notes/*"):
        key, value = json.loads(file.read_text("utf-8"))
        if isinstance(value, dict):
            value["data/0.yaml"][2][0] = 10_000
            file.write_text(json.dumps([key, value]), "utf-8")
    edited(small, 2, LINES[6])
    assert open_graph(small).validate(cache=True) == open_graph(small).validate()
    assert met == ["data/0.yaml", "data/1.yaml", "data/2.yaml"]
