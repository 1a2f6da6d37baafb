"""The graph as people use it from Python: ask, validate, export."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cybercoop.names import short
from cybercoop.problems import Where, nearest, refuse
from cybercoop.workspace import ONTOLOGY_GRAPH, Workspace

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

    from cybercoop.answer import Answer
    from cybercoop.explanation import Explanation
    from cybercoop.query import Question
    from cybercoop.readers import Given
    from cybercoop.validate import Report


class Graph:
    """One knowledge graph: that of the current checkout, or the one inside the installed library.

    >>> import cybercoop
    >>> graph = cybercoop.open()
    >>> graph.query("project-countries", project="cybersouth-plus").to_dicts()  # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace, lang: str = "en") -> None:
        self.workspace = workspace
        self.lang = lang

    @property
    def questions(self) -> Mapping[str, Question]:
        """The catalogue of questions, by name."""
        return self.workspace.questions

    def query(self, name: str, /, **parameters: str) -> Answer:
        """Return the answer to a question of the catalogue.

        Parameters take a code, a name in English, French or Arabic, an IRI, or a date, as text; `as_of` stands for
        the parameter `as-of`. Raises `Refusal` for a question, parameter or value that does not exist.
        """
        from cybercoop.ask import ask

        return ask(self.workspace, name, parameters, self.lang)

    def sparql(self, text: str) -> Answer:
        """Return the answer to a SPARQL 1.1 query over the union of all sources.

        The usual prefixes are known; `GRAPH ?source { … }` tells which source says it. Raises `Refusal` for a query
        that cannot be read, or that would leave this graph.
        """
        from cybercoop.sparql import sparql

        return sparql(self.workspace, text, self.lang)

    def explain(self, thing: str, only: str | None = None) -> Explanation:
        """Return every claim about a thing with its source, and of each property which value is shown first and why.

        `thing` is a code, a name in any of the three languages, a path or an IRI; `only` a property, by its word, name
        or IRI. Raises `Refusal` where they name nothing, or several things.
        """
        from cybercoop.explain import explain

        return explain(self.workspace, thing, only, self.lang)

    def validate(self, *paths: str | Path, engine: str | None = None, input_format: str | None = None) -> Report:
        """Return the verdict on contributions in the context of the graph; without paths, on the graph itself.

        A path may be a file, a folder, a pattern such as `records/*.yaml`, or `-` for standard input, whose format
        `input_format` names. `engine` is `fast` or `pyshacl`. Raises `Refusal` when a path does not exist.
        """
        from cybercoop.validate import judge, judge_graph

        files = contributions(paths, input_format)
        return judge(self.workspace, files, engine) if paths else judge_graph(self.workspace, engine)

    def export(self, form: str, out: str | Path | None = None) -> bytes:
        """Return the graph in a format (`turtle`, `jsonld`, …); with `out`, also write that file, whole or not at all.

        Raises `Refusal` for an unknown format.
        """
        from cybercoop import exporters
        from cybercoop.exporters.facts import ExportError

        if form not in exporters.FORMATS:
            known = " ".join(exporters.FORMATS)
            raise refuse("unknown-choice", value=form, nearest=nearest(form, exporters.FORMATS), known=known)
        buffer = io.BytesIO()
        try:
            quads = self.quads()
            exporters.export(form, quads, self.workspace.context.source, buffer, self.workspace.name_order(quads))
        except ExportError as error:
            thing, term = short(error.subject), short(error.predicate)
            raise refuse(error.code, thing=thing, term=term, value=error.value) from None
        if out is not None:
            write_whole(Path(out), buffer.getvalue())
        return buffer.getvalue()

    def quads(self) -> list[ox.Quad]:
        """Return the published statements as pyoxigraph quads: records, derived days, and the concepts they use.

        The ontology is published as files of its own.
        """
        ontology = f"<{ONTOLOGY_GRAPH}>"
        return [quad for quad in self.workspace.stored.quads() if str(quad.graph_name) != ontology]

    def to_rdflib(self) -> rdflib.Dataset:
        """Return the graph as an rdflib Dataset, with one named graph per source and the union as default."""
        import rdflib

        dataset = rdflib.Dataset(default_union=True)
        before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        try:
            dataset.parse(data=self.export("nquads").decode(), format="nquads")
        finally:
            rdflib.NORMALIZE_LITERALS = before
        for prefix, namespace in self.workspace.context.source.items():
            if isinstance(namespace, str) and namespace.endswith(("/", "#")) and not prefix.startswith("@"):
                dataset.bind(prefix, namespace)
        return dataset


def contributions(paths: Iterable[str | Path], input_format: str | None = None) -> list[Path | Given]:
    """Return the files behind paths, each once; a folder stands for those in it that have a form we read.

    A pattern stands for the files that it fits, `-` for standard input in the format `input_format`. Raises `Refusal`
    for a path that leads to no file, and for standard input without a format that can be read.
    """
    files: dict[str, Path | Given] = {}
    for path in paths:
        if str(path) == "-":
            files.setdefault("-", _standard_input(input_format))
            continue
        found = _files(Path(path)) or [file for one in _fitting(str(path)) for file in _files(one)]
        if not found:
            raise refuse("file-missing", Where(str(path)), value=str(path))
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return list(files.values())


def _files(path: Path) -> list[Path]:
    try:
        return list(_inside(path)) if path.is_dir() else [path] if path.is_file() else []
    except (OSError, ValueError):
        return []


def _fitting(pattern: str) -> list[Path]:
    """Return the paths that a pattern fits, for shells that leave it as it is."""
    if not glob.has_magic(pattern) or "\0" in pattern:
        return []
    return [Path(found) for found in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207  (a whole pattern)


def _standard_input(form: str | None) -> Given:
    from cybercoop.readers import MAX_BYTES, NAMES, Given

    if form is None:
        raise refuse("input-format-missing", Where("-"), choices=NAMES)
    if form not in NAMES:
        raise refuse("unknown-choice", value=form, nearest=nearest(form, NAMES), known=" ".join(NAMES))
    return Given("stdin", sys.stdin.buffer.read(MAX_BYTES + 1), form)


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder by path; folders that are hidden or behind a link are left alone."""
    from cybercoop.readers import SUFFIXES

    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(base, name) for name in sorted(files) if Path(name).suffix.lower() in SUFFIXES)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that an interrupted run leaves the old one: beside it first, then in its place."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        raise refuse("cannot-write", Where(str(path)), value=str(path), reason=error.strerror or str(error)) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
