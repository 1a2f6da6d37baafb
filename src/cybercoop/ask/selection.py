"""What leaves the house: what people choose of the graph, in the format that they name."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from cybercoop import export
from cybercoop.ask.ask import understood
from cybercoop.ask.explain import explain
from cybercoop.ask.explanation import Explanation
from cybercoop.ask.parameters import Given, resolve
from cybercoop.export import iati
from cybercoop.export.dcat import Asked, Facts, File, catalogue, executables, schema_org
from cybercoop.export.facts import ExportError
from cybercoop.export.statements import Statements
from cybercoop.export.whole import Whole
from cybercoop.problems.problem import LANGUAGES, nearest, one_of, refuse, sentences
from cybercoop.sparql.question import Parameter
from cybercoop.terms.iati import aligned
from cybercoop.terms.labels import NAME
from cybercoop.terms.names import BASE, COMPUTED, NS, OWL, RDF_TYPE, short
from cybercoop.terms.term import iri_of
from cybercoop.workspace.policy import Value
from cybercoop.workspace.workspace import ONTOLOGY_GRAPH, SCHEME_GRAPH, Workspace

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

    Without `vocabulary`, or where that is not said in tables, it holds records and concepts alone. Few statements are
    held in memory of the whole, and of a part what is in it; of the whole, a description is written, too, where `form`
    names one. Raises `Refusal` for a format that is unknown, does not take `excel` or needs an extra, a fact that it
    cannot carry, and for a choice or value that does not exist, with the nearest.
    """
    if not (chosen or excel or vocabulary is not None or form in export.EVERY):
        describe(workspace, one_of(form, [*export.EVERY, *export.ABOUT]), out)
        return 0
    one_of(form, ("csv",) if excel else export.EVERY)
    with_words = not export.EVERY[form].shows_names if vocabulary is None else vocabulary
    order = workspace.name_order(workspace.stored.having(NS + "sourceKind"))
    words = (
        [] if with_words or form != "csv" else [quad for quad in workspace.vocabulary() if quad.predicate.value == NAME]
    )
    every = _every(workspace, vocabulary=with_words)
    try:
        with _part(workspace, every, chosen) if chosen else nullcontext(every) as said:
            return export.export(form, said, workspace.context.source, out, order, excel=excel, words=words)
    except ModuleNotFoundError:
        raise refuse("extra-missing", value=form) from None
    except ExportError as error:
        thing, term = short(error.subject), short(error.predicate)
        raise refuse(error.code, thing=thing, term=term, value=error.value) from None


def _every(workspace: Workspace, *, vocabulary: bool) -> Statements:
    """Return all statements; without the vocabulary, concepts stay, since records speak of them."""
    return Statements.within(workspace.stored.written, "" if vocabulary else ONTOLOGY_GRAPH)


def _whole(workspace: Workspace, said: Statements) -> Whole:
    """Return the graph where it lies, in which things are looked up."""
    return Whole(said, workspace.stored.lines, workspace.stored.open())


@contextmanager
def _part(workspace: Workspace, every: Statements, chosen: Mapping[str, Given]) -> Iterator[Statements]:
    """Give the part of the graph that fits everything that is chosen (`thing`, `project`, `class_`, `as_of`, …).

    Several values of one choice, in a list or joined by commas, widen it. A thing comes with what stands inside of it;
    a project or country also with everything that names it. Sources and graphs say whose word counts, a day by when it
    had happened. What is chosen is closed (`subset`), and lies in a file for as long; where nothing fits, nothing is
    in it. Raises `Refusal` for an unknown choice or value, with the nearest.
    """
    from cybercoop.export.past import Past
    from cybercoop.export.subset import subset
    from cybercoop.workspace.derive import BY

    named = {one_of(name.rstrip("_").replace("_", "-"), CHOICES): value for name, value in chosen.items()}
    found, whole = resolve(CHOICES, named, workspace.stored.open()), _whole(workspace, every)
    terms = {name: [term.value for term in values] for name, values in found.items()}
    if "as-of" in terms:
        whole = whole.of_those(Past(whole, max(terms["as-of"]), BY).has)
    sets = [_things(whole, name, values) for name, values in terms.items() if name in _WIDENED]
    things = whole.inside(set.intersection(*sets)) if sets else None
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "part.nq"
        with lines.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(subset(whole, things, {*terms.get("source", ()), *terms.get("graph", ())}))
        yield Statements.within(lines)


_WIDENED = ("thing", "project", "country", "class")


def _things(whole: Whole, name: str, values: list[str]) -> set[str]:
    if name == "class":
        return whole.of_class(values)
    return set(values) if name == "thing" else whole.around(values)


