"""The whole graph is read from a file, thing by thing: the same bytes as from values, in memory that does not grow."""

from __future__ import annotations

import gc
import io
import random
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyoxigraph as ox
import pytest

from cybercoop.export import FORMATS, export, headings, statements, told
from cybercoop.export.facts import ExportError
from cybercoop.export.statements import Statements
from cybercoop.graph import Graph
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import EDITORS, ID, NS
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH

STREAMED = [*FORMATS]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few things are sorted at once, a few lines wait: what large graphs meet."""
    monkeypatch.setattr(statements, "BLOCKS", 7)
    monkeypatch.setattr(statements, "_SPOOLED", 300)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", STREAMED)
def test_a_file_gives_the_bytes_that_values_give(name: str, small: Any, tmp_path: Path) -> None:
    """Runs that are merged and parts of a source that are put together change no byte."""
    file = tmp_path / "written.nq"
    file.write_text("".join(sorted({f"{quad} .\n" for quad in small.quads})), "utf-8")
    out = io.BytesIO()
    count = export(name, Statements.within(file), small.context, out)
    assert out.getvalue() == small.export(name)
    form = FORMATS[name]
    assert count == len(Statements.of(small.quads).opened().readlines()) or form.is_union or form.shows_names


@pytest.mark.parametrize("vocabulary", [True, False])
@pytest.mark.parametrize("name", STREAMED)
def test_the_whole_is_what_its_statements_are(name: str, vocabulary: bool, graph: Graph) -> None:
    """From the file beside the store and from the statements as values come the same bytes, and the same number."""
    quads = graph.quads(vocabulary=vocabulary)
    random.Random(3).shuffle(quads)
    words = [] if vocabulary else [quad for quad in graph.workspace.vocabulary() if quad.predicate.value == NAME]
    out = io.BytesIO()
    count = export(name, quads, graph.workspace.context.source, out, graph.workspace.name_order(quads), words=words)
    made = graph.export(name, vocabulary=vocabulary)
    assert (made, made.statements) == (out.getvalue(), count)


def test_a_graph_is_left_out(graph: Graph) -> None:
    """Without the vocabulary nothing is left of what its graph says, as values neither."""
    left = Statements.within(graph.workspace.stored.written, ONTOLOGY_GRAPH)
    assert ox.NamedNode(ONTOLOGY_GRAPH) not in {quad.graph_name for quad in left.quads()}
    assert len(list(left.quads())) == sum(len(rows) for _, rows, *_ in left.located()) > 0


@pytest.mark.parametrize(
    "line",
    [
        *("_:b <urn:p> <urn:o> <urn:g> .", "<urn:s> <urn:p> _:b <urn:g> .", '<urn:s> <urn:p> "x"@ar--rtl <urn:g> .'),
        *("<urn:s> <urn:p> <urn:o> .", "<urn:s> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> <urn:g> ."),
    ],
)
@pytest.mark.parametrize("name", STREAMED)
def test_a_file_with_what_no_published_graph_holds_is_refused(name: str, line: str, tmp_path: Path) -> None:
    """What is refused of values is refused of lines."""
    file = tmp_path / "written.nq"
    file.write_text(f"{line}\n", "utf-8")
    with pytest.raises(ExportError):
        export(name, Statements.within(file), {}, io.BytesIO())


class Sink:
    """What counts bytes and keeps none."""

    written = 0

    def write(self, data: bytes) -> int:
        self.written += len(data)
        return len(data)

    def writelines(self, parts: Any) -> None:
        for part in parts:
            self.write(part)


@pytest.mark.parametrize("name", STREAMED)
def test_memory_does_not_grow_with_the_graph(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of further things take what the files of some more runs take."""
    monkeypatch.setattr(statements, "BLOCKS", 1000)
    monkeypatch.setattr(statements, "_SPOOLED", 40_000)
    context = {"coop": NS, "heldIn": {"@id": "coop:heldIn", "@type": "@id"}}
    peaks = []
    monkeypatch.setattr(told, "_ROOM", 1000)
    few = 8000 if FORMATS[name].shows_names else 1200  # of more than are kept by a short name: some were let go
    for things in (10, few, few, few + 5000):  # the first loads what later runs have
        file = tmp_path / f"{things}.nq"
        said = [f"<{NS}heldIn> <{ID}place/rabat>", f'<{NS}section> "a b"', f'<{NS}section> "1"']
        sources = (EDITORS, f"{ID}source/other")
        subjects = (f"<{ID}activity/{number}>" for number in range(things))
        lines = sorted(f"{each} {what} <{source}> .\n" for each in subjects for what in said for source in sources)
        file.write_text("".join(lines), "utf-8")
        del lines
        headings.short.cache_clear()  # when its table is laid out anew does not hang on what was kept before
        gc.collect()
        tracemalloc.start()
        sink = Sink()
        export(name, Statements.within(file), context, cast(BinaryIO, sink))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sink.written > 100 * things
    assert peaks[3] - max(peaks[1:3]) < 250_000, peaks
