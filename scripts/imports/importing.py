"""What the imports share: read a table strictly, account for every row and column, compare with the records."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox

from cybercoop import records
from cybercoop.records.reading import Reading
from cybercoop.terms import names
from cybercoop.workspace.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ROOT.parent / "shared" / "reference"

Cells = dict[str, str]
"""One row of a table of records: heading → text."""


class Row:
    """One row of a table of reference facts, whose fields are taken one by one until none is left."""

    def __init__(self, place: str, fields: Cells) -> None:
        self.place, self.fields = place, fields

    def pop(self, column: str) -> str:
        """Take a field out of the row."""
        return self.fields.pop(column)

    def close(self) -> None:
        """Refuse a row of which something was not looked at."""
        if self.fields:
            stop(f"{self.place}: nobody took {', '.join(sorted(self.fields))}")


class Account:
    """What became of rows and columns: taken as something, or left out for a reason."""

    def __init__(self, table: str) -> None:
        self.table, self.taken, self.left = table, Counter[str](), Counter[str]()
        self.rows = 0

    def take(self, row: Row, column: str, of: str, reason: str | None = None) -> str:
        """Take a field of a row, or, for a reason, leave it out and note what it is a field `of`."""
        value = row.pop(column)
        if value and reason:
            self.left[f"{column} of {of}: {reason}"] += 1
            return ""
        return value

    def lines(self) -> list[str]:
        """Return the account, as lines."""
        taken = [f"  taken  {count:5}  {what}" for what, count in sorted(self.taken.items())]
        left = [f"  left   {count:5}  {what}" for what, count in sorted(self.left.items())]
        return [f"{self.table}: {self.rows} rows, every one accounted for", *taken, *left]


def stop(message: str) -> NoReturn:
    """End with a message on the error stream."""
    sys.exit(message)


def address(url: str) -> str:
    """Return a web address as an IRI may be written."""
    return (url.replace("[", "%5B").replace("]", "%5D")).replace("'", "%27")


def slug(reference_id: str) -> str:
    """Return the slug of the source that a reference table calls by this id."""
    return reference_id.replace("_", "-")


def rows(table: str, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a table, all as text; stops when its columns are not these."""
    file = TABLES / table
    if not file.is_file():
        stop(f"{table} is not in the folder of reference facts beside this checkout")
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if strange := sorted(set(reader.fieldnames or ()) ^ set(columns)):
            stop(f"{table}: unknown or missing columns: {', '.join(strange)}")
        return [Row(f"{table}, row {number}", dict(fields)) for number, fields in enumerate(reader, 1)]


def as_csv(header: Sequence[str], cells: Iterable[Cells]) -> str:
    """Return rows as the text of a table of records."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    return stream.getvalue()


def claims(workspace: Workspace, text: str) -> set[ox.Quad]:
    """Return what the rows of a table of records say of their things."""
    return things(records.read(text.encode(), "rows.csv", workspace.context))


def things(reading: Reading) -> set[ox.Quad]:
    """Return the statements of a reading that are about things, not about records and passages."""
    if reading.problems:
        first = reading.problems[0]
        stop(f"{first.where.file}:{first.where.line}: {first.code}")
    said = (statement.quad for statement in reading.statements)
    return {quad for quad in said if names.source_of_parts(iri(quad.subject)) is None}


def iri(term: object) -> str:
    """Return the IRI of a term."""
    return str(term)[1:-1]


def merged(file: Path, header: Sequence[str], wanted: Iterable[Cells], elsewhere: set[tuple[str, str]]) -> list[Cells]:
    """Return the rows of a file, as they stand, with those that it lacks; `elsewhere` is described in other files."""
    have: list[Cells] = []
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as stream:
            have = [{key: value for key, value in row.items() if value} for row in csv.DictReader(stream)]
    known = {(row["source"], row["id"]) for row in have} | elsewhere
    if unknown := sorted({key for row in have for key in row} - set(header)):
        stop(f"{file.name}: columns that the import does not write: {', '.join(unknown)}")
    return have + [row for row in wanted if (row["source"], row["id"]) not in known]


def described(workspace: Workspace, but: Path) -> set[tuple[str, str]]:
    """Return which source describes which thing in the files other than one."""
    reading = workspace.read([path for path in workspace.data_files() if path != but])
    prefix = names.ID + "source/"
    return {(iri(quad.graph_name).removeprefix(prefix), names.short(iri(quad.subject))) for quad in things(reading)}


def settle(
    account: Account,
    tables: dict[Path, tuple[Sequence[str], list[Cells]]],
    order: Callable[[Cells], tuple[str | int, ...]],
    *,
    check: bool,
    by_hand: dict[Path, tuple[Sequence[str], list[Cells]]] | None = None,
) -> None:
    """Write the rows that the files lack, unless only checking; then stop if any claim is not among the records.

    What stands `by_hand` is compared and never written.
    """
    workspace = Workspace.find(ROOT)
    if not check:
        for file, (header, wanted) in tables.items():
            cells = merged(file, header, wanted, described(workspace, file))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(as_csv(header, sorted(cells, key=order)), encoding="utf-8")
    said = things(Workspace(workspace.root).data())
    lacking = [
        f"{file.relative_to(ROOT)}: no record of {names.short(iri(quad.graph_name))} says "
        f"{names.short(iri(quad.subject))} {names.short(iri(quad.predicate))} {quad.object}"
        for file, (header, wanted) in {**tables, **(by_hand or {})}.items()
        for quad in sorted(claims(workspace, as_csv(header, wanted)) - said, key=str)
    ]
    print("\n".join(account.lines()))
    if lacking:
        stop("\n".join(lacking))
