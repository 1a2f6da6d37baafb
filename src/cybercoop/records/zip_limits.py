"""Whether a workbook, which is an archive of XML, may be unpacked and parsed at all."""

from __future__ import annotations

import io
import zipfile
from typing import IO
from xml.parsers import expat

from cybercoop.problems.problem import Problem, Where, problem

MAX_BYTES = 256 * 1024 * 1024
"""Size, in bytes, above which a workbook is refused unpacked."""

MAX_PARTS = 1 << 14
"""Number of files in a workbook above which it is refused."""

MAX_ELEMENTS = 2_000_000
"""Number of elements in a sheet or in the list of texts above which a workbook is refused."""

_MAX_OTHERS = 100_000
_MAX_DEPTH = 100
_CHUNK = 1 << 20
_LARGE = ("worksheet", "sst")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


def unsafe(data: bytes, file: str) -> Problem | None:
    """Return why a workbook must not be opened.

    It is none, is locked, unpacks without end, declares entities, or makes whoever parses it run out of memory.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > MAX_PARTS:
                return problem("workbook-too-large", Where(file, 1, 1), value=f"> {MAX_BYTES // 2**20} MB")
            for part in parts:
                with archive.open(part) as stream:
                    _scan(part.filename, stream)
    except _Unsafe as found:
        return problem(found.code, Where(file, 1, 1), value=found.value)
    except Exception as error:  # a damaged archive raises many kinds of errors
        return problem("workbook-broken", Where(file, 1, 1), value=str(error) or type(error).__name__)
    return None


class _Unsafe(Exception):
    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value


def _scan(name: str, stream: IO[bytes]) -> None:
    """Go through a part that is XML. Raises `_Unsafe` for one that must not be parsed."""
    chunk = stream.read(_CHUNK)
    if chunk.startswith(_MARKS):  # an encoding in which declarations cannot be seen
        raise _Unsafe("xml-doctype", name)
    if not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return
    counter = _Counter(name)
    while chunk:
        counter.parser.Parse(chunk, False)
        chunk = stream.read(_CHUNK)
    counter.parser.Parse(b"", True)


class _Counter:
    """Counts the elements of a part, and how deep they stand in one another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.left = _MAX_OTHERS
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        raise _Unsafe("xml-doctype", self.name)

    def _start(self, word: str, _: object) -> None:
        if not self.depth and word.rpartition(" ")[2] in _LARGE:
            self.left = MAX_ELEMENTS
        self.depth += 1
        self.left -= 1
        if self.left < 0 or self.depth > _MAX_DEPTH:
            raise _Unsafe("workbook-too-large", self.name)

    def _end(self, _: str) -> None:
        self.depth -= 1
