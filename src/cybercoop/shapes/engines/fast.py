"""The fast engine: core constraints in Rust, rules across records as set queries on Oxigraph."""

from __future__ import annotations

import contextlib
import gc
import json
import re
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

import pyoxigraph as ox
import shacl

from cybercoop.problems.progress import tell
from cybercoop.shapes import Shape, Shapes, ntriples
from cybercoop.shapes.engines import Result, one_property
from cybercoop.shapes.engines.rules import violations
from cybercoop.shapes.reads import properties
from cybercoop.terms.names import RDF_TYPE


class Fast:
    """The engine that commands use."""

    name = f"shacl {getattr(shacl, '__version__', '')} with Oxigraph".replace("  ", " ")

    def __call__(
        self, triples: Iterable[ox.Triple], shapes: Shapes, rules: Sequence[Shape] | None = None
    ) -> list[Result]:
        """Return one result per violation, sorted. Triples hold each triple once; no rule but `rules` need be asked."""
        text = ntriples(triples)
        found = _results(_compiled(shapes.core).validate_text(text, "ntriples"))
        store = ox.Store()
        store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)  # its terms were checked when they were made
        return sorted(found | set(violations(store, shapes.selects if rules is None else rules)))

    def file(self, path: Path, shapes: Shapes) -> list[Result]:
        """Return one result per violation in a file of N-Triples; no statement of it becomes a Python value."""
        return self.begin(path, shapes)()

    def begin(self, path: Path, shapes: Shapes) -> Callable[[], list[Result]]:
        """Begin to judge a file, and return what gives the results when they are wanted.

        Where it is large, that is done meanwhile, in a process of its own.
        """
        begun = _begun(json.dumps([shapes.core, [(shape.iri, shape.select) for shape in shapes.selects]]), path)
        return lambda: sorted({result for some in begun() for result in some})


def _begun(asked: str, path: Path) -> Callable[[], Iterable[list[Result]]]:
    """Begin to judge a file where it is large; else, and where that fails, it is judged when that is wanted."""
    if not sys.executable or path.stat().st_size < _LARGE:
        return partial(_judged, asked, path)
    import subprocess  # which most graphs do without

    out = path.with_name("results.json")
    with out.open("wb") as there:
        command = [sys.executable, "-c", f"from {__name__} import apart; apart()", str(path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=there, stderr=subprocess.DEVNULL)
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin:  # one that ended at once, as `ended` finds
        process.stdin.write(asked.encode())

    def ended() -> Iterable[list[Result]]:
        give_back()
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
            tell("progress-judge", out.read_bytes().count(b"\n"), 1 + len(json.loads(asked)[1]))
        if process.returncode:
            return _judged(asked, path)
        return ([Result(*row) for row in json.loads(line)] for line in out.read_bytes().splitlines())

    weakref.finalize(ended, process.kill)  # where nobody wants the results any more
    return ended


def apart() -> None:
    """Judge the file that the command names, by what stands in standard input; a line of JSON has a list."""
    gc.disable()
    for some in _judged(sys.stdin.buffer.read().decode(), Path(sys.argv[1])):
        print(json.dumps(some), flush=True)
        give_back()


def give_back() -> None:
    """Give the system the memory that is free here; where it has no such call, nothing is done (malloc_trim(3))."""
    import ctypes

    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _judged(asked: str, path: Path) -> Iterator[list[Result]]:
    """Yield the results of the core constraints, then of one rule after the other.

    They are not asked at the same time: each takes memory. What no rule looks at is not loaded for them, and the rest
    in parts, as what is loaded at once is held twice for a while.
    """
    core, rules = json.loads(asked)
    yield [*_results(_compiled(core).validate_file(str(path)))]
    store = ox.Store()
    kept = _Kept(map(properties, (select for _, select in rules)))
    with path.open("rb") as lines:
        some = (line for line in lines if b" " not in line or kept[line.split(b" ", 2)[1]] or b"\r" in line)
        for part in _parts(some):
            store.bulk_load(part, format=ox.RdfFormat.N_TRIPLES, lenient=True)  # what was just read was found sound
    for iri, select in rules:
        yield violations(store, [Shape(iri, "", {}, {}, select, frozenset(), "")])


def _parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines of N-Triples in parts: all that have a blank node in one, as its label is known in that alone."""
    blank: list[bytes] = []
    some = iter(lines)
    while part := b"".join(islice(some, _AT_ONCE)):
        if b"_:" in part:
            every = part.splitlines(keepends=True)
            blank += (line for line in every if b"_:" in line)
            part = b"".join(line for line in every if b"_:" not in line)
        yield part
    yield b"".join(blank)


class _Kept(dict[bytes, bool]):
    """Whether a line of N-Triples is looked at, by what stands in it after the first space.

    That is the property, as everybody writes it; where it is anything else, or may be written otherwise, it is.
    """

    def __init__(self, looked_at: Iterable[set[str] | None]) -> None:
        every = list(looked_at)
        self._all = None in every
        self._words = {RDF_TYPE}.union(*(some or () for some in every))

    def __missing__(self, word: bytes) -> bool:
        plain = re.fullmatch(rb"<([!#-;=?-Z_a-z~]+)>", word)
        kept = self[word] = self._all or plain is None or plain[1].decode() in self._words
        return kept


_AT_ONCE = 100_000
"""How many lines are loaded at once."""
_LOOK = 0.2
"""Seconds between two looks at what a process has done."""
_LARGE = 16 << 20
"""From how many bytes on a file is judged in a process of its own, which takes a tenth of a second to begin."""


def _results(report: shacl.Report) -> set[Result]:
    return {
        Result(
            (result.source_shape or "")[1:-1],
            result.focus_node,
            one_property(result.path),
            result.value or "",
            result.component_iri,
        )
        for result in report.results
    }


@lru_cache(maxsize=4)
def _compiled(text: str) -> shacl.Shapes:
    return shacl.Shapes.from_text(text, "ntriples")


ENGINE = Fast()
