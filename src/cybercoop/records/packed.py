"""What is read as another format once it is unpacked: tables divided by tabs, and what gzip compressed (RFC 1952)."""

from __future__ import annotations

import csv
import io
import zlib
from pathlib import PurePath

from cybercoop.documents import csv as written
from cybercoop.problems.problem import Problem, Where, problem
from cybercoop.records import MAX_BYTES, NAMES, SUFFIXES, of_lines
from cybercoop.records.reading import Reading, Texts, decode
from cybercoop.terms.context import Context

_GZIP = 31
"""Window bits that make zlib read gzip (zlib manual, inflateInit2)."""


def read(data: bytes, file: str, context: Context, form: str) -> Reading:
    """Return what a file says once it is unpacked, each statement placed in its line there."""
    text, inner, problems = unpacked(data, file, form)
    if problems:
        return Reading(problems=problems, texts=Texts({file: text}))
    plain = of_lines(text.encode(), file, context, inner)
    reading = plain if plain is not None else NAMES[inner].reader()(text, file, context, inner)
    reading.texts.setdefault(file, text)
    return reading


def unpacked(data: bytes, file: str, form: str) -> tuple[str, str, list[Problem]]:
    """Return a file as text, the name of the format of that, and what makes it unfit to be read."""
    if form == "tsv":
        text, problems = decode(data, file)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
        try:
            return written.lines(rows), "csv", problems
        except csv.Error:
            return "", "csv", [problem("csv-quote", Where(file, rows.line_num, 1))]
    known = {suffix: inner for suffix, inner in SUFFIXES.items() if not inner.binary}
    name = PurePath(file)
    inner = known.get(PurePath(name.stem).suffix.lower()) if name.suffix else NAMES[form.removesuffix(".gz")]
    if inner is None:
        return "", "", [problem("unknown-format", Where(file), value=".gz", known=" ".join(f"{s}.gz" for s in known))]
    stream = zlib.decompressobj(_GZIP)
    try:
        data = stream.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        return "", inner.name, [problem("gzip-broken", Where(file, 1, 1), value=str(error))]
    if len(data) > MAX_BYTES:
        return "", inner.name, [problem("file-too-large", Where(file), value=f"> {MAX_BYTES // 2**20} MB")]
    if not stream.eof or stream.unused_data:  # a download that broke off, or something put behind
        return "", inner.name, [problem("gzip-broken", Where(file, 1, 1), value="EOF")]
    text, problems = decode(data, file)
    return text, inner.name, problems
