"""An answer: rows of terms, with the names of the things in them and the notices that those names carry."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from cybercoop import names
from cybercoop.labels import Labels
from cybercoop.names import XSD
from cybercoop.problems import in_language, sentence

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True)
class Answer:
    """What the graph says to one question.

    `named` tells whether things are shown by their names (catalogue) or by their short IRIs (free SPARQL).
    """

    columns: list[str]
    rows: list[list[Term | None]]
    headings: Mapping[str, Mapping[str, str]]
    labels: Labels
    lang: str
    named: bool
    question: Mapping[str, str]
    about: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def heading(self, column: str) -> str:
        """Return what stands above a column."""
        return in_language(self.headings.get(column, {}), self.lang) or column

    def shown(self, term: Term | None) -> str:
        """Return a cell as people read it; a cell without a value is said to be unknown."""
        if term is None:
            return sentence("unknown", self.lang) if self.named else ""
        if isinstance(term, ox.NamedNode):
            return self.labels.get(term.value, self.lang) if self.named else names.short(term.value)
        return term.value if isinstance(term, (ox.Literal, ox.BlankNode)) else str(term)

    def notices(self) -> list[tuple[str, str]]:
        """Return (name, designation notice) for every thing of the answer whose name carries one."""
        terms = [term for row in self.rows for term in row]
        things = [*self.about, *(term.value for term in terms if isinstance(term, ox.NamedNode))]
        texts = [term.value for term in terms if isinstance(term, ox.Literal)]
        texts += [self.labels.get(thing, self.lang) for thing in things]
        return self.labels.noticed(things, texts, self.lang)

    def to_dicts(self) -> list[dict[str, str | None]]:
        """Return each row as column → IRI or lexical form; catalogue answers add `<column>_label` for things."""
        return [dict(self._pairs(row)) for row in self.rows]

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: whole numbers, decimals and truth values typed, things with their labels.

        Needs pandas (`pip install cybercoop[pandas]`).
        """
        import pandas

        frame = pandas.DataFrame(self.to_dicts(), columns=list(self._keys()))
        for index, column in enumerate(self.columns):
            kinds = {term.datatype.value for row in self.rows if isinstance(term := row[index], ox.Literal)}
            if kinds and kinds <= {XSD + "integer", XSD + "decimal", XSD + "double"}:
                frame[column] = pandas.to_numeric(frame[column])
            elif kinds == {XSD + "boolean"}:
                frame[column] = (
                    frame[column].map({"true": True, "1": True, "false": False, "0": False}).astype("boolean")
                )
        return frame

    def _repr_html_(self) -> str:
        """Return an HTML table whose cells keep the direction of their own script, with the notices below it."""
        direction = ' dir="rtl"' if self.lang == "ar" else ""
        head = "".join(f"<th>{html.escape(self.heading(column))}</th>" for column in self.columns)
        rows = "".join(f"<tr>{''.join(map(self._html_cell, row))}</tr>\n" for row in self.rows)
        notices = (sentence("notice", self.lang, name=name, notice=notice) for name, notice in self.notices())
        foot = "".join(f"<p><small>{html.escape(notice)}</small></p>\n" for notice in notices)
        return (
            f'<table lang="{self.lang}"{direction}>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}</tbody>\n</table>\n{foot}"
        )

    def _html_cell(self, term: Term | None) -> str:
        language = f' lang="{term.language}"' if isinstance(term, ox.Literal) and term.language else ""
        title = f' title="{html.escape(term.value)}"' if isinstance(term, ox.NamedNode) else ""
        return f"<td{title}><bdi{language}>{html.escape(self.shown(term))}</bdi></td>"

    def _keys(self) -> Iterator[str]:
        for column in self.columns:
            yield column
            if self.named and any(isinstance(row[self.columns.index(column)], ox.NamedNode) for row in self.rows):
                yield f"{column}_label"

    def _pairs(self, row: list[Term | None]) -> Iterator[tuple[str, str | None]]:
        keys = set(self._keys())
        for column, term in zip(self.columns, row, strict=True):
            yield column, None if term is None else _plain(term)
            if f"{column}_label" in keys:
                yield f"{column}_label", None if term is None else self.shown(term)


def _plain(term: Term) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value
