"""What SQL lacks of SPARQL: functions of coded terms, and the embedded engine for what only it computes.

https://www.w3.org/TR/sparql11-query/#SparqlOps
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cybercoop.engines.columns.coding import INTEGER, coded, decoded
from cybercoop.terms.names import RDF, XSD

if TYPE_CHECKING:
    import duckdb
    import pyarrow

_FIRST = "left(t, 1)"
_ABOUT = "substr(t, 2, strpos(t, '\"') - 2)"
_WORDS = "substr(t, strpos(t, '\"') + 1)"
_DAY, _TRUE, _FALSE = f'^{XSD}date"', f'^{XSD}boolean"true', f'^{XSD}boolean"false'
_NUMERIC = "|".join(rf'\^{XSD}{name}"'.replace(".", r"\.") for name in ("integer", "decimal", "double", "float"))
_FIGURES = r"([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)"
_DAYS = " AND ".join(f"starts_with({each}, '{_DAY}') AND length({each}) = {len(_DAY) + 10}" for each in "ab")
_SAME = "a = b AND NOT ends_with(a, '\"NaN')"
_WHOLE = " AND ".join(f"starts_with({each}, '{INTEGER}') AND length({each}) < {len(INTEGER) + 18}" for each in "ab")


def _elsewhere(operator: str) -> str:
    """Return the SQL of a comparison that the embedded engine makes."""
    return f"cc_embedded('\n?a0 {operator} ?a1', [a, b]) = '{_TRUE}'"


def _alike(operator: str) -> str:
    """Return the SQL of a comparison of days, or of whole numbers; of what is none of them though it says so, NULL."""
    days, numbers = (
        f" {operator} ".join(f"try_cast(substr({each}, {len(head) + 1}) AS {kind})" for each in "ab")
        for head, kind in ((_DAY, "DATE"), (INTEGER, "BIGINT"))
    )
    return f" WHEN {_DAYS} THEN {days} WHEN {_WHOLE} THEN {numbers}"


def _compared(operator: str) -> str:
    """Return the SQL of a comparison of literals: what is alike by characters or numbers, the rest elsewhere (17.3)."""
    return (
        f"CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN {_SAME} THEN {'=' in operator}"
        f" WHEN left(a, 1) = '\"' AND left(b, 1) = '\"' THEN a {operator} b"
        f"{_alike(operator)} ELSE {_elsewhere(operator)} END"
    )


MACROS = {
    "cc_str(t)": f"CASE {_FIRST} WHEN '<' THEN substr(t, 2) WHEN '_' THEN NULL ELSE {_WORDS} END",
    "cc_string(t)": f"CASE WHEN {_FIRST} IN ('\"', '@') THEN {_WORDS} END",
    "cc_lang(t)": f"CASE {_FIRST} WHEN '@' THEN {_ABOUT} WHEN '\"' THEN '' WHEN '^' THEN '' END",
    "cc_literal(t)": f"{_FIRST} IN ('\"', '@', '^')",
    "cc_datatype(t)": f"CASE {_FIRST} WHEN '\"' THEN '<{XSD}string' WHEN '^' THEN '<' || {_ABOUT}"
    f" WHEN '@' THEN '<{RDF}langString' END",
    "cc_number(t)": f"CASE WHEN regexp_full_match(t, '({_NUMERIC}){_FIGURES}') THEN try_cast({_WORDS} AS DOUBLE) END",
    "cc_rank(t)": f"CASE WHEN t IS NULL THEN NULL WHEN {_FIRST} = '_' THEN 0 WHEN {_FIRST} = '<' THEN 1"
    " WHEN cc_number(t) IS NULL THEN 2 ELSE 3 END",
    "cc_truth(t)": f"CASE WHEN {_FIRST} = '\"' THEN length(t) > 1 WHEN t = '{_TRUE}' THEN TRUE"
    f" WHEN t = '{_FALSE}' THEN FALSE WHEN cc_number(t) IS NULL THEN NULL"
    " WHEN isnan(cc_number(t)) THEN FALSE ELSE cc_number(t) <> 0 END",
    "cc_equal(a, b)": "CASE WHEN a IS NULL OR b IS NULL THEN NULL"
    f" WHEN {_SAME} THEN TRUE"
    " WHEN left(a, 1) IN ('<', '_') OR left(b, 1) IN ('<', '_')"
    " OR (left(a, 1) IN ('\"', '@') AND left(b, 1) IN ('\"', '@')) THEN a = b"
    f"{_alike('=')} ELSE {_elsewhere('=')} END",
    "cc_less(a, b)": _compared("<"),
    "cc_at_most(a, b)": _compared("<="),
}
"""The functions in SQL, by their heads; the text of each is ours alone."""


_LATE = "cc_embedded is needed"


def teach(connection: duckdb.DuckDBPyConnection, called: Iterable[str], *, in_blocks: bool = False) -> None:
    """Give a connection the functions that are called, and those that these call.

    `in_blocks` lets what only Python computes be computed of many rows at once, for which more is loaded.

    Those in Python load much. What a comparison calls of them only for values that are seldom met is promised: where
    it is called after all, the query fails with an error for which the promise is `redeemed`, and is asked again.
    """
    wanted = set(called)
    python = wanted & {"cc_embedded", "cc_fold"}
    for head, body in reversed(MACROS.items()):
        if head.partition("(")[0] in wanted:
            wanted |= {name for name in ("cc_embedded", "cc_number") if f"{name}(" in body}
    if missing := wanted & {"cc_embedded", "cc_fold"}:
        asked = (
            "SELECT function_name, function_type FROM duckdb_functions() WHERE function_name IN (SELECT unnest($names))"
        )
        known = dict(connection.execute(asked, {"names": [*missing]}).fetchall())
        missing -= {name for name, kind in known.items() if kind != "macro"}
        if "cc_embedded" in missing & python and "cc_embedded" in known:
            connection.execute("DROP MACRO cc_embedded")
        _taught(connection, missing & python, in_blocks=in_blocks)
        if "cc_embedded" in missing - python:
            said = f"error(concat('{_LATE}', given[1]))"
            connection.execute(f"CREATE OR REPLACE TEMP MACRO cc_embedded(words, given) AS {said}")
    for head, body in MACROS.items():
        if head.partition("(")[0] in wanted:
            connection.execute(f"CREATE OR REPLACE TEMP MACRO {head} AS ({body})")


def redeemed(connection: duckdb.DuckDBPyConnection, error: Exception, *, in_blocks: bool = False) -> bool:
    """Return whether a query failed because it calls what was promised, which is there from now on."""
    if _LATE not in str(error):
        return False
    connection.execute("DROP MACRO cc_embedded")
    _taught(connection, {"cc_embedded"}, in_blocks=in_blocks)
    return True


def _taught(connection: duckdb.DuckDBPyConnection, names: Collection[str], *, in_blocks: bool) -> None:
    """Give a connection functions in Python."""
    if not names:
        return
    import duckdb
    from duckdb.func import ARROW, SPECIAL

    text, texts = duckdb.sqltype("VARCHAR"), duckdb.list_type("VARCHAR")
    if "cc_embedded" in names and in_blocks and find_spec("pyarrow"):
        connection.create_function(
            "cc_embedded",
            lambda words, values: embedded_rows(words, values),
            [text, texts],
            text,
            type=ARROW,
            null_handling=SPECIAL,
        )
    elif "cc_embedded" in names:
        connection.create_function("cc_embedded", embedded, [text, texts], text, null_handling=SPECIAL)
    if "cc_fold" in names:
        connection.create_function("cc_fold", folded, [text, text, texts], text, null_handling=SPECIAL)


def embedded(words: str, values: list[str | None]) -> str | None:
    """Return the value of an expression, for the values of ?a0, ?a1 and so on, as the embedded engine computes it.

    Before the first end of line stands the prologue.
    """
    return _computed(words, tuple(values))


def embedded_rows(words: pyarrow.Array, values: pyarrow.Array) -> pyarrow.Array:
    """Return what `embedded` does of each row: each combination of values once, all of an expression in one query."""
    import pyarrow

    asked = [(said, tuple(row)) for said, row in zip(words.to_pylist(), values.to_pylist(), strict=True)]
    found = dict[tuple[str, tuple[str | None, ...]], str | None]()
    apart = defaultdict[str, list[tuple[str | None, ...]]](list)
    for each in dict.fromkeys(asked):
        said, row = each
        if not row or any(text and text[0] == "_" for text in row):  # a blank node stands in no VALUES
            found[each] = _computed(said, row)
        else:
            apart[said].append(row)
    for said, rows in apart.items():
        prologue, _, expression = said.partition("\n")
        names = " ".join(f"?a{place}" for place in range(len(rows[0])))
        cells = (" ".join("UNDEF" if text is None else str(decoded(text)) for text in row) for row in rows)
        given = " ".join(f"({place} {each})" for place, each in enumerate(cells))
        query = f"{prologue} SELECT ?row ?r {{ VALUES (?row {names}) {{ {given} }} BIND(({expression}) AS ?r) }}"
        for solution in _nothing().query(query):  # type: ignore[union-attr]
            value = solution["r"]
            found[said, rows[int(solution["row"].value)]] = None if value is None else coded(value)
    return pyarrow.array([found[each] for each in asked], pyarrow.string())


@lru_cache(maxsize=1 << 16)
def _computed(words: str, values: tuple[str | None, ...]) -> str | None:
    terms = [None if text is None else decoded(text) for text in values]
    store, row, pattern = _nothing(), ox.NamedNode("x:row"), ""
    names, cells = list[str](), list[str]()
    for place, term in enumerate(terms):
        if isinstance(term, ox.BlankNode):  # which stands in no VALUES
            store = ox.Store() if not pattern else store
            store.add(ox.Quad(row, ox.NamedNode(f"x:a{place}"), term))
            pattern += f"<x:row> <x:a{place}> ?a{place} . "
        elif term is not None:
            names.append(f"?a{place}")
            cells.append(str(term))
    prologue, _, expression = words.partition("\n")
    given = f"{pattern} VALUES ({' '.join(names)}) {{ ({' '.join(cells)}) }}"
    (solution,) = store.query(f"{prologue} SELECT ?r {{ {given} BIND(({expression}) AS ?r) }}")  # type: ignore[misc]
    value = solution["r"]
    return None if value is None else coded(value)


@cache
def _nothing() -> ox.Store:
    return ox.Store()


def folded(name: str, between: str, values: list[str | None]) -> str | None:
    """Return an aggregate of values, as the embedded engine computes it; None among them is an error (18.5.1)."""
    store, value, row = ox.Store(), ox.NamedNode("x:value"), ox.NamedNode("x:row")
    for text in sorted(values, key=str):
        one = ox.BlankNode()
        store.add(ox.Quad(one, row, one))
        if text is not None:
            store.add(ox.Quad(one, value, decoded(text)))
    told = f"; SEPARATOR = {ox.Literal(between)}" if name == "GROUP_CONCAT" else ""
    asked = f"SELECT ({name}(?v {told}) AS ?r) {{ ?s <x:row> ?s OPTIONAL {{ ?s <x:value> ?v }} }}"
    (solution,) = store.query(asked)  # type: ignore[misc]
    found = solution["r"]
    return None if found is None else coded(found)
