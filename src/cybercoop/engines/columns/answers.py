"""The answer to a query from a snapshot: kind, columns and rows of terms, in blocks while they are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from sqlglot import exp

from cybercoop.engines.columns.coding import decoded
from cybercoop.engines.columns.functions import teach
from cybercoop.engines.columns.snapshot import ids
from cybercoop.engines.columns.translation import Translated, translated
from cybercoop.sparql.grammar import parse
from cybercoop.sparql.tree import Blank, Iri, Literal, Query, Triples, Variable
from cybercoop.terms.names import QUERY_PREFIXES, XSD
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    import duckdb

_BLOCK = 10_000
Row = list[Term | None]


def answered(
    lake: duckdb.DuckDBPyConnection, text: str, *, ordered: bool = True
) -> tuple[str, list[str], Iterator[list[Row]]]:
    """Return what kind of answer it is (`rows`, `triples` or `truth`), its columns, and its rows in blocks.

    Raises `Malformed` for a text that is no query, `Unsupported` for one that is not translated.
    """
    query = parse(text, QUERY_PREFIXES)
    made = translated(query, lambda texts: ids(lake, texts), ordered=ordered)
    sql = made.sql.limit(1) if query.form == "ASK" and made.sql.args.get("limit") is None else made.sql
    teach(lake, {call.name for call in sql.find_all(exp.Anonymous)})
    lake.execute(sql.sql("duckdb"), made.parameters)
    return made_of(query, [name for name, _ in made.columns], _blocks(lake, made))


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
