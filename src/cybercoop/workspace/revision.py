"""Files as they were at a revision of git, read from its objects: nothing is checked out, no filter or hook runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cybercoop.problems.problem import Where, refuse


class Revision(NamedTuple):
    """One commit of a checkout: the folder of that, the commit, and how a person named it."""

    top: Path
    commit: str
    name: str

    @classmethod
    def of(cls, name: str, folder: Path) -> Revision:
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

        Raises `Refusal` where an object of one is missing.
        """
        listed = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", self.commit)
        if listed is None:
            raise refuse("no-revision", Where(str(self.top)), value=self.name)
        lines = [line.partition(b"\t") for line in listed.split(b"\0") if line.startswith(b"100")]
        objects = {path: line.split()[2] for line, _, name in lines if wanted(path := os.fsdecode(name))}
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


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes | None:
    """Return what git prints, or None where it fails; raises `Refusal` where there is none."""
    command = ["git", "--no-replace-objects", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError:
        raise refuse("no-git") from None
    return done.stdout if done.returncode == 0 else None
