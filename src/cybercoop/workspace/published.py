"""What is published of a graph: what is said, and all that follows from it, line by line; little of it is in memory."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

import pyoxigraph as ox

from cybercoop.problems.progress import going_on
from cybercoop.terms.names import DERIVED
from cybercoop.workspace.derive import ISSUED, READ, following, found_in, needed, told
from cybercoop.workspace.policy import Policy
from cybercoop.workspace.verdicts import TOLD, TOLD_OF, verdicts

_AT_ONCE = 1 << 14
"""How many statements are looked through at once."""
_BLOCK = 1 << 25
"""How many bytes of statements are loaded at once."""


class Grounds(Mapping[str, Iterable[ox.Quad]]):
    """The statements that something follows from, by their property, those of each property in a file of its own."""

    def __init__(self, folder: Path, properties: Iterable[str]) -> None:
        folder.mkdir()
        paths = {word: folder / f"{number}.nq" for number, word in enumerate(sorted(properties))}
        self._files = {f"<{word}>": path.open("w", encoding="utf-8", newline="\n") for word, path in paths.items()}
        self._paths = paths

    def passed(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines of N-Quads, and keep those of the properties; what is kept can be read when all are passed."""
        return chain.from_iterable(self._blocks(iter(lines)))

    def _blocks(self, lines: Iterator[str]) -> Iterator[list[str]]:
        while block := list(islice(lines, _AT_ONCE)):
            said = defaultdict[str, list[str]](list)
            for line in block:
                said[line.split(" ", 2)[1]].append(line)
            for word in said.keys() & self._files.keys():
                self._files[word].writelines(said[word])
            yield block
        for file in self._files.values():
            file.close()

    def __getitem__(self, word: str) -> Iterator[ox.Quad]:
        """Yield the statements of a property."""
        return iter(ox.parse(path=self._paths[word], format=ox.RdfFormat.N_QUADS))

    def texts(self, word: str) -> Iterator[tuple[str, str, str]]:
        """Yield thing, value and source of the statements of a property, each as it is written."""
        with self._paths[word].open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                thing, _, rest = line.split(" ", 2)
                value, source, _ = rest.rsplit(" ", 2)
                yield thing, value, source

    def load(self, store: ox.Store, words: Iterable[str]) -> None:
        """Put the statements of some properties into a store."""
        for word in words:
            with self._paths[word].open("rb") as file:
                while block := file.read(_BLOCK) + file.readline():
                    store.bulk_load(input=block, format=ox.RdfFormat.N_QUADS, lenient=True)

    def __iter__(self) -> Iterator[str]:
        """Yield the properties."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return how many properties there are."""
        return len(self._paths)


def published(stated: Iterable[str], rules: Mapping[str, str], policy: Policy) -> Iterator[str]:
    """Yield lines of N-Quads, and then those of what follows: of each thing, by the rules (name → text), as verdicts.

    What facts follow from goes through passing files. Raises `SyntaxError` for a rule that is no query.
    """
    wanted = needed(rules)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        grounds = Grounds(folder / "stated", READ | TOLD | wanted)
        computed = Grounds(folder / "computed", TOLD | wanted)
        found = Grounds(folder / "found", TOLD_OF)
        yield from grounds.passed(stated)
        with going_on("progress-derive"):
            facts = following(grounds.texts)
            yield from computed.passed(f"{thing} {word} {value} <{DERIVED}> .\n" for thing, word, value in facts)
            yield from found.passed(_found([grounds, computed], rules, policy))
            said = {word: chain(grounds[word], computed[word]) for word in TOLD}
            for quad in verdicts(said, chain.from_iterable(map(found.__getitem__, found))):
                yield f"{quad} .\n"


def _found(grounds: Sequence[Grounds], rules: Mapping[str, str], policy: Policy) -> Iterator[str]:
    store = ox.Store()
    for each in grounds:
        each.load(store, needed(rules))
    yield from found_in(store, rules, told(policy, chain(*(each[ISSUED] for each in grounds))))
