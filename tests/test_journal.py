"""Whoever reads a graph writes nothing; an interrupted acceptance is seen whole, and finished by the next one alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from cybercoop.engines.notes import digest_of
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, in_language, problem, sentence
from cybercoop.problems.problem import Where as Place
from cybercoop.workspace import journal
from cybercoop.workspace.files import content as content_of
from cybercoop.workspace.workspace import Workspace

FOLDERS = ("data", "ontology", "queries", "shapes")
NEW = "activities/2024/2024-06-001-example.yaml"
CHANGED = "completeness.yaml"
RECORD = b"""\
source: coe-cybersouth-plus-page
at: {section: example}
id: activity/2024-06-001-example
type: Activity
prefLabel: {en: Seen through the journal, fr: Exemple, ar: \xd9\x85\xd8\xab\xd8\xa7\xd9\x84}
activityKind: workshop
startDate: 2024-06
"""
READING = {
    "query": ["query", "treaty-status", "--country", "MA"],
    "free query": ["query", "--sparql", "SELECT ?s { ?s a coop:Activity } LIMIT 3"],
    "search": ["search", "Seen through the journal"],
    "explain": ["explain", "country/MA"],
    "validate": ["validate"],
    "validate a file": ["validate", "data/places.csv"],
    "export": ["export", "turtle"],
    "template": ["template", "activity"],
    "format": ["format", "--check"],
    "build": ["build"],
}


def left(folder: Path, contents: dict[str, bytes]) -> Path:
    """Leave a journal that took effect, as a process does that is killed then."""
    written = folder / ".accepted"
    written.mkdir(parents=True)
    for number, content in enumerate(contents.values()):
        (written / f"{number}.part").write_bytes(content)
    (written / "journal").write_text(json.dumps(list(contents)))
    return written


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """What stands below a folder: each file with its time and content, each other thing with what it is."""
    found = {}
    for base, folders, files in os.walk(folder):
        for path in (Path(base, name) for name in (*folders, *files)):
            fact = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path.relative_to(folder))] = (fact.st_mode if path.is_dir() else fact.st_mtime_ns, content)
    return found


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Path:
    """A checkout, with a cache of its own."""
    folder = tmp_path / "checkout"
    for name in FOLDERS:
        shutil.copytree(root / name, folder / name)
    (folder / "pyproject.toml").touch()
    return folder


def run(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a checkout."""
    own = {"CYBERCOOP_HOME": str(checkout), "XDG_CACHE_HOME": str(checkout / "build"), "PYTHONUTF8": "1"}
    inherited = {name: value for name, value in os.environ.items() if name != "CYBERCOOP_CACHE"}
    command = [sys.executable, "-m", "cybercoop", *arguments]
    everything = {**inherited, **own, **environment}
    return subprocess.run(
        command,
        cwd=checkout,
        env=everything,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def seen(folder: Path) -> dict[str, bytes]:
    """What a reader sees below a folder: the files, and what a journal has in their places."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        parts = journal.pending(folder)
    files = {str(path) for path in folder.rglob("*.yaml") if path.is_file()} | parts.keys()
    found = {path: content_of(Path(path), 1000, parts.get(path)) for path in files}
    return {os.path.relpath(path, folder): content for path, content in found.items() if content is not None}


#### Reading ####


def test_reading_writes_no_file_but_its_cache(checkout: Path) -> None:
    """Questions, verdicts and exports leave each file of a checkout as it is, with and without a journal in it."""
    before = tree(checkout)
    for interrupted in (False, True):
        if interrupted:
            changed = (checkout / "data" / CHANGED).read_bytes() + b"# changed\n"
            left(checkout / "data", {NEW: RECORD, CHANGED: changed})
            before = tree(checkout)
        for name, arguments in READING.items():
            done = run(checkout, *arguments)
            assert done.returncode in ((0, 1) if name == "format" else (0,)), (name, done.stderr)
            told = sentence("acceptance-unfinished", "en", folder=checkout / "data")
            assert done.stderr.count(told) == interrupted, (name, done.stderr)
            after = {path: fact for path, fact in tree(checkout).items() if not path.startswith("build")}
            assert after == {path: fact for path, fact in before.items() if not path.startswith("build")}, name
            if name == "search":
                assert ("2024-06-001-example" in done.stdout) is interrupted


def test_a_warning_is_in_the_language_that_is_asked_for(checkout: Path) -> None:
    """What a reader is told of a journal stands in each language, by the option and by the environment."""
    left(checkout / "data", {NEW: RECORD})
    for lang in LANGUAGES:
        told = sentence("acceptance-unfinished", lang, folder=checkout / "data")
        assert told in run(checkout, "query", "treaty-status", "--country", "MA", "--lang", lang).stderr
        assert told in run(checkout, "search", "example", CYBERCOOP_LANG=lang).stderr


def test_what_is_read_is_what_will_stand_there(checkout: Path) -> None:
    """The graph seen through a journal has the digest, the files and the statements of the one that is finished."""
    data = checkout / "data"
    left(data, {NEW: RECORD, CHANGED: b"# nothing\n"})
    with pytest.warns(Notice):
        before = Workspace(checkout)
        told = before.digest, before.data_files(), set(before.data().quads()), set(before.data_about(["MA"]).quads())
    assert journal.finish(data)
    after = Workspace(checkout)
    assert told == (after.digest, after.data_files(), set(after.data().quads()), set(after.data_about(["MA"]).quads()))


def test_a_file_that_is_put_in_its_place_meanwhile_is_read_there(tmp_path: Path) -> None:
    """A reader that looked at a journal before another process finished it reads the same."""
    left(tmp_path, {"a.yaml": b"new"})
    with pytest.warns(Notice):
        (target, part), *_ = journal.pending(tmp_path).items()
    assert content_of(Path(target), 9, part) == b"new"
    assert journal.finish(tmp_path)
    assert content_of(Path(target), 9, part) == b"new"
    assert journal.pending(tmp_path) == {}
    assert not journal.finish(tmp_path)


def test_what_was_put_in_its_place_before_the_kill_is_no_longer_pending(tmp_path: Path) -> None:
    """Of a journal that was half carried out, only what is still missing is read from it."""
    left(tmp_path, {"a.yaml": b"new", "b.yaml": b"other"})
    (tmp_path / ".accepted" / "0.part").rename(tmp_path / "a.yaml")
    with pytest.warns(Notice):
        assert list(journal.pending(tmp_path)) == [str(tmp_path / "b.yaml")]
    assert seen(tmp_path) == {"a.yaml": b"new", "b.yaml": b"other"}
    assert journal.finish(tmp_path)
    assert seen(tmp_path) == {"a.yaml": b"new", "b.yaml": b"other"}


KILLED = """
import os, pathlib, sys
from cybercoop.workspace import journal
folder, left = pathlib.Path(sys.argv[1]), int(sys.argv[2])
def counted(real):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*args, **kwargs)
    return call
