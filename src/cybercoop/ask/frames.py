"""Columns of texts as typed columns of a DataFrame, of pandas or of polars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cybercoop.terms.names import XSD

Texts = Mapping[str, Sequence[str | None]]

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def kind(datatypes: set[str]) -> str:
    """Return what the values of a column are together: integer, decimal, boolean, date, or else text.

    Years and months are no days: a column that has one stays text, so that nothing becomes more precise than it is.
    """
    if datatypes == {XSD + "integer"}:
        return "integer"
    if datatypes and datatypes <= {XSD + "integer", XSD + "decimal", XSD + "double"}:
        return "decimal"
    return {frozenset({XSD + "boolean"}): "boolean", frozenset({XSD + "date"}): "date"}.get(
        frozenset(datatypes), "text"
    )


def pandas_frame(texts: Texts, kinds: Mapping[str, str]) -> Any:
    """Return a pandas DataFrame; what is unknown is missing, in whole numbers too."""
    import pandas

    frame = pandas.DataFrame(dict(texts), columns=list(texts))
    for column, of in kinds.items():
        if of == "date":
            frame[column] = pandas.to_datetime(frame[column], format="%Y-%m-%d")
        elif of == "boolean":
            frame[column] = frame[column].map(_TRUTH).astype("boolean")
        elif of != "text":
            frame[column] = pandas.to_numeric(frame[column]).astype("Int64" if of == "integer" else "float64")
    return frame


def polars_frame(texts: Texts, kinds: Mapping[str, str]) -> Any:
    """Return a polars DataFrame; what is unknown is null."""
    import polars

    frame = polars.DataFrame(
        {name: list(column) for name, column in texts.items()}, schema=dict.fromkeys(texts, polars.String)
    )
    made = {
        "integer": lambda column: column.cast(polars.Int64),
        "decimal": lambda column: column.cast(polars.Float64),
        "date": lambda column: column.str.to_date("%Y-%m-%d"),
        "boolean": lambda column: column.replace_strict(_TRUTH, return_dtype=polars.Boolean),
    }
    return frame.with_columns(made[of](polars.col(column)) for column, of in kinds.items() if of in made)
