"""What a program asks of a graph for who writes records: the verdict, mends, acceptance, skeletons."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cybercoop.problems.problem import in_language, one_of
from cybercoop.terms.names import NS
from cybercoop.workspace.files import contributions, on_disk

if TYPE_CHECKING:
    from cybercoop.contribute.accept import Acceptance
    from cybercoop.contribute.fields import Field, Fields
    from cybercoop.contribute.fixes import Mended
    from cybercoop.contribute.iati.proposal import Proposal
    from cybercoop.contribute.marked import Marked
    from cybercoop.judge.verdict import Report
    from cybercoop.records import Given as GivenFile
    from cybercoop.records.layout import Tidied
    from cybercoop.terms.term import About
    from cybercoop.workspace.workspace import Workspace


class Desk:
    """The part of a `Graph` that is about records; messages are in its language."""

    workspace: Workspace
    lang: str

    def validate(
        self,
        *paths: str | Path | GivenFile,
        engine: str | None = None,
        input_format: str | None = None,
        mends: bool = False,
        cache: bool = False,
    ) -> Report:
        """Return the verdict on contributions in the context of the graph; without paths, on the graph itself.

        A path may be a file, a folder, a pattern such as `records/*.yaml`, or `-` for standard input, whose format
        `input_format` names; a file that lies nowhere is a `records.Given`. `engine` is `fast` or `pyshacl`. With
        `mends`, problems of contributions come with their mend where one is certain. With `cache`, the verdict is kept
        beside the store, and taken from there where nothing has changed. Raises `Refusal` when a path does not exist.
        """
        files = contributions(paths, input_format)

        def judged() -> Report:
            from cybercoop.judge.validate import judge, judge_graph

            if not paths and cache:
                from cybercoop.judge.readings import Readings

                readings = Readings(self.workspace)
                report = judge_graph(self.workspace, engine, readings)
                readings.keep()
                return report
            report = judge(self.workspace, files, engine) if paths else judge_graph(self.workspace, engine)
            if not (mends and paths and report.problems):
                return report
            from cybercoop.contribute.fixes import offered

            report = offered(self.workspace, files, report, engine)
            if not any(found.where.cell for found in report.problems):
                return report
            from cybercoop.contribute.marked import with_cells

            return with_cells(self.workspace, files, report, engine)

        there = [file for file in files if isinstance(file, Path)]
        if not cache or len(there) < len(files) or engine not in (None, "fast", "pyshacl"):
            return judged()
        from cybercoop.judge.verdict import known

        return known(self.workspace, there, (engine, bool(paths), mends), judged)

    def mend(self, *paths: str | Path, engine: str | None = None) -> Mended:
        """Return the verdict on contributions, a mend for each problem whose cure is certain, and the texts so mended.

        Sheets of workbooks are mended as tables, to be looked at. Nothing is written. Raises `Refusal` when a path does
        not exist.
        """
        from cybercoop.contribute.fixes import mend

        files = on_disk(paths)
        mended = mend(self.workspace, files, engine)
        if not any(found.where.cell for found in mended.report.problems):
            return mended
        from dataclasses import replace  # loading which takes a tenth of the time of a question

        from cybercoop.contribute.marked import cells_of

        sheets = (sheet for path in files for sheet in cells_of(self.workspace, path, engine))
        return replace(mended, sheets=tuple((sheet.page, before, after) for sheet, before, after in sheets))

    def mark(self, path: str | Path, engine: str | None = None) -> Marked:
        """Return a workbook with a comment in each wrong cell, and each certain mend filled in and marked.

        Comments are in the language of the graph. Raises `Refusal` for what is no workbook that can be opened.
        """
        from cybercoop.contribute.marked import marked

        (found,) = on_disk([path])
        return marked(self.workspace, found, self.lang, engine)

    def accept(
        self,
        *paths: str | Path,
        into: str | Path,
        engine: str | None = None,
        replaces: bool = False,
        adds: bool = False,
    ) -> Acceptance:
        """Return the verdict on each record of contributions, and what the good ones make of the files of a folder.

        A record that takes the place of what its source says there, and does not repeat all of it, is refused, unless
        it `replaces` or `adds` to that. Nothing is written before `write()` of what is returned is called, but that an
        acceptance into the folder which was interrupted is finished, with a warning. Raises `Refusal` when a path does
        not exist, and for a journal of an acceptance that is not one of ours.
        """
        from cybercoop.contribute.accept import accept

        return accept(self.workspace, on_disk(paths), Path(into), engine, replaces=replaces, adds=adds)

    def format(self, *paths: str | Path) -> Tidied:
        """Return files with their words in order, single spaces, no needless marks; without paths, those of `data/`.

        Nothing is written. Raises `Refusal` when a path does not exist.
        """
        from cybercoop.records.layout import tidy

        return tidy(
            on_disk(paths) if paths else self.workspace.data_files(), self.workspace.context, self.workspace.place
        )

    def record_classes(self) -> dict[str, str]:
        """Return the classes that records are written for, each with its name in the language of the graph."""
        return {name: in_language(self._fields.label(NS + name), self.lang) for name in self._fields.classes}

    def fields(self, name: str) -> list[Field]:
        """Return what a record of a class may say, in the order of records."""
        return self._fields.of(one_of(name, self._fields.classes))

    def usual(self, name: str) -> set[str]:
        """Return the properties that at least half of the things of a class have."""
        return self._fields.usual(one_of(name, self._fields.classes))

    @cached_property
    def _fields(self) -> Fields:
        from cybercoop.contribute.fields import Fields

        return Fields(self.workspace)

    def vocabulary(self) -> About:
        """Return what the vocabulary says of each of its words and concepts."""
        return self._fields.words

    def template(self, name: str, form: str = "yaml") -> bytes:
        """Return a commented skeleton of a record of a class, in the language of the graph.

        `form` is `yaml`, `csv`, `xlsx`, `turtle` or `jsonld`.

        Raises `Refusal` for a class or a format that there is not.
        """
        from cybercoop.contribute.template import template

        return template(self.workspace, name, form, self.lang)

    def from_iati(self, path: str | Path, identifiers: Collection[str] = ()) -> Proposal:
        """Return the records that a file of IATI activities gives reason for, or those of some `identifiers`.

        Nothing is written; what is left out of the file is told in the language of the graph. Needs the extra `iati`.
        Raises `Refusal` for what cannot be read, and for an identifier that the file does not have.
        """
        from cybercoop.contribute.iati.proposal import propose

        return propose(self.workspace, Path(path), identifiers, self.lang)

    def editor_schema(self) -> bytes:
        """Return the JSON Schema of records, with which editors complete words and show what they mean."""
        from cybercoop.contribute.fields import Fields
        from cybercoop.contribute.json_schema import written

        return written(Fields(self.workspace))
