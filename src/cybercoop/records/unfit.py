"""A file that cannot be taken as it is, read all the same: what else is wrong with it is said in the same verdict."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from cybercoop.problems.problem import UNSEEN, Problem, Where
from cybercoop.records.reading import Reading, Texts, decode, encoding_of
from cybercoop.records.statements import Stated, Statement

_SEEN = 10
"""How many characters can be seen, at the least, for one that cannot, in what somebody typed."""


def reading(data: bytes, file: str, problems: list[Problem], read: Callable[[str], Reading]) -> Reading:
    """Return the `problems` that decoding found, and what `read` finds in the text where that can be known.

    Characters that cannot be seen are passed over, each place staying as it is in the file. A text in another encoding
    is read in the one that it seems to have; one in two encodings, or with marks of a conflict, is not read.
    """
    text = None
    if problems[0].code == "not-utf-8" and (text := _decoded(data)) is not None:
        problems = problems + decode(text.encode(), file)[1]
    elif problems[0].code == "hidden-character":
        text = data.decode("utf-8-sig")
    shown = (text if text is not None else data.decode(errors="replace")).replace("\r\n", "\n").replace("\r", "\n")
    seen = re.sub(UNSEEN, "", shown)
    is_text = text is not None and len(seen) > _SEEN * (len(shown) - len(seen))
    found = read(seen) if is_text and all(each.code != "conflict-marker" for each in problems) else Reading()
    found = _moved(found, shown) if found.records else Reading()
    found.problems[:0] = problems
    found.texts = Texts({file: shown})
    return found


def _decoded(data: bytes) -> str | None:
    """Return a text in the encoding that it seems to have; None where part of it is UTF-8, or it cannot be in that."""
    encoding = encoding_of(data)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if encoding != "UTF-16" and not data[: error.start].isascii():
            return None
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _moved(found: Reading, text: str) -> Reading:
    """Return what was read without the characters that cannot be seen, with the places that it has in the text."""
    unseen: dict[int, list[int]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if before := [match.start() + 1 - each for each, match in enumerate(re.finditer(UNSEEN, line))]:
            unseen[number] = before  # of each, the column without them that it stands before
    if not unseen:
        return found

    def place(where: Where) -> Where:
        return where._replace(column=where.column + bisect_right(unseen.get(where.line, ()), where.column))

    found.statements = Stated([Statement(each.quad, place(each.where)) for each in found.statements])
    found.records = [each._replace(where=place(each.where)) for each in found.records]
    found.heads = {thing: place(where) for thing, where in found.heads.items()}
    found.problems = [
        each._replace(where=place(each.where), record=each.record and place(each.record)) for each in found.problems
    ]
    return found
