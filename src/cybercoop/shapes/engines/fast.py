"""The fast engine: core constraints in Rust, rules across records as set queries on Oxigraph."""

from __future__ import annotations

import contextlib
import gc
import json
import re
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
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

        Where it is large, its core constraints and its rules are judged meanwhile, each in a process of its own.
        """
        parts = {"core": shapes.core, "rules": json.dumps([(shape.iri, shape.select) for shape in shapes.selects])}
        begun = [_begun(*part, path) for part in parts.items()]
        return lambda: sorted({result for part in begun for some in part() for result in some})


def _begun(part: str, asked: str, path: Path) -> Callable[[], Iterable[list[Result]]]:
    """Begin a part of the judgement where a file is large; else, and where that fails, it is judged when wanted."""
    if not sys.executable or path.stat().st_size < _LARGE:
        return partial(PARTS[part], asked, path)
    out = path.with_name(f"{part}.json")
    with out.open("wb") as there:
        command = [sys.executable, "-c", f"from {__name__} import apart; apart()", part, str(path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=there, stderr=subprocess.DEVNULL)
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin:  # one that ended at once, as `ended` finds
        process.stdin.write(asked.encode())

    def ended() -> Iterable[list[Result]]:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
            if part == "rules":
                tell("progress-judge", out.read_bytes().count(b"\n"), len(json.loads(asked)))
        if process.returncode:
            return PARTS[part](asked, path)
        return ([Result(*row) for row in json.loads(line)] for line in out.read_bytes().splitlines())

    weakref.finalize(ended, process.kill)  # where nobody wants the results any more
    return ended


def apart() -> None:
    """Judge the part of a file that the command names, by what stands in standard input; a line of JSON has a list."""
    gc.disable()
    part, path = sys.argv[1:]
    for some in PARTS[part](sys.stdin.buffer.read().decode(), Path(path)):
        print(json.dumps(some), flush=True)


def _core(shapes: str, path: Path) -> Iterator[list[Result]]:
    yield [*_results(_compiled(shapes).validate_file(str(path)))]


def _rules(asked: str, path: Path) -> Iterator[list[Result]]:
    """Yield the results of one rule after the other; what none of them looks at is not loaded."""
    rules, store = json.loads(asked), ox.Store()
    kept = _Kept(map(properties, (select for _, select in rules)))
    with path.open("rb") as lines, tempfile.TemporaryFile() as some:
        some.writelines(line for line in lines if kept[line.partition(b" ")[2].partition(b" ")[0]] or b"\r" in line)
        some.seek(0)
        store.bulk_load(some, format=ox.RdfFormat.N_TRIPLES)
    for iri, select in rules:
        yield violations(store, [Shape(iri, "", {}, {}, select, frozenset(), "")])


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


PARTS = {"core": _core, "rules": _rules}
_LOOK = 0.2
"""Seconds between two looks at what a process has done."""
_LARGE = 16 << 20
"""From how many bytes on parts are judged side by side: it takes a tenth of a second to begin one."""


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
