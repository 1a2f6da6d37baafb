"""A lake: the three tables of the translator in Parquet, on storage that a cluster shares.

`LAKE/<edition>/{terms,quads,triples}` never changes. A row in `LAKE/editions`, written when all of it is there, makes
it the edition that is asked; who asks an older one at that moment reads it to the end.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.engines.columns import tasks
from cybercoop.engines.columns.spark import Spark
from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.limits import DEFAULT

LAYOUT = 1
SETTING = "spark.cybercoop.lake"
"""The setting of the server that says where its lake lies."""
ALLOWED = DEFAULT._replace(seconds=24 * 3600, rows=100_000_000)
"""What a build may take."""
_PART = 2_000_000
"""How many statements one file has, about."""
TABLES = {
    "terms": "id BIGINT, text STRING",
    "quads": "s BIGINT, p BIGINT, o BIGINT, g BIGINT",
    "triples": "s BIGINT, p BIGINT, o BIGINT",
}
_EDITIONS = "layout INT, folder STRING, digest STRING, salt BIGINT, statements BIGINT, made STRING"
_FILES = 16
"""How many whole files a worker holds at a time."""
_THINGS = 300_000
"""How many statements are derived from at a time."""
_SMALL = 200_000
"""Up to so many statements, what Spark prepares for large tables takes longer than to read them."""
_AT_ONCE = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
}
"""Settings that leave it out: parts are not planned anew on the way, nothing is compiled, tables are whole."""


class Lake(NamedTuple):
    """An edition: where it lies, the digest of what it was made from, and how many statements it has.

    A term's number is a hash of its text and of `salt`.
    """

    folder: str
    digest: str
    salt: int
    statements: int


def place(spark: Spark) -> str:
    """Return where the lake of a server lies. Raises `Refusal` where it is not said."""
    found = spark.setting(SETTING)
    if not found:
        raise refuse("lake-nowhere", Where(spark.shown), value=spark.shown, setting=SETTING)
    return found.rstrip("/")


def current(spark: Spark) -> Lake:
    """Return the newest edition of the lake of a server. Raises `Refusal` where there is none."""
    from pyspark.errors import AnalysisException

    root = place(spark)
    try:
        rows = spark.session.read.schema(_EDITIONS).json(f"{root}/editions").collect()
    except AnalysisException:
        rows = []
    found = [row for row in rows if row.layout == LAYOUT]
    if not found:
        raise refuse("lake-missing-there", Where(spark.shown), value=spark.shown, place=root)
    last = max(found, key=lambda row: (row.made, row.folder))
    return Lake(f"{root}/{last.folder}", last.digest, last.salt, last.statements)


def show(spark: Spark, lake: Lake) -> None:
    """Let the session call the tables of an edition by their names, with what suits its size.

    One that is small and whole is kept in the memory of the workers, once for all sessions.
    """
    is_small = 0 < lake.statements <= _SMALL
    for name, schema in TABLES.items():
        spark.session.read.schema(schema).parquet(f"{lake.folder}/{name}").createOrReplaceTempView(name)
        if is_small and lake.digest:
            spark.table(f"CACHE LAZY TABLE {name}")
    for name, value in _AT_ONCE.items() if is_small else ():
        spark.session.conf.set(name, value)


def ids(spark: Spark, lake: Lake, texts: Iterable[str]) -> dict[str, int]:
    """Return the numbers of coded terms that a lake holds."""
    given = dict(enumerate(texts))
    if not given:
        return {}
    hashes = ", ".join(hashed(lake.salt, f":t{number}") for number in given)
    found = spark.table(
        f"SELECT text, id FROM terms WHERE id IN ({hashes})",  # noqa: S608
        {f"t{number}": text for number, text in given.items()},
    )
    known = dict(zip(*(found[name].to_pylist() for name in ("text", "id")), strict=True))
    return {text: known[text] for text in given.values() if text in known}


def hashed(salt: int, text: str) -> str:
    """Return the SQL of the number of a term: 63 bits, so that what a query adds can be counted down from -1."""
    return f"(xxhash64(CAST({salt} AS BIGINT), {text}) & 9223372036854775807)"


class Building:
    """An edition that is being made: what is said comes first, then its tables are made of that.

    What goes wrong on the way leaves the edition before to be asked as ever.
    """

    def __init__(self, spark: Spark) -> None:
        self.spark = spark
        self.folder = f"{place(spark)}/{uuid.uuid4().hex[:12]}"

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Send statements to the cluster."""
        import pyarrow

        for batch in tasks.rows(quads):
            self._add(self.spark.session.createDataFrame(pyarrow.Table.from_batches([batch]), tasks.READ))

    def add_lines(self, paths: list[str], without: str = "") -> None:
        """Have the workers read files of N-Quads, `.gz` or not, or patterns of their names; all but one graph."""
        lines = self.spark.session.read.text(paths, lineSep="\n")
        if without:
            lines = lines.where(~lines.value.rlike(f"<{re.escape(without)}> *\\. *$"))
        self._add(lines.mapInArrow(tasks.of_lines, tasks.READ))

    def add_files(self, paths: list[str], read: tasks.Reader) -> None:
        """Have the workers read whole files, or those of a pattern."""
        session = self.spark.session
        for name, value in (
            ("spark.sql.execution.arrow.maxRecordsPerBatch", str(_FILES)),
            ("spark.sql.files.maxPartitionBytes", "8m"),
        ):
            session.conf.set(name, value)
        files = session.read.format("binaryFile").load(paths).select("path", "content")
        self._add(files.mapInArrow(tasks.of_files(read), tasks.READ))
        session.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
        session.conf.unset("spark.sql.files.maxPartitionBytes")

    def derive(self, read: Collection[str], make: Callable[[list[ox.Quad]], Iterable[ox.Quad]]) -> None:
        """Add what follows from the statements about each thing that have some properties."""
        said = self._said(read).where("g IS NOT NULL").select("s", "p", "o", "g")
        apart = said.repartition(said.count() // _THINGS + 1, "s")
        self._add(apart.mapInArrow(tasks.of_statements(make), tasks.READ))

    def left_out(self) -> list[tasks.Left]:
        """Return what was left out, each reason with the number that it holds for, most first."""
        import json

        self._read().createOrReplaceTempView("read")
        rows = self.spark.table(
            "SELECT why, given, min(shown), sum(times) FROM read WHERE why IS NOT NULL GROUP BY why, given"
            " ORDER BY sum(times) DESC, why, given"
        )
        columns = [column.to_pylist() for column in rows.columns]
        return [(w, json.loads(g), s, int(n)) for w, g, s, n in zip(*columns, strict=True)]

    def part(self, read: Collection[str]) -> Lake:
        """Return a lake of the statements that have some properties, which nobody else asks; it counts all of them."""
        folder = f"{self.folder}/grounds"
        return Lake(folder, "", self._tables(folder, self._said(read)), self._said().count())

    def finished(self, digest: str = "") -> Lake:
        """Make the tables, and let them be the edition that is asked; without a digest it has that of what it says."""
        salt = self._tables(self.folder, self._said())
        session = self.spark.session
        for name in ("quads", "triples"):
            session.read.schema(TABLES[name]).parquet(f"{self.folder}/{name}").createOrReplaceTempView(name)
        (count,) = session.sql("SELECT count(*) FROM triples").first()
        if not digest:
            (said,) = session.sql("SELECT lpad(hex(bit_xor(xxhash64(s, p, o, g))), 16, '0') FROM quads").first()
            digest = f"{said or ''}{count:x}".lower()
        root, _, name = self.folder.rpartition("/")
        made = datetime.now(UTC).isoformat()
        row = session.createDataFrame([(LAYOUT, name, digest, salt, count, made)], _EDITIONS)
        row.coalesce(1).write.mode("append").json(f"{root}/editions")
        return Lake(self.folder, digest, salt, count)

    def _read(self) -> Any:
        return self.spark.session.read.schema(tasks.READ).parquet(f"{self.folder}/said")

    def _said(self, read: Collection[str] | None = None) -> Any:
        """Return what is said, of all properties or of some."""
        found = self._read().where("s IS NOT NULL")
        return found if read is None else found.where(found.p.isin([f"<{word}" for word in sorted(read)]))

    def _add(self, rows: Any) -> None:
        rows.write.mode("append").parquet(f"{self.folder}/said")

    def _tables(self, folder: str, said: Any) -> int:
        """Write the tables of some statements, and return the salt of the numbers of their terms."""
        session = self.spark.session
        said.createOrReplaceTempView("said")
        parts = said.count() // _PART + 1
        for salt in range(42, 50):
            union = " UNION ".join(f"SELECT {name} AS text FROM said" for name in "spo")  # noqa: S608
            terms = session.sql(
                f"SELECT {hashed(salt, 'text')} AS id, text FROM"  # noqa: S608
                f" ({union} UNION SELECT g FROM said WHERE g IS NOT NULL)"
            )
            _written(terms, f"{folder}/terms", parts, "id")
            held = session.read.schema(TABLES["terms"]).parquet(f"{folder}/terms")
            held.createOrReplaceTempView("held")
            every, apart = session.sql("SELECT count(*), count(DISTINCT id) FROM held").first()
            if every == apart:
                break
        s, p, o, g = (f"{hashed(salt, name)} AS {name}" for name in "spog")
        quads = session.sql(f"SELECT DISTINCT {s}, {p}, {o}, {g} FROM said WHERE g IS NOT NULL")  # noqa: S608
        _written(quads, f"{folder}/quads", parts, "p", "s", "o")
        triples = session.sql(f"SELECT DISTINCT {s}, {p}, {o} FROM said")  # noqa: S608
        _written(triples, f"{folder}/triples", parts, "p", "s", "o")
        return salt


def _written(table: Any, folder: str, parts: int, *keys: str) -> None:
    """Write a table in files that each have a range of its keys, so that a question reads what it needs."""
    ranged = table.repartitionByRange(parts, *keys).sortWithinPartitions(*keys)
    ranged.write.mode("overwrite").option("parquet.block.size", 8 << 20).parquet(folder)
