"""Judge the graph, or a contribution in the context of the graph: every problem with its line and its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cybercoop import diagnosis, names
from cybercoop.derive import derive
from cybercoop.engines import engine
from cybercoop.names import RDF_TYPE, RDFS
from cybercoop.problems import ERROR, Problem, nearest
from cybercoop.readers.reading import Reading
from cybercoop.shapes import Shapes
from cybercoop.workspace import Workspace

SUBCLASS = RDFS + "subClassOf"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: the problems, and how much was looked at."""

    problems: tuple[Problem, ...]
    engine: str
    files: int
    records: int
    statements: int
    targets: int
    shapes: int

    @property
    def conforms(self) -> bool:
        """Whether nothing worse than a warning was found."""
        return all(found.severity != ERROR for found in self.problems)

    def to_dict(self, lang: str = "en") -> dict[str, object]:
        """Return the report as plain values, messages in `lang`."""
        return {
            "conforms": self.conforms,
            "engine": self.engine,
            "files": self.files,
            "records": self.records,
            "statements": self.statements,
            "targets": self.targets,
            "shapes": self.shapes,
            "problems": [found.to_dict(lang) for found in self.problems],
        }


def judge_graph(workspace: Workspace, engine_name: str | None = None) -> Report:
    """Judge all records of the graph together."""
    reading = workspace.data()
    stated = [*workspace.vocabulary(), *reading.quads()]
    graph = _Graph([*stated, *derive(stated)])
    judge = engine(engine_name)
    results = judge(graph.triples, workspace.shapes)
    problems = [*reading.problems, *diagnosis.twice(reading), *diagnosis.untyped(reading, graph, workspace.shapes)]
    problems += workspace.read_policy()[1]
    problems += diagnosis.problems(results, workspace.shapes, diagnosis.Places(reading), graph)
    return _report(problems, judge.name, len(workspace.data_files()), reading, graph, workspace.shapes)


def judge(workspace: Workspace, paths: Iterable[Path], engine_name: str | None = None) -> Report:
    """Judge contributions in the context of the graph.

    What a contribution's source already says of the same things is replaced by the contribution, so that a copy
    of a record is judged as an edit of it. Only problems that the contribution brings are reported.
    """
    files = list(paths)
    reading = workspace.read(files)
    said = list(reading.quads())
    base = workspace.stored.quads()
    described = {(record.source, subject) for record in reading.records for subject in record.subjects}
    described |= {(record.source, names.record(record.source, record.thing)) for record in reading.records}
    kept = [quad for quad in base if _key(quad) not in described and _key(quad)[0] != names.DERIVED]
    graph = _Graph([*kept, *said, *derive([*kept, *said])])
    judge = engine(engine_name)
    things = {f"<{subject}>" for _, subject in described} | {f"<{record.source}>" for record in reading.records}
    results = judge(graph.triples, workspace.shapes)
    own = [result for result in results if result.focus in things]
    elsewhere = set(results) - set(own)
    if elsewhere:
        elsewhere -= set(judge(_Graph(base).triples, workspace.shapes))
    places = diagnosis.Places(reading)
    if elsewhere:
        places.add(workspace.data())
    problems = [*reading.problems, *diagnosis.twice(reading), *diagnosis.untyped(reading, graph, workspace.shapes)]
    problems += diagnosis.problems([*own, *sorted(elsewhere)], workspace.shapes, places, graph)
    return _report(problems, judge.name, len(files), reading, graph, workspace.shapes)


class _Graph:
    """The union of all graphs, with the few look-ups that judging needs."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        union = {str(quad.triple): quad.triple for quad in quads}
        self.triples = list(union.values())
        self.types: dict[str, set[str]] = {}
        self.supers: dict[str, set[str]] = {}
        for triple in self.triples:
            if triple.predicate.value == RDF_TYPE:
                self.types.setdefault(str(triple.subject)[1:-1], set()).add(str(triple.object)[1:-1])
            elif triple.predicate.value == SUBCLASS:
                self.supers.setdefault(str(triple.subject)[1:-1], set()).add(str(triple.object)[1:-1])

    def classes(self, thing: str) -> set[str]:
        """Return the classes of a thing with everything above them."""
        found: set[str] = set()
        ahead = list(self.types.get(thing, ()))
        while ahead:
            if (kind := ahead.pop()) not in found:
                found.add(kind)
                ahead += self.supers.get(kind, ())
        return found

    def alike(self, iri: str) -> str:
        """Return the short name of the thing with the most similar IRI of the same kind, or an empty string."""
        base = iri.rsplit("/", 1)[0] + "/"
        return names.short(nearest(iri, [thing for thing in self.types if thing.startswith(base)]))


def _report(problems: list[Problem], name: str, files: int, reading: Reading, graph: _Graph, shapes: Shapes) -> Report:
    described = {subject for record in reading.records for subject in record.subjects}
    looked_at: Mapping[str, set[str]] = {subject: graph.classes(subject) & shapes.classes for subject in described}
    return Report(
        diagnosis.in_order(problems),
        name,
        files,
        len(reading.records),
        len(reading.statements),
        sum(1 for classes in looked_at.values() if classes),
        len(shapes.constraints),
    )


def _key(quad: ox.Quad) -> tuple[str, str]:
    return str(quad.graph_name)[1:-1], str(quad.subject)[1:-1]
