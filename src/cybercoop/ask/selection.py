"""What leaves the house: what people choose of the graph, in the format that they name."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from cybercoop import export
from cybercoop.ask.parameters import Given, resolve
from cybercoop.export.facts import ExportError
from cybercoop.export.statements import Statements
from cybercoop.problems.problem import one_of, refuse
from cybercoop.sparql.question import Parameter
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import BASE, NS, OWL, short
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH, Workspace

if TYPE_CHECKING:
    from cybercoop.export.subset import Whole

CHOICES = {
    parameter.name: parameter
    for parameter in (
        Parameter("thing", "thing", "iri", None, True, {}, "ets-185"),
        Parameter("project", "project", "iri", NS + "Project", True, {}, "cybersouth-plus"),
        Parameter("country", "country", "iri", NS + "Country", True, {}, "MA"),
        Parameter("class", "class", "iri", OWL + "Class", True, {}, "Activity"),
        Parameter("source", "source", "iri", NS + "Source", True, {}, "coe-cybersouth-plus-page"),
        Parameter(
            *("graph", "graph", "iri", NS + "Source", True, {}, "scheme"),
            besides={name: iri for iri in (ONTOLOGY_GRAPH, SCHEME_GRAPH) for name in (iri.removeprefix(BASE),)},
        ),
        Parameter("as-of", "asOf", "date", None, True, {}, "2018-07"),
    )
}
"""What a part of the graph is chosen by."""


class Exported(bytes):
    """An export as it is written, and how many `statements` are in it, of tables how many claims.

    `no_place` holds the words of ours that its format has no place for.
    """

    statements: int = 0
    no_place: tuple[str, ...] = ()

    def within(self, path: Path) -> bytes:
        """Return what goes into a file of that name: where it ends in `.gz`, by gzip (RFC 1952), without a time."""
        return gzip.compress(self, mtime=0) if path.suffix.lower() == ".gz" else self


@contextmanager
def packed(made: Path, name: Path | None) -> Iterator[BinaryIO]:
    """Give the file to write into what goes into one of that name (`Exported.within`)."""
    with made.open("wb") as file:
        if name is None or name.suffix.lower() != ".gz":
            yield file
            return
        packing = _Packing(file)
        yield packing  # type: ignore[misc]
        file.write(packing.flushed())


class _Packing:
    """A file that is compressed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        import zlib

        self._file = file
        self._packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        self.flushed = self._packing.flush

    def write(self, data: bytes) -> int:
        self._file.write(self._packing.compress(data))
        return len(data)

    def writelines(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self.write(part)


def write(
    workspace: Workspace,
    form: str,
    out: BinaryIO,
    chosen: Mapping[str, Given] | None = None,
    *,
    excel: bool = False,
    vocabulary: bool | None = None,
) -> int:
    """Write the graph, or what is `chosen` of it, in a format; return how many statements that are (`export.export`).

    Without `vocabulary`, or where that is not said in tables, it holds records and concepts alone. Of the whole, few
    statements are held in memory, but for tables. Raises `Refusal` for a format that is unknown, does not take `excel`
    or needs an extra, a fact that it cannot carry, and as `part` does.
    """
    one_of(form, ("csv",) if excel else export.EVERY)
    with_words = not export.EVERY[form].shows_names if vocabulary is None else vocabulary
    whole = Statements.within(workspace.stored.written, "" if with_words else ONTOLOGY_GRAPH)
    order = workspace.name_order(workspace.stored.having(NS + "sourceKind"))
    words = (
        [] if with_words or form != "csv" else [quad for quad in workspace.vocabulary() if quad.predicate.value == NAME]
    )
    quads = part(workspace, workspace.statements(vocabulary=with_words), chosen) if chosen else whole
    try:
        return export.export(form, quads, workspace.context.source, out, order, excel=excel, words=words)
    except ModuleNotFoundError:
        raise refuse("extra-missing", value=form) from None
    except ExportError as error:
        thing, term = short(error.subject), short(error.predicate)
        raise refuse(error.code, thing=thing, term=term, value=error.value) from None


def part(workspace: Workspace, quads: list[ox.Quad], chosen: Mapping[str, Given]) -> list[ox.Quad]:
    """Return the part of the graph that fits everything that is chosen (`thing`, `project`, `class_`, `as_of`, …).

    Several values of one choice, in a list or joined by commas, widen it. A thing comes with what stands inside of it;
    a project or country also with everything that names it. Sources and graphs say whose word counts, a day by when it
    had happened. What is chosen is closed (`Whole.subset`); where nothing fits, nothing is returned. Raises `Refusal`
    for an unknown choice or value, with the nearest.
    """
    from cybercoop.export.subset import Whole
    from cybercoop.workspace.derive import by

    named = {one_of(name.rstrip("_").replace("_", "-"), CHOICES): value for name, value in chosen.items()}
    found = resolve(CHOICES, named, workspace.stored.open())
    terms = {name: [term.value for term in values] for name, values in found.items()}
    if "as-of" in terms:
        quads = by(quads, max(terms["as-of"]))
    whole = Whole(quads)
    sets = [_things(whole, name, values) for name, values in terms.items() if name in _WIDENED]
    things = whole.inside(set.intersection(*sets)) if sets else None
    return whole.subset(things, {*terms.get("source", ()), *terms.get("graph", ())})


_WIDENED = ("thing", "project", "country", "class")


def _things(whole: Whole, name: str, values: list[str]) -> set[str]:
    if name == "class":
        return whole.of_class(values)
    return set(values) if name == "thing" else whole.around(values)
