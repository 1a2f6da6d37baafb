"""The engine of columns, which gives the same rows as the store, in the same order."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from cybercoop.engines.embedded import ordered
from cybercoop.engines.store import Stored
from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.limits import DEFAULT, Clock, Limits, Stream, Watch, limit_met, within_rows
from cybercoop.sparql.rewriting import without_order
from cybercoop.sparql.tokens import Malformed
from cybercoop.terms.term import Term


class Columns:
    """The engine that asks a snapshot. A query that is not translated is refused, with the name of what is not."""

    def __init__(self, stored: Stored, limits: Limits = DEFAULT) -> None:
        from cybercoop.engines.columns.snapshot import there

        self.stored, self.limits, self.snapshot = stored, limits, there(stored)

    def within(self, limits: Limits) -> Columns:
        """Return the same engine within other limits."""
        return Columns(self.stored, limits)

    def rows(self, text: str, file: str) -> tuple[list[str], list[list[Term | None]]]:
        """Return columns and rows of a question of the catalogue, whose text stands in `file`."""
        query, order = without_order(text)
        with self._answered(query, file, self.limits, is_ordered=bool(order)) as (_, columns, blocks):
            rows = [row for block in within_rows(blocks, self.limits) for row in block]
        return columns, ordered(columns, rows, order)

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; a query that would leave the graph is refused."""
        from cybercoop.sparql.guard import look

        with self._answered(look(text), "query", limits) as (kind, columns, blocks):
            yield Stream(kind, columns, Clock(limits.seconds), self.named, within_rows(blocks, limits))

    @contextlib.contextmanager
    def _answered(
        self, text: str, file: str, limits: Limits, *, is_ordered: bool = False
    ) -> Iterator[tuple[str, list[str], Iterator[list[list[Term | None]]]]]:
        """Give kind, columns and blocks of rows; what ends the work is a refusal."""
        import duckdb

        from cybercoop.engines.columns.answers import answered
        from cybercoop.engines.columns.coding import Unsupported
        from cybercoop.engines.columns.snapshot import opened

        spill = tempfile.TemporaryDirectory(prefix="cybercoop-")
        lake = opened(self.snapshot.file, limits.memory, Path(spill.name))
        watch = Watch(Clock(limits.seconds), lake.interrupt)
        try:
            yield answered(lake, text, ordered=not is_ordered)
        except Malformed as error:
            raise error.refusal(file) from None
        except Unsupported as error:
            raise refuse("not-in-columns", Where(file), value=str(error)) from None
        except duckdb.InterruptException:
            raise limit_met("seconds", limits) from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise limit_met("memory", limits) from None
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise (
                limit_met("seconds", limits) if watch.late else refuse("query-crashed", Where(file), value=said)
            ) from None
        finally:
            watch.close()
            lake.close()
            spill.cleanup()

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.stored.open()

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.stored.open()

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return the store, which holds everything."""
        return self.stored.open()
