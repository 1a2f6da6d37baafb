"""The engine of columns, which gives the same rows as the store, in the same order."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyoxigraph as ox
from sqlglot import exp

from cybercoop.engines.columns.coding import Unsupported, decoded
from cybercoop.engines.columns.functions import redeemed, teach
from cybercoop.engines.columns.groups import FEW
from cybercoop.engines.columns.snapshot import ids, opened
from cybercoop.engines.columns.translation import Translated, translated
from cybercoop.engines.embedded import Embedded, without_order
from cybercoop.engines.store import Stored
from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.limits import DEFAULT, Clock, Limits, Stream, Watch, limit_met, within_rows
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Blank, Iri, Literal, Order, Query, Triples, Variable
from cybercoop.terms.names import QUERY_PREFIXES, XSD
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    import duckdb


_BLOCK = 10_000
Row = list[Term | None]


def answered(
    lake: duckdb.DuckDBPyConnection, text: str, order: str = "", *, in_blocks: bool = False
) -> tuple[str, list[str], Iterator[list[Row]]]:
    """Return what kind of answer it is (`rows`, `triples` or `truth`), its columns, and its rows in blocks.

    `order` is one that the reader gives to the rows: it is quicker where they come in it as far as numbers of terms
    tell, which stand in the order of their texts. `in_blocks` is quicker with many rows, and loads more.
    Raises `Malformed` for a text that is no query, `Unsupported` for one that is not translated.
    """
    query = parse(text, QUERY_PREFIXES)

    def fetch(asked: exp.Query) -> list[tuple[int, ...]]:
        rows = lake.execute(asked.limit(FEW + 1).sql("duckdb")).fetchall()
        return rows if len(rows) <= FEW else []

    made = translated(query, lambda texts: ids(lake, texts), ordered=not order, fetch=fetch)
    sql = made.sql.limit(1) if query.form == "ASK" and made.sql.args.get("limit") is None else made.sql
    if places := _telling(order, made.columns):
        sql = sql.order_by(*map(exp.Literal.number, places))
    teach(lake, {call.name for call in sql.find_all(exp.Anonymous)}, in_blocks=in_blocks)
    words = sql.sql("duckdb")
    try:
        lake.execute(words, made.parameters)
    except duckdb.Error as error:
        if not redeemed(lake, error, in_blocks=in_blocks):
            raise
        lake.execute(words, made.parameters)
    return made_of(query, [name for name, _ in made.columns], _blocks(lake, made))


def _telling(order: str, columns: list[tuple[str, str]]) -> list[int]:
    """Return the places, from 1, of the variables with which an order begins, as long as their terms are numbers."""
    places = list[int]()
    for condition in parse(f"ASK {{ }} {order}").order.parts:
        variable = condition.expression if isinstance(condition, Order) and not condition.descending else None
        if not isinstance(variable, Variable) or (variable.name, "id") not in columns:
            break
        places.append(columns.index((variable.name, "id")) + 1)
    return places


def made_of(query: Query, names: list[str], blocks: Iterator[list[Row]]) -> tuple[str, list[str], Iterator[list[Row]]]:
    """Return kind, columns and blocks of the answer to a query, whose solutions these are."""
    if query.form == "ASK":
        truth = ox.Literal("true" if next(blocks, None) else "false", datatype=ox.NamedNode(XSD + "boolean"))
        return "truth", ["answer"], iter([[[truth]]])
    if query.form == "CONSTRUCT":
        return "triples", ["subject", "predicate", "object"], _constructed(query, names, blocks)
    return "rows", names, blocks


def _blocks(lake: duckdb.DuckDBPyConnection, made: Translated) -> Iterator[list[Row]]:
    """Yield rows of terms; each term of the dictionary is read and made once."""
    makers = [_made(kind) for _, kind in made.columns]
    known: dict[int, Term] = {place: decoded(text) for place, text in made.added.items()}
    places = [place for place, (_, kind) in enumerate(made.columns) if kind == "id"]
    reader = lake.cursor()
    reader.execute("USE lake")
    while rows := lake.fetchmany(_BLOCK):
        if not made.columns:
            yield [[] for _ in rows]
            continue
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        wanted = set[int]().union(*(columns[place] for place in places)) - known.keys() - {None}
        if wanted:
            asked = "SELECT id, text FROM terms WHERE id IN (SELECT unnest($ids))"
            known |= {place: decoded(text) for place, text in reader.execute(asked, {"ids": list(wanted)}).fetchall()}
        cells = [
            map(known.get, column) if maker is None else [None if cell is None else maker(cell) for cell in column]
            for column, maker in zip(columns, makers, strict=True)
        ]
        yield [list(row) for row in zip(*cells, strict=True)]


def _made(kind: str) -> Callable[[Any], Term] | None:
    """Return what makes a term of a cell; None where it stands in the dictionary."""
    if kind == "id":
        return None
    return decoded if kind == "term" else ox.Literal


def _constructed(query: Query, names: list[str], blocks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Yield the triples of a template, each once; what would be none is left out (16.2)."""
    template = query.template or query.where
    patterns = [
        triple
        for part in (template.elements if template else ())
        if isinstance(part, Triples)
        for triple in part.triples
    ]
    seen, count = set[tuple[Term, ...]](), 0
    for block in blocks:
        found = list[Row]()
        for row in block:
            count += 1
            given = dict(zip(names, row, strict=True))
            for triple in patterns:
                parts = [_filled(node, given, count) for node in (triple.subject, triple.path, triple.object)]
                subject, predicate, value = parts
                if isinstance(subject, (ox.NamedNode, ox.BlankNode)) and isinstance(predicate, ox.NamedNode) and value:
                    made = (subject, predicate, value)
                    if made not in seen:
                        seen.add(made)
                        found.append(list(made))
        yield found


