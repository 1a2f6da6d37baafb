"""Each record is judged alone; what is accepted is written where it belongs, all of it or nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cybercoop import journal
from cybercoop.cli import app
from cybercoop.graph import Graph
from cybercoop.problems import Refusal

RECORD = """\
source: coe-cybersouth-plus-page
at: {{section: example}}
id: activity/2024-06-{day}-example
type: Activity
prefLabel: {{en: Example, fr: Exemple, ar: مثال}}
activityKind:   workshop  # as the page says
startDate: {date}
"""
KILLED = """
import os, pathlib, sys
from cybercoop import journal
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


def contribution(folder: Path, bad: int, count: int) -> Path:
    """A file of records of which one has no date that exists."""
    records = [RECORD.format(day=100 + n, date="2024-13" if n == bad else "2024-06") for n in range(count)]
    path = folder / "many.yaml"
    path.write_text("---\n".join(records), encoding="utf-8")
    return path


def test_one_bad_record_stops_no_other(graph: Graph, tmp_path: Path) -> None:
    """Of a hundred records of which one is bad, ninety-nine are written, formatted, with their comments."""
    into = tmp_path / "data"
    verdict = graph.accept(contribution(tmp_path, bad=41, count=100), into=into)
    assert (len(verdict.accepted), len(verdict.refused)) == (99, 1)
    assert "bad-literal" in {found.code for found in verdict.refused[0].problems}
    assert not into.exists()
    verdict.write()
    files = sorted(path for path in into.rglob("*") if path.is_file())
    assert len(files) == 99
    assert files[0] == into / "activities" / "2024" / "2024-06-100-example.yaml"
    assert "activityKind: workshop  # as the page says\n" in files[0].read_text("utf-8")


def test_records_find_their_place(graph: Graph, root: Path, tmp_path: Path) -> None:
    """What a source said before is replaced, a new source of a thing is added to its file, an act joins its table."""
    name = "activities/2024/2024-05-21-casablanca-dark-web.yaml"
    for each in (name, "treaty-actions/ets-185.csv"):
        (tmp_path / "data" / each).parent.mkdir(parents=True)
        (tmp_path / "data" / each).write_bytes((root / "data" / each).read_bytes())
    first = (root / "data" / name).read_text("utf-8").split("---\n")[0]
    edited = first.replace("heldIn: casablanca", "heldIn: rabat")
    added = first.replace("source: coe-cybersouth-plus-page", "source: gsm-launch").split("heldIn:")[0]
    depends = RECORD.format(day=90, date="2024-06") + "follows: activity/2024-06-91-example\n"
    contributed = tmp_path / "new.yaml"
    contributed.write_text("---\n".join([edited, added, depends]), encoding="utf-8")
    table = tmp_path / "acts.csv"
    table.write_text(
        "source,id,type,actionBy,actionOn,actionKind,actionDate,section\n"
        "coe-75,treaty-action/ets-185-ly-accession,TreatyAction,country/LY,ets-185,accession,2024-06,article\n"
        "coe-75,treaty-action/ets-185-zz-accession,TreatyAction,country/Nowhere,ets-185,accession,2024-06,article\n"
    )
    verdict = graph.accept(contributed, table, into=tmp_path / "data")
    verdict.write()
    text = (tmp_path / "data" / name).read_text("utf-8")
    assert "heldIn: rabat" in text
    assert text.count("source: coe-cybersouth-plus-page\n") == 1
    assert text.count("source: gsm-launch\n") == 1
    last = (tmp_path / "data/treaty-actions/ets-185.csv").read_text("utf-8").splitlines()[-1]
    assert last.startswith(
        "coe-75,treaty-action/ets-185-ly-accession,TreatyAction,country/LY,ets-185,accession,2024-06,"
    )
    assert len(verdict.refused) == 2


@pytest.mark.parametrize("left", range(14))
def test_who_is_killed_leaves_the_old_or_the_new(left: int, tmp_path: Path) -> None:
    """However far the writing came before the process died, the next reader finds all old files or all new ones."""
    (tmp_path / "sub").mkdir()
    for name in ("a.yaml", "sub/b.yaml"):
        (tmp_path / name).write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(left)], check=False)
    assert done.returncode in (0, 9)
    journal.finish(tmp_path)
    found = {(tmp_path / name).read_bytes() for name in ("a.yaml", "sub/b.yaml")}
    assert found in ({b"old"}, {b"new"})
    assert found == {b"new"} if done.returncode == 0 else True
    journal.write_all(tmp_path, {tmp_path / "a.yaml": b"last"})
    assert (tmp_path / "a.yaml").read_bytes() == b"last"


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    """A folder that cannot be made is a problem with a cure, and nothing is left behind."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        journal.write_all(tmp_path / "file", {tmp_path / "file" / "a.yaml": b"new"})
    assert refused.value.problem.code == "cannot-write"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_command_line_accepts(root: Path, tmp_path: Path) -> None:
    """`--accept-into` writes the good records, names the bad one, and ends with 1."""
    path = contribution(tmp_path, bad=0, count=2)
    run = CliRunner(env={"CYBERCOOP_HOME": str(root)}).invoke
    done = run(app, ["validate", str(path), "--accept-into", str(tmp_path / "data")])
    assert done.exit_code == 1
    assert "bad-literal" in done.stdout
    assert "Accepted: 1; refused: 1" in done.stdout
    assert (tmp_path / "data/activities/2024/2024-06-101-example.yaml").is_file()
    assert run(app, ["validate", "--accept-into", str(tmp_path)]).exception is not None
