"""Before a commit and in a pull request, the records of a change are judged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
RECORD = "data/activities/2024/2024-05-21-casablanca-dark-web.yaml"
HOOK = """\
#!/usr/bin/env bash
set -euo pipefail
files="$(git diff --cached --name-only --diff-filter=d | grep -E {files} | grep -vE {exclude} || true)"
[ -z "$files" ] || {entry} $files
"""


def git(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, with our commands on the path and no settings of the machine."""
    path = os.pathsep.join([environment.pop("FIRST", ""), str(Path(sys.executable).parent), os.environ["PATH"]])
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "CYBERCOOP_HOME": str(ROOT)}
    people = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    everything = {**os.environ, **quiet, **people, "PATH": path.strip(os.pathsep), **environment}
    command = ["git", *args] if args[0] != "bash" else list(args)
    return subprocess.run(command, cwd=folder, env=everything, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one record."""
    git(tmp_path, "init", "--quiet")
    record = tmp_path / RECORD
    record.parent.mkdir(parents=True)
    record.write_bytes((ROOT / RECORD).read_bytes())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "A record")
    return tmp_path


def test_a_bad_record_is_not_committed(repository: Path) -> None:
    """Git refuses the commit of a record with a problem, and shows it; once it is mended, the commit is made."""
    hook = HOOKS["cybercoop-validate"]
    quoted = {name: f"'{hook[name]}'" for name in ("files", "exclude")}
    script = repository / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(HOOK.format(entry=hook["entry"], **quoted), encoding="utf-8")
    script.chmod(0o755)
    record = repository / RECORD
    good = record.read_text("utf-8")
    record.write_text(good.replace("startDate: 2024-05-21", "startDate: 2024-05-41"), encoding="utf-8")
    refused = git(repository, "commit", "--all", "--message", "A bad day")
    assert refused.returncode == 1
    assert "bad-literal" in refused.stdout + refused.stderr
    record.write_text(good + "# read again\n", encoding="utf-8")
    assert git(repository, "commit", "--all", "--message", "A good day").returncode == 0


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_a_hook_looks_at_records_alone(name: str) -> None:
    """Hooks run for records, not for the policy or other files, with a command that there is."""
    hook = HOOKS[name]
    assert re.search(hook["files"], RECORD)
    assert re.search(hook["files"], "data/places.csv")
    assert not re.search(hook["files"], "docs/schemas/record.json")
    assert re.search(hook["exclude"], "data/policy.yaml")
    entry = [str(Path(sys.executable).parent / "cybercoop"), *hook["entry"].split()[1:], "--help"]
    assert subprocess.run(entry, capture_output=True, check=False).returncode == 0


Judge = Callable[..., tuple[list[str] | None, subprocess.CompletedProcess[str], str]]


@pytest.fixture
def judge(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Run the step of the action with a command that finds problems; return what it was asked, and what came of it."""
    tools = tmp_path_factory.mktemp("tools")
    (tools / "cybercoop").write_text('#!/bin/sh\nprintf "%s\\0" "$@" >"$ASKED"\nexit 1\n', encoding="utf-8")
    (tools / "cybercoop").chmod(0o755)

    def run(base: str, paths: str = "", folder: Path = repository, **more: str) -> tuple[Any, Any, str]:
        asked, output = tools / "asked", tools / "output"
        asked.unlink(missing_ok=True)
        output.unlink(missing_ok=True)
        environment = {"FIRST": str(tools), "GITHUB_OUTPUT": str(output), "ASKED": str(asked), **more}
        done = git(folder, "bash", str(ROOT / ".ci" / "judge-change"), BASE=base, PATHS=paths, **environment)
        words = asked.read_text("utf-8").split("\0")[:-1] if asked.exists() else None
        assert words is None or words[:3] == ["validate", "--format", "github"]
        return (None if words is None else words[3:]), done, output.read_text("utf-8")

    return run


def begin(repository: Path) -> str:
    """Make the repository one with a graph, with records in all that git quotes; return the commit."""
    for path in (*(f"{folder}/a" for folder in ("ontology", "shapes", "queries")), *ODD):
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text("before\nand after\n", encoding="utf-8")
    return commit(repository)


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    done = git(repository, "commit", "--quiet", "--message", "A change")
    assert done.returncode == 0, done.stderr
    return git(repository, "rev-parse", "HEAD").stdout.strip()


ODD = ("data/a b.yaml", "data/a\nb.yaml", "data/-a.yaml", "data/*.yaml", "data/é.csv", 'data/"q".ttl', "data/ a.yaml")


def test_the_action_asks_for_what_a_change_made_worse(repository: Path, judge: Judge) -> None:
    """In a pull request the graph is judged beside that of the base, in a push alone; a failure fails the step."""
    base = begin(repository)
    asked, done, output = judge(base)
    assert asked == ["--since", base]
    assert (done.returncode, output) == (1, "conforms=false\n")
    assert judge("")[0] == []


def test_the_action_takes_names_as_they_are(repository: Path, judge: Judge) -> None:
    """Spaces, line ends, dashes, quotation marks and patterns in names are no more than names; all are judged."""
    base = begin(repository)
    since = ["--since", base]
    (repository / "-rf.yaml").touch()
    assert judge(base, f"{RECORD} -rf.yaml  data")[0] == [*since, RECORD, "./-rf.yaml", "data"]
    assert judge(base, f"{RECORD}\ndata/a b.yaml\n-\n")[0] == [*since, RECORD, "data/a b.yaml", "./-"]
    assert judge(base, "data/a b.yaml")[0] == [*since, "data/a b.yaml"]
    assert judge("", "data/*.ttl\n")[0] == ["data/*.ttl"]


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
@pytest.mark.parametrize("base", ["0" * 40, "no-such-branch", "--output=x", "HEAD^{tree}", "a b", "a\n::notice::b"])
def test_an_unknown_base_is_no_success(base: str, lang: str, repository: Path, judge: Judge) -> None:
    """Where there is nothing to compare a change with, the step fails in words, and judges nothing."""
    begin(repository)
    asked, done, output = judge(base, CYBERCOOP_LANG=lang)
    assert (asked, done.returncode, output) == (None, 2, "conforms=false\n")
    said = {"en": "Nothing is judged", "fr": "Rien n’est validé", "ar": "لم يُتحقَّق من شيء"}[lang]
    (line,) = done.stdout.splitlines()
    assert line.startswith("::error::")
    assert said in line
    assert not (repository / "x").exists()


def test_where_there_is_no_repository_the_step_fails(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a repository nothing is judged."""
    asked, done, _ = judge("HEAD", folder=tmp_path_factory.mktemp("nothing"))
    assert (asked, done.returncode) == (None, 2)


def test_a_shallow_clone_fetches_its_base(repository: Path, judge: Judge, tmp_path: Path) -> None:
    """Of a clone of which only the last commit is there, the base is fetched."""
    base = begin(repository)
    (repository / "data/new.yaml").write_text("a\n", encoding="utf-8")
    commit(repository)
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = tmp_path / "shallow"
    done = git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", str(shallow))
    assert done.returncode == 0, done.stderr
    assert git(shallow, "cat-file", "-e", base).returncode != 0
    assert judge(base, folder=shallow)[0] == ["--since", base]


def test_a_folder_of_records_alone_is_judged(repository: Path, judge: Judge) -> None:
    """Where a repository has records and no graph, the whole is its records, not the graph that is installed."""
    base = git(repository, "rev-parse", "HEAD").stdout.strip()
    assert judge(base)[0] == ["--since", base, "data"]
    assert judge("")[0] == ["data"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the graph, in which one record is wrong from the beginning."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("data", "ontology", "queries", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    wrong = folder / RECORD
    wrong.write_text(wrong.read_text("utf-8").replace("heldIn: casablanca", "heldIn: nowhere"), encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def _without(folder: Path, file: str, text: str) -> None:
    kept = [line for line in (folder / file).read_text("utf-8").splitlines() if text not in line]
    (folder / file).write_text("\n".join(kept) + "\n", encoding="utf-8")


SINCE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a document, and a line before what is wrong": (
        lambda folder: ((folder / "README.md").touch(), _without(folder, RECORD, "endDate")),
        "",
    ),
    "a source is gone": (lambda folder: (folder / "data/sources/coe-cybersouth-plus-page.yaml").unlink(), "file=data/"),
    "a shape is stricter": (
        lambda folder: (folder / "shapes/places.ttl").write_text(
            (ROOT / "shapes/places.ttl").read_text("utf-8").replace("sh:minCount 1", "sh:minCount 9"), encoding="utf-8"
        ),
        "file=data/",
    ),
}


@pytest.mark.parametrize("name", SINCE)
def test_what_a_change_made_worse_is_told(name: str, checkout: Path, tmp_path: Path) -> None:
    """Beside the base, old faults are known, wherever they stand now; what a change brings anywhere fails the step."""
    change, told = SINCE[name]
    base = git(checkout, "rev-parse", "HEAD").stdout.strip()
    change(checkout)
    environment = {"CYBERCOOP_HOME": str(checkout), "CYBERCOOP_CACHE": str(tmp_path)}
    done = git(checkout, "bash", str(ROOT / ".ci" / "judge-change"), BASE=base, PATHS="", **environment)
    git(checkout, "reset", "--quiet", "--hard")
    git(checkout, "clean", "-fdq")
    assert done.returncode == (1 if told else 0), done.stdout + done.stderr
    assert ("::error " in done.stdout) == bool(told)
    assert told in done.stdout
    assert "nowhere" not in done.stdout


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_a_revision_that_is_not_there_is_told(lang: str, checkout: Path, tmp_path: Path) -> None:
    """Without git, a checkout, the revision or all of its files, `--since` is refused in words, with exit code 2."""
    ours = str(Path(sys.executable).parent / "cybercoop")
    run = ["bash", "-c", 'cd "$1"; shift; exec "$@"', "-"]
    environment = {"CYBERCOOP_HOME": str(checkout), "CYBERCOOP_CACHE": str(tmp_path / "cache"), "CYBERCOOP_LANG": lang}
    outside = tmp_path / "a.yaml"
    outside.write_bytes((ROOT / RECORD).read_bytes())
    for since, paths, code, more in (
        ("no-such-branch", [], "no-revision", {}),
        ("--output=x", [], "no-revision", {}),
        ("HEAD^{tree}", [], "no-revision", {}),
        ("", [], "argument-empty", {}),
        ("HEAD", [str(outside)], "no-checkout", {}),
        ("HEAD", [RECORD, str(outside)], "no-checkout", {}),
        ("HEAD", [], "no-git", {"PATH": str(tmp_path)}),
    ):
        words = [*run, str(checkout), "/usr/bin/env", *(f"{name}={value}" for name, value in more.items())]
        done = git(checkout, *words, sys.executable, ours, "validate", f"--since={since}", *paths, **environment)
        assert done.returncode == 2, done.stdout + done.stderr
        assert code in done.stderr
        assert "Traceback" not in done.stderr
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken)
    tree = git(broken, "rev-parse", "HEAD:data").stdout.strip()
    (broken / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    done = git(
        broken, *run, str(broken), ours, "validate", "--since=HEAD", **environment | {"CYBERCOOP_HOME": str(broken)}
    )
    assert (done.returncode, "no-revision" in done.stderr) == (2, True)


def test_files_of_a_change_are_known_as_they_were(checkout: Path, tmp_path: Path) -> None:
    """Of paths, too, what was wrong at the revision is left out, held against the graph of then; new files are new."""
    ours = str(Path(sys.executable).parent / "cybercoop")
    environment = {"CYBERCOOP_HOME": str(checkout), "CYBERCOOP_CACHE": str(tmp_path)}
    run = ["bash", "-c", '"$@"', "-", ours, "validate", "--since", "HEAD", "--format", "github"]
    assert git(checkout, *run, RECORD, "data/places.csv", **environment).returncode == 0
    new = checkout / "data" / "new.yaml"
    new.write_text((checkout / RECORD).read_text("utf-8").replace("dark-web", "dark"), encoding="utf-8")
    _without(checkout, "data/places.csv", "place/rabat")
    alone = next(
        path for path in (checkout / "data/activities").rglob("*.yaml") if "heldIn: rabat" in path.read_text("utf-8")
    )
    done = git(checkout, *run, "data/new.yaml", str(alone.relative_to(checkout)), **environment)
    git(checkout, "reset", "--quiet", "--hard")
    new.unlink()
    assert done.returncode == 1
    assert "file=data/new.yaml" in done.stdout
    assert f"file={alone.relative_to(checkout)}" in done.stdout


def test_the_summary_says_what_a_change_does(repository: Path) -> None:
    """The summary of a pull request tells its change in words; what cannot be compared is said there, too."""
    for name in ("data", "ontology", "queries", "shapes"):
        shutil.copytree(ROOT / name, repository / name, dirs_exist_ok=True)
    base = commit(repository)
    page = repository / "data/projects/cybersouth-plus.yaml"
    page.write_text(page.read_text("utf-8").replace("endDate: 2026-12-31", "endDate: 2027-06-30", 1), "utf-8")
    commit(repository)
    summary = repository / "summary.md"
    own = {"CYBERCOOP_HOME": str(repository), "CYBERCOOP_CACHE": str(repository / "build"), "CYBERCOOP_LANG": "fr"}
    own |= {"GITHUB_STEP_SUMMARY": str(summary), "PATHS": ""}
    judged = git(repository, "bash", str(ROOT / ".ci" / "judge-change"), BASE=base, **own)
    told = summary.read_text("utf-8")
    assert judged.returncode in (0, 1)
    assert f"De {base} à HEAD" in told
    assert "CyberSouth+ : « finit le » est déplacé du 2026-12-31 au 2027-06-30, selon Page du projet" in told
    tree = git(repository, "hash-object", "-w", "-t", "tree", os.devnull).stdout.strip()
    empty = git(repository, "commit-tree", tree, "-m", "Empty").stdout.strip()
    git(repository, "bash", str(ROOT / ".ci" / "judge-change"), BASE=empty, **own)
    assert "ne contient pas de fiches" in summary.read_text("utf-8")


def test_the_action_is_whole() -> None:
    """What the action asks for is there: its script, and inputs that its steps take."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(action["inputs"])
    for script in re.findall(r"\$GITHUB_ACTION_PATH/(\S+?)\"", text):
        assert (ROOT / script).is_file()
    assert all(step.get("shell") == "bash" for step in action["runs"]["steps"] if "run" in step)
