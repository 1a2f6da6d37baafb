"""A graph as it stood: at a revision of git, or as an edition of which the release or the revision is kept."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cybercoop.engines.notes import digest_of, kept
from cybercoop.engines.store import Stored, aside
from cybercoop.problems.problem import Notice, Refusal, Where, refuse
from cybercoop.terms.names import DERIVED, NS, SCHEME
from cybercoop.terms.patch import canonical, digest
from cybercoop.workspace.workspace import FOLDERS, Workspace

if TYPE_CHECKING:
    from cybercoop.sparql.question import Question
    from cybercoop.terms.context import Context
    from cybercoop.terms.labels import Labels
    from cybercoop.terms.term import Term


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


NOTE, WHOLE = "edition.json", "cybercoop.nq"
"""In the folder of a release: what is kept of the edition, and all that it says."""
_NOTES = ("docs/editions", "editions")
"""Where editions are kept note of: in a checkout, in the library."""


class Known(NamedTuple):
    """What is kept of an edition: when it was made, of which commit, and the hash of what was stated then.

    `statements` and `sha256` are those of all but the derived facts, as canonical N-Quads (RDFC-1.0).
    """

    version: str
    date: str
    commit: str
    statements: int
    sha256: str

    @property
    def order(self) -> tuple[int, ...]:
        """A sort key: the numbers of the version (Semantic Versioning 2.0.0, 11)."""
        return tuple(map(int, self.version.split(".")))


class Revision(Workspace):
    """The folders of a graph at a revision, built beside the graph of today; `known` where that is an edition."""

    def __init__(self, root: Path, home: Workspace, known: Known | None = None) -> None:
        super().__init__(root)
        self.home, self.known = home, known
        self._held = known is None

    @property
    def build(self) -> Path:
        """The folder for what is made from it: that of today's graph."""
        return self.home.build

    @property
    def stored(self) -> Stored:
        """The graph on disk; where it is not what the edition is known by, a warning says so, once for a `Revision`."""
        there = super().stored
        if self.known and not self._held:
            self._held = True
            if self.known.sha256 != kept(self.notes, f"stated {self.digest}", lambda: stated_digest(there.quads())):
                warnings.warn(Notice("edition-differs", version=self.known.version), stacklevel=2)
        return there


class Edition(Revision):
    """What was stated in an edition, with what follows from it by the rules, and for the questions, of today."""

    known: Known

    @property
    def questions(self) -> dict[str, Question]:
        """The catalogue of today."""
        return self.home.questions

    def question(self, name: str) -> Question | None:
        """Return the question of that name in the catalogue of today."""
        return self.home.question(name)

    def rules(self) -> dict[str, str]:
        """Return the rules of today."""
        return self.home.rules()

    def labels(self, store: ox.Store, terms: Iterable[Term | None]) -> Labels:
        """Return the names of then; words and concepts that rules and questions of today bring have those of today."""
        met = [*terms]
        found = super().labels(store, met)
        words = [
            term
            for term in met
            if isinstance(term, ox.NamedNode)
            and term.value.startswith((NS, SCHEME))
            and not found.names.get(term.value)
        ]
        if not words:
            return found
        now = self.home.labels(self.home.stored.open(), words).names
        return found._replace(names={**found.names, **{term.value: now.get(term.value, {}) for term in words}})

    @cached_property
    def digest(self) -> str:
        """The digest of what was stated and of the rules of today."""
        return sha256(f"{super().digest} {sorted(self.rules().items())}".encode()).hexdigest()[:24]


class Released(Edition):
    """An edition of which the release lies in a folder."""

    @property
    def context(self) -> Context:
        """The words of today."""
        return self.home.context

    @property
    def _policy_file(self) -> Path:
        return self.root / "policy.yaml"

    @cached_property
    def digest(self) -> str:
        """The digest of what was stated, of the policy of then and of the rules of today."""
        files = map(str, (self.root / WHOLE, self._policy_file))
        told = f"{digest_of(files, self.root, self.notes)} {self.home.digest}"
        return sha256(told.encode()).hexdigest()[:24]

    def lines(self) -> Iterator[str]:
        """Yield what was stated as lines of N-Quads."""
        return (f"{quad} .\n" for quad in self.stated())

    def stated(self) -> list[ox.Quad]:
        """Return what was stated."""
        quads = ox.parse(path=str(self.root / WHOLE), format=ox.RdfFormat.N_QUADS)
        return [quad for quad in quads if quad.graph_name != ox.NamedNode(DERIVED)]


def stated_digest(quads: Iterable[ox.Quad]) -> str:
    """Return the hash that an edition is known by: of its statements but the derived ones (RDFC-1.0)."""
    return digest(canonical(quad for quad in quads if quad.graph_name != ox.NamedNode(DERIVED)))


def known(home: Workspace) -> dict[str, Known]:
    """Return the editions that are kept note of beside a graph, by version, the earliest first."""
    notes = [path for folder in _NOTES for path in (home.root / folder).glob("*.json")]
    return {each.version: each for each in sorted(map(_known, notes), key=lambda each: each.order)}


def _known(path: Path) -> Known:
    facts = json.loads(path.read_bytes())
    return Known(*(facts[name] for name in Known._fields))


def edition(home: Workspace, text: str) -> Edition:
    """Return an edition by its version, of which the commit is at hand, or by the folder of its release.

    Raises `Refusal` where there is no such edition, or its commit is not at hand.
    """
    there = known(home)
    if text in there:
        return Edition(again(home, there[text]).root, home, there[text])
    note = Path(text) / NOTE
    if text and os.path.isfile(note):  # noqa: PTH113  (also asked of what is no path)
        try:
            return Released(note.parent.resolve(), home, _known(note))
        except (OSError, ValueError, KeyError, TypeError):
            raise refuse("no-edition", Where(str(note)), value=text, known=" ".join(there)) from None
    raise refuse("no-edition", value=text, known=" ".join(there))


def again(home: Workspace, made: Known) -> Revision:
    """Return the graph of the commit of an edition. Raises `Refusal` where that is not at hand."""
    found = commit(home.root, made.commit)
    if found is None:
        raise refuse("edition-not-here", value=made.version, commit=made.commit[:12])
    return Revision(unpacked(home.root, found, home.build), home, made)


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
    at = Commit.of(commit_id, folder)
    root = at.path(folder)
    inside = "" if root == "." else f"{root}/"
    held = at.files(lambda path: path.startswith(tuple(f"{inside}{name}/" for name in FOLDERS)))
    if not held:
        raise refuse("revision-without-records", value=commit_id[:12])
    _unpack({path.removeprefix(inside): content for path, content in held.items()}, place)
    return place


def _unpack(held: Mapping[str, bytes], place: Path) -> None:
    def fill(made: Path) -> None:
        for path, content in held.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside(place, fill)
    except OSError as error:
        raise refuse("cannot-write", Where(str(place)), value=str(place), reason=error.strerror or str(error)) from None
