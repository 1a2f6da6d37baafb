"""Parts and descriptions are read from where the graph lies: what is held in memory does not grow with it."""

from __future__ import annotations

import gc
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cybercoop.engines.store import Stored, build
from cybercoop.export import dcat, frames, past, statements
from cybercoop.export import whole as where
from cybercoop.export.dcat import Facts
from cybercoop.export.past import Past
from cybercoop.export.schema_org import words, write_things
from cybercoop.export.statements import Statements
from cybercoop.export.subset import subset
from cybercoop.export.whole import Whole
from cybercoop.graph import Graph
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import ID, NS, PREFIXES, RDF_TYPE, record
from cybercoop.workspace.derive import BY

SOURCE = f"{ID}source/other"
DAYS = ("2017", "2019")


def told(things: int) -> Iterator[str]:
    """Yield what a source says of so many activities, each with a participation inside and a record; ten came late."""
    for number in range(things):
        thing, part = f"{ID}activity/{number}", f"{ID}participation/{number}"
        entry = record(SOURCE, thing)
        for subject, predicate, value in (
            (thing, RDF_TYPE, f"<{NS}Activity>"),
            (thing, NAME, f'"Activity {number}"@en'),
            (thing, NS + "participation", f"<{part}>"),
            (thing, PREFIXES["schema"] + "startDate", f'"{DAYS[number < 10]}"'),
            (part, NS + "headcount", f'"{number}"'),
            (entry, RDF_TYPE, f"<{NS}Record>"),
            (entry, NS + "about", f"<{thing}>"),
            (entry, NS + "about", f"<{part}>"),
        ):
            yield f"<{subject}> <{predicate}> {value} <{SOURCE}> .\n"


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> list[Whole]:
    """Graphs of ten, of some and of more things, each where it lies."""
    found = []
    for things in (10, 1200, 4800):
        folder = tmp_path_factory.mktemp("graph")
        build(folder, told(things))
        stored = Stored(folder)
        found.append(Whole(Statements.within(stored.written), stored.lines, stored.open()))
    return found


def of_a_thing(whole: Whole, _: Graph) -> list[str]:
    return list(subset(whole, whole.inside({f"{ID}activity/3"})))


def of_a_day(whole: Whole, _: Graph) -> int:
    return sum(1 for _ in subset(whole.of_those(Past(whole, "2018-01-01", BY).has), None))


def in_frames(whole: Whole, graph: Graph) -> dict[str, bytes]:
    return dict(frames.frames(whole, graph.workspace.context.source))


def of_schema_org(whole: Whole, graph: Graph) -> int:
    with Path(os.devnull).open("wb") as out:
        write_things(whole, words(graph.workspace.alignment("schema-org")), out)
    return 0


def counted(whole: Whole, _: Graph) -> int:
    return Facts(whole).objects


TAKEN: tuple[Callable[[Whole, Graph], object], ...] = (of_a_thing, of_a_day, in_frames, of_schema_org, counted)


@pytest.mark.parametrize("taken", TAKEN)
def test_memory_does_not_grow_with_the_graph(
    taken: Callable[[Whole, Graph], object], wholes: list[Whole], graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times as many things take what the files of some more runs take, even if nobody looks for circles."""
    for module in (where, frames, past):
        monkeypatch.setattr(module, "_ROOM", 100)
    for module in (dcat, statements):
        monkeypatch.setattr(module, "BLOCKS", 1000)
    peaks = []
    for whole in wholes:
        gc.collect()
        gc.disable()  # as the command line does
        tracemalloc.start()
        taken(whole.of_those(whole.has), graph)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        gc.enable()
    assert peaks[2] - peaks[1] < 250_000, peaks


def test_what_is_taken_is_what_is_there(wholes: list[Whole], graph: Graph) -> None:
    """The part of a thing has what stands inside of it and its record; that of a day lacks those that came late."""
    whole = wholes[1]
    about = [line.partition(" ")[0] for line in of_a_thing(whole, graph)]
    assert {*about} == {f"<{ID}{each}>" for each in ("activity/3", "participation/3", "record/other--activity-3")}
    assert len(about) == 8
    assert of_a_day(whole, graph) == 8 * 1190
    assert counted(whole, graph) == 2 + 1200 + 1200 + 1200 + 2 + 1200
    assert json.loads(in_frames(whole, graph)["Activity.jsonld"])["participation"]["@embed"] == "@always"
