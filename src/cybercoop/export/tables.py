"""CSV: a table for each class and one for all claims, for a zip or a folder, safe to open in a spreadsheet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop.documents.csv import BOM, written
from cybercoop.export.claims import claims_table
from cybercoop.export.class_tables import class_tables
from cybercoop.export.facts import facts
from cybercoop.terms import labels
from cybercoop.terms.context import Context
from cybercoop.terms.labels import Order, alike

_README = Path(__file__).with_name("tables-readme.txt")


def write(
    quads: Sequence[ox.Quad],
    context: Mapping[str, object],
    out: BinaryIO,
    *,
    order: Order = alike,
    excel: bool = False,
) -> None:
    """Write a zip of all tables and a README; nothing is compressed, as libraries compress to different bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files(quads, context, order=order, excel=excel)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    out.write(packed.getvalue())


def files(
    quads: Sequence[ox.Quad], context: Mapping[str, object], *, order: Order = alike, excel: bool = False
) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of all tables, and of a README."""
    said, words, names = list(facts(quads)), Context.of(context), labels.of_quads(quads, order)
    for table in (*class_tables(said, words, names), claims_table(said, words, names)):
        yield f"{table.name}.csv", written(table, excel=excel)
    readme = _README.read_text(encoding="utf-8").replace("\n", "\r\n")
    yield "README.txt", ((BOM if excel else "") + readme).encode()