def described(
    workspace: Workspace, name: str, base: str = BASE, *, whole: Sequence[File] | None = None, edition: str = ""
) -> bytes:
    """Return what `describe` writes."""
    out = io.BytesIO()
    describe(workspace, name, out, base, whole=whole, edition=edition)
    return out.getvalue()


def describe(
    workspace: Workspace,
    name: str,
    out: BinaryIO,
    base: str = BASE,
    *,
    whole: Sequence[File] | None = None,
    edition: str = "",
) -> None:
    """Write a description of the whole graph: `dcat`, `frames` (a zip), `schema-org`, its things or `questions`.

    `base` is the address that its files and its SPARQL endpoint lie below. For `dcat` and `schema-org` each format is
    written, as its size and digest are told, unless these files of the `whole` are given; they are of an `edition`,
    else of that of the library. Raises `Refusal` for another name.
    """
    if one_of(name, export.ABOUT) == "frames":
        from cybercoop.export.frames import frames
        from cybercoop.export.zips import pack

        pack(frames(_whole(workspace, _every(workspace, vocabulary=False)), workspace.context.source), out)
    elif name == "schema-org-things":
        from cybercoop.export.schema_org import words, write_things

        write_things(
            _whole(workspace, _every(workspace, vocabulary=False)), words(workspace.alignment("schema-org")), out
        )
    elif name == "questions":
        out.write(executables(_asked(workspace), base).encode())
    else:
        told = catalogue if name == "dcat" else schema_org
        measured = list(files(workspace)) if whole is None else whole
        facts = Facts(_whole(workspace, _every(workspace, vocabulary=True)))
        out.write(told(facts, measured, base, edition or version("cybercoop")).encode())


def files(workspace: Workspace) -> Iterator[File]:
    """Yield each format of the whole as it is exported, with its size and digest."""
    for form in export.FORMATS:
        with tempfile.TemporaryFile() as made:
            write(workspace, form, made)
            size = made.tell()
            made.seek(0)
            yield File(form, size, hashlib.file_digest(made, "sha256").hexdigest())


def _asked(workspace: Workspace) -> Iterator[Asked]:
    """Yield the questions with what they ask for the examples of the parameters that they need."""
    for name, question in workspace.questions.items():
        needed = {key: one.example or "" for key, one in question.parameters.items() if not one.optional}
        text, terms = understood(workspace, name, needed)
        line = " ".join(["cybercoop query", name, *(f"--{key} {value}" for key, value in needed.items())])
        yield Asked(name, question.question, question.tags, text.bind(terms), line)


def activity(workspace: Workspace, project: str, identifier: str = "", lang: str = "en") -> Exported:
    """Return the file of one project, by its code, name or IRI; `no_place` holds the words that IATI has no place for.

    `identifier` is what its reporter calls the activity, where no source says. Raises `Refusal` for what is no project,
    and with the list of what the standard demands and no source says.
    """
    found = explain(workspace, project, lang=lang)
    if NS + "Project" not in found.classes:
        raise refuse("iati-no-project", value=project, nearest=nearest(project, _projects(workspace)))
    met = _values(found)
    named = {value.value for values in met.values() for value in values if isinstance(value, ox.NamedNode)}
    bodies = {iri: _values(explain(workspace, iri)) for iri in named if "/id/organisation/" in iri}
    labels = workspace.labels(workspace.stored.open(), map(ox.NamedNode, [found.thing, *named]))
    told = {each: " ".join(notice for _, notice in labels.noticed(named, (), each)) for each in LANGUAGES}
    notices = {each: text for each, text in told.items() if text}
    codes = aligned(workspace.alignment("iati"))
    try:
        content, left = iati.write(iati.Activity(found.thing, met, bodies, labels.names, notices, codes), identifier)
    except iati.Demanded as demanded:
        wanted = {name: sentences(f"iati-demands-{name}") for name in demanded.elements}
        raise refuse("iati-demands", value=short(found.thing), choices=wanted) from None
    made = Exported(content)
    made.no_place = left
    return made


def _projects(workspace: Workspace) -> Collection[str]:
    found = workspace.stored.open().quads_for_pattern(None, ox.NamedNode(RDF_TYPE), ox.NamedNode(NS + "Project"))
    return {short(iri_of(quad.subject)) for quad in found}


def _values(found: Explanation) -> dict[str, list[Value]]:
    """Return the values of a thing by what is stated of it: what the policy puts first, then what most sources say."""
    return {
        entry.iri: [
            stated.value for stated in sorted(entry.values, key=lambda each: (not each.preferred, -len(each.sources)))
        ]
        for entry in found.properties
        if entry.iri not in COMPUTED
    }
