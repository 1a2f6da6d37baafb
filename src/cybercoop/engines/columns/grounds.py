"""What facts are derived from, while a lake is built: some of its statements, to be asked and added to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyoxigraph as ox

from cybercoop.engines.columns import tasks
from cybercoop.engines.columns.cluster import answering
from cybercoop.engines.columns.lake import TABLES, Building, hashed
from cybercoop.engines.remote.protocol import Rows


class Grounds:
    """The statements of an edition being made that have some properties, and what is added to it from here."""

    def __init__(self, building: Building, read: Collection[str]) -> None:
        self._building, self._read = building, {f"<{word}" for word in read}
        self._lake, self._added, self._unseen = building.part(read), dict[ox.Quad, None](), list[ox.Quad]()
        self._server = answering(building.spark, self._lake)

    def rows(self, text: str) -> Rows:
        """Return the rows of a query, or the triples of a CONSTRUCT."""
        if self._unseen:
            self._show()
        return self._server.results(text)

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add statements of graphs of their own to what is asked here from now on."""
        new = [quad for quad in dict.fromkeys(quads) if quad not in self._added]
        self._added |= dict.fromkeys(new)
        self._unseen += (quad for quad in new if f"<{quad.predicate.value}" in self._read)

    def finish(self) -> None:
        """Add to the edition what was added here."""
        self._building.add(self._added)

    def _show(self) -> None:
        """Let what was added be asked."""
        import pyarrow

        session, folder, salt = self._building.spark.session, self._lake.folder, self._lake.salt
        more = pyarrow.Table.from_batches(list(tasks.rows(self._unseen)))
        self._unseen.clear()
        session.createDataFrame(more, tasks.READ).createOrReplaceTempView("more")
        s, p, o, g = (f"{hashed(salt, name)} AS {name}" for name in "spog")
        union = " UNION ".join(f"SELECT {name} AS text FROM more" for name in "spog")  # noqa: S608
        for name, sql in {
            "terms": f"SELECT {hashed(salt, 'text')} AS id, text FROM ({union})",  # noqa: S608
            "quads": f"SELECT {s}, {p}, {o}, {g} FROM more",  # noqa: S608
            "triples": f"SELECT DISTINCT {s}, {p}, {o} FROM more",  # noqa: S608
        }.items():
            keys = [part.split()[0] for part in TABLES[name].split(", ")]
            held = session.read.schema(TABLES[name]).parquet(f"{folder}/{name}")
            made = session.sql(sql).join(held, keys, "left_anti")
            made.write.mode("append").parquet(f"{folder}/{name}")
        self._server = answering(self._building.spark, self._lake)
