"""Names that are nearly those of a text: a letter left out, put in, changed, or swapped with the next; a plural."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cybercoop.engines.store import Stored, blocks_of
from cybercoop.terms.labels import AND, distance, words_of

_LONG_ENOUGH = (5, 9)
"""From how many letters on a word may differ by one letter, and by two."""


def near(stored: Stored, words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield things of ours with each name that has all words, each as a part of it or nearly as a word of its own.

    `words` are folded, as `fold` does it. With each comes the name in N-Triples and how many letters differ in all.
    What stands between spaces is compared once, wherever it is met.
    """
    likes = [_Likes(word) for word in dict.fromkeys(words)]
    met: set[str] = set()
    for block in blocks_of(stored.searched):
        lines = block.decode().split("\n")
        said = "\n".join({line.partition("\t")[0] for line in lines})
        texts = set(said.split())
        for like in likes:
            like.meet(texts - met)
        met |= texts
        forms = [like.forms(said, texts) for like in likes]
        for line in lines if all(forms) else ():
            if all(any(form in line for form in some) for some in forms):
                compared, thing, value = line.split("\t", 2)
                for name in compared.split(AND):
                    found = [like.changed(name) for like in likes]
                    if None not in found:
                        yield thing, value, sum(filter(None, found))


class _Likes:
    """What is nearly one word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self._most = sum(len(word) >= size for size in _LONG_ENOUGH)
        self._near: dict[str, int] = {}

    def meet(self, texts: Iterable[str]) -> None:
        """Keep those of some texts without spaces that hold a word which is nearly this one."""
        for text in texts if self._most else ():
            if (least := min(map(self._apart, words_of(text)), default=self._most + 1)) <= self._most:
                self._near[text] = least

    def _apart(self, other: str) -> int:
        """Return how many letters of a word differ; more than may where they are too many."""
        most = self._most
        if abs(len(self.word) - len(other)) > most or len(set(self.word).difference(other)) > most:
            return most + 1
        return distance(self.word, other)

    def forms(self, said: str, texts: set[str]) -> list[str]:
        """Return in what forms the word stands in some names, or nearly; `texts` are what stands in these."""
        return [*([self.word] if self.word in said else ()), *(text for text in self._near if text in texts)]

    def changed(self, name: str) -> int | None:
        """Return how many letters of the word differ in a name; None where more do than may."""
        if self.word in name:
            return 0
        return min((self._near[text] for text in name.split() if text in self._near), default=None)
