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


Change = Callable[[Path], object]
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
    for path in (*OTHERS, *ODD):
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text("before\nand after\n", encoding="utf-8")
    return commit(repository)


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    done = git(repository, "commit", "--quiet", "--message", "A change")
    assert done.returncode == 0, done.stderr
    return git(repository, "rev-parse", "HEAD").stdout.strip()


OTHERS = (
    *("ontology/project.ttl", "shapes/project.ttl", "queries/sources.rq", "src/cybercoop/derive.py"),
    *("pyproject.toml", "requirements.txt", "data/policy.yaml", "data/sources/a.yaml", "README.md", "docs/a.md"),
)
ODD = ("data/a b.yaml", "data/a\nb.yaml", "data/-a.yaml", "data/*.yaml", "data/é.csv", 'data/"q".ttl', "data/ a.yaml")


def test_the_action_judges_what_a_change_touches(repository: Path, judge: Judge) -> None:
    """In a pull request the records that it adds or adds to are judged, each once; a failure fails the step."""
    base = begin(repository)
    for path in ("data/new record.csv", "README.md", RECORD):
        with (repository / path).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
    commit(repository)
    asked, done, output = judge(base)
    assert asked == [RECORD, "data/new record.csv"]
    assert done.returncode == 1
    assert output == "conforms=false\n"


def _changed(path: str, old: str, new: str) -> Change:
    return lambda folder: (folder / path).write_text((folder / path).read_text("utf-8").replace(old, new), "utf-8")


def _linked(folder: Path) -> None:
    (folder / RECORD).unlink()
    (folder / RECORD).symlink_to("../../policy.yaml")


def _moved(folder: Path) -> None:
    (folder / RECORD).rename(folder / "data" / "moved.yaml")


WHOLE: dict[str, Change] = {
    "nothing": lambda folder: git(folder, "commit", "--quiet", "--allow-empty", "--message", "Nothing"),
    "a deleted source": lambda folder: (folder / "data/sources/a.yaml").unlink(),
    "a deleted record": lambda folder: (folder / RECORD).unlink(),
    "a deleted table of an odd name": lambda folder: (folder / ODD[4]).unlink(),
    "a renamed record": _moved,
    "a line that is gone": _changed(RECORD, "activityKind: ", "# activityKind: "),
    "a record that is gone from a file": _changed("data/a b.yaml", "before\n", ""),
    "a link for a record": _linked,
    "a new link": lambda folder: (folder / "data/link.yaml").symlink_to("policy.yaml"),
    "a hidden record": lambda folder: (folder / "data/.a.yaml").write_text("a"),
    "a journal": lambda folder: ((folder / "data/.accepted").mkdir(), (folder / "data/.accepted/journal").touch()),
    "a record of another format": lambda folder: (folder / "data/a.rdf").write_text("a"),
    "bytes": lambda folder: (folder / "data/a b.yaml").write_bytes(b"before\nand after\n\0"),
    "a name that begins with a dash": lambda folder: (folder / "-rf.yaml").write_text("a"),
    "a deleted shape": lambda folder: (folder / "shapes/project.ttl").unlink(),
    "a document and a deleted record": lambda folder: (
        (folder / "README.md").write_text("new"),
        (folder / RECORD).unlink(),
    ),
    **{f"a changed {path}": _changed(path, "before", "weaker") for path in OTHERS if not path.endswith(".md")},
}


@pytest.mark.parametrize("name", WHOLE)
def test_the_action_judges_the_whole_graph(name: str, repository: Path, judge: Judge) -> None:
    """Whatever takes something away, or changes what records are judged by, has the whole graph judged."""
    base = begin(repository)
    WHOLE[name](repository)
    if name != "nothing":
        commit(repository)
    asked, done, output = judge(base)
    assert asked == []
    assert (done.returncode, output) == (1, "conforms=false\n")


