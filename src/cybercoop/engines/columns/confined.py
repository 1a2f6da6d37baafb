"""A query on a snapshot in a process that may use no more than its limits: no file, no spilling, no further memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb

from cybercoop.engines.columns.answers import answered
from cybercoop.engines.columns.coding import Unsupported
from cybercoop.engines.columns.snapshot import opened
from cybercoop.sparql.limits import Limits
from cybercoop.sparql.tokens import Malformed

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
