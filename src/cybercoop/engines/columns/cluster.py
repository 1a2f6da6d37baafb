"""The engine of a cluster: queries in SQL over a lake, asked of Spark Connect; the same rows as the store gives."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, Self

import pyoxigraph as ox
from sqlglot import exp

from cybercoop.engines.columns.coding import Unsupported, decoded
from cybercoop.engines.columns.columns import made_of
from cybercoop.engines.columns.lake import ALLOWED, Lake, current, ids, show
from cybercoop.engines.columns.spark import Spark
from cybercoop.engines.columns.spark_sql import UNLIKE, spark_sql
from cybercoop.engines.columns.translation import Translated, translated
from cybercoop.engines.embedded import Embedded, Engine, without_order
from cybercoop.engines.remote import Edition, Endpoint
from cybercoop.engines.remote.protocol import Result, Rows
from cybercoop.engines.store import Stored
from cybercoop.problems.problem import Where, refuse
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.guard import look
from cybercoop.sparql.limits import DEFAULT, Clock, Limits, Stream, limit_met, within_rows
from cybercoop.sparql.tokens import Malformed
from cybercoop.sparql.tree import Query
from cybercoop.terms.names import QUERY_PREFIXES
from cybercoop.terms.term import Term

_BLOCK = 10_000
_TERMS = 50_000
"""How many terms are read at a time."""
_FEW = 500
"""Up to so many, their numbers stand in the query itself, so that only what holds them is read."""
_PAIRS = 1_000_000
"""How many pairs a path that repeats may join, and have."""


class _Lake:
    """The lake of a server, asked as a server of SPARQL is."""

    software = "spark"

    def __init__(self, spark: Spark, lake: Lake | None = None, limits: Limits = DEFAULT) -> None:
        self.spark, self.limits, self._names = spark, limits, itertools.count()
        self._lake, self._shown = lake, None
        self._ids: dict[str, int | None] = {}
        self._closures: dict[tuple[object, ...], str] = {}

    def lake(self) -> Lake:
        """Return the edition that is asked, from the first question on the same."""
        if self._lake is None or self._shown is not self.spark.session:
            with self.spark.held(self.limits):
                self._lake = self._lake or current(self.spark)
                show(self.spark, self._lake)
            self._shown = self.spark.session
            self._closures.clear()
        return self._lake

    def allowing(self, limits: Limits) -> Self:
        """Return the same lake, each answer of which has some limits."""
        held = copy.copy(self)
        held.limits = limits
        return held

    def results(self, text: str, union: bool = False) -> Rows:
        """Return the rows of a query; an ASK gives one cell."""
        with self.answer(text, union) as found:
            return [row for block in found.blocks for row in block]

    @contextlib.contextmanager
    def answer(self, text: str, _union: bool = False) -> Iterator[Result]:
        """Give the result of a query. Raises `Refusal` for one that is not translated, or goes beyond its limits."""
        lake = self.lake()
        try:
            query = parse(text, QUERY_PREFIXES)
            with self.spark.held(self.limits):
                made = translated(query, lambda texts: self._numbers(lake, texts), closed=self._closed)
                blocks = list(self._blocks(query, made))
        except Malformed as error:
            raise error.refusal("query") from None
        except Unsupported as error:
            raise refuse("not-on-cluster", Where("query"), value=str(error)) from None
        kind, columns, found = made_of(query, [name for name, _ in made.columns], iter(blocks))
        yield Result(kind, columns, within_rows(found, self.limits))

    def _numbers(self, lake: Lake, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of coded terms; each is asked for once."""
        given = list(texts)
        if new := [text for text in given if text not in self._ids]:
            self._ids |= dict.fromkeys(new) | ids(self.spark, lake, new)
        return {text: number for text in given if (number := self._ids[text]) is not None}

    def _blocks(self, query: Query, made: Translated) -> Iterator[Rows]:
        """Yield the rows of a query in blocks, read as a whole, so that nothing is shown of one that breaks off."""
        most = 1 if query.form == "ASK" else self.limits.rows + 1
        sql = made.sql if made.sql.args.get("limit") is not None else made.sql.limit(most)
        table = self._table(sql, made)
        columns = [table.column(place).to_pylist() for place in range(len(made.columns))]
        wanted = {
            cell for (_, kind), column in zip(made.columns, columns, strict=True) if kind == "id" for cell in column
        }
        known: dict[int, Term] = {place: decoded(text) for place, text in made.added.items()}
        known |= self._terms(sorted(wanted - known.keys() - {None}))
        cells = [_made(kind, column, known) for (_, kind), column in zip(made.columns, columns, strict=True)]
        for start in range(0, table.num_rows, _BLOCK):
            end = min(start + _BLOCK, table.num_rows)
            yield [list(row) for row in zip(*(c[start:end] for c in cells), strict=True)] or [
                [] for _ in range(start, end)
            ]

    def _table(self, sql: exp.Query, made: Translated) -> Any:
        """Return the table of a query; where values of unlike kinds are compared, the workers are asked for it."""
        for unlike in (False, True):
            asked = spark_sql(sql, made.parameters, unlike=unlike)
            self.spark.teach(asked.called)
            try:
                return self.spark.table(asked.sql, asked.parameters)
            except Exception as error:
                if unlike or UNLIKE not in str(error):
                    raise
        raise AssertionError

    def _terms(self, wanted: list[int]) -> dict[int, Term]:
        """Return the terms of some numbers. Raises `Refusal` where their texts need more memory than is allowed."""
        import pyarrow

        known, held = dict[int, Term](), 0
        for start in range(0, len(wanted), _TERMS):
            some = wanted[start : start + _TERMS]
            if len(some) <= _FEW:
                listed = ", ".join(map(str, some))
                found = self.spark.table(f"SELECT id, text FROM terms WHERE id IN ({listed})")  # noqa: S608
            else:
                batch = pyarrow.table({"id": pyarrow.array(some, pyarrow.int64())})
                self.spark.session.createDataFrame(batch).createOrReplaceTempView("wanted")
                found = self.spark.table("SELECT terms.id, text FROM wanted JOIN terms ON wanted.id = terms.id")
            held += found.nbytes
            if held > self.limits.memory:
                raise limit_met("memory", self.limits)
            known |= {
                number: decoded(text) for number, text in zip(*(c.to_pylist() for c in found.columns), strict=True)
            }
        return known

    def _closed(self, step: exp.Query, names: list[str], known: tuple[int, ...] | None, backward: bool) -> str:
        """Put the closure of pairs into a table there: the pairs come here, as Spark has no recursion that ends."""
        import pyarrow

        asked = spark_sql(step, {}, unlike=False)
        key = (asked.sql, *names, known, backward)
        if key in self._closures:
            return self._closures[key]
        limit = f"SELECT DISTINCT {', '.join(names)} FROM ({asked.sql}) AS step LIMIT {_PAIRS + 1}"  # noqa: S608
        columns = [column.to_pylist() for column in self.spark.table(limit).columns]
        pairs = closure(list(zip(*columns, strict=True)), known, backward=backward)
        name = f"closure{next(self._names)}"
        made = {each: pyarrow.array([pair[i] for pair in pairs], pyarrow.int64()) for i, each in enumerate(names)}
        schema = ", ".join(f"{each} BIGINT" for each in names)
        self.spark.session.createDataFrame(pyarrow.table(made), schema).createOrReplaceTempView(name)
        self._closures[key] = name
        return name


