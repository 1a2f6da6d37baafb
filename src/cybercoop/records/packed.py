"""Tables that are CSV once they are unpacked: divided by tabs, or compressed by gzip (RFC 1952)."""

from __future__ import annotations

import csv
import io
import zlib

from cybercoop.documents import csv as written
from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import MAX_BYTES, table
from cybercoop.records.reading import Reading, decode
from cybercoop.terms.context import Context

_GZIP = 31
"""Window bits that make zlib read gzip (zlib manual, inflateInit2)."""


def read(data: bytes, file: str, context: Context, form: str) -> Reading:
    """Return what the rows of a table say, each placed in its row of CSV."""
    text, problems = as_csv(data, file, form)
    reading = Reading(problems=problems) if problems else table.read(text, file, context)
    reading.texts[file] = text
    return reading


def as_csv(data: bytes, file: str, form: str) -> tuple[str, list[Problem]]:
    """Return the table as text of CSV, and what makes it unfit to be read."""
    if form == "csv.gz":
        if not file.lower().endswith(".csv.gz"):
            return "", [problem("unknown-format", Where(file), value=".gz", known=".csv.gz")]
        unpacked = zlib.decompressobj(_GZIP)
        try:
            data = unpacked.decompress(data, MAX_BYTES + 1)
        except zlib.error as error:
            return "", [problem("gzip-broken", Where(file, 1, 1), value=str(error))]
        if len(data) > MAX_BYTES:
            return "", [problem("file-too-large", Where(file), value=f"> {MAX_BYTES // 2**20} MB")]
        if not unpacked.eof or unpacked.unused_data:  # a download that broke off, or something put behind
            return "", [problem("gzip-broken", Where(file, 1, 1), value="EOF")]
        return decode(data, file)
    text, problems = decode(data, file)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        return written.lines(rows), problems
    except csv.Error:
        return "", [problem("csv-quote", Where(file, rows.line_num, 1))]
