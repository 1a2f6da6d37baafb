"""Whoever accepts records and is killed leaves a folder that reads whole; the same command makes it whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOMENTS = 12
RECORD = """\
source: coe-cybersouth-plus-page
at: {section: example}
id: activity/2024-06-%03d-example
type: Activity
prefLabel: {en: %s, fr: Exemple, ar: مثال}
activityKind: workshop
startDate: 2024-06
"""
PARENT = """
import json, os, random, shutil, signal, sys, time
from pathlib import Path
import cybercoop
from cybercoop.workspace import journal

home, moments = Path(sys.argv[1]), int(sys.argv[2])
graph = cybercoop.open()
contribution, data = home / "new.yaml", home / "data"
graph.accept(contribution, into=data)  # warm: children find all open

def files():
    return {str(path.relative_to(data)): path.read_text() for path in sorted(data.rglob("*")) if path.is_file()}

def read():
    parts = {Path(path): Path(part) for path, part in journal.pending(data).items()}
    whole = {**{data / name: data / name for name in files()}, **parts}
    found = {str(path.relative_to(data)): whole[path].read_text() for path in sorted(whole)}
    return {name: text for name, text in found.items() if not name.startswith(".")}

def begin(told):
    child = os.fork()
    if child == 0:
        try:
            verdict = graph.accept(contribution, into=data)
            os.write(told, b"!")
            verdict.write()
            os._exit(0)
        except BaseException:
            os._exit(7)
    return child

def run(kill_after):
    shutil.rmtree(data)
    shutil.copytree(home / "before", data)
    seen, told = os.pipe()
    start = time.monotonic()
    child = begin(told)
    whole = kill_after is None
    if not whole and kill_after < 1:
        time.sleep(kill_after * judging)
    else:
        os.read(seen, 1)
        judged = time.monotonic()
        if not whole:
            time.sleep((kill_after - 1) * writing)
    if not whole:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(seen)
    os.close(told)
    return (judged - start, time.monotonic() - judged, status) if whole else status

shutil.copytree(data, home / "before")
judging, writing, status = run(None)
after = files()
told = {"status": status, "before": None, "after": after, "killed": []}
shutil.rmtree(data)
shutil.copytree(home / "before", data)
told["before"] = files()
chance = random.Random(int(sys.argv[3]))
for number in range(moments):
    status = run(chance.random() if number % 4 == 0 else 1 + chance.random())
    left, seen = files(), read()
    journal.finish(data)
    finished = {name: text for name, text in files().items() if not name.startswith(".")}
    graph.accept(contribution, into=data).write()
    told["killed"].append({"status": status, "left": left, "seen": seen, "finished": finished, "repeated": files()})
print(json.dumps(told))
"""


def contribution(name: str, numbers: range) -> str:
    return "---\n".join(RECORD % (number, name) for number in numbers)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """After SIGKILL no file is half-written; read or carried on, all are old or all new; repeated, all are new.

    Of the moments, which chance picks from a seed, one in four lies in the judging, the others in the writing.
    """
    folder = tmp_path / "data" / "activities" / "2024"
    folder.mkdir(parents=True)
    for number in range(0, 12, 2):
        path = folder / f"2024-06-{number:03}-example.yaml"
        path.write_text(contribution("Before", range(number, number + 1)), encoding="utf-8")
    (tmp_path / "new.yaml").write_text(contribution("After", range(12)), encoding="utf-8")
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(MOMENTS), "20260730"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    before, after = told["before"], told["after"]
    assert (len(before), len(after), told["status"]) == (6, 12, 0)
    assert len(told["killed"]) == MOMENTS
    for one in told["killed"]:
        assert one["status"] in (0, 9)
        for name, text in one["left"].items():
            assert name.startswith(".") or text in (before.get(name), after[name])
        assert one["seen"] == one["finished"]
        assert one["finished"] in (before, after)
        assert one["repeated"] == after
    assert {one["status"] for one in told["killed"]} >= {9}
