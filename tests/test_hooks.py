"""Before a commit and in a pull request, the records of a change are judged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_the_action_judges_what_a_change_touches(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In a pull request the records that it adds or changes are judged, each once; a failure fails the step."""
    base = git(repository, "rev-parse", "HEAD").stdout.strip()
    for path in ("data/new record.csv", "data/policy.yaml", "README.md", RECORD):
        with (repository / path).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "A change")
    tools = tmp_path_factory.mktemp("tools")
    (tools / "cybercoop").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n', encoding="utf-8")
    (tools / "cybercoop").chmod(0o755)
    output = tools / "output"
    environment = {"FIRST": str(tools), "GITHUB_OUTPUT": str(output)}
    done = git(repository, "bash", str(ROOT / ".ci" / "judge-change"), BASE=base, PATHS="", **environment)
    assert done.stdout.splitlines() == ["validate", "--format", "github", RECORD, "data/new record.csv"]
    assert done.returncode == 1
    assert output.read_text("utf-8") == "conforms=false\n"


def test_the_action_is_whole() -> None:
    """What the action asks for is there: its script, and inputs that its steps take."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(action["inputs"])
    for script in re.findall(r"\$GITHUB_ACTION_PATH/(\S+?)\"", text):
        assert (ROOT / script).is_file()
    assert all(step.get("shell") == "bash" for step in action["runs"]["steps"] if "run" in step)