def closure(
    steps: list[tuple[int, ...]], known: tuple[int, ...] | None, *, backward: bool = False
) -> list[tuple[int, ...]]:
    """Return the pairs (and their graph) that one step or more join, each once; from the ends that are known.

    Raises `Unsupported` where they are too many to be held here.

    >>> sorted(closure([(1, 2), (2, 3), (3, 1)], (1,)))
    [(1, 1), (1, 2), (1, 3)]
    """
    here, there = (1, 0) if backward else (0, 1)
    next_ = dict[tuple[int, tuple[int, ...]], list[int]]()
    for step in steps:
        next_.setdefault((step[here], step[2:]), []).append(step[there])
    found = list[tuple[int, ...]]()
    for (start, graph), first in next_.items():
        if known is not None and start not in known:
            continue
        seen, ahead = set(first), [*first]
        while ahead:
            more = [each for each in next_.get((ahead.pop(), graph), ()) if each not in seen]
            seen.update(more)
            ahead += more
            if len(found) + len(seen) > _PAIRS:
                break
        found += [((end, start) if backward else (start, end)) + graph for end in seen]
        if len(found) > _PAIRS or len(steps) > _PAIRS:
            raise Unsupported(f"a path that repeats and joins more than {_PAIRS:,} pairs")
    return found


def answering(spark: Spark, lake: Lake) -> _Lake:
    """Return what answers queries over a lake that is no edition yet, within what a build may take."""
    return _Lake(spark, lake, ALLOWED)


def _made(kind: str, column: list[Any], known: dict[int, Term]) -> list[Term | None]:
    """Return the terms of a column."""
    make: Callable[[Any], Term | None] = known.get if kind == "id" else decoded if kind == "term" else ox.Literal
    return [None if cell is None else make(cell) for cell in column]


class Cluster(Endpoint):
    """A server of Spark Connect, at `sc://host:port`, that knows a lake.

    Names come from the store that is here where the lake was made of the same.
    """

    _server: _Lake  # type: ignore[assignment]

    def __init__(self, url: str, stored: Callable[[], Stored]) -> None:
        """Raise `Refusal` for what is no address of a server."""
        self._server = _Lake(Spark(url))
        self.url, self._stored = self._server.spark.shown, stored

    def edition_now(self) -> Edition | None:
        """Return None: what a lake holds, its own row says."""
        return None

    @cached_property
    def here(self) -> ox.Store | None:
        """The store here, where the lake was made of the same."""
        stored = self._stored()
        return stored.open() if self.is_same else None

    @property
    def is_same(self) -> bool:
        """Whether the lake was made of the graph that is here."""
        return self._stored().folder.name.startswith(f"{self._server.lake().digest}-")

    def rows(self, text: str, file: str) -> tuple[list[str], Rows]:
        """Return columns and rows of a question of the catalogue."""
        asked = without_order(text)
        return asked.rows(*self._select(asked.text))

    def at_hand(self) -> Engine:
        """Return the store here where the lake was made of the same: each request to a cluster takes half a second."""
        return Embedded(self.here) if self.here else self

    @contextlib.contextmanager
    def stream(self, text: str, limits: Limits) -> Iterator[Stream]:
        """Give the answer to a query of one's own; a query that would leave the graph is refused."""
        with self._server.allowing(limits).answer(look(text)) as found:
            yield Stream(found.kind, found.columns, Clock(limits.seconds), self.named, found.blocks)

    def meant(self, texts: Iterable[tuple[str, str | None]]) -> ox.Store:
        """Return a store where what each (text, class) means can be found."""
        return self.here or super().meant(texts)

    def named(self, things: Iterable[str]) -> ox.Store:
        """Return a store with the names and notices of some things, the kinds of all sources, and every notice."""
        return self.here or super().named(things)

    def around(self, thing: ox.NamedNode, through: Iterable[str]) -> ox.Store:
        """Return a store with what is said of a thing and points at it, by which sources and where, and all names."""
        return self.here or super().around(thing, through)

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        """Leave refusals as they are: a limit is that of the question."""
        yield
