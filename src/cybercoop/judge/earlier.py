"""The verdict on the same files, or the whole graph, as they were at a revision of git."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cybercoop.judge.validate import judge, judge_graph
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import Where, refuse
from cybercoop.records import SUFFIXES, Given
from cybercoop.workspace.revisions import Commit
from cybercoop.workspace.workspace import FOLDERS, Workspace


def earlier(
    workspace: Workspace, files: Sequence[Path | Given] | None, revision: str, engine: str | None = None
) -> Report:
    """Return the verdict at a revision on what files held then, in the graph of then; without files, on that graph.

    Files that were not there have no verdict. A graph that is not in the checkout, such as the installed one, is that
    of now. Raises `Refusal` where git, a checkout or the revision is missing, or a file lies outside of the checkout.
    """
    paths = [file for file in files or () if isinstance(file, Path)]
    at = Commit.of(revision, paths[0].parent if paths else workspace.root)
    known = {name: file for file in paths if (name := _named(at, file))}
    root = at.path(workspace.root)
    inside = "" if root == "." else f"{root}/"
    folders = () if root is None else (*(f"{inside}{name}/" for name in FOLDERS), f"{inside}pyproject.toml")
    held = at.files(lambda path: path in known or path.startswith(folders))
    if files is not None and not held.keys() & known.keys():
        return Report((), "", 0, 0, 0, 0, 0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        for path, content in held.items():
            if path.startswith(folders):
                copy = Path(place, path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
        old = Workspace(Path(place, inside).resolve())
        graph = old if old.is_whole else workspace
        if files is None:
            return judge_graph(graph, engine)
        given = [_given(workspace.relative(known[name]), held[name]) for name in known.keys() & held.keys()]
        return judge(graph, sorted(given), engine)


def _named(at: Commit, file: Path) -> str:
    if (name := at.path(file)) is None:
        raise refuse("no-checkout", Where(str(file)), value=str(file))
    return name


def _given(name: str, content: bytes) -> Given:
    form = SUFFIXES.get(Path(name).suffix.lower())
    return Given(name, content, form.name if form else "yaml")
