"""The graph described as a data set: its files measured, its questions with examples that run."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import BinaryIO

from cybercoop import export
from cybercoop.ask.ask import understood
from cybercoop.ask.parameters import Given
from cybercoop.ask.selection import write
from cybercoop.export.dcat import Asked, File, catalogue, executables, schema_org
from cybercoop.problems.problem import one_of
from cybercoop.terms.names import BASE
from cybercoop.workspace.workspace import Workspace


def leaving(
    workspace: Workspace,
    form: str,
    out: BinaryIO,
    chosen: Mapping[str, Given],
    *,
    excel: bool = False,
    vocabulary: bool | None = None,
) -> int:
    """Write what `write` does, and of the whole a description, too, where `form` names one; return the statements.

    Raises `Refusal` as both do.
    """
    if chosen or excel or vocabulary is not None or form in export.EVERY:
        return write(workspace, form, out, chosen, excel=excel, vocabulary=vocabulary)
    out.write(described(workspace, one_of(form, [*export.EVERY, *export.ABOUT])))
    return 0


def described(workspace: Workspace, name: str, base: str = BASE, *, whole: Sequence[File] | None = None) -> bytes:
    """Return a description of the whole graph: `dcat`, `frames` (a zip), `schema-org`, its things or `questions`.

    `base` is the address that its files and its SPARQL endpoint lie below. For `dcat` and `schema-org` each format is
    written, as its size and digest are told, unless these files of the `whole` are given. Raises `Refusal` for another
    name.
    """
    if one_of(name, export.ABOUT) == "frames":
        from cybercoop.export.frames import frames
        from cybercoop.export.tables import zipped

        return zipped(frames(workspace.statements(vocabulary=False), workspace.context.source))
    if name == "schema-org-things":
        from cybercoop.export.schema_org import things, words

        return things(workspace.statements(vocabulary=False), words(workspace.alignment("schema-org"))).encode()
    if name == "questions":
        return executables(_asked(workspace), base).encode()
    write = catalogue if name == "dcat" else schema_org
    measured = list(files(workspace)) if whole is None else whole
    return write(workspace.statements(), measured, base, version("cybercoop")).encode()


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
