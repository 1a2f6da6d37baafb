"""A graph on its way to the engines: written once, with what follows from it, so that little of it stays in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TextIO

import pyoxigraph as ox

from cybercoop.records.reading import Stated
from cybercoop.workspace.derive import READ, following


class Grounds(Mapping[str, Iterable[ox.Quad]]):
    """The statements that something can follow from, by their property, each of these in a file of its own."""

    def __init__(self, folder: Path, words: Iterable[ox.Quad]) -> None:
        self._words = list(words)
        paths = [folder / f"{number}.nq" for number in range(len(READ))]
        self._files = {f"<{word}>": path.open("w", encoding="utf-8") for word, path in zip(READ, paths, strict=True)}
        for quad in self._words:
            if (file := self._files.get(str(quad.predicate))) is not None:
                file.write(f"{quad} .\n")

    def keep(self, statements: Stated) -> None:
        """Keep the statements that something can follow from."""
        for graph, subject, predicate, value, _ in statements.rows(self._files):
            self._files[predicate].write(f"{subject} {predicate} {value} {graph} .\n")

    def rest(self, out: TextIO) -> Iterator[ox.Quad]:
        """Yield the vocabulary and what follows, written as N-Triples; nothing further can be kept then."""
        for file in self._files.values():
            file.close()
        for quad in chain(self._words, following(self)):
            out.write(f"{quad.triple} .\n")
            yield quad

    def __getitem__(self, word: str) -> Iterator[ox.Quad]:
        """Yield the statements of a property."""
        return iter(ox.parse(path=self._files[f"<{word}>"].name, format=ox.RdfFormat.N_QUADS))

    def __iter__(self) -> Iterator[str]:
        """Yield the properties."""
        return iter(READ)

    def __len__(self) -> int:
        """Return how many properties there are."""
        return len(READ)
