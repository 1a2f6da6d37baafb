"""Names are compared without what people leave out or write in another way: case, accents, forms of letters."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """Return `text` as it is compared: without case, accents and tatweel.

    Forms of alef, ya, kaf and digits are made one, and so are apostrophes, and hyphens with dashes.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").replace("*", "").split())
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
    return " ".join(plain.translate(_PLAIN).split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared."""
    return tuple(re.findall(r"[^\W_]+", fold(text)))


def distance(one: str, other: str) -> int:
    """Return how many letters are left out, put in, changed or swapped with the next between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            line.append(min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted)))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                line[-1] = min(line[-1], before[column - 2] + 1)
        before, last = last, line
    return last[-1]


_MARKS = str.maketrans(dict.fromkeys("’‘ʼʻ`´′＇ʹʾʿ‛", "'") | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"}
    | {ord("٠") + digit: str(digit) for digit in range(10)}
    | {ord("۰") + digit: str(digit) for digit in range(10)}
)


class _Plain(dict[int, str | int | None]):
    """What each character becomes, found when it is first met."""

    def __missing__(self, code: int) -> str | int | None:
        self[code] = None if unicodedata.combining(chr(code)) or chr(code) in "\u0640*" else _ARABIC.get(code, code)
        return self[code]


_PLAIN = _Plain()
