"""Names that are nearly those of a text: a letter left out, put in, changed, or swapped with the next; a plural."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from cybercoop.engines.store import Stored
from cybercoop.terms.labels import AND, distance, words_of

_LONG_ENOUGH = (5, 9)
"""From how many letters on a word may differ by one letter, and by two."""
_FAR = 99


def near(stored: Stored, words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield things of ours with each name that has all words, each as a part of it or nearly as a word of its own.

    `words` are folded, as `fold` does it. With each comes the name in N-Triples and how many letters differ in all.
    """
    most = {word: sum(len(word) >= size for size in _LONG_ENOUGH) for word in words}

    @cache
    def apart(word: str, other: str) -> int:
        return distance(word, other) if abs(len(word) - len(other)) <= most[word] else _FAR

    with stored.searched.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            compared, thing, value = line[:-1].split("\t", 2)
            for name in compared.split(AND):
                if (changed := _changed(name, most, apart)) is not None:
                    yield thing, value, changed


def _changed(name: str, most: dict[str, int], apart: Callable[[str, str], int]) -> int | None:
    """Return how many letters of some words differ in a name; None where more do than may."""
    changed = 0
    for word, allowed in most.items():
        if word not in name:
            least = min((apart(word, own) for own in words_of(name)), default=_FAR) if allowed else _FAR
            if least > allowed:
                return None
            changed += least
    return changed
