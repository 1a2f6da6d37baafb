"""Names are compared without what people leave out or write in another way: case, accents, forms of letters."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return `text` as it is compared: without case, accents and tatweel.

    Forms of alef, ya, kaf and digits are made one, and so are apostrophes, and hyphens with dashes.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char != "\u0640")
    return " ".join(plain.translate(_ARABIC).replace("*", "").split())


_MARKS = str.maketrans(dict.fromkeys("’‘ʼʻ`´′＇ʹʾʿ‛", "'") | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"}
    | {ord("٠") + digit: str(digit) for digit in range(10)}
    | {ord("۰") + digit: str(digit) for digit in range(10)}
)