for name in ("replace", "rename", "unlink", "rmdir", "mkdir", "open"):
    setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
journal.write_all(folder, {folder / "a.yaml": b"new", folder / "sub" / "b.yaml": b"new"})
"""


@pytest.mark.parametrize("left", range(14))
def test_who_is_killed_leaves_the_old_or_the_new(left: int, tmp_path: Path) -> None:
    """However far the writing came before the process died, a reader sees all old files or all new ones."""
    (tmp_path / "sub").mkdir()
    for name in ("a.yaml", "sub/b.yaml"):
        (tmp_path / name).write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(left)], check=False)
    assert done.returncode in (0, 9)
    before, read = tree(tmp_path), seen(tmp_path)
    assert tree(tmp_path) == before
    journal.finish(tmp_path)
    found = {(tmp_path / name).read_bytes() for name in ("a.yaml", "sub/b.yaml")}
    assert found in ({b"old"}, {b"new"})
    assert found == {b"new"} if done.returncode == 0 else True
    assert read == seen(tmp_path)
    assert set(read.values()) == found
    journal.write_all(tmp_path, {tmp_path / "a.yaml": b"last"})
    assert (tmp_path / "a.yaml").read_bytes() == b"last"


#### Journals that nobody left ####


def _journal(text: str) -> Callable[[Path], object]:
    return lambda written: (written / "journal").write_text(text)


def _target(target: str) -> Callable[[Path], object]:
    return _journal(json.dumps([target]))


def _linked(name: str) -> Callable[[Path], object]:
    """Have what stands in the journal's folder lead out of it."""

    def link(written: Path) -> None:
        (written / name).rename(written.parent.parent / name)
        (written / name).symlink_to(Path("..", "..", name))

    return link


