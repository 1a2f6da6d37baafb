"""The forms in which a verdict leaves the house: for people, for programs, for the machines that show changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

from cybercoop.problems.problem import ERROR, INFO, WARNING, Problem, Where, one_of, refuse
from cybercoop.records import SUFFIXES, Given

if TYPE_CHECKING:
    from cybercoop.judge.verdict import Report
    from cybercoop.workspace.revisions import Commit
    from cybercoop.workspace.workspace import Workspace


SEVERITIES = (ERROR, WARNING, INFO)
"""From the gravest on."""


Key: TypeAlias = tuple[str, str, str | None, str | None]
"""File, code, thing and value of a problem."""


class Writer(Protocol):
    """What each form is written by: `write_` and its name, in the module that stands with it in the table."""

    def __call__(self, report: Report, lang: str, hidden: Sequence[Problem]) -> str:
        """Return the report as text in a language; `hidden` are the problems that are left out of it."""


class Format(NamedTuple):
    """One form: how it is asked for, what it is for, the module that writes it, and whether it shows mends."""

    name: str
    title: str
    module: str
    mends: bool = True

    def writer(self) -> Writer:
        """Return the function that writes this form; its module is imported only now."""
        return cast(Writer, getattr(import_module(f"{__name__}.{self.module}"), f"write_{self.name}"))


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("text", "for a terminal", "people"),
        Format("json", "for programs; docs/schemas/report-1.json is its schema", "programs"),
        Format("sarif", "SARIF 2.1.0, for code scanning and editors", "programs"),
        Format("github", "annotations of a change", "programs"),
        Format("junit", "JUnit XML, for what runs tests", "programs"),
        Format("markdown", "for a comment on a change", "people"),
        Format("html", "a page", "people"),
        Format("turtle", "a SHACL validation report (sh:ValidationReport)", "programs", mends=False),
    )
}
"""Every form by the name that people type."""


def written(
    report: Report, form: str = "text", lang: str = "en", *, severity: str = INFO, most: int | None = None
) -> str:
    """Return a verdict in one of the forms: its problems down to a severity, and no more than `most` of them.

    Raises `Refusal` for a form or a severity that does not exist.
    """
    check(form, severity)
    grave = [found for found in report.problems if SEVERITIES.index(found.severity) <= SEVERITIES.index(severity)]
    shown = grave if most is None else grave[:most]
    text = FORMATS[form].writer()(replace(report, problems=tuple(shown)), lang, grave[len(shown) :])
    return text if not text or text.endswith("\n") else text + "\n"


def check(form: str, severity: str) -> None:
    """Raise `Refusal` for a form or a severity that does not exist."""
    one_of(form, FORMATS)
    one_of(severity, SEVERITIES)


def worse(report: Report, known: Iterable[Key]) -> tuple[Report, int]:
    """Return the report without the problems that are known from an earlier one, and how many these are."""
    left, before = [], Counter(known)
    for found in report.problems:
        if before[key(found)]:
            before[key(found)] -= 1
        else:
            left.append(found)
    return replace(report, problems=tuple(left)), len(report.problems) - len(left)


def key(found: Problem) -> Key:
    """Return what makes a problem the same as one of an earlier report, on whatever line it stood."""
    return found.where.file, found.code, found.thing, found.value


def baseline(file: Path) -> list[Key]:
    """Return the problems of an earlier report (`--format json`); raises `Refusal` where the file is none."""
    try:
        problems = json.loads(file.read_bytes())["problems"]
        return [(found["file"], found["code"], found["thing"], found["value"]) for found in problems]
    except (OSError, ValueError, KeyError, TypeError):
        raise refuse("no-baseline", Where(str(file)), value=str(file)) from None


def with_followers(problems: Iterable[Problem]) -> list[Problem]:
    """Return every problem, each one's followers after it: for forms that know no nesting."""
    return [one for found in problems for one in (found, *with_followers(found.follows))]


def earlier(
    workspace: Workspace, files: Sequence[Path | Given] | None, revision: str, engine: str | None = None
) -> Report:
    """Return the verdict at a revision on what files held then, in the graph of then; without files, on that graph.

    Files that were not there have no verdict. A graph that is not in the checkout, such as the installed one, is that
    of now. Raises `Refusal` where git, a checkout or the revision is missing, or a file lies outside of the checkout.
    """
    import tempfile

    from cybercoop.judge.validate import judge, judge_graph
    from cybercoop.judge.verdict import Report
    from cybercoop.workspace.revisions import Commit
    from cybercoop.workspace.workspace import FOLDERS, Workspace, is_graph

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
        graph = old if is_graph(old.root) else workspace
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
