"""The store is built once, swapped in whole, found again by the digest of its inputs; derived days stay apart."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybercoop.engines import loading, store
from cybercoop.engines.notes import digest_of
from cybercoop.engines.store import stored
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal, refuse
from cybercoop.terms import names
from cybercoop.terms.names import NS, PREFIXES, XSD
from cybercoop.workspace import workspace
from cybercoop.workspace.derive import derive
from cybercoop.workspace.workspace import Workspace

DIGEST = "0" * 24
DAY = 24 * 3600


def quad(subject: str, predicate: str, value: str, source: str, datatype: str = "") -> ox.Quad:
    kind = ox.NamedNode(XSD + datatype) if datatype else None
    node = ox.NamedNode(names.ID + subject)
    return ox.Quad(node, ox.NamedNode(predicate), ox.Literal(value, datatype=kind), ox.NamedNode(names.source(source)))


def lines(quads: Iterable[ox.Quad]) -> list[str]:
    return [f"{each} .\n" for each in quads]


def some() -> list[str]:
    return lines(quad(f"activity/{n}", NS + "section", "text", "one") for n in range(200))


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


#### Building ####

CHILD = """
import sys, time
from pathlib import Path
import pyoxigraph as ox
from cybercoop.engines import store

def make():
    print("making", flush=True)
    sys.stdin.readline()
    return Path(sys.argv[2]).read_text("utf-8").splitlines(keepends=True)

def slow(*_):
    print("half", flush=True)
    time.sleep(60)

if sys.argv[3:] == ["slow"]:
    store.name = slow
found = store.stored(Path(sys.argv[1]), "0" * 24, make)
print(len(found.quads()), len(found.open()), flush=True)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a process that builds a store of 200 statements once it gets a line of input."""
    inputs = tmp_path / "inputs.nq"
    inputs.write_text("".join(some()), "utf-8")
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(tmp_path / "store"), str(inputs), *words]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "making\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_that_start_at_once(tmp_path: Path, child: Callable[..., subprocess.Popen[str]]) -> None:
    """Four processes that build at the same moment all answer, and leave one whole store and nothing else."""
    processes = [child() for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["200 400\n"] * 4
    assert [process.returncode for process in processes] == [0] * 4
    assert folders(tmp_path / "store") == [f"{DIGEST}-{store._LAYOUT}"]


def test_a_process_killed_while_building(tmp_path: Path, child: Callable[..., subprocess.Popen[str]]) -> None:
    """A process killed when its store is half full leaves nothing that is opened; its remains go a day later."""
    cache = tmp_path / "store"
    process = child("slow")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "half\n"
    (remains,) = cache.iterdir()
    assert (remains / "written.nq").stat().st_size > 0
    assert (remains / "store").is_dir()
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = stored(cache, DIGEST, some)
    assert len(found.open()) == 400
    assert folders(cache) == sorted([found.folder.name, remains.name])
    os.utime(remains, (time.time() - DAY - 60,) * 2)
    stored(cache, "1" * 24, some)
    assert remains.name not in folders(cache)


def test_swapped_in_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that was filled is the one that is opened: it gets its name in one step, when nothing is missing."""
    seen: list[int] = []

    def observed(folder: Path, said: Iterable[str], *ranked: Any) -> None:
        build(folder, said, *ranked)
        seen.append(folder.stat().st_ino)
        assert folders(tmp_path) == [folder.name]

    build = store.build
    monkeypatch.setattr(store, "build", observed)
    assert [stored(tmp_path, DIGEST, some).folder.stat().st_ino] == seen


def test_built_once(tmp_path: Path) -> None:
    """A store that is there is opened, not built."""
    first = stored(tmp_path, DIGEST, some)

    def never() -> Iterable[str]:
        raise AssertionError("built again")

    assert stored(tmp_path, DIGEST, never) == first


@pytest.mark.parametrize(
    "error", [refuse("no-graph-here", value="x"), OSError(28, "No space left on device"), KeyError("x")]
)
def test_a_building_that_fails(error: Exception, tmp_path: Path) -> None:
    """Where the statements cannot be had, nothing is left behind, and the next building starts afresh."""

    def broken() -> Iterable[str]:
        yield from some()
        raise error

    with pytest.raises(Refusal if isinstance(error, OSError) else type(error)):
        stored(tmp_path, DIGEST, broken)
    assert not folders(tmp_path)
    assert len(stored(tmp_path, DIGEST, some).quads()) == 200


