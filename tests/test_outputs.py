"""What is written harms nothing: no input, no link, no device, no mode; all of it or none."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cybercoop.interfaces.cli import run
from cybercoop.problems.problem import Refusal
from cybercoop.workspace.files import write_files, write_whole

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "tests" / "readers" / "workshop.yaml"
ACTIVITY = ROOT / "data" / "activities" / "2024" / "2024-05-21-casablanca-dark-web.yaml"


def refused(*args: str) -> str:
    """The code of the problem for which a command line is refused."""
    with pytest.raises(Refusal) as raised:
        run(args)
    return raised.value.problem.code


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A record of one's own."""
    return Path(shutil.copy(ACTIVITY, tmp_path / "mine.yaml"))


#### Inputs ####


@pytest.mark.parametrize("way", ["itself", "another path", "link", "hard link", "behind a folder"])
@pytest.mark.parametrize("more", [(), ("--fix",), ("--format", "json"), ("--accept-into", "accepted")])
def test_a_report_never_takes_the_place_of_a_record(way: str, more: tuple[str, ...], mine: Path) -> None:
    """`validate FILE -o FILE` is refused, by whatever path or link the file is named, and the file stays."""
    out = mine.with_name("out.yaml")
    if way == "link":
        out.symlink_to(mine)
    elif way == "hard link":
        out.hardlink_to(mine)
    else:
        out = mine.parent / ".." / mine.parent.name / mine.name if way == "another path" else mine
    given = str(mine.parent) if way == "behind a folder" else str(mine)
    assert refused("validate", given, *more, "-o", str(out)) == "output-is-input"
    assert mine.read_bytes() == ACTIVITY.read_bytes()


@pytest.mark.parametrize(
    "line",
    [("export", "turtle"), ("template", "activity"), ("template", "--json-schema"), ("validate", str(RECORD))],
)
def test_no_output_takes_the_place_of_a_file_of_the_graph(line: tuple[str, ...]) -> None:
    """What the graph is made from is an input of every command."""
    before = ACTIVITY.read_bytes()
    assert refused(*line, "-o", str(ACTIVITY)) == "output-is-input"
    assert ACTIVITY.read_bytes() == before


