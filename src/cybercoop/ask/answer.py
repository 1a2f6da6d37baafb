"""An answer: rows of terms, the names of the things in them and the notices that these carry; every way to write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cybercoop.documents import Table, Text, text
from cybercoop.problems.problem import in_language, seen, sentence
from cybercoop.problems.values import TRUTH, in_words
from cybercoop.terms import names
from cybercoop.terms.labels import Labels
from cybercoop.terms.names import XSD
from cybercoop.terms.term import Term

if TYPE_CHECKING:
    from cybercoop.terms.places import Cited, Place

_PLACES = 6
"""How many places in a source a note names before they are counted."""


class Names(dict[ox.NamedNode, str]):
    """The names of things in a language, each looked up once."""

    def __init__(self, labels: Labels, lang: str) -> None:
        self._get, self.lang = labels.get, lang

    def __missing__(self, thing: ox.NamedNode) -> str:
        name = self[thing] = self._get(thing.value, self.lang)
        return name


class Answer:
    """What the graph says to one question: the solutions of a query (SPARQL 1.1 Query 18.2.5), with names beside them.

    `named` tells whether things are shown by their names (catalogue) or by their short IRIs (free SPARQL); `sources`
    holds for each row what it rests on, where that was asked for; `sparql` is the query, ready for any endpoint that
    holds the graph.
    https://www.w3.org/TR/sparql11-query/#sparqlSolMod

    >>> import cybercoop
    >>> answer = cybercoop.open().query("partner-count", project="cybersouth-plus")
    >>> answer.columns
    ['source', 'stated', 'named']
    >>> answer.to_dicts()[0]["source_label"]
    'CyberSouth+ on the EU neighbours portal'
    """

    def __init__(
        self,
        columns: list[str],
        rows: list[list[Term | None]],
        headings: Mapping[str, Mapping[str, str]],
        labels: Labels,
        lang: str,
        named: bool,
        question: Mapping[str, str],
        about: tuple[str, ...] = (),
        sources: tuple[tuple[Cited, ...], ...] | None = None,
        sparql: str = "",
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.headings = headings
        self.labels = labels
        self.lang = lang
        self.named = named
        self.question = question
        self.about = about
        self.sources = sources
        self.sparql = sparql
        self._names = Names(labels, lang)

    def __repr__(self) -> str:
        return f"<Answer: rows {len(self.rows)}, columns {' '.join(self.columns)}>"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> Names:
        """The names of things in the language of the answer."""
        if self._names.lang != self.lang:
            self._names = Names(self.labels, self.lang)
        return self._names

    def beside(self, name: str) -> str:
        """Return a name for what stands beside the columns: the one given, or `row_…` where a column has that name."""
        return self.beside(f"row_{name}") if name in self.columns else name

    def heading(self, column: str) -> str:
        """Return what stands above a column."""
        return in_language(self.headings.get(column, {}), self.lang) or seen(column)

    def shown(self, term: Term | None) -> str:
        """Return a cell as people read it; a cell without a value is said to be unknown.

        What a terminal would obey, or what turns the direction of a line, shows as a mark, whoever sent it.
        """
        if term is None:
            return sentence("unknown", self.lang) if self.named else ""
        if isinstance(term, ox.NamedNode):
            return seen(self.names[term] if self.named else names.short(term.value))
        if self.named and isinstance(term, ox.Literal):
            return in_words(term, self.lang)
        return seen(term.value if isinstance(term, (ox.Literal, ox.BlankNode)) else str(term))

    def notices(self) -> list[tuple[str, str]]:
        """Return (name, designation notice) for every thing of the answer whose name carries one."""
        return self._notices(self._met())

    def _met(self) -> set[Term | None]:
        return set[Term | None]().union(*self.rows)

    def _notices(self, terms: Set[Term | None]) -> list[tuple[str, str]]:
        if not self.labels.notices:
            return []
        met = {*terms, *map(ox.NamedNode, self.about)}
        things = [iri for iri in self.labels.notices if ox.NamedNode(iri) in met]
        said = (self.names[term] if isinstance(term, ox.NamedNode) else plain(term) for term in met)
        found = self.labels.noticed(things, (text for text in said if "*" in text), self.lang)
        return [(seen(name), seen(notice)) for name, notice in found]

    def only(self, chosen: Sequence[int]) -> Answer:
        """Return the answer with some of its rows, by their numbers from 0, and what they rest on."""
        found = object.__new__(Answer)
        found.__dict__ |= self.__dict__
        found.rows = [self.rows[number] for number in chosen]
        found.sources = self.sources and tuple(self.sources[number] for number in chosen)
        return found

    def marks(self) -> list[str]:
        """Return for each row the numbers of the notes on what it rests on."""
        numbers = {source: number for number, source, _ in self.notes()}
        rows = (sorted(numbers[entry.source] for entry in row) for row in self.sources or ())
        return [" ".join(f"[{number}]" for number in row) for row in rows]

    def notes(self) -> list[tuple[int, str, tuple[Place, ...]]]:
        """Return number, IRI and places of every source that is cited, in the order of the rows."""
        from cybercoop.terms.places import in_order

        found: dict[str, set[Place]] = {}
        for entry in (entry for row in self.sources or () for entry in row):
            found.setdefault(entry.source, set()).update(entry.places)
        return [(number, source, in_order(places)) for number, (source, places) in enumerate(found.items(), 1)]

    def note(self, number: int, source: str, places: Sequence[Place]) -> str:
        """Return a note as text: its number, the name of the source, and the first places in it."""
        shown = [seen(str(place)) for place in places[:_PLACES]]
        if len(places) > _PLACES:
            shown.append(sentence("explain-more", self.lang, count=len(places) - _PLACES))
        name = seen(self.labels.get(source, self.lang))
        return f"[{number}] {name}" + (f" – {'; '.join(shown)}" if shown else "")

    def said_notes(self) -> list[str]:
        """Return the note on each source that is cited, as text."""
        return [self.note(*note) for note in self.notes()]

    def said_notices(self) -> list[str]:
        """Return each designation notice as a sentence."""
        return [sentence("notice", self.lang, name=name, notice=notice) for name, notice in self.notices()]

    def table(self, *, known: bool = False) -> Table:
        """Return headings and rows as people read them; with a column of notes where the rows have sources."""
        headings, rows = [self.heading(column) for column in self.columns], self.cells(known=known)
        if self.sources is None:
            return Table("", headings, rows)
        rows = [[*row, mark] for row, mark in zip(rows, self.marks(), strict=True)]
        return Table("", [*headings, sentence("explain-sources", self.lang)], rows)

    def cells(self, *, known: bool = False) -> list[list[str]]:
        """Return the rows as people read them; with what is `known` of each, its language or its IRI as a hint."""
        shown = self._cell if known else self.shown
        return [[shown(term) for term in row] for row in self.rows]

    def _cell(self, term: Term | None) -> Text:
        language = term.language or "" if isinstance(term, ox.Literal) else ""
        return Text(self.shown(term), lang=language, hint=seen(term.value) if isinstance(term, ox.NamedNode) else "")

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each row as column → IRI or lexical form; catalogue answers add `<column>_label` for things.

        An answer with sources adds `sources`: what the row rests on, each source with its label and places. Where a
        column of the query itself bears such a name, what is added is called `row_sources`, and alike.
        """
        texts = self._columns(self._met())
        rows: list[dict[str, Any]] = [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]
        name = self.beside("sources")
        for row, cited in zip(rows, self.sources or (), strict=False):
            row[name] = [
                {
                    "source": entry.source,
                    "label": self.labels.get(entry.source, self.lang),
                    "places": [place.to_dict() for place in entry.places],
                }
                for entry in cited
            ]
        return rows

    def to_texts(self) -> dict[str, list[str | None]]:
        """Return each column as texts; `sources` and `places` stand last where they were asked for.

        Several values of one cell stand apart by ` | `; the places in one source by `; `.
        """
        return self._texts(self._met())

    def _texts(self, terms: Set[Term | None]) -> dict[str, list[str | None]]:
        from cybercoop.documents.csv import joined

        texts = self._columns(terms)
        if self.sources is not None:
            texts[self.beside("sources")] = [joined(entry.source for entry in row) for row in self.sources]
            texts[self.beside("places")] = [
                joined("; ".join(map(str, entry.places)) for entry in row) for row in self.sources
            ]
        return texts

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: numbers, truth values and full dates typed, things with their labels.

        Needs pandas (`pip install cybercoop[pandas]`).
        """
        return _pandas(self.to_texts(), self._kinds())

    def to_polars(self) -> Any:
        """Return the same as a polars DataFrame. Needs polars (`pip install cybercoop[polars]`)."""
        return _polars(self.to_texts(), self._kinds())

    def _repr_html_(self) -> str:
        """Return an HTML table whose cells keep the direction of their own script, with notes and notices below it."""
        from cybercoop.documents import html

        return html.table(self.table(known=True), [*self.said_notes(), *self.said_notices()], self.lang)

    def _columns(self, terms: Set[Term | None]) -> dict[str, list[str | None]]:
        """Return each column as texts, with the names of its things in a column behind it."""
        texts: dict[str, list[str | None]] = {}
        said: dict[Term | None, str] = {term: plain(term) for term in terms if term is not None}
        named = self.names
        shown: dict[Term | None, str] = {
            **said,
            **{term: seen(named[term]) for term in said if isinstance(term, ox.NamedNode)},
        }
        for column, cells in zip(self.columns, list(zip(*self.rows, strict=True)) or repeat(()), strict=False):
            texts[column] = [*map(said.get, cells)]
            if self.named and ox.NamedNode in set(map(type, cells)):
                texts[self.beside(f"{column}_label")] = [*map(shown.get, cells)]
        return texts

    def _kinds(self) -> dict[str, str]:
        return {
            column: _kind({term.datatype.value for row in self.rows if isinstance(term := row[index], ox.Literal)})
            for index, column in enumerate(self.columns)
        }


def plain(term: Term | None) -> str:
    """Return what a term says, as programs read it: an IRI, or the form of a literal; nothing for none."""
    return str(term) if isinstance(term, ox.Triple) else term.value if term else ""


_Texts = Mapping[str, Sequence[str | None]]


def _kind(datatypes: set[str]) -> str:
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


def _pandas(texts: _Texts, kinds: Mapping[str, str]) -> Any:
    """Return a pandas DataFrame; what is unknown is missing, in whole numbers too."""
    import pandas

    frame = pandas.DataFrame(dict(texts), columns=list(texts))
    for column, of in kinds.items():
        if of == "date":
            frame[column] = pandas.to_datetime(frame[column], format="%Y-%m-%d")
        elif of == "boolean":
            frame[column] = frame[column].map(TRUTH).astype("boolean")
        elif of != "text":
            frame[column] = pandas.to_numeric(frame[column]).astype("Int64" if of == "integer" else "float64")
    return frame


def _polars(texts: _Texts, kinds: Mapping[str, str]) -> Any:
    """Return a polars DataFrame; what is unknown is null."""
    import polars

    frame = polars.DataFrame(
        {name: list(column) for name, column in texts.items()}, schema=dict.fromkeys(texts, polars.String)
    )
    made = {
        "integer": lambda column: column.cast(polars.Int64),
        "decimal": lambda column: column.cast(polars.Float64),
        "date": lambda column: column.str.to_date("%Y-%m-%d"),
        "boolean": lambda column: column.replace_strict(TRUTH, return_dtype=polars.Boolean),
    }
    return frame.with_columns(made[of](polars.col(column)) for column, of in kinds.items() if of in made)


def as_table(answer: Answer) -> str:
    """Return a table for reading: fitted to the terminal, or as wide as it needs where there is none."""
    table, room = answer.table(), text.terminal_width()
    grid = text.Grid(table.headings, table.rows, answer.lang, room)
    parts = [grid.whole(table.rows) if table.rows else sentence("no-rows", answer.lang)]
    parts += ["\n".join(text.paragraph(note, room) for note in answer.said_notes())] if answer.sources else []
    parts += [text.paragraph(notice, room) for notice in answer.said_notices()]
    if table.rows:
        parts.append(sentence("rows", answer.lang, count=len(table.rows)))
    return "\n\n".join(parts) + "\n"


def as_csv(answer: Answer) -> str:
    """Return RFC 4180 CSV: codes with names beside them, a `notice` column where a name carries one."""
    return "".join(written(answer, "csv"))


def as_tsv(answer: Answer) -> str:
    """Return tab-separated values with the columns of the CSV."""
    return "".join(written(answer, "tsv"))


def as_json(answer: Answer) -> str:
    """Return the columns with their headings, the rows, and the designation notices."""
    content = {
        "question": answer.question.get(answer.lang) or answer.question.get("en"),
        "columns": [{"name": column, "heading": answer.heading(column)} for column in answer.columns],
        "rows": answer.to_dicts(),
        "notices": [{"name": name, "notice": notice} for name, notice in answer.notices()],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_markdown(answer: Answer) -> str:
    """Return a Markdown table with the notices below it."""
    from cybercoop.documents import markdown

    table = answer.table()
    foot = markdown.foot([*answer.said_notes(), *answer.said_notices()])
    return markdown.head(table.headings) + "".join(map(markdown.row, table.rows)) + foot


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": as_table,
    "csv": as_csv,
    "tsv": as_tsv,
    "json": as_json,
    "md": as_markdown,
    "html": Answer._repr_html_,
}
"""Every way of writing an answer, by the name that people type."""


_SEPARATED = {"csv": (",", "\r\n"), "tsv": ("\t", "\n")}
"""What stands between cells, and behind a row."""


def written(answer: Answer, form: str) -> Iterator[str]:
    """Yield what a format of `FORMATS` is, in blocks of rows where it is made of such."""
    yield from _separated(answer, *_SEPARATED[form]) if form in _SEPARATED else (FORMATS[form](answer),)


def as_xlsx(answer: Answer, name: str) -> bytes:
    """Return a workbook with the columns of the CSV under their headings; the question's name is that of the sheet."""
    from cybercoop.documents.xlsx import write

    texts, more = _columns(answer)
    rows = zip(*texts.values(), strict=True)
    return write([*texts, *more], ([*(cell or "" for cell in row), *more.values()] for row in rows), name, answer.lang)


def _columns(answer: Answer) -> tuple[dict[str, list[str | None]], dict[str, str]]:
    """Return the columns, and what stands behind each row under a heading of its own: the notices."""
    terms = answer._met()
    notices = answer._notices(terms)
    more = {answer.beside("notice"): " ".join(notice for _, notice in notices)} if notices else {}
    return answer._texts(terms), more


def _separated(answer: Answer, delimiter: str, end: str) -> Iterator[str]:
    from cybercoop.documents.csv import lines, of_columns

    texts, more = _columns(answer)
    yield lines([[*texts, *more]], delimiter, end)
    yield from of_columns([*texts.values(), *([value] * len(answer) for value in more.values())], delimiter, end)