def test_a_block_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the loading thread meets is told where the building was asked for, and nothing is left behind."""
    monkeypatch.setattr(loading, "_BLOCK", 10)
    with pytest.raises(SyntaxError):
        stored(tmp_path, DIGEST, lambda: [*some()[:50], "no statement\n", *some()[50:]])
    assert not folders(tmp_path)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """A cache below a file is refused with the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(Refusal) as refusal:
        stored(tmp_path / "file" / "store", DIGEST, some)
    assert refusal.value.problem.code == "cannot-write"
    assert "directory" in refusal.value.problem.message["en"]


def test_a_cache_that_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that was built before is opened where nothing may be written."""
    stored(tmp_path, DIGEST, some)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", denied)
    assert len(stored(tmp_path, DIGEST, some).open()) == 400


#### Sweeping ####


@pytest.mark.parametrize(
    ("name", "hours", "stays"),
    [
        ("building-abc123", 25, False),
        ("building-abc123", 23, True),
        (f"{'a' * 24}-1", 25, False),
        (f"{'a' * 24}-{store._LAYOUT}", 25, False),
        (f"{'a' * 24}-{store._LAYOUT}", 1, True),
        ("somebody-else", 1000, True),
        ("notes", 1000, True),
        (f"notes/{'b' * 8}", 25, False),
        (f"notes/{'b' * 8}.123", 25, False),
        (f"notes/{'b' * 8}", 1, True),
        ("notes/somebody-else", 1000, True),
    ],
)
def test_leftovers_are_swept(name: str, hours: int, stays: bool, tmp_path: Path) -> None:
    """What has our kind of name and was not used for a day goes when something new is built; nothing else does."""
    path = tmp_path / name
    if name.startswith("notes/"):
        path.parent.mkdir()
        path.write_text("x")
    else:
        path.mkdir()
        (path / "inside").touch()
    os.utime(path, (time.time() - hours * 3600,) * 2)
    stored(tmp_path, DIGEST, some)
    assert path.exists() == stays


def test_a_store_in_use_is_not_swept(tmp_path: Path) -> None:
    """A store that was opened today stays, however old it is."""
    old = stored(tmp_path, DIGEST, some)
    os.utime(old.folder, (time.time() - 10 * DAY,) * 2)
    stored(tmp_path, DIGEST, some)
    stored(tmp_path, "1" * 24, some)
    assert len(old.open()) == 400


#### What it holds ####


def test_opened_read_only(tmp_path: Path) -> None:
    """Nobody writes into a store that was opened."""
    opened = stored(tmp_path, DIGEST, some).open()
    with pytest.raises(RuntimeError):
        opened.add(quad("activity/1", NS + "section", "text", "one"))
    with pytest.raises(RuntimeError):
        opened.update("CLEAR ALL")
    assert len(opened) == 400


def test_opened_by_several(tmp_path: Path) -> None:
    """A store that is open can be opened again."""
    found = stored(tmp_path, DIGEST, some)
    opened = [found.open() for _ in range(3)]
    assert [len(one) for one in opened] == [400] * 3


@pytest.mark.parametrize("lexical", ["1.50", "+7.0", "007.10", ".5", "3890000"])
def test_literals_as_written(lexical: str, tmp_path: Path) -> None:
    """A number is given back with the digits that its source has."""
    said = [quad("amount/a", NS + "amount", lexical, "one", "decimal")]
    found = stored(tmp_path, DIGEST, lambda: lines(said))
    assert found.quads() == said
    assert f'"{lexical}"' in found.written.read_text("utf-8")


def test_exports_give_what_was_written(graph: Graph) -> None:
    """The statements that exports start from are those of the records, literal by literal."""
    said = {str(one) for one in graph.workspace.data().quads()}
    assert said <= {str(one) for one in graph.workspace.stored.quads()}


def test_the_default_graph_is_the_union(tmp_path: Path) -> None:
    """What two sources say stands once in the default graph, and twice where one asks who says so."""
    said = [
        quad("a", NS + "section", "same", "one"),
        quad("a", NS + "section", "same", "two"),
        quad("a", NS + "section", "other", "two"),
        quad("a", NS + "amount", "1.50", "one", "decimal"),
        quad("a", NS + "amount", "1.5", "two", "decimal"),
    ]
    opened = stored(tmp_path, DIGEST, lambda: lines([*said, *said])).open()
    assert len(list(opened.query("SELECT * { ?s ?p ?o }"))) == 3  # type: ignore[arg-type]
    assert len(list(opened.query("SELECT * { GRAPH ?g { ?s ?p ?o } }"))) == 5  # type: ignore[arg-type]


def test_the_shipped_default_graph_is_the_union(graph: Graph) -> None:
    """In the shipped graph, the default graph holds each triple of the named graphs once."""
    opened = graph.workspace.stored.open()
    named = {str(one.triple) for one in opened if one.graph_name != ox.DefaultGraph()}
    default = [str(one.triple) for one in opened.quads_for_pattern(None, None, None, ox.DefaultGraph())]
    assert len(default) == len(set(default))
    assert set(default) == named


def test_built_the_same_whatever_the_order(tmp_path: Path) -> None:
    """The order in which statements come changes nothing of what is written."""
    shuffled = some()
    random.Random(1).shuffle(shuffled)
    first, second = stored(tmp_path, DIGEST, some), stored(tmp_path, "1" * 24, lambda: shuffled)
    assert first.written.read_bytes() == second.written.read_bytes()


def test_runs_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More statements than are sorted or loaded at once are as fewer are: in order, each once, with nothing beside."""
    shuffled = [*some(), *some()[:70], *lines([quad("activity/1", NS + "section", "text", "two")])]
    random.Random(2).shuffle(shuffled)
    whole = stored(tmp_path, DIGEST, lambda: shuffled)
    monkeypatch.setattr(store, "_RUN", 60)
    monkeypatch.setattr(loading, "_BLOCK", 50)
    merged = stored(tmp_path, "1" * 24, lambda: iter(shuffled))
    assert merged.written.read_bytes() == whole.written.read_bytes()
    assert merged.written.read_text("utf-8").splitlines(keepends=True) == sorted(set(shuffled))
    assert set(merged.open()) == set(whole.open())
    assert len(list(merged.open())) == len(set(merged.open())) == 401
    assert merged.names.read_bytes() == whole.names.read_bytes()
    assert folders(merged.folder) == ["names.tsv", "searched.tsv", "store", "told.tsv", "written.nq"]


