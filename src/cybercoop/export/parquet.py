"""The tables of the CSV export as Parquet, written by DuckDB (https://duckdb.org/docs/stable/data/parquet/overview)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cybercoop.export.csvw import Column
from cybercoop.export.statements import Statements
from cybercoop.export.tables import Laid, laid
from cybercoop.export.told import Told
from cybercoop.export.zips import pack
from cybercoop.terms.labels import Order, alike
from cybercoop.terms.names import XSD

if TYPE_CHECKING:
    import duckdb

_WHOLE = "-?[0-9]{1,18}"


def write_parquet(said: Statements, context: Mapping[str, object], out: BinaryIO, *, order: Order = alike) -> int:
    """Write a zip of all tables, one file a class; cells are as they are, without the apostrophes of spreadsheets.

    A column whose values are all whole numbers, one a thing, is BIGINT; every other is text, as dates keep the
    precision of their source. The same DuckDB gives the same bytes. Raises `ModuleNotFoundError` without DuckDB.
    """
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        database.execute("SET threads = 1")
        with closing(Told(said, order)) as told:
            tables = laid(said, told, context, Path(folder))
        contents = []
        for table in tables:
            target = table.path.with_suffix(".parquet")
            database.execute(f"COPY ({_selected(table, database)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
            contents.append((f"{table.name}.parquet", target))
        pack(contents, out)
    return tables[-1].length


def _selected(table: Laid, database: duckdb.DuckDBPyConnection) -> str:
    """Return the query that reads a table back from its CSV, with the types of its columns; no cell is a null value."""
    read = "header = true, all_varchar = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"
    named = ", ".join(f"'{heading}': 'VARCHAR'" for heading in table.headings)
    longest = "max_line_size = 64000000, parallel = false, null_padding = false"
    rows = f"read_csv('{table.path}', {read}, columns = {{{named}}}, {longest})"
    whole = set(_whole(table, rows, database))
    columns = ", ".join(
        f'CAST("{heading}" AS BIGINT) AS "{heading}"' if heading in whole else f'"{heading}"'
        for heading in table.headings
    )
    return f"SELECT {columns} FROM {rows}"  # noqa: S608


def _whole(table: Laid, rows: str, database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the columns that have nothing but whole numbers."""
    for heading in table.headings:
        if isinstance(heading, Column) and heading.datatype == XSD + "integer":
            others = f"""\"{heading}\" <> '' AND NOT regexp_full_match(\"{heading}\", '{_WHOLE}')"""
            if not database.sql(f"SELECT 1 FROM {rows} WHERE {others} LIMIT 1").fetchall():  # noqa: S608
                yield heading