def test_what_standard_input_reads_is_an_input(mine: Path) -> None:
    """`validate - -o FILE < FILE` is refused, too."""
    line = [sys.executable, "-m", "cybercoop", "validate", "-", "--input-format", "yaml", "-o", str(mine)]
    with mine.open("rb") as read:
        done = subprocess.run(line, stdin=read, capture_output=True, cwd=ROOT)
    assert done.returncode == 2
    assert b"output-is-input" in done.stderr
    assert mine.read_bytes() == ACTIVITY.read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        ("validate", ""),
        ("validate", str(ACTIVITY), ""),
        ("validate", "", "--fix"),
        ("validate", str(ACTIVITY), "-o", ""),
        ("validate", str(ACTIVITY), "--accept-into", ""),
        ("validate", "", "--accept-into", "accepted"),
        ("format", ""),
        ("format", "--check", ""),
        ("export", "turtle", "-o", ""),
        ("export", "csv", "-o", ""),
        ("template", "activity", "-o", ""),
        ("query", "sources", "--plot", ""),
        ("query", "--file", ""),
    ],
)
def test_an_empty_path_is_wrong_use(line: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never stands for the current folder."""
    monkeypatch.chdir(tmp_path)
    assert refused(*line) in {"argument-empty", "empty-path"}
    assert not names(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        ("search", ""),
        ("search", "Casablanca", " "),
        ("explain", ""),
        ("template", ""),
        ("export", ""),
        ("query", ""),
        ("query", "--search", ""),
        ("query", "sources", "--edition", ""),
        ("compare", "HEAD", ""),
        ("lake", "build", ""),
        ("publish", "--endpoint", ""),
    ],
)
def test_an_empty_word_is_wrong_use(line: tuple[str, ...]) -> None:
    """It never stands for what was not given, such as the list of all questions."""
    assert refused(*line) == "argument-empty"


#### Standard output ####


@pytest.mark.parametrize(
    "line",
    [
        ("export", "nquads"),
        ("export", "csv"),
        ("template", "activity"),
        ("template", "activity", "--format", "xlsx"),
        ("template", "--json-schema"),
        ("validate", str(RECORD)),
        ("validate", str(RECORD), "--format", "json"),
    ],
)
def test_a_dash_is_standard_output(
    line: tuple[str, ...], tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-o -` gives what no `-o` gives, and no file that is called `-`; that file is `./-`."""
    monkeypatch.chdir(tmp_path)
    dash, without = command(*line, "-o", "-"), command(*line)
    assert dash.bytes
    assert dash.code == without.code
    if "xlsx" in line:  # which holds the time when it was made
        assert zipfile.ZipFile(io.BytesIO(dash.bytes)).namelist()
    else:
        assert dash.bytes == without.bytes
    assert not names(tmp_path)


def test_excel_has_its_mark_in_every_table(command: Any, tmp_path: Path) -> None:
    """`export csv --excel` begins each table with a byte-order mark, in a zip, too; no other format has it."""
    packed = tmp_path / "tables.zip"
    assert command("export", "csv", "--excel", "-o", str(packed)).code == 0
    assert command("export", "csv", "--excel").bytes == packed.read_bytes()
    with zipfile.ZipFile(packed) as archive:
        shown = [name for name in archive.namelist() if name != "csv-metadata.json"]
        assert all(archive.read(name).startswith(b"\xef\xbb\xbf") for name in shown)
    assert not command("export", "csv").bytes.count(b"\xef\xbb\xbf")
    assert refused("export", "turtle", "--excel") == "unknown-choice"


def test_a_file_that_is_called_dash(tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`./-` is a file; a folder cannot be standard output."""
    monkeypatch.chdir(tmp_path)
    assert command("template", "activity", "-o", "./-").code == 0
    assert names(tmp_path) == {"-"}
    assert refused("validate", str(ACTIVITY), "--accept-into", "-") == "output-no-folder"


def test_a_picture_on_standard_output(command: Any) -> None:
    """`--plot -` is the picture as SVG."""
    pytest.importorskip("matplotlib")
    done = command("query", "partner-output-matrix", "--project", "cybersouth", "--plot", "-")
    assert done.code == 0
    assert b"<svg" in done.bytes


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout here")
@pytest.mark.parametrize("form", ["turtle", "csv"])
@pytest.mark.parametrize("how", ["pipe", "file"])
def test_standard_output_by_its_path(form: str, how: str, tmp_path: Path) -> None:
    """`-o /dev/stdout` writes on where standard output goes, and replaces nothing."""
    shell = f"{{ echo first; {sys.executable} -m cybercoop export {form} -o /dev/stdout; echo last; }}"
    out = tmp_path / "out"
    shell += f" > {out}" if how == "file" else f" | cat > {out}"
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, check=True)
    assert b"Wrote" in done.stderr
    content = out.read_bytes()
    assert content.startswith(b"first\n" + (b"PK" if form == "csv" else b"# cybercoop"))
    assert content.endswith(b"last\n")
    assert names(tmp_path) == {"out"}


#### Links, modes, devices, pipes ####


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is written, also where nothing was there yet."""
    (tmp_path / "real").mkdir()
    for name in ("old", "new"):
        (tmp_path / name).symlink_to(Path("real") / name)
    (tmp_path / "real" / "old").write_bytes(b"before")
    write_files({tmp_path / "old": b"1", tmp_path / "new": b"2"})
    assert [(tmp_path / "real" / name).read_bytes() for name in ("old", "new")] == [b"1", b"2"]
    assert all((tmp_path / name).is_symlink() for name in ("old", "new"))
    assert names(tmp_path) == {"real", "old", "new", "real/old", "real/new"}


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Refusal):
        write_whole(tmp_path / "circle", b"")


def test_a_file_with_two_names_keeps_them(tmp_path: Path) -> None:
    """Both names have the new content."""
    (tmp_path / "one").write_bytes(b"a long content")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    write_whole(tmp_path / "one", b"new")
    assert (tmp_path / "two").read_bytes() == b"new"
    assert (tmp_path / "two").samefile(tmp_path / "one")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o664])
