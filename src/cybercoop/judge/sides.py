"""What is compared: a graph of today or of a revision, records in a folder, or an export in any RDF form."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.problems.problem import Refusal, Where, refuse
from cybercoop.terms.labels import one_name
from cybercoop.terms.names import DERIVED, NS, RDF_TYPE
from cybercoop.workspace.files import contributions
from cybercoop.workspace.revisions import NOTE, WHOLE, Revision, again, commit, known, unpacked
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH, Workspace, is_graph

NOW = "now"
"""The word for the graph of today."""

_RDF = {
    "jsonld": ox.RdfFormat.JSON_LD,
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "ttl": ox.RdfFormat.TURTLE,
}
_SUFFIX = re.compile(rf"\.({'|'.join(_RDF)})(\.gz)?$", re.IGNORECASE)
MADE = (ONTOLOGY_GRAPH, SCHEME_GRAPH, DERIVED)
"""The graphs that are not of a source: vocabulary, concepts, and what is derived. Not every export holds them."""


class Side(NamedTuple):
    """One of the two: what it was called, and its statements; `graph` is the workspace that they are of, if any."""

    name: str
    quads: list[ox.Quad]
    graph: Workspace | None = None

    @property
    def flat(self) -> bool:
        """Whether it holds each fact without who states it, as Turtle does."""
        return bool(self.quads) and all(isinstance(quad.graph_name, ox.DefaultGraph) for quad in self.quads)


def side(home: Workspace, text: str) -> Side:
    """Return what a text stands for.

    In order: `now`; what lies at a path (the folder of a graph, of a release or of records, an RDF file); an edition by
    its version; a revision of the repository of today's graph. Raises `Refusal` where it stands for nothing, or what it
    stands for cannot be read.
    """
    if text == NOW:
        return _of(text, home)
    path = Path(text)
    if text and _there(path):
        return _at(home, text, path)
    if text in (there := known(home)):
        return _of(text, again(home, there[text]))
    folder = repository(home)
    found = commit(folder, text)
    if found is None:
        raise refuse("nothing-to-compare", Where(text or "cybercoop"), value=text)
    tree = unpacked(folder, found, home.build)
    return _of(text, Revision(tree, home)) if is_graph(tree) else _records(home, text, tree)


def repository(home: Workspace) -> Path:
    """Return the folder whose revisions are meant: that of today's graph; where that is in the library, this one."""
    return Path.cwd() if home.root.name == "packed" else home.root


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _of(name: str, graph: Workspace) -> Side:
    return Side(name, graph.stored.quads(), graph)


def _at(home: Workspace, name: str, path: Path) -> Side:
    """Return what lies at a path that is there."""
    if (path / NOTE).is_file():
        path = path / WHOLE
    if path.is_dir():
        return _of(name, Workspace.find(path)) if is_graph(path) else _records(home, name, path)
    if match := _SUFFIX.search(path.name):
        return Side(name, _parsed(path, _RDF[match[1].lower()], packed=bool(match[2])))
    return _records(home, name, path)


def _parsed(path: Path, form: ox.RdfFormat, *, packed: bool) -> list[ox.Quad]:
    """Return the statements of an RDF file, compressed or not; blank nodes under names of their own."""
    try:
        content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        return list(ox.parse(content, format=form, rename_blank_nodes=True))
    except SyntaxError as error:
        raise refuse(
            "rdf-syntax", Where(str(path), error.lineno or 1, error.offset or 1), value=str(error.msg)
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise refuse("file-missing", Where(str(path)), value=f"{path} ({error})") from None


def _records(home: Workspace, name: str, path: Path) -> Side:
    """Return what the records of a folder or a file say. Raises `Refusal` for the first that cannot be read."""
    reading = home.read(each for each in contributions([path]) if not _is_policy(each))
    for found in reading.problems:
        raise Refusal(found, home.line(found.where))
    return Side(name, list(reading.quads()))


def _is_policy(path: object) -> bool:
    return isinstance(path, Path) and path.name == "policy.yaml"


def alike(before: Side, after: Side) -> tuple[Side, Side, list[str]]:
    """Return two sides that can be held against each other, and the graphs that were left out for it.

    Where one holds nothing of the vocabulary, the concepts or what is derived, these are left out of the other; where
    one does not say who states what, the other is taken without that, too, and each thing has one preferred name.
    """
    left = [graph for graph in MADE if _lacks(before, after, graph) or _lacks(after, before, graph)]
    sides = [each._replace(quads=[quad for quad in each.quads if _graph(quad) not in left]) for each in (before, after)]
    if before.flat != after.flat:
        sides = [each if each.flat else each._replace(quads=_union(each)) for each in sides]
    return sides[0], sides[1], left


def _lacks(one: Side, other: Side, graph: str) -> bool:
    """Return whether one side has nothing of a graph that the other side has."""
    own = {quad.triple for quad in other.quads if _graph(quad) == graph}
    if not own or not one.quads:
        return False
    if one.flat:
        return own.isdisjoint(quad.triple for quad in one.quads)
    return all(_graph(quad) != graph for quad in one.quads)


def _union(each: Side) -> list[ox.Quad]:
    order = each.graph.name_order(each.quads) if each.graph else None
    return list({ox.Quad(quad.subject, quad.predicate, quad.object) for quad in one_name(each.quads, order)})


def _graph(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def classes(quads: Iterable[ox.Quad]) -> dict[str, set[str]]:
    """Return the things of each class of ours, by their stated classes, and our own classes and properties."""
    found: dict[str, set[str]] = {}
    for quad in quads:
        kind = quad.object
        if quad.predicate.value != RDF_TYPE or _graph(quad) == DERIVED:
            continue
        thing = str(quad.subject).strip("<>")
        if isinstance(kind, ox.NamedNode) and (kind.value.startswith(NS) or thing.startswith(NS)):
            found.setdefault(kind.value, set()).add(thing)
    return found
