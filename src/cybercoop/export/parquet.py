"""The tables of the CSV export as Parquet, written by DuckDB (https://duckdb.org/docs/stable/data/parquet/overview)."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.documents import Table
from cybercoop.documents.csv import SEPARATOR, lines
from cybercoop.export.csvw import Column
from cybercoop.export.tables import tables_of, zipped
from cybercoop.terms.labels import Order, alike
from cybercoop.terms.names import XSD

_WHOLE = re.compile(r"-?[0-9]{1,18}")


def write_parquet(
    quads: Sequence[ox.Quad], context: Mapping[str, object], out: BinaryIO, *, order: Order = alike
) -> int:
    """Write a zip of all tables, one file a class; cells are as they are, without the apostrophes of spreadsheets.

    A column whose values are all whole numbers, one a thing, is BIGINT; every other is text, as dates keep the
    precision of their source. The same DuckDB gives the same bytes. Raises `ModuleNotFoundError` without DuckDB.
    """
    import duckdb

    tables = tables_of(quads, context, order)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        database.execute("SET threads = 1")
        contents = []
        for table in tables:
            source, target = Path(folder) / "table.csv", Path(folder) / "table.parquet"
            source.write_text(lines([table.headings, *table.rows]), encoding="utf-8", newline="")
            database.execute(f"COPY ({_selected(table, source)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
            contents.append((f"{table.name}.parquet", target.read_bytes()))
    out.write(zipped(contents))
    return len(tables[-1].rows)


def _selected(table: Table, source: Path) -> str:
    """Return the query that reads a table back from its CSV, with the types of its columns; no cell is a null value."""
    columns = ", ".join(
        f'CAST("{heading}" AS BIGINT) AS "{heading}"' if _is_whole(table, place) else f'"{heading}"'
        for place, heading in enumerate(table.headings)
    )
    read = "header = true, all_varchar = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"
    named = ", ".join(f"'{heading}': 'VARCHAR'" for heading in table.headings)
    longest = "max_line_size = 64000000, parallel = false, null_padding = false"
    return f"SELECT {columns} FROM read_csv('{source}', {read}, columns = {{{named}}}, {longest})"  # noqa: S608


def _is_whole(table: Table, place: int) -> bool:
    heading = table.headings[place]
    cells = [row[place] for row in table.rows if row[place]]
    return (
        isinstance(heading, Column)
        and heading.datatype == XSD + "integer"
        and all(_WHOLE.fullmatch(cell) for cell in cells)
        and not any(SEPARATOR in cell for cell in cells)
    )