#### The digest ####


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    (folder / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (folder / name).write_text(f"content of {name}")
    return folder


def digest(folder: Path) -> str:
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    return digest_of(files, folder, folder.parent / "notes")


def _keep_times(path: Path, content: str) -> None:
    stat = path.stat()
    path.write_text(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "one character": lambda folder: (folder / "a").write_text("Content of a"),
    "one character, with size and time kept": lambda folder: _keep_times(folder / "a", "Content of a"),
    "emptied": lambda folder: (folder / "a").write_text(""),
    "renamed": lambda folder: (folder / "a").rename(folder / "z"),
    "moved": lambda folder: (folder / "a").rename(folder / "sub" / "a"),
    "removed": lambda folder: (folder / "a").unlink(),
    "added": lambda folder: (folder / "d").touch(),
    "swapped": lambda folder: ((folder / "a").write_text("content of b"), (folder / "b").write_text("content of a")),
    "a border moved": lambda folder: (
        (folder / "a").write_text("content of abcontent of b"),
        (folder / "b").unlink(),
    ),
}


@pytest.mark.parametrize("settled", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_input_changes_the_digest(
    change: str, settled: bool, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever changes in the files or their names, even with size and time kept, the digest is another."""
    now = time.time()
    if settled:
        monkeypatch.setattr(store.time, "time", lambda: now + 60)
    before = digest(inputs)
    CHANGES[change](inputs)
    assert digest(inputs) != before


def test_the_same_inputs_have_the_same_digest(inputs: Path, tmp_path: Path) -> None:
    """The digest depends on names and contents: not on the place, the times or the order of calls."""
    copy = tmp_path / "elsewhere" / "inputs"
    copy.parent.mkdir()
    inputs.rename(copy)
    first = digest(copy)
    copy.rename(inputs)
    os.utime(inputs / "a", (0, 0))
    assert digest(inputs) == first
    assert len(first) == 24


def test_unchanged_files_are_not_read_again(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call takes the digest from its note."""
    now = time.time()
    monkeypatch.setattr(store.time, "time", lambda: now + 60)
    first = digest(inputs)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert digest(inputs) == first


def test_notes_are_only_a_help(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where notes cannot be kept, the digest is the same."""
    now = time.time()
    monkeypatch.setattr(store.time, "time", lambda: now + 60)
    (inputs.parent / "notes").touch()
    first = digest(inputs)
    (inputs.parent / "notes").unlink()
    assert digest(inputs) == first == digest(inputs)


def test_the_code_is_an_input(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the readers changes the digest of the graph, as it may change what the same records say."""
    monkeypatch.setenv("CYBERCOOP_CACHE", str(tmp_path))
    files = workspace._makers()
    assert {"records.py", "yaml.py", "turtle.py", "derive.py", "context.py"} <= {Path(path).name for path in files}
    assert Workspace(root).digest == Workspace(root).digest
    copy = tmp_path / "records.py"
    copy.write_text("a = 1\n")
    monkeypatch.setattr(workspace, "_makers", lambda: [str(copy)])
    before = Workspace(root).digest
    copy.write_text("a = 2\n")
    assert Workspace(root).digest != before


#### Derived days ####

START, END, ACT = PREFIXES["schema"] + "startDate", PREFIXES["schema"] + "endDate", NS + "actionDate"


def days(*said: tuple[str, str]) -> dict[str, str]:
    """What is derived from dates of one thing, each from a source of its own."""
    quads = [quad("activity/a", predicate, date, f"s{n}", "date") for n, (predicate, date) in enumerate(said)]
    found = derive(quads)
    assert {str(one.graph_name)[1:-1] for one in found} <= {names.DERIVED}
    own = (one for one in found if "/activity/" in str(one.subject))
    return {one.predicate.value.removeprefix(NS): one.object.value for one in own}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(START, "2024-05-21")], {"firstDay": "2024-05-21"}),
        ([(END, "2024-05-23")], {"lastDay": "2024-05-23"}),
        ([(START, "2024"), (END, "2024")], {"firstDay": "2024-01-01", "lastDay": "2024-12-31"}),
        ([(START, "2024-02"), (END, "2024-02")], {"firstDay": "2024-02-01", "lastDay": "2024-02-29"}),
        ([(START, "2023-02"), (END, "2023-02")], {"firstDay": "2023-02-01", "lastDay": "2023-02-28"}),
        ([(END, "2024-12")], {"lastDay": "2024-12-31"}),
        ([(END, "9999-12")], {"lastDay": "9999-12-31"}),
        ([(START, "2024"), (START, "2024-05-21")], {"firstDay": "2024-05-21"}),
        ([(START, "2024-05-21"), (START, "2024")], {"firstDay": "2024-05-21"}),
        ([(START, "2024-05"), (START, "2023")], {"firstDay": "2024-05-01"}),
        ([(START, "2024-05-22"), (START, "2024-05-21")], {"firstDay": "2024-05-21"}),
        ([(END, "2024-05-22"), (END, "2024-05-23"), (END, "2025")], {"lastDay": "2024-05-23"}),
        ([(START, "2024-05-21"), (END, "2024")], {"firstDay": "2024-05-21", "lastDay": "2024-12-31"}),
        ([(ACT, "2018-06")], {"firstDay": "2018-06-01", "lastDay": "2018-06-30"}),
        ([(START, "2024-13"), (END, "soon")], {}),
        ([(START, "2024-02-30"), (START, "2024")], {"firstDay": "2024-01-01"}),
        ([(PREFIXES["dct"] + "issued", "2024")], {}),
        ([], {}),
    ],
)
def test_derived_days(said: list[tuple[str, str]], expected: dict[str, str]) -> None:
    """The first and last day come from the most precise statement, the widest among equals, and from no false date."""
    assert days(*said) == expected


