"""What files say, as it is kept from one verdict to the next: a file that is as it was is not read again."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from itertools import chain
from typing import Any

from cybercoop.engines.notes import digest_of, note, noted
from cybercoop.judge.verdict import installed, ours
from cybercoop.problems.problem import Where
from cybercoop.records import read
from cybercoop.records.reading import Reading, Record, decode
from cybercoop.records.statements import Stated, Told
from cybercoop.terms.context import Context
from cybercoop.workspace.workspace import Workspace

_OF_A_FILE = (".csv", ".yaml", ".yml")
"""How files end whose statements stand in lines and columns, and take long to read."""
_MOST = 200_000
"""How many statements are added at most to what is kept: all of it is in memory."""


class Readings:
    """Reads the files of a graph, or takes what was kept of them.

    A reading is known by the name and the content of its file, and by what it was read with: the words of records, our
    own modules, what is installed. A file with a problem is always read.
    """

    def __init__(self, workspace: Workspace) -> None:
        words = str(workspace.root / "ontology" / "context.jsonld")
        made_with = digest_of([words, *ours()], workspace.root, workspace.notes)
        self._notes, self._key = workspace.notes, json.dumps(["readings", str(workspace.root), made_with, installed()])
        known = noted(self._notes, self._key)
        self._known: dict[str, Any] = known if isinstance(known, dict) else {}
        self._met: dict[str, Any] = {}
        self._count = 0

    def __call__(self, data: bytes, file: str, context: Context) -> Reading:
        """Return what a file says."""
        if not file.lower().endswith(_OF_A_FILE):
            return read(data, file, context)
        digest = blake2b(data, digest_size=24).hexdigest()
        with suppress(AttributeError, IndexError, KeyError, TypeError, ValueError):
            before, *value = self._known[file]
            if before == digest:
                found = _read(value, data, file)
                self._met[file] = self._known[file]
                return found
        found = read(data, file, context)
        self._count += len(found.statements)
        if not (found.problems or found.heads) and self._count <= _MOST:
            self._met[file] = [digest, *_written(found)]
        return found

    def keep(self) -> None:
        """Keep what was read of the files that were met; what is known of others goes."""
        if any(value is not self._known.get(file) for file, value in self._met.items()):
            note(self._notes, self._key, self._met)


def _written(reading: Reading) -> list[Any]:
    """Return a reading in values that JSON has: each text once, six numbers for a statement, the records."""
    number: dict[str, int] = {}
    numbers = [
        (*(number.setdefault(text, len(number)) for text in texts), where.line, where.column)
        for *texts, where in reading.stated()
    ]
    records = [[each.source, each.thing, *each.where[1:3], each.subjects] for each in reading.records]
    return [[*number], [*chain.from_iterable(numbers)], records]


def _read(value: list[Any], data: bytes, file: str) -> Reading:
    texts, numbers, records = value
    rows = [
        (texts[graph], texts[thing], texts[word], texts[value], Where(file, line, column))
        for graph, thing, word, value, line, column in zip(*[iter(numbers)] * 6, strict=True)
    ]
    found = [Record(source, thing, Where(file, *where), tuple(own)) for source, thing, *where, own in records]
    reading = Reading(Stated(Told(rows)), found)
    reading.texts.keep(file, partial(_text, data, file))
    return reading


def _text(data: bytes, file: str) -> bytes:
    return decode(data, file)[0].encode()
