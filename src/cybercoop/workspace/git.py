"""What git knows of a checkout; files as they were, read from its objects: nothing is checked out, no filter runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from cybercoop.problems.problem import Refusal, Where, refuse


class Commit(NamedTuple):
    """One commit of a checkout: the folder of that, the commit, and how a person named it."""

    top: Path
    id: str
    name: str

    @classmethod
    def of(cls, name: str, folder: Path) -> Commit:
        """Return a revision of the checkout in which a folder lies (gitrevisions).

        Raises `Refusal` where there is no git, no checkout, or no commit of that name.
        https://git-scm.com/docs/gitrevisions
        """
        there = _git(folder, "rev-parse", "--show-toplevel")
        if not there:
            raise refuse("no-checkout", Where(str(folder)), value=str(folder))
        commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if not commit:
            raise refuse("no-revision", Where(str(folder)), value=name)
        return cls(Path(os.path.realpath(os.fsdecode(there).rstrip("\n"))), commit.decode().strip(), name)

    def path(self, file: Path) -> str | None:
        """Return how git names a file of the checkout, or None for one outside."""
        below = os.path.relpath(os.path.realpath(file), self.top).replace(os.sep, "/")
        return None if below == ".." or below.startswith("../") else below

    def files(self, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """Return the contents of the plain files whose paths are wanted, by path, as they were committed.

        A path that leads elsewhere, as no checkout has one, is left out. Raises `Refusal` where an object is missing.
        """
        listed = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", self.id)
        if listed is None:
            raise refuse("no-revision", Where(str(self.top)), value=self.name)
        lines = [line.partition(b"\t") for line in listed.split(b"\0") if line.startswith(b"100")]
        named = [(os.fsdecode(name), line.split()[2]) for line, _, name in lines]
        objects = {path: name for path, name in named if not {"", ".", ".."} & {*path.split("/")} and wanted(path)}
        told = _git(self.top, "cat-file", "--batch", given=b"".join(name + b"\n" for name in objects.values())) or b""
        found, start = {}, 0
        for path in objects:
            end = told.find(b"\n", start)
            words = told[start:end].split()
            if end < 0 or words[1:2] != [b"blob"]:
                raise refuse("no-revision", Where(path), value=self.name)
            start = end + 1 + int(words[2])
            found[path] = told[end + 1 : start]
            start += 1
        return found


def commit(folder: Path, name: str) -> str | None:
    """Return the full id of the commit that a name means in the checkout of a folder; None where it means none."""
    if not name or name.startswith("-"):
        return None
    try:
        return Commit.of(name, folder).id
    except Refusal:
        return None


def dated(folder: Path, commit_id: str) -> str:
    """Return the day of a commit, in its own time zone."""
    return (_git(folder, "show", "--no-patch", "--format=%cs", commit_id) or b"").decode().strip()


def changed(folder: Path, names: Iterable[str]) -> bool:
    """Return whether what a folder holds under some names is in no commit."""
    return bool(_git(folder, "status", "--porcelain", "--", *names))


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes | None:
    """Return what git prints, or None where it fails; raises `Refusal` where there is none."""
    command = ["git", "--no-replace-objects", "-C", str(folder), *words]
    environment = {**os.environ, "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, env=environment)
    except (OSError, ValueError):  # a name with NUL is none that git could be asked for
        raise refuse("no-git") from None
    return done.stdout if done.returncode == 0 else None
