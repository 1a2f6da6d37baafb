"""Editions of a lake, made by a cluster: of the graph at hand, of files of N-Quads, of files that a reader takes.

What follows from statements is derived there: about each thing by the workers, by the rules as queries of the cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.engines.columns.grounds import Grounds
from cybercoop.engines.columns.lake import ALLOWED, Building, Lake
from cybercoop.engines.columns.spark import Spark
from cybercoop.engines.columns.tasks import NOT_READ, Left, Reader
from cybercoop.problems.problem import Where, refuse
from cybercoop.terms.names import DERIVED, NS, RDF_TYPE
from cybercoop.workspace import derive, verdicts
from cybercoop.workspace.workspace import Workspace

LINES = (".nq", ".nt", ".nq.gz", ".nt.gz")
"""How files of N-Quads end."""
_KINDS = " ".join(f"coop:{kind}" for kind in derive.PARTS)


class Built(NamedTuple):
    """An edition, and what was left out of it."""

    lake: Lake
    left_out: Sequence[Left]


def build(
    workspace: Workspace, url: str, files: Sequence[str] = (), read: Reader | None = None, *, derived: bool = False
) -> Built:
    """Have a cluster make an edition of its lake.

    `files` are paths or patterns as the cluster sees them; a path of this machine that is not absolute begins here.
    N-Quads stand in the place of the graph at hand and are taken as they are; other files go through `read`, beside
    it. With `derived`, or `read` files, all derived facts are derived anew. Raises `Refusal` where the cluster cannot
    be reached or breaks off, and for a line that is no N-Quads: the edition before is then asked as ever.
    """
    paths = [_absolute(path) for path in files]
    lines = [path for path in paths if path.lower().endswith(LINES)]
    others = [path for path in paths if path not in lines]
    spark = Spark(url)
    stored = None if lines else workspace.stored
    with spark.held(ALLOWED, "lake"):
        building = Building(spark)
        derived = derived or bool(others)
        if stored:
            building.add(quad for quad in stored.open() if not _is_again(quad, derived))
        if lines:
            building.add_lines(lines, without=DERIVED if derived else "")
        if others and read:
            building.add_files(others, read)
        left = building.left_out() if paths else []
        for why, given, shown, _ in left:
            if why == NOT_READ:
                raise refuse("rdf-syntax", Where(shown), value=str(given["value"]))
        if derived:
            _derive(building, workspace)
        plain = stored is not None and not derived
        return Built(building.finished(stored.folder.name.partition("-")[0] if stored and plain else ""), left)


def _absolute(path: str) -> str:
    return path if "://" in path else str(Path(path).absolute())


def _is_again(quad: ox.Quad, derived: bool) -> bool:
    """Whether a statement is made again: of the union of all graphs or, where facts are derived anew, one of these."""
    return isinstance(quad.graph_name, ox.DefaultGraph) or (derived and quad.graph_name.value == DERIVED)


def _derive(building: Building, workspace: Workspace) -> None:
    """Add what follows from what is said, as `Workspace.published` derives it."""
    words = [quad for quad in workspace.vocabulary() if quad.predicate.value == derive.ABOVE]
    building.derive(derive.OF_EACH, of_each(words))
    wanted = workspace.rules()
    read = derive.READ | verdicts.TOLD | derive.needed(wanted)
    grounds = Grounds(building, read)
    found = derive.told(workspace.policy, _quads(grounds, "BIND(dct:issued AS ?p) GRAPH ?g { ?s dct:issued ?o }"))
    grounds.add([*derive.composed_names(_naming(grounds)), *found])
    found += derive.run(wanted, lambda text: (ox.Triple(*row) for row in grounds.rows(text)), grounds.add)  # type: ignore[arg-type]
    grounds.add(verdicts.verdicts(derive.by_property(_told(grounds), verdicts.TOLD), found))
    grounds.finish()


def of_each(above: Collection[ox.Quad]) -> Callable[[list[ox.Quad]], Iterable[ox.Quad]]:
    """Return what derives what follows from the statements about each thing alone, given which class is above which.

    All statements about one thing are among those that it is given.
    """

    def made(quads: list[ox.Quad]) -> list[ox.Quad]:
        said = defaultdict(list, {derive.ABOVE: [*above]})
        for quad in quads:
            if quad.predicate.value == RDF_TYPE:
                said[RDF_TYPE].append(quad)
        return [*derive.days(quads), *derive.general(said)]

    return made


def _quads(grounds: Grounds, where: str) -> list[ox.Quad]:
    return [ox.Quad(*row) for row in grounds.rows(f"SELECT DISTINCT ?s ?p ?o ?g {{ {where} }}")]  # type: ignore[arg-type]


def _naming(grounds: Grounds) -> dict[str, list[ox.Quad]]:
    """Return the statements that names are composed of, by their property."""
    words = " ".join(f"<{word}>" for word in (*derive.NAMING, NS + "participation"))
    by = f"VALUES ?p {{ {words} }} GRAPH ?g {{ ?s ?p ?o }}"
    kinds = f"VALUES ?o {{ {_KINDS} }} BIND(rdf:type AS ?p) GRAPH ?g {{ ?s a ?o }}"
    whole = f"{{ VALUES ?by {{ {words} }} ?thing ?by ?s }} UNION {{ ?s coop:participation ?part }}"
    parts = f"{{ SELECT DISTINCT ?s {{ {whole} UNION {{ VALUES ?s {{ {_KINDS} }} }} }} }}"
    found = defaultdict(list)
    for where in (by, kinds, f"{parts} BIND(skos:prefLabel AS ?p) GRAPH ?g {{ ?s skos:prefLabel ?o }}"):
        for quad in _quads(grounds, where):
            found[quad.predicate.value].append(quad)
    return found


def _told(grounds: Grounds) -> list[ox.Quad]:
    """Return the statements that verdicts are told by."""
    named = "{ SELECT DISTINCT ?s { { ?x coop:reachedBy ?s } UNION { ?x coop:entryFor ?s } } }"
    return [
        *_quads(grounds, f"{named} BIND(skos:prefLabel AS ?p) GRAPH ?g {{ ?s skos:prefLabel ?o }}"),
        *_quads(
            grounds,
            "{ SELECT DISTINCT ?s { ?x prov:wasDerivedFrom ?s } } BIND(coop:about AS ?p) GRAPH ?g { ?s coop:about ?o }",
        ),
        *_quads(grounds, "VALUES ?p { coop:listedAs coop:entryFor } GRAPH ?g { ?s ?p ?o }"),
    ]
