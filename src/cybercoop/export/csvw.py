"""What the tables mean, beside them: metadata of CSV on the Web, https://www.w3.org/TR/tabular-metadata/."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cybercoop.documents.csv import SEPARATOR
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import XSD

NAME = "csv-metadata.json"
"""The name under which readers of CSV on the Web look for it beside the tables (Tabular Data, 5.3)."""

_TYPES = {XSD + name: name for name in ("boolean", "date", "decimal", "gYear", "gYearMonth", "integer")}
_ONE = ("id", *(f"name_{lang}" for lang in LANGUAGES), "value", "value_name", "thing", "thing_name", "language")


class Column(str):
    """A heading, and what stands below it: `part` is codes and forms, names beside them, or the texts of a language.

    `predicate` is the property of these values, `datatype` the one that all of them have, where they have one.
    """

    __slots__ = ("datatype", "part", "predicate")
    predicate: str
    part: str
    datatype: str

    def __new__(cls, heading: str, predicate: str = "", part: str = "", datatype: str = "") -> Column:
        """Return the heading; what is not known of it is left empty."""
        made = super().__new__(cls, heading)
        made.predicate, made.part, made.datatype = predicate, part, datatype
        return made


def metadata(tables: Mapping[str, Sequence[str]], labels: Labels, licence: str) -> bytes:
    """Return the metadata of tables (name → headings) as JSON.

    For each column it has its property, the names of that in three languages, and its datatype.
    """
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:license": {"@id": licence},
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "doubleQuote": True},
        "tables": [_table(name, headings, labels) for name, headings in tables.items()],
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()


def _table(name: str, headings: Sequence[str], labels: Labels) -> dict[str, Any]:
    schema: dict[str, Any] = {"columns": [_column(heading, labels) for heading in headings]}
    if "id" in headings:
        schema["primaryKey"] = "id"
    return {"url": f"{name}.csv", "tableSchema": schema}


def _column(heading: str, labels: Labels) -> dict[str, Any]:
    found: dict[str, Any] = {"name": heading, "titles": heading}
    if isinstance(heading, Column) or heading not in _ONE:
        found["separator"] = SEPARATOR
    if isinstance(heading, Column) and heading.predicate:
        found["propertyUrl"] = heading.predicate
        named = [(lang, name) for lang in LANGUAGES if (name := labels.own(heading.predicate, lang))]
        if named:
            found["dc:title"] = [{"@value": name, "@language": lang} for lang, name in named]
        if heading.part.startswith("@"):
            found["lang"] = heading.part[1:]
        if heading.datatype in _TYPES:
            found["datatype"] = _TYPES[heading.datatype]
    return found
