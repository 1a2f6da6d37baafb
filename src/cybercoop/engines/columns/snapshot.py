"""A snapshot of the store in columns: a dictionary of terms, triples and quads by its numbers, in a file beside it."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.engines.columns.coding import coded
from cybercoop.engines.store import Snapshot, Stored, file_of, snapshot
from cybercoop.problems.problem import Where, refuse
from cybercoop.problems.progress import watched
from cybercoop.terms.names import RDF

if TYPE_CHECKING:
    import duckdb

_MEMORY = 2 << 30
_APART = "\x01\x02\x03\x04"
"""Stands in no statement, so that a line is one cell; one in which it stood would be refused."""
_TABLES = r"""
CREATE TEMP TABLE said AS SELECT x.s AS s, '<' || x.p || '>' AS p, x.o AS o, nullif(x.g, '') AS g FROM (
  SELECT regexp_extract(line, '^(\S+) <([^>]*)> (.+?)(?: (<[^<> ]*>|_:\S+))? \.$', ['s', 'p', 'o', 'g']) AS x
  FROM read_csv($file, header = false, columns = {'line': 'VARCHAR'}, delim = $apart, quote = '', escape = '',
    auto_detect = false, max_line_size = 67108864, buffer_size = 134217728));
CREATE TEMP TABLE known AS SELECT raw, text, row_number() OVER (ORDER BY text) AS id FROM (
  SELECT raw, CASE WHEN contains(raw, chr(92)) THEN unescaped(raw)
    WHEN starts_with(raw, '<') THEN '<' || substr(raw, 2, length(raw) - 2)
    WHEN starts_with(raw, '_') THEN '_' || substr(raw, 3)
    ELSE list_transform([regexp_extract(raw, '(?s)^"(.*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?$', ['v', 'l', 't'])],
      lambda x: CASE WHEN x.l <> '' THEN '@' || x.l WHEN x.t <> '' THEN '^' || x.t ELSE '' END || '"' || x.v)[1]
    END AS text
  FROM (SELECT s AS raw FROM said UNION SELECT p FROM said UNION SELECT o FROM said
    UNION SELECT g FROM said WHERE g IS NOT NULL));
CREATE TABLE terms AS SELECT id::INTEGER AS id, text FROM known ORDER BY id;
CREATE TABLE triples AS SELECT ks.id::INTEGER AS s, kp.id::INTEGER AS p, ko.id::INTEGER AS o FROM said
  JOIN known ks ON ks.raw = said.s JOIN known kp ON kp.raw = said.p JOIN known ko ON ko.raw = said.o
  WHERE g IS NULL ORDER BY p, s, o;
CREATE TABLE quads AS SELECT ks.id::INTEGER AS s, kp.id::INTEGER AS p, ko.id::INTEGER AS o, kg.id::INTEGER AS g
  FROM said
  JOIN known ks ON ks.raw = said.s JOIN known kp ON kp.raw = said.p JOIN known ko ON ko.raw = said.o
  JOIN known kg ON kg.raw = said.g ORDER BY p, s, o, g
"""


def there(stored: Stored) -> Snapshot:
    """Return the snapshot of a store; raises `Refusal` where there is none, or nothing that reads it."""
    connect()
    found = snapshot(stored)
    if found is None:
        raise refuse("lake-missing")
    return found


def build(stored: Stored, memory: int = _MEMORY) -> Snapshot:
    """Write the snapshot of a store and give it its name when it is whole.

    Raises `Refusal` where DuckDB is not installed, or the folder cannot be written.
    """
    connect()
    with tempfile.TemporaryDirectory(prefix="building-", dir=stored.folder) as aside:
        try:
            return _build(stored, Path(aside), memory)
        except OSError as error:
            place = str(stored.folder)
            raise refuse("cannot-write", Where(place), value=place, reason=error.strerror or str(error)) from None


def _build(stored: Stored, aside: Path, memory: int) -> Snapshot:
    lines, file = aside / "lines.nq", aside / file_of(stored).name
    with lines.open("wb") as out:
        stored.open().dump(out, ox.RdfFormat.N_QUADS)
    lake = connect()(str(file), config={"memory_limit": f"{memory >> 20}MiB", "temp_directory": str(aside / "spill")})
    with contextlib.closing(lake):
        lake.create_function("unescaped", _unescaped)
        fill(lake, lines)
        classes = (
            "SELECT 'a ' || substr(text, 2), count(*) FROM triples JOIN terms ON id = o WHERE p = $type GROUP BY text"
        )
        kind = ids(lake, [f"<{RDF}type"]).get(f"<{RDF}type")
        uses = dict(
            lake.execute("SELECT substr(text, 2), count(*) FROM triples JOIN terms ON id = p GROUP BY text").fetchall()
        )
        uses[""] = sum(uses.values())
        uses |= dict(lake.execute(classes, {"type": kind}).fetchall())
    final = file_of(stored)
    facts = aside / "facts.json"
    facts.write_text(json.dumps(uses), "utf-8")
    os.replace(facts, final.with_suffix(".json"))  # noqa: PTH105
    os.replace(file, final)  # noqa: PTH105
    return Snapshot(final)


def fill(lake: duckdb.DuckDBPyConnection, lines: Path) -> None:
    """Make the tables of a file of N-Quads that a store has written."""
    first, *others = _TABLES.split(";\n")
    lake.execute(first, {"file": str(lines), "apart": _APART})
    for statement in watched("progress-build", others, lambda: len(others)):
        lake.execute(statement)


def _unescaped(raw: str) -> str:
    (quad,) = ox.parse(f"<x:> <x:> {raw} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    return coded(quad.object)


def connect() -> Callable[..., duckdb.DuckDBPyConnection]:
    """Return what opens a database; raises `Refusal` where DuckDB or sqlglot is not installed."""
    try:
        import duckdb
        import sqlglot  # noqa: F401
    except ImportError:
        raise refuse("extra-missing", value="lake") from None
    return duckdb.connect


def opened(file: Path, memory: int, spill: Path | None, threads: int = 0) -> duckdb.DuckDBPyConnection:
    """Return a connection that reads a snapshot and nothing else: no other file, no network, no setting changed."""
    config = {"memory_limit": f"{max(memory >> 20, 64)}MiB", **({"threads": str(threads)} if threads else {})}
    lake = connect()(":memory:", config=config)
    lake.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS lake (READ_ONLY)")
    lake.execute("USE lake")
    if spill is not None:
        lake.execute("SET temp_directory = $place", {"place": str(spill)})
        lake.execute("SET max_temp_directory_size = '16GiB'")
    else:
        lake.execute("SET temp_directory = ''")
    for setting in (
        "enable_external_access = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "lock_configuration = true",
    ):
        lake.execute(f"SET {setting}")
    return lake


def ids(lake: duckdb.DuckDBPyConnection, texts: Iterable[str]) -> dict[str, int]:
    """Return the numbers of coded terms that a snapshot holds."""
    asked = "SELECT text, id FROM terms WHERE text IN (SELECT unnest($texts))"
    return dict(lake.execute(asked, {"texts": list(texts)}).fetchall())