def _in_the_way(target: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Have something stand where a target leads, or above it."""

    def put(written: Path) -> None:
        make(written.parent / target.split("/")[0])
        _target(target)(written)

    return put


def _whole_linked(written: Path) -> None:
    written.rename(written.parent.parent / "elsewhere")
    written.symlink_to(Path("..", "elsewhere"))


def _piped(written: Path) -> None:
    (written / "journal").unlink()
    os.mkfifo(written / "journal")


FORGED: dict[str, Callable[[Path], object]] = {
    "relative": _target("../outside.yaml"),
    "relative further in": _target("activities/../../outside.yaml"),
    "a dot": _target("./a.yaml"),
    "nothing": _target(""),
    "a folder": _target("activities/"),
    "an empty step": _target("activities//a.yaml"),
    "a drive": _target("C:a.yaml"),
    "a drive and a root": _target("C:/a.yaml"),
    "a share": _target("//server/share/a.yaml"),
    "another system's steps": _target("activities\\..\\..\\outside.yaml"),
    "hidden": _target(".git/hooks/post-commit"),
    "a journal of a journal": _target(".accepted/journal"),
    "no character": _target("a\0.yaml"),
    "half a character": _journal('["\\ud800.yaml"]'),
    "too long": _target("new/" + "a" * 300 + ".yaml"),
    "twice": _journal('["a.yaml", "a.yaml"]'),
    "no list": _journal('{"a.yaml": 0}'),
    "no texts": _journal("[0]"),
    "no JSON": _journal("["),
    "nested without end": _journal("[" * 100_000),
    "not UTF-8": lambda written: (written / "journal").write_bytes(b'["\xff"]'),
    "empty": _journal(""),
    "another file": lambda written: (written / "a.yaml").write_text("source: x\n"),
    "a file too many": lambda written: (written / "1.part").write_text("x"),
    "a folder for a file": lambda written: ((written / "0.part").unlink(), (written / "0.part").mkdir()),
    "a link for a file": _linked("0.part"),
    "a link for the journal": _linked("journal"),
    "a link for the whole": _whole_linked,
    "a pipe": _piped,
    "a file for the whole": lambda written: (shutil.rmtree(written), written.write_text("journal")),
    "a link as target": _in_the_way("link.yaml", lambda path: path.symlink_to("../outside.yaml")),
    "a link that leads nowhere": _in_the_way("link.yaml", lambda path: path.symlink_to("../nothing.yaml")),
    "a link above": _in_the_way("link/outside.yaml", lambda path: path.symlink_to("..")),
    "a link inside, above": _in_the_way("link/a.yaml", lambda path: path.symlink_to("activities")),
    "a file above": _in_the_way("file/a.yaml", lambda path: path.write_text("")),
    "a device as target": _in_the_way("null.yaml", lambda path: path.symlink_to("/dev/null")),
    "a pipe as target": _in_the_way("pipe.yaml", os.mkfifo),
    "a folder as target": _in_the_way("folder.yaml", lambda path: path.mkdir()),
}


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made as POSIX has them")
@pytest.mark.parametrize("name", FORGED)
def test_what_nobody_left_is_refused(name: str, tmp_path: Path) -> None:
    """A journal that leads out of its folder, through links or to devices, or is damaged, is refused; all stays."""
    (tmp_path / "outside.yaml").write_text("mine")
    data = tmp_path / "data"
    (data / "activities").mkdir(parents=True)
    FORGED[name](left(data, {"a.yaml": b"forged"}))
    before = tree(tmp_path)
    for act in (journal.pending, journal.finish, lambda folder: journal.write_all(folder, {folder / "b.yaml": b"b"})):
        with pytest.raises(Refusal) as refused:
            act(data)
        assert refused.value.problem.code == "journal-broken"
    assert tree(tmp_path) == before
    assert (tmp_path / "outside.yaml").read_text() == "mine"


def test_an_absolute_target_is_refused(tmp_path: Path) -> None:
    """A journal that names a file by its whole path is refused."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("mine")
    _target(str(outside))(left(tmp_path / "data", {"a.yaml": b"forged"}))
    for act in (journal.pending, journal.finish):
        with pytest.raises(Refusal, match="outside"):
            act(tmp_path / "data")
    assert outside.read_text() == "mine"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_forged_journal_is_told_in_words(lang: str, checkout: Path) -> None:
    """Questions and acceptances in such a checkout end with 2 and the reason in the language of the reader."""
    outside = checkout.parent / "x"
    outside.write_text("mine")
    left(checkout / "data", {"../../x": b"forged"})
    before = tree(checkout.parent)
    found = problem("journal-broken", Place(""), journal=str(checkout / "data" / ".accepted"), value="../../x")
    for arguments in (
        ["query", "treaty-status", "--country", "MA"],
        ["validate"],
        ["build"],
        ["validate", "data/completeness.yaml", "--accept-into", "data"],
    ):
        done = run(checkout, *arguments, "--lang", lang)
        assert done.returncode == 2, done.stderr
        assert in_language(found.message, lang) in done.stderr
        assert in_language(found.cure, lang) in done.stderr
        assert "Traceback" not in done.stderr
        after = {path: fact for path, fact in tree(checkout.parent).items() if "checkout/build" not in path}
        assert after == before


#### Accepting ####


def test_the_next_acceptance_finishes_what_was_interrupted(checkout: Path) -> None:
    """`--accept-into` puts in its place what a killed process left, and says so."""
    data = checkout / "data"
    left(data, {NEW: RECORD})
    (checkout / "another.yaml").write_bytes(RECORD.replace(b"001", b"002"))
    done = run(checkout, "validate", "another.yaml", "--accept-into", "data", "--lang", "fr")
    assert done.returncode == 0, done.stderr
    assert sentence("acceptance-finished", "fr", folder=data) in done.stderr
    assert (data / NEW).read_bytes() == RECORD
    assert (data / NEW.replace("001", "002")).is_file()
    assert not (data / ".accepted").exists()


UNSAFE: dict[str, Callable[[Path], str]] = {
    "outside": lambda _: "../outside.yaml",
    "hidden": lambda _: ".git/config",
    "a link": lambda data: ((data / "a.yaml").symlink_to("../outside.yaml"), "a.yaml")[1],
    "a link above": lambda data: ((data / "a").symlink_to(".."), "a/outside.yaml")[1],
    "a pipe": lambda data: (os.mkfifo(data / "a.yaml"), "a.yaml")[1],
    "a folder": lambda data: ((data / "a.yaml").mkdir(), "a.yaml")[1],
}


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made as POSIX has them")
@pytest.mark.parametrize("name", UNSAFE)
def test_nothing_is_written_elsewhere(name: str, tmp_path: Path) -> None:
    """Where one file of several would be written outside the folder, through a link or into a pipe, none is written."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "outside.yaml").write_text("mine")
    target = data / UNSAFE[name](data)
    before = tree(tmp_path)
    with pytest.raises(Refusal) as refused:
        journal.write_all(data, {data / "good.yaml": b"good", target: b"bad"})
    assert refused.value.problem.code == "unsafe-target"
    assert tree(tmp_path) == before


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    """A folder that cannot be made is a problem with a cure, and nothing is left behind."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        journal.write_all(tmp_path / "file", {tmp_path / "file" / "a.yaml": b"new"})
    assert refused.value.problem.code == "cannot-write"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_long_name_has_a_file(checkout: Path) -> None:
    """The longest id there may be is written, again and again; a longer one is refused by name and writes nothing."""
    for length, code in ((120, 0), (121, 1), (300, 1)):
        (checkout / "long.yaml").write_bytes(RECORD.replace(b"2024-06-001-example", b"a" * length))
        for _ in range(2):
            done = run(checkout, "validate", "long.yaml", "--accept-into", "data")
            assert done.returncode == code, done.stdout + done.stderr
            assert ("id-form" in done.stdout) is bool(code)
    (file,) = (checkout / "data" / "activities").rglob("aaa*")
    assert b"a" * 120 in file.read_bytes()
    assert run(checkout, "query", "a" * 300).returncode == 2


def test_no_journal_is_tracked(root: Path) -> None:
    """Git leaves journals and what is written aside alone, and has none."""
    names = ["data/.accepted/journal", "data/.accepted/0.part", "data/.accepting-7/0.part", "records/.accepted/journal"]
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("this is no checkout of git")
    done = subprocess.run(["git", "check-ignore", *names], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.split() == names
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert ".accept" not in tracked


#### The cache ####


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made as POSIX has them")
@pytest.mark.parametrize("link", ["build", "build/store", "build/store/notes"])
def test_the_cache_follows_no_link_of_a_checkout(link: str, checkout: Path) -> None:
    """Where a checkout has a link in place of its cache, nothing is written where that leads."""
    outside, own = checkout.parent / "outside", checkout.parent / "cache"
    outside.mkdir()
    (checkout / link).parent.mkdir(parents=True, exist_ok=True)
    (checkout / link).symlink_to(outside)
    done = run(checkout, "query", "treaty-status", "--country", "MA", XDG_CACHE_HOME=str(own))
    assert done.returncode == 0, done.stderr
    assert not list(outside.iterdir())
    assert list(own.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made as POSIX has them")
def test_the_digest_reads_plain_files_alone(tmp_path: Path) -> None:
    """A pipe, a device and a link that leads nowhere are no part of a graph; nobody waits for them."""
    plain = tmp_path / "a.yaml"
    plain.write_text("a")
    os.mkfifo(tmp_path / "b.yaml")
    (tmp_path / "c.yaml").symlink_to("/dev/zero")
    (tmp_path / "d.yaml").symlink_to("nothing")
    files = [str(tmp_path / f"{letter}.yaml") for letter in "abcd"]
    notes = tmp_path / "notes"
    assert digest_of(files, tmp_path, notes) == digest_of([str(plain)], tmp_path, notes)
