"""A lake: the three tables of the translator in Parquet, on storage that a cluster shares.

`LAKE/<edition>/{terms,quads,triples}` never changes. A row in `LAKE/editions`, written when all of it is there, makes
it the edition that is asked; who asks an older one at that moment reads it to the end.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.engines.columns.coding import coded
from cybercoop.engines.columns.spark import Spark
from cybercoop.engines.store import Stored
from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.limits import DEFAULT

LAYOUT = 1
SETTING = "spark.cybercoop.lake"
"""The setting of the server that says where its lake lies."""
_BATCH = 50_000
_ALLOWED = DEFAULT._replace(seconds=24 * 3600)
_PART = 2_000_000
"""How many statements one file has, about."""
TABLES = {
    "terms": "id BIGINT, text STRING",
    "quads": "s BIGINT, p BIGINT, o BIGINT, g BIGINT",
    "triples": "s BIGINT, p BIGINT, o BIGINT",
}
_EDITIONS = "layout INT, folder STRING, digest STRING, salt BIGINT, statements BIGINT, made STRING"
_SAID = "s STRING, p STRING, o STRING, g STRING"


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
    """Let the session call the tables of an edition by their names."""
    for name, schema in TABLES.items():
        spark.session.read.schema(schema).parquet(f"{lake.folder}/{name}").createOrReplaceTempView(name)


def ids(spark: Spark, lake: Lake, texts: Iterable[str]) -> dict[str, int]:
    """Return the numbers of coded terms that a lake holds."""
    given = dict(enumerate(texts))
    if not given:
        return {}
    hashes = ", ".join(_hash(lake.salt, f":t{number}") for number in given)
    found = spark.table(
        f"SELECT text, id FROM terms WHERE id IN ({hashes})",  # noqa: S608
        {f"t{number}": text for number, text in given.items()},
    )
    known = dict(zip(*(found[name].to_pylist() for name in ("text", "id")), strict=True))
    return {text: known[text] for text in given.values() if text in known}


def _hash(salt: int, text: str) -> str:
    """Return the SQL of the number of a term: 63 bits, so that what a query adds can be counted down from -1."""
    return f"(xxhash64(CAST({salt} AS BIGINT), {text}) & 9223372036854775807)"


def build(url: str, stored: Stored) -> Lake:
    """Send the statements of a store to a cluster, which makes an edition of them.

    Raises `Refusal` where it cannot be reached, or breaks off: the edition before is then asked as ever.
    """
    spark = Spark(url)
    with spark.held(_ALLOWED, "lake"):
        folder = f"{place(spark)}/{uuid.uuid4().hex[:12]}"
        for batch in _batches(stored.open()):
            spark.session.createDataFrame(batch, _SAID).write.mode("append").parquet(f"{folder}/said")
        return _finished(spark, folder, stored.folder.name.partition("-")[0])


def _finished(spark: Spark, folder: str, digest: str) -> Lake:
    """Make the tables of what is said in a folder, look at them, and let them be the edition that is asked."""
    session = spark.session
    said = session.read.schema(_SAID).parquet(f"{folder}/said")
    said.createOrReplaceTempView("said")
    parts = said.count() // _PART + 1
    for salt in range(42, 50):
        union = " UNION ".join(f"SELECT {name} AS text FROM said" for name in "spo")  # noqa: S608
        terms = session.sql(
            f"SELECT {_hash(salt, 'text')} AS id, text FROM"  # noqa: S608
            f" ({union} UNION SELECT g FROM said WHERE g IS NOT NULL)"
        )
        _written(terms, f"{folder}/terms", parts, "id")
        held = session.read.schema(TABLES["terms"]).parquet(f"{folder}/terms")
        held.createOrReplaceTempView("held")
        every, apart = session.sql("SELECT count(*), count(DISTINCT id) FROM held").first()
        if every == apart:
            break
    s, p, o, g = (f"{_hash(salt, name)} AS {name}" for name in "spog")
    quads = session.sql(f"SELECT DISTINCT {s}, {p}, {o}, {g} FROM said WHERE g IS NOT NULL")  # noqa: S608
    _written(quads, f"{folder}/quads", parts, "p", "s", "o")
    triples = session.sql(f"SELECT DISTINCT {s}, {p}, {o} FROM said")  # noqa: S608
    _written(triples, f"{folder}/triples", parts, "p", "s", "o")
    count = session.read.schema(TABLES["triples"]).parquet(f"{folder}/triples").count()
    root, _, name = folder.rpartition("/")
    made = datetime.now(UTC).isoformat()
    row = session.createDataFrame([(LAYOUT, name, digest, salt, count, made)], _EDITIONS)
    row.coalesce(1).write.mode("append").json(f"{root}/editions")
    return Lake(folder, digest, salt, count)


def _written(table: Any, folder: str, parts: int, *keys: str) -> None:
    """Write a table in files that each have a range of its keys, so that a question reads what it needs."""
    ranged = table.repartitionByRange(parts, *keys).sortWithinPartitions(*keys)
    ranged.write.mode("overwrite").option("parquet.block.size", 8 << 20).parquet(folder)


def _batches(store: ox.Store) -> Iterator[Any]:
    """Yield the statements of a store in tables of Arrow, texts of terms by their names."""
    import pyarrow

    rows: list[tuple[str, str, str, str | None]] = []
    for quad in store:
        graph = quad.graph_name
        where = None if isinstance(graph, ox.DefaultGraph) else coded(graph)
        rows.append((coded(quad.subject), coded(quad.predicate), coded(quad.object), where))
        if len(rows) == _BATCH:
            yield pyarrow.table(list(map(list, zip(*rows, strict=True))), names=list("spog"))
            rows = []
    if rows:
        yield pyarrow.table(list(map(list, zip(*rows, strict=True))), names=list("spog"))
