"""CSV: a table for each class and one for all claims, for a zip or a folder, safe to open in a spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyoxigraph as ox

from cybercoop.documents.csv import BOM, quoted, safe
from cybercoop.export import LICENCE, csvw, sections, statements
from cybercoop.export.csvw import Column
from cybercoop.export.headings import FIRST, LAST, Use, columns, surveyed, tables_of
from cybercoop.export.rows import Form, Rows
from cybercoop.export.statements import Statements
from cybercoop.export.told import Told
from cybercoop.export.zips import pack
from cybercoop.terms.context import Context
from cybercoop.terms.labels import Order, alike, of_quads
from cybercoop.terms.names import RDF_TYPE, source_of_parts
from cybercoop.terms.sorting import in_order

_README = Path(__file__).with_name("tables-readme.txt")
_WAITING = 1 << 20
"""How many characters of rows wait in memory for the tables that they stand in."""
HEADER = (
    *("thing", "thing_name", "property", "value", "value_name", "language", "datatype"),
    *("source", "source_name", "section", "notice"),
)
_CLAIMS = ""
"""What stands for the table of claims, as no class is called so."""


PLAIN = Form(quoted, "\n")
"""CSV as readers of tables take it."""


class Laid(NamedTuple):
    """A table that lies in a file; `length` is how many rows it has."""

    name: str
    headings: Sequence[str]
    path: Path
    length: int


def write_csv(
    said: Statements,
    context: Mapping[str, object],
    out: BinaryIO,
    *,
    order: Order = alike,
    excel: bool = False,
    words: Sequence[ox.Quad] = (),
) -> int:
    """Write a zip of all tables, what their columns mean by what is said of `words`, and a README.

    Nothing is compressed, as libraries compress to different bytes.
    """
    mark = BOM if excel else ""
    with tempfile.TemporaryDirectory() as folder, closing(Told(said, order)) as told:
        tables = laid(said, told, context, Path(folder), SHEETS, mark)
        meant = {column.predicate for table in tables for column in table.headings if isinstance(column, Column)}
        labels = of_quads([*(quad for iri in meant for quad in told.values(iri)), *words], order)
        described = csvw.metadata({table.name: table.headings for table in tables}, labels, LICENCE)
        readme = mark + _README.read_text(encoding="utf-8").replace("\n", "\r\n")
        besides = (("README.txt", readme.encode()), (csvw.NAME, described))
        pack([*((f"{table.name}.csv", table.path) for table in tables), *besides], out)
    return tables[-1].length


def _safe(cell: str) -> str:
    return quoted(safe(cell))


SHEETS = Form(_safe, "\r\n")
"""CSV as spreadsheets take it, which run nothing of it."""


def laid(
    said: Statements, told: Told, context: Mapping[str, object], folder: Path, form: Form = PLAIN, mark: str = ""
) -> list[Laid]:
    """Lay down the tables of all classes, A to Z, and behind them that of all claims; return them.

    Rows are written by `form`; each file begins with the mark. A thing has a row in the table of each of its classes.
    """
    words = {term.iri: term.name for term in Context.of(context).terms.values()}
    uses: dict[str, dict[str, Use]] = {}
    lines = in_order(surveyed(said, told, uses), statements.BLOCKS, folder)
    ahead = [*islice(lines, 1)]  # all things are surveyed before the first is given
    tables = {name: columns(uses[name], words) for name in sorted(uses)}
    headings = {name: [*FIRST, *own, *LAST] for name, own in tables.items()} | {_CLAIMS: HEADER}
    files = _Files({name: folder / f"table-{number}" for number, name in enumerate(headings)})
    for name, heading in headings.items():
        files.paths[name].write_text(mark + form.row(heading), "utf-8", newline="")
    written = Rows(told, form, tables, words | {RDF_TYPE: "type"})
    for thing, rows, notes in said.noted(chain(ahead, lines)):
        about = written.about(thing, rows)
        for name in tables_of(rows):
            files.add(name, written.of_class(name, about), 1)
        if source_of_parts(thing) is None:
            files.add(_CLAIMS, *written.of_claims(about, sections.found(notes)))
    files.put()
    return [Laid(name or "claims", own, files.paths[name], files.lengths[name]) for name, own in headings.items()]


class _Files:
    """Tables that rows are added to, by their names; few rows wait in memory."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = paths
        self.lengths = dict.fromkeys(paths, 0)
        self._waiting: dict[str, list[str]] = {}
        self._held = 0

    def add(self, name: str, rows: str, length: int) -> None:
        """Add rows to a table, and how many they are."""
        self._waiting.setdefault(name, []).append(rows)
        self.lengths[name] += length
        self._held += len(rows)
        if self._held > _WAITING:
            self.put()

    def put(self) -> None:
        """Write what waits."""
        for name, rows in self._waiting.items():
            with self.paths[name].open("ab") as out:
                out.write(b"".join(map(str.encode, rows)))
        self._waiting, self._held = {}, 0