DATES = st.dates().map(str).flatmap(lambda day: st.sampled_from([day, day[:7], day[:4]]))


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([START, END, ACT]), DATES), max_size=6), st.randoms(use_true_random=False))
def test_derived_days_of_any_dates(said: list[tuple[str, str]], chance: random.Random) -> None:
    """Derived days are whole days, begin with what some source states, and do not depend on the order of sources."""
    found = days(*said)
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert days(*shuffled) == found
    for day in found.values():
        assert len(day) == 10
        assert any(day.startswith(date[:4]) for _, date in said)
    if len(said) == 1 and len(found) == 2:
        assert found["firstDay"] <= found["lastDay"]


ASOF = NS + "asOf"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(ACT, "2017-06")], {"firstDay": "2017-06-01", "lastDay": "2017-06-30"}),
        ([(ASOF, "2024")], {"firstDay": "2024-01-01", "lastDay": "2024-12-31"}),
        ([(START, "2024-02")], {"firstDay": "2024-02-01", "lastDay": "2024-02-29"}),
        ([(END, "2024-05-21")], {"firstDay": "2024-05-21", "lastDay": "2024-05-21"}),
        ([(START, "2024"), (END, "2024-05")], {"firstDay": "2024-01-01", "lastDay": "2024-05-31"}),
        ([(ACT, "2012-04-12"), (ACT, "2012-04-13")], {"firstDay": "2012-04-12", "lastDay": "2012-04-13"}),
        ([(NS + "adoptedOn", "2024")], {}),
        ([(ASOF, "soon")], {}),
    ],
)
def test_a_record_has_the_days_that_its_dates_can_mean(said: list[tuple[str, str]], expected: dict[str, str]) -> None:
    """What one source says of when is compared by the record of that; other sources leave it as it is."""
    other = quad("act/a", ACT, "1999", "other", "gYear")
    found = derive([other, *(quad("act/a", predicate, date, "s", "date") for predicate, date in said)])
    entry = ox.NamedNode(names.record(names.source("s"), names.ID + "act/a"))
    own = [one for one in found if one.subject == entry]
    assert {one.predicate.value.removeprefix(NS): one.object.value for one in own} == expected  # type: ignore[union-attr]
    assert len(own) == len(expected)