def _filled(node: object, given: dict[str, Term | None], count: int) -> Term | None:
    if isinstance(node, Variable):
        return given.get(node.name)
    if isinstance(node, Iri):
        return ox.NamedNode(node.value)
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(node.value, language=node.language)
        return ox.Literal(node.value, datatype=ox.NamedNode(node.datatype))
    assert isinstance(node, Blank)
    return ox.BlankNode(f"r{count}x{node.label.strip('_:[],').replace('.', '-')}")


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
        asked = without_order(text)
        with self._answered(asked.text, file, self.limits, asked.order) as (_, columns, blocks):
            rows = [row for block in within_rows(blocks, self.limits) for row in block]
        return asked.rows(columns, rows)

    def at_hand(self) -> Embedded:
        """Return the store."""
        return Embedded(self.stored.open(), self.limits)

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; a query that would leave the graph is refused."""
        from cybercoop.sparql.guard import look

        with self._answered(look(text), "query", limits) as (kind, columns, blocks):
            yield Stream(kind, columns, Clock(limits.seconds), self.named, within_rows(blocks, limits))

    @contextlib.contextmanager
    def _answered(
        self, text: str, file: str, limits: Limits, order: str = ""
    ) -> Iterator[tuple[str, list[str], Iterator[list[list[Term | None]]]]]:
        """Give kind, columns and blocks of rows; what ends the work is a refusal."""
        import duckdb

        from cybercoop.engines.columns.coding import Unsupported
        from cybercoop.engines.columns.snapshot import opened

        spill = tempfile.TemporaryDirectory(prefix="cybercoop-")
        lake = opened(self.snapshot.file, limits.memory, Path(spill.name))
        watch = Watch(Clock(limits.seconds), lake.interrupt)
        try:
            yield answered(lake, text, order, in_blocks=True)
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

    def meant(self, *_: object) -> ox.Store:
        """Return the store, which holds everything."""
        return self.stored.open()

    named = around = meant


THREADS = 2
"""How many processors one query may take."""


def worked(
    file: Path,
    text: str,
    limits: Limits,
    begin: Callable[[], None],
    tell: Callable[[str, list[str], Iterable[Any], Limits], str],
) -> dict[str, str]:
    """Tell the answer to a query, and return the last words: how it ended, and what was said of that.

    `begin` takes from the process what the query does not need, once the snapshot is open.
    """
    lake = opened(file, limits.memory, None, THREADS)
    for warm in (
        "SELECT ?x { VALUES ?x { 1 2 } FILTER(STRLEN(STR(?x)) + 1 > 0) }",
        "SELECT (SUM(?x) AS ?n) { VALUES ?x { 1 2 } }",
    ):
        for _ in answered(lake, warm)[2]:  # what is loaded late needs files
            pass
    begin()
    try:
        kind, columns, blocks = answered(lake, text)
        return {"end": tell(kind, columns, (row for block in blocks for row in block), limits)}
    except Malformed as error:
        return {"end": "syntax", "said": str(error)}
    except Unsupported as error:
        return {"end": "untranslated", "said": str(error)}
    except duckdb.OutOfMemoryException:
        return {"end": "memory"}
    except duckdb.Error as error:
        words = str(error)
        is_memory = "bad_alloc" in words or "MemoryError" in words or "allocat" in words
        return {"end": "memory"} if is_memory else {"end": "crash", "said": words.splitlines()[0]}
