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
_LINES = """(SELECT line FROM read_csv('{file}', header = false, columns = {{'line': 'VARCHAR'}}, delim = '{apart}',
  quote = '', escape = '', auto_detect = false, max_line_size = 67108864, buffer_size = 67108864))"""
_WRITTEN = """
CREATE TEMP VIEW said AS SELECT s, p, g, substr(line, a + b + 3, length(line) - a - b - length(g) - 5) AS o FROM (
  SELECT *, length(s) AS a, length(p) AS b FROM (
    SELECT line, split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p, split_part(line, ' ', -2) AS g
    FROM {lines}))
"""
"""The statements of lines that all name a graph, their terms as they stand there."""
_DUMPED = r"""
CREATE TEMP VIEW said AS SELECT x.s AS s, x.p AS p, x.o AS o, nullif(x.g, '') AS g FROM (
  SELECT regexp_extract(line, '^(\S+) (<[^>]*>) (.+?)(?: (<[^<> ]*>|_:\S+))? \.$', ['s', 'p', 'o', 'g']) AS x
  FROM {lines})
"""
"""The statements of lines some of which name no graph."""
_BROKEN = """
SELECT 1 FROM said WHERE NOT (o[1] IN ('<', '"') AND s[1] = '<' AND s[-1] = '>' AND p[1] = '<' AND p[-1] = '>'
  AND g[1] = '<' AND g[-1] = '>') LIMIT 1
"""
_FOUND = """
CREATE TEMP TABLE found AS SELECT raw, bit_or(place) AS places FROM (
  SELECT unnest([s, p, o, g]) AS raw, unnest([1, 2, 4, 8]) AS place FROM said) WHERE raw IS NOT NULL GROUP BY raw
"""
_ODD = r"""
SELECT raw FROM found WHERE contains(raw, chr(92))
  OR (starts_with(raw, '"') AND regexp_matches(raw, '"(\^\^<[^>]*>|@.*[A-Z].*)$'))
"""
"""Which terms the store may have written otherwise."""
_TABLES = r"""
CREATE TEMP TABLE known AS SELECT found.raw, places, coalesce(text, CASE
    WHEN starts_with(raw, '<') THEN '<' || substr(raw, 2, length(raw) - 2)
    WHEN starts_with(raw, '_') THEN '_' || substr(raw, 3)
    WHEN ends_with(raw, '"') THEN '"' || substr(raw, 2, length(raw) - 2)
    ELSE list_transform([regexp_extract(raw, '(?s)^"(.*)"@([A-Za-z0-9-]+)$', ['v', 'l'])],
      lambda x: '@' || x.l || '"' || x.v)[1] END) AS text
  FROM found LEFT JOIN odd USING (raw);
CREATE TABLE terms AS SELECT row_number() OVER (ORDER BY text)::INTEGER AS id, text
  FROM (SELECT DISTINCT text FROM known) ORDER BY id;
CREATE TEMP TABLE numbered AS SELECT raw, places, id FROM known JOIN terms USING (text);
DROP TABLE known;
CREATE TABLE quads AS SELECT DISTINCT s.id AS s, p.id AS p, o.id AS o, g.id AS g FROM said
  JOIN (SELECT raw, id FROM numbered WHERE places & 1 > 0) s ON s.raw = said.s
  JOIN (SELECT raw, id FROM numbered WHERE places & 2 > 0) p ON p.raw = said.p
  JOIN (SELECT raw, id FROM numbered WHERE places & 4 > 0) o ON o.raw = said.o
  JOIN (SELECT raw, id FROM numbered WHERE places & 8 > 0) g ON g.raw = said.g ORDER BY p, s, o, g
"""
_UNION = "SELECT DISTINCT s, p, o FROM quads ORDER BY p, s, o"
_DEFAULT = """SELECT s.id AS s, p.id AS p, o.id AS o FROM said
  JOIN numbered s ON s.raw = said.s JOIN numbered p ON p.raw = said.p JOIN numbered o ON o.raw = said.o
  WHERE g IS NULL ORDER BY p, s, o"""
_AT_ONCE = 50_000


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
    file = aside / file_of(stored).name
    lake = connect()(str(file), config={"memory_limit": f"{memory >> 20}MiB", "temp_directory": str(aside / "spill")})
    with contextlib.closing(lake):
        if stored.written.is_file() and _are_whole(lake, stored.written):
            _fill(lake, _UNION)
        else:
            lines = aside / "lines.nq"
            with lines.open("wb") as out:
                stored.open().dump(out, ox.RdfFormat.N_QUADS)
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


def _are_whole(lake: duckdb.DuckDBPyConnection, lines: Path) -> bool:
    """Show the statements of lines; return whether each names a graph and no blank node, which a store calls anew."""
    _show(lake, _WRITTEN, lines)
    return lake.execute(_BROKEN).fetchone() is None


def _show(lake: duckdb.DuckDBPyConnection, statement: str, lines: Path) -> None:
    lake.execute("DROP VIEW IF EXISTS said")
    lake.execute(statement.format(lines=_LINES.format(file=str(lines).replace("'", "''"), apart=_APART)))


def fill(lake: duckdb.DuckDBPyConnection, lines: Path) -> None:
    """Make the tables of a file of N-Quads that a store has written, of all of its graphs."""
    _show(lake, _DUMPED, lines)
    _fill(lake, _DEFAULT)


def _fill(lake: duckdb.DuckDBPyConnection, triples: str) -> None:
    """Make the tables of the statements that are shown."""
    lake.execute(_FOUND)
    lake.execute("CREATE TEMP TABLE odd (raw VARCHAR, text VARCHAR)")
    odd = [raw for (raw,) in lake.execute(_ODD).fetchall()]
    for start in range(0, len(odd), _AT_ONCE):
        raws = odd[start : start + _AT_ONCE]
        lake.execute("INSERT INTO odd SELECT unnest($raws), unnest($texts)", {"raws": raws, "texts": _kept(raws)})
    statements = [*_TABLES.split(";\n"), f"CREATE TABLE triples AS {triples}"]
    for statement in watched("progress-build", statements, lambda: len(statements)):
        lake.execute(statement)


def _kept(raws: list[str]) -> list[str]:
    """Return the coded texts of some terms of N-Quads as a store keeps them, all at once."""
    store = ox.Store()
    lines = "".join(f"<x:{number}> <x:> {raw} .\n" for number, raw in enumerate(raws))
    store.bulk_load(input=lines.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    found = {quad.subject.value: coded(quad.object) for quad in store}
    return [found[f"x:{number}"] for number in range(len(raws))]


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
