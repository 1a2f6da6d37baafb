"""Judge the graph, or a contribution in the context of the graph: every problem with its line and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace
from functools import cache, lru_cache
from itertools import chain
from math import inf
from pathlib import Path

import pyoxigraph as ox

from cybercoop.judge import consistency, diagnosis, identity, languages, replaced, soundness
from cybercoop.judge.change import Change, TooFar
from cybercoop.judge.consistency import Said
from cybercoop.judge.diagnosis import with_excerpts
from cybercoop.judge.root_causes import first_causes, group
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import ERROR, Problem, Where
from cybercoop.problems.progress import watched
from cybercoop.records import Given, read
from cybercoop.records.reading import Reading
from cybercoop.records.statements import Statement
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import Engine, Result, engine, rules
from cybercoop.shapes.footprint import Footprint
from cybercoop.terms import names
from cybercoop.terms.context import Context
from cybercoop.terms.names import RDF_TYPE, RDFS
from cybercoop.terms.term import closure, iri_of, plain
from cybercoop.workspace.derive import READ, by_word, following
from cybercoop.workspace.workspace import Workspace

SUBCLASS = RDFS + "subClassOf"


def judge_graph(
    workspace: Workspace,
    engine_name: str | None = None,
    reader: Callable[[bytes, str, Context], Reading] = read,
) -> Report:
    """Judge all records of the graph together."""
    import tempfile

    files = workspace.data_files()
    reading = workspace.read(files, reader)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "union.nt"
        words = [*workspace.words()]
        with path.open("w", encoding="utf-8", newline="\n") as out:
            triples = reading.statements.triples()
            out.writelines(watched("progress-judge", triples, lambda: len(reading.statements)))
            graph = _Graph()
            facts = following(by_word(chain(words, reading.statements.spoken({f"<{word}>" for word in READ}))))
            for thing, word, value in chain((each[1:] for each in words), facts):
                out.write(f"{thing} {word} {value} .\n")
                graph.add(thing, word, value)
        results, name = _begun(workspace, path, engine_name)
        said = Said(reading.statements)
        graph.take(said)
        problems = [*diagnosis.suggested(reading, graph, workspace.shapes, workspace.context)]
        problems += diagnosis.twice(reading)
        problems += diagnosis.untyped(reading, graph, workspace.shapes)
        problems += [*identity.misnamed(reading, said, graph), *identity.moved(reading, said, graph)]
        problems += [*consistency.at_odds(said, workspace.context), *languages.tagged(said)]
        problems += workspace.read_policy()[1]
        problems += soundness.misspelt_in(workspace.files("shapes", ".ttl"), workspace.root)
        problems += soundness.unmet(workspace.shapes, graph.properties, graph.every_class())
        problems += soundness.taken_for_another(said, graph.supers, lambda _: (), lambda *_: Where("data"))
        del said  # before the engine needs the most memory
        places = diagnosis.Places(reading, at_thing=name == "spark")
        problems += diagnosis.problems(results(), workspace.shapes, places, graph)
    return _report(problems, name, len(files), reading, graph, workspace.shapes)


def _begun(workspace: Workspace, path: Path, engine_name: str | None) -> tuple[Callable[[], list[Result]], str]:
    """Return what gives the results of the whole graph, which stands in a file, and the name of who is asked."""
    if engine_name == "columns":
        from cybercoop.workspace.constraints import in_columns

        return lambda: in_columns(workspace.stored, workspace.shapes), engine_name
    if engine_name and "://" in engine_name:
        from cybercoop.workspace.constraints import on_cluster

        return lambda: on_cluster(engine_name, lambda: workspace.stored, workspace.shapes), "spark"
    judge = engine(engine_name)
    return judge.begin(path, workspace.shapes), judge.name


def judge(workspace: Workspace, paths: Iterable[Path | Given], engine_name: str | None = None) -> Report:
    """Judge contributions in the context of the graph, reading only what the shapes can reach from them.

    What a contribution's source already says of the same things is replaced by the contribution, so that a copy
    of a record is judged as an edit of it. Only problems that the contribution brings are reported. The policy, which
    lies beside the records of a folder, is judged as what it is.
    """
    files = list(paths)
    records = [path for path in files if not workspace.is_policy(path)]
    report = judge_reading(workspace, workspace.read(records), len(files), engine_name)
    if len(records) == len(files):
        return report
    return replace(report, problems=(*workspace.read_policy()[1], *report.problems))


def judge_reading(
    workspace: Workspace,
    reading: Reading,
    files: int,
    engine_name: str | None = None,
    beside: Reading | None = None,
    *,
    adds: bool = False,
) -> Report:
    """Judge what was read from a number of files as a contribution of them is judged.

    `beside` holds what stands in the folder that it is for, where that is not the graph. With `adds` it is added to
    what its sources say of the same things; else it takes the place of that, and what goes is said.
    """
    described = _described(reading)
    base = _opened(workspace.stored.folder)
    replaces, said = {} if adds else _replaced(base, reading), list(reading.quads())
    keys, near = set(replaces), set()
    if beside is not None:
        near = _described(beside)
        keys |= near | set(replaced.parts(base, near))
        said += [quad for quad in beside.quads() if (iri_of(quad.graph_name), iri_of(quad.subject)) not in replaces]
    change = Change(base, said, keys)
    judge = engine(engine_name)
    own = {f"<{subject}>" for _, subject in described} | {f"<{record.source}>" for record in reading.records}
    results = brought(change, workspace.footprint, judge, workspace.shapes, own)
    if near:
        others = {f"<{subject}>" for _, subject in near} - own
        results = [result for result in results if result.focus not in others]
    places = diagnosis.Places(reading)
    strange = {result.focus for result in results if (result.focus,) not in places.exact}
    if elsewhere := {focus[1:-1] for focus in strange - own}:
        places.add(workspace.data_about(elsewhere))
    problems = [*diagnosis.suggested(reading, change, workspace.shapes, workspace.context), *diagnosis.twice(reading)]
    problems += diagnosis.untyped(reading, change, workspace.shapes)
    stated = Said(reading.statements)
    problems += [*identity.misnamed(reading, stated, change), *identity.moved(reading, stated, change)]
    problems += [*consistency.at_odds(stated, workspace.context), *languages.tagged(stated)]
    problems += soundness.taken_for_another(stated, change.supers, change.types_by_others, _place_in(workspace))
    problems += diagnosis.problems(results, workspace.shapes, places, change)
    if beside is None:
        problems += _goes(workspace, reading, change, replaces, problems)
    return _report(problems, judge.name, files, reading, change, workspace.shapes)


def _described(reading: Reading) -> set[tuple[str, str]]:
    """Return the things that records describe, and the records themselves, each with its source."""
    found = {(record.source, subject) for record in reading.records for subject in record.subjects}
    return found | {(record.source, names.record(record.source, record.thing)) for record in reading.records}


def _replaced(base: ox.Store, reading: Reading) -> dict[tuple[str, str], str]:
    """Return what records replace in the stored graph: (source, thing, record or citation) → record."""
    found: dict[tuple[str, str], str] = {}
    for record in reading.records:
        entry = names.record(record.source, record.thing)
        found |= replaced.parts(base, [(record.source, entry)])
        found |= {(record.source, each): entry for each in (*record.subjects, entry)}
    return found


def _goes(
    workspace: Workspace,
    reading: Reading,
    change: Change,
    replaces: Mapping[tuple[str, str], str],
    problems: list[Problem],
) -> Iterable[Problem]:
    """Return a problem for each record that takes the place of statements which it does not repeat."""
    lost = [quad for quad in change.lost if replaced.is_said(quad)]
    if not lost:
        return ()
    stored = workspace.data_about({iri_of(quad.subject) for quad in lost})
    of: dict[str, list[Statement]] = {}
    for each in replaced.placed(lost, stored.statements):
        of.setdefault(replaces[iri_of(each.quad.graph_name), iri_of(each.quad.subject)], []).append(each)
    context = workspace.context
    known = replaced.explained(problems, context)
    found = []
    for record in reading.records:
        gone = of.pop(names.record(record.source, record.thing), ())
        why = known.get(record.where, set())
        left = [] if "" in why else [each for each in gone if each.quad.predicate.value not in why]
        found.append(replaced.goes(record, left, context))
    return with_excerpts((each for each in found if each is not None), reading.texts | stored.texts)


_FURTHER, _MANY, _AHEAD = 10, 500, 3
"""How many statements of the graph are judged in the time that it takes to follow what one that changes can reach; how
many that change are followed whatever they reach; beyond, how often all that is stored may be read on the way."""


def brought(change: Change, footprint: Footprint, judge: Engine, shapes: Shapes, own: set[str]) -> list[Result]:
    """Return all results on the `own` things after a change, then those on other things that were not there before."""
    if (whole := change.whole(_FURTHER * len(change.triples))) is None:
        try:
            return _near(change, footprint, judge, shapes, own)
        except TooFar:
            whole = change.whole(inf) or {}
    every = [*{shape.iri: shape for shape in (*shapes.selects, *footprint.far)}.values()]
    results = set(judge(change.after(whole), shapes, every))
    if any(result.focus not in own for result in results):
        results -= {result for result in judge(change.before(whole), shapes, every) if result.focus not in own}
    return _in_order(results, own)


def _near(change: Change, footprint: Footprint, judge: Engine, shapes: Shapes, own: set[str]) -> list[Result]:
    """Return the same, reading only what the shapes can reach; raises `TooFar` where that is more than the whole."""
    look = change.within(_AHEAD) if len(change.triples) > _MANY else change
    things = {str(node): node for node in footprint.affected(look, change.triples)}
    things.update((thing, ox.NamedNode(thing[1:-1])) for thing in own)
    read = footprint.read(look, things.values())
    far = {shape.iri for shape in footprint.far}

    def near(triples: list[ox.Triple]) -> set[Result]:
        found = judge(triples, shapes, read.rules)
        return {result for result in found if result.focus in things and result.shape not in far}

    results = near(change.after(read.triples))
    if far:
        results |= set(change.ask_all(lambda store: rules.violations(store, footprint.far)))
    if any(result.focus not in own for result in results):
        before = near(change.before(read.triples)).union(rules.violations(change.base, footprint.far))
        results -= {result for result in before if result.focus not in own}
    return _in_order(results, own)


def _in_order(results: set[Result], own: set[str]) -> list[Result]:
    return sorted(results, key=lambda result: (result.focus not in own, result))


@lru_cache(maxsize=2)
def _opened(folder: Path) -> ox.Store:
    """Return the store of a built graph; a second judgement in the same process finds it open."""
    return ox.Store.read_only(str(folder / "store"))


def _place_in(workspace: Workspace) -> Callable[[str, str], Where]:
    """Return how to find the place in data/ where a thing is given a class; data/ is read when it is asked."""
    places: list[diagnosis.Places] = []

    def place(thing: str, kind: str) -> Where:
        if not places:
            places.append(diagnosis.Places(workspace.data_about({thing})))
        key = (f"<{thing}>", f"<{RDF_TYPE}>", f"<{kind}>")
        return places[0].exact.get(key, Where("ontology"))

    return place


_NONE = frozenset[str]()


class _Graph:
    """What is stated of things in any graph, as far as judging looks it up."""

    def __init__(self) -> None:
        self.properties: set[str] = set()
        self._types: dict[str, frozenset[str]] = {}
        self._supers: dict[str, frozenset[str]] = {}
        self._now: dict[str, frozenset[str]] = {}
        self._joined = cache(lambda known, value: known | {plain(value)})  # things with the same classes share a set
        self._closed = cache(lambda kinds: closure(kinds, self.supers))
        self._above = {RDF_TYPE: self._types, SUBCLASS: self._supers, names.REPLACED: self._now}

    def add(self, thing: str, word: str, value: str) -> None:
        """Take a statement, as N-Triples writes it."""
        self.properties.add(word := word[1:-1])
        if (known := self._above.get(word)) is not None:
            self._note(known, thing[1:-1], value)

    def take(self, said: Said) -> None:
        """Take what records say."""
        self.properties.update(word[1:-1] for word in said.statements.words())
        for (_, thing), values in said.of.items():
            for word, into in self._above.items():
                for value, _ in values.of(word):
                    self._note(into, thing, value)

    def _note(self, into: dict[str, frozenset[str]], thing: str, value: str) -> None:
        into[thing] = self._joined(into.get(thing, _NONE), value)

    def types(self, thing: str) -> Set[str]:
        """Return the stated classes of a thing."""
        return self._types.get(thing, _NONE)

    def classes(self, thing: str) -> Set[str]:
        """Return the classes of a thing with everything above them, once all statements are taken."""
        return self._closed(self._types.get(thing, _NONE))

    def every_class(self) -> set[str]:
        """Return the classes of all things with everything above them."""
        return closure({kind for kinds in self._types.values() for kind in kinds}, self.supers)

    def now(self, thing: str) -> Set[str]:
        """Return the address that replaces the one of a thing, if any."""
        return self._now.get(thing, _NONE)

    def supers(self, kind: str) -> Set[str]:
        """Return the classes that are stated to be above a class."""
        return self._supers.get(kind, _NONE)

    def of_kind(self, iri: str) -> list[str]:
        """Return the things whose IRIs begin as one does."""
        base = names.kind_of(iri)
        return [thing for thing in self._types if thing.startswith(base)]


def _report(
    problems: list[Problem], name: str, files: int, reading: Reading, known: diagnosis.Known, shapes: Shapes
) -> Report:
    described = {subject for record in reading.records for subject in record.subjects}
    reads = shapes.reads if problems else {}
    led_to = {shape.code: shape.led_to_by for shape in shapes.constraints.values()}
    causes = first_causes(diagnosis.recorded(problems, reading), reads, reading.texts, led_to)
    causes = with_excerpts(diagnosis.unnamed(causes, reading), reading.texts)
    wrong = {group(found) for found in causes}
    unfit = {found.where.file for found in causes if found.severity == ERROR and not group(found).line}
    return Report(
        causes,
        name,
        files,
        len(reading.records),
        len(reading.statements),
        sum(not shapes.classes.isdisjoint(known.classes(subject)) for subject in described),
        len(shapes.constraints),
        sum(1 for record in reading.records if record.where not in wrong and record.where.file not in unfit),
    )