def test_every_act_and_list_that_has_a_date_has_a_record_with_days(graph: Graph) -> None:
    """Whatever a source dates leads, by its record, to days: no claim is left out of an answer as of a day."""
    dated = graph.sparql(
        """SELECT ?source ?thing {
          GRAPH ?source { ?thing coop:actionDate|coop:asOf|coop:entryDate|coop:invitationDate ?date } }"""
    )
    known = graph.sparql(
        """SELECT ?source ?thing {
          GRAPH ?source { ?record coop:about ?thing }
          ?record coop:firstDay ?first ; coop:lastDay ?last . FILTER(?first <= ?last) }"""
    )
    assert len(dated) > 500
    assert set(map(tuple, dated.rows)) <= set(map(tuple, known.rows))


def test_no_derived_day_is_stated(graph: Graph) -> None:
    """No source states a computed day, and what is computed stands in the graph for it alone, once a thing."""
    computed = [one for one in graph.workspace.stored.quads() if one.predicate.value in names.COMPUTED]
    assert len(computed) > 50
    assert {str(one.graph_name)[1:-1] for one in computed} == {names.DERIVED}
    single = [one for one in computed if one.predicate.value.endswith(("Day", "Than"))]
    assert len({(one.subject, one.predicate) for one in single}) == len(single)
    assert not [one for one in graph.workspace.data().quads() if one.predicate.value in names.COMPUTED]


def test_unreadable_data_is_left_out_with_a_warning(tmp_path: Path) -> None:
    """A record that cannot be read does not stop the others from being asked; that it is missing is said."""
    home = tmp_path / "graph"
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(Path(__file__).parent.parent / folder, home / folder)
    (home / "data" / "broken.yaml").write_text("source: [\n", encoding="utf-8")
    (home / "pyproject.toml").touch()
    done = subprocess.run(
        [sys.executable, "-m", "cybercoop", "query", "project-activities", "--project", "cybersouth-plus"],
        env={**os.environ, "CYBERCOOP_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert "cybercoop validate" in done.stderr
    assert "Casablanca" in done.stdout


def test_the_lines_of_a_thing_are_found_in_the_file(graph: Graph) -> None:
    """What is said of one thing is the part of the sorted file that begins with it; what is no IRI is said nothing."""
    kept = graph.workspace.stored
    lines = kept.written.read_bytes().splitlines(keepends=True)
    for iri in (names.ID + "country/MA", names.ID + "instrument/ets-185", names.NS + "about", names.ID + "country/M"):
        assert kept.lines(iri) == b"".join(line for line in lines if line.startswith(f"<{iri}> ".encode()))
    first = lines[0].decode()
    for iri in ("", "\ud800", "\uffff", "~", "!", first[1:-4], first[1 : first.index("> ") + 4]):
        assert kept.lines(iri) == b""


def test_a_process_that_asks_much_holds_the_store_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is opened afterwards says the same, and is not on disk any more."""
    monkeypatch.setattr(store, "_held", {})
    kept = stored(tmp_path, DIGEST, some)
    on_disk = kept.open()
    kept.hold()
    assert set(kept.open()) == set(on_disk)
    assert kept.open() is kept.open() is not on_disk
    shutil.rmtree(kept.folder / "store")
    assert len(list(kept.open().quads_for_pattern(None, None, None, ox.DefaultGraph()))) == 200