def test_the_action_takes_names_as_they_are(repository: Path, judge: Judge) -> None:
    """Spaces, line ends, dashes, quotation marks and patterns in names are no more than names; all are judged."""
    base = begin(repository)
    for path in ODD:
        with (repository / path).open("a", encoding="utf-8") as file:
            file.write("more\n")
    commit(repository)
    asked, _, _ = judge(base)
    assert asked is not None
    assert sorted(asked) == sorted(ODD)
    (repository / "-rf.yaml").touch()
    assert judge(base, f"{RECORD} -rf.yaml  data")[0] == [RECORD, "./-rf.yaml", "data"]
    assert judge(base, f"{RECORD}\ndata/a b.yaml\n-\n")[0] == [RECORD, "data/a b.yaml", "./-"]
    assert judge(base, "data/a b.yaml")[0] == ["data/a b.yaml"]
    assert judge(base, "data/*.ttl\n")[0] == ["data/*.ttl"]


def test_documents_alone_are_not_judged(repository: Path, judge: Judge) -> None:
    """A change of documents passes, as the records are those of the base."""
    base = begin(repository)
    (repository / "README.md").unlink()
    (repository / "docs/a.md").write_text("new", encoding="utf-8")
    commit(repository)
    asked, done, output = judge(base)
    assert (asked, done.returncode, output) == (None, 0, "conforms=true\n")


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


def test_a_failure_of_git_is_no_success(
    repository: Path, judge: Judge, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where the base is there but its files are not, or there is no repository, the step fails."""
    base = begin(repository)
    (repository / RECORD).unlink()
    commit(repository)
    tree = git(repository, "rev-parse", f"{base}:data").stdout.strip()
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert judge(base)[1].returncode == 2
    assert judge(base, folder=tmp_path_factory.mktemp("nothing"))[1].returncode == 2


def test_a_shallow_clone_and_a_merge(repository: Path, judge: Judge, tmp_path: Path) -> None:
    """Of a merge of which only the last commit is there, what it changes in the base is judged."""
    begin(repository)
    main = git(repository, "rev-parse", "--abbrev-ref", "HEAD").stdout.strip()
    git(repository, "checkout", "--quiet", "-b", "change")
    (repository / "data/new.yaml").write_text("a\n", encoding="utf-8")
    commit(repository)
    git(repository, "checkout", "--quiet", main)
    (repository / "data/another.yaml").write_text("a\n", encoding="utf-8")
    base = commit(repository)
    git(repository, "merge", "--quiet", "--no-ff", "--message", "Merge", "change")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = tmp_path / "shallow"
    done = git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", str(shallow))
    assert done.returncode == 0, done.stderr
    assert git(shallow, "cat-file", "-e", base).returncode != 0
    assert judge(base, folder=shallow)[0] == ["data/new.yaml"]
    git(repository, "checkout", "--quiet", "change")
    assert judge(base)[0] == [], "the branch alone lacks what the base has"


def test_a_folder_of_records_alone_is_judged(repository: Path, judge: Judge) -> None:
    """Where a repository has records and no graph, the whole is its records, not the graph that is installed."""
    base = git(repository, "rev-parse", "HEAD").stdout.strip()
    (repository / RECORD).rename(repository / "data" / "other.yaml")
    commit(repository)
    assert judge(base)[0] == ["data"]
    assert judge("")[0] == ["data"]


@pytest.mark.parametrize("gone", ["a source", "a row"])
def test_what_others_refer_to_is_missed(gone: str, tmp_path: Path) -> None:
    """In the whole graph, a deleted source and a deleted row of a table that records refer to fail the step."""
    for name in ("data", "ontology", "queries", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    base = commit(tmp_path)
    if gone == "a source":
        (tmp_path / "data/sources/coe-cybersouth-plus-page.yaml").unlink()
    else:
        places = tmp_path / "data/places.csv"
        kept = [line for line in places.read_text("utf-8").splitlines() if "place/rabat" not in line]
        places.write_text("\n".join(kept) + "\n", encoding="utf-8")
    commit(tmp_path)
    environment = {"CYBERCOOP_HOME": str(tmp_path), "CYBERCOOP_CACHE": str(tmp_path / "build")}
    done = git(tmp_path, "bash", str(ROOT / ".ci" / "judge-change"), BASE=base, PATHS="", **environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error file=data/" in done.stdout


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
