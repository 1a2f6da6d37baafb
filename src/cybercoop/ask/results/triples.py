"""Free answers that are triples: Turtle, N-Triples, JSON-LD."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable

import pyoxigraph as ox

from cybercoop.ask.results.sheet import Sheet
from cybercoop.terms.names import PREFIXES

_DECLARED = re.compile(r"\A(?:@prefix .*\n)+")
"""The head of a Turtle document, which the engine writes in no order; it comes in one piece."""


def serialised(form: ox.RdfFormat) -> Callable[[Sheet], None]:
    """Return a format of triples; notices stand in comments at the end."""

    def write(sheet: Sheet) -> None:
        prefixes = PREFIXES if form == ox.RdfFormat.TURTLE else None
        ox.serialize(_triples(sheet), _Bytes(sheet), format=form, prefixes=prefixes)  # type: ignore[arg-type]
        sheet.write("".join(f"# {line}\n" for notice in sheet.notices() for line in notice.splitlines()))

    return write


def as_jsonld(sheet: Sheet) -> None:
    """Write expanded JSON-LD; notices stand in a member that is no statement."""
    sheet.write('{"@graph": ')
    ox.serialize(_triples(sheet), _Bytes(sheet), format=ox.RdfFormat.JSON_LD)  # type: ignore[arg-type]
    met = [{"name": name, "notice": notice} for name, notice in sheet.met]
    sheet.write((f', "notices": {json.dumps(met, ensure_ascii=False)}' if met else "") + "}\n")


def _triples(sheet: Sheet) -> Iterable[ox.Triple]:
    return (ox.Triple(*row) for answer in sheet.answers() for row in answer.rows)  # type: ignore[arg-type]


class _Bytes:
    """A place for the bytes of a serialiser, which may end inside a character."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._begun = False

    def write(self, data: bytes) -> int:
        """Write some bytes on."""
        text = self._decoder.decode(data)
        self._sheet.write(text if self._begun else _DECLARED.sub(_sorted, text))
        self._begun = True
        return len(data)

    def flush(self) -> None:
        """Do nothing: every write is written through."""


def _sorted(match: re.Match[str]) -> str:
    return "".join(sorted(match.group().splitlines(keepends=True)))
