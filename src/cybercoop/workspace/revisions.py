"""A graph as it stood: at a revision of git, or as an edition of which the release or the revision is kept."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
from pathlib import Path

from cybercoop.problems.problem import Where, refuse
from cybercoop.workspace.workspace import FOLDERS, Workspace


class Revision(Workspace):
    """The folders of a graph at a revision, built beside the graph of today."""

    def __init__(self, root: Path, home: Workspace) -> None:
        super().__init__(root)
        self.home = home

    @property
    def build(self) -> Path:
        """The folder for what is made from it: that of today's graph."""
        return self.home.build


def commit(folder: Path, name: str) -> str | None:
    """Return the full id of the commit that a name means in the repository of a folder; None where it means none."""
    if not name or name.startswith("-"):
        return None
    found = _git(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
    return found.decode().strip() if found else None


def unpacked(folder: Path, commit_id: str, cache: Path) -> Path:
    """Return a folder that holds what a commit has in `folder` of a graph: vocabulary, records, shapes, questions.

    It is made once in `cache`, where it stays as long as it is used. Only plain files come out of the commit. Raises
    `Refusal` where it has none of these folders, or nothing can be written.
    """
    place = cache / "store" / f"{commit_id[:24]}-tree"
    if place.is_dir():
        with contextlib.suppress(OSError):
            os.utime(place)
        return place
    listed = _git(folder, "ls-tree", "-z", "--name-only", commit_id, "--", *FOLDERS) or b""
    names = [name for name in listed.decode().split("\0") if name]
    content = _git(folder, "archive", "--format=tar", commit_id, "--", *names) if names else None
    if content is None:
        raise refuse("revision-without-records", value=commit_id[:12])
    _unpack(content, place)
    return place


def _unpack(content: bytes, place: Path) -> None:
    """Unpack the plain files of an archive beside a place, then give the whole its name."""
    import shutil
    import tempfile

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="building-", dir=place.parent))
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                plain = [member for member in archive.getmembers() if member.isreg() or member.isdir()]
                archive.extractall(aside, plain, filter="data")
            aside.chmod(0o755)
            aside.rename(place)
        except OSError:
            if not place.is_dir():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise refuse("cannot-write", Where(str(place)), value=str(place), reason=error.strerror or str(error)) from None


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, run where a folder is; None where it fails, or there is no git."""
    environment = {**os.environ, "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        ran = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, env=environment)  # noqa: S607
    except (OSError, ValueError):
        return None
    return ran.stdout if ran.returncode == 0 else None
