"""What the workers of a cluster do in Python while a lake is built: files into statements, statements into others.

A row of what they give is a statement, its terms as texts (`coding`), or what could not be taken: `why` it was left
out, the values of that as JSON, what is `shown` of it, and how many `times`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.engines.columns.coding import decoded, kept

if TYPE_CHECKING:
    import pyarrow

READ = "s STRING, p STRING, o STRING, g STRING, why STRING, given STRING, shown STRING, times BIGINT"
_BATCH = 50_000


Left = tuple[str, Mapping[str, object], str, int]
"""What is left out: the code of the reason, what it is filled with, some that it holds for, and how many."""
Reader = Callable[[bytes, str], Iterable[ox.Quad | Left]]
"""What makes statements of the bytes of a file and its name; it goes to the workers, so it can be pickled."""
NOT_READ = "rdf-syntax"
"""Why a line is left out that is no N-Quads."""


def of_lines(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """Yield the statements of lines of N-Quads (https://www.w3.org/TR/n-quads/)."""
    for batch in batches:
        lines = batch.column(0).to_pylist()
        try:
            found: list[ox.Quad | Left] = _parsed("\n".join(lines))
        except SyntaxError:
            found = [each for line in lines for each in _line(line)]
        yield from rows(found)


def _parsed(text: str) -> list[ox.Quad | Left]:
    return list(ox.parse(text, format=ox.RdfFormat.N_QUADS))


def _line(line: str) -> list[ox.Quad | Left]:
    try:
        return _parsed(line)
    except SyntaxError as error:
        return [(NOT_READ, {"value": str(error.msg)}, line[:200], 1)]


def of_files(read: Reader) -> Callable[[Iterable[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]:
    """Return what yields the statements of whole files, of which each row has the path and the content."""

    def made(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            for path, content in zip(batch.column(0), batch.column(1), strict=True):
                yield from rows(read(content.as_py(), path.as_py().rpartition("/")[2]))

    return made


def of_statements(
    make: Callable[[list[ox.Quad]], Iterable[ox.Quad]],
) -> Callable[[Iterable[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]:
    """Return what yields the statements that are made of those of a part, all of which it holds in memory."""

    def made(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        terms = (map(_terms, *(column.to_pylist() for column in batch.columns)) for batch in batches)
        yield from rows(make([ox.Quad(*each) for some in terms for each in some]))

    return made


def _terms(s: str, p: str, o: str, g: str) -> tuple[ox.NamedNode, ...]:
    return tuple(map(decoded, (s, p, o, g)))  # type: ignore[arg-type]


def rows(found: Iterable[ox.Quad | Left]) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows of statements and of what is left out, in tables of Arrow."""
    some: list[tuple[str | int | None, ...]] = []
    for each in found:
        some.append(_row(each))
        if len(some) == _BATCH:
            yield _batch(some)
            some = []
    if some:
        yield _batch(some)


def _row(each: ox.Quad | Left) -> tuple[str | int | None, ...]:
    if not isinstance(each, ox.Quad):
        why, given, shown, times = each
        return (None, None, None, None, why, json.dumps(given), shown, times)
    try:
        graph = None if isinstance(each.graph_name, ox.DefaultGraph) else kept(each.graph_name)
        return (kept(each.subject), kept(each.predicate), kept(each.object), graph, None, None, None, None)
    except ValueError as error:
        return _row((NOT_READ, {"value": str(error)}, str(each)[:200], 1))


def _batch(some: list[tuple[str | int | None, ...]]) -> pyarrow.RecordBatch:
    import pyarrow

    names = [part.split()[0] for part in READ.split(", ")]
    text = pyarrow.string()
    columns = list(zip(*some, strict=True))
    return pyarrow.record_batch(
        [pyarrow.array(c, pyarrow.int64() if i == len(names) - 1 else text) for i, c in enumerate(columns)], names=names
    )