def test_modes_are_kept(mode: int, tmp_path: Path) -> None:
    """A file that is replaced keeps who may read it; a new one has what is usual."""
    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(mode)
    (tmp_path / "usual").touch()
    write_files({tmp_path / "old": b"", tmp_path / "new": b""})
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == mode
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_protected_file_is_not_written(tmp_path: Path) -> None:
    """A file that may not be written is not replaced, either."""
    (tmp_path / "old").write_bytes(b"before")
    (tmp_path / "old").chmod(0o444)
    with pytest.raises(Refusal):
        write_whole(tmp_path / "old", b"new")
    assert (tmp_path / "old").read_bytes() == b"before"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_into(linked: bool, tmp_path: Path) -> None:
    """It stays a pipe, and who reads it gets the content."""
    pipe = given = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        given = tmp_path / "link"
        given.symlink_to(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_whole(given, b"content")
    reader.join(60)
    assert got == [b"content"]
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_devices_are_written_into(tmp_path: Path) -> None:
    """/dev/null takes all; what a device refuses is said in words; neither is replaced."""
    (tmp_path / "nothing").symlink_to("/dev/null")
    write_files({Path("/dev/null"): b"x", tmp_path / "nothing": b"x"})
    with pytest.raises(Refusal) as full:
        write_whole(Path("/dev/full"), b"x")
    assert full.value.problem.code == "cannot-write"
    assert all(Path(device).is_char_device() for device in ("/dev/null", "/dev/full", tmp_path / "nothing"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no sockets with names here")
def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays a socket."""
    import socket

    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(Refusal):
            write_whole(Path("socket"), b"x")
    assert Path("socket").is_socket()


@pytest.mark.parametrize("line", [("validate", "{}", "--fix"), ("format", "{}")])
def test_mending_and_formatting_write_through_links(line: tuple[str, ...], tmp_path: Path, command: Any) -> None:
    """A record behind a link is changed where it is; its mode stays."""
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text(ACTIVITY.read_text("utf-8").replace("2024-05-21\n", '"21 May 2024"\n', 1), "utf-8")
    real.chmod(0o640)
    link.symlink_to(real.name)
    before = real.read_bytes()
    command(*(part.format(link) for part in line))
    assert link.is_symlink()
    assert real.read_bytes() != before
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert names(tmp_path) == {"real.yaml", "link.yaml"}


#### All or none ####


@pytest.mark.parametrize("trouble", ["a folder", "below a file", "later"])
def test_what_is_half_written_is_taken_back(trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one file cannot be written, the others are as they were, and new folders are gone again."""
    (tmp_path / "one").write_bytes(b"before")
    (tmp_path / "three").mkdir()
    (tmp_path / "two").write_bytes(b"twice")
    (tmp_path / "two again").hardlink_to(tmp_path / "two")
    bad = tmp_path / {"a folder": "three", "below a file": "one/x", "later": "last"}[trouble]
    before = names(tmp_path)
    if trouble == "later":
        replace = Path.replace

        def failing(self: Path, target: Path) -> Path:
            if Path(target).name == "last":
                raise OSError(28, "No space left on device")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", failing)
    contents = {tmp_path / name: b"new" for name in ("one", "a/b/new", "two")}
    with pytest.raises(Refusal) as refusal:
        write_files({**contents, bad: b"new"})
    assert refusal.value.problem.code == "cannot-write"
    assert refusal.value.problem.value == str(bad)
    assert names(tmp_path) == before
    assert [(tmp_path / name).read_bytes() for name in ("one", "two")] == [b"before", b"twice"]


def test_a_folder_of_tables_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """`export csv -o FOLDER`: a file in its place, or one table that cannot be written, leaves everything as it was."""
    (tmp_path / "tables").write_text("x")
    assert refused("export", "csv", "-o", str(tmp_path / "tables")) == "cannot-write"
    assert refused("export", "csv", "-o", str(tmp_path / "tables" / "below")) == "cannot-write"
    (tmp_path / "some" / "claims.csv").mkdir(parents=True)
    (tmp_path / "some" / "README.txt").write_text("mine")
    before = names(tmp_path)
    assert refused("export", "csv", "-o", str(tmp_path / "some")) == "cannot-write"
    assert names(tmp_path) == before
    assert (tmp_path / "some" / "README.txt").read_text() == "mine"


def test_a_template_takes_no_work_away(tmp_path: Path, command: Any) -> None:
    """A skeleton is not written over a record that was filled in; over itself, or an empty file, it is."""
    mine = tmp_path / "mine.yaml"
    for _ in range(2):
        assert command("template", "activity", "-o", str(mine)).code == 0
    mine.write_text(mine.read_text("utf-8").replace("source:", "source: cs-page"), "utf-8")
    before = mine.read_bytes()
    assert refused("template", "activity", "-o", str(mine)) == "output-there"
    assert mine.read_bytes() == before
