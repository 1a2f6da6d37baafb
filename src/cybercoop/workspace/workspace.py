"""The checkout, or the graph packed into the library, as one value; the only place that knows the folders."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.engines.notes import digest_of, kept
from cybercoop.engines.store import Stored, built, stored
from cybercoop.problems.problem import Notice, Refusal, Where, problem, refuse
from cybercoop.records import MAX_BYTES, SUFFIXES, Given
from cybercoop.records import read as read_file
from cybercoop.terms import names
from cybercoop.terms.labels import Labels, Order, Register, of_store
from cybercoop.terms.term import iri_of
from cybercoop.workspace.files import content, in_turn

if TYPE_CHECKING:
    from cybercoop.problems.problem import Problem
    from cybercoop.records.layout import Place
    from cybercoop.records.reading import Reading
    from cybercoop.records.statements import Spoken
    from cybercoop.shapes import Shapes
    from cybercoop.shapes.footprint import Footprint
    from cybercoop.sparql.question import Question, Usual
    from cybercoop.terms.context import Context
    from cybercoop.terms.term import Term
    from cybercoop.workspace.policy import Policy

ONTOLOGY_GRAPH = names.BASE + "ns"
SCHEME_GRAPH = names.BASE + "scheme"
FOLDERS = ("ontology", "data", "shapes", "queries")
"""What makes a folder the folder of a graph."""
_POLICY = "data/policy.yaml"
_ACCEPTED = "data/.accepted"
_DERIVING = ("derive", "policy", "published", "verdicts", "workspace")


class Workspace:
    """The folders of one graph, and what is read from them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """Return the graph to work with.

        In order: `start`, the folder named by CYBERCOOP_HOME, the current folder or one above it, the checkout
        that the library runs from, the graph inside the installed library. Raises `Refusal` when a named folder
        holds no graph.
        """
        named = start or (Path(home) if (home := os.environ.get("CYBERCOOP_HOME")) else None)
        if named is not None:
            if not is_graph(named):
                raise refuse("no-graph-here", Where(str(named)), value=str(named))
            return cls(named.resolve())
        here = Path.cwd()
        package = Path(__file__).parent.parent
        for folder in (here, *here.parents, package.parent.parent, package / "packed"):
            if is_graph(folder):
                return cls(folder)
        raise refuse("no-graph-here", Where(str(here)), value=str(here))

    @property
    def build(self) -> Path:
        """The folder for what is made from the graph: in a checkout, where no link leads out of it, else the user's."""
        if cache := os.environ.get("CYBERCOOP_CACHE"):
            return Path(cache)
        own = self.root / "build"
        linked = any(path.is_symlink() for path in (own, own / "store", own / "store" / "notes"))
        if not linked and (self.root / "pyproject.toml").is_file() and os.access(self.root, os.W_OK):
            return own
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cybercoop"

    @cached_property
    def context(self) -> Context:
        """The words that records may use."""
        from cybercoop.terms.context import Context

        text = (self.root / "ontology" / "context.jsonld").read_text(encoding="utf-8")
        return Context.of(json.loads(text)["@context"])

    @cached_property
    def shapes(self) -> Shapes:
        """What must be true of the graph."""
        from cybercoop.shapes import Shapes

        files = [path for path in self.files("shapes", ".ttl") if not path.name.startswith("house-style")]
        return Shapes(
            triple for path in (*files, self.root / "ontology" / "cybercoop.ttl") for triple in _triples(path)
        )

    @cached_property
    def place(self) -> Place:
        """The order of words that the shapes give; a word without a place there stands behind the others."""
        from cybercoop.records.records import FORM

        words = {term.iri: term.name for term in self.context.terms.values()}
        ordered = (*FORM, *(words[iri] for iri in self.shapes.order if iri in words))
        places = {word: number for number, word in enumerate(dict.fromkeys(ordered))}
        return lambda word: places.get(word.partition("@")[0], len(places))

    @cached_property
    def footprint(self) -> Footprint:
        """What the shapes read."""
        from cybercoop.shapes.footprint import Footprint

        return Footprint.of(self.shapes)

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The catalogue of questions, by name."""
        files, usual = self.files("queries", ".rq"), self._usual
        return {path.stem: _question(path.stem, path.read_text("utf-8"), usual, self.notes) for path in files}

    @property
    def _usual(self) -> Usual:
        from cybercoop.sparql.question import Usual

        return Usual.of(self.root / "queries")

    def question(self, name: str) -> Question | None:
        """Return the question of that name, reading no other question; none at all where all were read before."""
        if "questions" in self.__dict__:
            return self.questions.get(name)
        path = self.root / "queries" / f"{name}.rq"
        there = names.SLUG.fullmatch(name) and os.path.isfile(path)  # noqa: PTH113  (also asked of what is no path)
        return _question(name, path.read_text("utf-8"), self._usual, self.notes) if there else None

    @cached_property
    def digest(self) -> str:
        """The digest of everything that the store is made from."""
        left, words = self._left(), self._paths("ontology", ".ttl", ".jsonld", ".rq")
        inputs = [*words, *self._data_paths(left), *_makers(), str(self._policy_file)]
        return digest_of(inputs, self.root, self.notes, left)

    @property
    def notes(self) -> Path:
        """The folder of what was worked out before."""
        return self.build / "store" / "notes"

    @property
    def stored(self) -> Stored:
        """The graph on disk, built now if its inputs have changed."""
        return stored(self.build / "store", self.digest, self.published, self.name_order)

    @property
    def built(self) -> Stored | None:
        """The graph on disk where it is built already."""
        return built(self.build / "store", self.digest)

    def inputs(self) -> list[Path]:
        """Return every file that the graph is made from."""
        return [path for folder in FOLDERS for path in self.files(folder, "")]

    def data_files(self) -> list[Path]:
        """Return every record file, sorted by path; the policy is no record."""
        return [Path(path) for path in self._data_paths(self._left())]

    def is_policy(self, path: Path | Given) -> bool:
        """Whether a file is the policy of this workspace, which is no record."""
        return isinstance(path, Path) and path.resolve() == self._policy_file.resolve()

    @property
    def _policy_file(self) -> Path:
        return self.root / _POLICY

    def _left(self) -> dict[str, str]:
        """Return the files that an acceptance has still to put in their places, as its journal says where one is."""
        if not os.path.lexists(self.root / _ACCEPTED):
            return {}
        from cybercoop.workspace.journal import pending

        return pending(self.root / "data")

    def _data_paths(self, left: dict[str, str]) -> list[str]:
        found = self._paths("data", *SUFFIXES)
        if left:
            found = sorted({*found, *(path for path in left if path.lower().endswith(tuple(SUFFIXES)))}, key=_parts)
        return [path for path in found if path != str(self._policy_file)]

    def data(self) -> Reading:
        """Return all records, each statement with its place."""
        return self.read(self.data_files())

    def data_about(self, things: Iterable[str]) -> Reading:
        """Return the records in the files that name some things by the last part of their IRI, else all records."""
        words = {thing.rsplit("/", 1)[-1].split("--")[-1].encode() for thing in things}
        left, most = self._left(), MAX_BYTES
        paths = map(Path, self._data_paths(left))
        naming = {path: data for path in paths if (data := content(path, most, left.get(str(path))))}
        found = self.read([path for path, data in naming.items() if any(word in data for word in words)])
        located = {iri_of(statement.quad.subject) for statement in found.statements}
        return found if located.issuperset(things) else self.data()

    @cached_property
    def policy(self) -> Policy:
        """Which of several values is shown first. Raises `Refusal` where the file of the policy is wrong."""
        policy, problems = self.read_policy()
        for found in problems:
            raise Refusal(found, self.line(found.where))
        return policy

    def read_policy(self) -> tuple[Policy, list[Problem]]:
        """Return the policy and what is wrong with it; a graph without one ranks nothing."""
        from cybercoop.workspace.policy import Policy, read

        data = content(self._policy_file, MAX_BYTES)
        if data is None:
            return Policy(), []
        words = {name: term.iri for name, term in self.context.terms.items()}
        schemes = (self.root / "ontology" / "schemes").glob("source-kind*.ttl")
        concepts = (triple for path in schemes for triple in _triples(path))
        notations = (triple.object for triple in concepts if triple.predicate.value == names.SKOS + "notation")
        kinds = {notation.value for notation in notations if isinstance(notation, ox.Literal)}
        return read(data, _POLICY, words, kinds)

    def name_order(self, cards: ox.Store | Iterable[ox.Quad]) -> Order:
        """Return the order in which the sources on these cards name things; the policy is read when it is asked."""

        @cache
        def kinds() -> dict[str, str]:
            kind = ox.NamedNode(names.NS + "sourceKind")
            found = cards.quads_for_pattern(None, kind, None, None) if isinstance(cards, ox.Store) else cards
            return {iri_of(quad.subject): iri_of(quad.object) for quad in found if quad.predicate == kind}

        return lambda source: self.policy.name_place(kinds().get(source, ""))

    def labels(self, store: ox.Store, terms: Iterable[Term | None]) -> Labels:
        """Return the names of the things among some terms, in the order of the policy."""
        things = (term.value for term in terms if isinstance(term, ox.NamedNode))
        own = self._register.store is store
        return self._register.of(things) if own else of_store(store, things, self.name_order(store))

    @cached_property
    def _register(self) -> Register:
        """The names of things in the store on disk."""
        stored = self.stored
        return Register(stored.open(), self.name_order(stored.open()), stored.names)

    def read(
        self, paths: Iterable[Path | Given], reader: Callable[[bytes, str, Context], Reading] = read_file
    ) -> Reading:
        """Return what some files say, with places relative to the root where the file lies below it."""
        from cybercoop.records.reading import Reading

        reading, left, folders = Reading(), self._left(), dict[str, str]()
        for path in in_turn(paths):
            if isinstance(path, Given):
                reading.add(read_file(path.data, path.name, self.context, path.form))
                continue
            shown = self.relative(path, folders)
            data = content(path, MAX_BYTES + 1, left.get(str(self.root / shown)) if left else None)
            if data is None:
                reading.problems.append(problem("file-missing", Where(shown), value=shown))
            else:
                reading.add(reader(data, shown, self.context))
        return reading

    def line(self, where: Where) -> str | None:
        """Return the line of a file that a problem points at, or None where there is none to show."""
        path = self.root / where.file
        if not where.line or not path.is_file():
            return None
        lines = path.read_text("utf-8-sig", errors="replace").split("\n")
        return lines[where.line - 1] if where.line <= len(lines) else None

    def relative(self, path: Path, folders: dict[str, str] | None = None) -> str:
        """Return how a path is shown to people; where those of many are wanted, `folders` are looked up once each."""
        try:
            folder, name = os.path.split(path)
            if folders is None or name in ("", os.curdir, os.pardir) or os.path.islink(path):  # noqa: PTH114  (faster)
                absolute = os.path.realpath(path)
            else:
                if (known := folders.get(folder)) is None:
                    known = folders[folder] = os.path.realpath(folder)
                absolute = os.path.join(known, name)  # noqa: PTH118
        except (OSError, ValueError):  # no path at all
            return str(path)
        below = absolute.removeprefix(f"{self.root}{os.sep}")
        return str(path) if below == absolute else below.replace(os.sep, "/")

    def vocabulary(self) -> Iterator[ox.Quad]:
        """Yield ontology and concepts, each in a graph of its own; alignments and axioms for reasoners stay outside.

        Languages are among the concepts.
        """
        for path, name in self._words():
            for triple in _triples(path):
                yield ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(name))

    def words(self) -> Iterator[Spoken]:
        """Yield the same as texts: graph, thing, property and value, each as N-Triples writes it."""
        for path, name in self._words():
            graph = f"<{name}>"
            for line in (ox.serialize(_triples(path), format=ox.RdfFormat.N_TRIPLES) or b"").decode().split("\n")[:-1]:
                thing, word, value = line.split(" ", 2)
                yield graph, thing, word, value[:-2]

    def _words(self) -> Iterator[tuple[Path, str]]:
        """Yield the files of words and concepts, each with the name of its graph."""
        for path in self.files("ontology", ".ttl"):
            kind = path.relative_to(self.root / "ontology").parts[0]
            if kind not in ("alignments", "logic"):
                yield path, SCHEME_GRAPH if kind in ("schemes", "languages.ttl") else ONTOLOGY_GRAPH

    def alignment(self, vocabulary: str) -> list[ox.Triple]:
        """Return what is said of our words against another vocabulary, such as `iati`."""
        return list(_triples(self.root / "ontology" / "alignments" / f"{vocabulary}.ttl"))

    def published(self) -> Iterator[str]:
        """Yield every statement of the graph as a line of N-Quads: vocabulary, records, and what is derived from them.

        What cannot be read is left out with a warning; `cybercoop validate` says where and why.
        """
        from cybercoop.workspace.published import published

        yield from published(self.lines(), self.rules(), self.policy)

    def lines(self) -> Iterator[str]:
        """Yield what `stated` returns as lines of N-Quads; records are read one file after the other."""
        yield from (f"{thing} {word} {value} {graph} .\n" for graph, thing, word, value in self.words())
        problems = 0
        for path in in_turn(self.data_files()):
            reading = self.read([path])
            problems += len(reading.problems)
            yield from reading.statements.lines()
        if problems:
            warnings.warn(Notice("left-out", count=problems), stacklevel=2)

    def stated(self) -> list[ox.Quad]:
        """Return what words mean and what sources state, of which all else follows; what cannot be read is left out."""
        reading = self.data()
        if reading.problems:
            warnings.warn(Notice("left-out", count=len(reading.problems)), stacklevel=2)
        return [*self.vocabulary(), *reading.quads()]

    def rules(self) -> dict[str, str]:
        """Return the rules by which facts are derived, by name."""
        return {path.name: path.read_text("utf-8") for path in self.files("ontology", ".rq")}

    def statements(self, *, vocabulary: bool = True) -> list[ox.Quad]:
        """Return what is asked and published, as it was written.

        Without the vocabulary, what its graph says is left out; concepts stay, since records speak of them.
        """
        found, graph = self.stored.quads(), ox.NamedNode(ONTOLOGY_GRAPH)
        return found if vocabulary else [quad for quad in found if quad.graph_name != graph]

    def files(self, folder: str, *suffixes: str) -> list[Path]:
        """Return the files of a folder with one of the suffixes, sorted by path."""
        return [Path(path) for path in self._paths(folder, *suffixes)]

    def _paths(self, folder: str, *suffixes: str) -> list[str]:
        """Return the same as texts, which are made ten times as fast."""
        walk = os.walk(self.root / folder)
        found = [f"{base}{os.sep}{name}" for base, _, names in walk for name in names if not name.startswith(".")]
        return sorted((path for path in found if path.lower().endswith(suffixes)), key=_parts)


def _parts(path: str) -> list[str]:
    return path.replace(os.sep, "/").split("/")


@cache
def _question(name: str, text: str, usual: Usual, notes: Path) -> Question:
    """Return the question in a file, read once as long as it stays the same."""
    from cybercoop.sparql.question import Question

    return Question.of(name, text, usual, partial(kept, notes))


def is_graph(folder: Path) -> bool:
    """Return whether a folder holds a graph."""
    return all((folder / name).is_dir() for name in FOLDERS)


def _makers() -> list[str]:
    """Return our own modules that turn files into statements: when one of them changes, so may the graph."""
    here = str(Path(__file__).parent.parent)
    deriving = (f"workspace/{name}.py" for name in _DERIVING)
    alone = ("engines/loading.py", "engines/store.py", "problems/messages.json", *deriving)
    rooms = (f"{room}/{name}" for room in ("records", "terms") for name in sorted(os.listdir(f"{here}/{room}")))  # noqa: PTH208  (paths as text: faster)
    return [f"{here}/{name}" for name in (*alone, *rooms) if name.endswith((".py", ".json"))]


def _triples(path: Path) -> Iterator[ox.Triple]:
    try:
        return iter([quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)])
    except SyntaxError as error:
        where = Where(str(path), error.lineno or 1, error.offset or 1)
        raise refuse("rdf-syntax", where, value=str(error.msg)) from None
