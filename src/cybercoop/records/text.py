"""From bytes to text that can be trusted to be what a person sees."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice

from cybercoop.problems.problem import UNSEEN, Problem, Where, problem

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LISTED = 20
_MARKER = re.compile(r"^(?:[<>|]{7}(?: .*)?|={7})$", re.MULTILINE)


def decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Return the text of a file without its byte-order mark, and what makes it unfit to be read.

    Line ends become a single newline. A file with problems gives an empty text.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        text = _lines(data.decode())
    except UnicodeDecodeError as error:
        before = _lines(data[: error.start].decode())
        where = Places(before, file)(len(before))
        return "", [problem("not-utf-8", where, value=f"0x{data[error.start]:02X}")]
    if not _MARKER.search(text) and hidden(text) is None:
        return text, []
    place = Places(text, file)
    problems = [
        problem("conflict-marker", place(match.start()), value=match.group().strip())
        for match in islice(_MARKER.finditer(text), _LISTED)
    ]
    problems += [
        problem("hidden-character", place(match.start()), value=_code(match.group()))
        for match in islice(UNSEEN.finditer(text), _LISTED)
    ]
    return "", problems


def hidden(text: str) -> str | None:
    """Return the code (`U+200B`) of the first character of a text that cannot be seen, or None."""
    match = UNSEEN.search(text)
    return _code(match.group()) if match else None


class Places:
    """Turns character offsets of one text into lines and columns."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __call__(self, offset: int) -> Where:
        """Return the place of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return Where(self.file, line, offset - self._starts[line - 1] + 1)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
