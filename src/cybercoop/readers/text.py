"""From bytes to text that can be trusted to be what a person sees."""

from __future__ import annotations

import re
from bisect import bisect_right

from cybercoop.problems import Problem, Where, problem

MAX_BYTES = 64 * 1024 * 1024
"""Size of a file, in bytes, above which it is refused unread."""

_MARKER = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


def decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Return the text of a file without its byte-order mark, and what makes it unfit to be read.

    Line ends become a single newline. A file with problems gives an empty text.
    """
    if len(data) > MAX_BYTES:
        return "", [problem("file-too-large", Where(file), value=f"{len(data) / 2**20:.0f} MB")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        return "", [problem("not-utf-8", Where(file, line, column), value=f"0x{data[error.start]:02X}")]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _MARKER.search(text) and not _HIDDEN.search(text):
        return text, []
    place = Places(text, file)
    problems = [
        problem("conflict-marker", place(match.start()), value=match.group().strip())
        for match in _MARKER.finditer(text)
    ]
    problems += [
        problem("hidden-character", place(match.start()), value=f"U+{ord(match.group()):04X}")
        for match in _HIDDEN.finditer(text)
    ][:20]
    return "", problems


class Places:
    """Turns character offsets of one text into lines and columns."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __call__(self, offset: int) -> Where:
        """Return the place of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return Where(self.file, line, offset - self._starts[line - 1] + 1)
